/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls the smallest function there is: what is left to measure is the hook. One operation is one call. */
#include "micro.h"

int leaf(int a, int b);

enum { CALLS = 20000000 };

static uint64_t operation(void) {
  int sum = 0;
  for (int i = 0; i < CALLS; i++)
    sum = leaf(sum, i);
  return (uint32_t)sum;
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, CALLS); }
