/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "message.h"
#include "process.h"

static void say_object(struct target *target, const char *name, enum object_result result,
                       const struct object_error *error) {
  target->status = STATUS_FAULT;
  if (target->quiet)
    return;
  switch (result) {
  case OBJECT_UNOPENED:
    message_errno(error->system, "%s: cannot be opened", name);
    break;
  case OBJECT_NOT_ELF:
    message("%s: is no ELF file; give an executable, a shared object or a pid", name);
    break;
  case OBJECT_RELOCATABLE:
    message("%s: is not linked yet; link it and give the program or library", name);
    break;
  case OBJECT_FOREIGN:
    message("%s: %s", name, error->what);
    break;
  case OBJECT_DAMAGED:
    message("%s: %s, at address 0x%" PRIx64, name, error->what, error->offset);
    break;
  default:
    message("this needs more memory than there is");
    break;
  }
}

/* A damaged one may have given some functions before. */
static enum object_result read_tables(struct target *target, const char *path, const char *name,
                                      struct object_error *error) {
  uint64_t table_bytes = 0;
  if (target->begin != NULL)
    target->begin(target->context, name);
  enum object_result result = object_read(path, target->receive, target->context, &table_bytes, error);
  target->table_bytes += table_bytes;
  if ((result == OBJECT_GOOD || result == OBJECT_DAMAGED) && target->object != NULL)
    target->object(target->context, name);
  return result;
}

static void read_file(struct target *target, const char *path) {
  struct object_error error;
  enum object_result result = read_tables(target, path, path, &error);
  if (result != OBJECT_GOOD && result != OBJECT_PLAIN)
    say_object(target, path, result, &error);
}

/* Of a process only objects with the note count; what else is mapped may be of any kind. */
static void receive_mapped(void *context, const char *path, const char *name) {
  struct target *target = context;
  struct object_error error;
  enum object_result result = read_tables(target, path, name, &error);
  if (result == OBJECT_DAMAGED || result == OBJECT_MEMORY)
    say_object(target, name, result, &error);
}

static void read_process(struct target *target, uint32_t pid) {
  int error = process_files(pid, receive_mapped, target);
  if (error == 0)
    return;
  target->status = STATUS_QUESTION;
  if (error == ENOENT || error == ESRCH) {
    message("%" PRIu32 ": there is no such process", pid);
  } else {
    message_errno(error, "%" PRIu32 ": the process cannot be looked at", pid);
  }
}

enum status target_read(struct target *target, const char *name) {
  struct stat status;
  uint32_t pid = process_number(name);
  target->status = STATUS_DONE;
  if (pid != 0 && stat(name, &status) != 0) {
    read_process(target, pid);
  } else {
    read_file(target, name);
  }
  return target->status;
}
