// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A thread calls while it holds a lock of the C library, which fork waits for in the middle of its work: flushed CALLS. Each of two threads
// calls so often.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_bool is_flushing, is_forking;
static long calls;

__attribute__((noinline)) long step(long n) {
  __asm__ volatile("" : "+r"(n));
  return n + 1;
}

static void *call(void *nothing) {
  while (!is_forking)
    sched_yield();
  for (long i = 0; i < calls; i++)
    step(i);
  return nothing;
}

static ssize_t take(void *cookie, const char *bytes, size_t size) {
  (void)cookie, (void)bytes;
  is_flushing = true;
  call(NULL);
  return (ssize_t)size;
}

static void *flush(void *nothing) {
  fflush(NULL);
  return nothing;
}

int main(int argc, char **argv) {
  const cookie_io_functions_t functions = {.write = take};
  FILE *file = fopencookie(NULL, "w", functions);
  pthread_t flusher, caller;
  int status;
  calls = argc > 1 ? atol(argv[1]) : 1;
  if (!file || fputs("something", file) < 0 || pthread_create(&flusher, NULL, flush, NULL) ||
      pthread_create(&caller, NULL, call, NULL))
    return 1;
  while (!is_flushing)
    sched_yield();
  is_forking = true;
  pid_t child = fork();
  if (!child)
    _exit(0);
  bool failed = child < 0 || waitpid(child, &status, 0) != child || status;
  pthread_join(flusher, NULL);
  pthread_join(caller, NULL);
  return failed;
}
