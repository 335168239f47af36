/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Spells types as C declares them. A declarator grows around its name: what stands before it (a pointer's star) is written
 * from the outside in, what stands behind it (an array's brackets) from the inside out. */
#include "calltap/type.h"

struct spelling {
  char *out;
  size_t size, length; /* length: of the whole, what was cut included */
  char last;           /* character of the whole */
};

static void put(struct spelling *s, const char *text, size_t bytes) {
  for (; bytes; bytes--, text++) {
    if (s->length + 1 < s->size)
      s->out[s->length] = *text;
    s->length++;
    s->last = *text;
  }
}

static void put_text(struct spelling *s, const char *text) {
  for (; *text; text++)
    put(s, text, 1);
}

static void put_number(struct spelling *s, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do
    digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  put(s, digits + at, sizeof digits - at);
}

static const char *builtin_name(char letter) {
  switch (letter) {
#define NAME(code, kind, size, name)                                                                                   \
  case code:                                                                                                           \
    return name;
    CALLTAP_BUILTIN_TYPES(NAME)
#undef NAME
  default:
    return NULL;
  }
}

/* "6.client" -> "client"; the number before the name of a "Z" is passed by the caller. */
static void put_name(struct spelling *s, const char *at) {
  size_t bytes = 0;
  while (*at >= '0' && *at <= '9')
    bytes = bytes * 10 + (size_t)(*at++ - '0');
  put(s, at + 1, bytes);
}

static const char *behind_count(const char *at) {
  while (*at != '_')
    at++;
  return at + 1;
}

static bool is_qualifier(char letter) { return letter == 'K' || letter == 'V' || letter == 'Q'; }

static bool is_pointer(char letter) { return letter == 'P' || letter == 'R' || letter == 'O'; }

/* "const volatile " before a name, "*const volatile" behind a star. */
static void put_qualifiers(struct spelling *s, const char *from, const char *to, bool leading) {
  for (const char *q = from; q < to; q++) {
    if (!leading && q > from)
      put_text(s, " ");
    put_text(s, *q == 'K' ? "const" : *q == 'V' ? "volatile" : "_Atomic");
    if (leading)
      put_text(s, " ");
  }
}

/* Whether a pointer to it needs brackets around its declarator. */
static bool has_suffix(const char *type) {
  while (is_qualifier(*type))
    type++;
  return *type == 'A' || *type == 'F';
}

static void put_type(struct spelling *s, const char *type, const char *name);

static void put_prefix(struct spelling *s, const char *type) {
  const char *start = type;
  while (is_qualifier(*type))
    type++;
  if (is_pointer(*type)) {
    put_prefix(s, type + 1);
    if (s->last != '*' && s->last != '&' && s->last != '(')
      put_text(s, " ");
    if (has_suffix(type + 1))
      put_text(s, "(");
    put_text(s, *type == 'P' ? "*" : *type == 'R' ? "&" : "&&");
    put_qualifiers(s, start, type, false);
    return;
  }
  put_qualifiers(s, start, type, true);
  const char *builtin = builtin_name(*type);
  if (builtin) {
    put_text(s, builtin);
    return;
  }
  switch (*type) {
  case 'S':
    put_text(s, "struct ");
    break;
  case 'U':
    put_text(s, "union ");
    break;
  case 'G':
    put_text(s, "enum ");
    break;
  case 'C':
    put_text(s, "_Complex ");
    put_prefix(s, type + 1);
    return;
  case 'F':
    put_prefix(s, type + 1);
    return;
  case 'A':
  case 'H':
    put_prefix(s, behind_count(type));
    return;
  case 'Z':
    put_name(s, behind_count(type));
    return;
  default:
    break;
  }
  put_name(s, type + 1);
}

static void put_parameters(struct spelling *s, const char *at) {
  put_text(s, "(");
  const char *first = at;
  for (; *at != 'E' && *at != 'z'; at = calltap_type_end(at)) {
    if (at != first)
      put_text(s, ", ");
    put_type(s, at, "");
  }
  if (*at == 'z')
    put_text(s, at == first ? "..." : ", ...");
  put_text(s, ")");
}

static void put_suffix(struct spelling *s, const char *type) {
  while (is_qualifier(*type))
    type++;
  if (is_pointer(*type)) {
    if (has_suffix(type + 1))
      put_text(s, ")");
    put_suffix(s, type + 1);
  } else if (*type == 'F') {
    put_parameters(s, calltap_type_end(type + 1));
    put_suffix(s, type + 1);
  } else if (*type == 'A') {
    const char *number = type + 1;
    put_text(s, "[");
    if (*number != '0')
      put(s, number, (size_t)(behind_count(number) - 1 - number));
    put_text(s, "]");
    put_suffix(s, behind_count(type));
  } else if (*type == 'H') {
    const char *number = type + 1;
    uint64_t count = 0;
    while (*number >= '0' && *number <= '9')
      count = count * 10 + (uint64_t)(*number++ - '0');
    put_text(s, " __attribute__((vector_size(");
    put_number(s, count * calltap_type_read(behind_count(type), NULL).size);
    put_text(s, ")))");
  }
}

/* The text was checked as a whole before. */
static void put_type(struct spelling *s, const char *type, const char *name) {
  put_prefix(s, type);
  if (*name && s->last != '*' && s->last != '&')
    put_text(s, " ");
  put_text(s, name);
  put_suffix(s, type);
}

size_t calltap_type_spell(const char *type, const char *name, char *out, size_t size) {
  struct spelling s = {.out = out, .size = size};
  if (calltap_type_end(type))
    put_type(&s, type, name);
  else
    put_text(&s, "?");
  if (size)
    out[s.length < size ? s.length : size - 1] = 0;
  return s.length;
}
