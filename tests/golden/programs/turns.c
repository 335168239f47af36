// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A session in files that take turns: calls until the first of them has been replaced, and a few more.
#include <sys/stat.h>

static ino_t first_file(void) {
  struct stat status;
  return stat("turns.1.cbor", &status) ? 0 : status.st_ino;
}

__attribute__((noinline)) int step(int n) {
  __asm__ volatile("" : "+r"(n));
  return n + 1;
}

__attribute__((noinline)) int spin(int rounds) {
  ino_t before = first_file();
  int n = 0;
  for (int i = 0; i < rounds && first_file() == before; i++)
    for (int k = 0; k < 20; k++)
      n = step(n);
  return n > 0;
}

int main(void) {
  int done = spin(100000);
  for (int i = 0; i < 3; i++)
    step(-i);
  return !done;
}
