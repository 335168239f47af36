/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What tracing costs when several threads are at it: each calls a function with two integers, all at once.
 *
 *     scale THREADS CALLS
 *
 * Prints how many calls a microsecond all threads made together, by the clock, and the processor time that one call took
 * of its thread. The second figure does not know how many processors were free. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "event.h"

enum { MAX_THREADS = 64 };

static pthread_barrier_t ready, done;
static int calls;
static double cpu_ns[MAX_THREADS];

static double clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *work(void *spent) {
  pair(0, 0); /* what a thread's first event costs is not the question */
  pthread_barrier_wait(&ready);
  double start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < calls; i++)
    pair(calls, i);
  *(double *)spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
  pthread_barrier_wait(&done);
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count == 3 ? atoi(arguments[1]) : 0;
  calls = count == 3 ? atoi(arguments[2]) : 0;
  if (threads < 1 || threads > MAX_THREADS || calls < 1) {
    fprintf(stderr, "usage: scale THREADS CALLS, with 1 to %d threads\n", MAX_THREADS);
    return 2;
  }
  pthread_t started[MAX_THREADS];
  pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&done, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; i++)
    if (pthread_create(&started[i], NULL, work, &cpu_ns[i]) != 0) {
      fputs("scale: cannot create a thread\n", stderr);
      return 1;
    }
  pthread_barrier_wait(&ready);
  double start = clock_ns(CLOCK_MONOTONIC);
  pthread_barrier_wait(&done);
  double wall = clock_ns(CLOCK_MONOTONIC) - start, sum = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(started[i], NULL);
    sum += cpu_ns[i];
  }
  printf("@ rate %.4f calls/us\n@ cpu/call %.3f ns\n", threads * (double)calls / wall * 1e3,
         sum / threads / (double)calls);
  return 0;
}
