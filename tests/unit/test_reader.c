/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The reader on good traces. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "small_trace.h"
#include "suite.h"

/* --- good traces --- */

START_TEST(header_tells_who_and_where) {
  struct trace trace;
  small_start(&trace);
  trace_end(&trace, "exit", 2000, 1050, 0, 0, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_trace_file *file = calltap_reader_file(reader, 0);
  small_is_text(file->program, "server");
  small_is_text(file->host, "db7");
  small_is_text(file->rules, "*:* -> return");
  small_is_text(file->session, "cli");
  ck_assert_uint_eq(file->pid, 4711);
  ck_assert_uint_eq(calltap_reader_functions(reader), 2);
  const struct calltap_trace_function *function = calltap_reader_function(reader, 1);
  small_is_text(function->module, "server");
  small_is_text(function->name, "process");
  small_is_text(function->file, "server.c");
  ck_assert_uint_eq(function->line, 1);
  ck_assert_uint_eq(function->arity, 2);
  ck_assert_uint_eq(function->parameters, 2);
  small_is_text(function->parameter[1].name, "n");
  ck_assert_str_eq(function->parameter[1].type, "i");
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(calls_and_exits_come_with_values_and_times) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 0, CALL, 1500, 2, (int64_t)0x7f31c0, (int64_t)-3);
  trace_event(&trace, 0, RETURN, 1900, 1, (int64_t)-1);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_int_eq(event->kind, CALLTAP_EVENT_CALL);
  ck_assert_uint_eq(event->values, 2);
  ck_assert_uint_eq(event->value[0], 0x7f31c0);
  ck_assert_int_eq((int64_t)event->value[1], -3);
  ck_assert_uint_eq(event->negative, 2);
  ck_assert_int_eq(event->t_ns, 500);
  ck_assert_int_eq(event->real_ns, 1700000000000000500);
  ck_assert_uint_eq(event->call, 1);
  ck_assert_uint_eq(event->depth, 1);
  ck_assert_uint_eq(event->thread->tid, 4713);
  small_is_text(event->thread->name, "worker-3");
  event = calltap_reader_next(reader);
  ck_assert_int_eq(event->kind, CALLTAP_EVENT_EXIT);
  ck_assert_int_eq(event->exit, CALLTAP_EXIT_RETURN);
  ck_assert(event->paired);
  ck_assert_uint_eq(event->call, 1);
  ck_assert_uint_eq(event->elapsed_ns, 400);
  ck_assert_ptr_null(calltap_reader_next(reader));
  ck_assert_ptr_null(calltap_reader_next(reader));
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(rewinding_gives_the_same_again) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 0, CALL, 1500, 2, (int64_t)1, (int64_t)2);
  trace_event(&trace, 0, RETURN, 1900, 1, (int64_t)3);
  trace_lost(&trace, "disk", 7, 1950, 1960);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_uint_eq(small_count(reader), 3);
  calltap_reader_rewind(reader);
  ck_assert_uint_eq(small_count(reader), 3);
  ck_assert_uint_eq(small_counts(reader)->calls, 1);
  ck_assert_uint_eq(small_counts(reader)->lost, 7);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(the_clock_goes_past_its_low_half) {
  struct trace trace;
  const uint64_t ticks = UINT64_C(0x1fffffff0);
  small_start(&trace);
  trace_chunk(&trace, PAGE, 1, ticks, 50 + ticks - 1000);
  trace_event(&trace, 1, CALL, ticks + 5, 0);
  trace_clock(&trace, UINT64_C(0x200000003));
  trace_event(&trace, 1, RETURN, UINT64_C(0x200000004), 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_int_eq(calltap_reader_next(reader)->t_ns, (int64_t)ticks + 5 - 1000);
  const struct calltap_event *exit = calltap_reader_next(reader);
  ck_assert_uint_eq(exit->elapsed_ns, 15);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(the_longest_span_gives_the_rate) {
  struct trace trace;
  small_start(&trace);
  /* The header says 1 GHz; 20 ms later the ticks tell of 1.1 GHz. */
  trace_event(&trace, 1, CALL, 1000 + 11000000, 0);
  trace_chunk(&trace, PAGE, 1, 1000 + 22000000, 50 + 20000000);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_int_ge(event->t_ns, 10000000 - 1);
  ck_assert_int_le(event->t_ns, 10000000);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

static int64_t time_with(uint64_t hz, uint64_t mono_ns) {
  struct trace trace;
  struct trace_header odd = small_header;
  odd.hz = hz;
  trace_start(&trace, &odd, PAGE);
  trace_chunk(&trace, PAGE, 1, 5000, mono_ns);
  trace_event(&trace, 1, CALL, 4000, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  int64_t t_ns = calltap_reader_next(reader)->t_ns;
  ck_assert_int_eq(calltap_reader_file(reader, 0)->clock_guessed, hz == 0);
  calltap_reader_close(reader);
  trace_free(&trace);
  return t_ns;
}

START_TEST(a_clock_that_makes_no_sense_does_no_harm) {
  ck_assert_int_eq(time_with(0, 60), 3000);                  /* neither rate nor span */
  ck_assert_int_eq(time_with(1000000000, UINT64_MAX), 3000); /* a span that cannot be */
  ck_assert_int_eq(time_with(2000000000, 60), 1500);
}
END_TEST

START_TEST(threads_are_merged_by_time) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_event(&trace, 1, RETURN, 1400, 0);
  trace_chunk(&trace, PAGE, 2, 1000, 50);
  trace_thread(&trace, 2, 4714, "worker-4");
  trace_event(&trace, 1, CALL, 1200, 0);
  trace_event(&trace, 1, RETURN, 1300, 0);
  trace_chunk(&trace, PAGE, 1, 1000, 50);
  trace_event(&trace, 1, CALL, 1500, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  static const struct {
    int64_t t_ns;
    uint64_t tid;
    uint64_t call;
  } expected[] = {{100, 4713, 1}, {200, 4714, 1}, {300, 4714, 1}, {400, 4713, 1}, {500, 4713, 2}};
  for (size_t i = 0; i < 5; i++) {
    const struct calltap_event *event = calltap_reader_next(reader);
    ck_assert_int_eq(event->t_ns, expected[i].t_ns);
    ck_assert_uint_eq(event->thread->tid, expected[i].tid);
    ck_assert_uint_eq(event->call, expected[i].call);
  }
  ck_assert_ptr_null(calltap_reader_next(reader));
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(files_are_merged_by_wall_clock) {
  struct trace first, second;
  struct trace_header later = small_header;
  struct calltap_reader_error error;
  later.real_ns += 100;
  later.pid = 4712;
  small_start(&first);
  trace_event(&first, 1, CALL, 1050, 0);
  trace_event(&first, 1, RETURN, 1250, 0);
  trace_finish(&first);
  trace_start(&second, &later, PAGE);
  trace_chunk(&second, PAGE, 9, 1000, 50);
  trace_event(&second, 1, CALL, 1050, 0);
  trace_finish(&second);
  struct calltap_reader *reader = small_open(&first);
  calltap_reader_open_memory(reader, "u", second.bytes, second.size, &error);
  ck_assert_uint_eq(calltap_reader_threads(reader), 4);
  ck_assert_uint_eq(calltap_reader_next(reader)->file->pid, 4711);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_uint_eq(event->file->pid, 4712);
  ck_assert_uint_eq(event->function->index, 0); /* the second file declares no function */
  ck_assert_uint_eq(event->number, 1);
  ck_assert_uint_eq(calltap_reader_next(reader)->file->pid, 4711);
  calltap_reader_close(reader);
  trace_free(&first);
  trace_free(&second);
}
END_TEST

START_TEST(a_thread_gets_another_name_at_its_place) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_thread(&trace, 1, 4713, "renamed");
  trace_event(&trace, 1, CALL, 1200, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  small_is_text(calltap_reader_next(reader)->thread->name, "worker-3");
  small_is_text(calltap_reader_next(reader)->thread->name, "renamed");
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* Chunks follow each other by their ticks, whatever their places: here the second was taken first. */
START_TEST(chunks_follow_each_other_by_ticks) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_chunk(&trace, PAGE, 1, 1500, 550);
  trace_event(&trace, 1, CALL, 1600, 0);
  trace_chunk(&trace, PAGE, 1, 1200, 250);
  trace_event(&trace, 0, CALL, 1300, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  ck_assert_int_eq(calltap_reader_next(reader)->t_ns, 100);
  ck_assert_int_eq(calltap_reader_next(reader)->t_ns, 300);
  ck_assert_int_eq(calltap_reader_next(reader)->t_ns, 600);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(two_streams_of_one_thread_number_their_calls_together) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_event(&trace, 1, RETURN, 1400, 0);
  trace_chunk(&trace, PAGE, 2, 1000, 50);
  trace_thread(&trace, 2, 4713, "worker-3");
  trace_event(&trace, 1, CALL, 1200, 0);
  trace_event(&trace, 1, RETURN, 1300, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  static const uint64_t calls[] = {1, 2, 2, 1};
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 4; i++)
      ck_assert_uint_eq(calltap_reader_next(reader)->call, calls[i]);
    calltap_reader_rewind(reader);
  }
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* --- the direct way and the general one --- */

/* One event by itself, at a distance from the end of its chunk. `values` receives 64 values, then the 65 places of their
 * items. */
static struct calltap_event read_one(const uint8_t *bytes, size_t size, size_t distance, uint64_t *values) {
  static const uint8_t zero;
  struct trace trace;
  struct trace_header base = small_header;
  trace_start(&trace, &base, PAGE);
  trace_chunk(&trace, PAGE, 1, 1000, 50);
  while (trace.size + size < trace.chunk_start + PAGE - distance)
    trace_raw(&trace, &zero, 1);
  trace_raw(&trace, bytes, size);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  struct calltap_event event = *calltap_reader_next(reader);
  memcpy(values, event.value, event.values * sizeof *values);
  for (unsigned i = 0; i <= event.values; i++)
    values[64 + i] = (uint64_t)(event.item[i] - event.item[0]);
  calltap_reader_close(reader);
  trace_free(&trace);
  return event;
}

/* Byte strings, and arrays of them and of what a pointer's item has. */
static void random_memory(struct trace *record, int depth) {
  static const uint8_t bytes[64] = {0};
  if (depth == 0 || rand() % 2 == 0) {
    trace_bytes(record, bytes, (size_t)rand() % sizeof bytes);
    return;
  }
  trace_array(record, 3);
  trace_uint(record, (uint64_t)rand());
  random_memory(record, depth - 1);
  if (rand() % 2 == 0) {
    trace_null(record);
  } else {
    random_memory(record, depth - 1);
  }
}

static void random_event(struct trace *record) {
  static const unsigned sizes[] = {1, 2, 4, 8};
  unsigned count = (unsigned)rand() % 20;
  trace_array(record, 2 + count);
  trace_wide(record, 0, (uint64_t)rand() & 0xff, sizes[rand() % 4]);
  trace_wide(record, 0, (uint64_t)rand() & 0xff, sizes[rand() % 4]);
  for (unsigned i = 0; i < count; i++) {
    uint64_t number = (uint64_t)rand() << 33 ^ (uint64_t)rand();
    if (rand() % 3 == 0) {
      trace_int(record, rand() % 24);
    } else if (rand() % 4 == 0) {
      trace_wide(record, 7, number, sizes[1 + rand() % 3]);
    } else if (rand() % 16 == 0) {
      random_memory(record, 3);
    } else {
      trace_wide(record, rand() & 1, number, sizes[rand() % 4]);
    }
  }
}

START_TEST(events_read_alike_wherever_they_stand) {
  srand(7);
  for (int i = 0; i < 2000; i++) {
    struct trace record = {0};
    uint64_t near_values[129] = {0}, far_values[129] = {0};
    random_event(&record);
    struct calltap_event far = read_one(record.bytes, record.size, 2000, far_values);
    struct calltap_event near = read_one(record.bytes, record.size, 0, near_values);
    ck_assert_int_eq(near.kind, far.kind);
    ck_assert_uint_eq(near.number, far.number);
    ck_assert_int_eq(near.t_ns, far.t_ns);
    ck_assert_uint_eq(near.values, far.values);
    ck_assert_uint_eq(near.negative, far.negative);
    ck_assert_uint_eq(near.floats, far.floats);
    ck_assert_uint_eq(near.composite, far.composite);
    ck_assert_uint_eq(near.unreadable | far.unreadable, 0);
    ck_assert_mem_eq(near_values + 64, far_values + 64, 65 * sizeof *near_values);
    ck_assert_mem_eq(near_values, far_values, sizeof near_values);
    trace_free(&record);
  }
}
END_TEST

START_TEST(values_can_be_left_out) {
  srand(8);
  for (int round = 0; round < 50; round++) {
    struct trace trace;
    trace_start(&trace, &small_header, PAGE);
    trace_chunk(&trace, 1 << 16, 1, 1000, 50);
    for (int i = 0; i < 50; i++)
      random_event(&trace);
    trace_finish(&trace);
    struct calltap_reader *whole = small_open(&trace), *quick = small_open(&trace);
    const struct calltap_event *a, *b;
    calltap_reader_skip_values(quick);
    do {
      a = calltap_reader_next(whole);
      b = calltap_reader_next(quick);
      ck_assert((a == NULL) == (b == NULL));
      ck_assert(a == NULL ||
                (a->kind == b->kind && a->number == b->number && a->t_ns == b->t_ns && a->exit == b->exit));
    } while (a != NULL);
    ck_assert_uint_eq(small_counts(quick)->damaged + small_counts(quick)->unknown, 0);
    calltap_reader_close(whole);
    calltap_reader_close(quick);
    trace_free(&trace);
  }
}
END_TEST

START_TEST(other_values_are_given_as_they_stand) {
  struct trace trace;
  small_start(&trace);
  trace_event_head(&trace, 0, CALL, 1100, 5);
  trace_uint(&trace, 300);
  trace_bytes(&trace, "abc", 3);
  trace_float(&trace, 0.5F);
  trace_array(&trace, 2);
  trace_uint(&trace, 1);
  trace_null(&trace);
  trace_wide(&trace, 7, 0x3c00, 2);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  static const uint8_t expected[] = {0x19, 1, 44, 0x43, 'a', 'b',  'c',  0xfa, 0x3f,
                                     0,    0, 0,  0x82, 1,   0xf6, 0xf9, 0x3c, 0};
  static const size_t ends[] = {3, 7, 12, 15, 18};
  ck_assert_uint_eq(event->values, 5);
  ck_assert_uint_eq(event->composite, 2 | 8);
  ck_assert_uint_eq(event->floats, 4 | 16);
  ck_assert_uint_eq(event->unreadable | event->negative, 0);
  ck_assert_uint_eq(event->value[2], 0x3f000000);
  ck_assert_uint_eq(event->value[4], 0x3c00);
  ck_assert_mem_eq(event->item[0], expected, sizeof expected);
  for (size_t i = 0; i < 5; i++)
    ck_assert_ptr_eq(event->item[i + 1], event->item[0] + ends[i]);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(values_that_do_not_belong_there_are_unreadable) {
  struct trace trace;
  small_start(&trace);
  trace_array(&trace, 5);
  trace_uint(&trace, 0);
  trace_uint(&trace, 1100);
  trace_map(&trace, 1);
  trace_uint(&trace, 1);
  trace_uint(&trace, 2);
  trace_uint(&trace, 5);
  trace_text(&trace, "later");
  trace_event(&trace, 1, CALL, 1200, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_uint_eq(event->values, 3);
  ck_assert_uint_eq(event->unreadable, 5);
  ck_assert_uint_eq(event->value[1], 5);
  ck_assert_uint_eq(calltap_reader_next(reader)->number, 1);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(negative_numbers_beyond_64_bits_are_the_smallest) {
  struct trace trace;
  small_start(&trace);
  trace_array(&trace, 4);
  trace_uint(&trace, 0);
  trace_uint(&trace, 1100);
  trace_wide(&trace, 1, UINT64_MAX, 8);
  trace_wide(&trace, 1, INT64_MAX, 8);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_int_eq((int64_t)event->value[0], INT64_MIN);
  ck_assert_int_eq((int64_t)event->value[1], INT64_MIN);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

int main(void) {
  return RUN_SUITE("reader", header_tells_who_and_where, calls_and_exits_come_with_values_and_times,
                   rewinding_gives_the_same_again, the_clock_goes_past_its_low_half, the_longest_span_gives_the_rate,
                   a_clock_that_makes_no_sense_does_no_harm, threads_are_merged_by_time, files_are_merged_by_wall_clock,
                   a_thread_gets_another_name_at_its_place, chunks_follow_each_other_by_ticks,
                   two_streams_of_one_thread_number_their_calls_together, events_read_alike_wherever_they_stand,
                   values_can_be_left_out, other_values_are_given_as_they_stand,
                   values_that_do_not_belong_there_are_unreadable, negative_numbers_beyond_64_bits_are_the_smallest);
}
