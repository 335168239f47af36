/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The header of a trace that is made smaller, and of its declarations those that its events need. */
#ifndef CALLTAP_CUT_DECLARED_H
#define CALLTAP_CUT_DECLARED_H

#include "internal.h"
#include "text.h"

/* A set of numbers. */
struct calltap__set {
  uint8_t *has; /* one byte each */
  size_t room;
};

struct calltap__declared {
  struct calltap__set functions; /* that are wanted */
  struct calltap__set exits;     /* whose exit was written */
  struct calltap__set units;
  struct calltap__set types;
};

struct calltap__declared_options {
  bool no_values; /* functions say of their values that they were not captured */
  bool tables;    /* tables and rows, too */
};

/* Wants the function. False without memory. */
bool calltap__declared_want(struct calltap__declared *declared, uint64_t function);

/* Notes that an exit of the function was written, and tells whether one was. */
void calltap__declared_exit(struct calltap__declared *declared, uint64_t function);
bool calltap__declared_exits(const struct calltap__declared *declared, uint64_t function);

/* Adds tag and header of the file. */
void calltap__declared_header(struct calltap__builder *to, const struct calltap__file *file, bool no_host);

/* Gives the records of stream 0 that are needed, in their order; the record of the session's end, if there is one, as the `last`.
 * False without memory. */
bool calltap__declared_write(struct calltap__declared *declared, const struct calltap__file *file,
                             struct calltap__declared_options options,
                             void (*put)(void *context, bool is_last, const void *bytes, size_t size), void *context);

void calltap__declared_free(struct calltap__declared *declared);

#endif
