/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Virtual calls of functions that do next to nothing. One operation is one call. */
#include "virtual.h"
#include "micro.h"

enum { SHAPES = 300, ROUNDS = 10000 };

static uint64_t operation() {
  static std::unique_ptr<Shape> shapes[SHAPES];
  for (unsigned i = 0; i < SHAPES && !shapes[i]; i++)
    shapes[i] = make_shape(i);
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++)
    for (const auto &shape : shapes)
      sum += shape->area();
  return sum;
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, double(SHAPES) * ROUNDS); }
