// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tail call returns is not the result of its caller where that has another type, or where the optimiser found that nobody needs it.
// rules: *:* -> return
// levels: O2 O3
// expect:
//| #1 tail_results_differ:main()
//| #2 tail_results_differ:ten(n=4)
//| #2 tail_results_differ:ten/1 --> 40
//| #3 tail_results_differ:one_more(n=4)
//| #3 tail_results_differ:one_more/1 --> tail call
//| #4 tail_results_differ:ten(n=4)
//| #4 tail_results_differ:ten/1 --> 40
//| #5 tail_results_differ:always_five(n=4)
//| #5 tail_results_differ:always_five/1 --> tail call
//| #6 tail_results_differ:ten(n=4)
//| #6 tail_results_differ:ten/1 --> 40
//| #7 tail_results_differ:minus(n=4)
//| #7 tail_results_differ:minus/1 --> -4
//| #8 tail_results_differ:huge(n=3)
//| #8 tail_results_differ:huge/1 --> tail call
//| #9 tail_results_differ:minus(n=4)
//| #9 tail_results_differ:minus/1 --> -4
//| #10 tail_results_differ:twice(x=4)
//| #10 tail_results_differ:twice/1 --> 8
//| #11 tail_results_differ:bits(x=4)
//| #12 tail_results_differ:twice(x=4)
//| #12 tail_results_differ:twice/1 --> 8
//| #11 tail_results_differ:bits/1 --> 4620693217682128896
//| #13 tail_results_differ:fill(at=0xP, n=4)
//| #13 tail_results_differ:fill/2 --> 12
//| #14 tail_results_differ:filled(n=4)
//| #15 tail_results_differ:fill(at=0xP, n=4)
//| #15 tail_results_differ:fill/2 --> 12
//| #14 tail_results_differ:filled/1 --> {member=[0, 0, 4]}
//| #1 tail_results_differ:main/0 --> 0
#include <stdio.h>
#include <string.h>

#define KEEP __attribute__((noinline))
volatile int sink, four = 4;

KEEP static long ten(int n) {
  sink = n;
  return 10L * n;
}

// Nobody looks at its result, so it does not add.
KEEP static long one_more(int n) { return ten(n) + 1; }

// Everybody knows its result.
KEEP static long always_five(int n) {
  (void)ten(n);
  return 5;
}

KEEP static long minus(int n) {
  sink = n;
  return -(long)n;
}
KEEP static unsigned long huge(int n) { return (unsigned long)minus(n + 1); }

// Between the two is an instruction, so it is no tail call at all.
KEEP static double twice(double x) {
  sink = (int)x;
  return 2 * x;
}
KEEP static long bits(double x) {
  double result = twice(x);
  long same;
  memcpy(&same, &result, sizeof same);
  return same;
}

// Nor is this: it returns the address of its result.
struct large {
  long member[3];
};
KEEP static int fill(struct large *at, int n) {
  at->member[2] = n;
  sink = n;
  return 3 * n;
}
KEEP struct large filled(int n) {
  struct large result = {{0}};
  (void)fill(&result, n);
  return result;
}

int main(void) {
  printf("%ld\n", ten(four));
  (void)one_more(four);
  printf("%ld\n", always_five(four));
  printf("%ld\n", minus(four));
  printf("%lu\n", huge(four - 1));
  printf("%g\n", twice(four));
  printf("%ld\n", bits(four));
  struct large large;
  printf("%d\n", fill(&large, four));
  large = filled(four);
  printf("%ld\n", large.member[2]);
  return 0;
}
