/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Kills itself while calls of two threads are open. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static pthread_barrier_t barrier;

APART int step(int n) {
  __asm__ volatile("" ::: "memory");
  return n * n;
}

APART void waits(const char *what) {
  __asm__ volatile("" ::"r"(what) : "memory");
  pthread_barrier_wait(&barrier);
  pause();
}

APART void ends(int signal) {
  pthread_barrier_wait(&barrier);
  step(3);
  kill(getpid(), signal);
  pause();
}

APART void *work(void *unused) {
  step(1);
  waits("for ever");
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, NULL, work, NULL);
  step(2);
  ends(SIGKILL);
  return 0;
}
