/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* answers MODE: a process as the command meets it, without the runtime: it does not take the signal, or answers in one way. Says "ready". */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calltap/request.h"

static const char *reply;

static void answer(int number, siginfo_t *info, void *context) {
  uint64_t cookie = (uint64_t)(uintptr_t)info->si_value.sival_ptr;
  char from[96], part[128], to[96];
  (void)number, (void)context;
  if (reply == NULL || info->si_code != SI_QUEUE || (cookie & CALLTAP_REQUEST_COOKIE_MASK) != CALLTAP_REQUEST_COOKIE)
    return;
  const char *directory = (cookie >> 32 & 0xffff) == 0 ? CALLTAP_REQUEST_DIRECTORY_0 : CALLTAP_REQUEST_DIRECTORY_1;
  snprintf(from, sizeof from, "%s%u/%08" PRIx32 CALLTAP_REQUEST_ASK, directory, geteuid(), (uint32_t)cookie);
  snprintf(to, sizeof to, "%s%u/%08" PRIx32 CALLTAP_REQUEST_SAID, directory, geteuid(), (uint32_t)cookie);
  snprintf(part, sizeof part, "%s.part", to);
  if (unlink(from) != 0)
    return;
  int fd = open(part, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (fd < 0 || write(fd, reply, strlen(reply)) < 0 || close(fd) != 0 || rename(part, to) != 0)
    _exit(1);
}

static const struct {
  const char *mode;
  const char *reply;
} replies[] = {
    {"info", "ok\nversion 9\npid 1\nsession cli\nstate on\nrules a:b\\nc:d\ncalls 17\nnew 3\n"},
    {"wrong", "wrong there is no such session: cli\n"},
    {"fault", "fault the system says no\n"},
    {"toggled", "ok\nstate off\n"},
    {"foreign", "hello\n"},
};

static void *sleep_on(void *unused) {
  (void)unused;
  for (;;)
    pause();
}

/* With a second thread that takes the signal, or with none. */
static void block(int number, int with_thread) {
  sigset_t set;
  pthread_t thread;
  sigemptyset(&set);
  sigaddset(&set, number);
  if (with_thread)
    pthread_create(&thread, NULL, sleep_on, NULL);
  sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int count, char **words) {
  const char *mode = count > 1 ? words[1] : "";
  struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_RESTART};
  for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
    if (strcmp(mode, replies[i].mode) == 0)
      reply = replies[i].reply;
  }
  if (strcmp(mode, "thread") == 0)
    reply = replies[0].reply;
  if (strcmp(mode, "default") != 0)
    sigaction(SIGURG, &action, NULL);
  if (strcmp(mode, "ignored") == 0)
    signal(SIGURG, SIG_IGN);
  if (strcmp(mode, "blocked") == 0 || strcmp(mode, "thread") == 0)
    block(SIGURG, strcmp(mode, "thread") == 0);
  if (strcmp(mode, "zombie") == 0) {
    pid_t child = fork();
    if (child == 0)
      _exit(0);
    printf("%d\n", (int)child);
  } else {
    puts("ready");
  }
  fflush(stdout);
  sleep_on(NULL);
}
