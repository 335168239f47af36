// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A timer's signal handler that leaves what it interrupted, hooks among it, by siglongjmp.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#define KEEP __attribute__((noinline))

static sigjmp_buf loop;
static volatile sig_atomic_t jumps;
static volatile int sink;

KEEP int leaf(int n, const char *text) { return sink = n + text[0]; }

static void on_alarm(int number) {
  (void)number;
  if (jumps >= 3000)
    return;
  jumps++;
  siglongjmp(loop, 1);
}

int main(void) {
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  (void)sigsetjmp(loop, 1);
  struct itimerval every = {{0, 0}, {0, 100}};
  setitimer(ITIMER_REAL, &every, NULL);
  while (jumps < 3000)
    leaf(1, "a text that takes some room");
  for (int i = 0; i < 500; i++)
    leaf(1000 + i, "a text");
  return 0;
}
