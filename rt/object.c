/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The linked objects that carry sites: found by their ELF notes at start, announced by their own
 * constructors later. */
#define _GNU_SOURCE
#include "internal.h"
#include <elf.h>
#include <link.h>

static struct object *first;
static bool shared;

struct object *calltap__objects(void) {
  return first;
}
bool calltap__objects_shared(void) { return shared; }

static const void *at_distance(const int32_t *distance) { return (const char *)distance + *distance; }

const char *calltap__string(const int32_t *distance) { return *distance ? at_distance(distance) : ""; }

uint8_t *calltap__site_address(const struct calltap_site *site) {
  return site->site ? (uint8_t *)(uintptr_t)at_distance(&site->site) : NULL;
}

const struct calltap_function *calltap__site_function(const struct calltap_site *site, enum calltap_site_kind *kind) {
  uintptr_t both = (uintptr_t)at_distance(&site->function);
  *kind = both & CALLTAP_SITE_KIND_MASK;
  return (const struct calltap_function *)(both & ~(uintptr_t)CALLTAP_SITE_KIND_MASK);
}

struct object *calltap__object_of(const struct calltap_note *note) {
  for (struct object *o = first; o; o = o->next)
    if (o->note == note)
      return o;
  return NULL;
}

/* Only one runtime may drive an object; the first to put its mark there is it. */
static bool claim(struct calltap_slot *slot) {
  const void *nobody = NULL;
  const void *us = &calltap__live;
  if (__atomic_compare_exchange_n(&slot->owner, &nobody, us, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || nobody == us)
    return true;
  shared = true;
  return false;
}

struct object *calltap__object_add(const struct calltap_note *note) {
  struct object *o = calltap__object_of(note);
  if (note->abi != CALLTAP_ABI)
    return NULL;
  struct calltap_slot *slot = (struct calltap_slot *)(uintptr_t)at_distance(&note->slot);
  if (!claim(slot))
    return NULL;
  if (!o) {
    o = calltap__memory(sizeof *o);
    if (!o)
      return NULL;
    o->next = first;
    first = o;
  }
  o->note = note;
  o->sites = at_distance(&note->sites_start);
  o->sites_end = at_distance(&note->sites_stop);
  o->trampoline = at_distance(&note->trampoline);
  o->slot = slot;
  o->gone = false;
  return o;
}

static size_t padded(size_t bytes) { return (bytes + 3) & ~(size_t)3; }

static void read_notes(const char *at, const char *end) {
  while (end - at >= (ptrdiff_t)sizeof(ElfW(Nhdr))) {
    const ElfW(Nhdr) *head = (const void *)at;
    const char *name = at + sizeof *head;
    const char *contents = name + padded(head->n_namesz);
    at = contents + padded(head->n_descsz);
    if (at > end)
      return;
    if (head->n_type == CALLTAP_ABI && head->n_namesz == sizeof CALLTAP_NOTE_OWNER &&
        head->n_descsz == sizeof(struct calltap_note) && calltap__text_equal(name, CALLTAP_NOTE_OWNER))
      (void)calltap__object_add((const void *)contents);
  }
}

static int read_object(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *p = &info->dlpi_phdr[i];
    const char *at = (const char *)(info->dlpi_addr + p->p_vaddr);
    if (p->p_type == PT_NOTE && p->p_align <= 4) /* 8 is another padding, and not ours */
      read_notes(at, at + p->p_memsz);
  }
  return 0;
}

void calltap__objects_find(void) { (void)dl_iterate_phdr(read_object, NULL); }
