/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The linked objects that carry sites: found by their ELF notes at start, announced by their own
 * constructors later. */
#define _GNU_SOURCE
#include "internal.h"
#include "symbol.h"
#include "walk.h"
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
  *kind = (enum calltap_site_kind)(both & CALLTAP_SITE_KIND_MASK);
  return (const struct calltap_function *)(both & ~(uintptr_t)CALLTAP_SITE_KIND_MASK);
}

const struct calltap_site *calltap__site_next(const struct calltap_site *site) {
  enum calltap_site_kind kind;
  (void)calltap__site_function(site, &kind);
  return site + (site->site && kind == CALLTAP_SITE_ENTRY_FRAME ? 2 : 1);
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
  const void *us = &calltap__process;
  if (__atomic_compare_exchange_n(&slot->owner, &nobody, us, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || nobody == us)
    return true;
  shared = true;
  return false;
}

struct object *calltap__object_add(const struct calltap_note *note, const char *path) {
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
  o->path = path;
  o->gone = false;
  return o;
}

const char *calltap__program_path(void) {
  static char path[4096];
  if (!*path)
    (void)calltap__os_readlink("/proc/self/exe", path, sizeof path - 1);
  return path;
}

const char *calltap__object_name(const char *path) { return *path ? path : calltap__program_path(); }

static size_t padded(size_t bytes) { return (bytes + 3) & ~(size_t)3; }

/* -- what is loaded at start ------------------------------------------------------------------------------------- */

enum { MAX_LOADED = 128 };

static struct loaded loaded[MAX_LOADED];
static size_t loaded_count;

const struct loaded *calltap__objects_loaded(size_t *count) {
  *count = loaded_count;
  return loaded;
}

static void read_note(const ElfW(Nhdr) * head, const char *name, const char *contents, struct loaded *o) {
  if (head->n_type == CALLTAP_ABI && head->n_namesz == sizeof CALLTAP_NOTE_OWNER &&
      head->n_descsz == sizeof(struct calltap_note) && calltap__text_equal(name, CALLTAP_NOTE_OWNER))
    (void)calltap__object_add((const void *)contents, o->path);
  if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && calltap__text_equal(name, "GNU")) {
    o->build_id = (const uint8_t *)contents;
    o->build_id_bytes = head->n_descsz;
  }
}

static void read_notes(const char *at, const char *end, struct loaded *o) {
  while (end - at >= (ptrdiff_t)sizeof(ElfW(Nhdr))) {
    const ElfW(Nhdr) *head = (const void *)at;
    const char *name = at + sizeof *head;
    const char *contents = name + padded(head->n_namesz);
    at = contents + padded(head->n_descsz);
    if (at > end)
      return;
    read_note(head, name, contents, o);
  }
}

static void read_segment(const ElfW(Phdr) * p, struct loaded *o) {
  uintptr_t start = o->bias + p->p_vaddr, end = start + p->p_memsz;
  if (p->p_type == PT_LOAD && !(p->p_flags & PF_W) && p->p_flags & PF_R)
    calltap__peek_constant(start, end);
  if (p->p_type == PT_LOAD && p->p_flags & PF_X) {
    o->start = o->start && o->start < start ? o->start : start;
    o->end = o->end > end ? o->end : end;
  }
  if (p->p_type == PT_GNU_EH_FRAME)
    o->unwind = start;
  if (p->p_type == PT_NOTE && p->p_align <= 4) /* 8 is another padding, and not ours */
    read_notes((const char *)start, (const char *)end, o);
}

/* The tables that lead from a function to its caller, if they stand where nothing may write: then they are what they are as long as
 * the object is there. */
static void find_unwind(const struct dl_phdr_info *info, struct loaded *o) {
  for (unsigned i = 0; o->unwind && i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *p = &info->dlpi_phdr[i];
    uintptr_t start = o->bias + p->p_vaddr, end = start + p->p_memsz;
    if (p->p_type != PT_LOAD || (p->p_flags & (PF_R | PF_W)) != PF_R || o->unwind < start || o->unwind >= end)
      continue;
    o->unwind_start = start;
    o->unwind_end = end;
    return;
  }
  o->unwind = 0;
}

static int read_object(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  struct loaded o = {.path = info->dlpi_name ? info->dlpi_name : "", .bias = info->dlpi_addr};
  for (unsigned i = 0; i < info->dlpi_phnum; i++)
    read_segment(&info->dlpi_phdr[i], &o);
  find_unwind(info, &o);
  calltap__code_finder((code_finder *)calltap__symbol_find(info, "_dl_find_object"));
  if (o.start && loaded_count < MAX_LOADED)
    loaded[loaded_count++] = o;
  return 0;
}

struct place {
  uintptr_t address;
  const char *path;
};

static int find_place(struct dl_phdr_info *info, size_t size, void *context) {
  struct place *place = context;
  (void)size;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    if (info->dlpi_phdr[i].p_type == PT_LOAD && place->address - start < info->dlpi_phdr[i].p_memsz)
      place->path = info->dlpi_name ? info->dlpi_name : "";
  }
  return place->path != NULL;
}

const char *calltap__object_path(const void *address) {
  struct place place = {(uintptr_t)address, NULL};
  (void)dl_iterate_phdr(find_place, &place);
  return place.path ? place.path : "?";
}

void calltap__objects_find(void) { (void)dl_iterate_phdr(read_object, NULL); }
