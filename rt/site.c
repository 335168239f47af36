/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A hash table of the sites that a session has armed: open addressing, linear probing, at most half full, so that a look-up is
 * mostly one cache line. Readers take no lock. Entries are only added; a table that grew is replaced as a whole
 * and the old one is kept, because a hook may be reading it: all old ones together are smaller than the new one. */
#include "internal.h"

static void insert(struct site_table *t, uintptr_t site, const struct shape *shape) {
  size_t i = site_home(t, site);
  uintptr_t found;
  while ((found = atomic_load_explicit(&t->entry[i].site, memory_order_relaxed)) && found != site)
    i = (i + 1) & t->mask;
  atomic_store_explicit(&t->entry[i].shape, shape, memory_order_relaxed);
  atomic_store_explicit(&t->entry[i].site, site, memory_order_release);
  t->count += !found;
}

static struct site_table *grown(const struct site_table *old, struct arena *memory) {
  unsigned bits = old ? 64 - old->shift + 1 : 6;
  size_t size = (size_t)1 << bits;
  struct site_table *t = calltap__arena_take(memory, sizeof *t + size * sizeof t->entry[0]);
  if (!t)
    return NULL;
  t->shift = 64 - bits;
  t->mask = size - 1;
  for (size_t i = 0; old && i <= old->mask; i++)
    if (old->entry[i].site)
      insert(t, old->entry[i].site, old->entry[i].shape);
  return t;
}

void calltap__site_forget(struct session *session, uintptr_t site) {
  struct site_table *t = atomic_load_explicit(&session->sites, memory_order_relaxed);
  if (t && calltap__site_find(session, site))
    insert(t, site, NULL);
}

bool calltap__site_add(struct session *session, uintptr_t site, const struct shape *shape) {
  struct site_table *t = atomic_load_explicit(&session->sites, memory_order_relaxed);
  if (!t || t->count * 2 >= t->mask) {
    t = grown(t, &session->memory);
    if (!t)
      return false;
    atomic_store_explicit(&session->sites, t, memory_order_release);
  }
  insert(t, site, shape);
  return true;
}
