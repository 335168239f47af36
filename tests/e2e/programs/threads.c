// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads call instrumented functions and print what they computed: threads COUNT CALLS.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define KEEP __attribute__((noinline))

static long calls;

KEEP long mix(long a, int b) { return a * 31 + b; }

// Not optimised, so that every call is one.
KEEP __attribute__((optnone)) int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static void *work(void *number) {
  long sum = (long)number;
  for (long i = 0; i < calls; i++)
    sum = mix(sum, (int)i);
  return (void *)(sum + fib(12));
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 4;
  calls = argc > 2 ? atol(argv[2]) : 1000;
  pthread_t threads[64];
  for (long i = 0; i < count; i++)
    pthread_create(&threads[i], NULL, work, (void *)i);
  unsigned long total = 0;
  for (int i = 0; i < count; i++) {
    void *sum;
    pthread_join(threads[i], &sum);
    total = total * 7 + (unsigned long)sum;
  }
  printf("%lu\n", total);
  return 0;
}
