/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A small trace in memory, and short words for what tests do with a reader. For Check tests: failures are assertions. */
#ifndef CALLTAP_TEST_SMALL_TRACE_H
#define CALLTAP_TEST_SMALL_TRACE_H

#include "calltap/reader.h"
#include "trace_builder.h"

enum { PAGE = 4096, CALL = 0, RETURN = 1, TAIL = 2 };

/* Process 4711, one tick a nanosecond, started at tick 1000. */
extern const struct trace_header small_header;

/* Starts a trace with function 0, `server:process(c, n)`, and function 1, `server:idle()`, up to and with the thread
 * record of stream 1. */
void small_start(struct trace *trace);

/* The bytes must outlive the reader. */
struct calltap_reader *small_open_bytes(const void *bytes, size_t size);
struct calltap_reader *small_open(const struct trace *trace);

uint64_t small_count(struct calltap_reader *reader);
const struct calltap_trace_counts *small_counts(const struct calltap_reader *reader);
void small_is_text(struct calltap_text text, const char *expected);

#endif
