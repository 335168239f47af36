/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From a verdict to bytes. An event is written in place: a byte string's head first, which covers exactly the event,
 * then the contents, then the event's own head over the other. A process that is killed in between, or a
 * signal handler that writes its own event in between, leaves whole items only. */
#include "internal.h"

enum { CLOCK_RECORD = 16, CHUNK_HEADS = 256 };

/* -- shapes -------------------------------------------------------------------------------------------------- */

static unsigned wire_kind(enum calltap_site_kind kind) {
  static const uint8_t wire[] = {[CALLTAP_SITE_ENTRY] = CALLTAP_WIRE_CALL,
                                 [CALLTAP_SITE_RETURN] = CALLTAP_WIRE_RETURN,
                                 [CALLTAP_SITE_TAIL] = CALLTAP_WIRE_TAIL,
                                 [CALLTAP_SITE_LANDING] = CALLTAP_WIRE_OTHER_EXIT,
                                 [CALLTAP_SITE_UNWIND] = CALLTAP_WIRE_OTHER_EXIT};
  return wire[kind];
}

/* The heads: array, id, and the initial byte of the time. The byte string's head that hides an unfinished event says how
 * long it can become. */
static void shape_heads(struct shape *shape, uint64_t id) {
  uint8_t first[8] = {(uint8_t)(CBOR_ARRAY | 24), (uint8_t)(2 + shape->count)};
  unsigned at = shape->count <= 20 ? 1 : 2; /* one more fits: extras may be added */
  if (at == 1)
    first[0] = (uint8_t)(CBOR_ARRAY | (2 + shape->count));
  unsigned id_bytes = id <= UINT16_MAX ? 2 : 4;
  first[at++] = (uint8_t)(CBOR_UINT | (id_bytes == 2 ? 25 : 26));
  for (unsigned i = id_bytes; i--;)
    first[at++] = (uint8_t)(id >> i * 8);
  if (at < sizeof first)
    first[at] = CBOR_UINT | 26;
  shape->time_at = (uint8_t)(at + 1);
  __builtin_memcpy(&shape->close, first, 4);
  if (!shape->values)
    shape->length = (uint16_t)(shape->length + shape->time_at + 4);
  if (shape->values) {
    first[0] = CBOR_BYTES | 25;
    first[1] = (uint8_t)((shape->length - 3) >> 8);
    first[2] = (uint8_t)(shape->length - 3);
  } else if (shape->length <= 24) {
    first[0] = (uint8_t)(CBOR_BYTES | (shape->length - 1));
  } else {
    first[0] = CBOR_BYTES | 24;
    first[1] = (uint8_t)(shape->length - 2);
  }
  __builtin_memcpy(&shape->open, first, 8);
}

uint32_t calltap__shape_number(const struct shape *shape) {
  uint8_t first[8]; /* the event's own head is in `close`, what follows it in `open` as well */
  uint32_t id = 0;
  __builtin_memcpy(first, &shape->open, 8);
  __builtin_memcpy(first, &shape->close, 4);
  unsigned end = shape->time_at - 1u, at = first[0] == (CBOR_ARRAY | 24) ? 3 : 2;
  for (; at < end; at++)
    id = id << 8 | first[at];
  return id >> CALLTAP_WIRE_EVENT_BITS;
}

/* Filters are told later. */
static uint32_t note_of(const struct calltap_function *f, uint32_t number) {
  if (number >= NOTE_NUMBERS - 2)
    return NOT_NOTED;
  return (number + 1) | (f->flags & CALLTAP_FUNCTION_SHARED ? NOTE_SHARED : 0);
}

bool calltap__shape_init(struct shape *shape, const struct calltap_function *f, uint32_t number,
                         enum calltap_site_kind kind, const struct limits *limits) {
  *shape = (struct shape){.kind = (uint8_t)kind};
  if (!calltap__capture_plan(shape, f, kind, limits))
    return false;
  shape->note = note_of(f, number);
  shape_heads(shape, (uint64_t)number << CALLTAP_WIRE_EVENT_BITS | wire_kind(kind));
  return true;
}

bool calltap__shape_calls(struct shape *shape, uint32_t callee) {
  uint64_t number = calltap__shape_number(shape);
  if (!calltap__capture_number(shape, callee))
    return false;
  shape_heads(shape, number << CALLTAP_WIRE_EVENT_BITS | CALLTAP_WIRE_TAIL);
  return true;
}

void calltap__shape_landing(struct shape *shape) {
  *shape = (struct shape){.kind = CALLTAP_SITE_LANDING, .note = NOTE_NUMBERS - 1};
  shape_heads(shape, UINT32_MAX); /* of no function */
}

/* -- events -------------------------------------------------------------------------------------------------- */

/* A CBOR integer of a fixed width, so that events of a shape have one length. */
static inline uint8_t *put_integer(uint8_t *at, const struct integer *c, uint64_t raw) {
  unsigned unused = 64 - 8u * c->bytes;
  uint64_t v = raw << unused >> unused;
  uint8_t major = CBOR_UINT;
  if (c->is_signed && (int64_t)(raw << unused) < 0) {
    v = ~(uint64_t)((int64_t)(raw << unused) >> unused);
    major = CBOR_NEGATIVE;
  }
  switch (c->bytes) {
  case 1:
    at[0] = major | 24;
    at[1] = (uint8_t)v;
    return at + 2;
  case 2: {
    uint16_t big = __builtin_bswap16((uint16_t)v);
    at[0] = major | 25;
    __builtin_memcpy(at + 1, &big, 2);
    return at + 3;
  }
  case 4: {
    uint32_t big = __builtin_bswap32((uint32_t)v);
    at[0] = major | 26;
    __builtin_memcpy(at + 1, &big, 4);
    return at + 5;
  }
  default: {
    uint64_t big = __builtin_bswap64(v);
    at[0] = major | 27;
    __builtin_memcpy(at + 1, &big, 8);
    return at + 9;
  }
  }
}

static inline void fill(uint8_t *at, const struct shape *shape, uint32_t time, const struct registers *r) {
  __builtin_memcpy(at, &shape->open, 8);
  compiler_barrier(); /* the byte string's head covers what follows */
  uint32_t big = __builtin_bswap32(time);
  __builtin_memcpy(at + shape->time_at, &big, 4);
  uint8_t *value = at + shape->time_at + 4;
  for (unsigned i = 0; i < shape->count; i++)
    value = put_integer(value, &shape->integer[i], r->value[shape->integer[i].place]);
  compiler_barrier(); /* the event is complete before it is one */
  __builtin_memcpy(at, &shape->close, 4);
}

/* The same for values of other kinds. Returns the end. */
static uint8_t *fill_values(uint8_t *at, const struct shape *shape, struct stream *s, uint32_t time,
                            const struct registers *r) {
  __builtin_memcpy(at, &shape->open, 8);
  at[shape->time_at - 1] = CBOR_UINT | 26;
  compiler_barrier();
  uint32_t big = __builtin_bswap32(time);
  __builtin_memcpy(at + shape->time_at, &big, 4);
  uint8_t *end = calltap__values_write(at + shape->time_at + 4, shape, s, r);
  compiler_barrier();
  __builtin_memcpy(at, &shape->close, 4);
  return end;
}

/* The event may come out shorter than the space that was reserved: what is left goes back, unless a signal handler's event
 * stands behind it by now. */
static __attribute__((noinline)) void write_values(uint8_t *at, const struct shape *shape, struct stream *s,
                                                   uint32_t time, const struct registers *r) {
  uint8_t *end = fill_values(at, shape, s, time, r);
  compiler_barrier();
  cpu_local_replace(&s->cursor, (uintptr_t)at + shape->length, (uintptr_t)end);
}

size_t calltap__event_make(uint8_t *at, const struct shape *shape, struct stream *s, uint64_t ticks,
                           const struct registers *r) {
  if (shape->values)
    return (size_t)(fill_values(at, shape, s, (uint32_t)ticks, r) - at);
  fill(at, shape, (uint32_t)ticks, r);
  return shape->length;
}

static void fill_clock(uint8_t *at, uint64_t ticks) {
  uint8_t record[CLOCK_RECORD];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 2);
  calltap__cbor_text(&c, CALLTAP_WIRE_CLOCK);
  calltap__cbor_uint64(&c, ticks);
  calltap__record_commit(at, record, sizeof record);
}

static __attribute__((noinline)) void lose(struct stream *s, uint64_t ticks) {
  if (s->lost++ == s->lost_told)
    s->lost_from = ticks;
  s->lost_to = ticks;
}

/* Takes the next chunk, and ends the session where there is none. False: the event is not written. is_counted: as if it were. */
static __attribute__((noinline)) bool refill(struct stream *s, size_t event, bool is_counted) {
  uint32_t bytes = (uint32_t)event + CHUNK_HEADS;
  enum chunk_result result = calltap__chunk_take(s, s->next_chunk > bytes ? s->next_chunk : bytes, NULL, is_counted);
  if (result == CHUNK_TAKEN)
    return true;
  s->unwritten += is_counted;
  if (result == CHUNK_DISK || result == CHUNK_HELD)
    lose(s, calltap__ticks());
  if (result == CHUNK_HELD)
    return false;
  calltap__session_end(s->session, result == CHUNK_DISK ? "disk" : "bytes");
  return false;
}

/* An event whose upper half of the ticks is not the one in force: a clock record goes before it, in the same
 * reservation, so that nothing comes between. While clock_high is NO_CLOCK, a signal handler's event brings its own. */
static __attribute__((noinline)) void write_with_clock(const struct shape *shape, struct stream *s,
                                                       const struct registers *r) {
  for (;;) {
    s->clock_high = NO_CLOCK;
    compiler_barrier();
    uintptr_t end = stream_end(s), at = cpu_local_add(&s->cursor, CLOCK_RECORD + shape->length);
    if (stream_end(s) != end)
      continue;
    if (at + CLOCK_RECORD + shape->length <= end) {
      uint64_t ticks = calltap__ticks();
      fill_clock((uint8_t *)at, ticks);
      if (shape->values)
        write_values((uint8_t *)at + CLOCK_RECORD, shape, s, (uint32_t)ticks, r);
      else
        fill((uint8_t *)at + CLOCK_RECORD, shape, (uint32_t)ticks, r);
      compiler_barrier();
      s->clock_high = (uint32_t)(ticks >> 32);
      return;
    }
    if (!refill(s, shape->length, true))
      return;
  }
}

/* The upper half in force, and the chunk, are read before the space is reserved and again after the clock was read. If they are the same, no
 * clock record of a signal handler's came between, and no chunk; if not, the space stays zero, which is padding. */
void calltap__event_write(const struct shape *shape, struct stream *s, const struct registers *r) {
  for (;;) {
    uint32_t high = *(volatile uint32_t *)&s->clock_high;
    uintptr_t end = stream_end(s), at = cpu_local_add(&s->cursor, shape->length);
    if (likely(at + shape->length <= end)) {
      uint64_t ticks = calltap__ticks();
      bool is_same = *(volatile uint32_t *)&s->clock_high == high && stream_end(s) == end;
      if (unlikely((uint32_t)(ticks >> 32) != high || !is_same))
        write_with_clock(shape, s, r);
      else if (unlikely(shape->values))
        write_values((uint8_t *)at, shape, s, (uint32_t)ticks, r);
      else
        fill((uint8_t *)at, shape, (uint32_t)ticks, r);
      if (unlikely(ticks > s->deadline - 1)) /* 0 is none */
        calltap__session_end(s->session, "time");
      return;
    }
    if (stream_end(s) == end && !refill(s, shape->length, true))
      return;
  }
}

/* As calltap__event_write. What is given up stays zero. */
bool calltap__event_write_made(struct stream *s, const uint8_t *event, size_t bytes, uint64_t ticks) {
  uint32_t high = *(volatile uint32_t *)&s->clock_high;
  if ((uint32_t)(ticks >> 32) != high)
    return calltap__event_write_late(s, event, bytes, ticks);
  uintptr_t end = stream_end(s), at = cpu_local_add(&s->cursor, bytes);
  if (at + bytes > end || stream_end(s) != end || *(volatile uint32_t *)&s->clock_high != high)
    return calltap__event_write_late(s, event, bytes, ticks);
  calltap__record_commit((uint8_t *)at, event, bytes);
  return true;
}

/* It brings its own clock record, and the next event too: its time may be long past. */
bool calltap__event_write_late(struct stream *s, const uint8_t *event, size_t bytes, uint64_t ticks) {
  for (;;) {
    s->clock_high = NO_CLOCK;
    compiler_barrier();
    uintptr_t end = stream_end(s), at = cpu_local_add(&s->cursor, CLOCK_RECORD + bytes);
    if (stream_end(s) != end)
      continue;
    if (at + CLOCK_RECORD + bytes <= end) {
      fill_clock((uint8_t *)at, ticks);
      calltap__record_commit((uint8_t *)at + CLOCK_RECORD, event, bytes);
      return true;
    }
    if (!refill(s, bytes, false))
      return false;
  }
}
