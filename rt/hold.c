/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that are open, of functions whose rules choose among their calls, and memory for what waits for their exits: two stacks per
 * thread, bounded. Calls that nobody wants are noted too: the innermost call that is noted is then the one that an exit belongs to,
 * unless it stands below the stack pointer, in a frame that was left without an exit, by longjmp or an exception. Such a frame is also
 * known to be left when another call of the same function stands in its place.
 *
 * A signal handler may do all this in between, and is done before the interrupted function goes on: it finds the stacks as they are, and
 * leaves them so. */
#include "internal.h"

enum { OPEN_CALLS = 1024 };

void *calltap__hold_take(struct stream *s, size_t bytes, uintptr_t *mark) {
  if (!s->hold)
    s->hold = calltap__memory(HOLD_BYTES);
  bytes = (bytes + 15) & ~(size_t)15;
  if (!s->hold || s->hold_used + bytes > HOLD_BYTES)
    return NULL;
  *mark = cpu_local_add(&s->hold_used, bytes);
  return s->hold + *mark;
}

void calltap__hold_give_back(struct stream *s, uintptr_t mark) {
  compiler_barrier();
  s->hold_used = mark;
}

struct held *calltap__hold_of(const struct stream *s, const struct open_call *call) {
  return call->held ? (struct held *)(s->hold + call->held - 1) : NULL;
}

bool calltap__hold_has_room(struct stream *s) {
  if (!s->open_call)
    s->open_call = calltap__memory(OPEN_CALLS * sizeof *s->open_call);
  return s->open_call && s->open_calls < OPEN_CALLS;
}

/* Only the first part counts of a call that nobody wants. */
static inline void note(struct open_call *to, const struct open_call *call) {
  to->stack = call->stack;
  to->site = call->site;
  to->number = call->number;
  to->is_wanted = call->is_wanted;
  if (call->is_wanted)
    *to = *call;
}

/* The entry is written again once its place is sure. */
void calltap__hold_open(struct stream *s, const struct open_call *call) {
  note(&s->open_call[s->open_calls], call);
  compiler_barrier();
  uintptr_t at = cpu_local_add(&s->open_calls, 1);
  note(&s->open_call[at], call);
  compiler_barrier();
}

/* Where the same entry is reached again at the same place of the stack, the call that is noted there is over. (The place alone would not
 * say so: inlined functions have that of the function they are in.) */
void calltap__hold_enter(struct stream *s, uintptr_t stack, uintptr_t site) {
  uintptr_t n = s->open_calls;
  while (n && (s->open_call[n - 1].stack < stack ||
               (s->open_call[n - 1].stack == stack && s->open_call[n - 1].site != site)))
    n--;
  if (!n || s->open_call[n - 1].stack != stack)
    return;
  s->unnoted = 0;
  while (s->open_calls >= n) {
    struct open_call call;
    note(&call, &s->open_call[s->open_calls - 1]);
    (void)cpu_local_add(&s->open_calls, (uintptr_t)-1);
    if (call.is_wanted)
      calltap__call_forget(s, &call);
  }
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
