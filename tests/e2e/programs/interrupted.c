// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A timer's handler runs traced functions in the middle of those of the program, on another stack: interrupted COUNT. Says how often each was
// called, and with which sum.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#define KEEP __attribute__((noinline))
volatile long sink;
static volatile long handled;

KEEP long leaf(long n) {
  sink = n;
  return n;
}
KEEP long outer(long n, long wanted) {
  leaf(n);
  leaf(n + 1);
  sink = n;
  return wanted;
}
KEEP long in_handler(long n) {
  sink = n;
  return n;
}
KEEP long handler(long n, long wanted) {
  in_handler(n);
  in_handler(n + 1);
  sink = n;
  return wanted;
}

__attribute__((no_instrument_function)) static void on_timer(int number) {
  (void)number;
  long saved = sink;
  handler(handled, handled & 1);
  handled++;
  sink = saved;
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 100, rounds = 0;
  stack_t other = {.ss_size = 1 << 18};
  other.ss_sp = malloc(other.ss_size);
  sigaltstack(&other, NULL);
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_ONSTACK | SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &often, NULL);
  for (; handled < count; rounds++)
    outer(rounds % 64, rounds % 64 == 0);
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  long done = handled;
  printf("%ld %ld\n", rounds, done);
  return 0;
}
