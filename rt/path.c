/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "internal.h"

enum { NAME_TRIES = 100 };

static const char default_out[] = "calltap.{name}.{pid}.cbor";

static bool starts_with(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++)
      return false;
  return true;
}

static bool names_pid(const char *template) {
  for (; *template; template ++)
    if (starts_with(template, "{pid}"))
      return true;
  return false;
}

static void put_expanded(struct builder *b, const char *template) {
  while (*template) {
    if (starts_with(template, "{pid}")) {
      calltap__put_number(b, (uint64_t)calltap__os_pid());
      template += 5;
    } else if (starts_with(template, "{name}")) {
      calltap__put(b, calltap__text_base(calltap__program_path()));
      template += 6;
    } else {
      calltap__put_span(b, (struct span){template, template + 1});
      template ++;
    }
  }
}

/* An absolute path: the program may change its directory before the file is opened again. */
static bool expand(struct trace *t, const char *directory, const char *template, unsigned copy, bool append_pid) {
  struct builder b = calltap__builder(t->path, sizeof t->path);
  if (*template != '/') {
    calltap__put(&b, directory);
    calltap__put(&b, "/");
  }
  put_expanded(&b, template);
  if (append_pid) {
    calltap__put(&b, ".");
    calltap__put_number(&b, (uint64_t)calltap__os_pid());
  }
  if (copy) {
    calltap__put(&b, ".");
    calltap__put_number(&b, copy);
  }
  calltap__put_end(&b);
  return !b.full;
}

/* The pid in the header of a trace, or 0. */
static int pid_of_trace(const char *path) {
  uint8_t head[2048];
  int fd = calltap__os_open(path, false);
  long size = fd < 0 ? 0 : calltap__os_read(fd, head, sizeof head);
  if (fd >= 0)
    calltap__os_close(fd);
  static const uint8_t key[] = {CBOR_TEXT | 3, 'p', 'i', 'd'};
  for (long i = 0; i + 9 <= size; i++) {
    if (!calltap__bytes_equal(head + i, key, sizeof key))
      continue;
    const uint8_t *value = head + i + sizeof key;
    unsigned bytes = *value == 24 ? 1 : *value == 25 ? 2 : *value == 26 ? 4 : 0;
    int pid = *value < 24 ? *value : 0;
    while (bytes--)
      pid = pid << 8 | *++value;
    return pid;
  }
  return 0;
}

/* Whether the file is being written by a living process: the parent of one that was started by exec with the same
 * variables, or this process before it called exec. */
static bool is_in_use(const char *path) {
  int pid = pid_of_trace(path);
  return pid && calltap__os_process_exists(pid);
}

static int open_in(struct trace *t, const char *directory, const char *template, uint64_t limit, bool append_pid) {
  if (!append_pid && !names_pid(template)) {
    if (!expand(t, directory, template, 0, false))
      return -36; /* ENAMETOOLONG */
    if (!is_in_use(t->path))
      return calltap__trace_open(t, limit, true);
    append_pid = true;
  }
  int result = -17; /* EEXIST */
  for (unsigned copy = 0; copy < NAME_TRIES && result == -17; copy++) {
    if (!expand(t, directory, template, copy, append_pid))
      return -36; /* ENAMETOOLONG */
    result = calltap__trace_open(t, limit, false);
  }
  return result;
}

int calltap__path_open(struct trace *t, const char *out, uint64_t limit, bool is_child) {
  char directory[3072];
  if (calltap__os_getcwd(directory, sizeof directory) <= 0 || *directory != '/')
    calltap__text_copy(directory, sizeof directory, "/tmp"); /* it was removed */
  if (out)
    return open_in(t, directory, out, limit, is_child && !names_pid(out));
  int result = open_in(t, directory, default_out, limit, false);
  return result ? open_in(t, "/tmp", default_out, limit, false) : 0;
}
