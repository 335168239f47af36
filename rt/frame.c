/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where a site's frame is: the compiler says it with a `lea` in the table, which is read here and never executed. */
#include "internal.h"
#include "walk.h"

enum { REX_W = 0x48, REX_B = 1, LEA = 0x8D };

static int32_t read_offset(const uint8_t *at, unsigned bytes) {
  int32_t offset = 0;
  if (bytes == 1)
    return (int8_t)*at;
  if (bytes == 4)
    __builtin_memcpy(&offset, at, 4);
  return offset;
}

/* lea OFFSET(BASE), %rax. Any other instruction, and a base that is not saved at a site, gives NO_FRAME. */
void calltap__frame_read(const uint8_t code[8], struct shape *shape) {
  shape->frame_base = NO_FRAME;
  unsigned mod = code[2] >> 6, base = (code[2] & 7) | (code[0] & REX_B) << 3;
  const uint8_t *at = code + 3;
  if ((code[0] & ~REX_B) != REX_W || code[1] != LEA || mod == 3)
    return;
  if ((code[2] & 7) == 4) { /* a second byte names the base: without an index only */
    if ((*at & 0x38) != 0x20)
      return;
    base = (*at++ & 7) | (code[0] & REX_B) << 3;
  }
  bool is_relative = mod == 0 && (base & 7) == 5; /* to the instruction */
  if (is_relative || base > 11)
    return;
  shape->frame_base = (uint8_t)base;
  shape->frame_offset = read_offset(at, mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

void calltap__frame_find(uintptr_t site, struct shape *shape, struct stream *s) {
  static const uint8_t bases[ROW_BASES] = {[ROW_RSP] = FRAME_RSP, [ROW_RBP] = FRAME_RBP, [ROW_RBX] = FRAME_RBX};
  struct window window = {.stream = s};
  struct unwind_tables tables;
  shape->frame_base = NO_FRAME;
  shape->frame_offset = 0;
  if (!calltap__code_tables(site, &window, &tables))
    return;
  union cfi_row row = calltap__cfi_row(&tables, site);
  if (row.kind != ROW_FRAME || row.base >= ROW_BASES || row.is_indirect || row.is_interrupt || row.is_context)
    return;
  shape->frame_base = bases[row.base];
  shape->frame_offset = (int32_t)(row.frame * 8 + row.rest) - 8;
}
