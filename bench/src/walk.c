/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What it costs to find who called: walks up eight frames, again and again, and says what a frame took.
 *
 *     walk METHOD WALKS
 *
 * METHOD is `calltap`; `calltap-cold`, which forgets before each walk what it knows; `backtrace`, that of the C library; or
 * `libunwind`, its unw_backtrace, where that library is installed. The call of a function that does nothing in place of the
 * walk is taken off. */
#define _GNU_SOURCE
#include "rt/walk.h"
#include "rt/internal.h"
#include "walk.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES = 8, DEPTH = 12, ROUNDS = 5 };

void at_site(void (*taken)(const struct registers *));

static struct stream stream;
static uintptr_t pc[FRAMES];
static size_t found;
static long walks;
static double took; /* ns */
static int (*unw_backtrace)(void **, int);

static void nothing(const struct registers *r) { __asm__ volatile("" ::"r"(r) : "memory"); }

static void with_calltap(const struct registers *r) { found = calltap__walk(pc, FRAMES, r, &stream); }

static void with_calltap_cold(const struct registers *r) {
  calltap__walk_forget();
  found = calltap__walk(pc, FRAMES, r, &stream);
}

static void with_backtrace(const struct registers *r) {
  (void)r;
  found = (size_t)backtrace((void **)pc, FRAMES);
}

static void with_libunwind(const struct registers *r) {
  (void)r;
  found = (size_t)unw_backtrace((void **)pc, FRAMES);
}

static const struct {
  const char *name;
  void (*walk)(const struct registers *);
} methods[] = {{"calltap", with_calltap},
               {"calltap-cold", with_calltap_cold},
               {"backtrace", with_backtrace},
               {"libunwind", with_libunwind}};
static void (*method)(const struct registers *);

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_of(void (*walk)(const struct registers *)) {
  double start = now_ns();
  for (long i = 0; i < walks; i++)
    at_site(walk);
  return (now_ns() - start) / (double)walks;
}

static void measure(void) {
  for (int i = 0; i < 100; i++) /* what is learned or loaded once */
    at_site(method);
  took = 1e18;
  for (int i = 0; i < ROUNDS; i++) {
    double with = time_of(method), without = time_of(nothing);
    if (with - without < took)
      took = with - without;
  }
}

int main(int count, char **arguments) {
  void *library = dlopen("libunwind.so.8", RTLD_NOW);
  if (library)
    *(void **)&unw_backtrace = dlsym(library, "unw_backtrace");
  for (size_t i = 0; count == 3 && i < sizeof methods / sizeof methods[0]; i++)
    if (strcmp(arguments[1], methods[i].name) == 0)
      method = methods[i].walk;
  walks = method ? atol(arguments[2]) : 0;
  if (walks <= 0 || (method == with_libunwind && !unw_backtrace)) {
    fputs(walks > 0 ? "walk: there is no libunwind.so.8\n"
                    : "usage: walk calltap | calltap-cold | backtrace | libunwind WALKS\n",
          stderr);
    return 2;
  }
  long sum = walk_under(DEPTH, measure);
  printf("%zu frames, %ld\n@ frame %.3f ns\n", found, sum, took / FRAMES);
  return 0;
}
