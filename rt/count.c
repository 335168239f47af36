/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Counters: every thread has rows of its own, one for a table and key, in a hash table that only it writes. A row that was made stays in
 * the thread's list, where it is read at the end without stopping anything. A signal handler may count in between: at worst a key has
 * two rows then, which readers add up. */
#include "internal.h"

enum { FIRST_SLOTS = 64, MOST_KEYS = 4096, OTHER_KEYS = UINT16_MAX };

static uint32_t hash_of(uint32_t table, const uint8_t *key, size_t bytes) {
  uint64_t h = UINT64_C(0xCBF29CE484222325) ^ table;
  for (size_t i = 0; i < bytes; i++)
    h = (h ^ key[i]) * UINT64_C(0x100000001B3);
  h *= UINT64_C(0x9E3779B97F4A7C15);
  return (uint32_t)(h >> 32);
}

uint32_t calltap__count_hash(uint32_t table) { return hash_of(table, NULL, 0); }

static size_t key_length(uint16_t bytes) { return bytes == OTHER_KEYS ? 0 : bytes; }

static const struct row_table *table_of(const struct stream *s) {
  return (const struct row_table *)*(const volatile uintptr_t *)&s->row_table;
}

static struct row *find(const struct stream *s, uint32_t hash, uint32_t table, const uint8_t *key, uint16_t bytes) {
  const struct row_table *t = table_of(s);
  for (uint32_t i = hash; t; i++) {
    struct row *row = t->at[i & (t->slots - 1)];
    if (!row)
      return NULL;
    if (row->hash == hash && row->table == table && row->key_bytes == bytes &&
        calltap__bytes_equal(row->key, key, key_length(bytes)))
      return row;
  }
  return NULL;
}

static void put(struct row_table *t, struct row *row) {
  uint32_t i = row->hash;
  while (t->at[i & (t->slots - 1)])
    i++;
  t->at[i & (t->slots - 1)] = row;
}

/* At most half of the slots are used. The table is copied and replaced in one step: if a signal handler has made another meanwhile,
 * with rows of its own, that one stays. */
static bool make_room(struct stream *s) {
  const struct row_table *old = table_of(s);
  if (old && s->row_count * 2 < old->slots)
    return true;
  uintptr_t slots = old ? old->slots * 2 : FIRST_SLOTS;
  struct row_table *t = calltap__arena_take(&s->session->memory, sizeof *t + slots * sizeof(struct row *));
  if (!t)
    return false;
  t->slots = slots;
  for (uintptr_t i = 0; old && i < old->slots; i++)
    if (old->at[i])
      put(t, old->at[i]);
  compiler_barrier();
  (void)cpu_local_replaced(&s->row_table, (uintptr_t)old, (uintptr_t)t);
  return true;
}

static struct row *make(struct stream *s, uint32_t hash, uint32_t table, const uint8_t *key, uint16_t bytes) {
  struct row *row = make_room(s) ? calltap__arena_take(&s->session->memory, sizeof *row + key_length(bytes)) : NULL;
  if (!row)
    return NULL;
  row->table = table;
  row->hash = hash;
  row->key_bytes = bytes;
  row->least = UINTPTR_MAX;
  calltap__bytes_copy(row->key, key, key_length(bytes));
  (void)cpu_local_add(&s->row_count, 1);
  put((struct row_table *)table_of(s), row);
  do
    row->next = (struct row *)s->rows;
  while (!cpu_local_replaced(&s->rows, (uintptr_t)row->next, (uintptr_t)row));
  return row;
}

static struct row *row_of(struct stream *s, uint32_t table, const uint8_t *key, uint16_t bytes) {
  uint32_t hash = hash_of(table, key, key_length(bytes));
  struct row *row = find(s, hash, table, key, bytes);
  return row ? row : make(s, hash, table, key, bytes);
}

/* The row of a key, or of all others once there are too many. */
static struct row *row_for(struct stream *s, uint32_t table, const uint8_t *key, uint16_t bytes) {
  if (!bytes)
    return row_of(s, table, key, 0);
  uint32_t hash = hash_of(table, key, bytes);
  struct row *row = find(s, hash, table, key, bytes);
  if (row)
    return row;
  struct row *others = row_of(s, table, NULL, OTHER_KEYS);
  if (!others || others->keys >= MOST_KEYS)
    return others;
  others->keys++;
  return make(s, hash, table, key, bytes);
}

static unsigned bits_of(uint64_t v) { return v ? 64 - (unsigned)__builtin_clzll(v) : 0; }

/* 0; 1 to 64 for what is above, by the number of its bits; from 65 on for what is below. */
static unsigned bucket_of(int64_t v) { return v >= 0 ? bits_of((uint64_t)v) : 64 + bits_of(0 - (uint64_t)v); }

static void lower(uintptr_t *word, uintptr_t v) {
  for (uintptr_t now = *(volatile uintptr_t *)word; v < now; now = *(volatile uintptr_t *)word)
    (void)cpu_local_replaced(word, now, v);
}

static void raise(uintptr_t *word, uintptr_t v) {
  for (uintptr_t now = *(volatile uintptr_t *)word; v > now; now = *(volatile uintptr_t *)word)
    (void)cpu_local_replaced(word, now, v);
}

enum { SIGN_SHIFT = 63 };

void calltap__count(struct stream *s, const struct counted *c) {
  struct row *row = row_for(s, c->table, c->key, c->key_bytes);
  if (!row) {
    s->uncounted++;
    return;
  }
  (void)cpu_local_add(&row->count, 1);
  if (!c->has_value)
    return;
  uintptr_t ordered = (uintptr_t)c->value ^ (uintptr_t)1 << SIGN_SHIFT;
  (void)cpu_local_add(&row->sum, (uintptr_t)c->value);
  lower(&row->least, ordered);
  raise(&row->most, ordered);
  row->has_values = true;
  if (!c->has_buckets)
    return;
  if (!row->bucket)
    (void)cpu_local_replaced((uintptr_t *)&row->bucket, 0,
                             (uintptr_t)calltap__arena_take(&s->session->memory, BUCKETS * sizeof *row->bucket));
  if (row->bucket)
    (void)cpu_local_add(&row->bucket[bucket_of(c->value)], 1);
}

/* -- what is written of them -------------------------------------------------------------------------------------------- */

static void put_signed(struct cbor *c, int64_t v) {
  if (v < 0)
    calltap__cbor_head(c, CBOR_NEGATIVE, ~(uint64_t)v);
  else
    calltap__cbor_uint(c, (uint64_t)v);
}

static void put_buckets(struct cbor *c, const struct row *row) {
  unsigned used = 0;
  for (unsigned i = 0; i < BUCKETS; i++)
    used += row->bucket[i] != 0;
  calltap__cbor_map(c, used);
  for (unsigned i = 0; i < BUCKETS; i++) {
    if (!row->bucket[i])
      continue;
    put_signed(c, i <= 64 ? (int64_t)i : 64 - (int64_t)i);
    calltap__cbor_uint(c, row->bucket[i]);
  }
}

static bool write_row(const struct row *row, uint32_t stream, struct stream *session, record_writer *write) {
  static uint8_t record[8192]; /* control: one at a time */
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 5 + (row->has_values ? 3 : 0) + (row->bucket != NULL));
  calltap__cbor_text(&c, CALLTAP_WIRE_ROW);
  calltap__cbor_uint(&c, row->table);
  calltap__cbor_uint(&c, stream);
  if (row->key_bytes == OTHER_KEYS)
    calltap__cbor_null(&c);
  else if (row->key_bytes)
    calltap__cbor_raw(&c, row->key, row->key_bytes);
  else
    calltap__cbor_array(&c, 0);
  calltap__cbor_uint(&c, row->count);
  if (row->has_values) {
    put_signed(&c, (int64_t)row->sum);
    put_signed(&c, (int64_t)(row->least ^ (uintptr_t)1 << SIGN_SHIFT));
    put_signed(&c, (int64_t)(row->most ^ (uintptr_t)1 << SIGN_SHIFT));
  }
  if (row->bucket)
    put_buckets(&c, row);
  return write(session, &c);
}

uint64_t calltap__count_write(const struct stream *s, struct stream *session, record_writer *write) {
  uint64_t lost = s->uncounted;
  for (const struct row *row = (const struct row *)__atomic_load_n(&s->rows, __ATOMIC_ACQUIRE); row; row = row->next)
    if (row->count && !write_row(row, s->number, session, write))
      lost += row->count;
  return lost;
}
