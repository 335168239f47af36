/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types as text: what the plugin writes, the runtime reads in the traced process, the trace carries on, and
 * the tools print. One text is one type; equal texts of one linked object are merged by the linker.
 *
 *   type  = builtin
 *         | "P" type               pointer
 *         | "R" type | "O" type    lvalue and rvalue reference
 *         | "K" type | "V" type | "Q" type     const, volatile, _Atomic
 *         | "A" number "_" type    array of so many; 0: not known, or a flexible member
 *         | "H" number "_" type    vector of so many
 *         | "C" type               complex
 *         | "F" type { type } [ "z" ] "E"      function: result, parameters, whether variadic
 *         | "T" name type          a typedef's name, and what it stands for
 *         | ( "S" | "U" | "G" | "N" ) name     struct NAME, union NAME, enum NAME, plain NAME
 *         | "Z" number "_" name    something else, of so many bytes, as it is spelled in the source
 *   builtin = one of those below
 *   name  = number "." bytes       so many bytes of UTF-8
 *
 *   definition = name "=" ( "S" | "U" | "C" ) number [ "<" type ">" ] [ "{" { member } "}" ]
 *              | name "=E" type "{" { enumerator } "}"
 *   member     = [ "!" ] name number type                  byte offset
 *              | [ "!" ] name ":" number "," number type   bit-field: bit offset, bits
 *              | "^" number type                           base class, at a byte offset
 *   enumerator = name [ "-" ] number ";"
 *
 * A definition is of a struct, union, class or enum. Its number is the size in bytes; the type in angle brackets is the first
 * template argument; without braces the members are not described. "!": CALLTAP_SENSITIVE. A member without a
 * name is anonymous: its members count as the outer one's. A function's types name definitions of its unit
 * (abi.h); a name that has none is of an incomplete type, or of one that is not described.
 *
 * All functions here are signal-safe and wait-free, allocate nothing and accept any NUL-terminated text: a text that breaks the
 * grammar gives CALLTAP_TYPE_BAD or false. Nesting deeper than CALLTAP_TYPE_DEPTH is bad too. */
#ifndef CALLTAP_TYPE_H
#define CALLTAP_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLTAP_TYPE_DEPTH = 32 };

/* X(letter, class, bytes on x86-64, name in C). Letters are those of the Itanium C++ ABI where it has one. */
#define CALLTAP_BUILTIN_TYPES(X)                                                                                       \
  X('v', VOID, 0, "void")                                                                                              \
  X('b', BOOL, 1, "bool")                                                                                              \
  X('c', CHAR, 1, "char")                                                                                              \
  X('a', INT, 1, "signed char")                                                                                        \
  X('h', UINT, 1, "unsigned char")                                                                                     \
  X('s', INT, 2, "short")                                                                                              \
  X('t', UINT, 2, "unsigned short")                                                                                    \
  X('i', INT, 4, "int")                                                                                                \
  X('j', UINT, 4, "unsigned int")                                                                                      \
  X('l', INT, 8, "long")                                                                                               \
  X('m', UINT, 8, "unsigned long")                                                                                     \
  X('x', INT, 8, "long long")                                                                                          \
  X('y', UINT, 8, "unsigned long long")                                                                                \
  X('n', INT, 16, "__int128")                                                                                          \
  X('o', UINT, 16, "unsigned __int128")                                                                                \
  X('k', FLOAT, 2, "_Float16")                                                                                         \
  X('f', FLOAT, 4, "float")                                                                                            \
  X('d', FLOAT, 8, "double")                                                                                           \
  X('e', FLOAT, 16, "long double")                                                                                     \
  X('g', FLOAT, 16, "__float128")                                                                                      \
  X('w', INT, 4, "wchar_t")                                                                                            \
  X('p', UINT, 1, "char8_t")                                                                                           \
  X('q', UINT, 2, "char16_t")                                                                                          \
  X('r', UINT, 4, "char32_t")                                                                                          \
  X('u', POINTER, 8, "nullptr_t")

enum calltap_type_class {
  CALLTAP_TYPE_BAD, /* not a type */
  CALLTAP_TYPE_VOID,
  CALLTAP_TYPE_BOOL,
  CALLTAP_TYPE_CHAR, /* plain char */
  CALLTAP_TYPE_INT,
  CALLTAP_TYPE_UINT,
  CALLTAP_TYPE_FLOAT,
  CALLTAP_TYPE_COMPLEX,
  CALLTAP_TYPE_ENUM,
  CALLTAP_TYPE_POINTER,
  CALLTAP_TYPE_REFERENCE,
  CALLTAP_TYPE_FUNCTION,
  CALLTAP_TYPE_ARRAY,
  CALLTAP_TYPE_VECTOR,
  CALLTAP_TYPE_RECORD, /* struct, union, class */
  CALLTAP_TYPE_OTHER,  /* "Z" */
};

/* Finds the definition of a name, or null. */
struct calltap_scope {
  const char *(*find)(const void *context, const char *name, size_t bytes);
  const void *context;
};

/* A type without its typedefs and qualifiers. Pointers point into the texts. */
struct calltap_type {
  enum calltap_type_class kind;
  char letter;       /* of a builtin, else 0 */
  uint64_t size;     /* bytes; 0: void, function, incomplete, or not known */
  const char *inner; /* POINTER, REFERENCE, ARRAY, VECTOR, COMPLEX: of what; FUNCTION: the result; ENUM: the
                             underlying type, if known; RECORD: the first template argument, if described */
  uint64_t count;    /* ARRAY, VECTOR: elements */
  const char *name;  /* RECORD, ENUM, OTHER */
  size_t name_bytes;
  const char *definition; /* RECORD, ENUM: the whole definition; null: not described */
  const char *members;    /* RECORD, ENUM: for calltap_type_member and _enumerator; null: not described */
  bool is_union;
};

/* Reads the type at `text`; what follows it is not looked at. */
struct calltap_type calltap_type_read(const char *text, const struct calltap_scope *scope);

/* The first character behind the type, or null if it is bad. */
const char *calltap_type_end(const char *text);

/* The name a definition is of. False: it is none. */
bool calltap_type_definition_name(const char *definition, const char **name, size_t *bytes);

/* Definitions are sorted by their names: as bytes, a shorter one before a longer one that it begins. Less than, equal to or greater
 * than 0, as memcmp. */
int calltap_type_order(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

/* Where a name stands among `count` that are sorted so, or SIZE_MAX. `at` tells them, or says false: there is none. */
typedef bool calltap_type_name_at(const void *context, size_t index, const char **name, size_t *bytes);
size_t calltap_type_find(calltap_type_name_at *at, const void *context, size_t count, const char *name, size_t bytes);

struct calltap_member {
  const char *name;
  size_t name_bytes;   /* 0: anonymous, or a base */
  uint64_t bit_offset; /* from the start of the record */
  uint32_t bits;       /* of a bit-field, else 0 */
  bool is_base;
  bool is_sensitive;
  const char *type;
};
/* Moves `at`, which starts as `members`, behind the next member. False at the end, or where the text is bad. */
bool calltap_type_member(const char **at, struct calltap_member *member);

/* Whether a value of this type, without what it points to, has sensitive members. True where that cannot be told. */
bool calltap_type_holds_sensitive(const struct calltap_type *t, const struct calltap_scope *scope);

struct calltap_enumerator {
  const char *name;
  size_t name_bytes;
  int64_t value; /* above INT64_MAX: its two's complement */
};
bool calltap_type_enumerator(const char **at, struct calltap_enumerator *enumerator);

/* Writes a declaration of `name` (may be empty) as C writes it, "int (*compare)(const void *, const void *)", cut where the buffer
 * ends, and terminates it. Returns the length of the whole, as snprintf does. */
size_t calltap_type_spell(const char *type, const char *name, char *out, size_t size);

#endif
