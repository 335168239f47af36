/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What waits in a thread: events for the exits of scopes, entries for those of calls, and calls that are open. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Check writes a file at every assertion. Here are many: only failures are told it. */
#define REQUIRE(holds, ...)                                                                                            \
  do {                                                                                                                 \
    if (!(holds))                                                                                                      \
      ck_abort_msg(__VA_ARGS__);                                                                                       \
  } while (0)

static uint8_t room[1 << 16];
static struct stream stream;
static struct session *const session = &calltap__sessions[0];
static uint8_t *kept, *hold;
static struct open_call *open_call;

static void start(void) {
  memset(room, 0, sizeof room);
  stream = (struct stream){.cursor = (uintptr_t)room,
                           .end = (uintptr_t)room + sizeof room,
                           .kept = kept,
                           .hold = hold,
                           .open_call = open_call,
                           .session = session};
  session->keeping = 7; /* scopes 0 to 2 decide at their exits */
  session->is_limited = false;
}

/* What a test has mapped, the next one uses. */
static void end(void) {
  kept = stream.kept;
  hold = stream.hold;
  open_call = stream.open_call;
}

/* -- events ------------------------------------------------------------------------------------------------------------- */

/* [4 or 5, time, letter] */
static uint32_t keep(char letter, uint32_t scopes, bool is_exit) {
  const uint8_t event[] = {0x83, is_exit ? 5 : 4, 0x1A, 0, 0, 0, 1, 0x18, (uint8_t)letter};
  const struct made_event made = {event, sizeof event, 1, !is_exit, true};
  return calltap__scope_keep(&stream, &made, scopes);
}

static void keep_well(const char *letters, uint32_t scopes) {
  for (; *letters; letters++)
    REQUIRE(keep(*letters, scopes, *letters >= 'a'), "no room for %c", *letters);
}

/* The letters of the events in the stream, in their order. */
static const char *written(void) {
  static char text[4096];
  size_t n = 0;
  const uint8_t *at = room, *stop = (const uint8_t *)stream.cursor;
  while (at < stop) {
    struct cbor_load_result result;
    cbor_item_t *item = cbor_load(at, (size_t)(stop - at), &result);
    REQUIRE(item, "no item at %zd", at - room);
    at += result.read;
    if (cbor_isa_array(item) && cbor_array_size(item) == 3)
      text[n++] = (char)cbor_get_int(cbor_array_handle(item)[2]);
    cbor_decref(&item);
  }
  text[n] = 0;
  return text;
}

/* -- scopes -------------------------------------------------------------------------------------------------------------- */

static const struct calltap_operation yes_op = {.op = CALLTAP_OP_ACCEPT};

static struct open_call open_scopes(uint32_t scopes) {
  struct filter_scope scope[CALLTAP_UNDERS];
  struct filter filter = {.scope = scope};
  for (unsigned i = 0; i < CALLTAP_UNDERS; i++)
    if (scopes >> i & 1)
      scope[filter.scopes++] =
          (struct filter_scope){.number = (uint8_t)i, .exit_program = session->keeping >> i & 1 ? &yes_op : NULL};
  const struct match_input in = {.stream = &stream};
  struct decision d = {0};
  struct open_call call = {.kept_from = (uint32_t)stream.kept_used};
  call.opened = calltap__scope_open(&filter, &in, &d);
  ck_assert_uint_eq(call.opened, scopes);
  ck_assert(d.needs_entry == ((scopes & session->keeping) != 0));
  return call;
}

static void close_scopes(const struct open_call *call, uint32_t yes) { calltap__scope_close(&stream, call, yes); }

static void check_empty(void) {
  ck_assert_uint_eq(stream.keeping, 0);
  ck_assert_uint_eq(stream.kept_used, 0);
  for (unsigned i = 0; i < CALLTAP_UNDERS; i++)
    ck_assert_uint_eq(stream.under_open[i], 0);
}

START_TEST(a_scope_decides_about_what_is_below_it) {
  start();
  struct open_call no = open_scopes(1);
  keep_well("ABba", 1);
  close_scopes(&no, 0);
  check_empty();
  struct open_call yes = open_scopes(1);
  keep_well("CDdc", 1);
  ck_assert_str_eq(written(), "");
  close_scopes(&yes, 1);
  check_empty();
  ck_assert_str_eq(written(), "CDdc");
  ck_assert_uint_eq(stream.calls, 2);
  ck_assert_uint_eq(stream.exits, 2);
  end();
}
END_TEST

START_TEST(scopes_inside_themselves) {
  start();
  struct open_call outer = open_scopes(1);
  keep_well("A", 1);
  struct open_call inner = open_scopes(1);
  keep_well("B", 1);
  close_scopes(&inner, 0); /* the outer one may still want it */
  keep_well("C", 1);
  ck_assert_uint_eq(stream.keeping, 1);
  close_scopes(&outer, 1);
  check_empty();
  ck_assert_str_eq(written(), "ABC");
  outer = open_scopes(1);
  keep_well("D", 1);
  inner = open_scopes(1);
  keep_well("E", 1);
  close_scopes(&inner, 1); /* what is below the inner one only */
  ck_assert_str_eq(written(), "ABCE");
  keep_well("F", 1);
  close_scopes(&outer, 0);
  check_empty();
  ck_assert_str_eq(written(), "ABCE");
  end();
}
END_TEST

START_TEST(two_scopes_at_once) {
  start();
  struct open_call first = open_scopes(1);
  keep_well("A", 1);
  struct open_call second = open_scopes(2);
  keep_well("B", 3);
  keep_well("C", 2);
  keep_well("D", 1);
  close_scopes(&second, 0); /* B still waits for the first */
  close_scopes(&first, 1);
  check_empty();
  ck_assert_str_eq(written(), "ABD");
  first = open_scopes(1);
  second = open_scopes(2);
  keep_well("E", 3);
  keep_well("F", 2);
  close_scopes(&second, 2);
  ck_assert_str_eq(written(), "ABDEF");
  keep_well("G", 1);
  close_scopes(&first, 1); /* E is not written twice */
  check_empty();
  ck_assert_str_eq(written(), "ABDEFG");
  struct open_call both = open_scopes(3); /* of one call */
  keep_well("H", 1);
  keep_well("I", 2);
  close_scopes(&both, 2);
  check_empty();
  ck_assert_str_eq(written(), "ABDEFGI");
  end();
}
END_TEST

START_TEST(scopes_without_a_condition_only_count) {
  start();
  struct open_call plain = open_scopes(8);
  ck_assert_uint_eq(stream.under_open[3], 1);
  ck_assert_uint_eq(stream.keeping, 0);
  struct open_call again = open_scopes(8);
  struct open_call waits = open_scopes(1);
  keep_well("A", 1);
  close_scopes(&waits, 1);
  close_scopes(&again, 0);
  ck_assert_uint_eq(stream.under_open[3], 1);
  close_scopes(&plain, 0);
  check_empty();
  ck_assert_str_eq(written(), "A");
  end();
}
END_TEST

START_TEST(what_is_wanted_now_does_not_wait) {
  start();
  struct open_call call = open_scopes(1);
  uint32_t a = keep('A', 1, false), b = keep('B', 1, false);
  calltap__scope_release(&stream, b);
  calltap__scope_release(&stream, b);
  ck_assert_str_eq(written(), "B");
  close_scopes(&call, 1);
  check_empty();
  ck_assert_str_eq(written(), "BA");
  ck_assert(a && b && a != b);
  end();
}
END_TEST

START_TEST(the_space_is_bounded_and_comes_back) {
  start();
  size_t count = 0;
  struct open_call outer = open_scopes(1);
  keep_well("A", 1);
  struct open_call inner = open_scopes(2);
  while (keep('B', 2, false))
    count++;
  ck_assert_uint_gt(count, KEPT_BYTES / 64);
  ck_assert_uint_le(stream.kept_used, KEPT_BYTES);
  ck_assert_uint_eq(keep('C', 1, false), 0);
  close_scopes(&inner, 0);
  keep_well("D", 1);
  close_scopes(&outer, 1);
  check_empty();
  ck_assert_str_eq(written(), "AD");
  end();
}
END_TEST

START_TEST(a_limit_of_calls_is_that_of_kept_ones_too) {
  start();
  session->is_limited = true;
  session->request.limits.calls = 2;
  atomic_store(&session->calls_left, 2);
  struct open_call call = open_scopes(1);
  keep_well("ABCDdcba", 1);
  close_scopes(&call, 1);
  check_empty();
  ck_assert_str_eq(written(), "ABba"); /* the exits of C and D came first, and belong to calls that were not taken */
  ck_assert_uint_eq(stream.calls, 2);
  ck_assert_uint_eq(stream.skipped, 0);
  session->is_limited = false;
  end();
}
END_TEST

/* -- in the middle of it ---------------------------------------------------------------------------------------------------- */

enum { TRAP = 0x100 };
static volatile int steps, refused;

/* A handler with a scope of its own, at every instruction of the function it interrupts. */
static void interrupt(int signal) {
  (void)signal;
  steps++;
  struct open_call call = {.kept_from = (uint32_t)stream.kept_used, .opened = 2};
  stream.under_open[1]++;
  stream.keeping++;
  refused += !keep('X', 2, false);
  (void)keep('Y', 2, true);
  close_scopes(&call, 0);
}

static void set_trap(bool on) {
  unsigned long long flags = __builtin_ia32_readeflags_u64();
  __builtin_ia32_writeeflags_u64(on ? flags | TRAP : flags & ~(unsigned long long)TRAP);
}

START_TEST(handlers_have_scopes_between_any_two_instructions) {
  const struct sigaction action = {.sa_handler = interrupt};
  ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
  for (uint32_t yes = 0; yes < 2; yes++) {
    start();
    keep('Z', 1, false); /* the memory is mapped */
    stream.kept_used = 0;
    steps = 0;
    set_trap(true);
    struct open_call call = open_scopes(1);
    (void)keep('A', 1, false);
    (void)keep('B', 1, false);
    (void)keep('a', 1, true);
    close_scopes(&call, yes);
    set_trap(false);
    ck_assert_int_gt(steps, 300);
    ck_assert_int_eq(refused, 0);
    check_empty();
    ck_assert_str_eq(written(), yes ? "ABa" : "");
    end();
  }
}
END_TEST

START_TEST(handlers_fill_the_space_between_any_two_instructions) {
  const struct sigaction action = {.sa_handler = interrupt};
  ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
  start();
  struct open_call call = open_scopes(1);
  while (keep('B', 4, false))
    continue;
  stream.kept_used -= 160; /* room for some */
  while (true) {
    set_trap(true);
    bool kept_one = keep('A', 1, false);
    set_trap(false);
    REQUIRE(stream.kept_used <= KEPT_BYTES, "%zu bytes are kept", (size_t)stream.kept_used);
    if (!kept_one)
      break;
  }
  ck_assert_int_gt(refused, 0);
  close_scopes(&call, 0);
  ck_assert_str_eq(written(), "");
  end();
}
END_TEST

/* -- memory that is held --------------------------------------------------------------------------------------------------- */

START_TEST(memory_is_held_in_a_stack) {
  start();
  uintptr_t mark[3], more;
  uint8_t *a = calltap__hold_take(&stream, 1, &mark[0]);
  uint8_t *b = calltap__hold_take(&stream, 17, &mark[1]);
  uint8_t *c = calltap__hold_take(&stream, 32, &mark[2]);
  ck_assert(a && b == a + 16 && c == b + 32);
  ck_assert_uint_eq(mark[0], 0);
  calltap__hold_give_back(&stream, mark[2]);
  calltap__hold_give_back(&stream, mark[1]);
  ck_assert_ptr_eq(calltap__hold_take(&stream, 1, &more), b);
  calltap__hold_give_back(&stream, more);
  ck_assert_ptr_null(calltap__hold_take(&stream, HOLD_BYTES, &more));
  ck_assert_ptr_null(calltap__hold_take(&stream, HOLD_BYTES - 15, &more));
  ck_assert_ptr_eq(calltap__hold_take(&stream, HOLD_BYTES - 16, &more), b);
  ck_assert_ptr_null(calltap__hold_take(&stream, 1, &mark[1]));
  calltap__hold_give_back(&stream, more);
  calltap__hold_give_back(&stream, mark[0]);
  ck_assert_uint_eq(stream.hold_used, 0);
  end();
}
END_TEST

/* -- open calls ------------------------------------------------------------------------------------------------------------ */

static bool note(uint32_t number, uintptr_t stack, bool is_wanted) {
  if (!calltap__hold_has_room(&stream, stack, number))
    return false;
  const struct open_call call = {
      .stack = stack, .site = number, .number = number, .is_wanted = is_wanted, .sure = number};
  calltap__hold_open(&stream, &call);
  return true;
}

static bool ends(uint32_t number, uintptr_t stack) {
  struct open_call call;
  bool is_noted = calltap__hold_close(&stream, number, stack, &call);
  ck_assert(!is_noted || (call.number == number && call.stack == stack));
  ck_assert(!is_noted || !call.is_wanted || call.sure == number);
  return is_noted;
}

START_TEST(exits_belong_to_the_innermost_call) {
  start();
  ck_assert(!ends(1, 100));
  note(1, 100, true);
  note(2, 90, false);
  note(1, 80, true);
  ck_assert(!ends(3, 70)); /* entered before the session began */
  ck_assert(ends(1, 80));
  ck_assert(ends(2, 90));
  ck_assert(ends(1, 100));
  ck_assert(!ends(1, 100));
  ck_assert_uint_eq(stream.open_calls, 0);
  end();
}
END_TEST

START_TEST(calls_that_were_left_are_forgotten_with_all_they_had) {
  start();
  note(1, 100, true);
  uintptr_t mark[2];
  ck_assert_ptr_nonnull(calltap__hold_take(&stream, 64, &mark[0]));
  struct open_call scope = open_scopes(1);
  scope.stack = 90;
  scope.number = 2;
  scope.is_wanted = true;
  scope.held = (uint32_t)mark[0] + 1;
  calltap__hold_open(&stream, &scope);
  keep_well("A", 1);
  ck_assert_ptr_nonnull(calltap__hold_take(&stream, 64, &mark[1]));
  const struct open_call inner = {.stack = 80,
                                  .number = 3,
                                  .is_wanted = true,
                                  .held = (uint32_t)mark[1] + 1,
                                  .kept_from = (uint32_t)stream.kept_used};
  calltap__hold_open(&stream, &inner);
  ck_assert(ends(1, 100)); /* by longjmp across 2 and 3 */
  ck_assert_uint_eq(stream.hold_used, 0);
  check_empty();
  ck_assert_str_eq(written(), ""); /* a scope that was left says no */
  end();
}
END_TEST

static void note_at(uint32_t number, uintptr_t stack, uintptr_t site) {
  ck_assert(calltap__hold_has_room(&stream, stack, site));
  const struct open_call call = {.stack = stack, .site = site, .number = number};
  calltap__hold_open(&stream, &call);
}

START_TEST(a_call_in_the_place_of_another_shows_that_it_was_left) {
  start();
  note_at(1, 100, 1);
  note_at(2, 90, 2);
  note_at(3, 80, 3);
  for (int i = 0; i < 5000; i++) { /* 2 and 3 are left by longjmp, again and again */
    note_at(2, 90, 2);
    note_at(3, 80, 3);
  }
  ck_assert_uint_eq(stream.open_calls, 3);
  ck_assert(ends(3, 80));
  stream.unnoted = 4;
  struct open_call scope = open_scopes(1);
  scope.stack = 80;
  scope.site = 3;
  scope.is_wanted = true;
  calltap__hold_open(&stream, &scope);
  keep_well("A", 1);
  note_at(2, 90, 2); /* so that all of it is over */
  check_empty();
  ck_assert_uint_eq(stream.unnoted, 0);
  ck_assert(ends(2, 90));
  note_at(4, 90, 4); /* another function there may stand beside it, as inlined ones do */
  note_at(5, 90, 5);
  note_at(5, 85, 5);
  ck_assert_uint_eq(stream.open_calls, 4);
  ck_assert(ends(5, 85));
  ck_assert(ends(5, 90));
  ck_assert(ends(4, 90));
  note_at(6, 300, 6); /* on another stack, above */
  note_at(6, 290, 6);
  ck_assert(ends(6, 290));
  ck_assert(ends(6, 300));
  ck_assert(ends(1, 100));
  ck_assert_uint_eq(stream.open_calls, 0);
  ck_assert_str_eq(written(), "");
  end();
}
END_TEST

START_TEST(calls_beyond_the_last_are_counted) {
  start();
  uintptr_t stack = 1 << 20;
  uint32_t count = 0;
  while (note(count, stack - count * 16, false))
    count++;
  ck_assert_uint_eq(count, 1024);
  stream.unnoted = 3;
  for (uint32_t i = 3; i--;)
    ck_assert(!ends(5, stack - (count + i) * 16));
  ck_assert_uint_eq(stream.unnoted, 0);
  ck_assert(ends(count - 1, stack - (count - 1) * 16));
  stream.unnoted = 2; /* these two are left by longjmp, to where the tenth call ends */
  ck_assert(ends(10, stack - 160));
  ck_assert_uint_eq(stream.unnoted, 0);
  ck_assert_uint_eq(stream.open_calls, 10);
  ck_assert(note(7, stack - 200, false));
  end();
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_scope", a_scope_decides_about_what_is_below_it, scopes_inside_themselves, two_scopes_at_once,
                   scopes_without_a_condition_only_count, what_is_wanted_now_does_not_wait,
                   the_space_is_bounded_and_comes_back, a_limit_of_calls_is_that_of_kept_ones_too,
                   handlers_have_scopes_between_any_two_instructions,
                   handlers_fill_the_space_between_any_two_instructions, memory_is_held_in_a_stack,
                   exits_belong_to_the_innermost_call, calls_that_were_left_are_forgotten_with_all_they_had,
                   a_call_in_the_place_of_another_shows_that_it_was_left, calls_beyond_the_last_are_counted);
}
