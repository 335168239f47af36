/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A pull parser over untrusted CBOR: one item head at a time, on top of libcbor's streaming decoder.
 * Allocates nothing. */
#ifndef CALLTAP_CBOR_ITEM_H
#define CALLTAP_CBOR_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "calltap/reader.h"

/* The upper three bits of a head's first byte. */
enum {
  CALLTAP__MAJOR_UINT = 0,
  CALLTAP__MAJOR_NEGINT = 1,
  CALLTAP__MAJOR_BYTES = 2,
  CALLTAP__MAJOR_ARRAY = 4,
  CALLTAP__MAJOR_MAP = 5
};

/* What is left to read. */
struct calltap__bytes {
  const uint8_t *at;
  const uint8_t *end;
};

enum calltap__item_type {
  CALLTAP__UINT,   /* `number` */
  CALLTAP__NEGINT, /* -1 - `number` */
  CALLTAP__BYTES,  /* `text` */
  CALLTAP__TEXT,   /* `text` */
  CALLTAP__ARRAY,  /* `number` elements follow */
  CALLTAP__MAP,    /* `number` pairs follow */
  CALLTAP__TAG,    /* one item follows */
  CALLTAP__BREAK,
  CALLTAP__OTHER, /* float, simple value */
};

/* The length of an array, map or string that ends with a break. Strings of that form are given as
 * an ARRAY of their pieces. */
#define CALLTAP__INDEFINITE UINT64_MAX

struct calltap__item {
  enum calltap__item_type type;
  uint64_t number;
  struct calltap_text text;
};

enum calltap__found {
  CALLTAP__GOOD,
  CALLTAP__SHORT,     /* the bytes end inside the item */
  CALLTAP__MALFORMED, /* no continuation makes this CBOR, or it nests deeper than 32 */
};

/* Reads one head, and the contents of a string. Moves `bytes` only when GOOD. */
enum calltap__found calltap__item(struct calltap__bytes *bytes, struct calltap__item *item);

/* Steps over one whole item with all it holds. Moves `bytes` only when GOOD. */
enum calltap__found calltap__skip(struct calltap__bytes *bytes);

/* The elements of an array, or the pairs of a map, that are still to come. */
struct calltap__list {
  uint64_t left;
};

/* Starts a list if the next item is of that type, ARRAY or MAP. */
bool calltap__list(struct calltap__bytes *bytes, enum calltap__item_type type, struct calltap__list *list);

/* Whether another element follows; takes the break at the end. */
bool calltap__more(struct calltap__bytes *bytes, struct calltap__list *list);

/* Take the next element if there is one and it has that type. If not, nothing is promised about
 * how far `bytes` moved: the caller gives the record up. */
bool calltap__take_uint(struct calltap__bytes *bytes, struct calltap__list *list, uint64_t *number);
bool calltap__take_text(struct calltap__bytes *bytes, struct calltap__list *list, struct calltap_text *text);

bool calltap__text_is(struct calltap_text text, const char *word);

#endif
