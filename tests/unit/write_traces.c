/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* write_traces DIRECTORY [OBJECT BUILD_ID ADDRESS...]: the traces that tool.sh decodes. With an object, only the trace of a
 * function that takes pointers to the functions at those addresses of the object, and a pointer to nowhere with a stack of such addresses. The build id and
 * the addresses are in hexadecimal digits. */
#include <stdio.h>
#include <stdlib.h>

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
  static const struct trace_value n[] = {{"n", "i", 1}, {0}};
  trace_start(trace, &header, PAGE);
  trace_function(trace, 0, "m", "fast", 4, (struct trace_value){"", "i", 1}, n);
  trace_function(trace, 1, "m", "slow", 4, (struct trace_value){"", "v", 0}, n);
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

static void tables(struct trace *trace) {
  static const struct trace_label none[] = {{0}};
  trace_table(trace, 0, 0, "count", (struct trace_label){"", ""}, none);
  trace_row_head(trace, 0, 1, 0, 0);
  trace_uint(trace, 48112);
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

static size_t read_hex(const char *text, unsigned char *bytes, size_t most) {
  size_t size = 0;
  unsigned value;
  for (; size < most && sscanf(text, "%2x", &value) == 1; text += 2)
    bytes[size++] = (unsigned char)value;
  return size;
}

static int save_named(const char *directory, const char *object, const char *build_id, char **addresses) {
  static const struct trace_value cb[] = {{"cb", "PFviE", 1}, {0}};
  const uint64_t bias = 0x7f0000000000, size = 0x100000;
  unsigned char id[64];
  struct trace trace;
  trace_start(&trace, &header, PAGE);
  trace_object(&trace, object, bias, bias + size, bias, id, read_hex(build_id, id, sizeof id));
  trace_function(&trace, 0, "m", "take", 0, (struct trace_value){"", "v", 1}, cb);
  trace_chunk(&trace, PAGE, 1, 1000, 1000);
  trace_thread(&trace, 1, 11, "main");
  uint64_t frames[8] = {bias + 16, 0x999};
  size_t count = 2;
  for (; *addresses != NULL; addresses++) {
    uint64_t address = bias + strtoull(*addresses, NULL, 16);
    trace_event(&trace, 0, CALL, 2000, 1, (int64_t)address);
    if (count < sizeof frames / sizeof *frames)
      frames[count++] = address + 5;
  }
  trace_event_head(&trace, 0, CALL, 2001, 2);
  trace_uint(&trace, 0x999);
  trace_map(&trace, 1);
  trace_extra_stack(&trace, count, frames);
  end(&trace);
  return save(&trace, directory, "named.cbor", 0);
}

int main(int count, char **words) {
  struct trace trace;
  const char *directory = words[1];
  if (count > 3)
    return save_named(directory, words[2], words[3], words + 4);
  if (count != 2) {
    fputs("write_traces DIRECTORY [OBJECT BUILD_ID ADDRESS...]\n", stderr);
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
  trace_chunk(&trace, PAGE, 0, 4000, 4000);
  trace_end_rejected(&trace, "stop", 4000, 4000, 3, 3, 0, 48112, 1);
  trace_finish(&trace);
  failed |= save(&trace, directory, "rejected.cbor", 0);
  start(&trace);
  events(&trace);
  failed |= save(&trace, directory, "cut.cbor", 3);
  start(&trace);
  tables(&trace);
  end(&trace);
  failed |= save(&trace, directory, "tables.cbor", 0);
  start(&trace);
  events(&trace);
  trace_event_head(&trace, 0, CALL, 2000, 1);
  trace_map(&trace, 1);
  trace_uint(&trace, 0);
  trace_text(&trace, "no address");
  end(&trace);
  failed |= save(&trace, directory, "misshapen.cbor", 0);
  start(&trace);
  events(&trace);
  trace_raw(&trace, "\xff", 1);
  end(&trace);
  failed |= save(&trace, directory, "damaged.cbor", 0);
  return failed;
}
