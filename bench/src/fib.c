/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that call: one operation is fib(24). */
#include "micro.h"

int fib(int n);

static uint64_t operation(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 100; i++)
    sum += (uint64_t)fib(24);
  return sum;
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, 100); }
