/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which calls and exits belong together. Each case is a list of records, and a list of what the reader makes of it, one
 * letter and one function an event: c call, r return, t tail call, u unwound, s skipped, e thread ended, o another kind, ? an exit whose
 * call is not known; = what was returned, ! what was thrown, by a call that had ended in a tail call. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "calltap/reader.h"
#include "suite.h"
#include "trace_builder.h"

enum { PAGE = 4096, CHUNK = 1 << 20 };

/* Functions are the letters f to m, of which m returns nothing; those of `with_exits` have their exits recorded. Records: "cf", "rf", "tf",
 * "tf>g" where it is known that g is called, "l" where an event was lost, and as what the runtime says of calls that are gone, "uf", "sf", "ef", "of". "rf2": two calls above it stay open; "rf?": its call is not in
 * the trace; "uf+2": two above it went the same way. */
static void build(struct trace *trace, const char *with_exits, const char *records) {
  static const char kinds[] = "crt", ways[] = "useo";
  struct trace_header header = {.rules = "*:*", .hz = 1000000000, .ticks = 0};
  static const struct trace_value none[] = {{0}};
  trace_start(trace, &header, PAGE);
  for (int i = 0; i < 8; i++) {
    char name[] = {(char)('f' + i), '\0'};
    uint64_t flags = strchr(with_exits, name[0]) != NULL ? CALLTAP_WIRE_HAS_EXITS : 0;
    struct trace_value result = {"", i == 7 ? "v" : "i", i == 7 ? 0 : CALLTAP_WIRE_OPTIMIZED_OUT};
    trace_function(trace, (uint64_t)i, "m", name, flags, result, none);
  }
  trace_chunk(trace, CHUNK, 1, 0, 0);
  uint64_t time = 0;
  while (records[0] != '\0') {
    if (records[0] == 'l') {
      time += 10;
      trace_lost(trace, "disk", 1, time, time);
      records += 1 + (records[1] == ' ');
      continue;
    }
    const char *kind = strchr(kinds, records[0]), *way = strchr(ways, records[0]);
    uint64_t function = (uint64_t)(records[1] - 'f');
    records += 2;
    bool has_callee = records[0] == '>', has_above = !has_callee && records[0] != ' ' && records[0] != '\0';
    trace_event_head(trace, function, kind != NULL ? (unsigned)(kind - kinds) : CALLTAP_WIRE_OTHER_EXIT, time += 10,
                     (way != NULL) + has_above + has_callee);
    if (way != NULL)
      trace_uint(trace, (uint64_t)(way - ways));
    if (has_callee)
      trace_uint(trace, (uint64_t)(records[1] - 'f'));
    records += has_callee ? 2 : 0;
    if (has_above) {
      trace_map(trace, 1);
      trace_uint(trace, records[0] == '+' ? CALLTAP_WIRE_EXTRA_GONE : CALLTAP_WIRE_EXTRA_ABOVE);
      records += records[0] == '+';
      if (records[0] == '?')
        trace_null(trace);
      else
        trace_uint(trace, (uint64_t)(records[0] - '0'));
    }
    records += has_above;
    records += records[0] == ' ';
  }
  trace_finish(trace);
}

static char letter(const struct calltap_event *event) {
  static const char exits[] = {
      [CALLTAP_EXIT_RETURN] = 'r',  [CALLTAP_EXIT_TAIL] = 't',       [CALLTAP_EXIT_SKIPPED] = 's',
      [CALLTAP_EXIT_UNWOUND] = 'u', [CALLTAP_EXIT_THREAD_END] = 'e', [CALLTAP_EXIT_OTHER] = 'o'};
  if (event->kind == CALLTAP_EVENT_CALL)
    return 'c';
  if (event->kind == CALLTAP_EVENT_LOST)
    return 'l';
  if (event->kind == CALLTAP_EVENT_RESULT)
    return event->exit == CALLTAP_EXIT_RETURN ? '=' : '!';
  return event->paired ? exits[event->exit] : '?';
}

/* "cf1 rf1": each event with its call number; '?' has none. */
static void check_pairs(const char *with_exits, const char *records, const char *expected) {
  struct trace trace;
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  const struct calltap_event *event;
  char found[512] = "";
  build(&trace, with_exits, records);
  calltap_reader_open_memory(reader, "t", trace.bytes, trace.size, &error);
  calltap_reader_tell_results(reader);
  while ((event = calltap_reader_next(reader)) != NULL) {
    size_t used = strlen(found);
    char name = letter(event) == 'l' ? ' ' : event->function->name.bytes[0];
    snprintf(found + used, sizeof found - used, "%s%c%c%d", used > 0 ? " " : "", letter(event), name, (int)event->call);
  }
  ck_assert_str_eq(found, expected);
  calltap_reader_close(reader);
  trace_free(&trace);
}

static const char all[] = "fghijklm";

START_TEST(nested_calls_pair) {
  check_pairs(all, "cf cg rg ch rh rf", "cf1 cg2 rg2 ch3 rh3 rf1");
  check_pairs(all, "cf cf cf rf rf rf", "cf1 cf2 cf3 rf3 rf2 rf1");
}
END_TEST

START_TEST(a_tail_call_ends_the_caller_first) { check_pairs(all, "cf tf cg tg ch rh", "cf1 tf1 cg2 tg2 ch3 rh3"); }
END_TEST

START_TEST(a_tail_call_has_the_result_of_its_callee) {
  check_pairs(all, "cf tf>g cg rg", "cf1 tf1 cg2 rg2 =f1");
  check_pairs(all, "ck cf tf>g cg ch rh rg rk", "ck1 cf2 tf2 cg3 ch4 rh4 rg3 =f2 rk1");
  check_pairs(all, "cf tf>g cg tg>h ch rh cf rf", "cf1 tf1 cg2 tg2 ch3 rh3 =g2 =f1 cf4 rf4");
  check_pairs(all, "cf tf>f cf tf>f cf rf", "cf1 tf1 cf2 tf2 cf3 rf3 =f2 =f1");
  check_pairs(all, "cf tf>g cg cf tf>g cg rg rg", "cf1 tf1 cg2 cf3 tf3 cg4 rg4 =f3 rg2 =f1");
  check_pairs(all, "cf tf>g cg ug", "cf1 tf1 cg2 ug2 !f1");
  check_pairs(all, "cf tf>m cm rm", "cf1 tf1 cm2 rm2 =f1");
}
END_TEST

START_TEST(nobody_has_the_result_of_a_call_that_may_be_another) {
  check_pairs(all, "cf tf cg rg", "cf1 tf1 cg2 rg2");
  check_pairs(all, "cf tf>g ch rh cg rg", "cf1 tf1 ch2 rh2 cg3 rg3");
  check_pairs(all, "ck cf tf>g rk cg rg", "ck1 cf2 tf2 rk1 cg3 rg3");
  check_pairs(all, "cf tf>g l cg rg", "cf1 tf1 l 0 cg2 rg2");
  check_pairs(all, "cf tf>g cg tg ch rh", "cf1 tf1 cg2 tg2 ch3 rh3");
  check_pairs(all, "cf tf>g cg tg>h cg rg", "cf1 tf1 cg2 tg2 cg3 rg3");
  check_pairs("fh", "cf tf>g cg cg", "cf1 tf1 cg2 cg3");
  check_pairs(all, "tf>g cg rg", "?f0 cg1 rg1");
}
END_TEST

START_TEST(a_call_that_has_no_result_is_told_none) {
  check_pairs(all, "cm tm>g cg rg", "cm1 tm1 cg2 rg2");
  check_pairs(all, "cf tf>m cm tm>g cg rg", "cf1 tf1 cm2 tm2 cg3 rg3 =f1");
  check_pairs(all, "cm tm>g cg ug", "cm1 tm1 cg2 ug2 !m1");
  check_pairs(all, "cf tf>g cg sg", "cf1 tf1 cg2 sg2");
  check_pairs(all, "ck cf tf>g cg rk", "ck1 cf2 tf2 cg3 sg3 rk1");
}
END_TEST

/* A loop of tail calls: the first of them are told, and nothing grows. Called from a call that is open all the time, again and again. */
START_TEST(a_chain_without_end_is_bounded) {
  enum { CHAINS = 3, CALLS = 200000, TOLD = 64 };
  struct trace trace;
  struct trace_header header = {.rules = "*:*", .hz = 1000000000};
  struct calltap_reader_error error;
  uint64_t time = 0, told = 0, last = 0, first = 1;
  trace_start(&trace, &header, PAGE);
  trace_function(&trace, 1, "m", "f", CALLTAP_WIRE_HAS_EXITS, (struct trace_value){"", "i", CALLTAP_WIRE_OPTIMIZED_OUT},
                 (const struct trace_value[]){{0}});
  trace_chunk(&trace, PAGE * 4096, 1, 0, 0);
  for (int i = 0; i < CHAINS * CALLS; i++) {
    bool is_last = i % CALLS == CALLS - 1;
    trace_event(&trace, 1, CALLTAP_WIRE_CALL, time++, 0);
    trace_event_head(&trace, 1, is_last ? CALLTAP_WIRE_RETURN : CALLTAP_WIRE_TAIL, time++, !is_last);
    if (!is_last)
      trace_uint(&trace, 1);
  }
  trace_finish(&trace);
  struct calltap_reader *reader = calltap_reader_new();
  calltap_reader_open_memory(reader, "t", trace.bytes, trace.size, &error);
  calltap_reader_tell_results(reader);
  const struct calltap_event *event;
  while ((event = calltap_reader_next(reader)) != NULL) {
    if (event->kind == CALLTAP_EVENT_RESULT) {
      ck_assert_uint_eq(event->call, first + TOLD - 1 - told);
      ck_assert_uint_eq(event->by_call, last);
      told++;
    } else if (event->exit == CALLTAP_EXIT_RETURN && event->kind == CALLTAP_EVENT_EXIT) {
      first = event->call - CALLS + 1;
      last = event->call;
      ck_assert_uint_eq(told, last == CALLS ? 0 : TOLD);
      told = 0;
    }
  }
  ck_assert_uint_eq(told, TOLD);
  ck_assert_uint_eq(last, CHAINS * CALLS);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(an_exit_further_down_skips_what_is_above) {
  check_pairs(all, "cf cg ch rf cf rf", "cf1 cg2 ch3 sh3 sg2 rf1 cf4 rf4");
  check_pairs(all, "cf cg cg rf", "cf1 cg2 cg3 sg3 sg2 rf1");
}
END_TEST

START_TEST(an_exit_without_a_call_changes_nothing) {
  check_pairs(all, "rf cg rg", "?f0 cg1 rg1");
  check_pairs(all, "cf rg rf", "cf1 ?g0 rf1");
  check_pairs(all, "tf cg rg", "?f0 cg1 rg1");
}
END_TEST

START_TEST(calls_that_are_gone_are_the_innermost) {
  check_pairs(all, "cf cg ch uh ug rf", "cf1 cg2 ch3 uh3 ug2 rf1");
  check_pairs(all, "cf cg sg cg sg rf", "cf1 cg2 sg2 cg3 sg3 rf1");
  check_pairs(all, "cf cf ef ef", "cf1 cf2 ef2 ef1");
  check_pairs(all, "cf of cf rf", "cf1 of1 cf2 rf2");
  check_pairs(all, "uf cg rg", "?f0 cg1 rg1");
  check_pairs(all, "cf cg uf", "cf1 cg2 sg2 uf1");
}
END_TEST

START_TEST(so_many_calls_above_went_the_same_way) {
  check_pairs(all, "cf cf cf ug+2 rf", "cf1 cf2 cf3 uf3 uf2 ?g0 rf1");
  check_pairs(all, "cf cg cf cg uf+1 rg", "cf1 cg2 cf3 cg4 ug4 uf3 rg2");
  check_pairs(all, "cf cg sf+9", "cf1 cg2 sg2 sf1");
}
END_TEST

/* As on two stacks that take turns. */
START_TEST(calls_above_stay_open) {
  check_pairs(all, "cf cg rf1 ch rg1 rh", "cf1 cg2 rf1 ch3 rg2 rh3");
  check_pairs(all, "cf cf cf rf2 rf rf", "cf1 cf2 cf3 rf1 rf3 rf2");
  check_pairs(all, "cf cg ch uf2 rh rg", "cf1 cg2 ch3 uf1 rh3 rg2");
  check_pairs(all, "cf rf1", "cf1 ?f0");
  check_pairs(all, "cf cg rf2 rg rf", "cf1 cg2 ?f0 rg2 rf1");
}
END_TEST

START_TEST(an_exit_whose_call_is_known_to_be_missing_pairs_with_none) {
  check_pairs(all, "cf rf? rf", "cf1 ?f0 rf1");
  check_pairs(all, "cf cg rf? rg rf", "cf1 cg2 ?f0 rg2 rf1");
}
END_TEST

START_TEST(calls_that_never_end_stay_open) { check_pairs(all, "cf cg", "cf1 cg2"); }
END_TEST

START_TEST(functions_without_return_in_their_rule_are_never_open) {
  check_pairs("f", "cf cg cg rf", "cf1 cg2 cg3 rf1");
  check_pairs("", "cf cg cf cg", "cf1 cg2 cf3 cg4");
}
END_TEST

START_TEST(an_exit_that_arrives_all_the_same_is_believed) { check_pairs("", "cf rf cf rf", "cf1 ?f0 cf2 rf2"); }
END_TEST

static uint32_t depth_after(const char *records) {
  struct trace trace;
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  const struct calltap_event *event;
  uint32_t depth = 0;
  build(&trace, all, records);
  calltap_reader_open_memory(reader, "t", trace.bytes, trace.size, &error);
  while ((event = calltap_reader_next(reader)) != NULL)
    depth = event->depth;
  calltap_reader_close(reader);
  trace_free(&trace);
  return depth;
}

START_TEST(depth_counts_open_calls_and_itself) {
  ck_assert_uint_eq(depth_after("cf"), 1);
  ck_assert_uint_eq(depth_after("cf cg ch"), 3);
  ck_assert_uint_eq(depth_after("cf cg rg"), 2);
  ck_assert_uint_eq(depth_after("cf cg rf"), 1);
}
END_TEST

/* 1.5 million open calls: the older ones are forgotten, the newer ones still pair. */
START_TEST(a_stack_without_end_is_bounded) {
  enum { CALLS = 1500000, EXITS = 100000 };
  struct trace trace;
  struct trace_header header = {.rules = "*:*", .hz = 1000000000};
  struct calltap_reader_error error;
  trace_start(&trace, &header, PAGE);
  trace_chunk(&trace, PAGE * 4096, 1, 0, 0);
  for (int i = 0; i < CALLS; i++)
    trace_event(&trace, 1, 0, (uint64_t)i, 0);
  for (int i = 0; i < EXITS; i++)
    trace_event(&trace, 1, 1, (uint64_t)CALLS + (uint64_t)i, 0);
  trace_finish(&trace);
  struct calltap_reader *reader = calltap_reader_new();
  calltap_reader_open_memory(reader, "t", trace.bytes, trace.size, &error);
  const struct calltap_event *event;
  uint64_t expected = CALLS;
  while ((event = calltap_reader_next(reader)) != NULL) {
    if (event->kind == CALLTAP_EVENT_CALL)
      continue;
    ck_assert(event->paired);
    ck_assert_uint_eq(event->call, expected--);
  }
  ck_assert_uint_eq(expected, CALLS - EXITS);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

int main(void) {
  return RUN_SUITE("pairing", nested_calls_pair, a_tail_call_ends_the_caller_first,
                   a_tail_call_has_the_result_of_its_callee, nobody_has_the_result_of_a_call_that_may_be_another,
                   a_call_that_has_no_result_is_told_none, a_chain_without_end_is_bounded,
                   an_exit_further_down_skips_what_is_above, an_exit_without_a_call_changes_nothing,
                   calls_that_are_gone_are_the_innermost, so_many_calls_above_went_the_same_way, calls_above_stay_open,
                   an_exit_whose_call_is_known_to_be_missing_pairs_with_none, calls_that_never_end_stay_open,
                   functions_without_return_in_their_rule_are_never_open, an_exit_that_arrives_all_the_same_is_believed,
                   depth_counts_open_calls_and_itself, a_stack_without_end_is_bounded);
}
