/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "value.h"

#include <string.h>

#include "real.h"

enum {
  MOST_DEPTH = 32,  /* of values in values; real ones nest a few levels */
  BUDGET = 1 << 16, /* steps for one value, see spend() */
  STEP_BYTES = 32,  /* of a type's text that are read in one step */
};

/* Contents of memory, and what the pointers in them led to. */
struct memory {
  const uint8_t *bytes;
  size_t size;
  struct calltap__bytes follows;
  struct calltap__list list;
};

typedef struct calltap__decoder decoder;
typedef struct calltap_type type;

static struct calltap_scope scope_of(const decoder *d) { return calltap_trace_scope(d->unit); }

static type read_type(const decoder *d, const char *text) {
  struct calltap_scope scope = scope_of(d);
  return calltap_type_read(text, &scope);
}

/* Every piece of a value costs a step, and so does every STEP_BYTES of type text it is read by. False: there are no more. */
static bool spend(decoder *d, size_t text_bytes) {
  size_t steps = 1 + text_bytes / STEP_BYTES;
  bool enough = d->budget >= steps;
  d->budget = enough ? d->budget - (uint32_t)steps : 0;
  return enough;
}

/* --- leaves --- */

static void give(decoder *d, struct calltap__leaf leaf) { d->sink->leaf(d->sink, &leaf); }

static void give_unknown(decoder *d, enum calltap__unknown why) {
  give(d, (struct calltap__leaf){.kind = CALLTAP__LEAF_UNKNOWN, .unknown = why});
}

static void give_integer(decoder *d, enum calltap__leaf_kind kind, calltap__wide bits, bool negative) {
  give(d, (struct calltap__leaf){.kind = kind, .magnitude = negative ? ~bits + 1 : bits, .negative = negative});
}

static void give_string(decoder *d, struct calltap_text text, bool cut, uint64_t length) {
  give(d, (struct calltap__leaf){.kind = CALLTAP__LEAF_STRING, .text = text, .cut = cut, .length = length});
}

/* --- enumerations --- */

static bool has_one_bit(uint64_t number) { return number != 0 && (number & (number - 1)) == 0; }

static bool next_enumerator(decoder *d, const char **at, struct calltap_enumerator *e) {
  const char *start = *at;
  return calltap_type_enumerator(at, e) && spend(d, (size_t)(*at - start));
}

static bool add_name_of(decoder *d, const type *t, uint64_t value) {
  struct calltap_enumerator e;
  for (const char *at = t->members; next_enumerator(d, &at, &e);) {
    if ((uint64_t)e.value != value)
      continue;
    calltap__build_bytes(&d->scratch, e.name, e.name_bytes);
    return true;
  }
  return false;
}

/* Whether the enumerators are single bits and combinations of those. Three or more that just count up are no flags, though 0, 1,
 * 2, 3 would do. */
static bool are_flags(decoder *d, const type *t) {
  struct calltap_enumerator e;
  uint64_t bits = 0, all = 0, count = 0, least = UINT64_MAX, most = 0;
  for (const char *at = t->members; next_enumerator(d, &at, &e); count++) {
    uint64_t value = (uint64_t)e.value;
    all |= value;
    if (has_one_bit(value))
      bits |= value;
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  bool counts_up = count >= 3 && most - least < count;
  return all == bits && bits != 0 && !counts_up;
}

static void add_flags(decoder *d, const type *t, uint64_t value) {
  struct calltap_enumerator e;
  uint64_t left = value;
  for (const char *at = t->members; next_enumerator(d, &at, &e);) {
    uint64_t flags = (uint64_t)e.value;
    if ((value & flags) != flags || (left & flags) == 0)
      continue;
    left &= ~flags;
    calltap__build(&d->scratch, d->scratch.size > 0 ? "|" : "");
    calltap__build_bytes(&d->scratch, e.name, e.name_bytes);
  }
  if (left == 0 || left == value)
    return;
  char hex[20];
  calltap__build(&d->scratch, "|");
  calltap__build_bytes(&d->scratch, hex, calltap__format_hex(hex, left));
}

static void give_enum(decoder *d, const type *t, calltap__wide bits, bool negative) {
  uint64_t value = (uint64_t)bits;
  d->scratch.size = 0;
  if (t->members != NULL && !add_name_of(d, t, value) && !negative && are_flags(d, t))
    add_flags(d, t, value);
  if (d->scratch.size == 0) {
    give_integer(d, CALLTAP__LEAF_INTEGER, bits, negative);
    return;
  }
  struct calltap_text names = {d->scratch.bytes, d->scratch.size};
  give(d, (struct calltap__leaf){.kind = CALLTAP__LEAF_NAMES, .text = names});
}

/* --- scalars --- */

/* Sign and value are extended to all bits. */
static void give_number(decoder *d, const type *t, calltap__wide bits, bool negative) {
  if (t->kind == CALLTAP_TYPE_ENUM) {
    give_enum(d, t, bits, negative);
  } else if (t->kind == CALLTAP_TYPE_BOOL && bits <= 1) {
    give_integer(d, CALLTAP__LEAF_BOOL, bits, false);
  } else if (t->kind == CALLTAP_TYPE_CHAR) {
    give(d, (struct calltap__leaf){
                .kind = CALLTAP__LEAF_CHAR, .magnitude = negative ? ~bits + 1 : bits, .negative = negative});
  } else {
    give_integer(d, CALLTAP__LEAF_INTEGER, bits, negative);
  }
}

static bool is_signed(const type *t) {
  if (t->kind == CALLTAP_TYPE_ENUM && t->inner != NULL)
    return calltap_type_read(t->inner, NULL).kind == CALLTAP_TYPE_INT;
  return t->kind == CALLTAP_TYPE_INT || t->kind == CALLTAP_TYPE_CHAR;
}

/* Gives the low `count` bits as a number of that type. */
static void give_bits(decoder *d, const type *t, calltap__wide bits, unsigned count) {
  bool negative = is_signed(t) && (bits >> (count - 1) & 1) != 0;
  if (negative && count < 128)
    bits |= ~(calltap__wide)0 << count;
  give_number(d, t, bits, negative);
}

static calltap__wide load(const uint8_t *bytes, size_t size) {
  calltap__wide value = 0;
  memcpy(&value, bytes, size < sizeof value ? size : sizeof value);
  return value;
}

static void give_real(decoder *d, char letter, const uint8_t *bytes) {
  struct calltap__real real = calltap__real(letter, bytes);
  give(d,
       (struct calltap__leaf){.kind = CALLTAP__LEAF_REAL, .text = {real.text, real.size}, .is_number = real.is_number});
}

static void give_complex(decoder *d, const type *t, const uint8_t *bytes) {
  type part = calltap_type_read(t->inner, NULL);
  if (part.kind != CALLTAP_TYPE_FLOAT) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  struct calltap__real real = calltap__real(part.letter, bytes);
  struct calltap__real imaginary = calltap__real(part.letter, bytes + part.size);
  give(d, (struct calltap__leaf){.kind = CALLTAP__LEAF_COMPLEX,
                                 .text = {real.text, real.size},
                                 .imaginary = {imaginary.text, imaginary.size},
                                 .is_number = real.is_number,
                                 .imaginary_is_number = imaginary.is_number});
}

/* --- what pointers lead to --- */

static void give_memory(decoder *d, const type *t, const struct memory *memory, uint64_t offset);

/* A pointer as its item tells of it. */
struct pointed {
  uint64_t address;
  bool is_reference;
  bool was_followed;
  bool is_unreadable;
  struct memory memory;
  bool cut;
  uint64_t length;
};

/* `? length: uint / null`: if the next element is one of those, it is taken. */
static void take_length(struct memory *memory, struct pointed *out) {
  struct calltap__bytes bytes = memory->follows;
  struct calltap__list list = memory->list;
  struct calltap__item item = {0};
  if (!calltap__more(&bytes, &list) || calltap__item(&bytes, &item) != CALLTAP__GOOD)
    return;
  if (item.type != CALLTAP__UINT && item.type != CALLTAP__OTHER)
    return;
  out->cut = true;
  out->length = item.type == CALLTAP__UINT ? item.number : CALLTAP__NO_LENGTH;
  memory->follows = bytes;
  memory->list = list;
}

/* Reads what follows the address. */
static bool read_contents(struct calltap__bytes bytes, struct calltap__list list, struct pointed *out) {
  struct calltap__item item = {0};
  if (!calltap__more(&bytes, &list))
    return true;
  if (calltap__item(&bytes, &item) != CALLTAP__GOOD)
    return false;
  out->was_followed = true;
  out->is_unreadable = item.type == CALLTAP__OTHER;
  if (out->is_unreadable)
    return true;
  out->memory = (struct memory){(const uint8_t *)item.text.bytes, item.text.size, bytes, list};
  take_length(&out->memory, out);
  return item.type == CALLTAP__BYTES;
}

/* pointer = uint / [address, contents, ? length, * follow] */
static bool read_pointer(struct calltap__bytes bytes, struct pointed *out) {
  struct calltap__item item = {0};
  *out = (struct pointed){.length = CALLTAP__NO_LENGTH};
  if (calltap__item(&bytes, &item) != CALLTAP__GOOD)
    return false;
  if (item.type == CALLTAP__UINT) {
    out->address = item.number;
    return true;
  }
  struct calltap__list list = {item.number};
  if (item.type != CALLTAP__ARRAY || !calltap__take_uint(&bytes, &list, &out->address))
    return false;
  return read_contents(bytes, list, out);
}

/* Finds the item of the pointer at an offset. */
static bool find_follow(decoder *d, const struct memory *memory, uint64_t offset, struct calltap__bytes *item) {
  struct calltap__bytes bytes = memory->follows;
  struct calltap__list list = memory->list, pair;
  uint64_t place;
  while (calltap__more(&bytes, &list) && spend(d, 0)) {
    struct calltap__bytes start = bytes;
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      return false;
    start.end = bytes.at;
    if (calltap__list(&start, CALLTAP__ARRAY, &pair) && calltap__take_uint(&start, &pair, &place) && place == offset &&
        calltap__more(&start, &pair)) {
      *item = start;
      return true;
    }
  }
  return false;
}

static bool is_text(const type *t) { return t->kind == CALLTAP_TYPE_CHAR || t->letter == 'p'; }

static struct calltap_text text_of(const struct memory *memory) {
  return (struct calltap_text){(const char *)memory->bytes, memory->size};
}

/* A pointer to characters is a string; a reference to one is not. */
static bool is_string(const type *pointee, const struct pointed *pointed) {
  return is_text(pointee) && !pointed->is_reference;
}

static void give_address(decoder *d, const type *pointee, const struct pointed *pointed) {
  enum calltap__leaf_kind kind = CALLTAP__LEAF_POINTER;
  if (pointee->kind == CALLTAP_TYPE_FUNCTION && pointed->address != 0)
    kind = CALLTAP__LEAF_FUNCTION;
  if (is_string(pointee, pointed))
    kind = CALLTAP__LEAF_TEXTUAL;
  give(d, (struct calltap__leaf){.kind = kind, .address = pointed->address});
}

static void give_pointed(decoder *d, const type *pointee, const struct pointed *pointed) {
  if (pointed->is_unreadable) {
    give(d, (struct calltap__leaf){
                .kind = CALLTAP__LEAF_UNKNOWN, .unknown = CALLTAP__UNREADABLE, .address = pointed->address});
  } else if (!pointed->was_followed || pointee->size == 0 || pointee->kind == CALLTAP_TYPE_FUNCTION) {
    give_address(d, pointee, pointed);
  } else if (is_string(pointee, pointed)) {
    give_string(d, text_of(&pointed->memory), pointed->cut, pointed->length);
  } else {
    struct calltap__group group = {
        .kind = CALLTAP__GROUP_POINTER, .address = pointed->address, .is_record = pointee->kind == CALLTAP_TYPE_RECORD};
    d->sink->open(d->sink, &group);
    give_memory(d, pointee, &pointed->memory, 0);
    d->sink->close(d->sink, &group);
  }
}

/* A pointer or reference that stands in memory. */
static void give_inner_pointer(decoder *d, const type *t, const struct memory *memory, uint64_t offset) {
  type pointee = t->inner != NULL ? read_type(d, t->inner) : (type){0};
  struct calltap__bytes item;
  struct pointed pointed;
  if (!find_follow(d, memory, offset, &item) || !read_pointer(item, &pointed))
    pointed = (struct pointed){.address = (uint64_t)load(memory->bytes + offset, 8)};
  pointed.is_reference = t->kind == CALLTAP_TYPE_REFERENCE;
  give_pointed(d, &pointee, &pointed);
}

/* --- arrays --- */

/* Gives elements of one type from `offset` on, as many of `count` as there are bytes for. */
static void give_elements(decoder *d, enum calltap__group_kind kind, const type *element, uint64_t count,
                          const struct memory *memory, uint64_t offset) {
  uint64_t there = element->size == 0 ? 0 : (memory->size - offset) / element->size;
  struct calltap__group group = {.kind = kind, .length = count, .cut = there < count};
  uint64_t given = there < count ? there : count;
  d->sink->open(d->sink, &group);
  for (; group.given < given && d->budget > 0 && d->sink->element(d->sink, group.given); group.given++)
    give_memory(d, element, memory, offset + group.given * element->size);
  d->sink->close(d->sink, &group);
}

/* Up to the first NUL, if there is one. */
static struct calltap_text text_at(const uint8_t *bytes, size_t size) {
  const uint8_t *nul = size > 0 ? memchr(bytes, 0, size) : NULL;
  return (struct calltap_text){(const char *)bytes, nul != NULL ? (size_t)(nul - bytes) : size};
}

/* Whether small numbers can be meant as text: some, printable, and nothing but NULs behind it. */
static bool looks_like_text(const uint8_t *bytes, size_t size) {
  struct calltap_text text = text_at(bytes, size);
  for (size_t i = text.size; i < size; i++) {
    if (bytes[i] != 0)
      return false;
  }
  return text.size > 0 && calltap__is_printable(text);
}

static void give_array(decoder *d, const type *t, const struct memory *memory, uint64_t offset) {
  type element = read_type(d, t->inner);
  uint64_t there = memory->size - offset;
  size_t size = (size_t)(there < t->count ? there : t->count);
  const uint8_t *bytes = memory->bytes + offset;
  bool is_byte = element.letter == 'a' || element.letter == 'h';
  /* Other than numbers, strings cost what they are long: unions have them over and over. */
  bool can_be_string = (is_text(&element) || is_byte) && spend(d, size);
  if (can_be_string && (is_text(&element) || looks_like_text(bytes, size))) {
    struct calltap_text text = text_at(bytes, size);
    give_string(d, text, size < t->count && text.size == size, CALLTAP__NO_LENGTH);
    return;
  }
  enum calltap__group_kind kind = t->kind == CALLTAP_TYPE_VECTOR ? CALLTAP__GROUP_VECTOR : CALLTAP__GROUP_ARRAY;
  give_elements(d, kind, &element, t->count, memory, offset);
}

/* --- views --- */

/* The item of a member with a view: it stands at the member's place, or at that of the pointer in it. */
static bool find_viewed(decoder *d, const struct memory *memory, uint64_t offset, uint64_t first,
                        struct pointed *pointed) {
  struct calltap__bytes item;
  bool found = find_follow(d, memory, offset + first, &item) || find_follow(d, memory, offset, &item);
  return found && read_pointer(item, pointed);
}

/* Gives `count` elements that a pointer led to: a string if they are characters. */
static void give_run(decoder *d, const struct pointed *pointed, const type *element, uint64_t count, bool found) {
  if (found && pointed->is_unreadable) {
    give(d, (struct calltap__leaf){
                .kind = CALLTAP__LEAF_UNKNOWN, .unknown = CALLTAP__UNREADABLE, .address = pointed->address});
  } else if ((!found || !pointed->was_followed) && count > 0) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
  } else if (is_text(element)) {
    struct calltap_text text = found ? text_of(&pointed->memory) : (struct calltap_text){0};
    bool cut = text.size < count;
    text.size = cut ? text.size : (size_t)count;
    give_string(d, text, cut, count);
  } else {
    struct memory none = {0};
    give_elements(d, CALLTAP__GROUP_ARRAY, element, count, found ? &pointed->memory : &none, 0);
  }
}

static void give_viewed_string(decoder *d, const type *element, const struct calltap_trace_definition *definition,
                               const struct memory *memory, uint64_t offset) {
  static const type character = {.kind = CALLTAP_TYPE_CHAR, .letter = 'c', .size = 1};
  struct pointed pointed = {0};
  bool found = find_viewed(d, memory, offset, definition->first, &pointed);
  uint64_t length = (uint64_t)load(memory->bytes + offset + definition->second, 8);
  if (found && !pointed.cut &&
      !pointed.is_unreadable) /* a short one may stand in the object itself, where other members do not count */
    length = pointed.memory.size / (element->size != 0 ? element->size : 1);
  give_run(d, &pointed, element->size != 0 ? element : &character, length, found);
}

static void give_viewed_sequence(decoder *d, const type *element, const struct calltap_trace_definition *definition,
                                 const struct memory *memory, uint64_t offset) {
  struct pointed pointed = {0};
  bool found = find_viewed(d, memory, offset, definition->first, &pointed);
  uint64_t begin = (uint64_t)load(memory->bytes + offset + definition->first, 8);
  uint64_t end = (uint64_t)load(memory->bytes + offset + definition->second, 8);
  if (element->size == 0) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  give_run(d, &pointed, element, end > begin ? (end - begin) / element->size : 0, found);
}

static void give_viewed_pointer(decoder *d, const type *pointee, const struct calltap_trace_definition *definition,
                                const struct memory *memory, uint64_t offset) {
  struct pointed pointed;
  if (!find_viewed(d, memory, offset, definition->first, &pointed))
    pointed = (struct pointed){.address = (uint64_t)load(memory->bytes + offset + definition->first, 8)};
  give_pointed(d, pointee, &pointed);
}

static void give_viewed_optional(decoder *d, const type *inner, const struct calltap_trace_definition *definition,
                                 const struct memory *memory, uint64_t offset) {
  if (memory->bytes[offset + definition->first] != 0) {
    give_memory(d, inner, memory, offset);
  } else {
    give(d, (struct calltap__leaf){.kind = CALLTAP__LEAF_NOTHING});
  }
}

/* Whether `size` bytes at `within` are inside a record of which `there` bytes were recorded. */
static bool holds(uint64_t there, uint64_t within, uint64_t size) { return there >= size && within <= there - size; }

/* Gives a record by its view. False: it has none, or one that its type does not bear out. */
static bool give_view(decoder *d, const type *t, const struct calltap_trace_definition *definition,
                      const struct memory *memory, uint64_t offset) {
  uint64_t there = memory->size - offset;
  enum calltap_view_kind kind = definition->view;
  uint64_t first_size = kind == CALLTAP_VIEW_OPTIONAL ? 1 : 8;
  bool has_two = kind == CALLTAP_VIEW_STRING || kind == CALLTAP_VIEW_SEQUENCE;
  if (!holds(there, definition->first, first_size) || (has_two && !holds(there, definition->second, 8)))
    return false;
  type inner = t->inner != NULL ? read_type(d, t->inner) : (type){0};
  switch (kind) {
  case CALLTAP_VIEW_STRING:
    give_viewed_string(d, &inner, definition, memory, offset);
    return true;
  case CALLTAP_VIEW_SEQUENCE:
    give_viewed_sequence(d, &inner, definition, memory, offset);
    return true;
  case CALLTAP_VIEW_POINTER:
    give_viewed_pointer(d, &inner, definition, memory, offset);
    return true;
  case CALLTAP_VIEW_OPTIONAL:
    give_viewed_optional(d, &inner, definition, memory, offset);
    return true;
  default:
    return false;
  }
}

/* --- records --- */

static void give_bit_field(decoder *d, const type *t, const struct calltap_member *member, const struct memory *memory,
                           uint64_t offset) {
  uint64_t first = offset + member->bit_offset / 8;
  unsigned within = member->bit_offset % 8;
  uint64_t bytes = (within + member->bits + 7) / 8;
  /* More than sixteen bytes only if 128 bits start inside a byte, which no compiler does. */
  if (bytes > sizeof(calltap__wide) || !holds(memory->size, first, bytes)) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  calltap__wide bits = load(memory->bytes + first, (size_t)bytes) >> within;
  if (member->bits < 128)
    bits &= ((calltap__wide)1 << member->bits) - 1;
  give_bits(d, t, bits, member->bits);
}

static void give_member(decoder *d, const type *t, const struct calltap_member *member, const struct memory *memory,
                        uint64_t offset) {
  if (member->is_sensitive) {
    give_unknown(d, CALLTAP__SENSITIVE);
  } else if (member->bits != 0) {
    give_bit_field(d, t, member, memory, offset);
  } else {
    give_memory(d, t, memory, offset + member->bit_offset / 8);
  }
}

/* Gives the members one by one; those of bases and anonymous members count as the record's own. `index` goes on. */
static void give_members(decoder *d, const type *t, const struct memory *memory, uint64_t offset, size_t *index) {
  struct calltap_member member;
  const char *at = t->members, *start = at;
  for (; calltap_type_member(&at, &member) && spend(d, (size_t)(at - start)); start = at) {
    type inner = read_type(d, member.type);
    bool is_inlined = member.is_base || (member.name_bytes == 0 && inner.kind == CALLTAP_TYPE_RECORD);
    if (!is_inlined) {
      d->sink->member(d->sink, (*index)++, (struct calltap_text){member.name, member.name_bytes});
      give_member(d, &inner, &member, memory, offset);
    } else if (inner.members != NULL && !member.is_sensitive && d->depth < MOST_DEPTH) {
      d->depth++;
      give_members(d, &inner, memory, offset + member.bit_offset / 8, index);
      d->depth--;
    }
  }
}

/* Whether the first member is all there is to say: none of the record's bytes may be known. */
static bool is_hidden(const type *t) {
  struct calltap_member member;
  const char *at = t->members;
  return calltap_type_member(&at, &member) && member.is_sensitive && member.name_bytes == 0 && *at == '}';
}

static void give_record(decoder *d, const type *t, const struct memory *memory, uint64_t offset) {
  const struct calltap_trace_definition *definition = calltap_trace_definition(d->unit, t->name, t->name_bytes);
  if (definition != NULL && definition->view != CALLTAP_VIEW_NONE && give_view(d, t, definition, memory, offset))
    return;
  if (t->members == NULL) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  if (is_hidden(t)) {
    give_unknown(d, CALLTAP__SENSITIVE);
    return;
  }
  struct calltap__group group = {.kind = CALLTAP__GROUP_RECORD};
  size_t index = 0;
  d->sink->open(d->sink, &group);
  give_members(d, t, memory, offset, &index);
  d->sink->close(d->sink, &group);
}

/* --- memory --- */

/* What fits into a register, all of it there. */
static void give_scalar(decoder *d, const type *t, const struct memory *memory, uint64_t offset) {
  const uint8_t *bytes = memory->bytes + offset;
  switch (t->kind) {
  case CALLTAP_TYPE_BOOL:
  case CALLTAP_TYPE_CHAR:
  case CALLTAP_TYPE_INT:
  case CALLTAP_TYPE_UINT:
  case CALLTAP_TYPE_ENUM:
    give_bits(d, t, load(bytes, (size_t)t->size), (unsigned)t->size * 8);
    return;
  case CALLTAP_TYPE_FLOAT:
    give_real(d, t->letter, bytes);
    return;
  case CALLTAP_TYPE_COMPLEX:
    give_complex(d, t, bytes);
    return;
  case CALLTAP_TYPE_POINTER:
  case CALLTAP_TYPE_REFERENCE:
    give_inner_pointer(d, t, memory, offset);
    return;
  default:
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
}

static void give_typed(decoder *d, const type *t, const struct memory *memory, uint64_t offset) {
  /* An empty class has a byte that nobody records. */
  bool is_empty = t->kind == CALLTAP_TYPE_RECORD && t->members != NULL && *t->members == '}';
  bool has_bytes = t->size > 0 && !is_empty;
  if (offset > memory->size || (has_bytes && offset == memory->size)) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
  } else if (t->kind == CALLTAP_TYPE_RECORD) {
    give_record(d, t, memory, offset);
  } else if (t->kind == CALLTAP_TYPE_ARRAY || t->kind == CALLTAP_TYPE_VECTOR) {
    give_array(d, t, memory, offset);
  } else if (t->size == 0 || !holds(memory->size, offset, t->size)) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
  } else {
    give_scalar(d, t, memory, offset);
  }
}

/* Gives the value of a type that stands at an offset. What nests too deep or takes too long counts as not captured. */
static void give_memory(decoder *d, const type *t, const struct memory *memory, uint64_t offset) {
  if (d->depth >= MOST_DEPTH || !spend(d, 0)) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  d->depth++;
  give_typed(d, t, memory, offset);
  d->depth--;
}

/* --- items --- */

/* raw / [raw, * follow] */
static bool read_aggregate(struct calltap__bytes bytes, struct memory *out) {
  struct calltap__item item = {0};
  struct calltap__list list = {0};
  if (calltap__item(&bytes, &item) != CALLTAP__GOOD)
    return false;
  if (item.type == CALLTAP__ARRAY) {
    list.left = item.number;
    if (!calltap__more(&bytes, &list) || calltap__item(&bytes, &item) != CALLTAP__GOOD)
      return false;
  }
  *out = (struct memory){(const uint8_t *)item.text.bytes, item.text.size, bytes, list};
  return item.type == CALLTAP__BYTES;
}

static bool give_pointer_item(decoder *d, const type *t, struct calltap__bytes item) {
  struct pointed pointed;
  if (!read_pointer(item, &pointed))
    return false;
  type pointee = t->inner != NULL ? read_type(d, t->inner) : (type){0};
  pointed.is_reference = t->kind == CALLTAP_TYPE_REFERENCE;
  give_pointed(d, &pointee, &pointed);
  return true;
}

static bool is_number(const type *t) {
  return (t->kind >= CALLTAP_TYPE_BOOL && t->kind <= CALLTAP_TYPE_UINT) || t->kind == CALLTAP_TYPE_ENUM;
}

static bool give_number_item(decoder *d, const type *t, struct calltap__bytes bytes) {
  struct calltap__item item = {0};
  if (calltap__item(&bytes, &item) != CALLTAP__GOOD || (item.type != CALLTAP__UINT && item.type != CALLTAP__NEGINT)) {
    return false;
  }
  bool negative = item.type == CALLTAP__NEGINT;
  calltap__wide number = item.number;
  give_number(d, t, negative ? ~number : number, negative);
  return true;
}

/* The head of a float says its size, and its bytes stand the other way round than in memory. */
static bool give_float_item(decoder *d, const type *t, struct calltap__bytes bytes) {
  uint8_t memory[8] = {0};
  size_t size = *bytes.at == 0xf9 ? 2 : *bytes.at == 0xfa ? 4 : *bytes.at == 0xfb ? 8 : 0;
  if (size == 0 || size != t->size || (size_t)(bytes.end - bytes.at) < 1 + size)
    return false;
  for (size_t i = 0; i < size; i++)
    memory[i] = bytes.at[size - i];
  give_real(d, t->letter, memory);
  return true;
}

static bool give_item(decoder *d, const type *t, struct calltap__bytes item) {
  struct memory memory;
  if (item.at >= item.end)
    return false;
  if (read_aggregate(item, &memory)) {
    give_memory(d, t, &memory, 0);
    return true;
  }
  if (t->kind == CALLTAP_TYPE_POINTER || t->kind == CALLTAP_TYPE_REFERENCE)
    return give_pointer_item(d, t, item);
  if (t->kind == CALLTAP_TYPE_FLOAT)
    return give_float_item(d, t, item);
  return is_number(t) && give_number_item(d, t, item);
}

void calltap__decode(struct calltap__decoder *d, const struct calltap_trace_unit *unit, const struct calltap_type *t,
                     struct calltap__bytes item) {
  d->unit = unit;
  d->depth = 0;
  d->budget = BUDGET;
  if (!give_item(d, t, item))
    give_unknown(d, CALLTAP__UNREADABLE);
}

void calltap__decode_event(struct calltap__decoder *d, const struct calltap_event *event, unsigned index,
                           const struct calltap_type *t) {
  if (index >= event->values) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  struct calltap__bytes item = {event->item[index], event->item[index + 1]};
  calltap__decode(d, event->function->unit, t, item);
}

void calltap__decode_bare(struct calltap__decoder *d, struct calltap_items items) {
  struct calltap__bytes bytes = {items.at, items.end};
  struct calltap__item item = {0};
  bool good = calltap__item(&bytes, &item) == CALLTAP__GOOD;
  if (good && (item.type == CALLTAP__UINT || item.type == CALLTAP__NEGINT)) {
    bool negative = item.type == CALLTAP__NEGINT;
    calltap__wide number = item.number;
    give_integer(d, CALLTAP__LEAF_INTEGER, negative ? ~number : number, negative);
  } else if (good && item.type == CALLTAP__BYTES) {
    give_string(d, item.text, false, item.text.size);
  } else {
    give_unknown(d, CALLTAP__UNREADABLE);
  }
}

void calltap__decode_label(struct calltap__decoder *d, const struct calltap_trace_function *function,
                           const struct calltap_trace_value *label, struct calltap_items item) {
  if (item.at == item.end) {
    give_unknown(d, CALLTAP__NOT_CAPTURED);
    return;
  }
  if (label->type[0] == '\0' || strcmp(label->type, "ns") == 0) {
    calltap__decode_bare(d, item);
    return;
  }
  struct calltap_scope scope = calltap_trace_scope(function->unit);
  type t = calltap_type_read(label->type, &scope);
  calltap__decode(d, function->unit, &t, (struct calltap__bytes){item.at, item.end});
}

void calltap__decoder_free(struct calltap__decoder *d) { calltap__builder_free(&d->scratch); }
