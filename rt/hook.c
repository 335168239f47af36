/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The path of an event: site -> shape -> thread -> limits -> bytes. Runs in the middle of somebody else's function, in any
 * thread and in any signal handler: no lock, no libc, no vector register; memory is mapped, and never given back, where a thread
 * needs it first. Only what ends a session, or switches sites off, takes the control lock, with all signals blocked. */
#include "internal.h"

/* A session with a limit of calls takes exactly that many, and the exits that belong to them. */
static __attribute__((noinline)) void counted_event(const struct shape *shape, struct stream *s,
                                                    const struct registers *r) {
  if (shape->kind == CALLTAP_SITE_ENTRY) {
    int64_t left = atomic_fetch_sub_explicit(&calltap__live.calls_left, 1, memory_order_relaxed);
    if (left <= 0) {
      s->nested += shape->paired && s->open;
      return;
    }
    if (shape->paired) {
      s->open++;
      atomic_fetch_add(&calltap__live.open, 1);
    }
    s->calls++;
    calltap__event_write(shape, s, r);
    if (left == 1)
      calltap__session_last_call();
    return;
  }
  if (!s->open) /* it was entered before the session began, or after the last call was taken */
    return;
  if (s->nested) {
    s->nested--;
    return;
  }
  s->open--;
  s->exits++;
  calltap__event_write(shape, s, r);
  if (atomic_fetch_sub(&calltap__live.open, 1) == 1 && atomic_load(&calltap__live.calls_left) <= 0)
    calltap__session_end("calls");
}

static inline void write_event(const struct shape *shape, struct stream *s, const struct registers *r) {
  if (unlikely(calltap__live.counted)) {
    counted_event(shape, s, r);
    return;
  }
  if (shape->kind == CALLTAP_SITE_ENTRY)
    s->calls++;
  else
    s->exits++;
  calltap__event_write(shape, s, r);
}

/* Whether no clause gets beyond its first checks, which is what becomes of most calls. */
static inline bool rejects(const struct quick_check *check, const struct registers *r) {
  do {
    uint64_t v = (r->value[check->place] << check->shift) ^ check->bias;
    if ((v < check->span) == check->is_not) {
      check = check->next;
      continue;
    }
    if (check->is_last)
      return false;
    check++;
  } while (check);
  return true;
}

/* A call that rules choose by its values, and the exits of those that were chosen. */
static __attribute__((noinline)) void filtered_event(const struct shape *shape, struct stream *s,
                                                     const struct registers *r) {
  uintptr_t outer = calltap__hold_begin(s, (uintptr_t)r);
  if (shape->kind != CALLTAP_SITE_ENTRY)
    calltap__call_leave(shape, s, r);
  else if (!shape->filter->is_limited || calltap__filter_has_left(shape->filter))
    calltap__call_enter(shape, s, r);
  else
    calltap__arm_used_up(r->return_address - CALLTAP_SITE_BYTES);
  calltap__hold_end(s, outer);
}

void calltap__hook_event(const struct registers *r) {
  const struct shape *shape = calltap__site_find(r->return_address - CALLTAP_SITE_BYTES);
  if (unlikely(!shape))
    return;
  struct stream *s = calltap__self;
  if (unlikely(s->generation != atomic_load_explicit(calltap__live.gate, memory_order_relaxed))) {
    s = calltap__thread_attach();
    if (!s)
      return;
  }
  if (unlikely(shape->filter)) {
    if (shape->filter->quick && rejects(shape->filter->quick, r))
      s->rejected++;
    else
      filtered_event(shape, s, r);
  } else {
    write_event(shape, s, r);
  }
}
