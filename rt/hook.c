/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The path of an event: thread -> sessions -> site -> shape -> limits -> bytes. Runs in the middle of somebody else's function, in any
 * thread and in any signal handler: no lock, no libc, no vector register; memory is mapped where a thread needs it first, and given back when
 * nobody is inside the session any more. Only what ends a session, or switches sites off, takes the control lock, with all signals blocked. */
#include "internal.h"

/* A session with a limit of calls takes exactly that many, and the exits that belong to them. */
static __attribute__((noinline)) void counted_event(const struct shape *shape, struct stream *s,
                                                    const struct registers *r) {
  if (shape->kind == CALLTAP_SITE_ENTRY) {
    enum take take = calltap__take_call(s);
    if (take == NOT_TAKEN) {
      s->nested += shape->paired && s->open;
      return;
    }
    s->open += shape->paired;
    s->calls++;
    calltap__event_write(shape, s, r);
    if (take == LAST_TAKEN)
      calltap__session_last_call(s->session);
    if (!shape->paired)
      calltap__take_back(s->session);
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
  calltap__take_back(s->session);
}

static inline void write_event(const struct session *session, const struct shape *shape, struct stream *s,
                               const struct registers *r) {
  if (unlikely(session->is_limited)) {
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
    calltap__arm_used_up(s->session, r->return_address - CALLTAP_SITE_BYTES);
  calltap__hold_end(s, outer);
}

static inline void write_or_reject(const struct session *session, const struct shape *shape, struct stream *s,
                                   const struct registers *r) {
  if (unlikely(shape->filter)) {
    if (shape->filter->quick && rejects(shape->filter->quick, r))
      s->rejected++;
    else
      filtered_event(shape, s, r);
  } else {
    write_event(session, shape, s, r);
  }
}

/* Of some events it is measured how long they take. */
static __attribute__((noinline)) void budgeted_event(const struct shape *shape, struct stream *s,
                                                     const struct registers *r) {
  uint64_t begun = calltap__budget_begin(s);
  write_or_reject(s->session, shape, s, r);
  if (begun)
    calltap__budget_end(s, begun, r->return_address - CALLTAP_SITE_BYTES);
}

/* What one session wants of the event. The thread counts itself in before the gate is read: see types.h. */
static inline __attribute__((always_inline)) void session_event(unsigned i, struct thread *t,
                                                                const struct registers *r) {
  struct session *session = &calltap__sessions[i];
  thread_enter(t, i);
  uint32_t generation = atomic_load_explicit(&calltap__gate.generation[i], memory_order_acquire);
  if (likely(t->in[i].generation == generation) || calltap__thread_attach(t, session, generation)) {
    struct stream *s = t->in[i].stream;
    const struct shape *shape = s ? calltap__site_find(session, r->return_address - CALLTAP_SITE_BYTES) : NULL;
    if (likely(shape) && likely(!session->budget))
      write_or_reject(session, shape, s, r);
    else if (shape)
      budgeted_event(shape, s, r);
  }
  thread_leave(i);
}

static __attribute__((noinline)) void all_sessions(uint32_t active, struct thread *t, const struct registers *r) {
  for (; active; active &= active - 1)
    session_event((unsigned)__builtin_ctz(active), t, r);
}

void calltap__hook_event(const struct registers *r) {
  uint32_t active = atomic_load_explicit(&calltap__gate.active, memory_order_relaxed);
  struct thread *t = calltap__self;
  if (unlikely(t == &calltap__no_thread) && (!active || !(t = calltap__thread_make())))
    return;
  if (likely(active == 1)) /* the first place, which is taken first */
    session_event(0, t, r);
  else
    all_sessions(active, t, r);
}
