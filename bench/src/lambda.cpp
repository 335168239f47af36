/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Small lambdas given to algorithms of the C++ library. One operation is one element. */
#include "lambda.h"
#include "micro.h"

enum { COUNT = 100000 };

static uint64_t operation() {
  std::vector<uint32_t> values(COUNT);
  uint32_t state = 42;
  for (auto &value : values)
    value = state = state * 1664525 + 1013904223;
  return digest(values, 1000);
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, COUNT); }
