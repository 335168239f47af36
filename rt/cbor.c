/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "cbor.h"
#include "text.h"

static unsigned argument_bytes(uint64_t argument) {
  if (argument < 24)
    return 0;
  if (argument <= UINT8_MAX)
    return 1;
  if (argument <= UINT16_MAX)
    return 2;
  return argument <= UINT32_MAX ? 4 : 8;
}

void calltap__cbor_head(struct cbor *c, enum cbor_major major, uint64_t argument) {
  if (argument < 24 && !c->full && c->at < c->end) {
    *c->at++ = (uint8_t)(major | argument);
    return;
  }
  static const uint8_t lengths[] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};
  unsigned bytes = argument_bytes(argument);
  if (c->full || c->end - c->at < 1 + (ptrdiff_t)bytes) {
    c->full = true;
    return;
  }
  *c->at++ = (uint8_t)(major | (bytes ? lengths[bytes] : argument));
  while (bytes--)
    *c->at++ = (uint8_t)(argument >> bytes * 8);
}

void calltap__cbor_uint64(struct cbor *c, uint64_t value) {
  if (c->full || c->end - c->at < 9) {
    c->full = true;
    return;
  }
  *c->at++ = CBOR_UINT | 27;
  for (unsigned bytes = 8; bytes--;)
    *c->at++ = (uint8_t)(value >> bytes * 8);
}

/* The length of the UTF-8 sequence at the start of the text, which is not ASCII, or 0 if there is none. Surrogates and overlong forms are
 * none. */
static size_t utf8_length(const uint8_t *p, size_t left) {
  size_t n = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
  if (n > left)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xC0) != 0x80)
      return 0;
  if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
    return 0;
  if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
    return 0;
  return n;
}

void calltap__cbor_text_span(struct cbor *c, const char *text, size_t bytes) {
  uint8_t *before = c->at;
  calltap__cbor_head(c, CBOR_TEXT, bytes);
  if (c->full || (size_t)(c->end - c->at) < bytes) {
    c->full = true;
    c->at = before;
    return;
  }
  calltap__bytes_copy(c->at, text, bytes);
  for (size_t i = 0; i < bytes;) {
    size_t n = c->at[i] < 0x80 ? 1 : utf8_length(c->at + i, bytes - i);
    if (!n)
      c->at[i] = '?';
    i += n ? n : 1;
  }
  c->at += bytes;
}

void calltap__cbor_text(struct cbor *c, const char *text) {
  calltap__cbor_text_span(c, text, calltap__text_length(text));
}

void calltap__cbor_bytes(struct cbor *c, const void *bytes, size_t size) {
  uint8_t *before = c->at;
  calltap__cbor_head(c, CBOR_BYTES, size);
  if (c->full || (size_t)(c->end - c->at) < size) {
    c->full = true;
    c->at = before;
    return;
  }
  calltap__bytes_copy(c->at, bytes, size);
  c->at += size;
}

void calltap__cbor_raw(struct cbor *c, const void *items, size_t size) {
  if (c->full || (size_t)(c->end - c->at) < size) {
    c->full = true;
    return;
  }
  calltap__bytes_copy(c->at, items, size);
  c->at += size;
}

void calltap__cbor_null(struct cbor *c) { calltap__cbor_raw(c, "\xF6", 1); }
