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

/* -- files that take turns ---------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t bytes, const char *ending) {
  size_t length = calltap__text_length(ending);
  return bytes >= length && calltap__text_equal(text + bytes - length, ending);
}

bool calltap__path_turn(struct trace *t, const char *name, uint64_t which) {
  static const char ending[] = ".cbor";
  size_t bytes = calltap__text_length(name);
  bool has_ending = ends_with(name, bytes, ending);
  struct builder b = calltap__builder(t->path, sizeof t->path);
  calltap__put_span(&b, (struct span){name, name + bytes - (has_ending ? sizeof ending - 1 : 0)});
  calltap__put(&b, which ? "." : ".next");
  if (which)
    calltap__put_number(&b, which);
  if (which && has_ending)
    calltap__put(&b, ending);
  calltap__put_end(&b);
  return !b.full;
}

/* Frees all their names. 0, or -errno: -EEXIST, there is one already and it must stay. */
static int free_names(struct trace *t, const struct turns *turns, bool replace) {
  char nothing[1];
  for (uint64_t i = 0; i <= turns->count; i++) {
    if (!calltap__path_turn(t, turns->name, i))
      return -36; /* ENAMETOOLONG */
    int result = replace ? calltap__os_unlink_regular(t->path) : (int)calltap__os_readlink(t->path, nothing, 1);
    if (!replace && result != -2 /* ENOENT: anything else is there */)
      return -17; /* EEXIST */
    if (replace && result && result != -2)
      return result;
  }
  return 0;
}

static bool are_in_use(struct trace *t, const struct turns *turns) {
  if (!turns)
    return is_in_use(t->path);
  bool is_one = false;
  (void)calltap__text_copy(turns->name, PATH_BYTES, t->path);
  for (uint64_t i = 0; i <= turns->count && !is_one; i++)
    is_one = calltap__path_turn(t, turns->name, i) && is_in_use(t->path);
  (void)calltap__text_copy(t->path, sizeof t->path, turns->name);
  return is_one;
}

/* By the name that it has now, or the first of several. */
static int open_file(struct trace *t, uint64_t limit, bool replace, const struct turns *turns) {
  if (turns) {
    (void)calltap__text_copy(turns->name, PATH_BYTES, t->path);
    int result = free_names(t, turns, replace);
    if (result)
      return result;
    (void)calltap__path_turn(t, turns->name, 1);
  }
  return calltap__trace_open(t, limit, replace);
}

/* -- one of them, or the only one ---------------------------------------------------------------------------------------------- */

static int open_in(struct trace *t, const char *directory, const char *template, uint64_t limit, bool append_pid,
                   const struct turns *turns) {
  if (!append_pid && !names_pid(template)) {
    if (!expand(t, directory, template, 0, false))
      return -36; /* ENAMETOOLONG */
    if (!are_in_use(t, turns))
      return open_file(t, limit, true, turns);
    append_pid = true;
  }
  int result = -17; /* EEXIST */
  for (unsigned copy = 0; copy < NAME_TRIES && result == -17; copy++) {
    if (!expand(t, directory, template, copy, append_pid))
      return -36; /* ENAMETOOLONG */
    result = open_file(t, limit, false, turns);
  }
  return result;
}

int calltap__path_open(struct trace *t, const char *out, uint64_t limit, bool is_child, const struct turns *turns) {
  char directory[3072];
  if (calltap__os_getcwd(directory, sizeof directory) <= 0 || *directory != '/')
    calltap__text_copy(directory, sizeof directory, "/tmp"); /* it was removed */
  if (out)
    return open_in(t, directory, out, limit, is_child && !names_pid(out), turns);
  int result = open_in(t, directory, default_out, limit, false, turns);
  return result ? open_in(t, "/tmp", default_out, limit, false, turns) : 0;
}
