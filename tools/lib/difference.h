/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whether the time of a call differs between two traces, or only seems to.
 *
 * The calls of one run are not independent: a busy neighbour, a cold cache, another phase of the program change many in a row, and with
 * millions of them a test on single calls finds every such ripple significant. So times are compared as the means of up to 32 batches of
 * calls that follow each other (batches.h), or with three files and more on each side, of files: each run is one
 * observation. Welch's t-test asks whether the means of both sides differ by more than they vary; it allows for
 * different variances and numbers. As many rows are asked at once, Benjamini and Hochberg's procedure then keeps the part of false ones among
 * those that are called significant below CALLTAP__FALSE_PART. */
#ifndef CALLTAP_DIFFERENCE_H
#define CALLTAP_DIFFERENCE_H

#include "out.h"
#include "rows.h"

/* 5 % */
#define CALLTAP__FALSE_PART 0.05

/* Fewer batches than this are not compared. */
enum { CALLTAP__FEWEST_BATCHES = 3 };

/* The probability that means differ so much by chance, from 0 to 1; below 0: there are too few batches to say. */
double calltap__welch(const struct calltap__batches *a, const struct calltap__batches *b);

/* The same group before and after; one of them may not be there, and is NULL. */
struct calltap__change {
  const struct calltap__row *before;
  const struct calltap__row *after;
  double p; /* as calltap__welch says */
  bool is_significant;
  uint32_t place; /* in the order of names */
};

struct calltap__changes {
  struct calltap__change *change;
  size_t changes;
};

/* The rows of two profiles that are `by` the same, matched by name. The rows must outlive the changes. Threads are matched by name, too,
 * and several of one name are not told apart: they are left as before and after only. False without memory. */
bool calltap__changes_make(struct calltap__changes *changes, const struct calltap__profile *before,
                           const struct calltap__rows *before_rows, const struct calltap__profile *after,
                           const struct calltap__rows *after_rows);

/* The largest difference first, by that key; names from a to z. */
void calltap__changes_sort(struct calltap__changes *changes, enum calltap__sort sort);

void calltap__changes_free(struct calltap__changes *changes);

/* What is shown of them. */
struct calltap__difference {
  const struct calltap__profile *before;
  const struct calltap__profile *after;
  const struct calltap__changes *changes; /* in the order they are to be shown */
  size_t most;                            /* so many of them, at most */
  const char *before_name;                /* of the file */
  bool colour;                            /* text only */
};

/* Trouble is kept in the output's error. */
void calltap__difference_text(const struct calltap__difference *difference, struct calltap__out *out);
void calltap__difference_json(const struct calltap__difference *difference, struct calltap__out *out);

#endif
