/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* make_corpus DIRECTORY: writes small traces for the fuzzer to start from. */
#include <stdio.h>
#include <sys/stat.h>

#include "trace_builder.h"

enum { PAGE = 4096 };

static const struct trace_header header = {
    .program = "p", .host = "h", .rules = "f -> return", .session = "s", .pid = 1, .hz = 1000000000, .real_ns = 1};

static void start(struct trace *trace) {
  static const struct trace_value parameters[] = {{"a", "int", 4, 1}, {"b", "pointer", 8, 1}, {"c", "bool", 1, 2}, {0}};
  trace_start(trace, &header, PAGE);
  trace_function(trace, 0, "m", "f", 4, (struct trace_value){"", "int", 4, 1}, parameters);
  trace_function(trace, 1, "m", "g", 7, (struct trace_value){"", "void", 0, 0}, parameters);
}

static void events(struct trace *trace, uint64_t stream) {
  trace_chunk(trace, PAGE, stream, 100, 100);
  trace_thread(trace, stream, 10 + stream, "t");
  trace_event(trace, 0, 0, 110, 2, (int64_t)-1, (int64_t)0x7f0000001000);
  trace_event(trace, 1, 0, 120, 2, (int64_t)5, (int64_t)0);
  trace_event(trace, 1, 2, 130, 0);
  trace_clock(trace, 200);
  trace_event(trace, 0, 1, 210, 1, (int64_t)70000);
  trace_event(trace, 0, 0, 220, 2, (int64_t)1, (int64_t)1);
  trace_event(trace, 1, 0, 230, 2, (int64_t)1, (int64_t)1);
  trace_event(trace, 0, 1, 240, 1, (int64_t)1);
  trace_lost(trace, "disk", 3, 250, 260);
}

static int save(struct trace *trace, const char *directory, const char *name) {
  char path[4096];
  trace_finish(trace);
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  size_t written = fwrite(trace->bytes, 1, trace->size, file);
  int failed = fclose(file) != 0 || written != trace->size;
  trace_free(trace);
  return failed;
}

int main(int count, char **words) {
  if (count != 2) {
    fputs("make_corpus DIRECTORY\n", stderr);
    return 2;
  }
  struct trace trace;
  mkdir(words[1], 0777);
  start(&trace);
  int failed = save(&trace, words[1], "functions");
  start(&trace);
  events(&trace, 1);
  failed |= save(&trace, words[1], "one_thread");
  start(&trace);
  trace_session(&trace, "pause", 150, 150);
  events(&trace, 1);
  events(&trace, 2);
  events(&trace, 1);
  trace_chunk(&trace, PAGE, 0, 300, 300);
  trace_end(&trace, "exit", 400, 400, 3, 3, 3);
  failed |= save(&trace, words[1], "threads");
  return failed;
}
