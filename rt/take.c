/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Limits of calls: exactly so many in all, and so many in a window of time. One shared counter each. */
#include "internal.h"

enum { EVENTS_BEFORE_LOOKING = 4096, NS_BETWEEN_LOOKS = 100000000 };

/* Whether the window has room for one more. Windows begin with the first call behind the last one's end. */
static bool is_in_window(struct session *session) {
  const struct limits *limits = &session->request.limits;
  uint64_t now = calltap__ticks(), start = atomic_load_explicit(&session->window_start, memory_order_relaxed);
  if (now - start >= session->window_ticks && atomic_compare_exchange_strong(&session->window_start, &start, now))
    atomic_store(&session->window_taken, 0);
  return atomic_fetch_add(&session->window_taken, 1) < limits->rate_calls;
}

/* Where the rate allows calls again, it is said how many were dropped. */
static void write_dropped(struct stream *s) {
  uint8_t record[64];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 5);
  calltap__cbor_text(&c, CALLTAP_WIRE_LOST);
  calltap__cbor_text(&c, "rate");
  calltap__cbor_uint(&c, s->dropped);
  calltap__cbor_uint(&c, s->dropped_from);
  calltap__cbor_uint(&c, s->dropped_to);
  if (calltap__record_write(s, &c))
    s->dropped = 0;
}

static void drop(struct stream *s) {
  s->dropped_to = calltap__ticks();
  if (!s->dropped++)
    s->dropped_from = s->dropped_to;
  s->all_dropped++;
}

/* That none is open is looked for behind that none is left, too: the last one may have been taken between the two. */
void calltap__take_back(struct session *session) {
  if (atomic_fetch_sub(&session->open, 1) != 1)
    return;
  bool is_full = session->request.limits.calls && atomic_load(&session->calls_left) <= 0;
  if (!is_full && likely(!atomic_load(&session->is_spent)))
    return;
  if (!atomic_load(&session->open))
    calltap__session_end(session, is_full ? "calls" : "budget");
}

/* The last calls may be of threads that have ended. One thread looks, ten times a second. */
static void look_for_ended(struct stream *s) {
  if (++s->late % EVENTS_BEFORE_LOOKING)
    return;
  uint64_t now = calltap__ticks(), last = atomic_load_explicit(&s->session->looked, memory_order_relaxed);
  if (now - last > calltap__ticks_in(NS_BETWEEN_LOOKS) &&
      atomic_compare_exchange_strong(&s->session->looked, &last, now))
    calltap__session_look_for_ended(s->session);
}

/* Who has taken one gives it back when it is written, and its exit if that is awaited, in sessions with a limit of calls. */
enum take calltap__take_call(struct stream *s) {
  struct session *session = s->session;
  const struct limits *limits = &session->request.limits;
  if (!session->is_limited)
    return TAKEN;
  if (limits->rate_calls && !is_in_window(session)) {
    if (limits->drops)
      drop(s);
    else
      calltap__session_end(session, "rate");
    return NOT_TAKEN;
  }
  if (limits->calls && atomic_load_explicit(&session->calls_left, memory_order_relaxed) <= 0) {
    look_for_ended(s);
    return NOT_TAKEN;
  }
  atomic_fetch_add(&session->open,
                   1); /* before: who closes the last call that is open must know that one is still being written */
  int64_t left = limits->calls ? atomic_fetch_sub(&session->calls_left, 1) : 2;
  if (left > 0 && s->dropped)
    write_dropped(s);
  if (left <= 0)
    calltap__take_back(session);
  return left <= 0 ? NOT_TAKEN : left == 1 ? LAST_TAKEN : TAKEN;
}
