/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions of one name in the tables of a file: copies of one function (of a static one in a header, in several sources) are asked as one, and
 * others, as overloads and instances of a template, are told apart. */
#ifndef CALLTAP_COPIES_H
#define CALLTAP_COPIES_H

#include "text.h"

struct calltap__copy {
  const struct calltap_trace_table *table;
  const struct calltap_trace_table *same; /* the table that stands for those of all copies, maybe itself */
  char *types;                            /* of the parameters, in brackets */
  bool shows_types, shows_place;          /* it takes these to tell it from others of its name */
};

struct calltap__copies {
  struct calltap__copy *copy; /* by the number of the table */
  size_t count;
};

/* False without memory. */
bool calltap__copies_make(struct calltap__copies *copies, const struct calltap_trace_row *row, size_t rows);

/* Of a table that one of the rows is of. */
const struct calltap__copy *calltap__copy_of(const struct calltap__copies *copies,
                                             const struct calltap_trace_table *table);

/* Adds what it takes to tell it from others: "(double)", "src/util.c:12"; nothing where its name is enough. */
void calltap__build_copy(struct calltap__builder *builder, const struct calltap__copy *copy);

void calltap__copies_free(struct calltap__copies *copies);

#endif
