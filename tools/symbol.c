/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "symbol.h"

#include <ctype.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"
#include "object.h"

/* A function of the symbol tables, by its address in the file. */
struct symbol {
  uint64_t start;
  uint64_t size;
  char *name;
  bool is_mfa; /* `name` has been replaced by module:function/arity */
};

/* One object of a trace. */
struct image {
  const struct calltap_trace_object *object;
  struct symbol *symbol; /* sorted by address */
  size_t symbols;
  char *path; /* NULL: its file is gone or another */
  struct lines *lines;
  bool has_looked; /* for the lines, which takes long */
};

/* Where an address is. Stacks have the same few again and again. */
struct known {
  const struct calltap_trace_file *file;
  uint64_t address;
  struct calltap__location location;
};

enum { KNOWN = 1 << 12 };

struct symbols {
  struct calltap__namer namer;
  struct image *image;
  size_t images;
  struct known known[KNOWN]; /* by a hash of the address */
};

/* --- build ids --- */

static bool note_is(Elf_Data *data, struct calltap_text build_id) {
  static const char owner[] = "GNU";
  size_t offset = 0, name, descriptor;
  GElf_Nhdr note;
  while (data != NULL && (offset = gelf_getnote(data, offset, &note, &name, &descriptor)) > 0) {
    const char *bytes = data->d_buf;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof owner &&
        memcmp(bytes + name, owner, sizeof owner) == 0)
      return note.n_descsz == build_id.size && memcmp(bytes + descriptor, build_id.bytes, build_id.size) == 0;
  }
  return false;
}

static bool has_build_id(Elf *elf, struct calltap_text build_id) {
  size_t count;
  if (build_id.size == 0 || elf_getphdrnum(elf, &count) != 0)
    return false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, (int)i, &header) == NULL || header.p_type != PT_NOTE)
      continue;
    Elf_Type type = header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
    if (note_is(elf_getdata_rawchunk(elf, (int64_t)header.p_offset, header.p_filesz, type), build_id))
      return true;
  }
  return false;
}

/* --- symbol tables --- */

static bool add_symbol(struct image *image, const GElf_Sym *found, const char *name) {
  if ((image->symbols & (image->symbols - 1)) == 0) {
    size_t room = image->symbols == 0 ? 1 : 2 * image->symbols;
    struct symbol *grown = realloc(image->symbol, room * sizeof *grown);
    if (grown == NULL)
      return false;
    image->symbol = grown;
  }
  char *copy = strdup(name);
  if (copy == NULL)
    return false;
  image->symbol[image->symbols++] = (struct symbol){found->st_value, found->st_size, copy, false};
  return true;
}

static void read_table(struct image *image, Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
  Elf_Data *data = elf_getdata(section, NULL);
  size_t count = header->sh_entsize > 0 ? header->sh_size / header->sh_entsize : 0;
  for (size_t i = 0; data != NULL && i < count; i++) {
    GElf_Sym symbol;
    if (gelf_getsym(data, (int)i, &symbol) == NULL)
      return;
    bool is_function = GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF;
    const char *name = is_function ? elf_strptr(elf, header->sh_link, symbol.st_name) : NULL;
    if (name != NULL && name[0] != '\0' && !add_symbol(image, &symbol, name))
      return;
  }
}

static int by_start(const void *left, const void *right) {
  const struct symbol *a = left, *b = right;
  if (a->start != b->start)
    return a->start < b->start ? -1 : 1;
  return strcmp(a->name, b->name);
}

static void read_symbols(struct image *image, Elf *elf) {
  Elf_Scn *section = NULL;
  while ((section = elf_nextscn(elf, section)) != NULL) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == NULL)
      continue;
    if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
      read_table(image, elf, section, &header);
  }
  if (image->symbols > 0)
    qsort(image->symbol, image->symbols, sizeof *image->symbol, by_start);
}

/* --- functions with hooks --- */

/* The last symbol that starts at an address or below it, NULL if there is none. */
static struct symbol *symbol_below(const struct image *image, uint64_t address) {
  size_t low = 0, high = image->symbols;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (image->symbol[middle].start <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 ? &image->symbol[low - 1] : NULL;
}

/* Whether a symbol can be the name of a function in the object file. Other functions, inlined into it, have their hooks there
 * too. Operators and the like are spelled in another way in the names of C++, and are taken. */
static bool can_be(const char *symbol, const char *function) {
  size_t size = strlen(function);
  /* Compilers add .cold, .part.0 and the like. */
  if (strncmp(symbol, "_Z", 2) != 0)
    return strncmp(symbol, function, size) == 0 && (symbol[size] == '\0' || symbol[size] == '.');
  bool is_identifier = isalpha((unsigned char)function[0]) || function[0] == '_';
  return !is_identifier || strncmp(function, "operator", 8) == 0 || strstr(symbol, function) != NULL;
}

/* Gives the symbols of one address the name that rules have for it. */
static void rename_symbols(struct image *image, uint64_t site, const struct object_function *function) {
  struct symbol *symbol = symbol_below(image, site);
  uint64_t start = symbol != NULL ? symbol->start : 0;
  for (; symbol != NULL && symbol->start == start; symbol = symbol > image->symbol ? symbol - 1 : NULL) {
    bool is_inside = site - symbol->start < symbol->size;
    if (symbol->is_mfa || !is_inside || !can_be(symbol->name, function->name))
      continue;
    char *mfa = object_mfa(function);
    if (mfa == NULL)
      return;
    free(symbol->name);
    symbol->name = mfa;
    symbol->is_mfa = true;
  }
}

static bool receive(void *context, const struct object_function *function) {
  for (uint32_t i = 0; i < function->entries; i++)
    rename_symbols(context, function->site[i].address, function);
  return true;
}

/* --- images --- */

/* The path is the trace's, which may name anything: opening a device can do something. */
static bool is_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* False: it is not the object. */
static bool read_file(struct image *image, const char *path) {
  if (!is_file(path))
    return false;
  elf_version(EV_CURRENT);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return false;
  Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
  bool is_it = elf != NULL && elf_kind(elf) == ELF_K_ELF && has_build_id(elf, image->object->build_id);
  if (is_it)
    read_symbols(image, elf);
  elf_end(elf);
  close(fd);
  struct object_error error;
  uint64_t table_bytes;
  if (image->symbols > 0)
    object_read(path, receive, image, &table_bytes, &error);
  return is_it;
}

static void read_image(struct image *image) {
  char *path = strndup(image->object->path.bytes, image->object->path.size);
  if (path != NULL && read_file(image, path)) {
    image->path = path;
  } else {
    free(path);
  }
}

static struct image *image_of(struct symbols *symbols, const struct calltap_trace_object *object) {
  for (size_t i = 0; i < symbols->images; i++) {
    if (symbols->image[i].object == object)
      return &symbols->image[i];
  }
  struct image *grown = realloc(symbols->image, (symbols->images + 1) * sizeof *grown);
  if (grown == NULL)
    return NULL;
  symbols->image = grown;
  struct image *image = &grown[symbols->images++];
  *image = (struct image){.object = object};
  read_image(image);
  return image;
}

static const struct calltap_trace_object *object_of(const struct calltap_trace_file *file, uint64_t address) {
  for (size_t i = 0; i < file->objects; i++) {
    if (address >= file->object[i].start && address < file->object[i].end)
      return &file->object[i];
  }
  return NULL;
}

/* Of the symbols of one address, the one that rules know, else any. */
static const char *best_name(const struct image *image, const struct symbol *last) {
  for (const struct symbol *symbol = last; symbol->start == last->start; symbol--) {
    if (symbol->is_mfa)
      return symbol->name;
    if (symbol == image->symbol)
      break;
  }
  return last->name;
}

/* Only the start of a function is its address. */
static bool name(struct calltap__namer *namer, const struct calltap_trace_file *file, uint64_t address,
                 struct calltap__builder *out) {
  const struct calltap_trace_object *object = object_of(file, address);
  struct image *image = object != NULL ? image_of((struct symbols *)namer, object) : NULL;
  const struct symbol *symbol = image != NULL ? symbol_below(image, address - object->bias) : NULL;
  if (symbol == NULL || symbol->start != address - object->bias)
    return false;
  calltap__build(out, best_name(image, symbol));
  return !out->failed;
}

/* --- where calls are --- */

static struct calltap_text base_name(struct calltap_text path) {
  const char *slash = path.size > 0 ? memrchr(path.bytes, '/', path.size) : NULL;
  if (slash == NULL)
    return path;
  return (struct calltap_text){slash + 1, (size_t)(path.bytes + path.size - slash) - 1};
}

static void find_line(struct image *image, uint64_t address, struct calltap__location *location) {
  if (!image->has_looked && image->path != NULL)
    image->lines = lines_open(image->path);
  image->has_looked = true;
  if (image->lines != NULL)
    lines_find(image->lines, address, &location->file, &location->line);
}

/* A call may be the last instruction of its function, so what returns is looked for one byte before. Symbols without a size
 * reach to the next. */
static void find_location(struct symbols *symbols, const struct calltap_trace_file *file, uint64_t address,
                          struct calltap__location *location) {
  const struct calltap_trace_object *object = object_of(file, address - 1);
  if (object == NULL)
    return;
  uint64_t inside = address - object->bias;
  location->object = base_name(object->path);
  location->offset = inside;
  struct image *image = image_of(symbols, object);
  if (image == NULL)
    return;
  find_line(image, inside - 1, location);
  const struct symbol *symbol = symbol_below(image, inside - 1);
  if (symbol == NULL || (symbol->size != 0 && inside - 1 - symbol->start >= symbol->size))
    return;
  calltap__build(&location->function, best_name(image, symbol));
  location->offset = inside - symbol->start;
}

static void free_location(struct calltap__location *location) {
  calltap__builder_free(&location->function);
  calltap__builder_free(&location->file);
  *location = (struct calltap__location){0};
}

static const struct calltap__location *locate(struct calltap__namer *namer, const struct calltap_trace_file *file,
                                              uint64_t address) {
  struct symbols *symbols = (struct symbols *)namer;
  struct known *known = &symbols->known[(address * UINT64_C(0x9e3779b97f4a7c15)) >> 52];
  if (known->file != file || known->address != address) {
    free_location(&known->location);
    known->file = file;
    known->address = address;
    find_location(symbols, file, address, &known->location);
  }
  return &known->location;
}

struct symbols *symbols_new(void) {
  struct symbols *symbols = calloc(1, sizeof *symbols);
  if (symbols != NULL)
    symbols->namer = (struct calltap__namer){.locate = locate, .name = name};
  return symbols;
}

struct calltap__namer *symbols_namer(struct symbols *symbols) {
  return &symbols->namer;
}

static void free_image(struct image *image) {
  for (size_t i = 0; i < image->symbols; i++)
    free(image->symbol[i].name);
  free(image->symbol);
  free(image->path);
  lines_close(image->lines);
}

void symbols_free(struct symbols *symbols) {
  if (symbols == NULL)
    return;
  for (size_t i = 0; i < symbols->images; i++)
    free_image(&symbols->image[i]);
  for (size_t i = 0; i < KNOWN; i++)
    free_location(&symbols->known[i].location);
  free(symbols->image);
  free(symbols);
}
