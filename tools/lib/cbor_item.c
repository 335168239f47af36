/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "cbor_item.h"

#include <cbor.h>
#include <string.h>

enum { NESTING = 32 };

static void set(void *context, enum calltap__item_type type, uint64_t number) {
  struct calltap__item *item = context;
  item->type = type;
  item->number = number;
}

static void on_uint8(void *context, uint8_t n) { set(context, CALLTAP__UINT, n); }
static void on_uint16(void *context, uint16_t n) { set(context, CALLTAP__UINT, n); }
static void on_uint32(void *context, uint32_t n) { set(context, CALLTAP__UINT, n); }
static void on_uint64(void *context, uint64_t n) { set(context, CALLTAP__UINT, n); }
static void on_negint8(void *context, uint8_t n) { set(context, CALLTAP__NEGINT, n); }
static void on_negint16(void *context, uint16_t n) { set(context, CALLTAP__NEGINT, n); }
static void on_negint32(void *context, uint32_t n) { set(context, CALLTAP__NEGINT, n); }
static void on_negint64(void *context, uint64_t n) { set(context, CALLTAP__NEGINT, n); }
static void on_array(void *context, size_t n) { set(context, CALLTAP__ARRAY, n); }
static void on_map(void *context, size_t n) { set(context, CALLTAP__MAP, n); }
static void on_endless_array(void *context) { set(context, CALLTAP__ARRAY, CALLTAP__INDEFINITE); }
static void on_endless_map(void *context) { set(context, CALLTAP__MAP, CALLTAP__INDEFINITE); }
static void on_tag(void *context, uint64_t n) { set(context, CALLTAP__TAG, n); }
static void on_break(void *context) { set(context, CALLTAP__BREAK, 0); }
static void on_simple(void *context) { set(context, CALLTAP__OTHER, 0); }
static void on_float(void *context, float n) { (void)n, set(context, CALLTAP__OTHER, 0); }
static void on_double(void *context, double n) { (void)n, set(context, CALLTAP__OTHER, 0); }
static void on_bool(void *context, bool n) { (void)n, set(context, CALLTAP__OTHER, 0); }

static void on_bytes(void *context, cbor_data bytes, size_t size) {
  struct calltap__item *item = context;
  item->type = CALLTAP__BYTES;
  item->text = (struct calltap_text){(const char *)bytes, size};
}

static void on_text(void *context, cbor_data bytes, size_t size) {
  on_bytes(context, bytes, size);
  ((struct calltap__item *)context)->type = CALLTAP__TEXT;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string_start = on_endless_array,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = on_endless_array,
    .indef_array_start = on_endless_array,
    .array_start = on_array,
    .indef_map_start = on_endless_map,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_simple,
    .null = on_simple,
    .boolean = on_bool,
    .indef_break = on_break,
};

enum calltap__found calltap__item(struct calltap__bytes *bytes, struct calltap__item *item) {
  size_t size = (size_t)(bytes->end - bytes->at);
  if (size == 0)
    return CALLTAP__SHORT;
  struct cbor_decoder_result result = cbor_stream_decode(bytes->at, size, &callbacks, item);
  if (result.status == CBOR_DECODER_NEDATA)
    return CALLTAP__SHORT;
  if (result.status != CBOR_DECODER_FINISHED)
    return CALLTAP__MALFORMED;
  bytes->at += result.read;
  return CALLTAP__GOOD;
}

/* What an item still owes after its head: items to come, INDEFINITE, or 0. */
static uint64_t owes(const struct calltap__item *item) {
  switch (item->type) {
  case CALLTAP__ARRAY:
    return item->number;
  case CALLTAP__MAP:
    /* A count that does not fit in memory cannot be in a file: the bytes run out first. */
    return item->number > UINT64_MAX / 4 ? item->number : item->number * 2;
  case CALLTAP__TAG:
    return 1;
  default:
    return 0;
  }
}

enum calltap__found calltap__skip(struct calltap__bytes *bytes) {
  struct calltap__bytes at = *bytes;
  uint64_t open[NESTING] = {1};
  int depth = 0;
  while (depth >= 0) {
    struct calltap__item item = {0};
    enum calltap__found found = calltap__item(&at, &item);
    if (found != CALLTAP__GOOD)
      return found;
    if (item.type == CALLTAP__BREAK) {
      if (open[depth] != CALLTAP__INDEFINITE)
        return CALLTAP__MALFORMED;
      depth--;
    } else {
      if (open[depth] != CALLTAP__INDEFINITE)
        open[depth]--;
      uint64_t more = owes(&item);
      if (more != 0) {
        if (++depth == NESTING)
          return CALLTAP__MALFORMED;
        open[depth] = more;
      }
    }
    while (depth >= 0 && open[depth] == 0)
      depth--;
  }
  *bytes = at;
  return CALLTAP__GOOD;
}

bool calltap__list(struct calltap__bytes *bytes, enum calltap__item_type type, struct calltap__list *list) {
  struct calltap__item item = {0};
  if (calltap__item(bytes, &item) != CALLTAP__GOOD || item.type != type)
    return false;
  list->left = item.number;
  return true;
}

bool calltap__more(struct calltap__bytes *bytes, struct calltap__list *list) {
  if (list->left == CALLTAP__INDEFINITE) {
    if (bytes->at >= bytes->end)
      return false;
    if (*bytes->at != 0xff)
      return true;
    bytes->at++;
    list->left = 0;
    return false;
  }
  if (list->left == 0)
    return false;
  list->left--;
  return true;
}

static bool take(struct calltap__bytes *bytes, struct calltap__list *list, enum calltap__item_type type,
                 struct calltap__item *item) {
  if (!calltap__more(bytes, list))
    return false;
  return calltap__item(bytes, item) == CALLTAP__GOOD && item->type == type;
}

bool calltap__take_uint(struct calltap__bytes *bytes, struct calltap__list *list, uint64_t *number) {
  struct calltap__item item = {0};
  if (!take(bytes, list, CALLTAP__UINT, &item))
    return false;
  *number = item.number;
  return true;
}

bool calltap__take_text(struct calltap__bytes *bytes, struct calltap__list *list, struct calltap_text *text) {
  struct calltap__item item = {0};
  if (!take(bytes, list, CALLTAP__TEXT, &item))
    return false;
  *text = item.text;
  return true;
}

bool calltap__text_is(struct calltap_text text, const char *word) {
  return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}
