/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A sort that compares through a pointer: short functions with a data-dependent branch. One operation is one element. */
#include "micro.h"

void sort(int *values, int count, int (*compare)(const int *, const int *));
int ascending(const int *a, const int *b);

enum { COUNT = 200000 };

static uint64_t operation(void) {
  static int values[COUNT];
  uint32_t state = 42;
  for (int i = 0; i < COUNT; i++) {
    state = state * 1664525 + 1013904223;
    values[i] = (int)(state >> 8);
  }
  sort(values, COUNT, ascending);
  return (uint64_t)values[0] + (uint64_t)values[COUNT / 2] + (uint64_t)values[COUNT - 1];
}

int main(int count, char **arguments) { return micro_main(count, arguments, operation, COUNT); }
