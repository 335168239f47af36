/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "difference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- Welch's t-test --- */

/* The continued fraction of the incomplete beta function, by Lentz's method (NIST DLMF 8.17.22). */
static double fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (fabs(d) < tiny ? tiny : d);
  double result = d;
  for (int m = 1; m <= 300; m++) {
    for (int odd = 0; odd <= 1; odd++) {
      double n = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                     : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 + n * d;
      d = 1 / (fabs(d) < tiny ? tiny : d);
      c = 1 + n / c;
      c = fabs(c) < tiny ? tiny : c;
      result *= c * d;
    }
    if (fabs(c * d - 1) < 1e-12)
      break;
  }
  return result;
}

/* The regularised incomplete beta function I_x(a, b). */
static double incomplete_beta(double a, double b, double x) {
  if (x <= 0 || x >= 1)
    return x <= 0 ? 0 : 1;
  double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
  if (x < (a + 1) / (a + b + 2))
    return front * fraction(a, b, x) / a;
  return 1 - front * fraction(b, a, 1 - x) / b;
}

struct sample {
  uint32_t count;
  double mean;
  double variance; /* of the means of batches */
};

/* The batch that is being filled is left out, and so are files without such calls. */
static struct sample sample_of(const struct calltap__batches *batches) {
  struct sample sample = {0};
  double squares = 0;
  for (uint32_t i = 0; batches != NULL && i < batches->full; i++) {
    if (batches->batch[i].count == 0)
      continue;
    double value = (double)batches->batch[i].sum / (double)batches->batch[i].count;
    double step = value - sample.mean;
    sample.mean += step / ++sample.count;
    squares += step * (value - sample.mean);
  }
  if (sample.count > 1)
    sample.variance = squares / (sample.count - 1);
  return sample;
}

double calltap__welch(const struct calltap__batches *a, const struct calltap__batches *b) {
  struct sample x = sample_of(a), y = sample_of(b);
  if (x.count < CALLTAP__FEWEST_BATCHES || y.count < CALLTAP__FEWEST_BATCHES)
    return -1;
  double u = x.variance / x.count, v = y.variance / y.count, difference = x.mean - y.mean;
  if (u + v <= 0)
    return difference == 0 ? 1 : 0;
  double freedom = (u + v) * (u + v) / (u * u / (x.count - 1) + v * v / (y.count - 1));
  double t = difference * difference / (u + v);
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t));
}

/* --- matching --- */

struct named {
  struct calltap__builder name;
  const struct calltap__row *row;
};

static int compare_names(const void *left, const void *right) {
  const struct named *a = left, *b = right;
  size_t size = a->name.size < b->name.size ? a->name.size : b->name.size;
  int order = size > 0 ? memcmp(a->name.bytes, b->name.bytes, size) : 0;
  return order != 0 ? order : (a->name.size > b->name.size) - (a->name.size < b->name.size);
}

static void free_named(struct named *named, size_t count) {
  for (size_t i = 0; named != NULL && i < count; i++)
    calltap__builder_free(&named[i].name);
  free(named);
}

/* Numbers of threads are not the same in two runs. */
static void build_name(struct calltap__builder *out, const struct calltap__profile *profile,
                       const struct calltap__profile_group *group) {
  if (profile->options.by == CALLTAP__BY_THREAD && group->thread != 0) {
    struct calltap_text name = profile->thread[group->thread].thread->name;
    calltap__build_bytes(out, name.bytes, name.size);
  } else {
    calltap__group_name(out, profile, group);
  }
}

static struct named *name_rows(const struct calltap__profile *profile, const struct calltap__rows *rows) {
  struct named *named = calloc(rows->rows + 1, sizeof *named);
  bool failed = named == NULL;
  for (size_t i = 0; !failed && i < rows->rows; i++) {
    build_name(&named[i].name, profile, rows->row[i].group);
    named[i].row = &rows->row[i];
    failed = named[i].name.failed;
  }
  if (failed) {
    free_named(named, rows->rows);
    return NULL;
  }
  qsort(named, rows->rows, sizeof *named, compare_names);
  return named;
}

static bool is_alone(const struct named *named, size_t at, size_t count) {
  return (at == 0 || compare_names(&named[at - 1], &named[at]) != 0) &&
         (at + 1 >= count || compare_names(&named[at], &named[at + 1]) != 0);
}

static void match(struct calltap__changes *changes, const struct named *before, size_t befores,
                  const struct named *after, size_t afters) {
  for (size_t i = 0, j = 0; i < befores || j < afters;) {
    struct calltap__change *change = &changes->change[changes->changes++];
    int order = i == befores ? 1 : j == afters ? -1 : compare_names(&before[i], &after[j]);
    bool match = order == 0 && is_alone(before, i, befores) && is_alone(after, j, afters);
    *change = (struct calltap__change){.p = -1, .place = (uint32_t)(changes->changes - 1)};
    if (order < 0 || match || (order == 0 && !is_alone(before, i, befores)))
      change->before = before[i++].row;
    if (match || change->before == NULL)
      change->after = after[j++].row;
    if (match)
      change->p = calltap__welch(change->before->group->batches, change->after->group->batches);
  }
}

/* --- which are significant --- */

static int compare_p(const void *left, const void *right) {
  const struct calltap__change *a = *(struct calltap__change *const *)left,
                               *b = *(struct calltap__change *const *)right;
  return (a->p > b->p) - (a->p < b->p);
}

/* The largest rank whose p is small enough for it, and all below. */
static bool judge(struct calltap__changes *changes) {
  struct calltap__change **asked = malloc((changes->changes + 1) * sizeof(void *));
  size_t count = 0, good = 0;
  if (asked == NULL)
    return false;
  for (size_t i = 0; i < changes->changes; i++) {
    if (changes->change[i].p >= 0)
      asked[count++] = &changes->change[i];
  }
  qsort(asked, count, sizeof(void *), compare_p);
  for (size_t i = 0; i < count; i++) {
    if (asked[i]->p <= CALLTAP__FALSE_PART * (double)(i + 1) / (double)count)
      good = i + 1;
  }
  for (size_t i = 0; i < good; i++)
    asked[i]->is_significant = true;
  free(asked);
  return true;
}

bool calltap__changes_make(struct calltap__changes *changes, const struct calltap__profile *before,
                           const struct calltap__rows *before_rows, const struct calltap__profile *after,
                           const struct calltap__rows *after_rows) {
  struct named *a = name_rows(before, before_rows), *b = name_rows(after, after_rows);
  *changes = (struct calltap__changes){0};
  changes->change = calloc(before_rows->rows + after_rows->rows + 1, sizeof *changes->change);
  bool good = a != NULL && b != NULL && changes->change != NULL;
  if (good)
    match(changes, a, before_rows->rows, b, after_rows->rows);
  good = good && judge(changes);
  free_named(a, before_rows->rows);
  free_named(b, after_rows->rows);
  if (!good)
    calltap__changes_free(changes);
  return good;
}

void calltap__changes_free(struct calltap__changes *changes) {
  free(changes->change);
  *changes = (struct calltap__changes){0};
}

/* --- order --- */

struct order {
  enum calltap__sort sort;
};

static uint64_t key(const struct calltap__row *row, enum calltap__sort sort) {
  return row == NULL ? 0 : calltap__row_key(row, sort);
}

static uint64_t distance(const struct calltap__change *change, enum calltap__sort sort) {
  uint64_t before = key(change->before, sort), after = key(change->after, sort);
  return before > after ? before - after : after - before;
}

static int compare_changes(const void *left, const void *right, void *data) {
  const struct calltap__change *a = left, *b = right;
  const struct order *order = data;
  uint64_t x = distance(a, order->sort), y = distance(b, order->sort);
  return x != y ? (x < y) - (x > y) : (a->place > b->place) - (a->place < b->place);
}

void calltap__changes_sort(struct calltap__changes *changes, enum calltap__sort sort) {
  struct order order = {sort};
  if (sort != CALLTAP__SORT_NAME && changes->changes > 1)
    qsort_r(changes->change, changes->changes, sizeof *changes->change, compare_changes, &order);
}
