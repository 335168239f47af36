/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Welch's test against values that were found by integrating the distribution, and which differences are called noise. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/difference.h"
#include "suite.h"

static struct calltap__batches batches(const uint64_t *values, uint32_t count) {
  struct calltap__batches made = {0};
  for (uint32_t i = 0; i < count; i++)
    calltap__batches_add_to(&made, i, values[i]);
  return made;
}

#define BATCHES(...)                                                                                                   \
  batches((const uint64_t[]){__VA_ARGS__}, (uint32_t)(sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)))

static void check(struct calltap__batches a, struct calltap__batches b, double p) {
  ck_assert_double_eq_tol(calltap__welch(&a, &b), p, 1e-9);
  ck_assert_double_eq_tol(calltap__welch(&b, &a), p, 1e-9);
}

START_TEST(welch_is_right) {
  check(BATCHES(1, 2, 3, 4, 5), BATCHES(2, 3, 4, 5, 9), 0.2937254913);
  check(BATCHES(10, 11, 12, 10, 11, 12, 13), BATCHES(20, 21, 19, 22), 0.0000343534384);
  check(BATCHES(100, 100, 101), BATCHES(100, 101, 100), 1);
}
END_TEST

START_TEST(samples_that_do_not_vary) {
  check(BATCHES(7, 7, 7), BATCHES(7, 7, 7, 7), 1);
  check(BATCHES(7, 7, 7), BATCHES(8, 8, 8), 0);
}
END_TEST

START_TEST(too_few_to_say) {
  struct calltap__batches few = BATCHES(1, 2), many = BATCHES(1, 2, 3, 4);
  ck_assert_double_lt(calltap__welch(&few, &many), 0);
  ck_assert_double_lt(calltap__welch(&many, NULL), 0);
}
END_TEST

/* Groups with names, as if each had been a thread of its own. */
enum { GROUPS = 200 };

struct side {
  struct calltap__profile_function function[CALLTAP__FUNCTIONS + GROUPS];
  struct calltap__profile_group group[GROUPS];
  struct calltap__batches batches[GROUPS];
  struct calltap__row row[GROUPS];
  char name[GROUPS][8];
  struct calltap__profile profile;
  struct calltap__rows rows;
};

static uint64_t state = 7;

/* The sum of four is nearly normal; from 0 to 4,000. */
static uint64_t draw(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 4; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    sum += (state >> 33) % 1000;
  }
  return sum;
}

/* The first `slower` groups take a tenth longer. */
static void make_side(struct side *side, int slower) {
  memset(side, 0, sizeof *side);
  for (int i = 0; i < GROUPS; i++) {
    struct calltap__profile_function *function = &side->function[CALLTAP__FUNCTIONS + i];
    int size = snprintf(side->name[i], sizeof side->name[i], "m:f%d", i);
    function->mfa = (struct calltap_text){side->name[i], (size_t)size};
    side->group[i].function = (uint32_t)(CALLTAP__FUNCTIONS + i);
    side->group[i].batches = &side->batches[i];
    for (int call = 0; call < 640; call++)
      calltap__batches_add(&side->batches[i], 10000 + draw() + (i < slower ? 1200 : 0));
    side->row[i].group = &side->group[i];
  }
  side->profile.function = side->function;
  side->profile.functions = CALLTAP__FUNCTIONS + GROUPS;
  side->rows = (struct calltap__rows){side->row, GROUPS, 0};
}

static size_t count_significant(struct side *before, struct side *after, int from) {
  struct calltap__changes changes;
  size_t count = 0;
  ck_assert(calltap__changes_make(&changes, &before->profile, &before->rows, &after->profile, &after->rows));
  ck_assert_uint_eq(changes.changes, GROUPS);
  for (size_t i = 0; i < changes.changes; i++) {
    int group = (int)(changes.change[i].after->group - after->group);
    ck_assert_int_eq(group, (int)(changes.change[i].before->group - before->group));
    count += changes.change[i].is_significant && group >= from;
  }
  calltap__changes_free(&changes);
  return count;
}

START_TEST(noise_is_no_change) {
  static struct side before, after;
  make_side(&before, 0);
  make_side(&after, 0);
  ck_assert_uint_le(count_significant(&before, &after, 0), 2);
}
END_TEST

START_TEST(changes_are_found_among_noise) {
  static struct side before, after;
  make_side(&before, 0);
  make_side(&after, 50);
  size_t false_ones = count_significant(&before, &after, 50);
  ck_assert_uint_eq(count_significant(&before, &after, 0) - false_ones, 50);
  ck_assert_uint_le(false_ones, 8); /* 5 % of 53 are expected at most */
}
END_TEST

int main(void) {
  return RUN_SUITE("difference", welch_is_right, samples_that_do_not_vary, too_few_to_say, noise_is_no_change,
                   changes_are_found_among_noise);
}
