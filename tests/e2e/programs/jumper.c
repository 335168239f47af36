// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A thread whose timer's signal handler leaves what it interrupted, hooks among it, by siglongjmp, until SIGUSR1 ends the thread. The program
// goes on until SIGTERM.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t thread_is_over, over;
static sigjmp_buf loop;
static volatile int sink;

__attribute__((noinline)) int leaf(int n, const char *text) { return sink = n + text[0]; }

static void on_timer(int number) {
  (void)number;
  siglongjmp(loop, 1);
}

static void on_signal(int number) { *(number == SIGUSR1 ? &thread_is_over : &over) = 1; }

static void *jumps(void *unused) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
  event._sigev_un._tid = gettid();
  if (timer_create(CLOCK_MONOTONIC, &event, &timer))
    exit(2);
  (void)sigsetjmp(loop, 1);
  const struct itimerspec once = {{0, 0}, {0, 50000}};
  timer_settime(timer, 0, &once, NULL);
  while (!thread_is_over)
    leaf(1, "a text that takes some room");
  timer_delete(timer);
  return unused;
}

int main(void) {
  pthread_t thread;
  signal(SIGALRM, on_timer);
  signal(SIGUSR1, on_signal);
  signal(SIGTERM, on_signal);
  if (pthread_create(&thread, NULL, jumps, NULL))
    return 2;
  pthread_join(thread, NULL);
  while (!over)
    usleep(1000);
  puts("right");
  return 0;
}
