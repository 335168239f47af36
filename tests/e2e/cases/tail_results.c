// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A call that ends in a tail call has the result of the function that it called, where that is known and traced; of nobody else.
// rules: *:* -> return
// levels: O2 O3
// expect:
//| #1 tail_results:main()
//| #2 tail_results:outer(n=1)
//| #2 tail_results:outer/1 --> tail call
//| #3 tail_results:inner(n=2)
//| #3 tail_results:inner/1 --> tail call
//| #4 tail_results:last(n=3)
//| #4 tail_results:last/1 --> 30
//| #3 tail_results:inner/1 --> 30 (by tail_results:last/1)
//| #2 tail_results:outer/1 --> 30 (by tail_results:last/1)
//| #5 tail_results:odd(n=3)
//| #5 tail_results:odd/1 --> tail call
//| #6 tail_results:even(n=2)
//| #6 tail_results:even/1 --> tail call
//| #7 tail_results:odd(n=1)
//| #7 tail_results:odd/1 --> tail call
//| #8 tail_results:even(n=0)
//| #8 tail_results:even/1 --> 1
//| #7 tail_results:odd/1 --> 1 (by tail_results:even/1)
//| #6 tail_results:even/1 --> 1 (by tail_results:even/1)
//| #5 tail_results:odd/1 --> 1 (by tail_results:even/1)
//| #9 tail_results:ignores(n=<optimized out>)
//| #9 tail_results:ignores/1 --> tail call
//| #10 tail_results:last(n=5)
//| #10 tail_results:last/1 --> 50
//| #11 tail_results:untraced(n=0)
//| #11 tail_results:untraced/1 --> tail call
//| #12 tail_results:last(n=1)
//| #12 tail_results:last/1 --> 10
//| #13 tail_results:indirect(n=2)
//| #13 tail_results:indirect/1 --> tail call
//| #14 tail_results:last(n=3)
//| #14 tail_results:last/1 --> 30
//| #15 tail_results:outer(n=3)
//| #15 tail_results:outer/1 --> tail call
//| #16 tail_results:inner(n=4)
//| #16 tail_results:inner/1 --> tail call
//| #17 tail_results:last(n=5)
//| #17 tail_results:last/1 --> 50
//| #16 tail_results:inner/1 --> 50 (by tail_results:last/1)
//| #15 tail_results:outer/1 --> 50 (by tail_results:last/1)
//| #1 tail_results:main/0 --> 0
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile int sink;

KEEP static int last(int n) {
  sink = n;
  return 10 * n;
}
KEEP static int inner(int n) { return last(n + 1); }
KEEP static int outer(int n) { return inner(n + 1); }

// Each of a recursion has the result of the innermost one.
int odd(unsigned n);
KEEP int even(unsigned n) {
  sink = (int)n;
  if (n == 0)
    return 1;
  __attribute__((musttail)) return odd(n - 1);
}
KEEP int odd(unsigned n) {
  sink = (int)n;
  if (n == 0)
    return 0;
  __attribute__((musttail)) return even(n - 1);
}

// It returns nothing, so nothing came out of it.
KEEP static void ignores(int n) { (void)last(n); }

// It calls what is not traced; what comes after it is a call of `last` from the same place.
KEEP static int untraced(int n) { return putchar(n + '0'); }

// Which function it calls is known only when it runs.
static int (*volatile chosen)(int) = last;
KEEP static int indirect(int n) { return chosen(n + 1); }

static int (*const each[])(int) = {untraced, last, indirect, outer};

int main(void) {
  printf("%d\n", outer(1));
  printf("%d\n", odd(3));
  ignores(5);
  for (unsigned i = 0; i < sizeof each / sizeof *each; i++)
    printf("%d\n", each[i]((int)i));
  return 0;
}
