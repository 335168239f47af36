/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory that may be wild or go away, one piece at a time. */
#include "internal.h"
#include "walk.h"

/* Words below an address are wanted after those above it, as where a function saved registers: the window begins somewhat before, in the
 * same page, so that what is there can be read if the address can. */
enum { BEFORE = 64 };

static bool holds(const struct window *w, uintptr_t address, size_t bytes) {
  return address - w->start < w->count && w->count - (address - w->start) >= bytes;
}

static bool fill(struct window *w, uintptr_t address, size_t bytes) {
  uintptr_t in_page = address % OS_PAGE;
  w->start = address - (in_page < BEFORE ? in_page : BEFORE);
  w->count = 0;
  w->count = calltap__peek(w->byte, w->start, WINDOW_BYTES, w->stream);
  return holds(w, address, bytes);
}

bool calltap__window_read(struct window *w, void *to, uintptr_t address, size_t bytes) {
  if (!holds(w, address, bytes) && !fill(w, address, bytes))
    return false;
  calltap__bytes_copy(to, w->byte + (address - w->start), bytes);
  return true;
}
