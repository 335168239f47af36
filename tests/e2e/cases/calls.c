// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls and returns, with values, nested.
// rules: calls:* -> return
// expect:
//| #1 calls:main(argc=1, argv=0xP)
//| #2 calls:square(n=3)
//| #2 calls:square/1 --> 9
//| #3 calls:twice(n=-4)
//| #4 calls:square(n=-4)
//| #4 calls:square/1 --> 16
//| #5 calls:square(n=-4)
//| #5 calls:square/1 --> 16
//| #3 calls:twice/1 --> 32
//| #6 calls:nothing()
//| #6 calls:nothing/0 -->
//| #1 calls:main/2 --> 0
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile int sink;

KEEP int square(int n) { return n * n + sink; }

KEEP int twice(int n) {
  int first = square(n);
  return first + square(n) + sink;
}

KEEP void nothing(void) { sink = 0; }

int main(int argc, char **argv) {
  printf("%d\n", square(argc + 2));
  printf("%d %s\n", twice(-argc - 3), argv[0] ? "named" : "");
  nothing();
  return 0;
}
