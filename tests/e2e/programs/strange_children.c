// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Children that no fork handler sees leave by exit(), while the parent goes on; fork handlers of the program are
// traced themselves; the environment is overwritten: strange_children raw|handler|title.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

__attribute__((noinline)) int f(int x) {
  __asm__ volatile("" : "+r"(x));
  return x;
}
__attribute__((noinline)) int in_child(int x) {
  __asm__ volatile("" : "+r"(x));
  return x;
}

static void call(int times) {
  for (int i = 0; i < times; i++)
    f(i);
}

static int wait_for(pid_t pid) {
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int raw(void) {
  pid_t pid = _Fork();
  if (!pid)
    exit(3);
  call(100000);
  int failures = wait_for(pid) != 3;
  call(100000);
  pid = (pid_t)syscall(SYS_fork);
  if (!pid) {
    kill(getpid(), SIGURG);
    exit(4);
  }
  failures += wait_for(pid) != 4;
  call(100000);
  return failures;
}

static void prepare(void) { call(200); }
static void before_all(int argc, char **argv, char **envp) {
  (void)argc, (void)envp;
  if (argv[1] && !strcmp(argv[1], "handler"))
    pthread_atfork(prepare, NULL, NULL);
}
// Before the constructors of libraries: so this handler runs after the runtime's own.
__attribute__((section(".preinit_array"), used)) static void (*first)(int, char **, char **) = before_all;

static int fork_and_trace(void) {
  pid_t pid = fork();
  if (!pid) {
    in_child(1);
    exit(0);
  }
  return wait_for(pid);
}

static void overwrite_environment(char **argv) {
  char *end = argv[0];
  for (char **e = environ; *e; e++)
    end = *e + strlen(*e);
  static char *none[] = {NULL};
  environ = none;
  memset(argv[0], 'x', (size_t)(end - argv[0]));
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "raw";
  if (!strcmp(what, "raw"))
    return raw();
  if (!strcmp(what, "title"))
    overwrite_environment(argv);
  call(100);
  return fork_and_trace();
}
