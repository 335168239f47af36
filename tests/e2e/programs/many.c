/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Makes as many events as it is told, nearly half of them calls: many MILLIONS THREADS. Each round is 8 calls and their 8 exits. */
#include <pthread.h>
#include <stdlib.h>

#define APART __attribute__((noinline))

static long rounds;
static volatile long sink;

APART long leaf(long n, const char *text) {
  sink = n;
  return n + text[n & 3];
}

APART long both(long n) {
  long sum = leaf(n, "even");
  return sum + leaf(n + 1, "odd!");
}

APART void each(long n) {
  long sum = both(n);
  sink = sum + both(n + 2);
  sink = leaf(n, "last");
}

static void *work(void *unused) {
  for (long i = 0; i < rounds; i++)
    each(i);
  return unused;
}

int main(int argc, char **argv) {
  long millions = argc > 1 ? atol(argv[1]) : 1, threads = argc > 2 ? atol(argv[2]) : 1;
  pthread_t thread[64];
  if (threads < 1 || threads > 64)
    return 2;
  rounds = millions * 1000000 / 16 / threads;
  for (long i = 0; i < threads; i++)
    pthread_create(&thread[i], NULL, work, NULL);
  for (long i = 0; i < threads; i++)
    pthread_join(thread[i], NULL);
  return 0;
}
