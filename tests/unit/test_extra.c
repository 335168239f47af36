/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What events say beside their values, and what is counted instead of written. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "small_trace.h"
#include "suite.h"

#define BYTES(literal) "" literal, sizeof(literal) - 1

static const uint64_t frames[] = {0x401136, 0x401200, 0x7f0000001000};

static void is_frames(struct calltap_items stack, const uint64_t *expected, size_t count) {
  uint64_t address;
  for (size_t i = 0; i < count; i++) {
    ck_assert(calltap_trace_take_address(&stack, &address));
    ck_assert_uint_eq(address, expected[i]);
  }
  ck_assert(!calltap_trace_take_address(&stack, &address));
}

static void everything(struct trace *trace) {
  trace_event_head(trace, 0, CALL, 1100, 3);
  trace_uint(trace, 0x10);
  trace_int(trace, -3);
  trace_map(trace, 5);
  trace_extra_caller(trace, 0x401136);
  trace_extra_stack(trace, 3, frames);
  trace_extra_messages(trace, 2);
  trace_extra_message(trace, 7, 2);
  trace_int(trace, -5);
  trace_bytes(trace, "ab", 2);
  trace_extra_message(trace, 8, 0);
  trace_extra_usage(trace, 1200000, 3, 0, 1, 2);
  trace_uint(trace, 99);
  trace_text(trace, "of a later version");
}

START_TEST(extras_come_with_the_values) {
  static const struct trace_label labels[] = {{"left", "i"}, {"name", "PKc"}, {0}};
  struct trace trace;
  small_start(&trace);
  everything(&trace);
  trace_event(&trace, 0, RETURN, 1200, 1, (int64_t)4);
  trace_chunk(&trace, PAGE, 0, 1050, 100);
  trace_message(&trace, 7, 0, labels);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_uint_eq(event->values, 2);
  ck_assert_uint_eq(event->value[0], 0x10);
  ck_assert_int_eq((int64_t)event->value[1], -3);
  ck_assert_uint_eq(event->negative, 2);
  ck_assert_uint_eq(event->unreadable, 0);
  const struct calltap_trace_extra *extra = event->extra;
  ck_assert_ptr_nonnull(extra);
  ck_assert(extra->has_caller && extra->has_usage);
  ck_assert_uint_eq(extra->caller, 0x401136);
  is_frames(extra->stack, frames, 3);
  ck_assert_uint_eq(extra->usage.cpu_ns, 1200000);
  ck_assert_uint_eq(extra->usage.minor_faults, 3);
  ck_assert_uint_eq(extra->usage.involuntary_switches, 2);
  struct calltap_items messages = extra->messages, values, one;
  const struct calltap_trace_message *message;
  ck_assert(calltap_trace_take_message(event->file, &messages, &message, &values));
  ck_assert_uint_eq(message->labels, 2);
  ck_assert_str_eq(message->label[1].type, "PKc");
  small_is_text(message->label[0].name, "left");
  small_is_text(message->function->name, "process");
  ck_assert(calltap_trace_take_item(&values, &one));
  ck_assert_uint_eq(*one.at, 0x24);
  ck_assert(calltap_trace_take_item(&values, &one));
  ck_assert_mem_eq(one.at,
                   "\x42"
                   "ab",
                   3);
  ck_assert(!calltap_trace_take_item(&values, &one));
  ck_assert(calltap_trace_take_message(event->file, &messages, &message, &values));
  ck_assert_ptr_null(message);
  ck_assert(!calltap_trace_take_message(event->file, &messages, &message, &values));
  event = calltap_reader_next(reader);
  ck_assert_uint_eq(event->value[0], 4);
  ck_assert_ptr_null(event->extra);
  ck_assert_uint_eq(small_counts(reader)->misshapen, 0);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(an_event_may_have_extras_and_no_values) {
  struct trace trace;
  small_start(&trace);
  trace_event_head(&trace, 0, CALL, 1100, 1);
  trace_map(&trace, 1);
  trace_extra_caller(&trace, 5);
  /* A skipped call does not say what the exit says that shows it. */
  trace_event_head(&trace, 1, CALL, 1110, 0);
  trace_event_head(&trace, 0, RETURN, 1200, 1);
  trace_map(&trace, 1);
  trace_extra_caller(&trace, 6);
  trace_lost(&trace, "disk", 3, 1300, 1400);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_event *event = calltap_reader_next(reader);
  ck_assert_uint_eq(event->values, 0);
  ck_assert_uint_eq(event->extra->caller, 5);
  ck_assert_ptr_null(calltap_reader_next(reader)->extra);
  event = calltap_reader_next(reader);
  ck_assert_int_eq(event->exit, CALLTAP_EXIT_SKIPPED);
  ck_assert_ptr_null(event->extra);
  event = calltap_reader_next(reader);
  ck_assert_int_eq(event->exit, CALLTAP_EXIT_RETURN);
  ck_assert_uint_eq(event->values, 0);
  ck_assert_uint_eq(event->extra->caller, 6);
  event = calltap_reader_next(reader);
  ck_assert_int_eq(event->kind, CALLTAP_EVENT_LOST);
  ck_assert_ptr_null(event->extra);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* What the only event of a trace makes of one key of its map. */
static struct calltap_trace_extra extra_of(const char *bytes, size_t size, uint64_t *misshapen) {
  struct trace trace;
  small_start(&trace);
  trace_event_head(&trace, 1, CALL, 1100, 1);
  trace_raw(&trace, bytes, size);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  struct calltap_trace_extra extra = *calltap_reader_next(reader)->extra;
  *misshapen = small_counts(reader)->misshapen;
  ck_assert_uint_eq(small_counts(reader)->damaged, 0);
  ck_assert_ptr_null(calltap_reader_next(reader));
  calltap_reader_close(reader);
  trace_free(&trace);
  return extra;
}

START_TEST(what_is_wrong_in_extras_is_left_out) {
  static const struct {
    const char *bytes;
    size_t size;
    bool good;
  } cases[] = {
      {BYTES("\xa0"), true},
      {BYTES("\xbf\xff"), true},
      {BYTES("\xa1\x18\x63\xf6"), true},              /* an unknown key */
      {BYTES("\xa1\x00\x20"), false},                 /* a caller below zero */
      {BYTES("\xa1\x00\x61k"), false},                /* a caller that is a text */
      {BYTES("\xa1\x61k\x00"), false},                /* a key that is a text */
      {BYTES("\xa1\x01\x05"), false},                 /* a stack that is a number */
      {BYTES("\xa1\x01\x82\x05\xf6"), false},         /* a frame that is null */
      {BYTES("\xa1\x02\x05"), false},                 /* messages that are a number */
      {BYTES("\xa1\x02\x81\x80"), false},             /* a message without a number */
      {BYTES("\xa1\x02\x81\x05"), false},             /* a message that is no array */
      {BYTES("\xa1\x02\x9f\x9f\xff\xff"), false},     /* the same with breaks */
      {BYTES("\xa1\x02\x81\x81\x61k"), false},        /* its number is a text */
      {BYTES("\xa1\x03\x84\x01\x02\x03\x04"), false}, /* one number too few */
      {BYTES("\xa1\x03\x01"), false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint64_t misshapen;
    struct calltap_trace_extra extra = extra_of(cases[i].bytes, cases[i].size, &misshapen);
    ck_assert_msg((misshapen == 0) == cases[i].good, "case %zu", i);
    ck_assert(!extra.has_caller && !extra.has_usage);
    ck_assert_ptr_null(extra.stack.at);
    ck_assert_ptr_null(extra.messages.at);
  }
  uint64_t misshapen;
  struct calltap_trace_extra extra = extra_of(BYTES("\xbf\x00\x20\x01\x9f\x05\x06\xff\xff"), &misshapen);
  ck_assert_uint_eq(misshapen, 1);
  ck_assert(!extra.has_caller);
  ck_assert_ptr_nonnull(extra.stack.at);
}
END_TEST

START_TEST(a_tag_holds_for_the_events_behind_it) {
  struct trace trace;
  small_start(&trace);
  trace_event(&trace, 1, CALL, 1100, 0);
  trace_tag(&trace);
  trace_uint(&trace, 42);
  trace_event(&trace, 1, RETURN, 1200, 0);
  trace_event(&trace, 1, CALL, 1300, 0);
  trace_tag(&trace);
  trace_bytes(&trace, "GET /", 5);
  trace_event(&trace, 1, RETURN, 1400, 0);
  trace_tag(&trace);
  trace_null(&trace);
  trace_event(&trace, 1, CALL, 1500, 0);
  trace_tag(&trace);
  trace_text(&trace, "no item");
  trace_event(&trace, 1, RETURN, 1600, 0);
  trace_chunk(&trace, PAGE, 2, 1000, 50);
  trace_thread(&trace, 2, 4714, "other");
  trace_event(&trace, 1, CALL, 1700, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  for (int round = 0; round < 2; round++) {
    ck_assert_ptr_null(calltap_reader_next(reader)->tag.at);
    ck_assert_uint_eq(*calltap_reader_next(reader)->tag.at, 0x18);
    ck_assert_uint_eq(*calltap_reader_next(reader)->tag.at, 0x18);
    struct calltap_items tag = calltap_reader_next(reader)->tag;
    ck_assert_uint_eq((size_t)(tag.end - tag.at), 6);
    ck_assert_mem_eq(tag.at,
                     "\x45"
                     "GET /",
                     6);
    for (int i = 0; i < 3; i++)
      ck_assert_ptr_null(calltap_reader_next(reader)->tag.at);
    ck_assert_uint_eq(small_counts(reader)->misshapen, 1);
    ck_assert_uint_eq(small_counts(reader)->unknown, 0);
    ck_assert_uint_gt(small_counts(reader)->misshapen_offset, 0);
    calltap_reader_rewind(reader);
  }
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* --- tables --- */

static void put_rows(struct trace *trace) {
  static const struct trace_label keys[] = {{"name", "PKc"}, {"stack", "stack"}, {0}}, none[] = {{0}};
  trace_table(trace, 3, 0, "time", (struct trace_label){"elapsed", ""}, keys);
  trace_table(trace, 4, 9, "hist", (struct trace_label){"n", "i"}, none);
  trace_row_head(trace, 3, 1, 2, 3);
  trace_bytes(trace, "ab", 2);
  trace_array(trace, 1);
  trace_uint(trace, 5);
  trace_uint(trace, 2);
  trace_uint(trace, 70);
  trace_uint(trace, 30);
  trace_uint(trace, 40);
  trace_row_other(trace, 3, 1, 0);
  trace_uint(trace, 6);
  trace_row_head(trace, 4, 2, 0, 2);
  trace_uint(trace, 3);
  trace_int(trace, -9);
  trace_map(trace, 2);
  trace_int(trace, -3);
  trace_uint(trace, 2);
  trace_uint(trace, 64);
  trace_uint(trace, 1);
}

START_TEST(rows_say_what_was_counted) {
  struct trace trace;
  small_start(&trace);
  trace_chunk(&trace, PAGE, 0, 5000, 4050);
  put_rows(&trace);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_trace_file *file = calltap_reader_file(reader, 0);
  ck_assert_uint_eq(small_count(reader), 0);
  ck_assert_uint_eq(small_counts(reader)->unknown + small_counts(reader)->misshapen, 0);
  ck_assert_uint_eq(file->rows, 4);
  ck_assert_uint_eq(file->counted_rows, 3);
  const struct calltap_trace_row *row = file->row; /* the first one is of the table without keys */
  ck_assert_ptr_eq(row->table, row[3].table);
  ck_assert_uint_eq(row++->count, 0);
  const struct calltap_trace_table *table = row->table;
  small_is_text(table->function->name, "process");
  small_is_text(table->value.name, "elapsed");
  small_is_text(table->key[1].name, "stack");
  ck_assert_int_eq(table->kind, CALLTAP_TABLE_TIME);
  ck_assert_str_eq(table->value.type, "");
  ck_assert_uint_eq(table->keys, 2);
  ck_assert_mem_eq(row->keys.at,
                   "\x42"
                   "ab\x81\x05",
                   5);
  ck_assert_ptr_eq(row->keys.end, row->keys.at + 5);
  ck_assert_uint_eq(row->count, 2);
  ck_assert(row->sum.some && row->least.some && row->most.some && !row->sum.is_negative);
  ck_assert_uint_eq(row->sum.number, 70);
  ck_assert_uint_eq(row->most.number, 40);
  ck_assert_ptr_null(row[1].keys.at);
  ck_assert_uint_eq(row[1].count, 6);
  ck_assert(!row[1].sum.some);
  ck_assert_uint_eq(row[2].table->function->index, 0);
  ck_assert_uint_eq(row[2].table->function_number, 9);
  ck_assert_ptr_nonnull(row[2].keys.at);
  ck_assert(row[2].sum.is_negative && !row[2].least.some);
  struct calltap_items buckets = row[2].buckets;
  int bucket;
  uint64_t count;
  ck_assert(calltap_trace_take_bucket(&buckets, &bucket, &count));
  ck_assert_int_eq(bucket, -3);
  ck_assert_uint_eq(count, 2);
  ck_assert(calltap_trace_take_bucket(&buckets, &bucket, &count));
  ck_assert_int_eq(bucket, 64);
  ck_assert(!calltap_trace_take_bucket(&buckets, &bucket, &count));
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(rows_that_are_wrong_are_left_out) {
  static const struct {
    const char *bytes;
    size_t size;
  } cases[] = {
      {BYTES("\x85\x63row\x09\x01\x80\x01")},                  /* no such table */
      {BYTES("\x85\x63row\x04\x01\x81\x05\x01")},              /* too many keys */
      {BYTES("\x85\x63row\x03\x01\x81\x05\x01")},              /* too few */
      {BYTES("\x85\x63row\x04\x01\x05\x01")},                  /* keys that are a number */
      {BYTES("\x85\x63row\x04\x01\x80\x20")},                  /* less than no event */
      {BYTES("\x84\x63row\x04\x01\x80")},                      /* no count */
      {BYTES("\x86\x63row\x04\x01\x80\x01\xf6")},              /* a sum that is null */
      {BYTES("\x86\x63row\x04\x01\x80\x01\xa1\x18\x41\x01")},  /* bucket 65 */
      {BYTES("\x86\x63row\x04\x01\x80\x01\xa1\x01\x20")},      /* so few values */
      {BYTES("\x87\x65table\x09\x00\x63sum\x60\x60\xf6")},     /* keys that are null */
      {BYTES("\x87\x65table\x09\x00\x63som\x60\x60\x80")},     /* an unknown kind */
      {BYTES("\x87\x65table\x09\x00\x63sum\x60\x60\x81\x80")}, /* a key without a label */
      {BYTES("\x84\x67message\x09\x00\x81\x81\x60")},          /* a label without a type */
      {BYTES("\x84\x67message\x1a\xff\xff\xff\xff\x00\x80")},  /* too large a number */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct trace trace;
    small_start(&trace);
    trace_chunk(&trace, PAGE, 0, 5000, 4050);
    size_t at = trace.size;
    put_rows(&trace);
    size_t wrong = trace.size;
    trace_raw(&trace, cases[i].bytes, cases[i].size);
    trace_finish(&trace);
    struct calltap_reader *reader = small_open(&trace);
    ck_assert_uint_gt(wrong, at);
    ck_assert_msg(calltap_reader_file(reader, 0)->counted_rows == 3, "case %zu", i);
    ck_assert_msg(small_counts(reader)->misshapen == 1, "case %zu", i);
    ck_assert_uint_eq(small_counts(reader)->misshapen_offset, wrong);
    calltap_reader_close(reader);
    trace_free(&trace);
  }
}
END_TEST

int main(void) {
  return RUN_SUITE("extra", extras_come_with_the_values, an_event_may_have_extras_and_no_values,
                   what_is_wrong_in_extras_is_left_out, a_tag_holds_for_the_events_behind_it, rows_say_what_was_counted,
                   rows_that_are_wrong_are_left_out);
}
