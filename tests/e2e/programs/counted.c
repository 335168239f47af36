/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls functions in known numbers and says so: `fib 531 3` is 531 calls in 3 threads. Recursion, tail calls, longjmp, threads, and an
 * end in the middle of main. */
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 3, ROUNDS = 100 };

#define APART __attribute__((noinline))

static volatile int sink;

static _Atomic unsigned long fibs, tails, leaves, jumps, tries;

/* The sum is kept in memory, or the compiler makes a loop of the second call. */
APART int fib(int n) {
  fibs++;
  if (n < 2)
    return n;
  volatile int sum = fib(n - 1);
  sum += fib(n - 2);
  return sum;
}

APART int leaf(int n) {
  leaves++;
  sink = n;
  return n + 1;
}

APART int tail(int n) {
  tails++;
  return leaf(n * 2);
}

APART void jump(jmp_buf *back) {
  jumps++;
  longjmp(*back, 1);
}

APART void try_jump(void) {
  jmp_buf back;
  tries++;
  if (setjmp(back) == 0)
    jump(&back);
}

APART void *work(void *unused) {
  sink = fib(10);
  for (int i = 0; i < ROUNDS; i++)
    sink = tail(i);
  for (int i = 0; i < ROUNDS; i++)
    try_jump();
  return unused;
}

APART void finish(void) {
  printf("fib %lu %d\ntail %lu %d\nleaf %lu %d\njump %lu %d\ntry_jump %lu %d\nwork %d %d\nfinish 1 1\nmain 1 1\n", fibs,
         THREADS, tails, THREADS, leaves, THREADS, jumps, THREADS, tries, THREADS, THREADS, THREADS);
  exit(0);
}

int main(void) {
  pthread_t thread[THREADS];
  for (int i = 0; i < THREADS; i++)
    pthread_create(&thread[i], NULL, work, NULL);
  for (int i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  finish();
}
