// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exceptions thrown through, caught in and thrown again, from functions with hooks and without.
// rules: exceptions:* -> return; net::error:* -> return; guard:* -> return
// expect:
//| #1 exceptions:main()
//| #2 exceptions:catches(kind=0)
//| #3 exceptions:cleans(kind=0)
//| #4 exceptions:plain(kind=0)
//| #5 exceptions:throws(kind=0)
//| #6 net::error:error(this=0xP, code=7)
//| #6 net::error:error/1 -->
//| #5 exceptions:throws/1 --> unwound (net::error)
//| #4 exceptions:plain/1 --> unwound (net::error)
//| #7 guard:~guard(this=0xP)
//| #7 guard:~guard/0 -->
//| #3 exceptions:cleans/1 --> unwound (net::error)
//| #2 exceptions:catches/1 --> -7
//| #8 exceptions:catches(kind=1)
//| #9 exceptions:cleans(kind=1)
//| #10 exceptions:plain(kind=1)
//| #11 exceptions:throws(kind=1)
//| #11 exceptions:throws/1 --> unwound (int)
//| #10 exceptions:plain/1 --> unwound (int)
//| #12 guard:~guard(this=0xP)
//| #12 guard:~guard/0 -->
//| #9 exceptions:cleans/1 --> unwound (int)
//| #8 exceptions:catches/1 --> -42
//| #13 exceptions:catches(kind=2)
//| #14 exceptions:cleans(kind=2)
//| #15 exceptions:plain(kind=2)
//| #16 exceptions:throws(kind=2)
//| #16 exceptions:throws/1 --> unwound (char const*)
//| #15 exceptions:plain/1 --> unwound (char const*)
//| #17 guard:~guard(this=0xP)
//| #17 guard:~guard/0 -->
//| #14 exceptions:cleans/1 --> unwound (char const*)
//| #13 exceptions:catches/1 --> -1
//| #18 exceptions:catches(kind=3)
//| #19 exceptions:cleans(kind=3)
//| #20 exceptions:plain(kind=3)
//| #21 exceptions:throws(kind=3)
//| #21 exceptions:throws/1 --> unwound ((anonymous namespace)::hidden)
//| #20 exceptions:plain/1 --> unwound ((anonymous namespace)::hidden)
//| #22 guard:~guard(this=0xP)
//| #22 guard:~guard/0 -->
//| #19 exceptions:cleans/1 --> unwound ((anonymous namespace)::hidden)
//| #18 exceptions:catches/1 --> -1
//| #23 exceptions:catches(kind=4)
//| #24 exceptions:cleans(kind=4)
//| #25 exceptions:plain(kind=4)
//| #26 exceptions:throws(kind=4)
//| #26 exceptions:throws/1 -->
//| #25 exceptions:plain/1 --> -4
//| #27 guard:~guard(this=0xP)
//| #27 guard:~guard/0 -->
//| #24 exceptions:cleans/1 --> -4
//| #23 exceptions:catches/1 --> 0
//| #28 exceptions:again(kind=0)
//| #29 exceptions:plain(kind=0)
//| #30 exceptions:throws(kind=0)
//| #31 net::error:error(this=0xP, code=7)
//| #31 net::error:error/1 -->
//| #30 exceptions:throws/1 --> unwound (net::error)
//| #29 exceptions:plain/1 --> unwound (net::error)
//| #28 exceptions:again/1 --> unwound (net::error)
//| #32 exceptions:last(n=1)
//| #32 exceptions:last/1 --> 1
//| #33 exceptions:keeps(kind=0, kept=0xP)
//| #34 exceptions:plain(kind=0)
//| #35 exceptions:throws(kind=0)
//| #36 net::error:error(this=0xP, code=7)
//| #36 net::error:error/1 -->
//| #35 exceptions:throws/1 --> unwound (net::error)
//| #34 exceptions:plain/1 --> unwound (net::error)
//| #33 exceptions:keeps/2 --> 0
//| #37 exceptions:from_kept(kept=0xP)
//| #37 exceptions:from_kept/1 --> unwound (net::error)
//| #38 exceptions:last(n=2)
//| #38 exceptions:last/1 --> 2
//| #39 exceptions:plain(kind=2)
//| #40 exceptions:throws(kind=2)
//| #40 exceptions:throws/1 --> skipped
//| #39 exceptions:plain/1 --> skipped
//| #41 exceptions:last(n=3)
//| #41 exceptions:last/1 --> 3
//| #42 exceptions:recurses(n=3)
//| #43 exceptions:recurses(n=2)
//| #44 exceptions:recurses(n=1)
//| #45 exceptions:recurses(n=0)
//| #46 exceptions:throws(kind=1)
//| #46 exceptions:throws/1 --> unwound (int)
//| #45 exceptions:recurses/1 --> unwound (int)
//| #44 exceptions:recurses/1 --> unwound (int)
//| #43 exceptions:recurses/1 --> unwound (int)
//| #42 exceptions:recurses/1 --> unwound (int)
//| #47 exceptions:last(n=4)
//| #47 exceptions:last/1 --> 4
//| #1 exceptions:main/0 --> 0
#include <exception>
#include <memory>
#include <stdexcept>
#include <stdio.h>
#include <string.h>

#define KEEP __attribute__((noinline))
#define BARE __attribute__((noinline, no_instrument_function))
volatile int sink;

namespace net {
struct error : std::runtime_error {
  int code;
  explicit KEEP error(int code) : std::runtime_error("net"), code(code) { sink = code; }
};
} // namespace net
namespace {
struct hidden {
  int n;
};
} // namespace

struct guard {
  int n;
  KEEP ~guard() { sink = n; }
};

KEEP void throws(int kind) {
  sink = kind;
  switch (kind) {
  case 0:
    throw net::error(7);
  case 1:
    throw 42;
  case 2:
    throw "text";
  case 3:
    throw hidden{1};
  default:
    break;
  }
  sink = -kind;
}

// Nothing to clean up: known to be left where somebody else cleans up or catches.
KEEP int plain(int kind) {
  throws(kind);
  return sink;
}

// Its destructor runs in between, and the exception goes on.
KEEP int cleans(int kind) {
  guard g = {kind};
  int r = plain(kind);
  sink = r;
  return r;
}

BARE static int bare_between(int kind) { return cleans(kind) + sink; }

KEEP int catches(int kind) {
  try {
    return bare_between(kind);
  } catch (const net::error &e) {
    return -e.code;
  } catch (int n) {
    return -n;
  } catch (...) {
    return -1;
  }
}

// The same exception goes on from here, and by another way.
KEEP int again(int kind) {
  try {
    return plain(kind);
  } catch (...) {
    sink = kind;
    throw;
  }
}
KEEP int keeps(int kind, std::exception_ptr *kept) {
  try {
    return plain(kind);
  } catch (...) {
    *kept = std::current_exception();
    return 0;
  }
}
KEEP int from_kept(const std::exception_ptr &kept) {
  sink = 1;
  std::rethrow_exception(kept);
}

// It is caught where there are no hooks: the next event shows that the calls are gone.
BARE static int bare_catches(int kind) {
  try {
    return plain(kind);
  } catch (...) {
    return -2;
  }
}

KEEP int recurses(int n) {
  if (n == 0)
    throws(1);
  int r = recurses(n - 1);
  sink = r;
  return r;
}
KEEP int last(int n) {
  sink = n;
  return n;
}

int main() {
  for (int kind = 0; kind < 5; kind++)
    printf("%d\n", catches(kind));
  try {
    again(0);
  } catch (const net::error &) {
    last(1);
  }
  std::exception_ptr kept;
  keeps(0, &kept);
  try {
    from_kept(kept);
  } catch (const std::runtime_error &) {
    last(2);
  }
  printf("%d\n", bare_catches(2));
  last(3);
  try {
    recurses(3);
  } catch (int) {
  }
  last(4);
  return 0;
}
