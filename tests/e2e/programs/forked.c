// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parent and child call at the same time, each with the numbers 0, 1, 2, ...: forked CALLS. The parent calls as often before it forks; the
// child twice as often as the parent after it.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACED(name)                                                                                                   \
  __attribute__((noinline)) long name(long n) {                                                                        \
    __asm__ volatile("" : "+r"(n));                                                                                    \
    return n;                                                                                                          \
  }
TRACED(before)
TRACED(in_child)
TRACED(in_parent)

int main(int argc, char **argv) {
  long calls = argc > 1 ? atol(argv[1]) : 1;
  int status = 1;
  for (long i = 0; i < calls; i++)
    before(i);
  pid_t pid = fork();
  for (long i = 0; !pid && i < 2 * calls; i++)
    in_child(i);
  if (!pid)
    exit(0);
  for (long i = 0; i < calls; i++)
    in_parent(i);
  return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}
