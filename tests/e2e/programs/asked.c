// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads call instrumented functions until SIGTERM, then it is told whether all results were right: asked THREADS [PAUSE_US].
// Threads are called w-0, w-1, ... Each calls one..eight in turn; only the first calls `hot`, a thousand times a turn, if PAUSE_US is 0.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STEP(name, number)                                                                                             \
  __attribute__((noinline)) long name(long n) {                                                                        \
    __asm__ volatile("" : "+r"(n));                                                                                    \
    return n * (number) + 1;                                                                                           \
  }
STEP(one, 1)
STEP(two, 2)
STEP(three, 3)
STEP(four, 4)
STEP(five, 5)
STEP(six, 6)
STEP(seven, 7)
STEP(eight, 8)
STEP(hot, 9)
STEP(never, 10)

static _Atomic bool over;
static _Atomic long wrong;
static long pause_us;

static long turn(long n) {
  long all = one(n) + two(n) + three(n) + four(n) + five(n) + six(n) + seven(n) + eight(n);
  return all == 36 * n + 8;
}

static void *work(void *number) {
  char name[16];
  snprintf(name, sizeof name, "w-%ld", (long)number);
  pthread_setname_np(pthread_self(), name);
  for (long n = 0; !over; n++) {
    wrong += !turn(n);
    for (long i = 0; !pause_us && !number && i < 1000; i++)
      wrong += hot(i) != i * 9 + 1;
    if (pause_us)
      usleep((useconds_t)pause_us);
  }
  return NULL;
}

static void on_term(int number) {
  (void)number;
  over = true;
}

int main(int argc, char **argv) {
  pthread_t thread[64];
  long count = argc > 1 ? atol(argv[1]) : 1;
  pause_us = argc > 2 ? atol(argv[2]) : 0;
  signal(SIGTERM, on_term);
  for (long i = 0; i < count; i++)
    if (pthread_create(&thread[i], NULL, work, (void *)i))
      return 2;
  while (!over)
    usleep(2000);
  for (long i = 0; i < count; i++)
    pthread_join(thread[i], NULL);
  if (argc > 3)
    wrong += never(1) != 11;
  printf(wrong ? "%ld wrong\n" : "right\n", wrong);
  return wrong != 0;
}
