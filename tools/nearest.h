/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* "Did you mean": the names nearest to one that was not found. */
#ifndef CALLTAP_NEAREST_H
#define CALLTAP_NEAREST_H

#include <stddef.h>

enum { NEAREST_KEPT = 3, NEAREST_LONGEST = 128 };

struct nearest {
  char wanted[NEAREST_LONGEST]; /* without the letters of globs */
  size_t limit;                 /* distances above it are no resemblance */
  struct {
    char name[NEAREST_LONGEST];
    size_t distance;
  } kept[NEAREST_KEPT];
  size_t count;
};

/* Copies what it is given, and cuts it at 127 bytes. */
void nearest_start(struct nearest *nearest, const char *wanted, size_t size);

/* `compared` is the part of `name` that resembles or not, often the name itself. */
void nearest_offer(struct nearest *nearest, const char *name, const char *compared);

/* Writes "; did you mean a, b or c?" to `out`, or an empty string. Never more than `size` bytes with the NUL. */
void nearest_say(const struct nearest *nearest, char *out, size_t size);

#endif
