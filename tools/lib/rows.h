/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a profile says of each of its groups. */
#ifndef CALLTAP_ROWS_H
#define CALLTAP_ROWS_H

#include "profile.h"
#include "text.h"

/* Times are in nanoseconds. */
struct calltap__row {
  const struct calltap__profile_group *group; /* the profile's */
  uint64_t calls;
  uint64_t total; /* of the outermost calls of the group on their stacks: recursion counts once */
  uint64_t self;
  uint64_t timed; /* calls whose time is known; all that follow are of these */
  uint64_t mean;
  uint64_t least;
  uint64_t p50; /* these three are right to 1 % */
  uint64_t p90;
  uint64_t p99;
  uint64_t most;
  uint64_t tails;
  uint64_t errors;
  uint64_t open;
  uint64_t unmatched;
  uint64_t threads;
};

struct calltap__rows {
  struct calltap__row *row;
  size_t rows;
  uint64_t total; /* of all threads' outermost calls, and so of all time in `self` */
};

enum calltap__sort {
  CALLTAP__SORT_SELF,
  CALLTAP__SORT_TOTAL,
  CALLTAP__SORT_CALLS,
  CALLTAP__SORT_MEAN,
  CALLTAP__SORT_MIN,
  CALLTAP__SORT_P50,
  CALLTAP__SORT_P90,
  CALLTAP__SORT_P99,
  CALLTAP__SORT_MAX,
  CALLTAP__SORT_THREADS,
  CALLTAP__SORT_ERRORS,
  CALLTAP__SORT_NAME,
  CALLTAP__SORTS,
};

/* By enum calltap__sort. */
extern const char *const calltap__sort_names[];

/* One row for each group with a call or an exit, of a profile that is finished. False without memory. */
bool calltap__rows_make(struct calltap__rows *rows, const struct calltap__profile *profile);

/* The largest first; names from a to z. Rows that are equal are sorted by name. */
void calltap__rows_sort(struct calltap__rows *rows, const struct calltap__profile *profile, enum calltap__sort sort);

void calltap__rows_free(struct calltap__rows *rows);

/* The number that a row is sorted by; 0 for a name. */
uint64_t calltap__row_key(const struct calltap__row *row, enum calltap__sort sort);

/* Whether the budget of CPU time took the function out, so that its numbers are only a part. */
bool calltap__function_is_part(const struct calltap__profile *profile, uint32_t function);
bool calltap__group_is_part(const struct calltap__profile *profile, const struct calltap__profile_group *group);

/* Adds the name of a group, unescaped: `lvm:luaV_execute/2`, `lvm`, `main/4711`, `lvm:luaV_execute/2 <- ldo:luaD_call/3`. */
void calltap__group_name(struct calltap__builder *out, const struct calltap__profile *profile,
                         const struct calltap__profile_group *group);

#endif
