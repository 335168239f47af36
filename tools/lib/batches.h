/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values in the order they came, in batches of equal numbers of them. Values near each other in time are alike; the means of batches are
 * much less so, and tell how far a mean can be trusted. */
#ifndef CALLTAP_BATCHES_H
#define CALLTAP_BATCHES_H

#include <stdint.h>

enum { CALLTAP__BATCHES = 32 };

/* Zeros are an empty one. At most CALLTAP__BATCHES are full: when they all are, two become one. */
struct calltap__batches {
  uint32_t full; /* batches of `size` values; the next one is being filled */
  uint64_t size;
  struct {
    uint64_t count;
    uint64_t sum;
  } batch[CALLTAP__BATCHES + 1];
};

/* The same, into a batch of the caller's choice, which must be below CALLTAP__BATCHES. The two do not mix. */
void calltap__batches_add_to(struct calltap__batches *batches, uint32_t batch, uint64_t value);

void calltap__batches_add(struct calltap__batches *batches, uint64_t value);

#endif
