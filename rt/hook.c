/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The path of an event: thread -> sessions -> site -> shape -> limits -> bytes. Runs in the middle of somebody else's function, in any
 * thread and in any signal handler: no lock, no libc, no vector register; memory is mapped where a thread needs it first, and given back when
 * nobody is inside the session any more. Only what ends a session, or switches sites off, takes the control lock, with all signals blocked. */
#include "internal.h"

_Static_assert(offsetof(struct thread, unasked) == 0 && offsetof(struct gate_page, epoch) == 0,
               "where trampoline_x86_64.S reads them");

/* Not plainly inside what is noted: some of that may be gone. */
static __attribute__((noinline)) bool prepare(struct stream *s, uint64_t word, const struct registers *r) {
  uintptr_t outer = calltap__hold_begin(s, (uintptr_t)r);
  bool has_room = calltap__open_prepare(s, word, r);
  calltap__hold_end(s, outer);
  return has_room;
}

/* A session with a limit of calls takes exactly that many, and the exits that belong to them. */
static void counted_call(const struct shape *shape, struct stream *s, const struct registers *r) {
  uint64_t word = calltap__open_word(shape, r);
  bool is_noted = shape->note && (calltap__open_is_inside(s, word) || prepare(s, word, r));
  enum take take = calltap__take_call(s);
  if (take == NOT_TAKEN) {
    if (is_noted && s->open) /* else nobody waits for any exit */
      calltap__open_note(s, word);
    return;
  }
  s->open += is_noted;
  s->calls++;
  calltap__event_write(shape, s, r);
  if (is_noted)
    calltap__open_note(s, word | (uint64_t)NOTE_TAKEN << NOTE_STACK_BITS);
  if (take == LAST_TAKEN)
    calltap__session_last_call(s->session);
  if (!is_noted) { /* nobody waits for its exit */
    s->not_held += shape->paired;
    calltap__take_back(s->session);
  }
}

static void write_exit(const struct shape *shape, struct stream *s, const struct registers *r, uint32_t above) {
  if (above) {
    calltap__call_put_exit(shape, s, r, above);
  } else {
    s->exits++;
    calltap__event_write(shape, s, r);
  }
}

/* An exit that is not plainly that of the innermost call, and where unwinding arrives or goes on. */
static __attribute__((noinline)) void unusual_exit(const struct shape *shape, struct stream *s,
                                                   const struct registers *r) {
  uintptr_t outer = calltap__hold_begin(s, (uintptr_t)r);
  uint64_t word = calltap__open_word(shape, r);
  uint32_t above = 0;
  struct way way;
  if (shape->kind >= CALLTAP_SITE_LANDING) {
    calltap__way_begin(&way, shape, r);
    calltap__open_unwound(s, word, &way);
  }
  if (shape->kind != CALLTAP_SITE_LANDING) {
    enum open_end end = calltap__open_end(s, word, r, &above);
    bool is_limited = s->session->is_limited;
    if (end == OPEN_NOT_NOTED)
      above = CALL_UNKNOWN;
    if (!is_limited || end == OPEN_ENDED) {
      s->open -= is_limited;
      if (shape->kind == CALLTAP_SITE_UNWIND)
        calltap__way_report(s, calltap__shape_number(shape), &way, above);
      else
        write_exit(shape, s, r, above);
      if (is_limited)
        calltap__take_back(s->session);
    }
  }
  calltap__hold_end(s, outer);
}

static __attribute__((noinline)) void counted_event(const struct shape *shape, struct stream *s,
                                                    const struct registers *r) {
  if (shape->kind == CALLTAP_SITE_ENTRY)
    counted_call(shape, s, r);
  else if (
      s->open ||
      shape->kind ==
          CALLTAP_SITE_LANDING) /* else it was entered before the session began, or after the last call was taken */
    unusual_exit(shape, s, r);
}

/* Of a function whose exits are armed. */
static __attribute__((noinline)) void paired_event(const struct shape *shape, struct stream *s,
                                                   const struct registers *r) {
  uint64_t word = calltap__open_word(shape, r);
  if (shape->kind == CALLTAP_SITE_ENTRY) {
    bool is_noted = calltap__open_is_inside(s, word) || prepare(s, word, r);
    s->calls++;
    calltap__event_write(shape, s, r);
    if (likely(is_noted))
      calltap__open_note(s, word);
  } else if (likely(shape->kind <= CALLTAP_SITE_TAIL) && likely(calltap__open_is_innermost(s, word))) {
    s->exits++;
    calltap__event_write(shape, s, r);
  } else {
    unusual_exit(shape, s, r);
  }
}

static inline void write_event(const struct session *session, const struct shape *shape, struct stream *s,
                               const struct registers *r) {
  if (unlikely(session->is_limited)) {
    counted_event(shape, s, r);
  } else if (shape->note) {
    paired_event(shape, s, r);
  } else {
    if (shape->kind == CALLTAP_SITE_ENTRY)
      s->calls++;
    else
      s->exits++; /* of one function too many to be noted: no unwinding is armed for it */
    calltap__event_write(shape, s, r);
  }
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

static void filtered_call(const struct shape *shape, struct stream *s, const struct registers *r) {
  uint64_t word = calltap__open_word(shape, r);
  bool is_noted = shape->note && (calltap__open_is_inside(s, word) || calltap__open_prepare(s, word, r));
  calltap__call_enter(shape, s, r);
  if (is_noted)
    calltap__open_note(s, word);
}

static void filtered_exit(const struct shape *shape, struct stream *s, const struct registers *r) {
  uint64_t word = calltap__open_word(shape, r);
  uint32_t above = 0;
  if (shape->note && !calltap__open_is_innermost(s, word))
    (void)calltap__open_end(s, word, r, &above);
  calltap__call_leave(shape, s, r, NULL, above);
}

static __attribute__((noinline)) void filtered_unwinding(const struct shape *shape, struct stream *s,
                                                         const struct registers *r) {
  uint64_t word = calltap__open_word(shape, r);
  uint32_t above = 0;
  struct way way;
  calltap__way_begin(&way, shape, r);
  if (shape->note)
    calltap__open_unwound(s, word, &way);
  if (shape->kind == CALLTAP_SITE_LANDING)
    return;
  if (shape->note)
    (void)calltap__open_end(s, word, r, &above);
  calltap__call_leave(shape, s, r, &way, above);
}

/* A call that rules choose by its values, and the exits of those that were chosen. */
static __attribute__((noinline)) void filtered_event(const struct shape *shape, struct stream *s,
                                                     const struct registers *r) {
  uintptr_t outer = calltap__hold_begin(s, (uintptr_t)r);
  if (shape->kind >= CALLTAP_SITE_LANDING)
    filtered_unwinding(shape, s, r);
  else if (shape->kind != CALLTAP_SITE_ENTRY)
    filtered_exit(shape, s, r);
  else if (!shape->filter->is_limited || calltap__filter_has_left(shape->filter))
    filtered_call(shape, s, r);
  else
    calltap__arm_used_up(s->session, r->return_address - CALLTAP_SITE_BYTES);
  calltap__hold_end(s, outer);
}

/* Beyond the first checks. */
static void choose(const struct shape *shape, struct stream *s, const struct registers *r) {
  if (!shape->filter->tally || !calltap__count_call(s, shape->filter))
    filtered_event(shape, s, r);
}

/* -- what one session wants of the event ---------------------------------------------------------------------------------
 * Only what becomes of most events, that nobody wants them, stands in the hook itself. All else is jumped to, and leaves the session: so
 * the hook calls nothing, and has no registers to save. */

static __attribute__((noinline)) void bare_event(const struct shape *shape, struct stream *s, const struct registers *r,
                                                 unsigned i) {
  write_event(s->session, shape, s, r);
  thread_leave(calltap__self, i, calltap__self->in[i].inside - 1);
}

static __attribute__((noinline)) void chosen_event(const struct shape *shape, struct stream *s,
                                                   const struct registers *r, unsigned i) {
  choose(shape, s, r);
  thread_leave(calltap__self, i, calltap__self->in[i].inside - 1);
}

/* Of some events it is measured how long they take. */
static __attribute__((noinline)) void measured_event(const struct shape *shape, struct stream *s,
                                                     const struct registers *r, unsigned i) {
  const struct filter *filter = shape->filter;
  uint64_t begun = calltap__budget_begin(s);
  if (!filter)
    write_event(s->session, shape, s, r);
  else if (filter->quick && rejects(filter->quick, r))
    s->rejected++;
  else
    choose(shape, s, r);
  if (begun)
    calltap__budget_end(s, begun, r->return_address - CALLTAP_SITE_BYTES);
  thread_leave(calltap__self, i, calltap__self->in[i].inside - 1);
}

static inline __attribute__((always_inline)) void shaped_event(const struct shape *shape, struct thread *t, unsigned i,
                                                               uint32_t outer, const struct registers *r) {
  struct stream *s = t->in[i].stream;
  if (unlikely(calltap__sessions[i].budget) && unlikely(calltap__budget_is_due(s))) {
    measured_event(shape, s, r, i);
    return;
  }
  const struct filter *filter = shape->filter;
  if (!filter) {
    bare_event(shape, s, r, i);
    return;
  }
  if (!filter->quick || !rejects(filter->quick, r)) {
    chosen_event(shape, s, r, i);
    return;
  }
  s->rejected++;
  thread_leave(t, i, outer);
}

/* Its site stands somewhere else in the table than it might, or the session has not armed it. */
static __attribute__((noinline)) void far_event(unsigned i, uint32_t outer, const struct registers *r) {
  struct thread *t = calltap__self;
  const struct shape *shape = calltap__site_find(&calltap__sessions[i], r->return_address - CALLTAP_SITE_BYTES);
  if (shape)
    shaped_event(shape, t, i, outer, r);
  else
    thread_leave(t, i, outer);
}

/* The session does not ask this thread. If none does, the trampoline will not come here again until the next one might. */
static __attribute__((noinline)) void unasked_event(unsigned i, uint32_t outer) {
  struct thread *t = calltap__self;
  thread_leave(t, i, outer);
  calltap__thread_rest(t);
}

static inline __attribute__((always_inline)) void asked_event(unsigned i, struct thread *t, uint32_t outer,
                                                              const struct registers *r) {
  uintptr_t site = r->return_address - CALLTAP_SITE_BYTES;
  const struct site_table *sites = atomic_load_explicit(&calltap__sessions[i].sites, memory_order_acquire);
  if (unlikely(!t->in[i].stream) || unlikely(!sites)) {
    unasked_event(i, outer);
    return;
  }
  const struct site_entry *entry = &sites->entry[site_home(sites, site)];
  bool is_there = atomic_load_explicit(&entry->site, memory_order_acquire) == site;
  const struct shape *shape = atomic_load_explicit(&entry->shape, memory_order_relaxed);
  if (likely(is_there) && likely(shape))
    shaped_event(shape, t, i, outer, r);
  else
    far_event(i, outer, r);
}

/* The thread has not met the session yet, or not since it was changed. */
static __attribute__((noinline)) void first_event(unsigned i, uint32_t outer, uint32_t generation,
                                                  const struct registers *r) {
  struct thread *t = calltap__self;
  if (calltap__thread_attach(t, &calltap__sessions[i], generation))
    asked_event(i, t, outer, r);
  else
    thread_leave(t, i, outer);
}

/* The thread counts itself in before the gate is read: see types.h. */
static inline __attribute__((always_inline)) void session_event(unsigned i, struct thread *t,
                                                                const struct registers *r) {
  uint32_t outer = thread_enter(t, i);
  uint32_t generation = atomic_load_explicit(&calltap__gate.generation[i], memory_order_acquire);
  if (likely(t->in[i].generation == generation))
    asked_event(i, t, outer, r);
  else
    first_event(i, outer, generation, r);
}

/* The thread has met no session yet, or there are several. */
static __attribute__((noinline)) void all_sessions(const struct registers *r) {
  uint32_t active = atomic_load_explicit(&calltap__gate.active, memory_order_relaxed);
  struct thread *t = calltap__self;
  if (t == &calltap__no_thread && (!active || !(t = calltap__thread_make())))
    return;
  for (; active; active &= active - 1)
    session_event((unsigned)__builtin_ctz(active), t, r);
}

void calltap__hook_event(const struct registers *r, struct thread *t) {
  bool is_one =
      atomic_load_explicit(&calltap__gate.active, memory_order_relaxed) == 1; /* the first place is taken first */
  if (likely(is_one) && likely(t != &calltap__no_thread))
    session_event(0, t, r);
  else
    all_sessions(r);
}
