/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is written of a session itself, into its stream 0: what events refer to, its start, pauses, what it counted, its end. */
#include "internal.h"

enum {
  CONTROL_CHUNK = 16 * 1024,
  END_RESERVE = 1024,
  BESIDE_RING =
      256 * 1024 * 1024 /* room in the file for all that is not overwritten, until it is known how much that is */
};

/* Keeps room for the end in the chunk at hand: when the file is full there is no other. */
static bool write_control(struct stream *s, const struct cbor *record) {
  size_t bytes = calltap__cbor_size(record);
  if (record->full)
    return false;
  if (s->cursor + bytes + END_RESERVE > s->end) {
    uint32_t size = s->next_chunk > bytes + 2 * END_RESERVE ? s->next_chunk : (uint32_t)bytes + 2 * END_RESERVE;
    if (calltap__chunk_take(s, size, NULL, 0) != CHUNK_TAKEN)
      return false;
  }
  return calltap__record_write(s, record);
}

static void put_session(struct cbor *c, const char *what, unsigned pairs) {
  const struct moment now = calltap__moment();
  calltap__cbor_array(c, 5);
  calltap__cbor_text(c, CALLTAP_WIRE_SESSION);
  calltap__cbor_text(c, what);
  calltap__cbor_uint(c, now.ticks);
  calltap__cbor_uint(c, now.mono_ns);
  calltap__cbor_map(c, pairs);
}

static void put_number(struct cbor *c, const char *key, uint64_t value) {
  calltap__cbor_text(c, key);
  calltap__cbor_uint(c, value);
}

void calltap__report_mark(struct session *session, const char *what) {
  uint8_t record[64];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, what, 0);
  (void)write_control(session->own, &c);
}

void calltap__report_disarmed(struct session *session, const struct calltap_function *f) {
  uint8_t record[512];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, "disarmed", 2);
  calltap__cbor_text(&c, "module");
  calltap__cbor_text(&c, calltap__string(&f->module));
  calltap__cbor_text(&c, "function");
  calltap__cbor_text(&c, calltap__string(&f->name));
  (void)write_control(session->own, &c);
}

/* gone: the events that are in files no more, null where there is one file. */
static void write_start(struct session *session, struct stream *s, const uint64_t *gone) {
  uint8_t record[128];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, "start", 2 + (gone != NULL));
  put_number(&c, "functions", session->armed.functions);
  put_number(&c, "sites", calltap__armed_sites(session));
  if (gone)
    put_number(&c, "gone", *gone);
  (void)write_control(s, &c);
}

/* -- what was counted --------------------------------------------------------------------------------------------------- */

static uint64_t now(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

/* What the rate dropped of a thread that made no call since, which would have said so. */
static void add_dropped(struct totals *sum, const struct stream *s) {
  uint64_t dropped = now(&s->dropped), from = now(&s->dropped_from), to = now(&s->dropped_to);
  if (!dropped)
    return;
  sum->dropped_untold += dropped;
  sum->dropped_from = from < sum->dropped_from ? from : sum->dropped_from;
  sum->dropped_to = to > sum->dropped_to ? to : sum->dropped_to;
}

static void add(struct totals *sum, const struct stream *s) {
  sum->calls += now(&s->calls);
  sum->exits += now(&s->exits);
  sum->rejected += now(&s->rejected);
  sum->faults += now(&s->faults);
  sum->not_held += now(&s->not_held);
  sum->dropped += now(&s->all_dropped);
  add_dropped(sum, s);
  uint64_t samples = now(&s->all_samples);
  sum->cost += now(&s->first_took);
  sum->cost += samples > 1 ? now(&s->others_took) / (samples - 1) * (now(&s->measured) - 1) : 0;
  sum->lost += s->lost;
  sum->lost_told += s->lost_told;
  if (s->lost == s->lost_told)
    return;
  sum->lost_from = s->lost_from < sum->lost_from ? s->lost_from : sum->lost_from;
  sum->lost_to = s->lost_to > sum->lost_to ? s->lost_to : sum->lost_to;
}

struct totals calltap__report_totals(const struct session *session) {
  struct totals sum = {.lost_from = UINT64_MAX, .dropped_from = UINT64_MAX};
  for (const struct stream *s = atomic_load_explicit(&session->streams, memory_order_acquire); s; s = s->next)
    add(&sum, s);
  return sum;
}

/* Of all threads. Returns what is lost of it. */
static uint64_t write_rows(struct session *session) {
  uint64_t lost = 0;
  for (const struct stream *s = atomic_load_explicit(&session->streams, memory_order_acquire); s; s = s->next)
    lost += calltap__count_write(s, session->own, write_control);
  return lost;
}

void calltap__report_tables(struct session *session) {
  if (!session->tables)
    return;
  calltap__parts_make_room(session);
  calltap__report_mark(session, "tables");
  (void)write_rows(session);
}

static void write_lost(struct session *session, const char *cause, uint64_t count, uint64_t from, uint64_t to) {
  uint8_t record[96];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 5);
  calltap__cbor_text(&c, CALLTAP_WIRE_LOST);
  calltap__cbor_text(&c, cause);
  calltap__cbor_uint(&c, count);
  calltap__cbor_uint(&c, from);
  calltap__cbor_uint(&c, to);
  (void)calltap__record_write(session->own, &c);
}

static const char *why_lost(const struct session *session, const char *reason) {
  if (calltap__text_equal(reason, "disk"))
    return "disk";
  if (session->parts.size)
    return CALLTAP_WIRE_LOST_ROTATE;
  return session->ring.slots ? CALLTAP_WIRE_LOST_RING : "nested";
}

/* Calls that threads which are no more left open. */
static void end_threads(const struct session *session) {
  int pid = calltap__os_pid();
  for (struct stream *s = atomic_load_explicit(&session->streams, memory_order_acquire); s; s = s->next)
    if (s->noted_count > 1 && !calltap__os_thread_exists(pid, s->tid))
      calltap__open_thread_ended(s);
}

/* The last record of a file, and its size: one that is shorter by the time it is read was cut. Both become readable at once, as who follows the
 * file takes what is not finished when the last record is there for torn. What hooks that are late write behind this stands in their chunks. */
static void write_last(struct session *session, struct cbor *last) {
  const struct trace *t = session->own->file ? session->own->file : &session->trace;
  uint64_t used = atomic_load(&t->used), limit = t->limit;
  calltap__cbor_array(last, 2);
  calltap__cbor_text(last, CALLTAP_WIRE_SIZE);
  calltap__cbor_uint(last, used < limit ? used : limit);
  (void)calltap__record_write(session->own, last);
}

void calltap__report_end(struct session *session, const char *reason) {
  uint8_t record[256];
  end_threads(session);
  if (session->tables)
    calltap__report_mark(session, "tables");
  uint64_t uncounted = write_rows(session), ticks = calltap__ticks();
  struct totals sum = calltap__report_totals(session);
  bool ends_by_calls =
      calltap__text_equal(reason, "calls"); /* all are closed; a thread may be about to see that it comes too late */
  bool has_open = session->is_limited, has_disarmed = session->disarmed, has_cost = session->budget,
       has_ring = session->ring.slots, has_parts = session->parts.size;
  if (uncounted)
    write_lost(session, "counted", uncounted, ticks, ticks);
  if (sum.lost > sum.lost_told)
    write_lost(session, why_lost(session, reason), sum.lost - sum.lost_told, sum.lost_from, sum.lost_to);
  if (sum.dropped_untold)
    write_lost(session, "rate", sum.dropped_untold, sum.dropped_from, sum.dropped_to);
  if (sum.not_held) /* when that was is not known */
    write_lost(session, "held", sum.not_held, ticks, ticks);
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, "end", 6 + has_cost + has_open + has_disarmed + has_ring + has_parts);
  calltap__cbor_text(&c, "reason");
  calltap__cbor_text(&c, reason);
  put_number(&c, "calls", sum.calls);
  put_number(&c, "exits", sum.exits);
  put_number(&c, "rejected", sum.rejected);
  put_number(&c, "faults", sum.faults);
  put_number(&c, "lost", sum.lost + sum.not_held + sum.dropped + uncounted);
  if (has_cost)
    put_number(&c, "cost_ns", calltap__ns_of(sum.cost));
  if (has_open)
    put_number(&c, "open", ends_by_calls ? 0 : (uint64_t)atomic_load(&session->open));
  if (has_disarmed)
    put_number(&c, "disarmed", session->disarmed);
  if (has_ring)
    put_number(&c, "overwritten", atomic_load(&session->ring.overwritten));
  if (has_parts)
    put_number(&c, "gone", calltap__parts_gone(session));
  write_last(session, &c);
  session->last = sum;
}

/* -- the file ------------------------------------------------------------------------------------------------------------- */

/* What every file of the session has to say. */
static bool write_told(struct stream *s, const struct cbor *record) {
  return write_control(s, record) && (!s->session->parts.size || calltap__parts_tell(s->session, record));
}

bool calltap__report_functions(struct session *session, uint32_t from) {
  return calltap__arm_describe(session, from, write_told);
}

/* file: null, the session's own. 0 or -errno. */
static int begin_file(struct session *session, struct stream *s, struct trace *file, uint64_t part) {
  static uint8_t record[16 * 1024];
  *s = (struct stream){.session = session, .file = file, .next_chunk = CONTROL_CHUNK};
  struct cbor header = calltap__cbor(record, sizeof record);
  calltap__describe_header(&header, session, part);
  bool begun = !header.full && calltap__chunk_take(s, 2 * CONTROL_CHUNK, &header, 0) == CHUNK_TAKEN;
  return begun ? 0 : -28; /* ENOSPC */
}

/* What events will refer to goes into the file. */
static int describe(struct session *session) {
  bool done = calltap__describe_objects(session->own, write_told) && calltap__report_functions(session, 0);
  return done ? 0 : -27; /* EFBIG */
}

static int fill(struct session *session) {
  int result = begin_file(session, &session->stream, NULL, 0);
  if (!result)
    result = describe(session);
  if (!result && !calltap__ring_make(session))
    result = -27; /* EFBIG */
  if (!result)
    write_start(session, session->own, NULL);
  return result;
}

int calltap__report_part(struct session *session, struct part *part) {
  int result = begin_file(session, &part->stream, &part->trace, part->number);
  if (result)
    return result;
  if (part->number > 1)
    return calltap__parts_retell(session, &part->stream, write_control) ? 0 : -28; /* ENOSPC */
  session->own = &part->stream;
  result = describe(session);
  return result ? result : atomic_load(&part->trace.used) <= session->parts.size / 2 ? 0 : -27; /* EFBIG */
}

void calltap__report_turn(struct session *session, struct part *next, uint64_t gone) {
  write_start(session, &next->stream, &gone);
}

void calltap__report_next(struct session *session) {
  uint8_t record[64];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, "next", 0);
  write_last(session, &c);
}

static int open_parts(struct session *session, bool is_child) {
  const uint64_t none = 0;
  int result = calltap__parts_open(session, is_child);
  if (!result)
    write_start(session, session->own, &none);
  return result;
}

int calltap__report_open(struct session *session, bool is_child) {
  const struct limits *limits = &session->request.limits;
  uint64_t bytes = limits->ring ? limits->ring + BESIDE_RING : limits->bytes;
  session->ring = (struct ring){0};
  if (limits->rotate)
    return open_parts(session, is_child);
  int result = calltap__path_open(&session->trace, session->request.out, bytes, is_child, NULL);
  if (result)
    return result;
  result = fill(session);
  if (result)
    calltap__trace_forget(&session->trace);
  return result;
}
