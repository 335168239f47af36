// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls below a scope: scoped COUNT DEPTH. One call of scope with COUNT leaves that is not wanted, one that is, a recursion of DEPTH, and two
// small ones; in between a child that has leaves of its own.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP __attribute__((noinline))
volatile long sink;

KEEP int leaf(int n) {
  sink = n;
  return n;
}

KEEP int scope(int count, int result) {
  for (int i = 0; i < count; i++)
    leaf(i);
  sink = result;
  return result;
}

KEEP int deep(int n) {
  int below = n > 1 ? deep(n - 1) : 0;
  sink = below;
  return below + 1;
}

KEEP int in_child(int n) {
  sink = n;
  return n;
}

KEEP int forks(int count, int result) {
  leaf(-1);
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    in_child(1);
    for (int i = 0; i < count; i++)
      leaf(100 + i);
    scope(2, 1);
    exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  leaf(status);
  return result;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 4, depth = argc > 2 ? atoi(argv[2]) : 3;
  scope(count, 0);
  scope(count, 1);
  printf("%d\n", deep(depth));
  scope(2, 1);
  forks(3, 1);
  scope(2, 1);
  printf("%d\n", sink != 0);
  return 0;
}
