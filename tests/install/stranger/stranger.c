/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

int area(int width, int height);

__attribute__((noinline)) static int twice(int number) { return 2 * number; }

int main(void) {
  printf("%d\n", twice(area(3, 7)));
  return 0;
}
