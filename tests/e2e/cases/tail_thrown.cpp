// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What goes through a function that was called by a tail call has ended the call before it as well; what is caught there has not.
// rules: *:* -> return
// levels: O2 O3
// expect:
//| #1 tail_thrown:main()
//| #2 tail_thrown:ends_in_throw(n=0)
//| #3 tail_thrown:throws(n=0)
//| #3 tail_thrown:throws/1 --> 0
//| #2 tail_thrown:ends_in_throw/1 --> 0
//| #4 tail_thrown:ends_in_pass(n=0)
//| #4 tail_thrown:ends_in_pass/1 --> tail call
//| #5 tail_thrown:passes(n=0)
//| #6 tail_thrown:throws(n=1)
//| #6 tail_thrown:throws/1 --> 1
//| #5 tail_thrown:passes/1 --> 2
//| #4 tail_thrown:ends_in_pass/1 --> 2 (by tail_thrown:passes/1)
//| #7 tail_thrown:ends_in_catch(n=0)
//| #7 tail_thrown:ends_in_catch/1 --> tail call
//| #8 tail_thrown:catches(n=1)
//| #9 tail_thrown:passes(n=1)
//| #10 tail_thrown:throws(n=2)
//| #10 tail_thrown:throws/1 --> unwound (std::out_of_range)
//| #9 tail_thrown:passes/1 --> unwound (std::out_of_range)
//| #8 tail_thrown:catches/1 --> -1
//| #7 tail_thrown:ends_in_catch/1 --> -1 (by tail_thrown:catches/1)
//| #11 tail_thrown:ends_in_throw(n=2)
//| #12 tail_thrown:throws(n=2)
//| #12 tail_thrown:throws/1 --> unwound (std::out_of_range)
//| #11 tail_thrown:ends_in_throw/1 --> unwound (std::out_of_range)
//| #13 tail_thrown:ends_in_pass(n=2)
//| #13 tail_thrown:ends_in_pass/1 --> tail call
//| #14 tail_thrown:passes(n=2)
//| #15 tail_thrown:throws(n=3)
//| #15 tail_thrown:throws/1 --> unwound (std::out_of_range)
//| #14 tail_thrown:passes/1 --> unwound (std::out_of_range)
//| #13 tail_thrown:ends_in_pass/1 --> unwound (std::out_of_range) (by tail_thrown:passes/1)
//| #16 tail_thrown:ends_in_catch(n=2)
//| #16 tail_thrown:ends_in_catch/1 --> tail call
//| #17 tail_thrown:catches(n=3)
//| #18 tail_thrown:passes(n=3)
//| #19 tail_thrown:throws(n=4)
//| #19 tail_thrown:throws/1 --> unwound (std::out_of_range)
//| #18 tail_thrown:passes/1 --> unwound (std::out_of_range)
//| #17 tail_thrown:catches/1 --> -1
//| #16 tail_thrown:ends_in_catch/1 --> -1 (by tail_thrown:catches/1)
//| #1 tail_thrown:main/0 --> 0
#include <cstdio>
#include <stdexcept>

#define KEEP __attribute__((noinline))
volatile int sink;

KEEP static int throws(int n) {
  sink = n;
  if (n > 1)
    throw std::out_of_range("too many");
  return n;
}
KEEP static int passes(int n) {
  int r = throws(n + 1);
  sink = r;
  return r + 1;
}
KEEP static int catches(int n) {
  try {
    return passes(n) + 1;
  } catch (const std::exception &) {
    return -1;
  }
}
KEEP static int ends_in_throw(int n) { return throws(n + sink); }
KEEP static int ends_in_pass(int n) { return passes(n); }
KEEP static int ends_in_catch(int n) { return catches(n + 1); }

int main() {
  for (int n = 0; n < 3; n += 2) {
    try {
      sink = 0;
      std::printf("%d\n", ends_in_throw(n));
    } catch (const std::exception &) {
      std::puts("thrown");
    }
    try {
      std::printf("%d\n", ends_in_pass(n));
    } catch (const std::exception &) {
      std::puts("thrown");
    }
    std::printf("%d\n", ends_in_catch(n));
  }
  return 0;
}
