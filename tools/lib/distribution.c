/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "distribution.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

void calltap__distribution_bounds(uint32_t bucket, uint64_t *least, uint64_t *most) {
  const uint32_t parts = 1U << CALLTAP__DISTRIBUTION_BITS;
  uint32_t shift = bucket < 2 * parts ? 0 : (bucket >> CALLTAP__DISTRIBUTION_BITS) - 1;
  *least = (uint64_t)(bucket - (shift << CALLTAP__DISTRIBUTION_BITS)) << shift;
  *most = *least + (((uint64_t)1 << shift) - 1);
}

bool calltap__distribution_room(struct calltap__distribution *distribution, uint32_t bucket) {
  uint32_t room = distribution->room == 0 ? FIRST_ROOM : distribution->room;
  while (room <= bucket)
    room += room / 2;
  room = room > CALLTAP__DISTRIBUTION_BUCKETS ? CALLTAP__DISTRIBUTION_BUCKETS : room;
  uint64_t *grown = realloc(distribution->count, room * sizeof *grown);
  if (grown == NULL)
    return false;
  memset(grown + distribution->room, 0, (room - distribution->room) * sizeof *grown);
  if (distribution->room == 0)
    distribution->least = UINT64_MAX;
  distribution->count = grown;
  distribution->room = room;
  return true;
}

uint64_t calltap__distribution_values(const struct calltap__distribution *distribution) {
  uint64_t values = 0;
  for (uint32_t i = 0; i < distribution->room; i++)
    values += distribution->count[i];
  return values;
}

/* The middle of a bucket, which lies between the smallest and the largest value that came. */
static uint64_t middle(const struct calltap__distribution *distribution, uint32_t bucket) {
  uint64_t least, most;
  calltap__distribution_bounds(bucket, &least, &most);
  uint64_t value = least + (most - least) / 2;
  value = value < distribution->least ? distribution->least : value;
  return value > distribution->most ? distribution->most : value;
}

uint64_t calltap__distribution_quantile(const struct calltap__distribution *distribution, unsigned per_mille) {
  uint64_t values = calltap__distribution_values(distribution), seen = 0;
  /* The rank, from 1, rounded up, without overflow. */
  uint64_t rank = values / 1000 * per_mille + (values % 1000 * per_mille + 999) / 1000;
  for (uint32_t i = 0; i < distribution->room; i++) {
    seen += distribution->count[i];
    if (seen > 0 && seen >= rank)
      return middle(distribution, i);
  }
  return 0;
}

void calltap__distribution_free(struct calltap__distribution *distribution) {
  free(distribution->count);
  *distribution = (struct calltap__distribution){0};
}
