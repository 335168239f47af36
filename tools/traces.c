/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "traces.h"

#include <fnmatch.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "calltap/reader.h"
#include "lib/text.h"
#include "message.h"

enum { SECOND_NS = 1000000000 };

int64_t traces_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* File systems may keep times by the tick of the kernel's clock, so a new file can look a little older. */
static bool is_recent(const char *path, int64_t started) {
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
    return false;
  int64_t changed = (int64_t)status.st_mtim.tv_sec * SECOND_NS + status.st_mtim.tv_nsec;
  return changed >= started - SECOND_NS / 10;
}

/* From the record of the session's end, or by counting. */
static uint64_t count_calls(struct calltap_reader *reader) {
  const struct calltap_trace_file *file = calltap_reader_file(reader, 0);
  if (file->ended && file->part == 0) /* else that is of all files that took turns */
    return file->end_calls;
  while (calltap_reader_next(reader) != NULL) {
  }
  return file->counts.calls;
}

static void say(const char *path) {
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  if (reader == NULL)
    return;
  if (calltap_reader_open(reader, path, &error) == CALLTAP_READER_OK) {
    uint64_t calls = count_calls(reader);
    fprintf(stderr, "calltap: trace: %s (%" PRIu64 " call%s)\n", path, calls, calls == 1 ? "" : "s");
  } else {
    fprintf(stderr, "calltap: trace: %s (%s)\n", path, error.text);
  }
  calltap_reader_close(reader);
}

/* Adds a part of a path to a glob, its own special letters disarmed. */
static void build_literal(struct calltap__builder *pattern, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (strchr("*?[]\\", text[i]) != NULL)
      calltap__build(pattern, "\\");
    calltap__build_bytes(pattern, text + i, 1);
  }
}

/* The glob of what the runtime makes of a name: {pid} is known, or 0 for any, {name} is whatever the program turned out to be. */
static void build_pattern(struct calltap__builder *pattern, const char *output, long pid) {
  while (*output != '\0') {
    const char *brace = strchr(output, '{');
    size_t plain = brace == NULL ? strlen(output) : (size_t)(brace - output);
    build_literal(pattern, output, plain);
    output += plain;
    if (strncmp(output, "{pid}", 5) == 0) {
      if (pid != 0)
        calltap__build_number(pattern, (uint64_t)pid);
      else
        calltap__build(pattern, "*");
      output += 5;
    } else if (strncmp(output, "{name}", 6) == 0) {
      calltap__build(pattern, "*");
      output += 6;
    } else if (*output != '\0') {
      calltap__build(pattern, "{");
      output++;
    }
  }
}

/* Names end in a child's pid where the pattern ends in a star. */
static bool ends_in_number(const char *path) {
  const char *point = strrchr(path, '.');
  return point != NULL && point[1] != '\0' && point[1 + strspn(point + 1, "0123456789")] == '\0';
}

static size_t say_matching(const char *pattern, bool only_numbers, int64_t started) {
  glob_t found;
  size_t said = 0;
  if (glob(pattern, 0, NULL, &found) != 0)
    return 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    const char *path = found.gl_pathv[i];
    if ((only_numbers && !ends_in_number(path)) || !is_recent(path, started))
      continue;
    say(path);
    said++;
  }
  globfree(&found);
  return said;
}

/* Of a session that began since: an older run may have left files of the same kind a moment ago. */
static bool is_since(const char *path, int64_t started) {
  struct calltap_reader_error error;
  struct calltap_reader *reader = is_recent(path, started) ? calltap_reader_new() : NULL;
  bool is = reader != NULL && calltap_reader_open(reader, path, &error) == CALLTAP_READER_OK &&
            (int64_t)calltap_reader_file(reader, 0)->began_ns >= started;
  calltap_reader_close(reader);
  return is;
}

/* Each process has its own where the name has {pid}; there may be many, so it is only said how many. */
static void say_others(const char *output, long pid, int64_t started) {
  struct calltap__builder own = {0}, any = {0};
  glob_t found = {0};
  size_t others = 0;
  build_pattern(&own, output, pid);
  build_pattern(&any, output, 0);
  calltap__build_bytes(&own, "", 1);
  calltap__build_bytes(&any, "", 1);
  bool good = strstr(output, "{pid}") != NULL && !own.failed && !any.failed && glob(any.bytes, 0, NULL, &found) == 0;
  for (size_t i = 0; good && i < found.gl_pathc; i++)
    others += fnmatch(own.bytes, found.gl_pathv[i], 0) != 0 && is_since(found.gl_pathv[i], started);
  if (others > 0)
    fprintf(stderr, "calltap: traces of other processes: %zu, in %s\n", others, any.bytes);
  globfree(&found);
  calltap__builder_free(&own);
  calltap__builder_free(&any);
}

/* Files that took turns, of one session, by the newest of them. */
struct turns {
  size_t files;
  uint64_t part, calls, gone;
  bool ended;
};

static void add_turn(struct turns *turns, const char *path, long pid) {
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  if (reader != NULL && calltap_reader_open(reader, path, &error) == CALLTAP_READER_OK) {
    const struct calltap_trace_file *file = calltap_reader_file(reader, 0);
    bool is_own = file->part > 0 && file->pid == (uint64_t)pid;
    turns->files += is_own;
    if (is_own && file->part > turns->part)
      *turns = (struct turns){turns->files, file->part, file->end_calls, file->gone, file->ended};
  }
  calltap_reader_close(reader);
}

/* Where the name of one file would be STEM.cbor, they are STEM.1.cbor and so on. */
static size_t say_turns(struct calltap__builder *pattern, long pid, int64_t started) {
  static const char ending[] = ".cbor";
  size_t stem = pattern->size - (sizeof ending - 1);
  struct turns turns = {0};
  glob_t found = {0};
  if (pattern->failed || pattern->size < sizeof ending || memcmp(pattern->bytes + stem, ending, sizeof ending - 1) != 0)
    return 0;
  pattern->size = stem;
  calltap__build_bytes(pattern, ".[0-9]*.cbor", sizeof ".[0-9]*.cbor");
  bool good = !pattern->failed && glob(pattern->bytes, 0, NULL, &found) == 0;
  for (size_t i = 0; good && i < found.gl_pathc; i++)
    if (is_recent(found.gl_pathv[i], started))
      add_turn(&turns, found.gl_pathv[i], pid);
  globfree(&found);
  if (turns.files == 0)
    return 0;
  fprintf(stderr, "calltap: trace: %.*s.*.cbor (%zu file%s that took turns", (int)stem, pattern->bytes, turns.files,
          turns.files == 1 ? "" : "s");
  if (turns.ended)
    fprintf(stderr, ", %" PRIu64 " call%s, %" PRIu64 " older event%s gone", turns.calls, turns.calls == 1 ? "" : "s",
            turns.gone, turns.gone == 1 ? "" : "s");
  fputs(")\n", stderr);
  return turns.files;
}

/* If the directory cannot be written, the runtime writes to /tmp. */
static const char *base_of(const char *output) {
  const char *slash = strrchr(output, '/');
  return slash == NULL ? output : slash + 1;
}

static size_t say_in(const char *directory, const char *output, long pid, bool named, int64_t started) {
  struct calltap__builder pattern = {0};
  calltap__build(&pattern, directory);
  build_pattern(&pattern, output, pid);
  size_t size = pattern.size;
  size_t said = say_turns(&pattern, pid, started);
  pattern.size = 0;
  calltap__build(&pattern, directory);
  build_pattern(&pattern, output, pid);
  calltap__build_bytes(&pattern, "", 1);
  said += pattern.failed ? 0 : say_matching(pattern.bytes, false, started);
  pattern.size = size;
  calltap__build_bytes(&pattern, ".*", 3);
  if (named && !pattern.failed)
    said += say_matching(pattern.bytes, true, started);
  calltap__builder_free(&pattern);
  return said;
}

void traces_say(const char *output, long pid, bool named, int64_t started) {
  size_t said = say_in("", output, pid, named, started);
  if (said > 0)
    say_others(output, pid, started);
  if (said == 0)
    said = say_in("/tmp/", base_of(output), pid, named, started);
  if (said > 0)
    return;
  message("no trace was written%s%s; `calltap list PROGRAM` shows what can be traced in a program", named ? " to " : "",
          named ? output : "");
}
