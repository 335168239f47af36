/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "absent_threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calltap/rule.h"
#include "look.h"
#include "message.h"

enum { LONGEST = 64 };

static bool is_named(uint32_t pid, const char *tid, struct calltap_span glob) {
  char path[512], name[LONGEST] = "";
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/task/%s/comm", pid, tid);
  if (look_file(AT_FDCWD, path, name, sizeof name) < 0)
    return false;
  name[strcspn(name, "\n")] = '\0';
  return calltap_rule_glob(glob, name);
}

static bool is_number(const char *part) { return part[strspn(part, "0123456789")] == '\0'; }

static bool has_number(uint32_t pid, const char *tid) {
  char path[LONGEST + 64];
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/task/%s", pid, tid);
  return access(path, F_OK) == 0;
}

/* True as well where it cannot be known. */
static bool has_name(uint32_t pid, const char *part) {
  char path[64];
  bool some = false;
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/task", pid);
  DIR *threads = opendir(path);
  if (threads == NULL)
    return true;
  for (struct dirent *entry; !some && (entry = readdir(threads)) != NULL;)
    some = entry->d_name[0] != '.' && is_named(pid, entry->d_name, (struct calltap_span){part, part + strlen(part)});
  closedir(threads);
  return some;
}

/* Words, what is left out, and what only the runtime understands, are left to it. */
static bool is_left(const char *part, size_t size) {
  static const char *const words[] = {"all", "existing", "new", "main"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(part, words[i]) == 0)
      return true;
  }
  return size == 0 || size >= LONGEST || part[0] == '-' || part[0] == '+';
}

void absent_threads_say(uint32_t pid, const char *spec) {
  if (strchr(spec, '\\') != NULL)
    return;
  for (const char *at = spec, *end; *at != '\0'; at = end + (*end != '\0')) {
    char part[LONGEST];
    end = at + strcspn(at, ",");
    snprintf(part, sizeof part, "%.*s", (int)(end - at), at);
    if (is_left(part, (size_t)(end - at)) || (is_number(part) ? has_number(pid, part) : has_name(pid, part)))
      continue;
    message("note: %" PRIu32 ": no thread has the %s '%s' so far; `calltap stacks %" PRIu32 "` shows all", pid,
            is_number(part) ? "number" : "name", part, pid);
  }
}
