/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Makes more events than a rate of 5 in 100 ms allows, and one when that time is over: it says what was lost. */
#include <time.h>

__attribute__((noinline)) int f(int number) {
  __asm__ volatile("" ::: "memory");
  return number;
}

int main(void) {
  struct timespec longer = {0, 150 * 1000 * 1000};
  for (int i = 0; i < 100; i++)
    f(i);
  nanosleep(&longer, NULL);
  return f(0);
}
