/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that are open on a thread: whatever way a program leaves them, each is ended by its own exit or is said to be gone, once, the
 * innermost first, and none is while it is open. Here the program is random, and knows which of its calls are open. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <string.h>

/* Check writes a file at every assertion. Here are many: only failures are told it. */
#define REQUIRE(holds, ...)                                                                                            \
  do {                                                                                                                 \
    if (!(holds))                                                                                                      \
      ck_abort_msg(__VA_ARGS__);                                                                                       \
  } while (0)

enum { CALLS = 200000 / SLOWNESS, DEEPEST = NOTE_ROOM + 1000, FUNCTIONS = 5 };
/* The thread's own stack ends here, and that of a fiber somewhere else. Nothing is read there. */
static const uintptr_t own_top = (uintptr_t)1 << 44, fiber_top = (uintptr_t)1 << 43;

static uint8_t room[1 << 19], *read_to;
static struct stream stream;
static const struct registers registers;

/* What the program knows of its calls, from the outermost on. */
static struct call {
  uintptr_t place;
  uint32_t number;
  bool is_left; /* by a jump that nobody saw */
} call[DEEPEST];
static size_t calls;

/* Functions from this number on may stand in the frames of others. */
enum { SHARED = 1000 };

static uint64_t word_of(uintptr_t place, uint32_t number) {
  uint64_t note = (number + 1) | (number >= SHARED ? NOTE_SHARED : 0);
  return note << NOTE_STACK_BITS | place >> 3;
}

static void start(void) {
  memset(room, 0, sizeof room);
  stream = (struct stream){.cursor = (uintptr_t)room, .end = (uintptr_t)room + sizeof room};
  stream.session = &calltap__sessions[0];
  stream.session->is_limited = false;
  stream.clock_high = (uint32_t)(calltap__ticks() >> 32);
  calltap__peek_stack_top = own_top;
  read_to = room;
  calls = 0;
}

/* The next exit that was reported: its function, and in `way` how it was left. False: there is none. */
static bool next_report(uint32_t *number, unsigned *way) {
  struct cbor_load_result result;
  while ((uintptr_t)read_to < stream.cursor) {
    cbor_item_t *item = cbor_load(read_to, (size_t)(room + sizeof room - read_to), &result);
    REQUIRE(item, "no item at %td", read_to - room);
    read_to += result.read;
    bool is_exit = cbor_isa_array(item) && cbor_array_size(item) >= 3 && cbor_isa_uint(cbor_array_handle(item)[0]);
    if (is_exit) {
      *number = (uint32_t)(cbor_get_int(cbor_array_handle(item)[0]) >> CALLTAP_WIRE_EVENT_BITS);
      *way = (unsigned)cbor_get_int(cbor_array_handle(item)[2]);
    }
    cbor_decref(&item);
    if (is_exit)
      return true;
  }
  stream.cursor = (uintptr_t)room; /* for the next ones */
  read_to = room;
  return false;
}

/* What is said to be gone is the innermost that is noted, and was left. */
static size_t take_reports(unsigned expected) {
  uint32_t number;
  unsigned way;
  size_t count = 0;
  for (; next_report(&number, &way); count++) {
    REQUIRE(calls, "function %u is gone, and nothing was open", number);
    const struct call *c = &call[--calls];
    REQUIRE(c->number == number, "function %u is gone, and the innermost is %u", number, c->number);
    REQUIRE(c->is_left || expected == CALLTAP_WIRE_WAY_THREAD_END, "function %u is gone, and is open", number);
    REQUIRE(way == expected, "function %u was left by way %u, not %u", number, way, expected);
  }
  return count;
}

/* As the hook does at an entry. */
static bool enter(uintptr_t place, uint32_t number) {
  uint64_t word = word_of(place, number);
  if (!calltap__open_is_inside(&stream, word) && !calltap__open_prepare(&stream, word, &registers))
    return false;
  take_reports(CALLTAP_WIRE_WAY_SKIPPED);
  calltap__open_note(&stream, word);
  call[calls++] = (struct call){place, number, false};
  return true;
}

/* And at an exit. */
static enum open_end leave(uintptr_t place, uint32_t number, uint32_t *above) {
  uint64_t word = word_of(place, number);
  *above = 0;
  if (calltap__open_is_innermost(&stream, word))
    return OPEN_ENDED;
  return calltap__open_end(&stream, word, &registers, above);
}

/* The innermost call that is really open. */
static size_t innermost(void) {
  size_t at = calls;
  while (at && call[at - 1].is_left)
    at--;
  return at;
}

static void leave_innermost(void) {
  size_t at = innermost();
  uint32_t above;
  REQUIRE(leave(call[at - 1].place, call[at - 1].number, &above) == OPEN_ENDED && !above, "its exit was not known");
  take_reports(CALLTAP_WIRE_WAY_SKIPPED);
  REQUIRE(calls == at, "%zu calls were left by a jump and are not said to be gone at the exit", calls - at);
  calls--;
}

static uint64_t state = 1;
static unsigned random_below(unsigned bound) {
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (unsigned)(state >> 33) % bound;
}

/* -- the thread's own stack ------------------------------------------------------------------------------------------------ */

/* Calls, returns, and jumps over any number of frames, of few functions, so that many are recursive, and places are used again. */
START_TEST(random_jumps) {
  start();
  size_t jumps = 0, reported = 0;
  for (unsigned i = 0; i < CALLS; i++) {
    size_t open = innermost();
    unsigned what = random_below(20);
    if (!open || (what < 10 && open < 500)) {
      uintptr_t under = open ? call[open - 1].place : own_top;
      enter(under - 8 * (1 + random_below(6)), random_below(FUNCTIONS));
    } else if (what < 18) {
      leave_innermost();
    } else {
      for (size_t n = random_below(8); n && open; n--)
        call[--open].is_left = true;
      jumps++;
    }
    const struct call *top = innermost() ? &call[innermost() - 1] : NULL;
    REQUIRE(stream.noted_count <= calls + 1, "%zu are noted, of %zu calls", (size_t)stream.noted_count - 1, calls);
    for (size_t n = calls; top && what < 10 && n > innermost(); n--)
      REQUIRE(call[n - 1].place > top->place, "a frame below that of a call is not said to be gone");
    reported += calls;
  }
  ck_assert_uint_gt(jumps, CALLS / 20);
  ck_assert_uint_gt(reported, 0);
  for (size_t n = 0; n < calls; n++)
    call[n].is_left = true;
  size_t left = calls;
  calltap__open_thread_ended(&stream);
  ck_assert_uint_eq(take_reports(CALLTAP_WIRE_WAY_THREAD_END), left);
  ck_assert_uint_eq(calls, 0);
  ck_assert_uint_eq(stream.not_held, 0);
}
END_TEST

/* Inlined functions have the frame of the one they are in: they leave it in turn, and none is gone but what is jumped over. */
START_TEST(frames_that_are_shared) {
  start();
  enter(own_top - 64, 1);
  enter(own_top - 64, SHARED);
  enter(own_top - 64, SHARED + 1);
  ck_assert_uint_eq(calls, 3);
  leave_innermost();
  leave_innermost();
  leave_innermost();
  ck_assert_uint_eq(stream.noted_count, 1);
  enter(own_top - 64, 1);
  enter(own_top - 64, SHARED);
  call[1].is_left = true;
  leave_innermost();
  enter(own_top - 64, SHARED);
  call[0].is_left = true;
  enter(own_top - 64, SHARED); /* the same again, in the frame of another call */
  ck_assert_uint_eq(calls, 1);
}
END_TEST

/* Unwinding that arrives in a frame ends what is below it, and nothing else. */
START_TEST(unwinding) {
  start();
  for (unsigned i = 1; i <= 10; i++)
    enter(own_top - 64 * i, i);
  for (unsigned i = 4; i < 10; i++)
    call[i].is_left = true;
  struct way way = {.kind = CALLTAP_WIRE_WAY_UNWOUND, .r = &registers};
  calltap__open_unwound(&stream, word_of(own_top - 64 * 4, 0), &way);
  ck_assert_uint_eq(take_reports(CALLTAP_WIRE_WAY_UNWOUND), 6);
  ck_assert_uint_eq(calls, 4);
  while (calls)
    leave_innermost();
}
END_TEST

/* What is deeper than there is room for is not noted, its exits are known for that, and a jump says how many it were. */
START_TEST(deeper_than_there_is_room) {
  start();
  uintptr_t place = own_top;
  while (enter(place -= 8, 1))
    ;
  ck_assert_uint_eq(calls, NOTE_ROOM - 1);
  for (unsigned i = 0; i < 9; i++)
    ck_assert(!enter(place -= 8, 1));
  ck_assert_uint_eq(stream.deeper, 10);
  uint32_t above;
  for (unsigned i = 0; i < 4; i++, place += 8)
    ck_assert_int_eq(leave(place, 1, &above), OPEN_DEEPER);
  ck_assert_uint_eq(stream.deeper, 6);
  for (size_t n = 10; n < calls; n++)
    call[n].is_left = true;
  leave_innermost();
  ck_assert_uint_eq(calls, 9);
  ck_assert_uint_eq(stream.deeper, 0);
}
END_TEST

/* -- others ------------------------------------------------------------------------------------------------------------------ */

/* Frames of stacks that are not the thread's own are in no order: nothing is said to be gone, and each exit finds its own call. */
START_TEST(random_fibers) {
  enum { FIBERS = 8, DEPTH = 40 };
  start();
  size_t depth[FIBERS] = {0}, moved = 0;
  uintptr_t size = 1 << 20;
  for (unsigned i = 0; i < CALLS; i++) {
    unsigned f = random_below(FIBERS);
    uintptr_t place = fiber_top - f * size - 64 * depth[f];
    uint32_t above;
    if (depth[f] < DEPTH && (!depth[f] || random_below(2))) {
      depth[f]++;
      REQUIRE(enter(place - 64, f), "there is room");
    } else {
      depth[f]--;
      REQUIRE(leave(place, f, &above) == OPEN_ENDED, "the exit of fiber %u at %zu was not known", f, depth[f]);
      size_t at = calls - 1 - above;
      REQUIRE(call[at].place == place && call[at].number == f, "it is said that %u are open above it", above);
      memmove(call + at, call + at + 1, (calls-- - at - 1) * sizeof *call);
      moved += above > 0;
    }
    REQUIRE(!take_reports(CALLTAP_WIRE_WAY_SKIPPED), "a call of another stack is said to be gone");
    REQUIRE(stream.noted_count == calls + 1, "%zu are noted, of %zu", (size_t)stream.noted_count - 1, calls);
  }
  ck_assert_uint_gt(moved, CALLS / 10);
}
END_TEST

/* An exit whose call was not noted, as it was entered before the session began, ends no other. */
START_TEST(exits_without_a_call) {
  start();
  uint32_t above;
  ck_assert_int_eq(leave(own_top - 64, 1, &above), OPEN_NOT_NOTED);
  enter(own_top - 128, 2);
  enter(fiber_top - 64, 3);
  ck_assert_int_eq(leave(fiber_top - 128, 3, &above), OPEN_NOT_NOTED);
  ck_assert_int_eq(leave(fiber_top - 64, 4, &above), OPEN_NOT_NOTED);
  ck_assert_uint_eq(stream.noted_count, 3);
  leave_innermost();
  leave_innermost();
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_open", random_jumps, frames_that_are_shared, unwinding, deeper_than_there_is_room, random_fibers,
                   exits_without_a_call);
}
