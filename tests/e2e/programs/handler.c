// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A timer's signal handler calls instrumented functions in the middle of everything, hooks included: handler. On a stack of its own, with
// calls inside calls and so many signals: handler alternate SIGNALS.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#define KEEP __attribute__((noinline))

static atomic_long handled, wrong;
volatile int sink;

KEEP int in_handler(int n) { return n + 1; }
KEEP int in_main(int n) { return n + 2; }
KEEP int in_turn(int n) {
  int r = in_handler(n);
  sink = r;
  return r + in_handler(n + 1);
}

static void on_alarm(int number) {
  (void)number;
  for (int i = 0; i < 20; i++)
    if (in_handler(i) != i + 1)
      wrong++;
  handled++;
}

static void on_alarm_alternate(int number) {
  (void)number;
  for (int i = 0; i < 5; i++)
    if (in_turn(i) != 2 * i + 3)
      wrong++;
  handled++;
}

static void use_alternate_stack(struct sigaction *action) {
  stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  if (!stack.ss_sp || sigaltstack(&stack, NULL))
    exit(2);
  action->sa_handler = on_alarm_alternate;
  action->sa_flags = SA_ONSTACK;
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_handler = on_alarm};
  long signals = argc > 2 ? atol(argv[2]) : 20000;
  if (argc > 2)
    use_alternate_stack(&action);
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &every, NULL);
  long calls = 0;
  errno = 77;
  for (; handled < signals && calls < 400000000; calls++)
    if (in_main((int)(calls & 0xFFFF)) != (int)(calls & 0xFFFF) + 2 || errno != 77)
      wrong++;
  every = (struct itimerval){{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &every, NULL);
  printf("%ld %ld\n", calls, handled);
  return wrong != 0;
}
