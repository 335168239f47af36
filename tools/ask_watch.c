/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The child that ends a session when the command cannot do so itself any more. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "ask_directory.h"
#include "calltap/request.h"
#include "message.h"
#include "process.h"

static bool is_kept(int fd, const struct ask *asks, size_t count, int end) {
  for (size_t i = 0; i < count; i++) {
    if (asks[i].proc == fd)
      return true;
  }
  return fd == end;
}

/* Nobody who reads what the command writes waits for this child; and the pipe's other end is closed here, too. */
static void close_others(const struct ask *asks, size_t count, int end) {
  DIR *open_ones = opendir("/proc/self/fd");
  struct dirent *entry;
  while (open_ones != NULL && (entry = readdir(open_ones)) != NULL) {
    int fd = (int)process_number(entry->d_name);
    if (fd > STDERR_FILENO && fd != dirfd(open_ones) && !is_kept(fd, asks, count, end))
      close(fd);
  }
  if (open_ones != NULL)
    closedir(open_ones);
  int null = open("/dev/null", O_RDWR);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (null >= 0 && !is_kept(fd, asks, count, end))
      dup2(null, fd);
  }
}

/* The command may have died before it took away the name of a trace in memory, which would stay for ever. No other session's trace has it. */
static void remove_trace(struct ask *ask, const char *session) {
  char text[128], path[4096];
  int size = snprintf(text, sizeof text, CALLTAP_REQUEST_FIRST "info\nsession %s\n", session);
  const char *reply = ask_request(ask, text, (size_t)size), *at = reply != NULL ? strstr(reply, "\ntrace ") : NULL;
  if (at == NULL)
    return;
  at += strlen("\ntrace ");
  snprintf(path, sizeof path, "%.*s", (int)strcspn(at, "\n"), at);
  if (strncmp(path, CALLTAP_REQUEST_DIRECTORY_0, strlen(CALLTAP_REQUEST_DIRECTORY_0)) == 0 ||
      strncmp(path, CALLTAP_REQUEST_DIRECTORY_1, strlen(CALLTAP_REQUEST_DIRECTORY_1)) == 0)
    ask_trace_remove(ask, path);
}

static void stop_all(struct ask *asks, size_t count, const char *session) {
  char text[128];
  int size = snprintf(text, sizeof text, CALLTAP_REQUEST_FIRST "stop\nsession %s\n", session);
  for (size_t i = 0; i < count; i++) {
    if (asks[i].proc < 0)
      continue;
    (void)ask_request(&asks[i], text, (size_t)size);
    remove_trace(&asks[i], session);
  }
}

/* What ends the command, as the end of a service or a lost terminal, must not end this one before. */
__attribute__((noreturn)) static void watch(struct ask *asks, size_t count, const char *session, int end, int other) {
  static const int deaf[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  char byte;
  ssize_t got;
  for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++)
    signal(deaf[i], SIG_IGN);
  setsid();
  close(other);
  close_others(asks, count, end);
  while ((got = read(end, &byte, 1)) < 0 && errno == EINTR)
    ;
  if (got == 0)
    stop_all(asks, count, session);
  _exit(0);
}

pid_t ask_watch(struct ask *asks, size_t count, const char *session, int *pipe_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    message_errno(errno, "no pipe can be made");
    return -1;
  }
  pid_t pid = fork();
  if (pid == 0)
    watch(asks, count, session, ends[0], ends[1]);
  close(ends[0]);
  if (pid < 0) {
    message_errno(errno, "no child can be made to end the session if this command dies");
    close(ends[1]);
    return -1;
  }
  *pipe_end = ends[1];
  return pid;
}

void ask_watch_end(pid_t watchdog, int pipe_end) {
  void (*before)(int) = signal(SIGPIPE, SIG_IGN); /* it may have died itself */
  ssize_t wrote = write(pipe_end, "e", 1);
  (void)wrote; /* without it the session is stopped once more */
  signal(SIGPIPE, before);
  close(pipe_end);
  while (waitpid(watchdog, NULL, 0) < 0 && errno == EINTR)
    ;
}
