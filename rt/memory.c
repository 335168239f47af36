/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The runtime's own memory: blocks from the system, given out front to back. That of the process is never taken back; that of a session
 * as a whole, once no hook can be in it. */
#include "internal.h"

enum { BLOCK = 64 * 1024, HEAD = 64 };

struct block {
  struct block *next; /* of the arena */
  size_t bytes;
  _Atomic size_t used;
};

struct arena calltap__process_memory;
static struct arena *current = &calltap__process_memory;

static struct block *made(struct block *b, size_t bytes) {
  if (b)
    b->bytes = bytes;
  return b;
}

static void publish(struct arena *arena, struct block *b) {
  b->next = atomic_load_explicit(&arena->all, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(&arena->all, &b->next, b, memory_order_release, memory_order_relaxed))
    continue;
}

static void *take_large(struct arena *arena, size_t bytes) {
  bytes = (bytes + HEAD + OS_PAGE - 1) / OS_PAGE * OS_PAGE;
  struct block *b = made(calltap__os_map(bytes), bytes);
  if (!b)
    return NULL;
  publish(arena, b);
  return (char *)b + HEAD;
}

void *calltap__arena_take(struct arena *arena, size_t bytes) {
  bytes = (bytes + 63) & ~(size_t)63;
  if (bytes > BLOCK / 4)
    return take_large(arena, bytes);
  for (;;) {
    struct block *b = atomic_load_explicit(&arena->block, memory_order_acquire);
    size_t at = b ? atomic_fetch_add_explicit(&b->used, bytes, memory_order_relaxed) : BLOCK;
    if (at + bytes <= BLOCK)
      return (char *)b + at;
    /* A session's is used up soon. That of the process has little in it at start, and whoever starts does not wait for the rest. */
    bool is_session = arena != &calltap__process_memory;
    struct block *fresh = made(is_session ? calltap__os_map_whole(BLOCK) : calltap__os_map(BLOCK), BLOCK);
    if (!fresh)
      return NULL;
    atomic_store_explicit(&fresh->used, HEAD, memory_order_relaxed);
    if (atomic_compare_exchange_strong(&arena->block, &b, fresh))
      publish(arena, fresh);
    else
      calltap__os_unmap(fresh, BLOCK); /* another thread was first */
  }
}

void calltap__arena_free(struct arena *arena) {
  struct block *b = atomic_load(&arena->all);
  atomic_store(&arena->all, NULL);
  atomic_store(&arena->block, NULL);
  while (b) {
    struct block *next = b->next;
    calltap__os_unmap(b, b->bytes);
    b = next;
  }
}

struct arena *calltap__memory_from(struct arena *arena) {
  struct arena *before = current;
  current = arena;
  return before;
}

void *calltap__memory(size_t bytes) { return calltap__arena_take(current, bytes); }

const char *calltap__memory_text(const char *text) {
  size_t bytes = text ? calltap__text_length(text) + 1 : 0;
  char *copy = text ? calltap__memory(bytes) : NULL;
  if (copy)
    calltap__bytes_copy(copy, text, bytes);
  return copy;
}
