/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which events a filter wants. A case is what options say, and the events that are left: each as its kind (c call, r return, l lost,
 * m mark), and the number of its call. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "message.h"
#include "small_trace.h"
#include "suite.h"

/* 2023-11-14 22:13:20 UTC, and the last second of a day. */
static const uint64_t usual = UINT64_C(1700000000) * 1000000000, evening = UINT64_C(1700006399) * 1000000000;

/* struct client { int fd; const char *name; } */
static const char definition[] = "6.client=S16{2.fd0i4.name8PKc}";

/* A pointer to 16 bytes, whose second eight point to a text; `length` 0: the text is whole. */
static void client(struct trace *trace, int fd, const char *name, uint64_t length) {
  struct {
    int64_t fd;
    uint64_t name;
  } bytes = {fd, 0x5000};
  trace_array(trace, 3);
  trace_uint(trace, 0x4000);
  trace_bytes(trace, &bytes, sizeof bytes);
  trace_array(trace, 2);
  trace_uint(trace, 8);
  trace_array(trace, length == 0 ? 2 : 3);
  trace_uint(trace, 0x5000);
  trace_bytes(trace, name, strlen(name));
  if (length != 0)
    trace_uint(trace, length);
}

/* `get(c, n, x)` is called three times, a millisecond each, 10 ms apart; below the second `poll()`, without exits. Behind them a mark
 * and a loss. */
static void build(struct trace *trace, uint64_t real_ns) {
  static const struct trace_value get[] = {{"c", "PN6.client", 1}, {"n", "i", 1}, {"x", "d", 1}, {"gone", "i", 2}, {0}};
  static const struct trace_value none[] = {{0}};
  static const int64_t numbers[] = {1, -2, 3};
  struct trace_header header = small_header;
  header.real_ns = real_ns;
  header.ticks = 0;
  trace_start(trace, &header, PAGE);
  trace_type(trace, 0, definition, (struct trace_view){0});
  trace_unit(trace, 0, 1);
  trace->unit = 0;
  trace_function(trace, 0, "db", "get", 4, (struct trace_value){"", "i", 1}, get);
  trace_function(trace, 1, "io", "poll", 0, (struct trace_value){"", "i", 1}, none);
  trace_chunk(trace, PAGE, 1, 0, 0);
  trace_thread(trace, 1, 77, "worker-3");
  for (unsigned i = 0; i < 3; i++) {
    trace_event_head(trace, 0, CALL, i * 10000000, 3);
    client(trace, (int)i + 5, i == 1 ? "a long na" : "anna", i == 1 ? 80 : 0);
    trace_int(trace, numbers[i]);
    trace_double(trace, i * 0.5);
    if (i == 1)
      trace_event(trace, 1, CALL, i * 10000000 + 500, 0);
    trace_event(trace, 0, RETURN, i * 10000000 + 1000000 + i, 1, (int64_t)i * 100 - 100);
  }
  trace_array(trace, 4);
  trace_text(trace, "mark");
  trace_uint(trace, 30000000);
  trace_text(trace, "half");
  trace_text(trace, "way");
  trace_lost(trace, "disk", 7, 31000000, 31000001);
  trace_finish(trace);
}

static char letter(const struct calltap_event *event) {
  static const char letters[] = {
      [CALLTAP_EVENT_CALL] = 'c', [CALLTAP_EVENT_EXIT] = 'r', [CALLTAP_EVENT_LOST] = 'l', [CALLTAP_EVENT_MARK] = 'm'};
  return letters[event->kind];
}

/* The events that a question leaves, "" if it is no question, with the first message in `said`. */
static const char *left(uint64_t real_ns, const struct filter_question *question, char said[512]) {
  static char found[512];
  struct trace trace;
  build(&trace, real_ns);
  struct calltap_reader *reader = small_open(&trace);
  message_keep(said, 512);
  struct filter *filter = filter_make(reader, question);
  const struct calltap_event *event;
  found[0] = '\0';
  while (filter != NULL && (event = calltap_reader_next(reader)) != NULL) {
    size_t used = strlen(found);
    if (!filter_wants(filter, event))
      continue;
    snprintf(found + used, sizeof found - used, "%s%c", used > 0 ? " " : "", letter(event));
    if (event->call != 0)
      snprintf(found + used + (used > 0) + 1, 8, "%d", (int)event->call);
  }
  if (filter != NULL)
    filter_say(filter);
  message_keep(NULL, 0);
  filter_free(filter);
  calltap_reader_close(reader);
  trace_free(&trace);
  return found;
}

static void set(struct filter_question *question, int option, const char *value) {
  ck_assert_msg(filter_set(question, option, value), "%s", value);
}

static void check_option(int option, const char *value, const char *expected) {
  struct filter_question question = {.utc = true};
  char said[512];
  set(&question, option, value);
  ck_assert_msg(strcmp(left(usual, &question, said), expected) == 0, "%s leaves %s", value,
                left(usual, &question, said));
}

#define ALL "c1 r1 c2 c3 r2 c4 r4 m l"

START_TEST(everything) {
  struct filter_question question = {0};
  char said[512];
  ck_assert_str_eq(left(usual, &question, said), ALL);
  ck_assert(!filter_asks(&question));
}
END_TEST

START_TEST(moments) {
  check_option(FILTER_FROM_OPTION, "+10ms", "c2 c3 r2 c4 r4 m l");
  check_option(FILTER_TO_OPTION, "+1ms", "c1 r1");
  check_option(FILTER_TO_OPTION, "+999us", "c1");
  check_option(FILTER_FROM_OPTION, "22:13:20.02", "c4 r4 m l");
  check_option(FILTER_TO_OPTION, "22:13:20.02", "c1 r1 c2 c3 r2 c4 r4");
  check_option(FILTER_TO_OPTION, "22:13:20.020", "c1 r1 c2 c3 r2 c4");
  check_option(FILTER_TO_OPTION, "22:13:20", ALL);
  check_option(FILTER_TO_OPTION, "22:13", ALL);
  check_option(FILTER_FROM_OPTION, "22:14", "");
  check_option(FILTER_FROM_OPTION, "10:14", ALL);
  check_option(FILTER_FROM_OPTION, "2023-11-14T22:13:20.000000001Z", "r1 c2 c3 r2 c4 r4 m l");
  check_option(FILTER_FROM_OPTION, "2023-11-15 00:00", "");
}
END_TEST

START_TEST(a_time_of_day_is_on_the_nearest_day) {
  struct filter_question question = {.utc = true};
  char said[512];
  set(&question, FILTER_TO_OPTION,
      "00:00:00.01"); /* it is 23:59:59 when the trace begins, and long before midnight when it ends */
  ck_assert_str_eq(left(evening, &question, said), ALL);
  set(&question, FILTER_FROM_OPTION, "23:59:59.02");
  ck_assert_str_eq(left(evening, &question, said), "c4 r4 m l");
  set(&question, FILTER_FROM_OPTION, "00:00:00");
  ck_assert_str_eq(left(evening, &question, said), "");
}
END_TEST

START_TEST(zones) {
  struct filter_question question = {0};
  char said[512];
  setenv("TZ", "XXX-5:30", 1);
  set(&question, FILTER_FROM_OPTION, "03:43:20.01");
  ck_assert_str_eq(left(usual, &question, said), "c2 c3 r2 c4 r4 m l");
  set(&question, FILTER_FROM_OPTION, "2023-11-15T03:43:20.02");
  ck_assert_str_eq(left(usual, &question, said), "c4 r4 m l");
  set(&question, FILTER_FROM_OPTION, "22:13:20.02Z");
  ck_assert_str_eq(left(usual, &question, said), "c4 r4 m l");
}
END_TEST

START_TEST(what_is_no_moment) {
  static const char *const wrong[] = {
      "",           "+",           "+1",         "1:00",      "24:00",          "12:60",
      "12:00:",     "12:00:00.",   "12:00:00.x", "12:00:00 ", "2023-1-01T1:00", "2023-13-01T12:00",
      "2023-11-01", "2023-11-01T", "now",        "12",        "12:00:00ZZ"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct filter_question question = {0};
    char said[512];
    message_keep(said, sizeof said);
    bool good = filter_set(&question, FILTER_FROM_OPTION, wrong[i]);
    message_keep(NULL, 0);
    ck_assert_msg(!good, "%s", wrong[i]);
    ck_assert_msg(strstr(said, "--from") == said, "%s", said);
  }
}
END_TEST

START_TEST(kinds) {
  check_option(FILTER_EVENT_OPTION, "call", "c1 c2 c3 c4");
  check_option(FILTER_EVENT_OPTION, "exit", "r1 r2 r4");
  check_option(FILTER_EVENT_OPTION, "return,lost", "r1 r2 r4 l");
  check_option(FILTER_EVENT_OPTION, "tail", "");
  check_option(FILTER_EVENT_OPTION, "mark", "m");
}
END_TEST

START_TEST(the_last_ones) {
  check_option(FILTER_LAST_OPTION, "3", "r4 m l");
  check_option(FILTER_LAST_OPTION, "12ms", "c4 r4 m l");
  struct filter_question question = {.utc = true};
  char said[512];
  set(&question, FILTER_LAST_OPTION, "2");
  set(&question, FILTER_FUNCTION_OPTION, "get");
  set(&question, FILTER_EVENT_OPTION, "exit");
  set(&question, FILTER_TO_OPTION, "+15ms");
  ck_assert_str_eq(left(usual, &question, said), "r1 r2");
}
END_TEST

START_TEST(threads_and_functions) {
  check_option(FILTER_THREAD_OPTION, "worker-*", ALL);
  check_option(FILTER_THREAD_OPTION, "77", ALL);
  check_option(FILTER_THREAD_OPTION, "7", "");
  check_option(FILTER_FUNCTION_OPTION, "io:*", "c3 m l");
}
END_TEST

/* The third call of `get` took 2 ns more than a millisecond. What has no exit is of unknown length, and stays. */
START_TEST(short_calls) {
  check_option(FILTER_MIN_OPTION, "1ms", ALL);
  check_option(FILTER_MIN_OPTION, "1000001ns", "c2 c3 r2 c4 r4 m l");
  check_option(FILTER_MIN_OPTION, "1000002ns", "c3 c4 r4 m l");
}
END_TEST

START_TEST(guards) {
  check_option(FILTER_WHERE_OPTION, "n > 0", "c1 r1 c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "n < -1", "c2 r2 m l");
  check_option(FILTER_WHERE_OPTION, "x == 0.5", "c2 r2 m l");
  check_option(FILTER_WHERE_OPTION, "c->fd >= 6", "c2 r2 c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "c->name == \"anna\"", "c1 r1 c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "c->name ~ \"a*a\" and c->fd != 5", "c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "strlen(c->name) == 4", "c1 r1 c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "tid() == 77 and thread() == \"worker-3\"", ALL);
  check_option(FILTER_WHERE_OPTION, "depth() == 2", "c3 m l");
}
END_TEST

START_TEST(guards_at_the_exit) {
  check_option(FILTER_WHERE_OPTION, "ret < 0", "c1 r1 m l");
  check_option(FILTER_WHERE_OPTION, "ret == n + 97", "c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "elapsed > 1000001ns", "c4 r4 m l");
  check_option(FILTER_WHERE_OPTION, "exit() == return and c->fd == 6", "c2 r2 m l");
  check_option(FILTER_WHERE_OPTION, "exit() == tail", "m l");
}
END_TEST

/* A text that was cut may go on in any way; but that it begins otherwise is known. */
START_TEST(what_the_trace_does_not_hold) {
  struct filter_question question = {.utc = true};
  char said[512];
  set(&question, FILTER_WHERE_OPTION, "c->name == \"a long name\"");
  ck_assert_str_eq(left(usual, &question, said), "m l");
  ck_assert_msg(strstr(said, "could not be decided for 1 call:") != NULL, "%s", said);
  set(&question, FILTER_WHERE_OPTION, "c->name == \"berta\"");
  ck_assert_str_eq(left(usual, &question, said), "m l");
  ck_assert_str_eq(said, "");
  set(&question, FILTER_WHERE_OPTION, "c->name == \"anna\" or 10 / (n - n) == 0");
  ck_assert_str_eq(left(usual, &question, said), "c1 r1 c4 r4 m l");
}
END_TEST

static void check_refused(const char *guard, const char *expected) {
  struct filter_question question = {.where = guard};
  char said[512];
  ck_assert_str_eq(left(usual, &question, said), "");
  if (expected != NULL)
    ck_assert_msg(strstr(said, expected) != NULL, "%s: %s", guard, said);
}

/* What message_rule says goes to stderr. */
START_TEST(what_is_no_guard) {
  check_refused("n > 0 -> stack", "--where takes a guard");
  check_refused("n > 0; g", "--where takes a guard");
  check_refused("caller() == 0", NULL);
  check_refused("gone == 1", NULL);
  check_refused("nothing == 1", NULL);
  check_refused("n >", NULL);
  check_refused("", NULL);
}
END_TEST

int main(void) {
  setenv("TZ", "UTC", 1);
  return RUN_SUITE("filter", everything, moments, a_time_of_day_is_on_the_nearest_day, zones, what_is_no_moment, kinds,
                   the_last_ones, threads_and_functions, short_calls, guards, guards_at_the_exit,
                   what_the_trace_does_not_hold, what_is_no_guard);
}
