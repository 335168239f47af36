/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Everything is found by address, as abi.h says, and every address is checked against what the file holds. */
#include "object.h"
#include "lib/text.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A run of addresses and the bytes of the file that the loader puts there. */
struct range {
  uint64_t address;
  uint64_t size;
  const uint8_t *bytes;
};

struct object {
  Elf *elf;
  const uint8_t *image; /* the whole file */
  size_t size;
  struct range *range;
  size_t ranges;
  uint64_t good_unit; /* address of the last one that was looked at, 0: none was */
  uint64_t table_bytes;
  struct object_error *error;
};

static enum object_result damaged(struct object *object, uint64_t address, const char *what) {
  object->error->offset = address;
  object->error->what = what;
  return OBJECT_DAMAGED;
}

static enum object_result foreign(struct object *object, const char *what) {
  object->error->what = what;
  return OBJECT_FOREIGN;
}

/* --- addresses --- */

/* The bytes of the file for `size` bytes from an address on, NULL if it does not hold all of them. */
static const uint8_t *bytes_at(const struct object *object, uint64_t address, uint64_t size) {
  for (size_t i = 0; i < object->ranges; i++) {
    const struct range *range = &object->range[i];
    uint64_t within = address - range->address;
    if (within <= range->size && size <= range->size - within)
      return range->bytes + within;
  }
  return NULL;
}

/* A string whose NUL is in the file too; NULL if there is none. */
static const char *string_at(const struct object *object, uint64_t address) {
  for (size_t i = 0; i < object->ranges; i++) {
    const struct range *range = &object->range[i];
    uint64_t within = address - range->address;
    if (within >= range->size)
      continue;
    const char *text = (const char *)range->bytes + within;
    return memchr(text, 0, range->size - within) != NULL ? text : NULL;
  }
  return NULL;
}

static uint64_t follow(uint64_t field, int32_t distance) { return field + (uint64_t)(int64_t)distance; }

static bool add_ranges(struct object *object) {
  size_t count;
  if (elf_getphdrnum(object->elf, &count) != 0)
    return true;
  object->range = calloc(count + 1, sizeof *object->range);
  if (object->range == NULL)
    return false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr header;
    if (gelf_getphdr(object->elf, (int)i, &header) == NULL || header.p_type != PT_LOAD)
      continue;
    if (header.p_offset > object->size || header.p_filesz > object->size - header.p_offset)
      continue;
    object->range[object->ranges++] = (struct range){header.p_vaddr, header.p_filesz, object->image + header.p_offset};
  }
  return true;
}

/* --- the note --- */

/* Looks for our note in one segment; `address` receives that of its descriptor. */
static enum object_result find_in_segment(struct object *object, const GElf_Phdr *header, uint64_t *address) {
  Elf_Type type = header->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
  Elf_Data *data = elf_getdata_rawchunk(object->elf, (int64_t)header->p_offset, header->p_filesz, type);
  size_t offset = 0, name, descriptor;
  GElf_Nhdr note;
  while (data != NULL && (offset = gelf_getnote(data, offset, &note, &name, &descriptor)) > 0) {
    if (note.n_namesz != sizeof CALLTAP_NOTE_OWNER)
      continue;
    if (memcmp((const char *)data->d_buf + name, CALLTAP_NOTE_OWNER, sizeof CALLTAP_NOTE_OWNER) != 0)
      continue;
    if (note.n_type != CALLTAP_ABI)
      return foreign(object, "was built with a plugin of another version");
    if (note.n_descsz < sizeof(struct calltap_note)) {
      return damaged(object, header->p_vaddr + descriptor, "the note is too short");
    }
    *address = header->p_vaddr + descriptor;
    return OBJECT_GOOD;
  }
  return OBJECT_PLAIN;
}

static enum object_result find_note(struct object *object, uint64_t *address) {
  size_t count;
  if (elf_getphdrnum(object->elf, &count) != 0)
    return OBJECT_PLAIN;
  enum object_result result = OBJECT_PLAIN;
  for (size_t i = 0; i < count && result == OBJECT_PLAIN; i++) {
    GElf_Phdr header;
    if (gelf_getphdr(object->elf, (int)i, &header) == NULL || header.p_type != PT_NOTE)
      continue;
    result = find_in_segment(object, &header, address);
  }
  return result;
}

/* --- descriptors --- */

static uint8_t presence_of(uint8_t place) {
  bool is_stored = (place & ~CALLTAP_PLACE_INDIRECT) <= CALLTAP_PLACE_STACK;
  if (is_stored || place == CALLTAP_PLACE_NONE)
    return CALLTAP_WIRE_PRESENT;
  if (place == CALLTAP_PLACE_OPTIMIZED_OUT)
    return CALLTAP_WIRE_OPTIMIZED_OUT;
  return place == CALLTAP_PLACE_SENSITIVE ? CALLTAP_WIRE_SENSITIVE : CALLTAP_WIRE_NOT_CAPTURED;
}

static bool take_value(const struct object *object, uint64_t address, struct calltap_value raw,
                       struct object_value *value) {
  value->name = raw.name == 0 ? "" : string_at(object, follow(address, raw.name));
  value->type = string_at(object, follow(address + offsetof(struct calltap_value, type), raw.type));
  value->presence = presence_of(raw.place[0]);
  value->place[0] = raw.place[0];
  value->place[1] = raw.place[1];
  value->slot = raw.slot;
  return value->name != NULL && value->type != NULL;
}

static bool take_parameters(const struct object *object, uint64_t address, const uint8_t *bytes,
                            struct object_function *function) {
  for (uint32_t i = 0; i < function->parameters; i++) {
    size_t offset = offsetof(struct calltap_function, parameter) + i * sizeof(struct calltap_value);
    struct calltap_value raw;
    memcpy(&raw, bytes + offset, sizeof raw);
    if (!take_value(object, address + offset, raw, &function->parameter[i]))
      return false;
  }
  return true;
}

static bool take_strings(const struct object *object, uint64_t address, const struct calltap_function *raw,
                         struct object_function *function) {
  function->module = string_at(object, follow(address + offsetof(struct calltap_function, module), raw->module));
  function->name = string_at(object, follow(address + offsetof(struct calltap_function, name), raw->name));
  function->file = string_at(object, follow(address + offsetof(struct calltap_function, file), raw->file));
  return function->module != NULL && function->name != NULL && function->file != NULL;
}

/* Whether a unit and the definitions it lists are in the file. */
static bool is_good_unit(struct object *object, uint64_t address) {
  struct calltap_unit unit;
  int32_t distance;
  const uint8_t *bytes = bytes_at(object, address, sizeof unit);
  if (address == object->good_unit)
    return true;
  if (bytes == NULL)
    return false;
  memcpy(&unit, bytes, sizeof unit);
  if (bytes_at(object, address, sizeof unit + (uint64_t)unit.types * sizeof distance) == NULL)
    return false;
  for (uint32_t i = 0; i < unit.types; i++) {
    uint64_t offset = sizeof unit + (uint64_t)i * sizeof distance;
    memcpy(&distance, bytes + offset, sizeof distance);
    if (string_at(object, follow(address + offset, distance)) == NULL)
      return false;
  }
  object->good_unit = address;
  return true;
}

/* Of the unit that was looked at last, which is that of the function at hand. */
static const char *definition_at(const struct object *object, size_t index) {
  uint64_t field = object->good_unit + sizeof(struct calltap_unit) + index * sizeof(int32_t);
  int32_t distance;
  memcpy(&distance, bytes_at(object, field, sizeof distance), sizeof distance);
  return string_at(object, follow(field, distance));
}

static bool name_at(const void *context, size_t index, const char **name, size_t *bytes) {
  return calltap_type_definition_name(definition_at(context, index), name, bytes);
}

static const char *find_definition(const void *context, const char *name, size_t bytes) {
  const struct object *object = context;
  struct calltap_unit unit;
  memcpy(&unit, bytes_at(object, object->good_unit, sizeof unit), sizeof unit);
  size_t at = calltap_type_find(name_at, object, unit.types, name, bytes);
  return at == SIZE_MAX ? NULL : definition_at(object, at);
}

static enum object_result take_descriptor(struct object *object, uint64_t address, struct object_function *function) {
  struct calltap_function raw;
  const uint8_t *bytes = bytes_at(object, address, sizeof raw);
  if (bytes == NULL)
    return damaged(object, address, "a descriptor lies outside the file");
  memcpy(&raw, bytes, sizeof raw);
  uint64_t size = sizeof raw + raw.parameters * sizeof(struct calltap_value);
  if (raw.parameters > CALLTAP_MAX_PARAMETERS || bytes_at(object, address, size) == NULL) {
    return damaged(object, address, "a descriptor has more parameters than it can");
  }
  function->line = raw.line > 0 ? (uint32_t)raw.line : 0;
  function->arity = raw.arity;
  function->flags = raw.flags;
  function->parameters = raw.parameters;
  if (!take_strings(object, address, &raw, function) ||
      !take_value(object, address + offsetof(struct calltap_function, result), raw.result, &function->result) ||
      !take_parameters(object, address, bytes, function)) {
    return damaged(object, address, "a descriptor's strings lie outside the file");
  }
  if (!is_good_unit(object, follow(address + offsetof(struct calltap_function, unit), raw.unit)))
    return damaged(object, address, "a descriptor's types lie outside the file");
  function->scope = (struct calltap_scope){find_definition, object};
  return OBJECT_GOOD;
}

/* --- sites --- */

static int by_function(const void *left, const void *right) {
  const struct object_site *a = left, *b = right;
  if (a->descriptor != b->descriptor)
    return a->descriptor < b->descriptor ? -1 : 1;
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  return a->address < b->address ? -1 : a->address > b->address;
}

/* Resolves the table; entries of two zeros are padding. Returns how many are left. */
static size_t resolve(const uint8_t *table, uint64_t address, size_t count, struct object_site *sites) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    struct calltap_site site;
    uint64_t field = address + i * sizeof site;
    memcpy(&site, table + i * sizeof site, sizeof site);
    if (site.site == 0 && site.function == 0)
      continue;
    uint64_t tagged = follow(field + offsetof(struct calltap_site, function), site.function);
    sites[kept].address = follow(field, site.site);
    sites[kept].descriptor = tagged & ~(uint64_t)CALLTAP_SITE_KIND_MASK;
    uint8_t kind = tagged & CALLTAP_SITE_KIND_MASK;
    if (kind == CALLTAP_SITE_CALLEE)
      continue; /* it says more of the next one, and of another function */
    sites[kept++].kind = kind == CALLTAP_SITE_ENTRY_FRAME ? CALLTAP_SITE_ENTRY : kind;
    /* What follows such an entry is code. */
    if (kind == CALLTAP_SITE_ENTRY_FRAME)
      i++;
  }
  qsort(sites, kept, sizeof *sites, by_function);
  return kept;
}

static void count_site(struct object_function *function, uint8_t kind) {
  if (kind == CALLTAP_SITE_ENTRY)
    function->entries++;
  if (kind == CALLTAP_SITE_RETURN)
    function->returns++;
  if (kind == CALLTAP_SITE_TAIL)
    function->tails++;
  if (kind == CALLTAP_SITE_LANDING || kind == CALLTAP_SITE_UNWIND)
    function->unwinds++;
}

/* Gives each descriptor once, with the count of its sites. */
static enum object_result give_functions(struct object *object, const struct object_site *sites, size_t count,
                                         object_receiver *receive, void *context) {
  for (size_t i = 0; i < count;) {
    struct object_function function = {.site = &sites[i]};
    uint64_t descriptor = sites[i].descriptor;
    enum object_result result = take_descriptor(object, descriptor, &function);
    if (result != OBJECT_GOOD)
      return result;
    for (; i < count && sites[i].descriptor == descriptor; i++)
      count_site(&function, sites[i].kind);
    if (!receive(context, &function))
      return OBJECT_MEMORY;
  }
  return OBJECT_GOOD;
}

static enum object_result read_sites(struct object *object, uint64_t note_address, object_receiver *receive,
                                     void *context) {
  struct calltap_note note;
  const uint8_t *bytes = bytes_at(object, note_address, sizeof note);
  if (bytes == NULL)
    return damaged(object, note_address, "the note is not loaded");
  memcpy(&note, bytes, sizeof note);
  uint64_t start = follow(note_address + offsetof(struct calltap_note, sites_start), note.sites_start);
  uint64_t stop = follow(note_address + offsetof(struct calltap_note, sites_stop), note.sites_stop);
  const uint8_t *table = stop < start ? NULL : bytes_at(object, start, stop - start);
  if (table == NULL)
    return damaged(object, start, "the site table lies outside the file");
  size_t count = (size_t)(stop - start) / sizeof(struct calltap_site);
  struct object_site *sites = calloc(count + 1, sizeof *sites);
  if (sites == NULL)
    return OBJECT_MEMORY;
  count = resolve(table, start, count, sites);
  enum object_result result = give_functions(object, sites, count, receive, context);
  free(sites);
  return result;
}

/* --- inlined away --- */

/* Cuts the next string off the front of the section; NULL if none is whole. */
static const char *next_string(const char **at, const char *end) {
  const char *text = *at;
  const char *nul = text < end ? memchr(text, 0, (size_t)(end - text)) : NULL;
  if (nul == NULL)
    return NULL;
  *at = nul + 1;
  return text;
}

static enum object_result give_inlined(struct object *object, const char *at, size_t size, object_receiver *receive,
                                       void *context) {
  const char *end = at + size;
  while (at < end) {
    if (*at == '\0') { /* padding between the parts of two object files */
      at++;
      continue;
    }
    const char *start = at, *text[5];
    for (int i = 0; i < 5; i++) {
      text[i] = next_string(&at, end);
      if (text[i] == NULL) {
        return damaged(object, (uint64_t)(start - (end - size)), "the list of inlined functions is cut");
      }
    }
    struct object_function function = {.module = text[0], .name = text[1], .file = text[3], .inlined = true};
    function.arity = (uint32_t)strtoul(text[2], NULL, 10);
    function.line = (uint32_t)strtoul(text[4], NULL, 10);
    if (!receive(context, &function))
      return OBJECT_MEMORY;
  }
  return OBJECT_GOOD;
}

static enum object_result read_section(struct object *object, Elf_Scn *section, const char *name,
                                       object_receiver *receive, void *context) {
  GElf_Shdr header;
  if (gelf_getshdr(section, &header) == NULL)
    return OBJECT_GOOD;
  bool is_table = strcmp(name, CALLTAP_SECTION_SITES) == 0 || strcmp(name, CALLTAP_SECTION_FUNCTIONS) == 0 ||
                  strcmp(name, CALLTAP_SECTION_STRINGS) == 0;
  if (is_table)
    object->table_bytes += header.sh_size;
  if (strcmp(name, CALLTAP_SECTION_INLINED) != 0)
    return OBJECT_GOOD;
  Elf_Data *data = elf_rawdata(section, NULL);
  if (data == NULL || data->d_buf == NULL)
    return OBJECT_GOOD;
  return give_inlined(object, data->d_buf, data->d_size, receive, context);
}

/* What is not found by address: the list of inlined functions, and how large the tables are. */
static enum object_result read_sections(struct object *object, object_receiver *receive, void *context) {
  size_t names;
  if (elf_getshdrstrndx(object->elf, &names) != 0)
    return OBJECT_GOOD;
  Elf_Scn *section = NULL;
  enum object_result result = OBJECT_GOOD;
  while (result == OBJECT_GOOD && (section = elf_nextscn(object->elf, section)) != NULL) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == NULL)
      continue;
    const char *name = elf_strptr(object->elf, names, header.sh_name);
    if (name != NULL)
      result = read_section(object, section, name, receive, context);
  }
  return result;
}

/* --- the file --- */

static enum object_result check_kind(struct object *object) {
  GElf_Ehdr header;
  if (elf_kind(object->elf) != ELF_K_ELF || gelf_getehdr(object->elf, &header) == NULL)
    return OBJECT_NOT_ELF;
  if (header.e_type == ET_REL)
    return OBJECT_RELOCATABLE;
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
    return foreign(object, "is no executable or shared object");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return foreign(object, "is not a 64-bit little-endian object");
  }
  return OBJECT_GOOD;
}

static enum object_result read_tables(struct object *object, object_receiver *receive, void *context) {
  uint64_t note;
  object->image = (const uint8_t *)elf_rawfile(object->elf, &object->size);
  enum object_result result = object->image == NULL ? OBJECT_NOT_ELF : check_kind(object);
  if (result != OBJECT_GOOD)
    return result;
  if (!add_ranges(object))
    return OBJECT_MEMORY;
  result = find_note(object, &note);
  if (result == OBJECT_GOOD)
    result = read_sites(object, note, receive, context);
  if (result == OBJECT_GOOD)
    result = read_sections(object, receive, context);
  return result;
}

enum object_result object_read(const char *path, object_receiver *receive, void *context, uint64_t *table_bytes,
                               struct object_error *error) {
  struct object object = {.error = error};
  *error = (struct object_error){0};
  elf_version(EV_CURRENT);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    error->system = errno;
    return OBJECT_UNOPENED;
  }
  object.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
  enum object_result result = object.elf == NULL ? OBJECT_NOT_ELF : read_tables(&object, receive, context);
  *table_bytes = object.table_bytes;
  free(object.range);
  elf_end(object.elf);
  close(fd);
  return result;
}

/* --- names --- */

char *object_mfa(const struct object_function *function) {
  struct calltap__builder builder = {0};
  calltap__build(&builder, function->module);
  calltap__build(&builder, ":");
  calltap__build(&builder, function->name);
  calltap__build(&builder, "/");
  calltap__build_number(&builder, function->arity);
  calltap__build_bytes(&builder, "", 1);
  if (builder.failed)
    calltap__builder_free(&builder);
  return builder.bytes;
}
