/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Events that stand behind newer ones of their thread. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "small_trace.h"
#include "suite.h"

enum { CHUNK = 1 << 16, FUNCTIONS = 8 };

static void start(struct trace *trace, size_t chunk) {
  static const struct trace_value none[] = {{0}};
  trace_start(trace, &small_header, PAGE);
  for (uint64_t i = 0; i < FUNCTIONS; i++) {
    char name[] = {(char)('f' + i), '\0'};
    trace_function(trace, i, "m", name, 4, (struct trace_value){"", "v", 0}, none);
  }
  trace_chunk(trace, chunk, 1, 1000, 50);
  trace_thread(trace, 1, 11, "main");
}

/* "cf5" is a call of f at 5, "rf6" its return; "@4" a clock record; "=7" a tag, "=" none. */
static void put_records(struct trace *trace, const char *records) {
  while (*records != '\0') {
    char *end;
    bool is_event = *records == 'c' || *records == 'r';
    uint64_t number = strtoull(records + 1 + is_event, &end, 10);
    if (is_event) {
      trace_event(trace, (uint64_t)(records[1] - 'f'), *records == 'c' ? CALL : RETURN, 1000 + number, 0);
    } else if (*records == '@') {
      trace_clock(trace, 1000 + number);
    } else {
      trace_tag(trace);
      if (end == records + 1) {
        trace_null(trace);
      } else {
        trace_uint(trace, number);
      }
    }
    records = end + strspn(end, " ");
  }
}

/* "cf5#1": each event with its time and the number of its call; "=7" behind it is its tag. */
static void show(struct calltap_reader *reader, char *out, size_t room) {
  const struct calltap_event *event;
  *out = '\0';
  while ((event = calltap_reader_next(reader)) != NULL) {
    size_t used = strlen(out);
    used += (size_t)snprintf(out + used, room - used, "%s%c%c%d#%d", used > 0 ? " " : "",
                             event->kind == CALLTAP_EVENT_CALL ? 'c' : 'r', event->function->name.bytes[0],
                             (int)event->t_ns, (int)event->call);
    if (event->tag.at != NULL)
      snprintf(out + used, room - used, "=%d", *event->tag.at);
  }
}

static void check(const char *records, const char *expected) {
  struct trace trace;
  char found[512];
  start(&trace, PAGE);
  put_records(&trace, records);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  for (int round = 0; round < 2; round++) {
    show(reader, found, sizeof found);
    ck_assert_str_eq(found, expected);
    calltap_reader_rewind(reader);
  }
  calltap_reader_close(reader);
  trace_free(&trace);
}

START_TEST(a_late_call_goes_before_what_it_called) {
  check("cg5 rg6 @4 cf4 @7 rf7", "cf4#1 cg5#2 rg6#2 rf7#1");
  check("cg5 rg6 @4 cf4 rf7", "cf4#1 cg5#2 rg6#2 rf7#1");
}
END_TEST

START_TEST(late_calls_nest_as_they_did) {
  check("ch3 rh4 @2 cg2 @5 rg5 @1 cf1 @9 rf9 ci10 ri11", "cf1#1 cg2#2 ch3#3 rh4#3 rg5#2 rf9#1 ci10#4 ri11#4");
  check("cf1 ch5 rh6 @2 cg2 rg3 ci4 @7 ri7 rf8", "cf1#1 cg2#2 rg3#2 ci4#3 ch5#4 rh6#4 ri7#3 rf8#1");
}
END_TEST

START_TEST(late_ones_between_others_are_in_order_too) {
  check("cf10 rf20 @11 cg11 rg12 @30 cf30 @13 cg13 rg14 @31 rf31",
        "cf10#1 cg11#2 rg12#2 cg13#3 rg14#3 rf20#1 cf30#4 rf31#4");
  check("cf10 rf20 @15 cg15 rg16 @11 ch11 rh12", "cf10#1 ch11#2 rh12#2 cg15#3 rg16#3 rf20#1");
}
END_TEST

START_TEST(late_ones_have_the_tag_they_stand_behind) {
  check("cg5 =1 rg6 =2 @4 cf4 = @7 rf7", "cf4#1=2 cg5#2 rg6#2=1 rf7#1");
}
END_TEST

/* A signal handler's events stand behind the event they interrupted, and no clock record tells of it. */
START_TEST(without_a_clock_record_events_stay_as_they_stand) { check("cf5 cg3 rg4 rf6", "cf5#1 cg3#2 rg4#2 rf6#1"); }
END_TEST

START_TEST(equal_times_stay_as_they_stand) { check("@1 cf5 cg5 @5 rg5 rf5", "cf5#1 cg5#2 rg5#2 rf5#1"); }
END_TEST

START_TEST(the_upper_half_of_the_clock_may_be_another) {
  struct trace trace;
  char found[512];
  const uint64_t high = UINT64_C(1) << 32;
  start(&trace, PAGE);
  trace_clock(&trace, high);
  trace_event(&trace, 1, CALL, high + 2000, 0);
  trace_chunk(&trace, PAGE, 1, high + 3000, high + 2050);
  trace_event(&trace, 1, RETURN, high + 3000, 0);
  trace_clock(&trace, high - 1000);
  trace_event(&trace, 0, CALL, high - 1000, 0);
  trace_clock(&trace, high + 4000);
  trace_event(&trace, 0, RETURN, high + 4000, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  show(reader, found, sizeof found);
  char expected[512];
  int low = (int)(high - 1000);
  snprintf(expected, sizeof expected, "cf%d#1 cg%d#2 rg%d#2 rf%d#1", low - 1000, low + 2000, low + 3000, low + 4000);
  ck_assert_str_eq(found, expected);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

/* --- many, at random --- */

enum { EVENTS = 20000, MOST_DEPTH = 12 };

/* What a program does, and what of it a writer still holds back: from each open call that does so. */
struct run {
  struct trace trace;
  unsigned seed;
  uint32_t time;
  struct {
    uint8_t function;
    uint8_t kind;
    uint32_t time;
  } event[EVENTS], held[EVENTS];
  size_t events;
  size_t held_events;
  size_t first_held[MOST_DEPTH]; /* of each open call; SIZE_MAX: it holds nothing */
  bool only_itself[MOST_DEPTH];
  uint8_t open[MOST_DEPTH];
  size_t depth;
};

static unsigned random_below(struct run *run, unsigned limit) { return (unsigned)rand_r(&run->seed) % limit; }

static void write_event(struct run *run, uint8_t function, uint8_t kind, uint32_t time) {
  struct trace *trace = &run->trace;
  if (trace->size + 64 > trace->chunk_start + trace->chunk_size)
    trace_chunk(trace, PAGE, 1, run->time, run->time);
  trace_event(trace, function, kind, time, 0);
}

/* Writes what is held from `first` on, behind a clock record. */
static void let_go(struct run *run, size_t first) {
  struct trace *trace = &run->trace;
  if (trace->size + 64 > trace->chunk_start + trace->chunk_size)
    trace_chunk(trace, PAGE, 1, run->time, run->time);
  trace_clock(trace, first < run->held_events ? run->held[first].time : run->time);
  for (size_t i = first; i < run->held_events; i++)
    write_event(run, run->held[i].function, run->held[i].kind, run->held[i].time);
  run->held_events = first;
  trace_clock(trace, run->time);
}

static bool holds_all(const struct run *run) {
  for (size_t i = 0; i < run->depth; i++) {
    if (run->first_held[i] != SIZE_MAX && !run->only_itself[i])
      return true;
  }
  return false;
}

static void happen(struct run *run, uint8_t function, uint8_t kind, bool hold) {
  run->time += 1 + random_below(run, 5);
  run->event[run->events].function = function;
  run->event[run->events].kind = kind;
  run->event[run->events++].time = run->time;
  if (hold || holds_all(run)) {
    run->held[run->held_events].function = function;
    run->held[run->held_events].kind = kind;
    run->held[run->held_events++].time = run->time;
  } else {
    write_event(run, function, kind, run->time);
  }
}

static void enter(struct run *run) {
  uint8_t function = (uint8_t)random_below(run, FUNCTIONS);
  bool hold = random_below(run, 3) == 0;
  size_t first = hold ? run->held_events : SIZE_MAX;
  bool only_itself = random_below(run, 2) == 0;
  happen(run, function, CALL, hold);
  run->first_held[run->depth] = first;
  run->only_itself[run->depth] = only_itself;
  run->open[run->depth++] = function;
}

static void leave(struct run *run) {
  size_t first = run->first_held[--run->depth];
  if (first != SIZE_MAX && !holds_all(run))
    let_go(run, first);
  happen(run, run->open[run->depth], RETURN, false);
}

static bool is_event(const struct run *run, size_t at, const struct calltap_event *event) {
  bool is_call = run->event[at].kind == CALL;
  return event->t_ns + 1000 == (int64_t)run->event[at].time && event->number == run->event[at].function &&
         event->kind == (is_call ? CALLTAP_EVENT_CALL : CALLTAP_EVENT_EXIT) && (is_call || event->paired);
}

static void check_random(unsigned seed) {
  static struct run run;
  memset(&run, 0, sizeof run);
  run.seed = seed;
  run.time = 1000;
  start(&run.trace, PAGE);
  while (run.events + MOST_DEPTH < EVENTS) {
    if (run.depth == 0 || (run.depth < MOST_DEPTH && random_below(&run, 2) == 0)) {
      enter(&run);
    } else {
      leave(&run);
    }
  }
  while (run.depth > 0)
    leave(&run);
  trace_finish(&run.trace);
  struct calltap_reader *reader = small_open(&run.trace);
  for (size_t i = 0; i < run.events; i++) {
    const struct calltap_event *event = calltap_reader_next(reader);
    if (event == NULL || !is_event(&run, i, event))
      ck_abort_msg("seed %u: event %zu is another", seed, i);
  }
  ck_assert_ptr_null(calltap_reader_next(reader));
  ck_assert_uint_eq(small_counts(reader)->calls, run.events / 2);
  calltap_reader_close(reader);
  trace_free(&run.trace);
}

START_TEST(any_late_events_end_up_in_order) {
  for (unsigned seed = 1; seed <= 40; seed++)
    check_random(seed);
}
END_TEST

int main(void) {
  return RUN_SUITE("late", a_late_call_goes_before_what_it_called, late_calls_nest_as_they_did,
                   late_ones_between_others_are_in_order_too, late_ones_have_the_tag_they_stand_behind,
                   without_a_clock_record_events_stay_as_they_stand, equal_times_stay_as_they_stand,
                   the_upper_half_of_the_clock_may_be_another, any_late_events_end_up_in_order);
}
