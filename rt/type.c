/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads types as text. The tools link this file too. */
#include "calltap/type.h"

struct builtin {
  uint8_t kind, size;
};

static const struct builtin builtins[128] = {
#define BUILTIN(letter, kind, size, name) [letter] = {CALLTAP_TYPE_##kind, size},
    CALLTAP_BUILTIN_TYPES(BUILTIN)
#undef BUILTIN
};

static const struct builtin *builtin_of(char letter) {
  const struct builtin *b = (unsigned char)letter < 128 ? &builtins[(unsigned char)letter] : NULL;
  return b && b->kind ? b : NULL;
}

/* A decimal number below 2^60. Null: there is none. */
static const char *take_number(const char *at, uint64_t *number) {
  if (*at < '0' || *at > '9')
    return NULL;
  uint64_t n = 0;
  for (; *at >= '0' && *at <= '9'; at++) {
    if (n >> 56)
      return NULL;
    n = n * 10 + (uint64_t)(*at - '0');
  }
  *number = n;
  return at;
}

/* Null also where the text ends inside the name. */
static const char *take_name(const char *at, const char **name, size_t *bytes) {
  uint64_t n;
  at = take_number(at, &n);
  if (!at || *at++ != '.')
    return NULL;
  *name = at;
  *bytes = (size_t)n;
  for (; n; n--)
    if (!*at++)
      return NULL;
  return at;
}

static const char *take_counted(const char *at, uint64_t *count) {
  at = take_number(at, count);
  return at && *at == '_' ? at + 1 : NULL;
}

/* -- skipping ------------------------------------------------------------------------------------------------------ */

static const char *end_of(const char *at, unsigned depth);

static const char *end_of_function(const char *at, unsigned depth) {
  at = end_of(at, depth);
  while (at && *at != 'E' && *at != 'z')
    at = end_of(at, depth);
  if (at && *at == 'z')
    at++;
  return at && *at == 'E' ? at + 1 : NULL;
}

/* Prefixes are passed in a loop: only functions recurse. */
static const char *end_of(const char *at, unsigned depth) {
  const char *name;
  size_t bytes;
  uint64_t number;
  for (; at && depth < CALLTAP_TYPE_DEPTH; depth++) {
    if (builtin_of(*at))
      return at + 1;
    switch (*at++) {
    case 'P':
    case 'R':
    case 'O':
    case 'K':
    case 'V':
    case 'Q':
    case 'C':
      break;
    case 'A':
    case 'H':
      at = take_counted(at, &number);
      break;
    case 'T':
      at = take_name(at, &name, &bytes);
      break;
    case 'S':
    case 'U':
    case 'G':
    case 'N':
      return take_name(at, &name, &bytes);
    case 'Z':
      at = take_counted(at, &number);
      return at ? take_name(at, &name, &bytes) : NULL;
    case 'F':
      return end_of_function(at, depth + 1);
    default:
      return NULL;
    }
  }
  return NULL;
}

const char *calltap_type_end(const char *text) { return end_of(text, 0); }

/* -- definitions ---------------------------------------------------------------------------------------------------- */

bool calltap_type_definition_name(const char *definition, const char **name, size_t *bytes) {
  const char *at = take_name(definition, name, bytes);
  return at && *at == '=';
}

int calltap_type_order(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
  for (size_t i = 0; i < a_bytes && i < b_bytes; i++)
    if (a[i] != b[i])
      return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
  return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

size_t calltap_type_find(calltap_type_name_at *at, const void *context, size_t count, const char *name, size_t bytes) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2, found_bytes;
    const char *found;
    if (!at(context, middle, &found, &found_bytes))
      return SIZE_MAX;
    int order = calltap_type_order(name, bytes, found, found_bytes);
    if (!order)
      return middle;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return SIZE_MAX;
}

/* What stands behind `NAME=` of an enum. */
static void read_enum(const char *at, struct calltap_type *out) {
  struct calltap_type underlying = calltap_type_read(at, NULL);
  const char *end = calltap_type_end(at);
  if (underlying.kind < CALLTAP_TYPE_BOOL || underlying.kind > CALLTAP_TYPE_UINT || !end)
    return;
  out->kind = CALLTAP_TYPE_ENUM;
  out->inner = at;
  out->size = underlying.size;
  if (*end == '{')
    out->members = end + 1;
}

static void read_record(const char *at, struct calltap_type *out) {
  uint64_t size;
  out->is_union = *at == 'U';
  at = take_number(at + 1, &size);
  if (!at)
    return;
  out->kind = CALLTAP_TYPE_RECORD;
  out->size = size;
  if (*at == '<') {
    const char *end = calltap_type_end(at + 1);
    if (!end || *end != '>')
      return;
    out->inner = at + 1;
    at = end + 1;
  }
  if (*at == '{')
    out->members = at + 1;
}

static struct calltap_type read_named(char letter, const char *at, const struct calltap_scope *scope) {
  struct calltap_type out = {.kind = letter == 'G' ? CALLTAP_TYPE_ENUM : CALLTAP_TYPE_RECORD,
                             .is_union = letter == 'U'};
  const char *name;
  size_t bytes;
  if (!take_name(at, &out.name, &out.name_bytes))
    return (struct calltap_type){0};
  const char *definition = scope ? scope->find(scope->context, out.name, out.name_bytes) : NULL;
  if (!definition)
    return out;
  at = take_name(definition, &name, &bytes);
  if (!at || *at++ != '=')
    return out;
  out.definition = definition;
  if (*at == 'E')
    read_enum(at + 1, &out);
  else if (*at == 'S' || *at == 'U' || *at == 'C')
    read_record(at, &out);
  return out;
}

/* Moves behind what stands between a member's name and its type. */
static const char *take_position(const char *at, struct calltap_member *m) {
  uint64_t number;
  bool is_bits = *at == ':';
  at = take_number(at + is_bits, &number);
  if (!at)
    return NULL;
  m->bit_offset = is_bits ? number : number * 8;
  if (!is_bits)
    return at;
  if (*at != ',')
    return NULL;
  at = take_number(at + 1, &number);
  m->bits = number <= 128 ? (uint32_t)number : 0;
  return m->bits ? at : NULL;
}

bool calltap_type_member(const char **at, struct calltap_member *member) {
  struct calltap_member m = {.name = *at};
  const char *p = *at;
  m.is_base = *p == '^';
  m.is_sensitive = *p == '!';
  p += m.is_base || m.is_sensitive;
  if (!m.is_base)
    p = take_name(p, &m.name, &m.name_bytes);
  p = p ? take_position(p, &m) : NULL;
  m.type = p;
  p = p ? calltap_type_end(p) : NULL;
  if (!p)
    return false;
  *at = p;
  *member = m;
  return true;
}

bool calltap_type_enumerator(const char **at, struct calltap_enumerator *enumerator) {
  struct calltap_enumerator e;
  const char *p = take_name(*at, &e.name, &e.name_bytes);
  if (!p)
    return false;
  bool is_negative = *p == '-';
  uint64_t n = 0;
  for (p += is_negative; *p >= '0' && *p <= '9'; p++)
    n = n * 10 + (uint64_t)(*p - '0');
  if (*p != ';')
    return false;
  e.value = (int64_t)(is_negative ? 0 - n : n);
  *at = p + 1;
  *enumerator = e;
  return true;
}

/* -- types ------------------------------------------------------------------------------------------------------------ */

static uint64_t product(uint64_t a, uint64_t b) {
  uint64_t out;
  return __builtin_mul_overflow(a, b, &out) ? 0 : out;
}

/* Arrays of arrays, and no deeper than the text may nest. */
static struct calltap_type read_at(const char *text, const struct calltap_scope *scope, unsigned depth) {
  const struct calltap_type bad = {0};
  for (; depth < CALLTAP_TYPE_DEPTH; depth++) {
    char letter = *text;
    const struct builtin *b = builtin_of(letter);
    if (b)
      return (struct calltap_type){.kind = (enum calltap_type_class)b->kind, .letter = letter, .size = b->size};
    text++;
    struct calltap_type out = {.inner = text};
    switch (letter) {
    case 'K':
    case 'V':
    case 'Q':
      continue;
    case 'T':
      text = take_name(text, &out.name, &out.name_bytes);
      if (!text)
        return bad;
      continue;
    case 'P':
    case 'R':
    case 'O':
      out.kind = letter == 'P' ? CALLTAP_TYPE_POINTER : CALLTAP_TYPE_REFERENCE;
      out.size = 8;
      return out;
    case 'F':
      out.kind = CALLTAP_TYPE_FUNCTION;
      return out;
    case 'A':
    case 'H':
    case 'C':
      out.kind = letter == 'A' ? CALLTAP_TYPE_ARRAY : letter == 'H' ? CALLTAP_TYPE_VECTOR : CALLTAP_TYPE_COMPLEX;
      out.count = 2;
      out.inner = letter == 'C' ? text : take_counted(text, &out.count);
      if (!out.inner)
        return bad;
      out.size = product(read_at(out.inner, scope, depth + 1).size, out.count);
      return out;
    case 'Z':
      out = (struct calltap_type){.kind = CALLTAP_TYPE_OTHER};
      text = take_counted(text, &out.size);
      return text && take_name(text, &out.name, &out.name_bytes) ? out : bad;
    case 'S':
    case 'U':
    case 'G':
    case 'N':
      return read_named(letter, text, scope);
    default:
      return bad;
    }
  }
  return bad;
}

struct calltap_type calltap_type_read(const char *text, const struct calltap_scope *scope) {
  return read_at(text, scope, 0);
}

static bool holds_sensitive(const struct calltap_type *t, const struct calltap_scope *scope, unsigned depth) {
  if (depth == CALLTAP_TYPE_DEPTH)
    return true;
  if (t->kind == CALLTAP_TYPE_ARRAY && t->inner) {
    struct calltap_type element = calltap_type_read(t->inner, scope);
    return holds_sensitive(&element, scope, depth + 1);
  }
  struct calltap_member m;
  const char *at = t->kind == CALLTAP_TYPE_RECORD ? t->members : NULL;
  while (at && calltap_type_member(&at, &m)) {
    struct calltap_type inner = m.is_sensitive ? (struct calltap_type){0} : calltap_type_read(m.type, scope);
    if (m.is_sensitive || holds_sensitive(&inner, scope, depth + 1))
      return true;
  }
  return at && *at != '}';
}

bool calltap_type_holds_sensitive(const struct calltap_type *t, const struct calltap_scope *scope) {
  return holds_sensitive(t, scope, 0);
}
