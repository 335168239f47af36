/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Three threads: recursion, tail calls, a longjmp, a tag, a mark, a thread that ends in the middle of a call, and a process that
 * does. */
#define _GNU_SOURCE
#include <calltap/calltap.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define APART __attribute__((noinline))

struct job {
  int number;
  const char *name;
};

static volatile int sink;
static __thread jmp_buf back;

/* The sum is kept in memory, or the compiler makes a loop of the second call. */
APART int fib(int n) {
  if (n < 2)
    return n;
  volatile int sum = fib(n - 1);
  sum += fib(n - 2);
  return sum;
}

APART int leaf(int n) {
  sink = n;
  return n + 1;
}

APART int tail(int n) {
  sink = n;
  return leaf(n * 2);
}

APART void jump(struct job *job) {
  sink = job->number;
  longjmp(back, 1);
}

APART void leave_thread(struct job *job) {
  sink = job->number;
  pthread_exit(NULL);
}

APART void try_jump(struct job *job) {
  if (setjmp(back) == 0)
    jump(job);
}

APART void *work(struct job *job) {
  calltap_tag((unsigned)job->number);
  sink = fib(3);
  sink = tail(job->number);
  calltap_event("half", "of job %d", job->number);
  try_jump(job);
  if (job->number == 2)
    leave_thread(job);
  return NULL;
}

APART void finish(void) {
  puts("done");
  exit(0);
}

__attribute__((no_instrument_function)) static void *start(void *job) { return work(job); }

/* One after the other: what one thread does, and not what the scheduler did, is in the trace. */
int main(void) {
  static struct job jobs[] = {{1, "first"}, {2, "second"}};
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, start, &jobs[i]);
    pthread_join(thread, NULL);
  }
  sink = tail(3);
  finish();
}
