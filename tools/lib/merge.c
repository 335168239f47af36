/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>

#include "internal.h"

/* Ties go by the number of the thread, so that the order of a trace is always the same. */
static inline bool before(const struct calltap__stream *a, const struct calltap__stream *b) {
  if (a->event.real_ns != b->event.real_ns)
    return a->event.real_ns < b->event.real_ns;
  return a->thread.index < b->thread.index;
}

bool calltap__merge_reserve(struct calltap__merge *merge, size_t streams) {
  if (streams <= merge->room)
    return true;
  struct calltap__stream **grown = realloc(merge->heap, streams * sizeof(void *));
  if (grown == NULL)
    return false;
  merge->heap = grown;
  merge->room = streams;
  return true;
}

void calltap__merge_add(struct calltap__merge *merge, struct calltap__stream *stream) {
  size_t at = merge->count++;
  while (at > 0 && before(stream, merge->heap[(at - 1) / 2])) {
    merge->heap[at] = merge->heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  merge->heap[at] = stream;
}

void calltap__merge_moved(struct calltap__merge *merge, bool more) {
  if (merge->count == 1 && more)
    return;
  struct calltap__stream *stream = merge->heap[0];
  if (!more) {
    if (--merge->count == 0)
      return;
    stream = merge->heap[merge->count];
  }
  size_t at = 0;
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= merge->count)
      break;
    if (child + 1 < merge->count && before(merge->heap[child + 1], merge->heap[child]))
      child++;
    if (!before(merge->heap[child], stream))
      break;
    merge->heap[at] = merge->heap[child];
    at = child;
  }
  merge->heap[at] = stream;
}
