/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which object an address in the code belongs to: those that were loaded at start stand in a table, those of later are known to
 * the C library. */
#include "internal.h"
#include "walk.h"

/* _dl_find_object of glibc 2.35 and later, which is signal-safe. Its result, as far as it is used here. */
struct found {
  uint64_t flags;
  uintptr_t start, end;
  void *link_map;
  uintptr_t header; /* .eh_frame_hdr */
  uint64_t reserved[8];
};

static code_finder *find;

void calltap__code_finder(code_finder *finder) {
  if (!find)
    find = finder;
}

/* -- vector registers, which that function uses ----------------------------------------------------------------------- */

enum { FXSAVE_BYTES = 512, XSAVE_BYTES = 576, STATES = 8 };

_Atomic uint32_t calltap__keep_mask;
_Atomic uint64_t calltap__keep_bytes; /* 0: not known yet. Written after the mask */

/* Of the registers that are called xmm, ymm, zmm and k, what this processor and this system have. Whoever interrupts this, and every
 * other thread, comes to the same. */
static void learn_vectors(void) {
  static const uint32_t vectors = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7;
  uint32_t r[4], mask = 0, bytes = FXSAVE_BYTES;
  cpu_cpuid(1, r);
  if (r[2] >> 27 & 1) { /* the system uses XSAVE */
    mask = cpu_enabled_states() & vectors;
    bytes = XSAVE_BYTES;
    for (uint32_t i = 2; i < STATES; i++) {
      cpu_cpuid_part(0xD, i, r);
      if (mask >> i & 1 && bytes < r[1] + r[0])
        bytes = r[1] + r[0];
    }
  }
  atomic_store_explicit(&calltap__keep_mask, mask, memory_order_relaxed);
  atomic_store_explicit(&calltap__keep_bytes, (bytes + 63) & ~63u, memory_order_release);
}

static bool find_later(uintptr_t address, struct found *found) {
  if (!find)
    return false;
  if (!atomic_load_explicit(&calltap__keep_bytes, memory_order_acquire))
    learn_vectors();
  return calltap__keep_call(find, (void *)address, found) == 0;
}

/* -- tables --------------------------------------------------------------------------------------------------------------- */

bool calltap__code_tables(uintptr_t address, struct window *w, struct unwind_tables *tables) {
  size_t count;
  const struct loaded *o = calltap__objects_loaded(&count);
  for (size_t i = 0; i < count; i++)
    if (address >= o[i].start && address < o[i].end) {
      *tables = (struct unwind_tables){o[i].unwind_start, o[i].unwind_end, o[i].unwind, NULL};
      return true;
    }
  struct found found;
  if (!find_later(address, &found))
    return false;
  *tables = (struct unwind_tables){found.start, found.end, found.header, w};
  return true;
}
