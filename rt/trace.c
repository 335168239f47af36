/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The trace file: made as large as its limit, which costs nothing (it is sparse), mapped once, and closed. A program that
 * closes all descriptors and opens its own can then not meet ours. */
#include "internal.h"

static uint64_t allowed_size(uint64_t limit) {
  uint64_t allowed = calltap__os_file_limit();
  if (limit > allowed) /* going past it would be a signal */
    limit = allowed;
  allowed = calltap__os_memory_limit() / 8; /* most of what the program may map is for itself */
  if (limit > allowed)
    limit = allowed;
  return limit / OS_PAGE * OS_PAGE;
}

static int map_file(struct trace *t, int fd, uint64_t bytes) {
  int result = calltap__os_identify(fd, &t->identity);
  if (!result)
    result = calltap__os_resize(fd, bytes);
  if (result)
    return result;
  t->base = calltap__os_map_file(fd, bytes);
  if (!t->base)
    return -12; /* ENOMEM */
  t->limit = bytes;
  atomic_store(&t->used, 0);
  return 0;
}

int calltap__trace_open(struct trace *t, uint64_t limit, bool replace) {
  uint64_t bytes = allowed_size(limit);
  if (bytes < 16 * OS_PAGE)
    return -27; /* EFBIG */
  int fd = calltap__os_create(t->path);
  if (fd == -17 /* EEXIST */ && replace && !calltap__os_unlink_regular(t->path))
    fd = calltap__os_create(t->path);
  if (fd < 0)
    return fd;
  int result = map_file(t, fd, bytes);
  if (result)
    (void)calltap__os_unlink_regular(t->path);
  calltap__os_close(fd);
  return result;
}

/* Opens the file by its name again; -1 if the name leads to another file by now. */
static int reopen(const struct trace *t) {
  int fd = calltap__os_open(t->path, true);
  if (fd < 0)
    return -1;
  struct os_identity now;
  if (!calltap__os_identify(fd, &now) && now.device == t->identity.device && now.inode == t->identity.inode)
    return fd;
  calltap__os_close(fd);
  return -1;
}

bool calltap__trace_reserve(const struct trace *t, uint64_t offset, uint64_t bytes) {
  int fd = reopen(t);
  if (fd < 0)
    return false;
  int result = calltap__os_reserve(fd, offset, bytes);
  calltap__os_close(fd);
  return result == 0;
}

void calltap__trace_shrink(struct trace *t, uint64_t bytes) {
  if (bytes >= t->limit)
    return;
  int fd = reopen(t);
  calltap__os_unmap(t->base + bytes, t->limit - bytes);
  t->limit = bytes;
  if (fd < 0) /* what is too much is a hole */
    return;
  (void)calltap__os_resize(fd, bytes);
  calltap__os_close(fd);
}

void calltap__trace_close(struct trace *t, bool cuts) {
  /* From here on nobody gets a chunk; what was given out before stays inside the file. */
  uint64_t used = atomic_fetch_or(&t->used, TRACE_CLOSED);
  int fd = cuts && used < t->limit ? reopen(t) : -1;
  if (fd < 0)
    return;
  (void)calltap__os_resize(fd, used);
  calltap__os_close(fd);
}

void calltap__trace_forget(const struct trace *t) {
  int fd = reopen(t);
  if (fd < 0)
    return;
  calltap__os_close(fd);
  (void)calltap__os_unlink_regular(t->path);
}

void calltap__trace_unmap(struct trace *t) {
  if (t->base)
    calltap__os_unmap(t->base, t->limit);
  t->base = NULL;
}
