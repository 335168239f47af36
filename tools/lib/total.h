/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Adds up the rows of a file's tables: rows of one function, or copies of one, whose keys have the same values are one, and functions that
 * were asked the same are read as one table. */
#ifndef CALLTAP_TOTAL_H
#define CALLTAP_TOTAL_H

#include "copies.h"
#include "value.h"

__extension__ typedef __int128 calltap__signed_wide;

/* Some rows, added up. */
struct calltap__total {
  const struct calltap_trace_row *row; /* the first of them: its keys are those of all */
  uint32_t block;                      /* totals of one block are next to each other */
  size_t first_row;                    /* in calltap__totals.row */
  size_t rows;
  uint64_t count;
  bool has_sum;
  bool has_bounds;
  calltap__signed_wide sum;
  calltap__signed_wide least;
  calltap__signed_wide most;
};

struct calltap__totals {
  struct calltap__total *total; /* the largest of a block first, rows without keys last */
  size_t totals;
  const struct calltap_trace_row **row;
  struct calltap__copies copies;
};

/* False without memory. */
bool calltap__totals_make(struct calltap__totals *totals, const struct calltap_trace_file *file);
void calltap__totals_free(struct calltap__totals *totals);

/* How many totals from `first` on are of its block. */
size_t calltap__totals_of_block(const struct calltap__totals *totals, size_t first);

/* How many values were in each bucket. */
struct calltap__histogram {
  int first;
  int last; /* below `first`: there are no values */
  uint64_t count[2 * CALLTAP_MOST_BUCKET + 2];
};

enum { CALLTAP__BUCKET_ZERO = CALLTAP_MOST_BUCKET + 1 }; /* bucket b is count[b + CALLTAP__BUCKET_ZERO] */

void calltap__histogram(const struct calltap__totals *totals, const struct calltap__total *total,
                        struct calltap__histogram *histogram);

/* The smallest and the largest value that belong to a bucket. */
void calltap__bucket_bounds(int bucket, calltap__signed_wide *least, calltap__signed_wide *most);

/* Whether what is summed, or a value with that label, is a time in nanoseconds. */
bool calltap__is_time(const struct calltap_trace_value *label);
bool calltap__sums_time(const struct calltap_trace_table *table);

/* Whether a value with that label is an array of addresses that calls return to. */
bool calltap__is_stack(const struct calltap_trace_value *label);

#endif
