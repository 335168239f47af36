/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What one event costs: calls a function, and says how much processor time of its own a call took, in user mode and in
 * the kernel, beside the time of one RDTSC in the same process.
 *
 *     event CALLS EVENTS_PER_CALL [ARGUMENT]
 *
 * EVENTS_PER_CALL is what the caller has armed: 1 for calls, 2 for calls and returns; 0 says that nothing is, and then
 * the figures are those of the bare call. ARGUMENT is what the function is passed: `none`, `one`, `pair`, `four` or `six`
 * integers (default: pair); `reals`, two floating-point numbers; `constant`, `stack` or `heap`, a string of 16 bytes that
 * stands there; `struct`, one of four fields by value; `field` or `pointer`, a pointer to one on the heap. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <x86intrin.h>

#include "event.h"

struct times {
  double user, sys; /* ns, as the kernel splits them */
  double cpu;       /* ns, their sum, exactly */
  double wall;      /* ns */
};

static double nanoseconds(struct timeval time) { return (double)time.tv_sec * 1e9 + (double)time.tv_usec * 1e3; }

static double clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static struct times now(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return (struct times){
      .user = nanoseconds(usage.ru_utime),
      .sys = nanoseconds(usage.ru_stime),
      .cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID),
      .wall = clock_ns(CLOCK_MONOTONIC),
  };
}

/* The shortest of five loops of RDTSC that wait for each other only as the processor makes them. */
static double rdtsc_ns(void) {
  enum { READS = 500000 };
  double best = 1e18;
  uint64_t sum = 0;
  for (int round = 0; round < 5; round++) {
    struct times start = now();
    for (int i = 0; i < READS; i++)
      sum += __rdtsc();
    double took = (now().cpu - start.cpu) / READS;
    if (took < best)
      best = took;
  }
  /* Keeps the loop from being dropped; no one reads a clock of zero. */
  if (sum == 0)
    puts("the clock stands still");
  return best;
}

static void call_none(int calls) {
  for (int i = 0; i < calls; i++)
    none();
}

static void call_one(int calls) {
  for (int i = 0; i < calls; i++)
    one(i);
}

static void call_pair(int calls) {
  for (int i = 0; i < calls; i++)
    pair(calls, i);
}

static void call_quad(int calls) {
  for (int i = 0; i < calls; i++)
    quad(calls, i, 3, -i);
}

static void call_six(int calls) {
  for (int i = 0; i < calls; i++)
    six(calls, i, 3, -i, 5, i);
}

static void call_reals(int calls) {
  for (int i = 0; i < calls; i++)
    reals(i, 0.5);
}

static void call_text(int calls, const char *string) {
  for (int i = 0; i < calls; i++)
    text(string);
}

static void call_constant(int calls) { call_text(calls, "sixteen letters!"); }

static void call_stack(int calls) {
  char stack[] = "sixteen letters!";
  call_text(calls, stack);
}

static void call_heap(int calls) {
  char *heap = strdup("sixteen letters!");
  call_text(calls, heap);
  free(heap);
}

static void call_four(int calls) {
  for (int i = 0; i < calls; i++)
    four((struct four){i, calls, 7, 0.5});
}

static void call_field(int calls) {
  struct four *value = calloc(1, sizeof *value);
  for (int i = 0; i < calls; i++)
    field(value);
  free(value);
}

static const struct {
  const char *argument;
  void (*call)(int calls);
} kinds[] = {{"none", call_none},         {"one", call_one},     {"pair", call_pair},   {"four", call_quad},
             {"six", call_six},           {"reals", call_reals}, {"stack", call_stack}, {"heap", call_heap},
             {"constant", call_constant}, {"struct", call_four}, {"field", call_field}, {"pointer", call_field}};

/* False: no such argument. */
static bool call(int calls, const char *argument) {
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp(argument, kinds[i].argument) == 0) {
      kinds[i].call(calls);
      return true;
    }
  return false;
}

int main(int count, char **arguments) {
  if (count != 3 && count != 4) {
    fputs("usage: event CALLS EVENTS_PER_CALL [ARGUMENT]\n", stderr);
    return 2;
  }
  int calls = atoi(arguments[1]);
  int per_call = atoi(arguments[2]);
  double events = (double)calls * (per_call > 0 ? per_call : 1);
  double rdtsc = rdtsc_ns();

  struct times start = now();
  if (!call(calls, count > 3 ? arguments[3] : "pair")) {
    fprintf(stderr, "event: no argument %s\n", arguments[3]);
    return 2;
  }
  struct times end = now();

  printf("@ user/event %.3f ns\n", (end.user - start.user) / events);
  printf("@ sys/event %.3f ns\n", (end.sys - start.sys) / events);
  printf("@ cpu/event %.3f ns\n", (end.cpu - start.cpu) / events);
  printf("@ wall/event %.3f ns\n", (end.wall - start.wall) / events);
  printf("@ rdtsc %.3f ns\n", rdtsc);
  printf("@ events %.0f count\n", events);
  return 0;
}
