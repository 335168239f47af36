// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts SIGURG in a handler of its own, or leaves the signal alone; tells through files where it is: signals [own].
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t urgent, finish;
volatile int sink;

__attribute__((noinline)) int beat(int n) {
  sink = n;
  return n;
}

static void on_urgent(int number) {
  (void)number;
  urgent++;
}
static void on_finish(int number) {
  (void)number;
  finish = 1;
}

int main(int argc, char **argv) {
  signal(SIGTERM, on_finish);
  if (argc > 1 && !strcmp(argv[1], "own"))
    signal(SIGURG, on_urgent);
  int n = 0;
  errno = 33;
  puts("ready");
  fflush(stdout);
  while (!finish) {
    beat(n++);
    nanosleep(&(struct timespec){0, 50000}, NULL);
    errno = errno == EINTR ? 33 : errno; /* nanosleep's own, when a signal came */
    if (errno != 33)
      return 2;
  }
  printf("%d urgent\n", (int)urgent);
  return 0;
}
