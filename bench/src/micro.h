/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the small workloads share: each defines one `operation`, and `micro_main` times it.
 *
 * The functions that are called stand in another file than their callers, so that no compiler can inline them or draw
 * conclusions from their bodies. */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Processor time of the thread: what others do on the machine in the meantime is not in it. */
static double micro_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Runs `operation` REPETITIONS times (the program's first argument; 10 without) and prints the shortest time divided
 * by `operations`, the number of operations that one run stands for, and the sum of all results. */
static int micro_main(int count, char **arguments, uint64_t (*operation)(void), double operations) {
  int repetitions = count > 1 ? atoi(arguments[1]) : 10;
  double best = 1e18;
  uint64_t sum = 0;
  for (int i = 0; i < repetitions; i++) {
    double start = micro_now_ns();
    sum += operation();
    double took = micro_now_ns() - start;
    if (took < best)
      best = took;
  }
  printf("%llu\n@ op %.4f ns\n", (unsigned long long)sum, best / operations);
  return 0;
}

#endif
