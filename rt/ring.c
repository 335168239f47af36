/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A trace that keeps the newest events: a part of its file, the ring, is divided into slots of one size, and each is a chunk. A thread
 * that fills its chunk takes the slot whose chunk was finished first. One that a thread still has is never taken from it, however old it is:
 * the thread may be in the middle of an event, or be about to write one. So only full chunks are given away, and those of threads that have
 * ended.
 *
 * A slot is a word: 0 at first, then a number that grows with time, and in its lowest bit whether somebody has it. Who turns the word of
 * a free slot into that of a taken one has it. The file says the same in its own way, for readers that look at any moment: the first eight
 * bytes of a slot become the head of a byte string that covers all of it, the rest is cleared and the new chunk's records are written
 * behind these bytes, and last come the first eight bytes of the chunk record, in one store. */
#include "internal.h"

enum {
  SLOT_LEAST = 16 * 1024,
  SLOT_MOST = 1024 * 1024,
  SLOTS_WANTED = 1024,
  HEADS = 256, /* the records that a chunk starts with, without the tag */
  TAKEN_BIT = 1,
  CHUNK_ELEMENTS = 8,
  LATER = 16 * 1024 * 1024, /* what may still be said beside the ring, and as much again as was said at first */
  LOOKS = 2                 /* at owners, each a system call, for one chunk */
};

static uint64_t next_number(struct ring *ring) { return (atomic_fetch_add(&ring->numbers, 1) + 1) << 1; }

bool calltap__ring_make(struct session *session) {
  struct ring *ring = &session->ring;
  struct trace *t = &session->trace;
  uint64_t bytes = session->request.limits.ring, slot = SLOT_LEAST;
  *ring = (struct ring){0};
  if (!bytes)
    return true;
  while (slot < SLOT_MOST && bytes / slot > SLOTS_WANTED)
    slot *= 2;
  uint64_t slots = bytes / slot;
  ring->slot = calltap__arena_take(&session->memory, slots * sizeof *ring->slot);
  if (!ring->slot || t->limit < slots * slot || atomic_load(&t->used) > t->limit - slots * slot)
    return false;
  ring->start = atomic_fetch_add(&t->used, slots * slot);
  calltap__trace_shrink(t, 2 * ring->start + slots * slot + LATER);
  ring->bytes = (uint32_t)slot;
  ring->slots = (uint32_t)slots;
  return true;
}

/* -- what is counted ------------------------------------------------------------------------------------------------------ */

static uint64_t written(const struct stream *s) { return s->calls + s->exits - s->unwritten; }

/* The slot that the stream writes into; null: none yet. */
static struct ring_slot *slot_of(const struct ring *ring, const struct trace *t, uintptr_t end) {
  return end ? &ring->slot[(end - 1 - (uintptr_t)t->base - ring->start) / ring->bytes] : NULL;
}

/* The stream goes on in another slot. A signal handler in between finds it done or not done, so each event is counted in one of the two.
 * pending: events that are counted by the stream and not written yet. */
static void count_from(struct stream *s, struct ring_slot *slot, unsigned pending) {
  struct ring_slot *before;
  do {
    before = *(struct ring_slot *volatile *)&s->counts_in;
    slot->events = 0;
    slot->begin = written(s) - pending;
  } while (!cpu_local_replaced((uintptr_t *)&s->counts_in, (uintptr_t)before, (uintptr_t)slot));
  if (before)
    before->events = slot->begin - before->begin;
}

/* Where a handler took a slot in between, that is the one that would be counted in: its events count as those of the slot that is used. */
static void count_in_current(struct stream *s) {
  struct ring_slot *now = slot_of(&s->session->ring, &s->session->trace, *(volatile uintptr_t *)&s->end);
  struct ring_slot *counted = *(struct ring_slot *volatile *)&s->counts_in;
  if (counted != now)
    cpu_local_replace((uintptr_t *)&s->counts_in, (uintptr_t)counted, (uintptr_t)now);
}

/* -- giving a slot back ---------------------------------------------------------------------------------------------------- */

/* By whom it belongs to, or who knows that this one is no more. */
static void give_back(struct ring *ring, struct ring_slot *slot) {
  slot->finished = calltap__ticks();
  atomic_store_explicit(&slot->owner, NULL, memory_order_relaxed);
  atomic_store_explicit(&slot->word, next_number(ring), memory_order_release);
}

/* Those that the stream left behind while one of its hooks was interrupted. */
static void give_back_all(struct stream *s) {
  struct ring *ring = &s->session->ring;
  s->left_behind = 0;
  for (uint32_t i = 0; i < ring->slots; i++) {
    struct ring_slot *slot = &ring->slot[i];
    bool is_own = atomic_load_explicit(&slot->owner, memory_order_relaxed) == s;
    if (is_own && slot != slot_of(ring, &s->session->trace, *(volatile uintptr_t *)&s->end))
      give_back(ring, slot);
  }
}

/* How many hooks of the stream's thread are at work in the session: above one, all but the last are interrupted, and may have an event in
 * a chunk that is full by now. A thread that has ended has none; what is still to be written for it is written under the control lock. */
static uint32_t hooks_inside(const struct stream *s) {
  const struct thread *self = calltap__self;
  return self->tid == s->tid ? self->in[s->session->index].inside : 1;
}

void calltap__ring_leave(struct stream *s, uintptr_t old_end) {
  struct ring *ring = &s->session->ring;
  struct ring_slot *old = slot_of(ring, &s->session->trace, old_end);
  count_in_current(s);
  if (hooks_inside(s) > 1) {
    s->left_behind += old != NULL;
    return;
  }
  if (old)
    give_back(ring, old);
  if (s->left_behind)
    give_back_all(s);
}

/* -- taking one ------------------------------------------------------------------------------------------------------------- */

/* The owner of a slot that was taken before all free ones were finished: has it ended? Otherwise it is not looked at again for as long
 * as everybody else. */
static void look_at_owner(struct ring *ring, struct ring_slot *slot, uint64_t word) {
  struct stream *owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
  uint64_t saved, later = next_number(ring) | TAKEN_BIT;
  bool is_alive = !owner || calltap__os_thread_exists(calltap__process.pid, owner->tid);
  if (atomic_load_explicit(&slot->word, memory_order_acquire) != word)
    return;
  if (is_alive) {
    (void)atomic_compare_exchange_strong(&slot->word, &word, later);
    return;
  }
  if (!calltap__lock(&saved)) /* what ended threads left open is written under it */
    return;
  bool is_same = atomic_load(&slot->word) == word && atomic_load(&slot->owner) == owner;
  if (is_same && slot == owner->counts_in) {
    slot->events = written(owner) - slot->begin;
    owner->counts_in = NULL;
  }
  if (is_same && slot == slot_of(ring, &owner->session->trace, owner->end))
    owner->cursor = owner->end = 0;
  if (is_same)
    give_back(ring, slot);
  calltap__unlock(&saved);
}

struct choice {
  struct ring_slot *free, *taken; /* those with the lowest numbers; null: there is none */
  uint64_t free_word, taken_word;
};

static struct choice choose(const struct ring *ring) {
  struct choice c = {.free_word = UINT64_MAX, .taken_word = UINT64_MAX};
  for (uint32_t i = 0; i < ring->slots; i++) {
    uint64_t word = atomic_load_explicit(&ring->slot[i].word, memory_order_acquire);
    if (!(word & TAKEN_BIT) && word < c.free_word) {
      c.free = &ring->slot[i];
      c.free_word = word;
      if (!word) /* never used: none is older */
        break;
    } else if ((word & TAKEN_BIT) && word < c.taken_word) {
      c.taken = &ring->slot[i];
      c.taken_word = word;
    }
  }
  return c;
}

/* Null: all are taken. */
static struct ring_slot *take_slot(struct ring *ring, struct stream *s, bool *is_new) {
  unsigned looks = 0;
  for (;;) {
    struct choice c = choose(ring);
    bool may_be_left = c.taken && c.taken_word < c.free_word;
    if (may_be_left && looks++ < LOOKS) {
      look_at_owner(ring, c.taken, c.taken_word);
      continue;
    }
    if (!c.free)
      return NULL;
    if (!atomic_compare_exchange_strong(&c.free->word, &c.free_word, next_number(ring) | TAKEN_BIT))
      continue;
    *is_new = !c.free_word;
    atomic_store_explicit(&c.free->owner, s, memory_order_release);
    return c.free;
  }
}

/* -- the chunk ---------------------------------------------------------------------------------------------------------------- */

/* Of one length for a stream, so that it can be written anew. */
static void put_chunk(struct cbor *c, const struct stream *s, const struct moment *now) {
  const struct ring *ring = &s->session->ring;
  calltap__cbor_array(c, CHUNK_ELEMENTS);
  calltap__cbor_text(c, CALLTAP_WIRE_CHUNK);
  calltap__cbor_uint(c, ring->bytes);
  calltap__cbor_uint(c, s->number);
  calltap__cbor_uint64(c, now->ticks);
  calltap__cbor_uint64(c, now->mono_ns);
  calltap__cbor_uint64(c, *(volatile const uint32_t *)&s->refills + UINT64_C(1));
  calltap__cbor_uint64(c, atomic_load(&ring->overwritten));
  calltap__cbor_uint64(c, atomic_load(&ring->overwritten_to));
}

static void put_thread(struct cbor *c, struct stream *s) {
  char name[16];
  if (calltap__self->tid == s->tid) {
    calltap__os_thread_name(name);
    __builtin_memcpy(s->own_name, name, sizeof name);
  }
  calltap__cbor_array(c, 4);
  calltap__cbor_text(c, CALLTAP_WIRE_THREAD);
  calltap__cbor_uint(c, s->number);
  calltap__cbor_uint(c, (uint64_t)(uint32_t)s->tid);
  calltap__cbor_text(c, s->own_name);
}

/* What the stream lost since its last chunk, as all were held. */
static void put_lost(struct cbor *c, struct stream *s) {
  if (s->lost == s->lost_told)
    return;
  calltap__cbor_array(c, 5);
  calltap__cbor_text(c, CALLTAP_WIRE_LOST);
  calltap__cbor_text(c, CALLTAP_WIRE_LOST_RING);
  calltap__cbor_uint(c, s->lost - s->lost_told);
  calltap__cbor_uint(c, s->lost_from);
  calltap__cbor_uint(c, s->lost_to);
  s->lost_told = s->lost;
}

/* The slot becomes a byte string of its whole length, which readers pass, and behind its head all zeros. */
static void cover(uint8_t *slot, uint32_t bytes, bool is_new) {
  enum { HEAD = 5 };
  uint32_t length = __builtin_bswap32(bytes - HEAD);
  uint8_t first[8] = {CBOR_BYTES | 26};
  __builtin_memcpy(first + 1, &length, 4);
  __builtin_memcpy(slot, first, 8);
  compiler_barrier();
  if (!is_new)
    cpu_zero(slot + 8, bytes - 8);
  compiler_barrier();
}

/* What the oldest slot had is lost. */
static void count_overwritten(struct ring *ring, const struct ring_slot *slot) {
  uint64_t to = atomic_load(&ring->overwritten_to);
  atomic_fetch_add(&ring->overwritten, slot->events);
  while (slot->events && slot->finished > to &&
         !atomic_compare_exchange_weak(&ring->overwritten_to, &to, slot->finished))
    continue;
}

static size_t tag_bytes(const struct stream *s) { return s->tag_kept ? s->tag_kept->bytes : 0; }

/* Space for it, in the file and on the disk, or why there is none. */
static enum chunk_result take_space(struct stream *s, size_t bytes, uint8_t **at) {
  struct ring *ring = &s->session->ring;
  struct trace *t = &s->session->trace;
  bool is_new;
  if (atomic_load(&t->used) & TRACE_CLOSED)
    return CHUNK_LIMIT;
  if (bytes + HEADS + tag_bytes(s) > ring->bytes || s->left_behind > ring->slots / 4)
    return CHUNK_HELD;
  struct ring_slot *slot = take_slot(ring, s, &is_new);
  if (!slot)
    return CHUNK_HELD;
  uint64_t offset = ring->start + (uint64_t)(slot - ring->slot) * ring->bytes;
  *at = t->base + offset;
  int result = is_new ? calltap__os_populate(*at, ring->bytes) : 0;
  if (result == -22 /* EINVAL: before Linux 5.14 */ && calltap__trace_reserve(t, offset, ring->bytes))
    result = 0;
  if (result) {
    atomic_store_explicit(&slot->owner, NULL, memory_order_relaxed);
    atomic_store_explicit(&slot->word, 0, memory_order_release);
    return CHUNK_DISK;
  }
  if (!is_new)
    count_overwritten(ring, slot);
  cover(*at, ring->bytes, is_new);
  return CHUNK_TAKEN;
}

void calltap__ring_stamp(struct stream *s, uint8_t *at, const struct moment *now) {
  uint8_t record[HEADS];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_chunk(&c, s, now);
  calltap__record_commit(at, record, calltap__cbor_size(&c));
}

/* What a reader has to know of the stream may have been in chunks that are gone. */
enum chunk_result calltap__ring_take(struct stream *s, uint32_t bytes, unsigned pending, const struct moment *now,
                                     uint8_t **start, uint8_t **end) {
  uint8_t record[HEADS], *at = NULL;
  struct ring *ring = &s->session->ring;
  enum chunk_result result = take_space(s, bytes, &at);
  if (result != CHUNK_TAKEN)
    return result;
  struct cbor c = calltap__cbor(record, sizeof record);
  put_chunk(&c, s, now);
  put_thread(&c, s);
  put_lost(&c, s);
  size_t size = calltap__cbor_size(&c), tag = tag_bytes(s);
  calltap__bytes_copy(at + 8, record + 8, size - 8);
  if (tag)
    calltap__bytes_copy(at + size, s->tag_kept->record, tag);
  compiler_barrier();
  __builtin_memcpy(at, record, 8); /* one store */
  count_from(s, &ring->slot[(uint64_t)(at - s->session->trace.base - ring->start) / ring->bytes], pending);
  *start = at;
  *end = at + size + tag;
  return CHUNK_TAKEN;
}

/* -- tags ------------------------------------------------------------------------------------------------------------------------ */

/* A signal handler in between takes chunks without a tag; its record is still to be written then. */
void calltap__ring_keep_tag(struct stream *s, const struct cbor *record) {
  size_t bytes = calltap__cbor_size(record);
  struct kept_tag *kept = s->tag_kept;
  if (!s->session->ring.slots && !s->session->parts.size)
    return;
  s->tag_kept = NULL;
  compiler_barrier();
  if (!kept || kept->room < bytes)
    kept = calltap__arena_take(&s->session->memory, sizeof *kept + bytes);
  if (!kept)
    return;
  if (kept->room < bytes)
    kept->room = (uint32_t)bytes;
  kept->bytes = (uint32_t)bytes;
  calltap__bytes_copy(kept->record, record->start, bytes);
  compiler_barrier();
  s->tag_kept = kept;
}
