/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>
#include <unistd.h>

int area(int width, int height);

__attribute__((noinline)) static int twice(int number) { return 2 * number; }

/* With an argument it goes on until somebody ends it. */
int main(int count, char **arguments) {
  volatile int result = 0; /* what nobody wants might not be called */
  (void)arguments, (void)result;
  printf("%d\n", twice(area(3, 7)));
  while (count > 1) {
    usleep(10000);
    result = twice(area(3, 7));
  }
  return 0;
}
