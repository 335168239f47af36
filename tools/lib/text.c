/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";
static const char hex[] = "0123456789abcdef";

struct calltap_text calltap__text(const char *terminated) {
  return (struct calltap_text){terminated, strlen(terminated)};
}

/* --- numbers --- */

size_t calltap__format_decimal(char *out, uint64_t number) {
  char reversed[20];
  char *at = reversed + sizeof reversed;
  while (number >= 100) {
    at -= 2;
    memcpy(at, pairs + 2 * (number % 100), 2);
    number /= 100;
  }
  if (number >= 10) {
    at -= 2;
    memcpy(at, pairs + 2 * number, 2);
  } else {
    *--at = (char)('0' + number);
  }
  size_t size = (size_t)(reversed + sizeof reversed - at);
  memcpy(out, at, size);
  return size;
}

size_t calltap__format_hex(char *out, uint64_t number) {
  unsigned digits = number == 0 ? 1 : (unsigned)(67 - __builtin_clzll(number)) / 4;
  out[0] = '0';
  out[1] = 'x';
  for (unsigned i = 0; i < digits; i++) {
    out[1 + digits - i] = hex[number & 15];
    number >>= 4;
  }
  return digits + 2;
}

void calltap__format_padded(char *out, uint32_t number, unsigned digits) {
  while (digits >= 2) {
    digits -= 2;
    memcpy(out + digits, pairs + (size_t)2 * (number % 100), 2);
    number /= 100;
  }
  if (digits == 1)
    out[0] = (char)('0' + number % 10);
}

/* The letter that C writes for a byte behind a backslash, 0 if it has none. */
static char letter_of(unsigned char byte) {
  static const char letters[] = "0......abtnvfr"; /* by their codes */
  return byte == 0 || (byte >= 7 && byte <= 13) ? letters[byte] : '\0';
}

static size_t format_escaped(char *out, unsigned char byte) {
  out[0] = '\\';
  out[1] = 'x';
  out[2] = hex[byte >> 4];
  out[3] = hex[byte & 15];
  return 4;
}

size_t calltap__format_char(char *out, unsigned char byte) {
  char letter = letter_of(byte);
  size_t size = 0;
  out[size++] = '\'';
  if (letter != '\0' || byte == '\'' || byte == '\\') {
    out[size++] = '\\';
    out[size++] = letter != '\0' ? letter : (char)byte;
  } else if (byte >= 0x20 && byte < 0x7f) {
    out[size++] = (char)byte;
  } else {
    size += format_escaped(out + size, byte);
  }
  out[size++] = '\'';
  return size;
}

/* --- the builder --- */

static bool make_room(struct calltap__builder *builder, size_t more) {
  if (builder->failed)
    return false;
  if (builder->room - builder->size >= more)
    return true;
  size_t wanted = builder->room == 0 ? 64 : builder->room;
  while (wanted - builder->size < more)
    wanted *= 2;
  char *grown = realloc(builder->bytes, wanted);
  if (grown == NULL) {
    builder->failed = true;
    return false;
  }
  builder->bytes = grown;
  builder->room = wanted;
  return true;
}

void calltap__build_bytes(struct calltap__builder *builder, const char *bytes, size_t size) {
  if (size == 0 || !make_room(builder, size))
    return;
  memcpy(builder->bytes + builder->size, bytes, size);
  builder->size += size;
}

void calltap__build(struct calltap__builder *builder, const char *terminated) {
  calltap__build_bytes(builder, terminated, strlen(terminated));
}

void calltap__build_number(struct calltap__builder *builder, uint64_t number) {
  char digits[20];
  calltap__build_bytes(builder, digits, calltap__format_decimal(digits, number));
}

void calltap__builder_free(struct calltap__builder *builder) {
  free(builder->bytes);
  *builder = (struct calltap__builder){0};
}

/* --- escaping --- */

static bool continues(struct calltap_text text, size_t at) {
  return at < text.size && ((unsigned char)text.bytes[at] & 0xc0) == 0x80;
}

/* The bytes of the UTF-8 character at the start of `text`, 0 if there is none. Refuses encodings longer than
 * needed, halves of surrogate pairs and what lies beyond Unicode. */
static size_t utf8_size(struct calltap_text text) {
  unsigned char first = (unsigned char)text.bytes[0];
  unsigned char second = text.size > 1 ? (unsigned char)text.bytes[1] : 0;
  if (first < 0x80)
    return 1;
  if (!continues(text, 1))
    return 0;
  if (first >= 0xc2 && first <= 0xdf)
    return 2;
  if (!continues(text, 2))
    return 0;
  if (first == 0xe0)
    return second >= 0xa0 ? 3 : 0;
  if (first == 0xed)
    return second <= 0x9f ? 3 : 0;
  if (first >= 0xe1 && first <= 0xef)
    return 3;
  if (!continues(text, 3))
    return 0;
  if (first == 0xf0)
    return second >= 0x90 ? 4 : 0;
  if (first == 0xf4)
    return second <= 0x8f ? 4 : 0;
  return first >= 0xf1 && first <= 0xf3 ? 4 : 0;
}

/* --- what stands in any text as it is --- */

static uint64_t each(unsigned char byte) { return 0x0101010101010101U * byte; }

/* Not 0 if one of the eight bytes is below `limit`, which is 0x80 at most. */
static uint64_t any_below(uint64_t eight, unsigned char limit) { return (eight - each(limit)) & ~eight & each(0x80); }

static uint64_t any_is(uint64_t eight, unsigned char byte) { return any_below(eight ^ each(byte), 1); }

static bool is_simple(unsigned char byte) { return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'; }

/* How many bytes at the start are printable ASCII, quote and backslash excepted: nearly all texts are nothing else. */
static size_t simple_size(struct calltap_text text) {
  size_t size = 0;
  for (uint64_t eight; text.size - size >= sizeof eight; size += sizeof eight) {
    memcpy(&eight, text.bytes + size, sizeof eight);
    if (((eight & each(0x80)) | any_below(eight, 0x20) | any_is(eight, 0x7f) | any_is(eight, '"') |
         any_is(eight, '\\')) != 0)
      break;
  }
  while (size < text.size && is_simple((unsigned char)text.bytes[size]))
    size++;
  return size;
}

static void step(struct calltap_text *text, size_t size) {
  if (size == 0) /* an empty text may be at no address */
    return;
  text->bytes += size;
  text->size -= size;
}

/* Adds what is simple at the start of the text, and steps over it. Returns whether more is left. */
static bool build_simple(struct calltap__builder *builder, struct calltap_text *text) {
  size_t size = simple_size(*text);
  calltap__build_bytes(builder, text->bytes, size);
  step(text, size);
  return text->size > 0;
}

/* Control characters, the second block of them, U+0080 to U+009F, included. */
static bool is_control(const char *bytes, size_t size) {
  unsigned char first = (unsigned char)bytes[0];
  if (size == 1)
    return first < 0x20 || first == 0x7f;
  return size == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0;
}

static void build_escaped(struct calltap__builder *builder, const char *prefix, char byte) {
  unsigned char value = (unsigned char)byte;
  calltap__build(builder, prefix);
  calltap__build_bytes(builder, &hex[value >> 4], 1);
  calltap__build_bytes(builder, &hex[value & 15], 1);
}

void calltap__build_plain(struct calltap__builder *builder, struct calltap_text text) {
  while (build_simple(builder, &text)) {
    size_t size = utf8_size(text);
    bool as_it_is = size > 0 && !is_control(text.bytes, size);
    if (size == 0)
      size = 1;
    if (as_it_is) {
      calltap__build_bytes(builder, text.bytes, size);
    } else {
      for (size_t i = 0; i < size; i++)
        build_escaped(builder, "\\x", text.bytes[i]);
    }
    step(&text, size);
  }
}

bool calltap__is_utf8(struct calltap_text text) {
  for (step(&text, simple_size(text)); text.size > 0; step(&text, simple_size(text))) {
    size_t size = utf8_size(text);
    if (size == 0)
      return false;
    step(&text, size);
  }
  return true;
}

bool calltap__is_printable(struct calltap_text text) {
  for (step(&text, simple_size(text)); text.size > 0; step(&text, simple_size(text))) {
    size_t size = utf8_size(text);
    if (size == 0 || (is_control(text.bytes, size) && letter_of((unsigned char)*text.bytes) == '\0'))
      return false;
    step(&text, size);
  }
  return true;
}

/* One character, or one byte that is none. A NUL is \x00: `\0` and a digit behind it would be read as one number. */
static void build_quoted_character(struct calltap__builder *builder, const char *bytes, size_t size) {
  unsigned char first = (unsigned char)*bytes;
  char escaped[2] = {'\\', first == '"' || first == '\\' ? *bytes : letter_of(first)};
  char hexadecimal[4];
  if (size == 1 && first != 0 && escaped[1] != '\0') {
    calltap__build_bytes(builder, escaped, 2);
  } else if (size > 0 && !is_control(bytes, size)) {
    calltap__build_bytes(builder, bytes, size);
  } else {
    for (size_t i = 0; i < (size == 0 ? 1 : size); i++)
      calltap__build_bytes(builder, hexadecimal, format_escaped(hexadecimal, (unsigned char)bytes[i]));
  }
}

void calltap__build_quoted(struct calltap__builder *builder, struct calltap_text text) {
  calltap__build(builder, "\"");
  while (build_simple(builder, &text)) {
    size_t size = utf8_size(text);
    build_quoted_character(builder, text.bytes, size);
    step(&text, size > 0 ? size : 1);
  }
  calltap__build(builder, "\"");
}

static void build_json_character(struct calltap__builder *builder, const char *bytes, size_t size) {
  if (size == 1 && (*bytes == '"' || *bytes == '\\'))
    calltap__build(builder, "\\");
  if (size == 1 && is_control(bytes, 1)) {
    build_escaped(builder, "\\u00", *bytes);
  } else {
    calltap__build_bytes(builder, bytes, size);
  }
}

void calltap__build_json(struct calltap__builder *builder, struct calltap_text text) {
  calltap__build(builder, "\"");
  while (build_simple(builder, &text)) {
    size_t size = utf8_size(text);
    if (size == 0) {
      calltap__build(builder, "\xef\xbf\xbd");
      size = 1;
    } else {
      build_json_character(builder, text.bytes, size);
    }
    step(&text, size);
  }
  calltap__build(builder, "\"");
}

void calltap__build_json_escaped(struct calltap__builder *builder, struct calltap_text text) {
  calltap__build(builder, "\"");
  while (build_simple(builder, &text)) {
    size_t size = utf8_size(text);
    if (size == 0) {
      build_escaped(builder, "\\\\x", *text.bytes);
      size = 1;
    } else if (*text.bytes == '\\') {
      calltap__build(builder, "\\\\\\\\");
    } else {
      build_json_character(builder, text.bytes, size);
    }
    step(&text, size);
  }
  calltap__build(builder, "\"");
}

/* --- names --- */

void calltap__build_mfa(struct calltap__builder *builder, const struct calltap_trace_function *function,
                        uint32_t number) {
  if (function->index == 0) {
    calltap__build(builder, "?:#");
    calltap__build_number(builder, number);
    calltap__build(builder, "/?");
    return;
  }
  calltap__build_bytes(builder, function->module.bytes, function->module.size);
  calltap__build(builder, ":");
  calltap__build_bytes(builder, function->name.bytes, function->name.size);
  calltap__build(builder, "/");
  calltap__build_number(builder, function->arity);
}

void calltap__build_declaration(struct calltap__builder *builder, const char *type, const char *name) {
  size_t size = calltap_type_spell(type, name, NULL, 0) + 1;
  if (!make_room(builder, size))
    return;
  builder->size += calltap_type_spell(type, name, builder->bytes + builder->size, size);
}

void calltap__build_type(struct calltap__builder *builder, const char *type) {
  calltap__build_declaration(builder, type, "");
}
