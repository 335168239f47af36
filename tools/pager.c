/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"

/* Does not return. What it is called with goes to the shell, as others do it: PAGER may have options. */
static void become(const char *command, int from) {
  signal(SIGINT, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGBUS, SIG_DFL);
  dup2(from, STDIN_FILENO);
  setenv("LESS", "FRX", 0);
  execl("/bin/sh", "sh", "-c", command, (char *)NULL);
  _exit(127);
}

static struct {
  pid_t pid;
  int end; /* what is written to it */
} running;

/* The terminal is the pager's until its user has seen enough: whoever waits for this command would take it away. */
static void end(int number) {
  close(running.end);
  while (waitpid(running.pid, NULL, 0) < 0 && errno == EINTR) { // NOLINT(bugprone-signal-handler): only reads errno
  }
  signal(number, SIG_DFL);
  raise(number);
}

static int started(struct pager *pager, int end_of_pipe) {
  running.pid = pager->pid;
  running.end = end_of_pipe;
  signal(SIGTERM, end);
  return end_of_pipe;
}

int pager_start(struct pager *pager) {
  const char *chosen = getenv("PAGER");
  const char *command = chosen != NULL && *chosen != '\0' ? chosen : "less";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    message_errno(errno, "--pager: no pipe can be made");
    return -1;
  }
  /* Ctrl-C is for the pager: it stops searching, not reading. What ends this program is that nobody reads any more. */
  signal(SIGINT, SIG_IGN);
  pager->pid = fork();
  if (pager->pid == 0)
    become(command, ends[0]);
  close(ends[0]);
  if (pager->pid > 0)
    return started(pager, ends[1]);
  message_errno(errno, "--pager: %s cannot be started", command);
  close(ends[1]);
  signal(SIGINT, SIG_DFL);
  pager->pid = 0;
  return -1;
}

void pager_wait(struct pager *pager) {
  int status = 0;
  if (pager->pid == 0)
    return;
  while (waitpid(pager->pid, &status, 0) < 0 && errno == EINTR) {
  }
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  pager->pid = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    message("--pager: the pager is not there; install less, or name another in PAGER");
}
