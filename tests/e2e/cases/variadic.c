// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The named parameters of a variadic function; its other arguments arrive unharmed.
// rules: variadic:sum
// expect:
//| #1 variadic:sum(count=3, scale=2, ...)
#include <stdarg.h>
#include <stdio.h>

__attribute__((noinline)) double sum(int count, int scale, ...) {
  va_list list;
  double total = 0;
  va_start(list, scale);
  for (int i = 0; i < count; i++)
    total += va_arg(list, double) * scale;
  va_end(list);
  return total;
}

int main(void) {
  printf("%g\n", sum(3, 2, 1.5, 2.5, 3.5));
  return 0;
}
