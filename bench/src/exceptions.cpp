/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Exceptions that unwind two functions, every second time. One operation is one attempt. */
#include "exceptions.h"
#include "micro.h"

enum { ATTEMPTS = 50000 };

static uint64_t operation() {
  uint64_t sum = 0;
  for (int i = 0; i < ATTEMPTS; i++)
    sum += uint64_t(attempt(i) + 2);
  return sum;
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, ATTEMPTS); }
