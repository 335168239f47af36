/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that are open, of functions whose rules choose among their calls, and memory for what waits for their exits: two stacks per
 * thread, bounded. Calls that nobody wants are noted too: the innermost call that is noted is then the one that an exit belongs to.
 * Calls that are gone without an exit are found by open.c, which takes them away from here first. What it does not say anything of,
 * for want of room or on stacks that are not known, is forgotten here when an exit comes from above it, or when another call of the same
 * function stands in its place.
 *
 * A signal handler may do all this in between, and is done before the interrupted function goes on: it finds the stacks as they are, and
 * leaves them so. */
#include "internal.h"

enum { OPEN_CALLS = 1024, LOOK_BACK = 16 };

void *calltap__hold_take(struct stream *s, size_t bytes, uintptr_t *mark) {
  if (!s->hold)
    s->hold = calltap__arena_take(&s->session->memory, HOLD_BYTES);
  bytes = (bytes + 15) & ~(size_t)15;
  if (!s->hold)
    return NULL;
  do {
    *mark = *(volatile uintptr_t *)&s->hold_used;
    if (*mark + bytes > HOLD_BYTES)
      return NULL;
  } while (!cpu_local_replaced(&s->hold_used, *mark, *mark + bytes));
  return s->hold + *mark;
}

void calltap__hold_give_back(struct stream *s, uintptr_t mark) {
  compiler_barrier();
  s->hold_used = mark;
}

struct held *calltap__hold_of(const struct stream *s, const struct open_call *call) {
  return call->held ? (struct held *)(s->hold + call->held - 1) : NULL;
}

/* Only the first part counts of a call that nobody wants. */
static inline void note(struct open_call *to, const struct open_call *call) {
  to->stack = call->stack;
  to->site = call->site;
  to->number = call->number;
  to->shape = call->shape;
  to->is_wanted = call->is_wanted;
  if (call->is_wanted)
    *to = *call;
}

/* What is open from `left` on came no exit of: it was left by longjmp or an exception. */
static void forget_from(struct stream *s, uintptr_t left) {
  struct open_call call;
  s->unnoted = 0;
  while (s->open_calls > left) {
    note(&call, &s->open_call[s->open_calls - 1]);
    (void)cpu_local_add(&s->open_calls, (uintptr_t)-1);
    if (call.is_wanted)
      calltap__call_forget(s, &call);
  }
}

/* Where the same entry is reached again at the same place of the stack, the call that is noted there was left, and what it called as
 * well. (The place alone would not say so: inlined functions have that of the function they are in.) */
static __attribute__((noinline)) void forget_left(struct stream *s, uintptr_t stack, uintptr_t site) {
  uintptr_t at = s->open_calls, lowest = at > LOOK_BACK ? at - LOOK_BACK : 0;
  while (at > lowest && (s->open_call[at - 1].stack < stack ||
                         (s->open_call[at - 1].stack == stack && s->open_call[at - 1].site != site)))
    at--;
  if (at > lowest && s->open_call[at - 1].stack == stack) {
    forget_from(s, at - 1);
  } else if (s->open_calls == OPEN_CALLS && !calltap__os_on_signal_stack()) {
    for (at = s->open_calls; at && s->open_call[at - 1].stack < stack;)
      at--;
    forget_from(s, at);
  }
}

/* Calls below the stack pointer were left, or are on another stack: of a coroutine, or interrupted by a signal handler that has one of
 * its own. Which it is only matters where there is no room. */
bool calltap__hold_has_room(struct stream *s, uintptr_t stack, uintptr_t site) {
  if (!s->open_call)
    s->open_call = calltap__arena_take(&s->session->memory, OPEN_CALLS * sizeof *s->open_call);
  if (!s->open_call)
    return false;
  if (unlikely(s->open_calls && s->open_call[s->open_calls - 1].stack <= stack))
    forget_left(s, stack, site);
  return s->open_calls < OPEN_CALLS;
}

/* The entry is written again once its place is sure. */
void calltap__hold_open(struct stream *s, const struct open_call *call) {
  note(&s->open_call[s->open_calls], call);
  compiler_barrier();
  uintptr_t at = cpu_local_add(&s->open_calls, 1);
  note(&s->open_call[at], call);
  compiler_barrier();
}

bool calltap__hold_take_innermost(struct stream *s, uint32_t number, uintptr_t stack, struct open_call *call) {
  if (!s->open_calls)
    return false;
  note(call, &s->open_call[s->open_calls - 1]);
  if (call->stack != stack || call->number != number)
    return false;
  s->unnoted = 0;
  (void)cpu_local_add(&s->open_calls, (uintptr_t)-1);
  return true;
}

bool calltap__hold_close(struct stream *s, uint32_t number, uintptr_t stack, struct open_call *call) {
  while (s->open_calls) {
    note(call, &s->open_call[s->open_calls - 1]);
    if (s->unnoted && call->stack >= stack) { /* deeper than all that are noted */
      s->unnoted--;
      return false;
    }
    s->unnoted = 0;
    bool is_ours = call->stack >= stack && call->number == number;
    if (call->stack >= stack && !is_ours)
      return false;
    (void)cpu_local_add(&s->open_calls, (uintptr_t)-1);
    if (is_ours)
      return true;
    if (call->is_wanted)
      calltap__call_forget(s, call);
  }
  return false;
}

/* -- hooks that do not end ----------------------------------------------------------------------------------------------------- */

/* What the calls that are noted hold and have opened, and nothing beside. */
static __attribute__((noinline)) void recover(struct stream *s) {
  uintptr_t used = 0;
  s->keeping = 0;
  for (unsigned i = 0; i < CALLTAP_UNDERS; i++)
    s->under_open[i] = 0;
  for (uintptr_t i = 0; i < s->open_calls; i++) {
    const struct open_call *call = &s->open_call[i];
    if (!call->is_wanted)
      continue;
    const struct held *held = calltap__hold_of(s, call);
    if (held)
      used = (call->held - 1 + sizeof *held + held->bytes + 15) & ~(uintptr_t)15;
    for (uint32_t left = call->opened; left; left &= left - 1) {
      unsigned number = (unsigned)__builtin_ctz(left);
      s->under_open[number]++;
      s->keeping += s->session->keeping >> number & 1;
    }
  }
  s->hold_used = used;
  if (!s->keeping)
    s->kept_used = 0;
}

/* A signal handler may leave a hook that it interrupted, by siglongjmp: a hook that is not below it on the stack tells. */
uintptr_t calltap__hold_begin(struct stream *s, uintptr_t stack) {
  uintptr_t outer = s->hook;
  if (unlikely(outer) && (outer > stack || calltap__os_on_signal_stack()))
    return outer;
  s->hook = stack;
  compiler_barrier();
  if (unlikely(outer))
    recover(s);
  return 0;
}

void calltap__hold_end(struct stream *s, uintptr_t outer) {
  compiler_barrier();
  s->hook = outer;
}
