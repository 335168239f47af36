// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A timer's signal handler calls instrumented functions in the middle of everything, hooks included.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>

#define KEEP __attribute__((noinline))

static atomic_long handled, wrong;
volatile int sink;

KEEP int in_handler(int n) { return n + 1; }
KEEP int in_main(int n) { return n + 2; }

static void on_alarm(int number) {
  (void)number;
  for (int i = 0; i < 20; i++)
    if (in_handler(i) != i + 1)
      wrong++;
  handled++;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &every, NULL);
  long calls = 0;
  errno = 77;
  for (; handled < 20000 && calls < 400000000; calls++)
    if (in_main((int)(calls & 0xFFFF)) != (int)(calls & 0xFFFF) + 2 || errno != 77)
      wrong++;
  every = (struct itimerval){{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &every, NULL);
  printf("%ld %ld\n", calls, handled);
  return wrong != 0;
}
