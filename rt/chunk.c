/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Pieces of the trace file. A stream takes a chunk by moving one shared counter, and owns it for good. The first is
 * small, because there may be thousands of threads, and each next one is larger up to a bound. */
#include "internal.h"

enum { CHUNK_GROWTH = 4, CHUNK_LARGEST = 256 * 1024 };

void calltap__record_commit(uint8_t *at, const uint8_t *record, size_t bytes) {
  uint8_t open[4];
  size_t head;
  if (bytes <= 24) {
    head = 1;
    open[0] = (uint8_t)(CBOR_BYTES | (bytes - 1));
  } else if (bytes <= 2 + UINT8_MAX) {
    head = 2;
    open[0] = CBOR_BYTES | 24;
    open[1] = (uint8_t)(bytes - 2);
  } else {
    head = 4; /* three bytes, and one of the contents, to make it one store */
    open[0] = CBOR_BYTES | 25;
    open[1] = (uint8_t)((bytes - 3) >> 8);
    open[2] = (uint8_t)(bytes - 3);
    open[3] = record[3];
  }
  uint32_t first;
  if (head == 1)
    *(volatile uint8_t *)at = open[0];
  else if (head == 2)
    __builtin_memcpy(at, open, 2);
  else
    __builtin_memcpy(at, open, 4);
  compiler_barrier();
  calltap__bytes_copy(at + head, record + head, bytes - head);
  compiler_barrier();
  __builtin_memcpy(&first, record, 4);
  if (head == 1)
    *(volatile uint8_t *)at = record[0];
  else if (head == 2)
    __builtin_memcpy(at, record, 2);
  else
    __builtin_memcpy(at, &first, 4);
}

/* Of one length for a stream and a size, so that it can be written anew. */
static size_t put_chunk_record(uint8_t *at, const struct stream *s, uint64_t bytes, const struct moment *now) {
  uint8_t record[64];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 5);
  calltap__cbor_text(&c, CALLTAP_WIRE_CHUNK);
  calltap__cbor_uint(&c, bytes);
  calltap__cbor_uint(&c, s->number);
  calltap__cbor_uint64(&c, now->ticks);
  calltap__cbor_uint64(&c, now->mono_ns);
  calltap__record_commit(at, record, calltap__cbor_size(&c));
  return calltap__cbor_size(&c);
}

/* For a thread that has ended somebody else writes, who has the name that it had last. */
static size_t put_thread_record(uint8_t *at, struct stream *s, bool is_own) {
  uint8_t record[64];
  char name[16];
  if (is_own)
    calltap__os_thread_name(name);
  __builtin_memcpy(is_own ? s->own_name : name, is_own ? name : s->own_name, sizeof name);
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 4);
  calltap__cbor_text(&c, CALLTAP_WIRE_THREAD);
  calltap__cbor_uint(&c, s->number);
  calltap__cbor_uint(&c, (uint64_t)(is_own ? calltap__os_tid() : s->tid));
  calltap__cbor_text(&c, name);
  calltap__record_commit(at, record, calltap__cbor_size(&c));
  return calltap__cbor_size(&c);
}

/* Its memory and disk blocks are taken now: later there would only be a signal to say that the disk is full. */
enum chunk_result calltap__space_take(struct trace *t, uint64_t *offset, uint64_t *bytes) {
  *offset = atomic_fetch_add(&t->used, *bytes);
  if (*offset >= t->limit) /* also when it is closed */
    return CHUNK_LIMIT;
  if (*bytes > t->limit - *offset)
    *bytes = t->limit - *offset;
  int result = calltap__os_populate(t->base + *offset, *bytes);
  if (result == -22 /* EINVAL: before Linux 5.14 */ && calltap__trace_reserve(t, *offset, *bytes))
    result = 0;
  return result ? CHUNK_DISK : CHUNK_TAKEN;
}

/* Until the clock is known, a signal handler's event brings its own, whichever of the two chunks it finds. */
static void set_cursor(struct stream *s, uintptr_t cursor, uintptr_t end, uint64_t ticks) {
  *(volatile uint32_t *)&s->clock_high = NO_CLOCK;
  compiler_barrier();
  while (!cpu_local_stored_pair(&s->cursor, cursor, end))
    continue;
  compiler_barrier();
  *(volatile uint32_t *)&s->clock_high = (uint32_t)(ticks >> 32);
}

struct place {
  uint8_t *stamp, *at; /* the chunk record, and the first byte behind the records that a chunk starts with */
  uint64_t bytes;      /* of the chunk */
  uintptr_t end;
  struct part *part; /* where files take turns */
};

/* What a reader of this file has to know of the stream may have been said in another one. */
static void put_stream_heads(struct stream *s, struct place *p) {
  bool is_own = !p->part || calltap__self->tid == s->tid;
  p->at += put_thread_record(p->at, s, is_own);
  const struct kept_tag *tag = p->part ? s->tag_kept : NULL;
  if (!tag || (uintptr_t)p->at + tag->bytes > p->end)
    return;
  calltap__record_commit(p->at, tag->record, tag->bytes);
  p->at += tag->bytes;
}

static enum chunk_result take_new(struct stream *s, const struct cbor *header, const struct moment *now,
                                  struct place *p) {
  struct trace *t = s->file ? s->file : &s->session->trace;
  bool takes_turns = s->number && s->session->parts.size;
  uint64_t offset;
  enum chunk_result result =
      takes_turns ? calltap__part_take(s, &p->part, &offset, &p->bytes) : calltap__space_take(t, &offset, &p->bytes);
  if (result != CHUNK_TAKEN)
    return result;
  if (takes_turns)
    t = &p->part->trace;
  bool is_first = s->number && (!s->end || (takes_turns && s->part != p->part->number));
  p->stamp = t->base + offset;
  p->end = (uintptr_t)p->stamp + p->bytes;
  if (header) {
    calltap__record_commit(p->stamp, header->start, calltap__cbor_size(header));
    p->stamp += calltap__cbor_size(header);
  }
  p->at = p->stamp + put_chunk_record(p->stamp, s, p->bytes, now);
  if (is_first)
    put_stream_heads(s, p);
  return CHUNK_TAKEN;
}

static enum chunk_result take_in_ring(struct stream *s, unsigned pending, const struct moment *now, struct place *p) {
  enum chunk_result result = calltap__ring_take(s, (uint32_t)p->bytes, pending, now, &p->stamp, &p->at);
  p->end = (uintptr_t)p->stamp + s->session->ring.bytes;
  if (result == CHUNK_HELD)
    s->refills++; /* what is missing shows in the number of the next chunk */
  return result;
}

/* So that there are many in a file, where files take turns: what is left of one is not used. */
static uint32_t largest(const struct session *session) {
  return session->parts.size ? session->parts.largest : CHUNK_LARGEST;
}

/* A signal handler may take and use a chunk while this function is about to: readers put the chunks of a stream in the order
 * of their ticks. Ours is used after the handler's, so if one came between, it is stamped anew, while it is empty. */
static enum chunk_result take_one(struct stream *s, uint32_t bytes, const struct cbor *header, unsigned pending,
                                  struct part **part) {
  bool is_ring = s->number && s->session->ring.slots;
  struct place p = {.bytes = (bytes + OS_PAGE - 1) / OS_PAGE * OS_PAGE};
  uint32_t refills = *(volatile uint32_t *)&s->refills;
  uint64_t events = s->calls + s->exits - s->unwritten - pending;
  struct moment now = calltap__moment();
  enum chunk_result result = is_ring ? take_in_ring(s, pending, &now, &p) : take_new(s, header, &now, &p);
  if (result != CHUNK_TAKEN)
    return result;
  uintptr_t old_end = s->end;
  set_cursor(s, (uintptr_t)p.at, p.end, now.ticks);
  while (*(volatile uint32_t *)&s->refills != refills && *(volatile uintptr_t *)&s->cursor == (uintptr_t)p.at) {
    refills = *(volatile uint32_t *)&s->refills;
    now = calltap__moment();
    if (is_ring)
      calltap__ring_stamp(s, p.stamp, &now);
    else
      (void)put_chunk_record(p.stamp, s, p.bytes, &now);
    *(volatile uint32_t *)&s->clock_high = (uint32_t)(now.ticks >> 32);
  }
  s->refills++;
  if (is_ring)
    calltap__ring_leave(s, old_end);
  else if (s->next_chunk * CHUNK_GROWTH <= largest(s->session))
    s->next_chunk *= CHUNK_GROWTH;
  *part = p.part;
  if (p.part && calltap__part_is_current(s, p.part))
    calltap__part_begin(s, p.part, events);
  return CHUNK_TAKEN;
}

/* Where files take turns: a handler may have met the next one between the choice of a file and the use of the chunk, and nothing would tell
 * the thread again. So then the chunk stays empty. */
enum chunk_result calltap__chunk_take(struct stream *s, uint32_t bytes, const struct cbor *header, unsigned pending) {
  struct part *part;
  enum chunk_result result;
  if (s->session->parts.size && s->tag_kept)
    bytes += s->tag_kept->bytes;
  do {
    part = NULL;
    result = take_one(s, bytes, header, pending, &part);
  } while (result == CHUNK_TAKEN && part && !calltap__part_is_current(s, part));
  return result;
}

bool calltap__record_write(struct stream *s, const struct cbor *record) {
  size_t bytes = calltap__cbor_size(record);
  bool is_first = true;
  if (record->full || bytes < 4)
    return false;
  for (;;) {
    uintptr_t end = stream_end(s), at = cpu_local_add(&s->cursor, bytes);
    if (stream_end(s) != end)
      continue;
    if (at + bytes <= end) {
      calltap__record_commit((uint8_t *)at, record->start, bytes);
      return true;
    }
    uint32_t size = s->next_chunk;
    while (size < bytes + 256)
      size *= 2;
    if (!is_first || calltap__chunk_take(s, size, NULL, 0) != CHUNK_TAKEN)
      return false; /* the last chunk of the file is shorter than asked for */
    is_first = false;
  }
}
