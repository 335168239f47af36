// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A scope with many calls below it, and a timer's signal handler with one of its own, in the middle of hooks.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>

#define KEEP __attribute__((noinline))

static atomic_long handled;
static volatile int sink;

KEEP int leaf(int n) { return sink = n; }
KEEP int handler_leaf(int n) { return sink = n; }

KEEP int scope(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += leaf(1);
  return sum;
}

KEEP int handler_scope(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += handler_leaf(1);
  return sum;
}

static void on_alarm(int number) {
  (void)number;
  int before = errno;
  handled += handler_scope(5) == 5 && errno == before;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 250}, {0, 250}};
  setitimer(ITIMER_REAL, &every, NULL);
  long rounds = 0;
  errno = 77;
  for (; handled < 2000 && rounds < 100000; rounds++)
    if (scope(2000) != 2000 || errno != 77)
      return 1;
  every = (struct itimerval){{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &every, NULL);
  printf("%ld %ld\n", rounds, handled);
  return 0;
}
