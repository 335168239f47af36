/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of functions whose rules choose among them: at the entry what is known then is decided and done, and the call is noted; at the
 * exit the rest. Events go to the file, or wait for a scope; the entry of a call that is wanted only at its exit is held. */
#include "internal.h"

/* Only the thread itself counts, and the one that ends the session may read meanwhile. */
static void tally(uint64_t *counter) { __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED); }

/* An event that was made, and is not written: where there is a ring, event.c counts it. */
static void count_missing(struct stream *s, bool is_direct, const uint8_t *room) {
  bool is_counted = is_direct && room && s->session->ring.slots;
  s->not_held += !is_counted;
}

/* A session with a limit goes on until the calls it took have come back. */
static void await_exit(struct session *session, struct open_call *call) {
  if (!session->is_limited || !(call->waiting | call->sure))
    return;
  call->is_counted = true;
  atomic_fetch_add(&session->open, 1);
}

static void end_await(struct session *session, struct open_call *call) {
  bool was_counted = call->is_counted;
  call->is_counted = false;
  if (was_counted)
    calltap__take_back(session);
}

/* -- events that are made beforehand --------------------------------------------------------------------------------------- */

void calltap__call_write_late(struct stream *s, const struct made_event *made) {
  enum take take = made->is_call ? calltap__take_call(s) : TAKEN;
  if (take == NOT_TAKEN) {
    s->skipped += made->has_exit;
    return;
  }
  if (!made->is_call && s->skipped) {
    s->skipped--;
    return;
  }
  if (calltap__event_write_late(s, made->event, made->bytes, made->ticks))
    tally(made->is_call ? &s->calls : &s->exits);
  if (take == LAST_TAKEN)
    calltap__session_last_call(s->session);
  if (made->is_call && s->session->is_limited)
    calltap__take_back(s->session);
}

/* One element more in the array that an event is. */
static void count_extras(uint8_t *event) { event[*event == (CBOR_ARRAY | 24)]++; }

/* An event in memory that has room for it. */
static void make_event(struct made_event *made, uint8_t *room, const struct shape *shape, const struct extras *extras,
                       const struct match_input *in, const uint64_t *usage) {
  const struct registers *r = in->exit ? in->exit : in->entry;
  uint8_t *end = in->way ? calltap__way_put(room, calltap__shape_number(shape), made->ticks, in->way, in->stream)
                         : room + calltap__event_make(room, shape, in->stream, made->ticks, r);
  if (calltap__extras_any(extras)) {
    end = calltap__extras_put(end, extras, in, usage);
    count_extras(room);
  }
  made->event = room;
  made->bytes = (size_t)(end - room);
}

static size_t most_bytes(const struct shape *shape, const struct extras *extras) {
  return shape->length + WAY_BYTES + (calltap__extras_any(extras) ? calltap__extras_most(extras) : 0);
}

/* Of the messages there is only the number. */
static void begin(struct decision *d) {
  d->waiting = d->sure = 0;
  d->kept_by = 0;
  d->makes_event = d->makes_exit = d->is_direct = d->has_args = d->needs_entry = d->needs_vectors = d->stops = false;
  d->extras.caller = d->extras.usage = false;
  d->extras.frames = d->extras.messages = 0;
  d->extras.above = 0;
  d->extras.way = NULL;
}

/* What a call that has ended kept and opened is settled. */
static void finish(struct stream *s, struct open_call *call, uint32_t yes) {
  if (call->opened)
    calltap__scope_close(s, call, yes);
  if (call->held)
    calltap__hold_give_back(s, call->held - 1);
  end_await(s->session, call);
}

void calltap__call_forget(struct stream *s, struct open_call *call) { finish(s, call, 0); }

/* -- the entry -------------------------------------------------------------------------------------------------------------- */

/* What the exit needs to know of the entry, and the event, if it is not written now. 0: no room. */
static uint32_t hold_entry(const struct shape *shape, const struct decision *d, const struct match_input *in,
                           uint64_t ticks) {
  struct stream *s = in->stream;
  bool holds_event = d->waiting && !d->makes_event;
  uintptr_t mark;
  struct held *h = calltap__hold_take(s, sizeof *h + (holds_event ? most_bytes(shape, &d->extras) : 0), &mark);
  if (!h)
    return 0;
  h->registers = *in->entry;
  for (unsigned i = 0; d->needs_vectors && i < 8; i++)
    h->vector[i] = calltap__place_word(in->entry, 0, CALLTAP_PLACE_XMM0 + i, 0);
  if (d->extras.usage)
    calltap__os_usage(h->usage);
  h->bytes = 0;
  if (holds_event) {
    struct made_event made = {.ticks = ticks};
    make_event(&made, h->event, shape, &d->extras, in, NULL);
    h->bytes = (uint32_t)made.bytes;
  }
  return (uint32_t)mark + 1;
}

/* Writes the call, or lets it wait for a scope. False: it was one too many for the session's limit, or there is no room. */
static bool put_call(const struct shape *shape, const struct decision *d, const struct match_input *in,
                     struct open_call *call) {
  struct stream *s = in->stream;
  enum take take = d->is_direct ? calltap__take_call(s) : TAKEN;
  if (take == NOT_TAKEN)
    return false;
  bool written = true;
  if (d->is_direct)
    await_exit(s->session, call);
  bool is_bare = d->is_direct && !calltap__extras_any(&d->extras);
  if (is_bare) {
    tally(&s->calls);
    calltap__event_write(shape, s, in->entry);
  } else {
    uintptr_t mark;
    struct made_event made = {.ticks = call->ticks ? call->ticks : calltap__ticks(), .is_call = true};
    uint8_t *room = calltap__hold_take(s, most_bytes(shape, &d->extras), &mark);
    if (room)
      make_event(&made, room, shape, &d->extras, in, NULL);
    written = room;
    if (written && d->is_direct)
      written = calltap__event_write_made(s, made.event, made.bytes, made.ticks);
    else if (written)
      written = (call->kept = calltap__scope_keep(s, &made, d->kept_by)) != 0;
    if (room)
      calltap__hold_give_back(s, mark);
    if (!written)
      count_missing(s, d->is_direct, room);
  }
  if (written && d->is_direct && !is_bare)
    tally(&s->calls);
  if (take == LAST_TAKEN)
    calltap__session_last_call(s->session);
  if (d->is_direct && s->session->is_limited)
    calltap__take_back(s->session);
  return written;
}

void calltap__call_enter(const struct shape *shape, struct stream *s, const struct registers *r) {
  const struct filter *filter = shape->filter;
  uintptr_t stack = calltap__open_frame(shape, r);
  bool notes = shape->paired && calltap__hold_has_room(s, stack, r->return_address);
  struct open_call call = {.stack = stack,
                           .site = r->return_address,
                           .shape = shape,
                           .number = filter->number,
                           .kept_from = (uint32_t)s->kept_used};
  const struct match_input in = {.shape = shape, .stream = s, .entry = r, .depth = s->open_calls + s->unnoted + 1};
  struct decision d;
  begin(&d);
  if (!(s->flags & CALLTAP_THREAD_NO_CALL)) {
    if (filter->scopes && notes)
      call.opened = calltap__scope_open(filter, &in, &d);
    calltap__filter_enter(filter, &in, &d);
  }
  if (shape->paired && !notes) {
    s->not_held += d.waiting || d.sure;
    s->unnoted++;
    d.waiting = d.sure = 0;
  }
  d.makes_event &= !(s->flags & CALLTAP_THREAD_SILENT);
  const struct shape *wanted = d.has_args && !(s->flags & CALLTAP_THREAD_NOARGS) ? shape : filter->bare;
  bool has_exit = d.waiting | d.sure | call.opened;
  if (has_exit)
    call.ticks = calltap__ticks();
  if (notes && (d.needs_entry || (d.waiting && !d.makes_event))) {
    call.held = hold_entry(wanted, &d, &in, call.ticks);
    s->not_held += !call.held;
  }
  if (call.held || !d.needs_entry) {
    call.waiting = d.waiting;
    call.sure = d.sure;
  }
  if (d.makes_event)
    call.is_written = put_call(wanted, &d, &in, &call);
  if (d.makes_event && !call.is_written) {
    call.waiting = call.sure = 0;
    end_await(s->session, &call);
  }
  call.is_wanted = call.waiting | call.sure | call.opened;
  if (notes)
    calltap__hold_open(s, &call);
  if (d.stops)
    calltap__session_end(s->session, "stop");
}

/* -- the exit ----------------------------------------------------------------------------------------------------------------- */

/* The call of an exit that is wanted. False: it is not in the trace, and will not be. */
static bool put_held_call(struct stream *s, const struct decision *d, struct open_call *call) {
  const struct held *held = calltap__hold_of(s, call);
  if (call->is_written) {
    if (call->kept && d->is_direct)
      calltap__scope_release(s, call->kept);
    return true;
  }
  if (!held || !held->bytes)
    return false;
  const struct made_event made = {held->event, held->bytes, call->ticks, true, d->makes_exit};
  if (!d->is_direct)
    return calltap__scope_keep(s, &made, d->kept_by) != 0;
  uint64_t calls = s->calls;
  if (s->session->is_limited) { /* the session goes on until the exit is written */
    call->is_counted = true;
    atomic_fetch_add(&s->session->open, 1);
  }
  calltap__call_write_late(s, &made);
  if (s->calls == calls) { /* one too many */
    s->skipped = 0;
    return false;
  }
  return true;
}

static void put_exit(const struct shape *shape, const struct decision *d, const struct match_input *in,
                     const struct open_call *call, uint64_t ticks, bool is_late) {
  const struct held *held = calltap__hold_of(in->stream, call);
  struct stream *s = in->stream;
  uint64_t usage[5];
  bool has_extras = calltap__extras_any(&d->extras);
  if (d->is_direct && !has_extras && !is_late && !in->way) {
    tally(&s->exits);
    calltap__event_write(shape, s, in->exit);
    return;
  }
  if (d->extras.usage && held) {
    calltap__os_usage(usage);
    for (unsigned i = 0; i < 5; i++)
      usage[i] -= held->usage[i];
  }
  uintptr_t mark;
  struct made_event made = {.ticks = ticks};
  uint8_t *room = calltap__hold_take(s, most_bytes(shape, &d->extras), &mark);
  bool written = room;
  if (room)
    make_event(&made, room, shape, &d->extras, in, held ? usage : NULL);
  if (written && d->is_direct) {
    written = calltap__event_write_made(s, made.event, made.bytes, made.ticks);
    if (written)
      tally(&s->exits);
  } else if (written) {
    written = calltap__scope_keep(s, &made, d->kept_by) != 0;
    if (written && call->kept)
      calltap__scope_keeps_exit(s, call->kept);
  }
  if (room)
    calltap__hold_give_back(s, mark);
  if (!written)
    count_missing(s, d->is_direct, room);
}

/* Which of the scopes that the call opened say yes now. */
static uint32_t scopes_decide(const struct filter *filter, uint32_t opened, const struct match_input *in) {
  uint32_t yes = 0;
  for (unsigned i = 0; i < filter->scopes; i++) {
    const struct filter_scope *scope = &filter->scope[i];
    if (!(opened >> scope->number & 1) || !scope->exit_program)
      continue;
    enum match match = calltap__match(scope->exit_program, in, NULL);
    in->stream->faults += match == MATCH_FAULT;
    yes |= (uint32_t)(match == MATCH_YES) << scope->number;
  }
  return yes;
}

static void leave(const struct shape *shape, struct stream *s, struct open_call *call, const struct registers *r,
                  struct way *way, uint32_t above) {
  const struct filter *filter = shape->filter;
  const struct held *held = calltap__hold_of(s, call);
  uint64_t ticks = calltap__ticks();
  const struct match_input in = {.shape = shape,
                                 .stream = s,
                                 .entry = held ? &held->registers : r,
                                 .vector = held ? held->vector : NULL,
                                 .exit = r,
                                 .way = way,
                                 .elapsed_ns = calltap__ns_of(ticks - call->ticks),
                                 .depth = s->open_calls + s->unnoted + 1};
  struct decision d;
  begin(&d);
  d.extras.above = above;
  if (way)
    calltap__way_look(way, s);
  d.extras.way = way;
  calltap__filter_leave(filter, call, &in, &d);
  bool is_silent = s->flags & CALLTAP_THREAD_SILENT, is_late = !call->is_written; /* to write the call takes time */
  if ((d.makes_event || d.makes_exit) && !is_silent && put_held_call(s, &d, call) && d.makes_exit)
    put_exit(shape, &d, &in, call, ticks, is_late);
  finish(s, call, held ? scopes_decide(filter, call->opened, &in) : 0);
  if (d.stops)
    calltap__session_end(s->session, "stop");
}

void calltap__call_leave(const struct shape *shape, struct stream *s, const struct registers *r, struct way *way,
                         uint32_t above) {
  struct open_call call;
  if (calltap__hold_close(s, shape->filter->number, calltap__open_frame(shape, r), &call) && call.is_wanted)
    leave(shape, s, &call, r, way, above);
}

void calltap__call_left(struct stream *s, uint32_t number, uintptr_t stack, struct way *way) {
  static const struct registers none;
  struct open_call call;
  if (calltap__hold_take_innermost(s, number, stack, &call) && call.is_wanted)
    leave(call.shape, s, &call, way->r ? way->r : &none, way, 0);
}

void calltap__call_put_exit(const struct shape *shape, struct stream *s, const struct registers *r, uint32_t above) {
  const struct match_input in = {.shape = shape, .stream = s, .entry = r, .exit = r};
  const struct extras extras = {.above = above};
  struct made_event made = {.ticks = calltap__ticks()};
  uintptr_t mark;
  uint8_t *room = calltap__hold_take(s, most_bytes(shape, &extras), &mark);
  if (!room) {
    s->not_held++;
    return;
  }
  make_event(&made, room, shape, &extras, &in, NULL);
  if (calltap__event_write_made(s, made.event, made.bytes, made.ticks))
    tally(&s->exits);
  calltap__hold_give_back(s, mark);
}
