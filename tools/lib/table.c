/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What rules say and count: the records of messages, tables and rows. All of it stands in stream 0. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* --- labels --- */

struct label {
  struct calltap_text name;
  struct calltap_text type;
};

struct labels {
  uint32_t count;
  struct label label[CALLTAP_MAX_PARAMETERS];
};

static bool take_label(struct calltap__bytes *bytes, struct label *label) {
  struct calltap__bytes inner = *bytes;
  struct calltap__list list;
  return calltap__skip(bytes) == CALLTAP__GOOD && calltap__list(&inner, CALLTAP__ARRAY, &list) &&
         calltap__take_text(&inner, &list, &label->name) && calltap__take_text(&inner, &list, &label->type);
}

static bool take_labels(struct calltap__bytes *bytes, struct calltap__list *outer, struct labels *labels) {
  struct calltap__list list;
  labels->count = 0;
  if (!calltap__more(bytes, outer) || !calltap__list(bytes, CALLTAP__ARRAY, &list))
    return false;
  while (calltap__more(bytes, &list)) {
    if (labels->count == CALLTAP_MAX_PARAMETERS || !take_label(bytes, &labels->label[labels->count]))
      return false;
    labels->count++;
  }
  return true;
}

static size_t texts_of(const struct labels *labels) {
  size_t size = 0;
  for (uint32_t i = 0; i < labels->count; i++)
    size += labels->label[i].type.size + 1;
  return size;
}

/* Copies the type to `*texts`, and moves that behind it. */
static struct calltap_trace_value keep_label(struct label label, char **texts) {
  char *type = *texts;
  if (label.type.size > 0)
    memcpy(type, label.type.bytes, label.type.size);
  type[label.type.size] = '\0';
  *texts += label.type.size + 1;
  return (struct calltap_trace_value){label.name, type, CALLTAP_WIRE_PRESENT};
}

static void keep_labels(struct calltap_trace_value *values, const struct labels *labels, char *texts) {
  for (uint32_t i = 0; i < labels->count; i++)
    values[i] = keep_label(labels->label[i], &texts);
}

static const struct calltap_trace_function *function_of(const struct calltap__file *file, uint64_t number) {
  const struct calltap_trace_function *function = calltap__function(file, number);
  return function != NULL ? function : &calltap__unknown_function;
}

/* --- messages --- */

enum calltap__added calltap__add_message(struct calltap__file *file, struct calltap__bytes bytes,
                                         struct calltap__list list) {
  uint64_t number, function;
  struct labels labels;
  if (!calltap__take_uint(&bytes, &list, &number) || !calltap__take_uint(&bytes, &list, &function) ||
      !take_labels(&bytes, &list, &labels) || number >= CALLTAP__MOST_NUMBERS) {
    return CALLTAP__MISSHAPEN;
  }
  if (!calltap__numbered_room(&file->messages, number))
    return CALLTAP__NO_MEMORY;
  if (file->messages.at[number] != NULL)
    return CALLTAP__ADDED;
  size_t size = sizeof(struct calltap_trace_message) + labels.count * sizeof(struct calltap_trace_value);
  struct calltap_trace_message *message = malloc(size + texts_of(&labels));
  if (message == NULL)
    return CALLTAP__NO_MEMORY;
  message->function = function_of(file, function);
  message->labels = labels.count;
  keep_labels(message->label, &labels, (char *)message + size);
  file->messages.at[number] = message;
  return CALLTAP__ADDED;
}

/* --- tables --- */

/* A table as it stands in the trace. */
struct raw_table {
  uint64_t number;
  uint64_t function;
  uint8_t kind;
  struct label value;
  struct labels keys;
};

static bool kind_of(struct calltap_text word, uint8_t *kind) {
  static const char *const words[] = {
      [CALLTAP_TABLE_COUNT] = "count",
      [CALLTAP_TABLE_TIME] = "time",
      [CALLTAP_TABLE_SUM] = "sum",
      [CALLTAP_TABLE_HIST] = "hist",
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    *kind = (uint8_t)i;
    if (calltap__text_is(word, words[i]))
      return true;
  }
  return false;
}

static bool take_table(struct calltap__bytes bytes, struct calltap__list list, struct raw_table *raw) {
  struct calltap_text kind;
  return calltap__take_uint(&bytes, &list, &raw->number) && calltap__take_uint(&bytes, &list, &raw->function) &&
         calltap__take_text(&bytes, &list, &kind) && calltap__take_text(&bytes, &list, &raw->value.name) &&
         calltap__take_text(&bytes, &list, &raw->value.type) && take_labels(&bytes, &list, &raw->keys) &&
         raw->number < CALLTAP__MOST_NUMBERS && kind_of(kind, &raw->kind);
}

static struct calltap_trace_table *keep_table(const struct calltap__file *file, const struct raw_table *raw) {
  size_t size = sizeof(struct calltap_trace_table) + raw->keys.count * sizeof(struct calltap_trace_value);
  struct calltap_trace_table *table = malloc(size + raw->value.type.size + 1 + texts_of(&raw->keys));
  if (table == NULL)
    return NULL;
  char *texts = (char *)table + size;
  table->function = function_of(file, raw->function);
  table->function_number = (uint32_t)raw->function;
  table->number = (uint32_t)raw->number;
  table->kind = raw->kind;
  table->value = keep_label(raw->value, &texts);
  table->keys = raw->keys.count;
  keep_labels(table->key, &raw->keys, texts);
  return table;
}

/* --- rows --- */

/* Steps over the next element; `one` receives it. */
static bool take_element(struct calltap__bytes *bytes, struct calltap__list *list, struct calltap__bytes *one) {
  if (!calltap__more(bytes, list))
    return false;
  one->at = bytes->at;
  bool found = calltap__skip(bytes) == CALLTAP__GOOD;
  one->end = bytes->at;
  return found;
}

/* An array of one item a key, or null. */
static bool take_keys(struct calltap__bytes *bytes, struct calltap__list *list, struct calltap_trace_row *row) {
  struct calltap__bytes whole, one;
  struct calltap__list keys;
  if (!take_element(bytes, list, &whole))
    return false;
  if (*whole.at == 0xf6)
    return true;
  if (!calltap__list(&whole, CALLTAP__ARRAY, &keys))
    return false;
  row->keys = (struct calltap_items){whole.at, whole.at};
  uint32_t count = 0;
  for (; take_element(&whole, &keys, &one); count++)
    row->keys.end = one.end;
  return count == row->table->keys;
}

static bool read_number(struct calltap__bytes bytes, struct calltap_number *number) {
  struct calltap__item item = {0};
  if (calltap__item(&bytes, &item) != CALLTAP__GOOD || (item.type != CALLTAP__UINT && item.type != CALLTAP__NEGINT))
    return false;
  *number = (struct calltap_number){true, item.type == CALLTAP__NEGINT, item.number};
  return true;
}

bool calltap_trace_take_bucket(struct calltap_items *buckets, int *bucket, uint64_t *count) {
  struct calltap_items left = *buckets, key;
  struct calltap__list one = {1};
  struct calltap_number number;
  if (!calltap_trace_take_item(&left, &key))
    return false;
  struct calltap__bytes bytes = {left.at, left.end};
  if (!read_number((struct calltap__bytes){key.at, key.end}, &number) || !calltap__take_uint(&bytes, &one, count) ||
      number.number > (uint64_t)CALLTAP_MOST_BUCKET) {
    return false;
  }
  *bucket = number.is_negative ? -1 - (int)number.number : (int)number.number;
  buckets->at = bytes.at;
  return true;
}

static bool read_buckets(struct calltap__bytes bytes, struct calltap_items *buckets) {
  struct calltap__list list;
  int bucket;
  uint64_t count;
  if (!calltap__list(&bytes, CALLTAP__MAP, &list))
    return false;
  struct calltap_items found = {bytes.at, bytes.end - (list.left == CALLTAP__INDEFINITE)}, left = found;
  while (calltap_trace_take_bucket(&left, &bucket, &count)) {
  }
  if (left.at != left.end)
    return false;
  *buckets = found;
  return true;
}

/* Integers, as many as there are up to three, then perhaps a map. What else follows is of a later version. */
static bool take_numbers(struct calltap__bytes bytes, struct calltap__list list, struct calltap_trace_row *row) {
  enum { NUMBERS = 3 };
  struct calltap_number *const numbers[NUMBERS] = {&row->sum, &row->least, &row->most};
  struct calltap__bytes one;
  for (size_t i = 0; take_element(&bytes, &list, &one); i++) {
    if (*one.at >> 5 == CALLTAP__MAJOR_MAP)
      return read_buckets(one, &row->buckets);
    if (i == NUMBERS)
      return true;
    if (!read_number(one, numbers[i]))
      return false;
  }
  return true;
}

static bool take_row(const struct calltap__file *file, struct calltap__bytes bytes, struct calltap__list list,
                     struct calltap_trace_row *row) {
  uint64_t table, stream;
  if (!calltap__take_uint(&bytes, &list, &table) || !calltap__take_uint(&bytes, &list, &stream))
    return false;
  row->table = calltap__numbered_at(&file->tables, table);
  return row->table != NULL && take_keys(&bytes, &list, row) && calltap__take_uint(&bytes, &list, &row->count) &&
         take_numbers(bytes, list, row);
}

static enum calltap__added push_row(struct calltap__file *file, const struct calltap_trace_row *row) {
  size_t count = file->open.rows;
  if ((count & (count - 1)) == 0) {
    struct calltap_trace_row *grown = realloc(file->row, (count == 0 ? 1 : 2 * count) * sizeof *grown);
    if (grown == NULL)
      return CALLTAP__NO_MEMORY;
    file->open.row = file->row = grown;
  }
  file->row[count] = *row;
  file->open.rows++;
  return CALLTAP__ADDED;
}

/* What was asked and never happened is a row of 0, to which others add. With keys there is none to say it of. */
static enum calltap__added push_nothing(struct calltap__file *file, const struct calltap_trace_table *table) {
  static const uint8_t none;
  const struct calltap_trace_row row = {.table = table, .keys = {&none, &none}};
  return table->keys == 0 ? push_row(file, &row) : CALLTAP__ADDED;
}

bool calltap__forget_rows(struct calltap__file *file) {
  bool good = true;
  file->open.rows = file->open.counted_rows = 0;
  for (size_t i = 0; good && i < file->tables.room; i++) {
    const struct calltap_trace_table *table = file->tables.at[i];
    good = table == NULL || push_nothing(file, table) == CALLTAP__ADDED;
  }
  return good;
}

enum calltap__added calltap__add_table(struct calltap__file *file, struct calltap__bytes bytes,
                                       struct calltap__list list) {
  struct raw_table raw;
  if (!take_table(bytes, list, &raw))
    return CALLTAP__MISSHAPEN;
  if (!calltap__numbered_room(&file->tables, raw.number))
    return CALLTAP__NO_MEMORY;
  void **place = &file->tables.at[raw.number];
  if (*place != NULL)
    return CALLTAP__ADDED;
  *place = keep_table(file, &raw);
  return *place != NULL ? push_nothing(file, *place) : CALLTAP__NO_MEMORY;
}

enum calltap__added calltap__add_row(struct calltap__file *file, struct calltap__bytes bytes,
                                     struct calltap__list list) {
  struct calltap_trace_row row = {0};
  if (!take_row(file, bytes, list, &row))
    return CALLTAP__MISSHAPEN;
  file->open.counted_rows++;
  return push_row(file, &row);
}
