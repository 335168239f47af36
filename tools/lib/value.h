/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Decodes the values of events: a type and the bytes of a CBOR item -> what the value is made of. Both views take what they
 * show from here, so they never disagree. Types and items are untrusted. */
#ifndef CALLTAP_VALUE_H
#define CALLTAP_VALUE_H

#include "cbor_item.h"
#include "text.h"

__extension__ typedef unsigned __int128 calltap__wide;

enum calltap__unknown {
  CALLTAP__NOT_CAPTURED,
  CALLTAP__UNREADABLE,
  CALLTAP__SENSITIVE,
  CALLTAP__OPTIMIZED_OUT,
};

enum calltap__leaf_kind {
  CALLTAP__LEAF_UNKNOWN,  /* `unknown` says why; a pointer that could not be followed has its `address` */
  CALLTAP__LEAF_INTEGER,  /* `magnitude`, `negative` */
  CALLTAP__LEAF_BOOL,     /* `magnitude` is 0 or 1 */
  CALLTAP__LEAF_CHAR,     /* `magnitude`: its byte; `negative` as its signed value is */
  CALLTAP__LEAF_NAMES,    /* `text`: of enumerators, "A" or "A|B|0x40" */
  CALLTAP__LEAF_REAL,     /* `text`: the digits, `is_number` as in real.h */
  CALLTAP__LEAF_COMPLEX,  /* `text` and `imaginary`, each with its own flag */
  CALLTAP__LEAF_POINTER,  /* `address` */
  CALLTAP__LEAF_TEXTUAL,  /* `address` of a string that was not recorded; 0: the null pointer */
  CALLTAP__LEAF_FUNCTION, /* `address` of a function */
  CALLTAP__LEAF_STRING,   /* `text`, and `cut` */
  CALLTAP__LEAF_NOTHING,  /* an optional value that is not there */
};

/* A length that is not known. */
#define CALLTAP__NO_LENGTH UINT64_MAX

struct calltap__leaf {
  enum calltap__leaf_kind kind;
  enum calltap__unknown unknown;
  bool negative;
  bool is_number;
  bool imaginary_is_number;
  bool cut;
  uint64_t length; /* of the whole that was cut, CALLTAP__NO_LENGTH: not known */
  uint64_t address;
  calltap__wide magnitude;
  struct calltap_text text;
  struct calltap_text imaginary;
};

enum calltap__group_kind {
  CALLTAP__GROUP_RECORD,  /* members */
  CALLTAP__GROUP_ARRAY,   /* elements */
  CALLTAP__GROUP_VECTOR,  /* elements */
  CALLTAP__GROUP_POINTER, /* one value: what `address` points to */
};

struct calltap__group {
  enum calltap__group_kind kind;
  uint64_t address;
  uint64_t length; /* ARRAY, VECTOR: elements of the whole */
  uint64_t given;  /* so many were given, at the end */
  bool cut;        /* ARRAY, VECTOR: not all of them were recorded */
  bool is_record;  /* POINTER: to a RECORD */
};

/* Receives a value in pieces. What it is given lives during the call. */
struct calltap__sink {
  void (*leaf)(struct calltap__sink *sink, const struct calltap__leaf *leaf);
  void (*open)(struct calltap__sink *sink, const struct calltap__group *group);
  /* Before each member of a RECORD, `index` from 0. */
  void (*member)(struct calltap__sink *sink, size_t index, struct calltap_text name);
  /* Before each element; false: it wants no more of them, and no end will be asked of it but that of the group. */
  bool (*element)(struct calltap__sink *sink, size_t index);
  void (*close)(struct calltap__sink *sink, const struct calltap__group *group);
};

/* Holds what decoding needs from one value to the next. Zeros make a new one. */
struct calltap__decoder {
  struct calltap__sink *sink;
  const struct calltap_trace_unit *unit;
  struct calltap__builder scratch;
  unsigned depth;
  uint32_t budget; /* steps left: a small item can have a type that makes of it more than fits anywhere */
};

/* Gives the value of `type`, whose item is at `item`. */
void calltap__decode(struct calltap__decoder *decoder, const struct calltap_trace_unit *unit,
                     const struct calltap_type *type, struct calltap__bytes item);

/* The same of value `index` of an event. */
void calltap__decode_event(struct calltap__decoder *decoder, const struct calltap_event *event, unsigned index,
                           const struct calltap_type *type);

/* The same of an item that has a label. Without a type, or as a time, it is the number or string that it looks like. */
void calltap__decode_label(struct calltap__decoder *decoder, const struct calltap_trace_function *function,
                           const struct calltap_trace_value *label, struct calltap_items item);

/* The same of an item of no type. */
void calltap__decode_bare(struct calltap__decoder *decoder, struct calltap_items item);

void calltap__decoder_free(struct calltap__decoder *decoder);

#endif
