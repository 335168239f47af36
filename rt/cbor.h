/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A CBOR (RFC 8949) writer into a fixed buffer: allocates nothing, calls nothing, signal-safe. An item that does
 * not fit is left out whole and `full` is set; the rest of the record is then not valid and must not be used. */
#ifndef CALLTAP_CBOR_H
#define CALLTAP_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cbor {
  uint8_t *start, *at, *end;
  bool full;
};

enum cbor_major {
  CBOR_UINT = 0x00,
  CBOR_NEGATIVE = 0x20,
  CBOR_BYTES = 0x40,
  CBOR_TEXT = 0x60,
  CBOR_ARRAY = 0x80,
  CBOR_MAP = 0xA0,
  CBOR_TAG = 0xC0,
};

enum {
  CBOR_NULL = 0xF6, /* a whole item */
};

static inline struct cbor calltap__cbor(void *buffer, size_t size) {
  return (struct cbor){buffer, buffer, (uint8_t *)buffer + size, false};
}

/* The shortest head of a major type with its argument. */
void calltap__cbor_head(struct cbor *c, enum cbor_major major, uint64_t argument);
/* An integer that always takes nine bytes. */
void calltap__cbor_uint64(struct cbor *c, uint64_t value);
/* NUL-terminated text. Bytes that are not UTF-8 become '?': a trace is read by strict readers too. */
void calltap__cbor_text(struct cbor *c, const char *text);
void calltap__cbor_text_span(struct cbor *c, const char *text, size_t bytes);

static inline void calltap__cbor_uint(struct cbor *c, uint64_t value) { calltap__cbor_head(c, CBOR_UINT, value); }
static inline void calltap__cbor_array(struct cbor *c, uint64_t items) { calltap__cbor_head(c, CBOR_ARRAY, items); }
static inline void calltap__cbor_map(struct cbor *c, uint64_t pairs) { calltap__cbor_head(c, CBOR_MAP, pairs); }
static inline size_t calltap__cbor_size(const struct cbor *c) { return (size_t)(c->at - c->start); }

void calltap__cbor_bytes(struct cbor *c, const void *bytes, size_t size);
void calltap__cbor_null(struct cbor *c);
/* Items that are encoded already. */
void calltap__cbor_raw(struct cbor *c, const void *items, size_t size);

#endif
