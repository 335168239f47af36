/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How many values there were of each size, so that any percentile can be told to 1 %, in bounded memory.
 *
 * Buckets are log-linear: values below 128 have one each; from there on every power of two is divided into 64. A value that is told as the
 * middle of its bucket is wrong by 0.8 % at most. There are 3,776 buckets for all values of 64 bits; room is made up to the
 * largest value that came. */
#ifndef CALLTAP_DISTRIBUTION_H
#define CALLTAP_DISTRIBUTION_H

#include <stdbool.h>
#include <stdint.h>

struct calltap__distribution {
  uint64_t *count; /* by bucket */
  uint32_t room;
  uint64_t least; /* exact; only of use if there are values */
  uint64_t most;
};

enum { CALLTAP__DISTRIBUTION_BITS = 6, CALLTAP__DISTRIBUTION_BUCKETS = (64 - CALLTAP__DISTRIBUTION_BITS + 1) << 6 };

/* The bucket of a value. */
static inline uint32_t calltap__distribution_bucket(uint64_t value) {
  unsigned exponent = 63 - (unsigned)__builtin_clzll(value | 1);
  unsigned shift = exponent > CALLTAP__DISTRIBUTION_BITS ? exponent - CALLTAP__DISTRIBUTION_BITS : 0;
  return (shift << CALLTAP__DISTRIBUTION_BITS) + (uint32_t)(value >> shift);
}

/* The smallest and the largest value of a bucket. */
void calltap__distribution_bounds(uint32_t bucket, uint64_t *least, uint64_t *most);

/* Makes room for that bucket. False without memory. */
bool calltap__distribution_room(struct calltap__distribution *distribution, uint32_t bucket);

/* Counts a value. False without memory: it is not counted. A distribution of zeros is an empty one. */
static inline bool calltap__distribution_add(struct calltap__distribution *distribution, uint64_t value) {
  uint32_t bucket = calltap__distribution_bucket(value);
  if (bucket >= distribution->room && !calltap__distribution_room(distribution, bucket))
    return false;
  distribution->count[bucket]++;
  if (value < distribution->least)
    distribution->least = value;
  if (value > distribution->most)
    distribution->most = value;
  return true;
}

/* How many values there are. */
uint64_t calltap__distribution_values(const struct calltap__distribution *distribution);

/* The value that `per_mille` of 1,000 values do not exceed, right to 0.8 %; 0 if there are none. */
uint64_t calltap__distribution_quantile(const struct calltap__distribution *distribution, unsigned per_mille);

void calltap__distribution_free(struct calltap__distribution *distribution);

#endif
