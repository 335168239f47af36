// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls until it is killed. Counts its committed calls in a shared file: endless COUNTS THREADS.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) long work(long n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}

static _Atomic long *counts;

static void *loop(void *number) {
  _Atomic long *mine = counts + 64 * (long)number;
  for (long i = 0;; i++) {
    work(i);
    atomic_store_explicit(mine, i + 1, memory_order_release);
  }
  return NULL;
}

int main(int argc, char **argv) {
  int fd = argc == 3 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
  if (fd < 0 || ftruncate(fd, 65536))
    return 1;
  counts = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  pthread_t thread;
  for (long i = 0; i < atoi(argv[2]); i++)
    pthread_create(&thread, NULL, loop, (void *)i);
  pause();
  return 0;
}
