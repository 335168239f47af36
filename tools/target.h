/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a question is about: the tables of a file, or of all the objects of a process. */
#ifndef CALLTAP_TARGET_H
#define CALLTAP_TARGET_H

#include "command.h"
#include "object.h"

struct target {
  object_receiver *receive;
  /* Told of each object before and after its functions, the latter only if it has tables. May be NULL. */
  void (*begin)(void *context, const char *name);
  void (*object)(void *context, const char *name);
  void *context;
  bool quiet;           /* what goes wrong is not said */
  uint64_t table_bytes; /* set by target_read: of all its objects */
  enum status status;
};

/* A file of that name comes before a process of that number. What went wrong has been said, unless `quiet`. Files without tables are no
 * fault. */
enum status target_read(struct target *target, const char *name);

#endif
