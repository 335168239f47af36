// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls in tail position stay jumps: five million deep on the usual stack.
// rules: tail:last; tail:first -> return; tail:only -> return
// levels: O2 O3
// expect:
//| #1 tail:first(n=5000000)
//| #1 tail:first/1 --> tail call
//| #2 tail:last(n=3)
//| #3 tail:first(n=3)
//| #3 tail:first/1 --> tail call
//| #4 tail:only(n=4)
//| #4 tail:only/1 --> tail call
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile int sink;

int odd(unsigned n);
KEEP int evn(unsigned n) { return n == 0 ? 1 : odd(n - 1); }
KEEP int odd(unsigned n) { return n == 0 ? 0 : evn(n - 1); }
KEEP int first(unsigned n) { return evn(n + sink); }
// Its first instruction is the call that becomes a jump.
KEEP int only(unsigned n) { return evn(n); }

// The value of a phi: the back end copies the return to make both calls jumps.
KEEP int last(unsigned n) {
  int result;
  if (sink)
    result = evn(n);
  else
    result = first(n);
  return result;
}

int main(void) {
  printf("%d\n", first(5000000));
  printf("%d\n", last(3));
  printf("%d\n", only(4));
  return 0;
}
