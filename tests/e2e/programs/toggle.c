// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads call instrumented functions for some seconds, check every result, and the main thread sends the control signal
// to its own process as fast as it goes: toggle SECONDS THREADS.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define KEEP __attribute__((noinline))

static atomic_bool done;
static atomic_ulong rounds, wrong;

KEEP long add(long a, long b) { return a + b; }
KEEP double scale(double x, int by) { return x * by; }
KEEP long deep(long n) { return n ? add(deep(n - 1), 1) : 0; }

static void *work(void *arg) {
  unsigned long n = 0;
  for (long i = 0; !atomic_load_explicit(&done, memory_order_relaxed); i++, n++)
    if (add(i, 3) != i + 3 || scale(1.5, (int)(i & 7)) != 1.5 * (i & 7) || deep(i & 15) != (i & 15))
      atomic_fetch_add(&wrong, 1);
  atomic_fetch_add(&rounds, n);
  return arg;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  double end = now() + (argc > 1 ? atof(argv[1]) : 2);
  int count = argc > 2 ? atoi(argv[2]) : 4;
  pthread_t threads[64];
  for (int i = 0; i < count; i++)
    pthread_create(&threads[i], NULL, work, NULL);
  unsigned long toggles = 0;
  for (; now() < end; toggles++)
    kill(getpid(), SIGURG);
  atomic_store(&done, true);
  for (int i = 0; i < count; i++)
    pthread_join(threads[i], NULL);
  fprintf(stderr, "%lu toggles, %lu rounds, %lu wrong\n", toggles, rounds, wrong);
  return wrong != 0;
}
