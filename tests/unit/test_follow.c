/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The reader on traces that are still being written. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/internal.h"
#include "small_trace.h"
#include "suite.h"

enum { RECORDS = 128, STREAMS = 4, TEXT = 4096 };

/* --- a trace, and the order in which its records are written --- */

struct record {
  size_t start;
  size_t end;
};

struct growth {
  struct trace whole;
  struct record record[RECORDS];
  size_t records;
  uint8_t *bytes; /* what is written so far */
};

/* What was added to the trace since the last record is one. */
static void note(struct growth *growth, size_t start) {
  ck_assert_uint_lt(growth->records, RECORDS);
  growth->record[growth->records++] = (struct record){start, growth->whole.size};
}

#define RECORD(growth, call)                                                                                           \
  do {                                                                                                                 \
    size_t start_ = (growth)->whole.size;                                                                              \
    call;                                                                                                              \
    note(growth, start_);                                                                                              \
  } while (0)

/* The zeros before a chunk are no part of its record. */
static void put_chunk(struct growth *growth, uint64_t stream, uint64_t ticks) {
  trace_chunk(&growth->whole, PAGE, stream, ticks, ticks - 950);
  note(growth, growth->whole.chunk_start);
}

static void put_event(struct growth *growth, uint64_t function, unsigned kind, uint64_t time) {
  RECORD(growth, trace_event(&growth->whole, function, kind, time, 0));
}

static void put_function(struct growth *growth, uint64_t number, const char *name) {
  static const struct trace_value none[] = {{0}};
  RECORD(growth, trace_function(&growth->whole, number, "server", name, 4, (struct trace_value){"", "v", 0}, none));
}

/* Writes as the runtime does: the head of a byte string covers the record until all behind that head is there. */
static void write_part(struct growth *growth, struct record record, size_t written) {
  uint8_t *at = growth->bytes + record.start;
  const uint8_t *from = growth->whole.bytes + record.start;
  size_t size = record.end - record.start, head = size <= 24 ? 1 : size <= 257 ? 2 : 3;
  if (written == size) {
    memcpy(at, from, size);
    return;
  }
  at[0] = (uint8_t)(head == 1 ? 0x40 | (size - 1) : head == 2 ? 0x58 : 0x59);
  if (head == 2)
    at[1] = (uint8_t)(size - 2);
  if (head == 3) {
    at[1] = (uint8_t)((size - 3) >> 8);
    at[2] = (uint8_t)(size - 3);
  }
  if (written > head)
    memcpy(at + head, from + head, written - head);
}

static void write_whole(struct growth *growth, size_t record) {
  struct record one = growth->record[record];
  write_part(growth, one, one.end - one.start);
}

/* --- what a reader says of it --- */

/* Of each stream a line for each event. */
struct said {
  char text[STREAMS][TEXT];
};

static void say(struct said *said, const struct calltap_event *event) {
  ck_assert_uint_lt(event->thread->stream, STREAMS);
  char *text = said->text[event->thread->stream];
  size_t used = strlen(text);
  int is_paired = event->kind == CALLTAP_EVENT_EXIT && event->paired;
  int name = event->function != NULL && event->kind <= CALLTAP_EVENT_EXIT ? (int)event->function->name.size : 0;
  snprintf(text + used, TEXT - used, "%u %d #%d %d %d.%d %.*s %d\n", event->kind, (int)event->t_ns, (int)event->call,
           (int)event->depth, is_paired, is_paired ? (int)event->elapsed_ns : 0, name,
           name > 0 ? event->function->name.bytes : "", (int)event->thread->tid);
}

static void say_all(struct said *said, struct calltap_reader *reader) {
  const struct calltap_event *event;
  while ((event = calltap_reader_next(reader)) != NULL)
    say(said, event);
}

/* A chunk that is full may get one more event when the next one is there, so it is left at the second look only. */
static void follow(struct said *said, struct calltap_reader *reader) {
  for (int i = 0; i < 2; i++) {
    ck_assert(calltap_reader_refresh(reader));
    say_all(said, reader);
  }
}

static struct calltap_reader *open_growing(const struct growth *growth) {
  struct calltap_reader *reader = small_open_bytes(growth->bytes, growth->whole.size);
  ck_assert(calltap_reader_follow(reader));
  return reader;
}

static void is_same(const struct said *said, const struct said *expected) {
  for (size_t i = 0; i < STREAMS; i++)
    ck_assert_str_eq(said->text[i], expected->text[i]);
}

static void is_as_plain(const struct said *said, const struct growth *growth, struct calltap_reader *live) {
  struct said plain = {0};
  struct calltap_reader *reader = small_open_bytes(growth->bytes, growth->whole.size);
  say_all(&plain, reader);
  is_same(said, &plain);
  const struct calltap_trace_file *file = calltap_reader_file(reader, 0), *other = calltap_reader_file(live, 0);
  ck_assert_uint_eq(calltap_reader_functions(live), calltap_reader_functions(reader));
  ck_assert_uint_eq(other->rows, file->rows);
  ck_assert_uint_eq(other->ended, file->ended);
  ck_assert_uint_eq(other->counts.calls, file->counts.calls);
  ck_assert_uint_eq(other->counts.exits, file->counts.exits);
  ck_assert_uint_eq(other->counts.lost, file->counts.lost);
  ck_assert_uint_eq(other->counts.damaged, 0);
  calltap_reader_close(reader);
}

/* --- all of it --- */

static void put_table(struct growth *growth) {
  static const struct trace_label none[] = {{0}};
  RECORD(growth, trace_table(&growth->whole, 0, 0, "count", (struct trace_label){"", ""}, none));
}

static void put_row(struct growth *growth, uint64_t count) {
  struct trace *trace = &growth->whole;
  size_t start = trace->size;
  trace_row_head(trace, 0, 1, 0, 0);
  trace_uint(trace, count);
  note(growth, start);
}

static void start(struct growth *growth) {
  *growth = (struct growth){0};
  trace_start(&growth->whole, &small_header, PAGE);
  put_function(growth, 0, "f");
  put_function(growth, 1, "g");
  RECORD(growth, trace_session(&growth->whole, "start", 1000, 50));
}

static void ready(struct growth *growth) {
  trace_finish(&growth->whole);
  growth->bytes = calloc(1, growth->whole.size);
  ck_assert_ptr_nonnull(growth->bytes);
  memcpy(growth->bytes, growth->whole.bytes, growth->record[0].start);
}

static void done(struct growth *growth) {
  free(growth->bytes);
  trace_free(&growth->whole);
}

/* Streams 1 and 2 in two chunks each, and two of stream 0; 3 is of the thread that had 1. */
static void put_all(struct growth *growth) {
  struct trace *trace = &growth->whole;
  start(growth);
  put_chunk(growth, 1, 1010);
  RECORD(growth, trace_thread(trace, 1, 11, "main"));
  put_event(growth, 0, CALL, 1100);
  put_event(growth, 1, CALL, 1110);
  trace_raw(trace, "\0\0\0\0\0\0\0\0\0\0\0", 11);
  put_event(growth, 1, RETURN, 1120);
  put_chunk(growth, 2, 1130);
  RECORD(growth, trace_thread(trace, 2, 12, "other"));
  put_event(growth, 1, CALL, 1140);
  RECORD(growth, trace_clock(trace, 1150));
  RECORD(growth, trace_lost(trace, "disk", 7, 1150, 1160));
  put_chunk(growth, 0, 1200);
  put_function(growth, 2, "later");
  put_table(growth);
  put_row(growth, 3);
  RECORD(growth, trace_session(trace, "tables", 1210, 260));
  put_row(growth, 4);
  put_chunk(growth, 1, 1300);
  put_event(growth, 2, CALL, 1310);
  put_event(growth, 2, RETURN, 1320);
  put_event(growth, 0, RETURN, 1330);
  put_chunk(growth, 2, 1400);
  put_event(growth, 1, RETURN, 1410);
  put_chunk(growth, 3, 1500);
  RECORD(growth, trace_thread(trace, 3, 11, "main"));
  put_event(growth, 2, CALL, 1510);
  put_chunk(growth, 0, 1600);
  RECORD(growth, trace_session(trace, "tables", 1610, 660));
  put_row(growth, 5);
  RECORD(growth, trace_end(trace, "asked", 1620, 670, 5, 4, 7));
  ready(growth);
}

static void grow_by_bytes(struct growth *growth, const size_t *order, bool ends_early) {
  struct said said = {0};
  struct calltap_reader *reader = open_growing(growth);
  size_t records = growth->records - ends_early;
  for (size_t i = 0; i < records; i++) {
    struct record record = growth->record[order[i]];
    for (size_t written = 0; written <= record.end - record.start; written++) {
      write_part(growth, record, written);
      follow(&said, reader);
      is_as_plain(&said, growth, reader);
    }
  }
  calltap_reader_finish(reader, 0);
  say_all(&said, reader);
  is_as_plain(&said, growth, reader);
  ck_assert_uint_eq(calltap_reader_file(reader, 0)->counts.torn, 0);
  calltap_reader_close(reader);
}

START_TEST(a_trace_that_grows_says_what_it_will_have_said) {
  for (int ends_early = 0; ends_early < 2; ends_early++) {
    struct growth growth;
    size_t order[RECORDS];
    put_all(&growth);
    for (size_t i = 0; i < growth.records; i++)
      order[i] = i;
    grow_by_bytes(&growth, order, ends_early != 0);
    done(&growth);
  }
}
END_TEST

/* Streams 1 and 2 write by turns, and the chunk that is later in the file comes first. */
START_TEST(streams_grow_by_turns) {
  struct growth growth;
  start(&growth);
  size_t first = growth.records;
  put_chunk(&growth, 1, 1010);
  RECORD(&growth, trace_thread(&growth.whole, 1, 11, "main"));
  for (uint64_t i = 0; i < 6; i++)
    put_event(&growth, 0, i % 2 == 0 ? CALL : RETURN, 1100 + 10 * i);
  size_t second = growth.records;
  put_chunk(&growth, 2, 1005);
  RECORD(&growth, trace_thread(&growth.whole, 2, 12, "other"));
  for (uint64_t i = 0; i < 6; i++)
    put_event(&growth, 1, i % 2 == 0 ? CALL : RETURN, 1105 + 10 * i);
  ready(&growth);
  size_t order[RECORDS], count = 0;
  for (; count < first; count++)
    order[count] = count;
  for (size_t i = 0; second + i < growth.records; i++) {
    order[count++] = second + i;
    order[count++] = first + i;
  }
  grow_by_bytes(&growth, order, false);
  done(&growth);
}
END_TEST

/* --- details --- */

static void write_up_to(struct growth *growth, size_t records) {
  for (size_t i = 0; i < records; i++)
    write_whole(growth, i);
}

/* Function f and g, stream 1 with its thread; the next record is the first event. */
static size_t begin(struct growth *growth) {
  start(growth);
  put_chunk(growth, 1, 1010);
  RECORD(growth, trace_thread(&growth->whole, 1, 11, "main"));
  return growth->records;
}

START_TEST(zeros_before_an_event_may_still_become_one) {
  struct growth growth;
  struct said said = {0};
  size_t first = begin(&growth);
  put_event(&growth, 0, CALL, 1100);
  put_event(&growth, 1, CALL, 1110);
  ready(&growth);
  write_up_to(&growth, first);
  struct calltap_reader *reader = open_growing(&growth);
  write_whole(&growth, first + 1);
  ck_assert(calltap_reader_refresh(reader));
  say_all(&said, reader);
  ck_assert_str_eq(said.text[1], "");
  write_whole(&growth, first);
  follow(&said, reader);
  is_as_plain(&said, &growth, reader);
  ck_assert_uint_eq(calltap_reader_file(reader, 0)->counts.calls, 2);
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

START_TEST(what_is_unfinished_at_the_end_of_the_session_is_torn) {
  struct growth growth;
  struct said said = {0};
  size_t first = begin(&growth);
  put_event(&growth, 0, CALL, 1100);
  put_event(&growth, 1, CALL, 1110);
  put_chunk(&growth, 0, 1600);
  RECORD(&growth, trace_end(&growth.whole, "asked", 1620, 670, 1, 0, 0));
  ready(&growth);
  write_up_to(&growth, first);
  struct calltap_reader *reader = open_growing(&growth);
  write_part(&growth, growth.record[first], 3);
  write_whole(&growth, first + 1);
  follow(&said, reader);
  ck_assert_str_eq(said.text[1], "");
  ck_assert_uint_eq(calltap_reader_file(reader, 0)->counts.torn, 0);
  write_whole(&growth, first + 2);
  write_whole(&growth, first + 3);
  follow(&said, reader);
  is_as_plain(&said, &growth, reader);
  ck_assert_uint_eq(calltap_reader_file(reader, 0)->counts.torn, 1);
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

struct late_writer {
  struct growth *growth;
  size_t record;
};

static void *write_late(void *context) {
  const struct late_writer *writer = context;
  usleep(1000);
  write_whole(writer->growth, writer->record);
  return NULL;
}

/* The reader waits for it for a second. */
START_TEST(what_is_finished_soon_behind_the_end_is_waited_for) {
  struct growth growth;
  struct said said = {0};
  pthread_t thread;
  size_t first = begin(&growth);
  put_event(&growth, 0, CALL, 1100);
  put_chunk(&growth, 0, 1600);
  RECORD(&growth, trace_end(&growth.whole, "asked", 1620, 670, 1, 0, 0));
  ready(&growth);
  write_up_to(&growth, first);
  struct calltap_reader *reader = open_growing(&growth);
  write_part(&growth, growth.record[first], 3);
  follow(&said, reader);
  write_whole(&growth, first + 1);
  write_whole(&growth, first + 2);
  struct late_writer writer = {&growth, first};
  ck_assert_int_eq(pthread_create(&thread, NULL, write_late, &writer), 0);
  follow(&said, reader);
  pthread_join(thread, NULL);
  is_as_plain(&said, &growth, reader);
  ck_assert_uint_eq(calltap_reader_file(reader, 0)->counts.calls, 1);
  ck_assert_uint_eq(calltap_reader_file(reader, 0)->counts.torn, 0);
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

START_TEST(only_what_is_old_enough_is_given) {
  struct growth growth;
  size_t first = begin(&growth);
  put_event(&growth, 0, CALL, 1100);
  put_event(&growth, 0, RETURN, 1200);
  ready(&growth);
  write_up_to(&growth, first + 2);
  struct calltap_reader *reader = open_growing(&growth);
  const int64_t start_ns = (int64_t)small_header.real_ns;
  ck_assert_ptr_null(calltap_reader_next_until(reader, start_ns + 99));
  ck_assert_ptr_nonnull(calltap_reader_next_until(reader, start_ns + 100));
  ck_assert_ptr_null(calltap_reader_next_until(reader, start_ns + 199));
  ck_assert(calltap_reader_refresh(reader));
  ck_assert_ptr_null(calltap_reader_next_until(reader, start_ns + 199));
  const struct calltap_event *event = calltap_reader_next_until(reader, start_ns + 200);
  ck_assert_uint_eq(event->elapsed_ns, 100);
  ck_assert_ptr_null(calltap_reader_next(reader));
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

/* It comes late, but it comes. */
START_TEST(an_event_that_was_held_back_is_given) {
  struct growth growth;
  struct said said = {0};
  size_t first = begin(&growth);
  put_event(&growth, 1, CALL, 1105);
  put_event(&growth, 1, RETURN, 1106);
  RECORD(&growth, trace_clock(&growth.whole, 1100));
  put_event(&growth, 0, CALL, 1100);
  RECORD(&growth, trace_clock(&growth.whole, 1107));
  put_event(&growth, 0, RETURN, 1107);
  ready(&growth);
  write_up_to(&growth, first + 2);
  struct calltap_reader *reader = open_growing(&growth);
  follow(&said, reader);
  write_up_to(&growth, growth.records);
  follow(&said, reader);
  ck_assert_str_eq(said.text[1], "0 105 #1 1 0.0 g 11\n1 106 #1 1 1.1 g 11\n"
                                 "0 100 #2 1 0.0 f 11\n1 107 #2 1 1.7 f 11\n");
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

START_TEST(a_better_clock_leaves_no_call_without_its_time) {
  struct growth growth;
  size_t first = begin(&growth);
  put_event(&growth, 0, CALL, 1000 + 10000000);
  /* The header says 1 GHz; 20 ms later the ticks tell of 1.1 GHz. */
  trace_chunk(&growth.whole, PAGE, 1, 1000 + 22000000, 50 + 20000000);
  note(&growth, growth.whole.chunk_start);
  put_event(&growth, 0, RETURN, 1000 + 22000000);
  ready(&growth);
  write_up_to(&growth, first + 1);
  struct calltap_reader *reader = open_growing(&growth);
  ck_assert_int_eq(calltap_reader_next(reader)->t_ns, 10000000);
  write_up_to(&growth, growth.records);
  const struct calltap_event *event = NULL;
  for (int i = 0; i < 2 && event == NULL; i++) {
    ck_assert(calltap_reader_refresh(reader));
    event = calltap_reader_next(reader);
  }
  ck_assert_ptr_nonnull(event);
  ck_assert_int_ge((int64_t)event->elapsed_ns, 10909090 - 1);
  ck_assert_int_le((int64_t)event->elapsed_ns, 10909090 + 2);
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

/* As the runtime leaves it: large and empty at first, and in the end as long as what was used. */
START_TEST(a_file_is_followed_to_where_it_is_cut) {
  struct growth growth;
  struct said said = {0};
  struct calltap_reader_error error;
  char path[] = "/tmp/calltap-follow-XXXXXX";
  put_all(&growth);
  int fd = mkstemp(path);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(ftruncate(fd, (off_t)64 << 20), 0);
  write_up_to(&growth, 3);
  ck_assert_int_gt(pwrite(fd, growth.bytes, PAGE, 0), 0);
  struct calltap_reader *reader = calltap_reader_new();
  ck_assert_int_eq(calltap_reader_open(reader, path, &error), CALLTAP_READER_OK);
  ck_assert(calltap_reader_follow(reader));
  unlink(path);
  for (size_t i = 3; i < growth.records; i++) {
    struct record record = growth.record[i];
    write_whole(&growth, i);
    ck_assert_int_gt(pwrite(fd, growth.bytes + record.start, record.end - record.start, (off_t)record.start), 0);
    if (i + 1 == growth.records)
      ck_assert_int_eq(ftruncate(fd, (off_t)growth.whole.size), 0);
    follow(&said, reader);
    is_as_plain(&said, &growth, reader);
  }
  ck_assert(calltap_reader_file(reader, 0)->ended);
  calltap_reader_close(reader);
  close(fd);
  done(&growth);
}
END_TEST

START_TEST(a_trace_that_has_ended_is_read_as_it_is) {
  struct growth growth;
  struct said said = {0};
  put_all(&growth);
  write_up_to(&growth, growth.records);
  struct calltap_reader *reader = open_growing(&growth);
  follow(&said, reader);
  is_as_plain(&said, &growth, reader);
  calltap_reader_rewind(reader);
  memset(&said, 0, sizeof said);
  say_all(&said, reader);
  is_as_plain(&said, &growth, reader);
  calltap_reader_close(reader);
  done(&growth);
}
END_TEST

/* --- beside its writer --- */

enum { LINE = 64, HEADS = 20000, HALF_NS = 300 };
static const uint8_t closed[4] = {0x85, 0x43, 0x42, 0x41}, opened[4] = {0x58, 0x23, 0x22, 0x21};

static void wait_ns(long ns) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do
    clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < ns);
}

/* What a processor does with a head that lies in two lines of the cache, but slower: the part in the second line is seen later. */
static void *write_heads(void *context) {
  uint8_t *at = context;
  for (int i = 0; i < HEADS; i++, at += LINE) {
    memcpy(at, opened, sizeof opened);
    wait_ns(HALF_NS);
    *(volatile uint8_t *)at = closed[0];
    wait_ns(HALF_NS);
    memcpy(at + 1, closed + 1, sizeof closed - 1);
  }
  return NULL;
}

/* Here the writer may be interrupted between the two parts, which is no matter to a processor: so not all are right. */
START_TEST(a_head_that_is_half_seen_is_waited_for) {
  size_t size = (HEADS + 1) * LINE;
  unsigned right = 0;
  uint8_t *bytes = aligned_alloc(LINE, size), *at = bytes + LINE - 1;
  pthread_t thread;
  ck_assert_ptr_nonnull(bytes);
  memset(bytes, 0, size);
  ck_assert_int_eq(pthread_create(&thread, NULL, write_heads, at), 0);
  for (int i = 0; i < HEADS; i++, at += LINE) {
    while (*(volatile uint8_t *)at == 0 || !calltap__is_finished(at, bytes + size))
      continue;
    right += memcmp(at, closed, sizeof closed) == 0;
  }
  pthread_join(thread, NULL);
  free(bytes);
  ck_assert_uint_ge(right, HEADS - HEADS / 10);
}
END_TEST

int main(void) {
  return RUN_SUITE("follow", a_trace_that_grows_says_what_it_will_have_said, streams_grow_by_turns,
                   zeros_before_an_event_may_still_become_one, what_is_unfinished_at_the_end_of_the_session_is_torn,
                   what_is_finished_soon_behind_the_end_is_waited_for, only_what_is_old_enough_is_given,
                   an_event_that_was_held_back_is_given, a_better_clock_leaves_no_call_without_its_time,
                   a_file_is_followed_to_where_it_is_cut, a_trace_that_has_ended_is_read_as_it_is,
                   a_head_that_is_half_seen_is_waited_for);
}
