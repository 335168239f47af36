// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exits are those of the calls that were chosen, whatever lies between: recursion, longjmp, exceptions.
// rules: down(n) when n == 3 or n == 1 -> return
// rules: jumper(3..) -> return; jumper(0) -> return; thrower(3..) -> return; thrower(0) -> return
// rules: outer(1) -> return; inner(_) -> noargs; (_) -> return; stopper(2) -> return, stop; later
// levels: O0 O2
// expect:
//| #1 rules_exits:down(n=3)
//| #2 rules_exits:down(n=1)
//| #2 rules_exits:down/1 --> 1
//| #1 rules_exits:down/1 --> 3
//| #3 rules_exits:thrower(n=4)
//| #4 rules_exits:thrower(n=3)
//| #4 rules_exits:thrower/1 --> unwound (int)
//| #3 rules_exits:thrower/1 --> unwound (int)
//| #5 rules_exits:jumper(n=4)
//| #6 rules_exits:jumper(n=3)
//| #7 rules_exits:inner(n=...)
//| #6 rules_exits:jumper/1 --> skipped
//| #5 rules_exits:jumper/1 --> skipped
//| #8 rules_exits:outer(n=1)
//| #9 rules_exits:thrower(n=4)
//| #10 rules_exits:thrower(n=3)
//| #10 rules_exits:thrower/1 --> unwound (int)
//| #9 rules_exits:thrower/1 --> unwound (int)
//| #11 rules_exits:jumper(n=4)
//| #12 rules_exits:jumper(n=3)
//| #13 rules_exits:inner(n=...)
//| #12 rules_exits:jumper/1 --> skipped
//| #11 rules_exits:jumper/1 --> skipped
//| #8 rules_exits:outer/1 --> 1
//| #14 rules_exits:jumper(n=0)
//| #14 rules_exits:jumper/1 --> 0
//| #15 rules_exits:thrower(n=0)
//| #15 rules_exits:thrower/1 --> 0
//| #16 rules_exits:later()
//| #17 rules_exits:stopper(n=2)
#include <csetjmp>
#include <cstdio>

#define KEEP __attribute__((noinline))
volatile int sink;
static jmp_buf place;

KEEP int down(int n) {
  int below = n > 0 ? down(n - 1) : 0;
  sink = below;
  return n;
}
KEEP int jumper(int n) {
  if (n == 2)
    longjmp(place, 1);
  int below = n > 0 ? jumper(n - 1) : 0;
  sink = below;
  return n;
}
KEEP int thrower(int n) {
  if (n == 2)
    throw n;
  int below = n > 0 ? thrower(n - 1) : 0;
  sink = below;
  return n;
}
KEEP int inner(int n) {
  sink = n;
  return 2 * n;
}
/* Inner calls that leave by an exception stand between the entry and the exit of a chosen one. */
KEEP int outer(int n) {
  try {
    thrower(4);
  } catch (int) {
    sink = 1;
  }
  if (setjmp(place) == 0)
    jumper(4);
  sink = inner(n);
  return n;
}
KEEP int stopper(int n) {
  sink = n;
  return n;
}
KEEP void later() { sink = 0; }

int main() {
  down(4);
  outer(0);
  outer(1);
  jumper(1);
  thrower(1);
  stopper(1);
  later();
  stopper(2);
  later();
  printf("%d\n", sink);
  return 0;
}
