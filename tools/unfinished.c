/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "unfinished.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const int endings[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDINGS = sizeof endings / sizeof *endings };

/* Only changed while the signals are held back. */
static const char **paths;
static size_t count, room;

static void hold_back(sigset_t *before) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < ENDINGS; i++)
    sigaddset(&set, endings[i]);
  sigprocmask(SIG_BLOCK, &set, before);
}

void unfinished_remove(void) {
  for (size_t i = 0; i < count; i++)
    unlink(paths[i]);
}

static void end(int number) {
  unfinished_remove();
  signal(number, SIG_DFL);
  raise(number);
}

static void handle_endings(void) {
  for (size_t i = 0; i < ENDINGS; i++) {
    struct sigaction action;
    if (sigaction(endings[i], NULL, &action) != 0 || action.sa_handler != SIG_DFL)
      continue;
    action = (struct sigaction){.sa_handler = end};
    sigaction(endings[i], &action, NULL);
  }
}

bool unfinished_note(const char *path) {
  sigset_t before;
  hold_back(&before);
  if (count == room) {
    size_t wanted = room * 2 + 4;
    const char **grown = realloc(paths, wanted * sizeof *grown);
    paths = grown != NULL ? grown : paths;
    room = grown != NULL ? wanted : room;
  }
  bool fits = count < room;
  if (fits)
    paths[count++] = path;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (fits)
    handle_endings();
  return fits;
}

void unfinished_forget(const char *path) {
  sigset_t before;
  hold_back(&before);
  for (size_t i = count; i-- > 0;) {
    if (paths[i] == path)
      paths[i] = paths[--count];
  }
  if (count == 0) {
    free(paths);
    paths = NULL;
    room = 0;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
}
