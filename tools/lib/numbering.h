/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Numbers for pairs of numbers: a hash table that only grows. */
#ifndef CALLTAP_NUMBERING_H
#define CALLTAP_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calltap__numbering_entry {
  uint64_t key;
  uint32_t number; /* 0: the entry is free */
};

/* Zeros are an empty one. */
struct calltap__numbering {
  struct calltap__numbering_entry *entry;
  size_t mask; /* entries - 1, a power of two less one; 0: there are none */
  size_t used;
};

enum { CALLTAP__NUMBERING_FIRST = 1024 };

static inline size_t calltap__numbering_place(const struct calltap__numbering *numbering, uint64_t key) {
  return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & numbering->mask;
}

/* The number of a key, or 0. */
static inline uint32_t calltap__numbering_find(const struct calltap__numbering *numbering, uint64_t key) {
  if (numbering->mask == 0)
    return 0;
  size_t at = calltap__numbering_place(numbering, key);
  while (numbering->entry[at].number != 0 && numbering->entry[at].key != key)
    at = (at + 1) & numbering->mask;
  return numbering->entry[at].number;
}

/* Gives a key that has none a number, which is not 0. False without memory. */
bool calltap__numbering_add(struct calltap__numbering *numbering, uint64_t key, uint32_t number);

void calltap__numbering_free(struct calltap__numbering *numbering);

#endif
