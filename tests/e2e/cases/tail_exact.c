// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// With tail=exact calls in tail position are calls, so their results and times are known; a musttail call stays a jump.
// rules: *:* -> return
// flags: -fplugin-arg-calltap-tail=exact
// expect:
//| #1 tail_exact:main()
//| #2 tail_exact:first(n=3)
//| #3 tail_exact:second(n=3, scale=2)
//| #3 tail_exact:second/2 --> 6
//| #2 tail_exact:first/1 --> 6
//| #4 tail_exact:must(n=5)
//| #4 tail_exact:must/1 --> tail call
//| #5 tail_exact:third(n=6)
//| #5 tail_exact:third/1 --> 7
//| #4 tail_exact:must/1 --> 7 (by tail_exact:third/1)
//| #1 tail_exact:main/0 --> 0
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile int sink;

KEEP int second(int n, int scale) {
  sink = n;
  return n * scale;
}
KEEP int first(int n) { return second(n, 2 + sink); }
KEEP int third(int n) {
  sink = n;
  return n + 1;
}
KEEP int must(int n) { __attribute__((musttail)) return third(n + 1); }

int main(void) {
  int a = first(3);
  int b = must(5);
  printf("%d\n", a + b);
  return 0;
}
