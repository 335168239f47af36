/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that are open, of functions whose rules choose among their calls, and what waits for their exits: a stack per thread,
 * bounded. Calls that nobody wants are noted too: the innermost call that is noted is then the one that an exit belongs to, unless
 * it stands below the stack pointer, in a frame that was left without an exit, by longjmp or an exception.
 *
 * A signal handler may do all this in between, and is done before the interrupted function goes on: it finds the stack as it is, and
 * leaves it so. */
#include "internal.h"

enum { OPEN_CALLS = 1024 };

static bool make_room(struct stream *s, bool holds) {
  if (!s->open_call)
    s->open_call = calltap__memory(OPEN_CALLS * sizeof *s->open_call);
  if (holds && !s->hold)
    s->hold = calltap__memory(HOLD_BYTES);
  return s->open_call && (!holds || s->hold);
}

/* Where held calls end: behind that of the innermost open call that holds one. */
static uint32_t hold(struct stream *s, const struct shape *shape, const struct registers *r) {
  size_t bytes = (sizeof(struct held) + shape->length + 15) & ~(size_t)15;
  if (s->hold_used + bytes > HOLD_BYTES)
    return 0;
  uintptr_t at = cpu_local_add(&s->hold_used, bytes);
  struct held *h = (struct held *)(s->hold + at);
  h->registers = *r;
  for (unsigned i = 0; i < 8; i++)
    h->vector[i] = calltap__place_word(r, 0, CALLTAP_PLACE_XMM0 + i, 0);
  h->ticks = calltap__ticks();
  h->bytes = (uint32_t)calltap__event_make(h->event, shape, s, h->ticks, r);
  return (uint32_t)at + 1;
}

/* The entry is written again once its place is sure. */
bool calltap__hold_open(struct stream *s, const struct open_call *call, const struct shape *shape,
                        const struct registers *r) {
  struct open_call noted = *call;
  if (!make_room(s, shape))
    return false;
  if (s->open_calls >= OPEN_CALLS) {
    s->unnoted++;
    return false;
  }
  if (shape)
    noted.held = hold(s, shape, r);
  s->open_call[s->open_calls] = noted;
  compiler_barrier();
  uintptr_t at = cpu_local_add(&s->open_calls, 1);
  s->open_call[at] = noted;
  compiler_barrier();
  return !shape || noted.held;
}

bool calltap__hold_close(struct stream *s, uint32_t number, uintptr_t stack, struct open_call *call) {
  while (s->open_calls) {
    *call = s->open_call[s->open_calls - 1];
    if (s->unnoted && call->stack >= stack) { /* deeper than all that are noted */
      s->unnoted--;
      return false;
    }
    s->unnoted = 0;
    bool is_ours = call->stack >= stack && call->number == number;
    if (call->stack >= stack && !is_ours)
      return false;
    if (call->held)
      s->hold_used = call->held - 1;
    (void)cpu_local_add(&s->open_calls, (uintptr_t)-1);
    if (is_ours)
      return true;
  }
  return false;
}

const struct held *calltap__hold_of(const struct stream *s, const struct open_call *call) {
  return call->held ? (const struct held *)(s->hold + call->held - 1) : NULL;
}
