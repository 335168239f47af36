/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Percentiles against those of sorted values, and the arithmetic of buckets. */
#include <check.h>
#include <stdlib.h>

#include "lib/batches.h"
#include "lib/distribution.h"
#include "lib/numbering.h"
#include "suite.h"

static uint64_t state = 42;

static uint64_t draw(void) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return state >> 11;
}

START_TEST(every_value_is_in_the_bounds_of_its_bucket) {
  for (int i = 0; i < 100000 / SLOWNESS; i++) {
    uint64_t value = draw() * 2048 >> draw() % 64, least, most;
    uint32_t bucket = calltap__distribution_bucket(value);
    calltap__distribution_bounds(bucket, &least, &most);
    ck_assert(least <= value && value <= most);
    ck_assert_uint_lt(bucket, CALLTAP__DISTRIBUTION_BUCKETS);
  }
}
END_TEST

START_TEST(buckets_follow_each_other_without_gaps) {
  uint64_t least, most, next = 0;
  for (uint32_t i = 0; i < CALLTAP__DISTRIBUTION_BUCKETS; i++) {
    calltap__distribution_bounds(i, &least, &most);
    ck_assert_uint_eq(least, next);
    next = most + 1;
  }
  ck_assert_uint_eq(next, 0); /* the last value of all is in the last bucket */
}
END_TEST

static int compare(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

enum { VALUES = 20000 };

/* Against the value of that rank; 1 % is what the documents promise. */
static void check_quantiles(uint64_t *values, size_t count) {
  static const unsigned per_mille[] = {1, 10, 250, 500, 900, 990, 999, 1000};
  struct calltap__distribution distribution = {0};
  for (size_t i = 0; i < count; i++)
    ck_assert(calltap__distribution_add(&distribution, values[i]));
  qsort(values, count, sizeof *values, compare);
  for (size_t i = 0; i < sizeof per_mille / sizeof *per_mille; i++) {
    size_t rank = (count * per_mille[i] + 999) / 1000;
    double right = (double)values[rank - 1];
    double told = (double)calltap__distribution_quantile(&distribution, per_mille[i]);
    ck_assert_double_le(told, right * 1.01);
    ck_assert_double_ge(told, right * 0.99);
  }
  ck_assert_uint_eq(distribution.least, values[0]);
  ck_assert_uint_eq(distribution.most, values[count - 1]);
  ck_assert_uint_eq(calltap__distribution_values(&distribution), count);
  calltap__distribution_free(&distribution);
}

START_TEST(percentiles_are_right_to_one_percent) {
  static uint64_t values[VALUES];
  for (int i = 0; i < VALUES; i++)
    values[i] = 50 + draw() % 1000000;
  check_quantiles(values, VALUES);
  for (int i = 0; i < VALUES; i++)
    values[i] = draw() * 2048 >> draw() % 64; /* of all sizes */
  check_quantiles(values, VALUES);
  for (int i = 0; i < VALUES; i++)
    values[i] = draw() % 100 == 0 ? 5000000000 + draw() % 1000 : 20 + draw() % 3; /* two peaks far apart */
  check_quantiles(values, VALUES);
  values[0] = 12345;
  check_quantiles(values, 1);
}
END_TEST

START_TEST(nothing_has_no_percentile) {
  struct calltap__distribution none = {0};
  ck_assert_uint_eq(calltap__distribution_quantile(&none, 500), 0);
  ck_assert_uint_eq(calltap__distribution_values(&none), 0);
}
END_TEST

START_TEST(numbers_of_keys_are_found_again) {
  struct calltap__numbering numbering = {0};
  ck_assert_uint_eq(calltap__numbering_find(&numbering, 7), 0);
  for (uint32_t i = 1; i <= 50000; i++)
    ck_assert(calltap__numbering_add(&numbering, (uint64_t)i << 32 | (i * 7), i));
  for (uint32_t i = 1; i <= 50000; i++)
    ck_assert_uint_eq(calltap__numbering_find(&numbering, (uint64_t)i << 32 | (i * 7)), i);
  ck_assert_uint_eq(calltap__numbering_find(&numbering, 7), 0);
  calltap__numbering_free(&numbering);
}
END_TEST

START_TEST(batches_are_of_equal_size_and_lose_nothing) {
  for (uint64_t values = 1; values < 3000; values += 97) {
    struct calltap__batches batches = {0};
    uint64_t count = 0, sum = 0;
    for (uint64_t i = 0; i < values; i++)
      calltap__batches_add(&batches, i);
    for (uint32_t i = 0; i <= batches.full; i++) {
      ck_assert(i == batches.full || batches.batch[i].count == batches.size);
      count += batches.batch[i].count;
      sum += batches.batch[i].sum;
    }
    ck_assert_uint_lt(batches.full, CALLTAP__BATCHES);
    ck_assert_uint_eq(count, values);
    ck_assert_uint_eq(sum, values * (values - 1) / 2);
  }
}
END_TEST

int main(void) {
  return RUN_SUITE("distribution", every_value_is_in_the_bounds_of_its_bucket, buckets_follow_each_other_without_gaps,
                   percentiles_are_right_to_one_percent, nothing_has_no_percentile, numbers_of_keys_are_found_again,
                   batches_are_of_equal_size_and_lose_nothing);
}
