/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One line of /proc/PID/maps: the first mapping of a file. */
struct mapping {
  uint64_t start;
  uint64_t end;
  char device[16];
  uint64_t inode;
  const char *name;
};

/* Files that were given already. */
struct seen {
  struct {
    char device[16];
    uint64_t inode;
  } * file;
  size_t count;
};

uint32_t process_number(const char *text) {
  char *end;
  errno = 0;
  unsigned long number = strtoul(text, &end, 10);
  bool good = text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 && number <= INT32_MAX;
  return good ? (uint32_t)number : 0;
}

/* False for mappings that are no file. `line` loses its line end and keeps the name. */
static bool parse(char *line, struct mapping *mapping) {
  int name = 0;
  line[strcspn(line, "\n")] = '\0';
  int found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %*4s %*x %15s %" SCNu64 " %n", &mapping->start, &mapping->end,
                     mapping->device, &mapping->inode, &name);
  if (found < 4 || name == 0 || mapping->inode == 0)
    return false;
  mapping->name = line + name;
  return mapping->name[0] == '/';
}

static bool is_new(struct seen *seen, const struct mapping *mapping) {
  for (size_t i = 0; i < seen->count; i++) {
    if (seen->file[i].inode == mapping->inode && strcmp(seen->file[i].device, mapping->device) == 0)
      return false;
  }
  void *grown = realloc(seen->file, (seen->count + 1) * sizeof *seen->file);
  if (grown == NULL)
    return true;
  seen->file = grown;
  memcpy(seen->file[seen->count].device, mapping->device, sizeof mapping->device);
  seen->file[seen->count++].inode = mapping->inode;
  return true;
}

/* map_files reaches the file itself, even if its name was taken over by another or removed, but needs more rights than
 * the name does. */
static void give(uint32_t pid, const struct mapping *mapping, process_receiver *receive, void *context) {
  char path[4096 + 64];
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64, pid, mapping->start, mapping->end);
  if (access(path, R_OK) != 0)
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/root%s", pid, mapping->name);
  receive(context, path, mapping->name);
}

int process_files(uint32_t pid, process_receiver *receive, void *context) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/maps", pid);
  FILE *maps = fopen(path, "re");
  if (maps == NULL)
    return errno;
  struct seen seen = {0};
  char *line = NULL;
  size_t room = 0;
  errno = 0;
  while (getline(&line, &room, maps) > 0) {
    struct mapping mapping;
    if (parse(line, &mapping) && is_new(&seen, &mapping))
      give(pid, &mapping, receive, context);
  }
  int error = ferror(maps) ? errno : 0;
  fclose(maps);
  free(line);
  free(seen.file);
  return error;
}

uint64_t process_private_code_kb(uint32_t pid) {
  char path[64], line[4400], rights[8];
  uint64_t all = 0, kb;
  bool is_code = false;
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/smaps", pid);
  FILE *smaps = fopen(path, "re");
  while (smaps != NULL && fgets(line, sizeof line, smaps) != NULL) {
    if (sscanf(line, "%*x-%*x %7s %*x %*s %" SCNu64, rights, &kb) == 2)
      is_code = rights[2] == 'x' && kb != 0; /* the number of its file */
    else if (is_code && sscanf(line, "Private_Dirty: %" SCNu64, &kb) == 1)
      all += kb;
  }
  if (smaps != NULL)
    fclose(smaps);
  return all;
}
