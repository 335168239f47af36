/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "diagnostic.h"

#include <errno.h>

#include "cbor_item.h"
#include "internal.h"
#include "real.h"
#include "text.h"
#include "view.h"

/* --- items --- */

static void put_number(struct calltap__out *out, uint64_t number) {
  out->at += calltap__format_decimal(calltap__out_room(out, 20), number);
}

static void put_hex(struct calltap__out *out, struct calltap_text bytes) {
  static const char digits[] = "0123456789abcdef";
  CALLTAP__OUT(out, "h'");
  for (size_t i = 0; i < bytes.size; i++) {
    unsigned char byte = (unsigned char)bytes.bytes[i];
    char pair[2] = {digits[byte >> 4], digits[byte & 15]};
    calltap__out(out, pair, sizeof pair);
  }
  CALLTAP__OUT(out, "'");
}

static void put_text(struct calltap__out *out, struct calltap_text text) {
  struct calltap__builder json = {0};
  calltap__build_json(&json, text);
  calltap__out(out, json.bytes, json.size);
  if (json.failed)
    out->error = ENOMEM;
  calltap__builder_free(&json);
}

/* A float is as it stands in memory, turned around. */
static void put_float(struct calltap__out *out, const uint8_t *head) {
  static const struct {
    char letter;
    unsigned bytes;
  } kinds[] = {{'k', 2}, {'f', 4}, {'d', 8}};
  unsigned kind = head[0] - 0xF9u;
  uint8_t bytes[8];
  for (unsigned i = 0; i < kinds[kind].bytes; i++)
    bytes[i] = head[kinds[kind].bytes - i];
  struct calltap__real real = calltap__real(kinds[kind].letter, bytes);
  bool is_named = real.text[real.size - 1] == 'n' || real.text[real.size - 1] == 'f';
  if (is_named) {
    const char *name = real.text[real.size - 1] == 'n' ? "NaN" : real.text[0] == '-' ? "-Infinity" : "Infinity";
    calltap__out(out, name, strlen(name));
    return;
  }
  calltap__out(out, real.text, real.size);
  if (memchr(real.text, '.', real.size) == NULL && memchr(real.text, 'e', real.size) == NULL)
    CALLTAP__OUT(out, ".0");
}

static void put_simple(struct calltap__out *out, const uint8_t *head) {
  static const char *const names[] = {"false", "true", "null", "undefined"};
  unsigned value = head[0] & 31u;
  if (head[0] >= 0xF9 && head[0] <= 0xFB) {
    put_float(out, head);
  } else if (value >= 20 && value <= 23) {
    calltap__out(out, names[value - 20], strlen(names[value - 20]));
  } else {
    CALLTAP__OUT(out, "simple(");
    put_number(out, value == 24 ? head[1] : value);
    CALLTAP__OUT(out, ")");
  }
}

static void put_item(struct calltap__out *out, struct calltap__bytes *bytes);

/* Elements, or pairs of a map. The whole was stepped over before: it ends where it should, and is not nested deeply. */
static void put_list(struct calltap__out *out, struct calltap__bytes *bytes, uint64_t count, bool is_map) {
  struct calltap__list list = {count};
  bool is_first = true;
  if (count == CALLTAP__INDEFINITE)
    CALLTAP__OUT(out, "_ ");
  for (; out->error == 0 && calltap__more(bytes, &list); is_first = false) {
    if (!is_first)
      CALLTAP__OUT(out, ", ");
    put_item(out, bytes);
    if (!is_map)
      continue;
    CALLTAP__OUT(out, ": ");
    put_item(out, bytes);
  }
}

static void put_array(struct calltap__out *out, struct calltap__bytes *bytes, uint64_t count, uint8_t major) {
  bool is_string = major == 2 || major == 3; /* in pieces */
  if (is_string)
    CALLTAP__OUT(out, "(");
  else
    CALLTAP__OUT(out, "[");
  put_list(out, bytes, count, false);
  if (is_string)
    CALLTAP__OUT(out, ")");
  else
    CALLTAP__OUT(out, "]");
}

static void put_item(struct calltap__out *out, struct calltap__bytes *bytes) {
  const uint8_t *head = bytes->at;
  struct calltap__item item = {0};
  if (calltap__item(bytes, &item) != CALLTAP__GOOD) {
    bytes->at = bytes->end;
    return;
  }
  switch (item.type) {
  case CALLTAP__UINT:
    put_number(out, item.number);
    break;
  case CALLTAP__NEGINT:
    out->at += calltap__format_wide(calltap__out_room(out, 40), (calltap__wide)item.number + 1, true);
    break;
  case CALLTAP__BYTES:
    put_hex(out, item.text);
    break;
  case CALLTAP__TEXT:
    put_text(out, item.text);
    break;
  case CALLTAP__ARRAY:
    put_array(out, bytes, item.number, *head >> 5);
    break;
  case CALLTAP__MAP:
    CALLTAP__OUT(out, "{");
    put_list(out, bytes, item.number, true);
    CALLTAP__OUT(out, "}");
    break;
  case CALLTAP__TAG:
    put_number(out, item.number);
    CALLTAP__OUT(out, "(");
    put_item(out, bytes);
    CALLTAP__OUT(out, ")");
    break;
  default:
    put_simple(out, head);
    break;
  }
}

/* --- the file --- */

static void put_offset(struct calltap__out *out, uint64_t offset) {
  CALLTAP__OUT(out, "/ ");
  put_number(out, offset);
  CALLTAP__OUT(out, " / ");
}

static size_t put_padding(struct calltap__out *out, const struct calltap__input *input, size_t at) {
  size_t end = (size_t)(calltap__skip_zeros(input->bytes + at, input->bytes + input->size) - input->bytes);
  put_offset(out, at);
  CALLTAP__OUT(out, "/ ");
  put_number(out, end - at);
  CALLTAP__OUT(out, " zeros /\n");
  return end;
}

static size_t put_damage(struct calltap__out *out, const struct calltap__input *input, size_t at,
                         enum calltap__found found) {
  put_offset(out, at);
  if (found == CALLTAP__SHORT)
    CALLTAP__OUT(out, "/ the file ends inside this item /\n");
  else
    CALLTAP__OUT(out, "/ this is not CBOR; the next chunk goes on /\n");
  size_t next = (at / CALLTAP_WIRE_PAGE + 1) * CALLTAP_WIRE_PAGE;
  return found == CALLTAP__SHORT || next > input->size ? input->size : next;
}

static void put_all(struct calltap__out *out, const struct calltap__input *input, uint64_t *damaged) {
  for (size_t at = 0; at < input->size && out->error == 0;) {
    struct calltap__bytes bytes = {input->bytes + at, input->bytes + input->size}, whole = bytes;
    if (*bytes.at == 0) {
      at = put_padding(out, input, at);
      continue;
    }
    enum calltap__found found = calltap__skip(&whole);
    if (found != CALLTAP__GOOD) {
      at = put_damage(out, input, at, found);
      ++*damaged;
      continue;
    }
    put_offset(out, at);
    bytes.end = whole.at;
    put_item(out, &bytes);
    CALLTAP__OUT(out, "\n");
    at = (size_t)(whole.at - input->bytes);
  }
}

enum calltap_reader_code calltap__diagnostic(struct calltap__out *out, const char *path, uint64_t *damaged,
                                             struct calltap_reader_error *error) {
  struct calltap__input input;
  *error = (struct calltap_reader_error){0};
  *damaged = 0;
  enum calltap_reader_code code = calltap__input_open(&input, path, 0, error);
  if (code != CALLTAP_READER_OK)
    return code;
  put_all(out, &input, damaged);
  calltap__input_close(&input);
  return CALLTAP_READER_OK;
}
