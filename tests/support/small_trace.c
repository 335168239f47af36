/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "small_trace.h"

#include <check.h>
#include <string.h>

const struct trace_header small_header = {
    .program = "server",
    .host = "db7",
    .rules = "*:* -> return",
    .session = "cli",
    .pid = 4711,
    .hz = 1000000000,
    .ticks = 1000,
    .mono_ns = 50,
    .real_ns = 1700000000000000000,
};

void small_start(struct trace *trace) {
  static const struct trace_value int32 = {"", "i", 1}, no_result = {"", "v", 0};
  static const struct trace_value c_and_n[] = {{"c", "Pv", 1}, {"n", "i", 1}, {0}};
  static const struct trace_value none[] = {{0}};
  trace_start(trace, &small_header, PAGE);
  trace_function(trace, 0, "server", "process", 4, int32, c_and_n);
  trace_function(trace, 1, "server", "idle", 4, no_result, none);
  trace_session(trace, "start", 1000, 50);
  trace_chunk(trace, PAGE, 1, 1000, 50);
  trace_thread(trace, 1, 4713, "worker-3");
}

struct calltap_reader *small_open_bytes(const void *bytes, size_t size) {
  struct calltap_reader *reader = calltap_reader_new();
  struct calltap_reader_error error;
  ck_assert_int_eq(calltap_reader_open_memory(reader, "t", bytes, size, &error), CALLTAP_READER_OK);
  return reader;
}

struct calltap_reader *small_open(const struct trace *trace) {
  return small_open_bytes(trace->bytes, trace->size);
}

uint64_t small_count(struct calltap_reader *reader) {
  uint64_t count = 0;
  while (calltap_reader_next(reader) != NULL)
    count++;
  return count;
}

const struct calltap_trace_counts *small_counts(const struct calltap_reader *reader) {
  return &calltap_reader_file(reader, 0)->counts;
}

void small_is_text(struct calltap_text text, const char *expected) {
  ck_assert_uint_eq(text.size, strlen(expected));
  ck_assert_mem_eq(text.bytes, expected, text.size);
}
