// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two fibers take turns, each on a stack of its own: their calls are open at the same time, and each exit is its own call's.
// rules: *:* -> return
// expect:
//| #1 fibers:main()
//| #2 fibers:starts()
//| #3 fibers:deeper(who=0)
//| #4 fibers:works(who=0)
//| #5 fibers:step(who=0, n=0)
//| #6 fibers:works(who=1)
//| #7 fibers:step(who=1, n=0)
//| #5 fibers:step/2 --> 0
//| #8 fibers:step(who=0, n=1)
//| #7 fibers:step/2 --> 10
//| #9 fibers:step(who=1, n=1)
//| #8 fibers:step/2 --> 1
//| #4 fibers:works/1 --> 1
//| #3 fibers:deeper/1 --> 1
//| #9 fibers:step/2 --> 11
//| #6 fibers:works/1 --> 21
//| #2 fibers:starts/0 --> 1
//| #1 fibers:main/0 --> 0
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#define KEEP __attribute__((noinline))
volatile int sink;
static ucontext_t starter, fiber[2];
static int running;

/* Below main, and on the other fiber's stack. */
__attribute__((no_instrument_function)) static void yield(void) {
  int from = running;
  running = 1 - from;
  swapcontext(&fiber[from], &fiber[running]);
}
KEEP int step(int who, int n) {
  sink = n;
  yield();
  return 10 * who + n;
}
KEEP int works(int who) {
  int sum = 0;
  for (volatile int i = 0; i < 2; i++)
    sum += step(who, i);
  return sum;
}
/* The first fiber goes deeper before it yields. */
KEEP int deeper(int who) {
  int r = works(who);
  sink = r;
  return r;
}
__attribute__((no_instrument_function)) static void run(int who) {
  if (who == 0)
    deeper(who);
  else
    works(who);
  yield();
}
KEEP int starts(void) {
  enum { STACK = 1 << 16 };
  for (int i = 0; i < 2; i++) {
    getcontext(&fiber[i]);
    fiber[i].uc_stack.ss_sp = malloc(STACK);
    fiber[i].uc_stack.ss_size = STACK;
    fiber[i].uc_link = &starter;
    makecontext(&fiber[i], (void (*)(void))run, 1, i);
  }
  swapcontext(&starter, &fiber[0]);
  return sink;
}
int main(void) {
  printf("%d\n", starts());
  return 0;
}
