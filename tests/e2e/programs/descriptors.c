// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Closes every descriptor, opens a file of its own, and goes on calling: a daemon at its start.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) long work(long n) { return n * 3; }

int main(int argc, char **argv) {
  long sum = 0;
  for (long i = 0; i < 1000; i++)
    sum += work(i);
  close_range(3, ~0U, 0);
  int fds[8];
  for (int i = 0; i < 8; i++)
    fds[i] = open(argc > 1 ? argv[1] : "own.txt", O_RDWR | O_CREAT | O_APPEND, 0600);
  for (long i = 0; i < 100000; i++)
    sum += work(i);
  for (int i = 0; i < 8; i++)
    if (write(fds[i], "mine\n", 5) != 5)
      return 1;
  printf("%ld\n", sum);
  return 0;
}
