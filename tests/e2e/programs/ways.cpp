// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls, recurses, throws, catches, jumps and forks at random, and says what the trace of `ways:* -> return` has to be.
//
//     ways SEED ROUNDS [TRUTH]
//
// Prints what it computed, which does not depend on who looks. Without TRUTH, a file, it says nothing else.
#include <alloca.h>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#define KEEP __attribute__((noinline))
#define BARE __attribute__((noinline, no_instrument_function))

// ---- what has to be in the trace -----------------------------------------------------------------------------

struct open_call {
  int number;
  const char *name;
};
static std::vector<open_call> *calls;
static std::string *truth;
static int last_call;
volatile int sink;

BARE static void say(const open_call &call, const char *how) {
  if (truth)
    *truth += "#" + std::to_string(call.number) + " ways:" + call.name + "/1 --> " + how + "\n";
}
BARE static size_t enter(const char *name, int n) {
  calls->push_back({++last_call, name});
  if (truth)
    *truth += "#" + std::to_string(last_call) + " ways:" + name + "(n=" + std::to_string(n) + ")\n";
  return calls->size();
}
// All calls above that depth ended so.
BARE static void cut(size_t depth, const char *how) {
  for (; calls->size() > depth; calls->pop_back())
    say(calls->back(), how);
}
BARE static int leave(int result) {
  say(calls->back(), std::to_string(result).c_str());
  calls->pop_back();
  return result;
}

// The call of `leave` must not become a jump: that would be another kind of exit.
#define LEAVE(result)                                                                                                  \
  do {                                                                                                                 \
    int left = leave(result);                                                                                          \
    sink = left;                                                                                                       \
    return left;                                                                                                       \
  } while (0)

// ---- the program -----------------------------------------------------------------------------------------------

static uint64_t state;
BARE static unsigned pick(unsigned most) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<unsigned>(state >> 33) % most;
}

// Who would catch, and where a jump would land. A jump passes no frame with a destructor, no exception a place to land.
static int catchers, jump_depth;
static jmp_buf place;
static int run(int n);

KEEP int leaf(int n) {
  enter("leaf", n);
  sink = n;
  LEAVE(n + 1);
}

struct guard {
  size_t depth;
  bool is_unwinding = true;
  BARE ~guard() {
    if (!is_unwinding)
      return;
    cut(depth, "unwound (int)");
    leaf(7);
    cut(depth - 1, "unwound (int)");
  }
};

KEEP int plain(int n) {
  enter("plain", n);
  int r = run(n - 1);
  sink = r;
  LEAVE(r + 1);
}
KEEP int allocates(int n) {
  enter("allocates", n);
  char *room = static_cast<char *>(alloca(16 + pick(500)));
  room[0] = static_cast<char>(n);
  int r = run(n - 1);
  sink = room[0];
  LEAVE(r + sink);
}
KEEP int cleans(int n) {
  guard g = {enter("cleans", n)};
  int r = run(n - 1);
  sink = r;
  g.is_unwinding = false;
  LEAVE(r + 2);
}
KEEP int catches(int n) {
  size_t depth = enter("catches", n);
  int r = 0;
  catchers++;
  try {
    r = run(n - 1) + run(n - 2);
  } catch (int thrown) {
    cut(depth, "unwound (int)");
    r = thrown;
    r += leaf(n);
  }
  catchers--;
  sink = r;
  LEAVE(r);
}
KEEP int rethrows(int n) {
  size_t depth = enter("rethrows", n);
  int r = 0;
  try {
    r = run(n - 1);
  } catch (...) {
    cut(depth, "unwound (int)");
    leaf(n);
    cut(depth - 1, "unwound (int)");
    throw;
  }
  sink = r;
  LEAVE(r);
}
BARE static int catches_bare(int n) {
  size_t depth = calls->size();
  int r = 0;
  catchers++;
  try {
    r = run(n);
  } catch (int thrown) {
    cut(depth, "skipped");
    r = thrown + leaf(n);
  }
  catchers--;
  return r;
}
KEEP int throws(int n) {
  enter("throws", n);
  sink = n;
  if (catchers > 0)
    throw n + 100;
  sink = -n;
  LEAVE(n);
}
KEEP int lands(int n) {
  size_t depth = enter("lands", n);
  jmp_buf outer;
  memcpy(outer, place, sizeof place);
  volatile int r = 0;
  int was = catchers;
  catchers = 0; // nobody throws through here
  jump_depth++;
  if (setjmp(place) == 0) {
    r = run(n - 1);
  } else {
    cut(depth, "skipped");
    r = leaf(n) + 3;
  }
  jump_depth--;
  catchers = was;
  memcpy(place, outer, sizeof place);
  LEAVE(r);
}
KEEP int jumps(int n) {
  enter("jumps", n);
  sink = n;
  if (jump_depth > 0 && catchers == 0)
    longjmp(place, 1);
  sink = -n;
  LEAVE(n);
}

BARE static int run(int n) {
  if (n <= 0)
    return leaf(n);
  switch (pick(jump_depth > 0 ? 5 : 9)) {
  case 0:
    return plain(n);
  case 1:
    return allocates(n);
  case 2:
    return jumps(n);
  case 3:
    return plain(n) + leaf(n);
  case 4:
    return lands(n);
  case 5:
    return catches(n);
  case 6:
    return n % 2 ? rethrows(n) : cleans(n);
  case 7:
    return catches_bare(n);
  default:
    return throws(n);
  }
}

BARE static unsigned forks(unsigned seed) {
  pid_t child = fork();
  if (child == 0) {
    state = seed;
    unsigned sum = 0;
    for (int i = 0; i < 20; i++)
      sum += static_cast<unsigned>(catches_bare(8));
    _exit(static_cast<int>(sum & 63));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return static_cast<unsigned>(status);
}

__attribute__((no_instrument_function)) int main(int count, char **argument) {
  if (count < 3)
    return 2;
  calls = new std::vector<open_call>;
  truth = count > 3 ? new std::string : nullptr;
  state = strtoull(argument[1], nullptr, 10);
  unsigned sum = 0;
  int rounds = atoi(argument[2]);
  for (int i = 0; i < rounds; i++) {
    if (pick(200) == 0)
      sum += forks(pick(1000));
    sum = sum * 31 + static_cast<unsigned>(catches_bare(10));
  }
  printf("%u\n", sum);
  if (!truth)
    return 0;
  FILE *file = fopen(argument[3], "w");
  if (!file || fputs(truth->c_str(), file) < 0 || fclose(file))
    return 2;
  return 0;
}
