// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls that end by longjmp again and again, below a loop that is no function the rules name.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#define KEEP __attribute__((noinline))

static jmp_buf loop;
volatile int sink;

KEEP int leaf(int n) {
  sink = n;
  return n * 2;
}

KEEP int first(int n) {
  if (leaf(n) & 2)
    longjmp(loop, 1);
  return sink;
}

/* A larger frame: it would be above the other's. */
KEEP int second(int n) {
  volatile char room[256] = {0};
  if (leaf(n) & 2)
    longjmp(loop, 1);
  return room[n & 0xFF];
}

int main(int count, char **argument) {
  int end = count > 1 ? atoi(argument[1]) : 0;
  for (volatile int i = 0; i < end; i++)
    if (!setjmp(loop))
      (void)(i / 2 % 2 ? first(i) : second(i));
  return 0;
}
