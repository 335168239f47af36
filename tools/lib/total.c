/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "total.h"

#include <stdlib.h>
#include <string.h>

/* --- which keys are equal --- */

/* Two sums over what a key's values are made of. Where a string stood in memory is no part of its value. */
struct digest {
  struct calltap__sink sink;
  uint64_t sum[2];
};

static void add_bytes(struct digest *digest, const void *bytes, size_t size) {
  const uint8_t *at = bytes;
  for (size_t i = 0; i < size; i++) {
    digest->sum[0] = (digest->sum[0] ^ at[i]) * UINT64_C(0x100000001b3);
    digest->sum[1] = (digest->sum[1] + at[i] + 1) * UINT64_C(0x9e3779b97f4a7c15);
    digest->sum[1] ^= digest->sum[1] >> 29;
  }
}

static void add_number(struct digest *digest, uint64_t number) { add_bytes(digest, &number, sizeof number); }

static void add_text(struct digest *digest, struct calltap_text text) {
  add_number(digest, text.size);
  add_bytes(digest, text.bytes, text.size);
}

static void digest_leaf(struct calltap__sink *sink, const struct calltap__leaf *leaf) {
  struct digest *digest = (struct digest *)sink;
  add_number(digest, leaf->kind);
  add_number(digest, leaf->unknown);
  add_number(digest, leaf->address);
  add_number(digest, (uint64_t)leaf->magnitude);
  add_number(digest, (uint64_t)(leaf->magnitude >> 64));
  add_number(digest, leaf->negative);
  add_number(digest, leaf->length);
  add_text(digest, leaf->text);
  add_text(digest, leaf->imaginary);
}

static void digest_open(struct calltap__sink *sink, const struct calltap__group *group) {
  struct digest *digest = (struct digest *)sink;
  add_number(digest, UINT64_C(0x100) + group->kind);
  add_number(digest, group->address);
  add_number(digest, group->length);
}

static void digest_member(struct calltap__sink *sink, size_t index, struct calltap_text name) {
  (void)name;
  add_number((struct digest *)sink, index);
}

static bool digest_element(struct calltap__sink *sink, size_t index) {
  add_number((struct digest *)sink, index);
  return true;
}

static void digest_close(struct calltap__sink *sink, const struct calltap__group *group) {
  (void)group;
  add_number((struct digest *)sink, UINT64_C(0x200));
}

static void digest_key(struct digest *digest, struct calltap__decoder *decoder, const struct calltap_trace_table *table,
                       uint32_t index, struct calltap_items item) {
  const struct calltap_trace_value *key = &table->key[index];
  if (calltap__is_stack(key)) {
    add_text(digest, (struct calltap_text){(const char *)item.at, (size_t)(item.end - item.at)});
  } else {
    calltap__decode_label(decoder, table->function, key, item);
  }
}

/* --- rows in their order --- */

struct entry {
  const struct calltap_trace_row *row;
  const struct calltap_trace_table *table; /* of the row, or of a copy of its function */
  uint32_t block;
  uint64_t sum[2];
};

static int by_number(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

/* Those of 0, which are there before all others, come last. */
static int by_place(const struct calltap_trace_row *a, const struct calltap_trace_row *b) {
  int order = by_number(a->count == 0, b->count == 0);
  return order != 0 ? order : by_number((uintptr_t)a, (uintptr_t)b);
}

static int by_block_and_keys(const void *left, const void *right) {
  const struct entry *a = left, *b = right;
  int order = by_number(a->block, b->block);
  if (order == 0)
    order = by_number(a->table->function_number, b->table->function_number);
  if (order == 0) /* two rules may ask the same of one function, of other calls */
    order = by_number((uintptr_t)a->table, (uintptr_t)b->table);
  if (order == 0)
    order = by_number(a->row->keys.at == NULL, b->row->keys.at == NULL);
  if (order == 0)
    order = by_number(a->sum[0], b->sum[0]);
  if (order == 0)
    order = by_number(a->sum[1], b->sum[1]);
  return order != 0 ? order : by_place(a->row, b->row);
}

static bool is_same(const struct entry *a, const struct entry *b) {
  return a->block == b->block && a->table == b->table && (a->row->keys.at == NULL) == (b->row->keys.at == NULL) &&
         memcmp(a->sum, b->sum, sizeof a->sum) == 0;
}

static void digest_row(struct entry *entry, struct calltap__decoder *decoder, struct digest *digest) {
  struct calltap_items left = entry->row->keys, one;
  digest->sum[0] = UINT64_C(0xcbf29ce484222325);
  digest->sum[1] = 0;
  for (uint32_t i = 0; left.at != NULL && calltap_trace_take_item(&left, &one); i++)
    digest_key(digest, decoder, entry->row->table, i, one);
  memcpy(entry->sum, digest->sum, sizeof entry->sum);
}

/* --- blocks --- */

static int by_text(struct calltap_text a, struct calltap_text b) {
  int order = a.size == b.size && a.size > 0 ? memcmp(a.bytes, b.bytes, a.size) : 0;
  return order != 0 ? order : by_number(a.size, b.size);
}

static int by_question(const struct calltap_trace_table *a, const struct calltap_trace_table *b) {
  int order = by_number(a->kind, b->kind);
  if (order == 0)
    order = by_text(a->value.name, b->value.name);
  if (order == 0)
    order = by_number(calltap__sums_time(a), calltap__sums_time(b));
  if (order == 0)
    order = by_number(a->keys, b->keys);
  for (uint32_t i = 0; order == 0 && i < a->keys; i++)
    order = by_text(a->key[i].name, b->key[i].name);
  return order;
}

static int by_question_and_place(const void *left, const void *right) {
  const struct entry *a = left, *b = right;
  int order = by_question(a->row->table, b->row->table);
  return order != 0 ? order : by_place(a->row, b->row);
}

/* Blocks are in the order of their first rows: their numbers are those of these. */
static void number_blocks(struct entry *entry, size_t count, const struct calltap_trace_row *rows) {
  qsort(entry, count, sizeof *entry, by_question_and_place);
  for (size_t i = 0; i < count; i++) {
    bool is_first = i == 0 || by_question(entry[i].row->table, entry[i - 1].row->table) != 0;
    uint32_t place = (uint32_t)(entry[i].row - rows) + (entry[i].row->count == 0 ? (uint32_t)count : 0);
    entry[i].block = is_first ? place : entry[i - 1].block;
  }
}

/* --- adding up --- */

static calltap__signed_wide value_of(struct calltap_number number) {
  calltap__signed_wide value = number.number;
  return number.is_negative ? -1 - value : value;
}

static void add_row(struct calltap__total *total, const struct calltap_trace_row *row) {
  if (__builtin_add_overflow(total->count, row->count, &total->count))
    total->count = UINT64_MAX;
  if (row->sum.some)
    total->sum += value_of(row->sum);
  total->has_sum |= row->sum.some;
  if (!row->least.some || !row->most.some)
    return;
  calltap__signed_wide least = value_of(row->least), most = value_of(row->most);
  total->least = total->has_bounds && total->least < least ? total->least : least;
  total->most = total->has_bounds && total->most > most ? total->most : most;
  total->has_bounds = true;
}

static void add_up(struct calltap__totals *totals, const struct entry *entry, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || !is_same(&entry[i], &entry[i - 1])) {
      totals->total[totals->totals++] =
          (struct calltap__total){.row = entry[i].row, .block = entry[i].block, .first_row = i};
    }
    struct calltap__total *total = &totals->total[totals->totals - 1];
    totals->row[i] = entry[i].row;
    total->rows++;
    add_row(total, entry[i].row);
  }
}

static calltap__signed_wide size_of(const struct calltap__total *total) {
  uint8_t kind = total->row->table->kind;
  bool is_sum = total->has_sum && (kind == CALLTAP_TABLE_TIME || kind == CALLTAP_TABLE_SUM);
  return is_sum ? total->sum : (calltap__signed_wide)total->count;
}

static int by_block_and_size(const void *left, const void *right) {
  const struct calltap__total *a = left, *b = right;
  calltap__signed_wide a_size = size_of(a), b_size = size_of(b);
  int order = by_number(a->block, b->block);
  if (order == 0)
    order = by_number(a->row->keys.at == NULL, b->row->keys.at == NULL);
  if (order == 0)
    order = (a_size < b_size) - (a_size > b_size);
  return order != 0 ? order : by_place(a->row, b->row);
}

static void sort_entries(struct entry *entry, const struct calltap_trace_file *file,
                         const struct calltap__copies *copies) {
  struct calltap__decoder decoder = {0};
  struct digest digest = {.sink = {digest_leaf, digest_open, digest_member, digest_element, digest_close}};
  decoder.sink = &digest.sink;
  for (size_t i = 0; i < file->rows; i++) {
    entry[i].row = &file->row[i];
    entry[i].table = calltap__copy_of(copies, file->row[i].table)->same;
    digest_row(&entry[i], &decoder, &digest);
  }
  calltap__decoder_free(&decoder);
  number_blocks(entry, file->rows, file->row);
  qsort(entry, file->rows, sizeof *entry, by_block_and_keys);
}

bool calltap__totals_make(struct calltap__totals *totals, const struct calltap_trace_file *file) {
  *totals = (struct calltap__totals){0};
  if (file->rows == 0)
    return true;
  struct entry *entry = calloc(file->rows, sizeof *entry);
  totals->total = calloc(file->rows, sizeof *totals->total);
  totals->row = calloc(file->rows, sizeof(const struct calltap_trace_row *));
  bool good = entry != NULL && totals->total != NULL && totals->row != NULL &&
              calltap__copies_make(&totals->copies, file->row, file->rows);
  if (good) {
    sort_entries(entry, file, &totals->copies);
    add_up(totals, entry, file->rows);
    qsort(totals->total, totals->totals, sizeof *totals->total, by_block_and_size);
  } else {
    calltap__totals_free(totals);
  }
  free(entry);
  return good;
}

void calltap__totals_free(struct calltap__totals *totals) {
  free(totals->total);
  free(totals->row);
  calltap__copies_free(&totals->copies);
  *totals = (struct calltap__totals){0};
}

size_t calltap__totals_of_block(const struct calltap__totals *totals, size_t first) {
  size_t end = first;
  while (end < totals->totals && totals->total[end].block == totals->total[first].block)
    end++;
  return end - first;
}

/* --- histograms --- */

void calltap__histogram(const struct calltap__totals *totals, const struct calltap__total *total,
                        struct calltap__histogram *histogram) {
  *histogram = (struct calltap__histogram){.first = CALLTAP__BUCKET_ZERO, .last = -CALLTAP__BUCKET_ZERO - 1};
  for (size_t i = 0; i < total->rows; i++) {
    struct calltap_items left = totals->row[total->first_row + i]->buckets;
    int bucket;
    uint64_t count;
    while (left.at != NULL && calltap_trace_take_bucket(&left, &bucket, &count)) {
      uint64_t *place = &histogram->count[bucket + CALLTAP__BUCKET_ZERO];
      if (__builtin_add_overflow(*place, count, place))
        *place = UINT64_MAX;
      histogram->first = bucket < histogram->first ? bucket : histogram->first;
      histogram->last = bucket > histogram->last ? bucket : histogram->last;
    }
  }
}

void calltap__bucket_bounds(int bucket, calltap__signed_wide *least, calltap__signed_wide *most) {
  const calltap__signed_wide one = 1;
  if (bucket == 0) {
    *least = *most = 0;
  } else if (bucket > 0) {
    *least = one << (bucket - 1);
    *most = (one << bucket) - 1;
  } else {
    *least = -((one << -bucket) - 1);
    *most = -(one << (-bucket - 1));
  }
}

/* --- labels --- */

bool calltap__is_time(const struct calltap_trace_value *label) { return strcmp(label->type, "ns") == 0; }

bool calltap__sums_time(const struct calltap_trace_table *table) {
  return calltap__is_time(&table->value) || (table->kind == CALLTAP_TABLE_TIME && table->value.type[0] == '\0');
}

bool calltap__is_stack(const struct calltap_trace_value *label) { return strcmp(label->type, "stack") == 0; }
