/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a profile makes of calls and exits. Each case is a list of records, ten nanoseconds after each other, and what is to be said of each
 * function: calls, total, self, and what is not usual. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rows.h"
#include "lib/tree.h"
#include "lib/twins.h"
#include "small_trace.h"
#include "suite.h"

enum { CHUNK = 1 << 20 };

/* Functions are the letters f to m, of modules a (f to i) and b; "cf" calls f, "rf" returns, "tf" ends it in a tail call. "|" goes on in
 * another thread, at time 0. */
static void build(struct trace *trace, const char *with_exits, const char *records) {
  static const char kinds[] = "crt";
  static const struct trace_value none[] = {{0}};
  uint64_t time = 0, stream = 1;
  trace_start(trace, &small_header, PAGE);
  for (int i = 0; i < 8; i++) {
    char name[] = {(char)('f' + i), '\0'};
    uint64_t flags = strchr(with_exits, name[0]) != NULL ? CALLTAP_WIRE_HAS_EXITS : 0;
    trace_function(trace, (uint64_t)i, i < 4 ? "a" : "b", name, flags, (struct trace_value){"", "v", 0}, none);
  }
  trace_chunk(trace, CHUNK, stream, 1000, 50);
  trace_thread(trace, stream, 100 + stream, "main");
  for (; *records != '\0'; records++) {
    if (*records == ' ')
      continue;
    if (*records == '|') {
      trace_chunk(trace, CHUNK, ++stream, 1000, 50);
      trace_thread(trace, stream, 100 + stream, "other");
      time = 0;
      continue;
    }
    unsigned kind = (unsigned)(strchr(kinds, records[0]) - kinds);
    trace_event(trace, (uint64_t)(records[1] - 'f'), kind, 1000 + (time += 10), 0);
    records++;
  }
  trace_finish(trace);
}

/* A trace and its profile. */
struct made {
  struct trace trace;
  struct calltap_reader *reader;
  struct calltap__profile *profile;
};

static void make(struct made *made, const char *with_exits, const char *records,
                 struct calltap__profile_options options) {
  const struct calltap_event *event;
  memset(made, 0, sizeof *made);
  build(&made->trace, with_exits, records);
  made->reader = small_open(&made->trace);
  made->profile = calltap__profile_new(options);
  ck_assert_ptr_nonnull(made->profile);
  while ((event = calltap_reader_next(made->reader)) != NULL)
    calltap__profile_event(made->profile, event);
  calltap__profile_finish(made->profile);
  ck_assert(!made->profile->failed);
}

static void unmake(struct made *made) {
  calltap__profile_free(made->profile);
  calltap_reader_close(made->reader);
  trace_free(&made->trace);
}

static void add_some(char *text, size_t room, const char *what, uint64_t count) {
  size_t used = strlen(text);
  if (count > 0)
    snprintf(text + used, room - used, " %s%d", what, (int)count);
}

/* "a:f/0 1 20 10": name, calls, total, self. */
static void show(const struct calltap__profile *profile, char *text, size_t room) {
  struct calltap__rows rows;
  ck_assert(calltap__rows_make(&rows, profile));
  calltap__rows_sort(&rows, profile, CALLTAP__SORT_NAME);
  for (size_t i = 0; i < rows.rows; i++) {
    const struct calltap__row *row = &rows.row[i];
    struct calltap__builder name = {0};
    calltap__group_name(&name, profile, row->group);
    size_t used = strlen(text);
    snprintf(text + used, room - used, "%s%.*s %d %d %d", used > 0 ? ", " : "", (int)name.size, name.bytes,
             (int)row->calls, (int)row->total, (int)row->self);
    add_some(text, room, "open", row->open);
    add_some(text, room, "errors", row->errors);
    add_some(text, room, "tails", row->tails);
    add_some(text, room, "unmatched", row->unmatched);
    add_some(text, room, "untimed", row->calls - row->timed);
    add_some(text, room, "threads", row->threads > 1 ? row->threads : 0);
    calltap__builder_free(&name);
  }
  calltap__rows_free(&rows);
}

static void check_by(enum calltap__profile_by by, const char *with_exits, const char *records, const char *expected) {
  struct made made;
  char text[1024] = "";
  make(&made, with_exits, records, (struct calltap__profile_options){.by = by, .threads = by == CALLTAP__BY_THREAD});
  show(made.profile, text, sizeof text);
  ck_assert_str_eq(text, expected);
  unmake(&made);
}

static void check(const char *with_exits, const char *records, const char *expected) {
  check_by(CALLTAP__BY_FUNCTION, with_exits, records, expected);
}

static const char all[] = "fghijklm";

START_TEST(self_is_total_without_what_was_called) {
  check(all, "cf rf", "a:f/0 1 10 10");
  check(all, "cf cg rg cg rg rf", "a:f/0 1 50 30, a:g/0 2 20 20");
  check(all, "cf cg ch rh rg rf cf rf", "a:f/0 2 60 30, a:g/0 1 30 20, a:h/0 1 10 10");
}
END_TEST

START_TEST(a_recursive_function_is_counted_once_on_its_stack) {
  check(all, "cf cf cf rf rf rf", "a:f/0 3 50 50");
  check(all, "cf cg cf rf rg rf", "a:f/0 2 50 30, a:g/0 1 30 20");
  check(all, "cg cf cf rf rf rg cf rf", "a:f/0 3 40 40, a:g/0 1 50 20");
}
END_TEST

START_TEST(a_tail_call_stands_beside_its_caller) {
  check(all, "cf cg tg ch rh rf", "a:f/0 1 50 30, a:g/0 1 10 10 tails1, a:h/0 1 10 10");
}
END_TEST

START_TEST(calls_that_are_open_have_their_time_so_far) {
  check(all, "cf cg rg", "a:f/0 1 20 10 open1 untimed1, a:g/0 1 10 10");
  check(all, "cf cg", "a:f/0 1 10 10 open1 untimed1, a:g/0 1 0 0 open1 untimed1");
}
END_TEST

START_TEST(calls_that_were_left_end_where_that_was_seen) {
  check(all, "cf cg ch rf", "a:f/0 1 30 10, a:g/0 1 20 10 errors1 untimed1, a:h/0 1 10 10 errors1 untimed1");
}
END_TEST

START_TEST(exits_without_a_call_are_counted) {
  check(all, "rf cg rg", "a:f/0 0 0 0 unmatched1, a:g/0 1 10 10");
  check(all, "cf rg rf", "a:f/0 1 20 20, a:g/0 0 0 0 unmatched1");
}
END_TEST

START_TEST(calls_without_exits_have_no_time) { check("f", "cf cg cg rf", "a:f/0 1 30 30, a:g/0 2 0 0 untimed2"); }
END_TEST

START_TEST(threads_have_stacks_of_their_own) {
  check(all, "cf cg rg rf | cg rg", "a:f/0 1 30 20, a:g/0 2 20 20 threads2");
  check_by(CALLTAP__BY_THREAD, all, "cf cg rg rf | cg rg", "main/101 2 30 30, other/102 1 10 10");
}
END_TEST

START_TEST(modules_and_callers) {
  check_by(CALLTAP__BY_MODULE, all, "cf cg cj rj rg rf", "a 2 50 40, b 1 10 10");
  check_by(
      CALLTAP__BY_CALLER, all, "cf ch rh rf ch rh rg",
      "a:f/0 <- (none) 1 30 20, a:g/0 <- (none) 0 0 0 unmatched1, a:h/0 <- a:f/0 1 10 10, a:h/0 <- (none) 1 10 10");
}
END_TEST

/* Deeper than the reader keeps: it forgets the outermost calls, and so must the profile. */
START_TEST(very_deep_stacks) {
  enum { DEPTH = (1 << 20) + 10 };
  struct made made;
  struct trace trace;
  static const struct trace_value none[] = {{0}};
  trace_start(&trace, &small_header, PAGE);
  trace_function(&trace, 0, "a", "f", CALLTAP_WIRE_HAS_EXITS, (struct trace_value){"", "v", 0}, none);
  trace_chunk(&trace, 1 << 24, 1, 1000, 50);
  trace_thread(&trace, 1, 101, "main");
  for (uint64_t i = 0; i < DEPTH; i++)
    trace_event(&trace, 0, CALL, 1000 + i, 0);
  for (uint64_t i = 0; i < DEPTH; i++)
    trace_event(&trace, 0, RETURN, 1000 + DEPTH + i, 0);
  trace_finish(&trace);
  made.trace = trace;
  made.reader = small_open(&made.trace);
  made.profile = calltap__profile_new((struct calltap__profile_options){0});
  const struct calltap_event *event;
  while ((event = calltap_reader_next(made.reader)) != NULL)
    calltap__profile_event(made.profile, event);
  calltap__profile_finish(made.profile);
  ck_assert_uint_eq(made.profile->calls, DEPTH);
  ck_assert_uint_eq(made.profile->exits, DEPTH);
  ck_assert_uint_eq(made.profile->open, made.profile->unmatched);
  ck_assert_uint_ge(made.profile->open, 10);
  unmake(&made);
}
END_TEST

static void check_folded(const char *records, enum calltap__weight weight, uint32_t deepest, const char *expected) {
  struct made made;
  struct calltap__weights weights;
  struct calltap__out out = {.fd = -1};
  char text[512];
  make(&made, all, records, (struct calltap__profile_options){0});
  ck_assert(calltap__weigh(&weights, made.profile, weight, CALLTAP__ORDER_WEIGHT));
  out.start = out.at = text;
  out.end = text + sizeof text;
  struct calltap__tree tree = {.profile = made.profile, .weights = &weights, .weight = weight, .deepest = deepest};
  calltap__tree_folded(&tree, &out);
  *out.at = '\0';
  ck_assert_str_eq(text, expected);
  calltap__weights_free(&weights);
  unmake(&made);
}

START_TEST(paths_by_weight) {
  check_folded("cf cg rg ch cg rg rh rf", CALLTAP__WEIGHT_TIME, 0,
               "a:f/0 30\na:f/0;a:h/0 20\na:f/0;a:h/0;a:g/0 10\na:f/0;a:g/0 10\n");
  check_folded("cf cg rg cg rg ch rh rf", CALLTAP__WEIGHT_CALLS, 0, "a:f/0 1\na:f/0;a:g/0 2\na:f/0;a:h/0 1\n");
  check_folded("cf cg cf cg rg rf rg rf", CALLTAP__WEIGHT_TIME, 2, "a:f/0 20\na:f/0;a:g/0 50\n");
}
END_TEST

START_TEST(twins_have_the_same_path) {
  struct made a, b;
  make(&a, all, "cf cg ch rh rg rf ch rh", (struct calltap__profile_options){0});
  make(&b, all, "cm rm ch rh cf cg rg ch rh rf", (struct calltap__profile_options){0});
  uint32_t *twin = calltap__twin_nodes(a.profile, b.profile);
  ck_assert_ptr_nonnull(twin);
  size_t some = 0;
  for (size_t i = 1; i < a.profile->nodes; i++) {
    const struct calltap__profile_node *ours = &a.profile->node[i], *theirs = &b.profile->node[twin[i]];
    if (twin[i] == 0)
      continue;
    some++;
    ck_assert_str_eq(a.profile->function[ours->function].mfa.bytes, b.profile->function[theirs->function].mfa.bytes);
    ck_assert_uint_eq(twin[ours->parent], theirs->parent);
  }
  ck_assert_uint_eq(some, 3); /* f, f;g, h; not f;g;h */
  free(twin);
  unmake(&a);
  unmake(&b);
}
END_TEST

int main(void) {
  return RUN_SUITE("profile", self_is_total_without_what_was_called, a_recursive_function_is_counted_once_on_its_stack,
                   a_tail_call_stands_beside_its_caller, calls_that_are_open_have_their_time_so_far,
                   calls_that_were_left_end_where_that_was_seen, exits_without_a_call_are_counted,
                   calls_without_exits_have_no_time, threads_have_stacks_of_their_own, modules_and_callers,
                   very_deep_stacks, paths_by_weight, twins_have_the_same_path);
}
