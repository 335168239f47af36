/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Floating-point numbers as text: the shortest that reads back as the same number of its type, laid out as JavaScript
 * does it: 0.25, 100000, 1e+300, 1e-7, -0, nan, inf, -inf. */
#ifndef CALLTAP_REAL_H
#define CALLTAP_REAL_H

#include <stdbool.h>
#include <stddef.h>

enum { CALLTAP__REAL_TEXT = 64 };

struct calltap__real {
  char text[CALLTAP__REAL_TEXT];
  size_t size;
  bool is_number; /* finite, and exactly a double: what JSON's readers can hold */
};

/* Reads the number as it stands in memory. `letter` is that of its type (calltap/type.h): k, f, d, e or g. */
struct calltap__real calltap__real(char letter, const void *bytes);

#endif
