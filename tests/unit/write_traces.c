/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* write_traces DIRECTORY: the traces that tool.sh decodes. */
#include <stdio.h>

#include "trace_builder.h"

enum { PAGE = 4096, CALL = 0, RETURN = 1 };

static const struct trace_header header = {.program = "p",
                                           .host = "h",
                                           .rules = "*:* -> return",
                                           .session = "env",
                                           .pid = 10,
                                           .hz = 1000000000,
                                           .ticks = 1000,
                                           .mono_ns = 1000,
                                           .real_ns = 1700000000000000000};

static void start(struct trace *trace) {
  static const struct trace_value n[] = {{"n", "int", 4, 1}, {0}};
  trace_start(trace, &header, PAGE);
  trace_function(trace, 0, "m", "fast", 4, (struct trace_value){"", "int", 4, 1}, n);
  trace_function(trace, 1, "m", "slow", 4, (struct trace_value){"", "void", 0, 0}, n);
}

/* slow(1) calls fast(2) and fast(3), which take 10 and 20 ns of its 1000. */
static void events(struct trace *trace) {
  trace_chunk(trace, PAGE, 1, 1000, 1000);
  trace_thread(trace, 1, 11, "main");
  trace_event(trace, 1, CALL, 2000, 1, (int64_t)1);
  trace_event(trace, 0, CALL, 2100, 1, (int64_t)2);
  trace_event(trace, 0, RETURN, 2110, 1, (int64_t)4);
  trace_event(trace, 0, CALL, 2200, 1, (int64_t)3);
  trace_event(trace, 0, RETURN, 2220, 1, (int64_t)6);
  trace_event(trace, 1, RETURN, 3000, 0);
}

static void end(struct trace *trace) {
  trace_chunk(trace, PAGE, 0, 4000, 4000);
  trace_end(trace, "exit", 4000, 4000, 3, 3, 0);
  trace_finish(trace);
}

/* The last `missing` bytes are left out. */
static int save(struct trace *trace, const char *directory, const char *name, size_t missing) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  size_t size = trace->size - missing, written = fwrite(trace->bytes, 1, size, file);
  int failed = fclose(file) != 0 || written != size;
  trace_free(trace);
  return failed;
}

int main(int count, char **words) {
  struct trace trace;
  const char *directory = words[1];
  if (count != 2) {
    fputs("write_traces DIRECTORY\n", stderr);
    return 2;
  }
  start(&trace);
  events(&trace);
  end(&trace);
  int failed = save(&trace, directory, "good.cbor", 0);
  start(&trace);
  end(&trace);
  failed |= save(&trace, directory, "nothing.cbor", 0);
  start(&trace);
  events(&trace);
  trace_lost(&trace, "disk", 7, 3100, 3200);
  end(&trace);
  failed |= save(&trace, directory, "lost.cbor", 0);
  start(&trace);
  events(&trace);
  failed |= save(&trace, directory, "cut.cbor", 3);
  start(&trace);
  events(&trace);
  trace_raw(&trace, "\xff", 1);
  end(&trace);
  failed |= save(&trace, directory, "damaged.cbor", 0);
  return failed;
}
