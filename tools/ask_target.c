/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which processes a TARGET names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "calltap/rule.h"
#include "message.h"
#include "process.h"

struct found {
  uint32_t *pid;
  size_t count;
  size_t named;   /* processes of that name, whatever they carry */
  size_t unknown; /* of these, such as may not be looked at */
};

static void add(struct found *found, uint32_t pid) {
  for (size_t i = 0; i < found->count; i++) {
    if (found->pid[i] == pid)
      return;
  }
  uint32_t *grown = realloc(found->pid, (found->count + 1) * sizeof *grown);
  if (grown == NULL)
    return;
  found->pid = grown;
  found->pid[found->count++] = pid;
}

static bool matches(const char *wanted, const char *name) {
  return calltap_rule_glob((struct calltap_span){wanted, wanted + strlen(wanted)}, name);
}

/* By the name of the file that it runs, or by the one it goes by. */
static bool is_named(uint32_t pid, const char *wanted) {
  char path[64], file[4096];
  struct look look;
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/exe", pid);
  ssize_t size = readlink(path, file, sizeof file - 1);
  file[size > 0 ? size : 0] = '\0';
  char *gone = strstr(file, " (deleted)");
  if (gone != NULL)
    *gone = '\0';
  const char *slash = strrchr(file, '/');
  if (slash != NULL && matches(wanted, slash + 1))
    return true;
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/status", pid);
  return look_read(&look, AT_FDCWD, path) == 0 && matches(wanted, look.name);
}

static void add_named(struct found *found, const char *wanted) {
  DIR *proc = opendir("/proc");
  struct dirent *entry;
  while (proc != NULL && (entry = readdir(proc)) != NULL) {
    uint32_t pid = process_number(entry->d_name);
    enum look_carried carried;
    if (pid == 0 || pid == (uint32_t)getpid() || !is_named(pid, wanted))
      continue;
    int error = look_carried(pid, &carried);
    found->named++;
    found->unknown += error == EACCES || error == EPERM;
    if (error == 0 && carried != LOOK_NOTHING)
      add(found, pid);
  }
  if (proc != NULL)
    closedir(proc);
}

static void say_none(const struct found *found, const char *target) {
  if (found->named == 0)
    message("%s: no process has such a name or number; `calltap ps` lists those that can be asked", target);
  else if (found->unknown > 0)
    message("%s: %zu of %zu processes of that name belong to others; ask as their user, or by sudo", target,
            found->unknown, found->named);
  else
    message(
        "%s: no process of that name carries the runtime; build it with -fplugin=calltap and link it with -lcalltap",
        target);
}

size_t ask_targets(const char *target, uint32_t **pids) {
  struct found found = {0};
  char *words = strdup(target), *rest = words, *word;
  while (words != NULL && (word = strsep(&rest, ",")) != NULL) {
    uint32_t pid = process_number(word);
    if (pid != 0)
      add(&found, pid);
    else if (*word != '\0')
      add_named(&found, word);
  }
  free(words);
  if (found.count == 0)
    say_none(&found, target);
  *pids = found.pid;
  return found.count;
}

/* What catches no signal that could be the one is left out first, as looking at what a process has mapped takes long. */
static bool is_mine(uint32_t pid) {
  struct ask ask;
  char why[ASK_WHY], path[64];
  struct look look;
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/status", pid);
  if (look_read(&look, AT_FDCWD, path) != 0 || look.user != geteuid() || look.caught == 0)
    return false;
  bool listens = ask_look(&ask, pid, why);
  ask_close(&ask);
  return listens;
}

size_t ask_mine(uint32_t **pids) {
  struct found found = {0};
  DIR *proc = opendir("/proc");
  struct dirent *entry;
  while (proc != NULL && (entry = readdir(proc)) != NULL) {
    uint32_t pid = process_number(entry->d_name);
    if (pid != 0 && pid != (uint32_t)getpid() && is_mine(pid))
      add(&found, pid);
  }
  if (proc != NULL)
    closedir(proc);
  *pids = found.pid;
  return found.count;
}
