/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions of libraries that not every version of them has. A weak reference would do, but the linker notes the library's version with it, and
 * no program would start with an older one. */
#define _GNU_SOURCE
#include "symbol.h"
#include "text.h"
#include <elf.h>
#include <link.h>

/* The parts of an object's dynamic section that a look-up takes. */
struct dynamic {
  const ElfW(Sym) * symbols;
  const char *names;
  const uint32_t *hash; /* of the GNU kind */
};

/* Some loaders write the addresses into the section, some leave the distances from the object's start. */
static const void *pointed(const struct dl_phdr_info *info, ElfW(Addr) value) {
  return (const void *)(value < info->dlpi_addr ? info->dlpi_addr + value : value);
}

static struct dynamic read_dynamic(const struct dl_phdr_info *info) {
  struct dynamic d = {0};
  const ElfW(Dyn) *at = NULL;
  for (unsigned i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
      at = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  for (; at && at->d_tag != DT_NULL; at++)
    if (at->d_tag == DT_SYMTAB)
      d.symbols = pointed(info, at->d_un.d_ptr);
    else if (at->d_tag == DT_STRTAB)
      d.names = pointed(info, at->d_un.d_ptr);
    else if (at->d_tag == DT_GNU_HASH)
      d.hash = pointed(info, at->d_un.d_ptr);
  return d;
}

static uint32_t hash_of(const char *name) {
  uint32_t hash = 5381;
  for (; *name; name++)
    hash = hash * 33 + (uint8_t)*name;
  return hash;
}

/* The number of the symbol, or 0. */
static uint32_t find(const struct dynamic *d, const char *name) {
  uint32_t buckets = d->hash[0], first = d->hash[1], filters = d->hash[2], hash = hash_of(name);
  const uint32_t *bucket = d->hash + 4 + filters * 2; /* behind a filter that only saves time */
  const uint32_t *chain = bucket + buckets;
  uint32_t i = buckets ? bucket[hash % buckets] : 0;
  if (i < first || !i)
    return 0;
  for (;; i++) {
    uint32_t other = chain[i - first]; /* its lowest bit is set at the chain's end */
    if ((other | 1) == (hash | 1) && calltap__text_equal(d->names + d->symbols[i].st_name, name))
      return i;
    if (other & 1)
      return 0;
  }
}

void *calltap__symbol_find(const struct dl_phdr_info *info, const char *name) {
  struct dynamic d = read_dynamic(info);
  uint32_t i = d.symbols && d.names && d.hash ? find(&d, name) : 0;
  if (!i || d.symbols[i].st_shndx == SHN_UNDEF || (d.symbols[i].st_info & 15) != STT_FUNC)
    return NULL;
  return (void *)(info->dlpi_addr + d.symbols[i].st_value);
}
