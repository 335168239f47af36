/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "batches.h"

#include <string.h>

static void halve(struct calltap__batches *batches) {
  for (uint32_t i = 0; i < CALLTAP__BATCHES / 2; i++) {
    batches->batch[i].count = batches->batch[2 * i].count + batches->batch[2 * i + 1].count;
    batches->batch[i].sum = batches->batch[2 * i].sum + batches->batch[2 * i + 1].sum;
  }
  memset(&batches->batch[CALLTAP__BATCHES / 2], 0,
         sizeof batches->batch - sizeof batches->batch[0] * (CALLTAP__BATCHES / 2));
  batches->full = CALLTAP__BATCHES / 2;
  batches->size *= 2;
}

void calltap__batches_add(struct calltap__batches *batches, uint64_t value) {
  batches->size = batches->size == 0 ? 1 : batches->size;
  batches->batch[batches->full].sum += value;
  if (++batches->batch[batches->full].count < batches->size)
    return;
  if (++batches->full == CALLTAP__BATCHES)
    halve(batches);
}

void calltap__batches_add_to(struct calltap__batches *batches, uint32_t batch, uint64_t value) {
  batches->batch[batch].sum += value;
  batches->batch[batch].count++;
  if (batch >= batches->full)
    batches->full = batch + 1;
}
