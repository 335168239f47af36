/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "numbering.h"

#include <stdlib.h>

static void put(struct calltap__numbering *numbering, uint64_t key, uint32_t number) {
  size_t at = calltap__numbering_place(numbering, key);
  while (numbering->entry[at].number != 0)
    at = (at + 1) & numbering->mask;
  numbering->entry[at] = (struct calltap__numbering_entry){key, number};
}

static bool grow(struct calltap__numbering *numbering) {
  size_t count = numbering->mask == 0 ? CALLTAP__NUMBERING_FIRST : (numbering->mask + 1) * 2;
  struct calltap__numbering grown = {calloc(count, sizeof *grown.entry), count - 1, numbering->used};
  if (grown.entry == NULL)
    return false;
  for (size_t i = 0; numbering->mask != 0 && i <= numbering->mask; i++) {
    if (numbering->entry[i].number != 0)
      put(&grown, numbering->entry[i].key, numbering->entry[i].number);
  }
  free(numbering->entry);
  *numbering = grown;
  return true;
}

/* At most half of the entries are in use, so a search ends soon. */
bool calltap__numbering_add(struct calltap__numbering *numbering, uint64_t key, uint32_t number) {
  if ((numbering->used + 1) * 2 > numbering->mask && !grow(numbering))
    return false;
  put(numbering, key, number);
  numbering->used++;
  return true;
}

void calltap__numbering_free(struct calltap__numbering *numbering) {
  free(numbering->entry);
  *numbering = (struct calltap__numbering){0};
}
