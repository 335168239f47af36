/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The core file of a process has its traces if their files had no name any more: Linux leaves shared mappings of files that can be read
 * by their names out (core(5), coredump_filter). A trace is a whole segment. */
#include <elf.h>
#include <string.h>

#include "internal.h"

static const uint8_t trace_head[] = {0xd9, 0xd9, 0xf7, 0x83, 0x67, 'c', 'a', 'l', 'l', 't', 'a', 'p'};

static bool read_header(const struct calltap__input *input, Elf64_Ehdr *header) {
  if (input->size < sizeof *header)
    return false;
  memcpy(header, input->bytes, sizeof *header);
  return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
         header->e_type == ET_CORE && header->e_phentsize == sizeof(Elf64_Phdr);
}

bool calltap__core_is(const struct calltap__input *input) {
  Elf64_Ehdr header;
  return read_header(input, &header);
}

/* With very many segments their number stands in the first section. */
static uint64_t count_segments(const struct calltap__input *input, const Elf64_Ehdr *header) {
  Elf64_Shdr first;
  if (header->e_phnum != PN_XNUM)
    return header->e_phnum;
  if (header->e_shoff > input->size || input->size - header->e_shoff < sizeof first)
    return 0;
  memcpy(&first, input->bytes + header->e_shoff, sizeof first);
  return first.sh_info;
}

static bool is_trace(const struct calltap__input *input, const Elf64_Phdr *segment) {
  return segment->p_type == PT_LOAD && segment->p_filesz >= sizeof trace_head && segment->p_offset < input->size &&
         segment->p_filesz <= input->size - segment->p_offset && segment->p_offset % CALLTAP_WIRE_PAGE == 0 &&
         memcmp(input->bytes + segment->p_offset, trace_head, sizeof trace_head) == 0;
}

bool calltap__core_trace(const struct calltap__input *input, size_t number, size_t *offset, size_t *size) {
  Elf64_Ehdr header;
  Elf64_Phdr segment;
  if (!read_header(input, &header) || header.e_phoff > input->size)
    return false;
  uint64_t segments = count_segments(input, &header), room = (input->size - header.e_phoff) / sizeof segment;
  for (uint64_t i = 0; i < segments && i < room; i++) {
    memcpy(&segment, input->bytes + header.e_phoff + i * sizeof segment, sizeof segment);
    if (!is_trace(input, &segment) || number-- > 0)
      continue;
    *offset = segment.p_offset;
    *size = segment.p_filesz;
    return true;
  }
  return false;
}
