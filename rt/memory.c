/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The runtime's own memory: blocks from the system, given out front to back and never taken back. Nothing that a hook
 * may still be reading can then go away. */
#include "internal.h"

enum { BLOCK = 64 * 1024 };

struct block {
  _Atomic size_t used;
};

static struct block *_Atomic current;

void *calltap__memory(size_t bytes) {
  bytes = (bytes + 63) & ~(size_t)63;
  if (bytes > BLOCK / 4)
    return calltap__os_map(bytes);
  for (;;) {
    struct block *b = atomic_load_explicit(&current, memory_order_acquire);
    size_t at = b ? atomic_fetch_add_explicit(&b->used, bytes, memory_order_relaxed) : BLOCK;
    if (at + bytes <= BLOCK)
      return (char *)b + at;
    struct block *fresh = calltap__os_map(BLOCK);
    if (!fresh)
      return NULL;
    atomic_store_explicit(&fresh->used, 64, memory_order_relaxed); /* the block's own head */
    if (!atomic_compare_exchange_strong(&current, &b, fresh))
      calltap__os_unmap(fresh, BLOCK); /* another thread was first */
  }
}
