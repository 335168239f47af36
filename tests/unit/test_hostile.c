/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The reader on cut, torn, damaged and hostile traces. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "small_trace.h"
#include "suite.h"

static const struct trace_value int32 = {"", "i", 1};
static const struct trace_value nothing[] = {{0}};

/* --- traces with something missing --- */

START_TEST(torn_records_are_counted_and_nothing_shifts) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_wide(&trace, 2, 30, 1); /* 58 1e: a writer was killed in a record of 32 bytes */
  for (int i = 0; i < 30; i++)
    trace_raw(&trace, "\xff", 1);
  trace_event(&trace, 1, RETURN, 1200, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(small_count(reader), 2);
  ck_assert_uint_eq(small_counts(reader)->torn, 1);
  ck_assert_uint_eq(small_counts(reader)->damaged, 0);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(unknown_kinds_are_counted_and_passed) {
  struct trace trace;
  small_start(&trace);
  for (int i = 0; i < 2; i++) {
    trace_array(&trace, 3);
    trace_text(&trace, i == 0 ? "weather" : "tide");
    trace_map(&trace, 1);
    trace_text(&trace, "wind");
    trace_array(&trace, 1);
    trace_int(&trace, -7);
    trace_uint(&trace, 7);
  }
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(small_count(reader), 1);
  ck_assert_uint_eq(small_counts(reader)->unknown, 2);
  small_is_text(small_counts(reader)->unknown_kind, "weather");
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* An event with all that can be said of it, which came late. */
static void more(struct trace *trace) {
  static const uint64_t frames[] = {0x401136, 0x7f0000001000};
  trace_tag(trace);
  trace_bytes(trace, "GET /", 5);
  trace_clock(trace, 1050);
  trace_event_head(trace, 0, CALL, 1050, 3);
  trace_uint(trace, 0x10);
  trace_int(trace, -3);
  trace_map(trace, 4);
  trace_extra_caller(trace, 0x401136);
  trace_extra_stack(trace, 2, frames);
  trace_extra_messages(trace, 1);
  trace_extra_message(trace, 0, 1);
  trace_int(trace, 7);
  trace_extra_usage(trace, 1200000, 3, 0, 1, 2);
}

static void tables(struct trace *trace) {
  static const struct trace_label keys[] = {{"n", "i"}, {"stack", "stack"}, {0}};
  trace_message(trace, 0, 0, keys);
  trace_table(trace, 0, 0, "hist", (struct trace_label){"elapsed", "ns"}, keys);
  trace_row_head(trace, 0, 1, 2, 4);
  trace_int(trace, -7);
  trace_array(trace, 1);
  trace_uint(trace, 0x401136);
  for (int i = 0; i < 4; i++)
    trace_uint(trace, 70);
  trace_map(trace, 1);
  trace_uint(trace, 7);
  trace_uint(trace, 70);
}

/* A trace with something of everything, to be cut. */
static void everything(struct trace *trace) {
  small_start(trace);
  for (int i = 0; i < 5; i++)
    trace_event(trace, 0, CALL, 1100 + i, 2, (int64_t)i, (int64_t)-i);
  trace_chunk(trace, PAGE, 2, 2000, 1050);
  trace_thread(trace, 2, 4714, "worker-4");
  for (int i = 0; i < 5; i++)
    trace_event(trace, 1, CALL, 1100 + i, 0);
  more(trace);
  trace_lost(trace, "disk", 3, 1110, 1120);
  trace_chunk(trace, PAGE, 1, 2000, 1050);
  for (int i = 4; i >= 0; i--)
    trace_event(trace, 0, RETURN, 1200 + i, 1, (int64_t)i);
  trace_chunk(trace, PAGE, 0, 3000, 2050);
  tables(trace);
  trace_end(trace, "exit", 3000, 2050, 10, 5, 3);
}

START_TEST(a_trace_may_be_cut_at_every_byte) {
  struct trace trace;
  everything(&trace);
  uint64_t before = 0, opened = 0;
  for (size_t size = 1; size <= trace.size; size++) {
    /* A copy of exactly this size: the sanitizer sees every byte read past its end. */
    uint8_t *cut = malloc(size);
    struct calltap_reader_error error;
    memcpy(cut, trace.bytes, size);
    struct calltap_reader *reader = calltap_reader_new();
    if (calltap_reader_open_memory(reader, "t", cut, size, &error) == CALLTAP_READER_OK) {
      uint64_t events = small_count(reader);
      ck_assert_uint_ge(events, before);
      ck_assert_uint_eq(small_counts(reader)->damaged, 0);
      before = events;
      opened++;
    } else {
      ck_assert_uint_eq(opened, 0);
      ck_assert_int_eq(error.code, CALLTAP_READER_FORMAT);
      ck_assert_uint_eq(error.offset, size);
    }
    calltap_reader_close(reader);
    free(cut);
  }
  ck_assert_uint_eq(before, 17);
  trace_free(&trace);
}
END_TEST

START_TEST(a_cut_inside_a_record_says_where) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  size_t whole = trace.size;
  trace_event(&trace, 1, RETURN, 1200, 0);
  struct calltap_reader *reader = small_open_bytes(trace.bytes, whole);
  ck_assert_uint_eq(small_count(reader), 1);
  ck_assert(!small_counts(reader)->cut);
  calltap_reader_close(reader);
  reader = small_open_bytes(trace.bytes, trace.size - 1);
  ck_assert_uint_eq(small_count(reader), 1);
  ck_assert(small_counts(reader)->cut);
  ck_assert_uint_eq(small_counts(reader)->cut_offset, whole);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(chunks_without_their_stamp_are_passed) {
  static const uint8_t zeros[3 * PAGE];
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_finish(&trace);
  trace_raw(&trace, zeros, sizeof zeros);
  trace.chunk_start = trace.size - PAGE; /* as if the last of them were the open one */
  trace_chunk(&trace, PAGE, 1, 1000, 50);
  trace_event(&trace, 1, RETURN, 1200, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(small_count(reader), 2);
  ck_assert_uint_eq(small_counts(reader)->damaged, 0);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* A chunk is stamped anew if a signal came between; killed in that moment, it holds nothing. */
START_TEST(a_torn_stamp_is_an_empty_chunk) {
  static const uint8_t zeros[PAGE - 32];
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_finish(&trace);
  trace_wide(&trace, 2, 30, 1);
  for (int i = 0; i < 30; i++)
    trace_raw(&trace, "\x11", 1);
  trace_raw(&trace, zeros, sizeof zeros);
  trace.chunk_start += PAGE;
  trace_chunk(&trace, PAGE, 1, 1200, 250);
  trace_event(&trace, 1, RETURN, 1300, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(small_count(reader), 2);
  ck_assert_uint_eq(small_counts(reader)->torn, 1);
  ck_assert_uint_eq(small_counts(reader)->damaged, 0);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

static int temporary_file(char *path, const struct trace *trace) {
  snprintf(path, 64, "/tmp/calltap-test-XXXXXX");
  int fd = mkstemp(path);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, trace->bytes, trace->size), (ssize_t)trace->size);
  return fd;
}

START_TEST(a_sparse_tail_is_no_work) {
  char path[64];
  struct trace trace;
  struct calltap_reader_error error;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_finish(&trace);
  int fd = temporary_file(path, &trace);
  ck_assert_int_eq(ftruncate(fd, (off_t)1 << 40), 0);
  /* Data behind the hole is still found. */
  struct trace tail;
  trace_start(&tail, &small_header, PAGE);
  trace_chunk(&tail, PAGE, 1, 1000, 50);
  trace_event(&tail, 1, RETURN, 1200, 0);
  trace_finish(&tail);
  ck_assert_int_eq(pwrite(fd, tail.bytes + PAGE, PAGE, ((off_t)1 << 40) - PAGE), PAGE);
  struct calltap_reader *reader = calltap_reader_new();
  ck_assert_int_eq(calltap_reader_open(reader, path, &error), CALLTAP_READER_OK);
  ck_assert_uint_eq(small_count(reader), 2);
  calltap_reader_close(reader);
  close(fd);
  unlink(path);
  trace_free(&trace);
  trace_free(&tail);
}
END_TEST

/* --- what is not a trace --- */

static enum calltap_reader_code open_fails(const void *bytes, size_t size, struct calltap_reader_error *error) {
  struct calltap_reader *reader = calltap_reader_new();
  enum calltap_reader_code code = calltap_reader_open_memory(reader, "t", bytes, size, error);
  ck_assert_uint_eq(calltap_reader_files(reader), code == CALLTAP_READER_OK ? 1 : 0);
  calltap_reader_close(reader);
  return code;
}

START_TEST(files_that_are_no_trace_are_refused) {
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  ck_assert_int_eq(open_fails("", 0, &error), CALLTAP_READER_EMPTY);
  ck_assert_int_eq(open_fails("\0\0\0\0", 4, &error), CALLTAP_READER_EMPTY);
  ck_assert_int_eq(open_fails("\x7f"
                              "ELF",
                              4, &error),
                   CALLTAP_READER_FORMAT);
  ck_assert_int_eq(open_fails("\xd9\xd9\xf7\x01", 4, &error), CALLTAP_READER_FORMAT);
  ck_assert_int_eq(open_fails("\xd9\xd9\xf7\xff", 4, &error), CALLTAP_READER_FORMAT);
  ck_assert_int_eq(open_fails("\xd9\xd9\xf7\x83\x67"
                              "calltap\x02\xa0",
                              14, &error),
                   CALLTAP_READER_VERSION);
  ck_assert_ptr_nonnull(strstr(error.text, "version 2"));
  ck_assert_int_eq(calltap_reader_open(reader, "/nowhere", &error), CALLTAP_READER_SYSTEM);
  ck_assert_int_eq(error.system, ENOENT);
  ck_assert_int_eq(calltap_reader_open(reader, "/", &error), CALLTAP_READER_KIND);
  ck_assert_int_eq(calltap_reader_open(reader, "/dev/null", &error), CALLTAP_READER_KIND);
  ck_assert_ptr_null(calltap_reader_next(reader));
  calltap_reader_close(reader);
}
END_TEST

/* Reads a trace to which hostile bytes were added; only damage may come of it. */
static void survives(const void *bytes, size_t size) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_raw(&trace, bytes, size);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_ge(small_count(reader), 1);
  ck_assert_uint_ge(small_counts(reader)->damaged + small_counts(reader)->unknown + small_counts(reader)->torn, 1);
  calltap_reader_close(reader);
  trace_free(&trace);
}

START_TEST(hostile_lengths_do_no_harm) {
  survives("\x5b\xff\xff\xff\xff\xff\xff\xff\xff", 9);      /* a byte string larger than memory */
  survives("\x59\xff\xff", 3);                              /* one that crosses the chunk */
  survives("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10); /* an array as large */
  survives("\x9b\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00", 11);
  survives("\xbb\x80\x00\x00\x00\x00\x00\x00\x00\x01", 10);     /* a map whose count doubled is 0 */
  survives("\x7b\x7f\xff\xff\xff\xff\xff\xff\xff", 9);          /* a text */
  survives("\x82\x1b\xff\xff\xff\xff\xff\xff\xff\xfc\x00", 11); /* a function number beyond 32 bits */
  survives("\x81\x04", 2);                                      /* an event without its time */
  survives("\x80", 1);                                          /* an empty record */
  survives("\xff", 1);                                          /* a break of nothing */
  survives("\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f"
           "\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f",
           38);
}
END_TEST

static void chunk_of(uint64_t size) {
  struct trace trace;
  small_start(&trace);
  trace_finish(&trace);
  trace_array(&trace, 5);
  trace_text(&trace, "chunk");
  trace_uint(&trace, size);
  trace_uint(&trace, 1);
  trace_uint(&trace, 1000);
  trace_uint(&trace, 50);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(small_count(reader), 0);
  calltap_reader_close(reader);
  trace_free(&trace);
}

START_TEST(hostile_chunks_do_no_harm) {
  chunk_of(0);
  chunk_of(1);
  chunk_of(PAGE + 1);
  chunk_of(UINT64_MAX);
  chunk_of(UINT64_MAX - PAGE + 1);
  chunk_of((uint64_t)1 << 63);
}
END_TEST

START_TEST(hostile_functions_do_no_harm) {
  struct trace trace;
  trace_start(&trace, &small_header, PAGE);
  trace_function(&trace, UINT64_MAX, "m", "f", 4, int32, nothing);
  trace_function(&trace, (uint64_t)1 << 40, "m", "f", 4, int32, nothing);
  trace_function(&trace, 5, "m", "first", 4, int32, nothing);
  trace_function(&trace, 5, "m", "second", 4, int32, nothing);
  trace_array(&trace, 2);
  trace_text(&trace, "function");
  trace_text(&trace, "seven");
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(calltap_reader_functions(reader), 1);
  small_is_text(calltap_reader_function(reader, 1)->name, "first");
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(random_bytes_do_no_harm) {
  struct trace trace;
  everything(&trace);
  trace_finish(&trace);
  srand(11);
  for (int round = 0; round < 3000; round++) {
    uint8_t *bytes = malloc(trace.size);
    struct calltap_reader_error error;
    memcpy(bytes, trace.bytes, trace.size);
    for (int i = 0; i < 1 + round % 20; i++)
      bytes[(size_t)rand() % trace.size] = (uint8_t)rand();
    struct calltap_reader *reader = calltap_reader_new();
    if (calltap_reader_open_memory(reader, "t", bytes, trace.size, &error) == CALLTAP_READER_OK)
      small_count(reader);
    calltap_reader_close(reader);
    free(bytes);
  }
  trace_free(&trace);
}
END_TEST

int main(void) {
  return RUN_SUITE("hostile", torn_records_are_counted_and_nothing_shifts, unknown_kinds_are_counted_and_passed,
                   a_trace_may_be_cut_at_every_byte, a_cut_inside_a_record_says_where,
                   chunks_without_their_stamp_are_passed, a_torn_stamp_is_an_empty_chunk, a_sparse_tail_is_no_work,
                   files_that_are_no_trace_are_refused, hostile_lengths_do_no_harm, hostile_chunks_do_no_harm,
                   hostile_functions_do_no_harm, random_bytes_do_no_harm);
}
