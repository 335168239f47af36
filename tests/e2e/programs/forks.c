// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls before and after fork in parent and child; vfork and exec; a child made by raw clone: forks [exec-child].
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) int before(int n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}
__attribute__((noinline)) int in_child(int n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}
__attribute__((noinline)) int in_raw_child(int n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}
__attribute__((noinline)) int after(int n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}
__attribute__((noinline)) int executed(int n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}

static int wait_for(pid_t pid) {
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

int main(int argc, char **argv) {
  if (argc > 1)
    return executed(5) - 5;
  int failures = 0;
  for (int i = 0; i < 100; i++)
    before(i);
  pid_t pid = fork();
  if (!pid) {
    for (int i = 0; i < 200; i++)
      in_child(i);
    _Exit(in_child(7) != 7);
  }
  failures += wait_for(pid);
  pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (!pid) {
    for (int i = 0; i < 300; i++)
      in_raw_child(i);
    _Exit(0);
  }
  failures += wait_for(pid);
  pid = vfork();
  if (!pid) {
    execl(argv[0], argv[0], "child", (char *)NULL);
    _Exit(9);
  }
  failures += wait_for(pid);
  for (int i = 0; i < 100; i++)
    after(i);
  return failures;
}
