/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which calls are open on a thread, of all functions whose exits are armed: a stack of words, each a function and the place of its
 * return address. Exits take the innermost away. What longjmp or an exception left is found by the next event of the same stack: a frame
 * below that of the event is gone. It is reported where it is found, innermost first, so readers that keep such a stack have the same.
 *
 * Frames of different stacks are in no order. Only of the stack that the thread was made with it is known where it is (peek.c); of others,
 * as coroutines and signal handlers have, a call ends where its own exit is seen at its own place, and nothing is said of those noted
 * above it.
 *
 * A signal handler may do all this in between, and is done before the interrupted function goes on: it takes away only what that would
 * have taken away as well. */
#include "internal.h"

enum { FARTHEST_LOOK = 4096 };

static uintptr_t address_of(uint64_t word) { return (uintptr_t)calltap__open_stack(word) << 3; }

static bool is_same(uint64_t a, uint64_t b) { return !((a ^ b) << 1 >> 1 >> NOTE_STACK_BITS); }

static bool is_shared(uint64_t word) { return word >> NOTE_STACK_BITS & NOTE_SHARED; }

/* Whether two frames are on the stack that the thread was made with. A signal handler's may be an array in there. */
static bool are_ordered(struct stream *s, uint64_t a, uint64_t b) {
  return calltap__peek_own_stack(s, address_of(a)) && calltap__peek_own_stack(s, address_of(b)) &&
         !calltap__os_on_signal_stack();
}

/* Whether a call is one of a signal handler with a stack of its own, which the handler has left. Asked once of each. */
static bool is_off_signal_stack(struct stream *s, uint64_t word) {
  if (s->undecided == word)
    return false;
  s->undecided = word;
  return calltap__os_off_signal_stack(address_of(word));
}

static bool make_room(struct stream *s) {
  uint64_t *noted = calltap__arena_take(&s->session->memory, NOTE_ROOM * sizeof *noted);
  if (!noted)
    return false;
  noted[0] = (UINT64_C(1) << NOTE_STACK_BITS) - 1; /* above all */
  s->noted = noted;
  compiler_barrier();
  s->noted_count = 1;
  return true;
}

static void report(struct stream *s, uint64_t word, struct way *way) {
  uint32_t note = (uint32_t)(word >> NOTE_STACK_BITS), number = (note & (NOTE_NUMBERS - 1)) - 1;
  if (note & NOTE_FILTERED) {
    calltap__call_left(s, number, address_of(word), way);
  } else if (!s->session->is_limited) {
    calltap__way_report(s, number, way, 0);
  } else if (note & NOTE_TAKEN) {
    s->open--;
    calltap__way_report(s, number, way, 0);
    calltap__take_back(s->session);
  }
}

/* Takes the innermost away, which is `n`-th, unless a signal handler just did. */
static void take_away(struct stream *s, uintptr_t n, struct way *way) {
  uint64_t word = s->noted[n - 1];
  if (!cpu_local_replaced(&s->noted_count, n, n - 1))
    return;
  s->not_held += s->deeper - s->deeper_written;
  way->gone = s->deeper_written;
  s->deeper = s->deeper_written = 0;
  report(s, word, way);
  way->gone = 0;
}

bool calltap__open_prepare(struct stream *s, uint64_t word, const struct registers *r) {
  if (!s->noted && !make_room(s))
    return false;
  struct way way = {.kind = CALLTAP_WIRE_WAY_SKIPPED, .r = r};
  uint64_t here = calltap__open_stack(word);
  bool is_ordered = false;
  uintptr_t n;
  while ((n = *(volatile uintptr_t *)&s->noted_count) > 1) {
    uint64_t top = s->noted[n - 1], stack = calltap__open_stack(top);
    bool is_in_its_place = stack == here && (!is_shared(word) || is_same(top, word));
    if (stack > here || (stack == here && !is_in_its_place))
      break; /* inlined functions have the frame of the function they are in */
    if (!is_in_its_place && !is_ordered && !(is_ordered = are_ordered(s, top, word)) && !is_off_signal_stack(s, top))
      break;
    take_away(s, n, &way);
  }
  if (n < NOTE_ROOM)
    return true;
  if (calltap__open_stack(s->noted[n - 1]) > here) {
    s->deeper++;
    s->deeper_written += !s->session->is_limited && !(word >> NOTE_STACK_BITS & NOTE_FILTERED);
    return false;
  }
  s->not_held += n - 1; /* of stacks that are not known, perhaps gone themselves */
  s->noted_count = 1;
  return true;
}

/* On the thread's own stack: what is noted above the call is gone, as it ends itself. */
static bool end_ordered(struct stream *s, uint64_t word, struct way *way, uint64_t *ended) {
  uint64_t here = calltap__open_stack(word);
  uintptr_t n = s->noted_count, at = n;
  bool is_noted = false;
  for (; at > 1; at--) {
    uint64_t top = s->noted[at - 1];
    is_noted = is_same(top, word) && calltap__open_stack(top) >= here;
    if (is_noted || calltap__open_stack(top) > here)
      break;
  }
  while ((n = *(volatile uintptr_t *)&s->noted_count) > at && (is_noted || calltap__open_stack(s->noted[n - 1]) < here))
    take_away(s, n, way);
  if (!is_noted || n != at)
    return false;
  *ended = s->noted[at - 1];
  s->noted_count = at - 1;
  return true;
}

/* On any stack: the call of this function at this very place. */
static bool end_anywhere(struct stream *s, uint64_t word, uint64_t *ended, uint32_t *above) {
  uintptr_t n = s->noted_count, lowest = n > FARTHEST_LOOK ? n - FARTHEST_LOOK : 1, at = n;
  while (at > lowest && (s->noted[at - 1] ^ word) << 1)
    at--;
  if (at <= lowest)
    return false;
  *above = (uint32_t)(n - at);
  *ended = s->noted[at - 1];
  for (; at < n; at++)
    s->noted[at - 1] = s->noted[at];
  compiler_barrier();
  s->noted_count = n - 1;
  return true;
}

/* What signal handlers left on stacks of their own is gone. */
static void leave_signal_stack(struct stream *s, struct way *way) {
  uintptr_t n;
  while ((n = *(volatile uintptr_t *)&s->noted_count) > 1 && !calltap__peek_own_stack(s, address_of(s->noted[n - 1])) &&
         is_off_signal_stack(s, s->noted[n - 1]))
    take_away(s, n, way);
}

enum open_end calltap__open_end(struct stream *s, uint64_t word, const struct registers *r, uint32_t *above) {
  struct way way = {.kind = CALLTAP_WIRE_WAY_SKIPPED, .r = r};
  leave_signal_stack(s, &way);
  uintptr_t n = s->noted_count;
  uint64_t top = n > 1 ? s->noted[n - 1] : 0, ended = 0;
  *above = 0;
  if (n <= 1)
    return OPEN_NOT_NOTED;
  if (s->deeper && calltap__open_stack(top) > calltap__open_stack(word)) {
    s->deeper--;
    s->deeper_written -= !s->session->is_limited && !(word >> NOTE_STACK_BITS & NOTE_FILTERED);
    return OPEN_DEEPER;
  }
  bool found = are_ordered(s, top, word) ? end_ordered(s, word, &way, &ended) : end_anywhere(s, word, &ended, above);
  if (!found)
    return OPEN_NOT_NOTED;
  return s->session->is_limited && !(ended >> NOTE_STACK_BITS & NOTE_TAKEN) ? OPEN_NOT_TAKEN : OPEN_ENDED;
}

void calltap__open_unwound(struct stream *s, uint64_t word, struct way *way) {
  uint64_t here = calltap__open_stack(word);
  bool is_ordered = false;
  uintptr_t n;
  leave_signal_stack(s, way);
  while ((n = *(volatile uintptr_t *)&s->noted_count) > 1 && calltap__open_stack(s->noted[n - 1]) < here) {
    if (!is_ordered && !(is_ordered = are_ordered(s, s->noted[n - 1], word)))
      break;
    take_away(s, n, way);
  }
}

void calltap__open_thread_ended(struct stream *s) {
  struct way way = {.kind = CALLTAP_WIRE_WAY_THREAD_END};
  const struct part *part = atomic_load(&s->session->parts.current);
  if (part && s->part != part->number) /* it may have been in one that is mapped no more */
    calltap__part_leave(s);
  for (uintptr_t n; (n = s->noted_count) > 1;)
    take_away(s, n, &way);
}
