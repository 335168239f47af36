/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "mfa.h"

#include <string.h>

/* Matches the set that starts after '[' at `*at` against one byte and moves past its ']'. Returns 1
 * or 0, or -1 if there is no ']': then '[' is an ordinary byte. */
static int match_set(struct calltap_text pattern, size_t *at, unsigned char byte) {
  size_t i = *at;
  bool inverted = i < pattern.size && (pattern.bytes[i] == '!' || pattern.bytes[i] == '^');
  if (inverted)
    i++;
  bool found = false;
  for (size_t first = i; i < pattern.size; i++) {
    unsigned char low = (unsigned char)pattern.bytes[i];
    if (low == ']' && i > first) {
      *at = i + 1;
      return found != inverted;
    }
    unsigned char high = low;
    if (i + 2 < pattern.size && pattern.bytes[i + 1] == '-' && pattern.bytes[i + 2] != ']') {
      high = (unsigned char)pattern.bytes[i + 2];
      i += 2;
    }
    if (low <= byte && byte <= high)
      found = true;
  }
  return -1;
}

/* Matches one byte against the element at `*at`, which is not a star, and moves past it. */
static bool match_one(struct calltap_text pattern, size_t *at, char byte) {
  char element = pattern.bytes[(*at)++];
  if (element == '?')
    return true;
  if (element == '[') {
    int matched = match_set(pattern, at, (unsigned char)byte);
    if (matched >= 0)
      return matched == 1;
  }
  return element == byte;
}

bool calltap__glob(struct calltap_text pattern, struct calltap_text text) {
  size_t p = 0, t = 0;
  size_t star = SIZE_MAX, star_text = 0; /* where to go back to: only the last star can matter */
  while (t < text.size) {
    if (p < pattern.size && pattern.bytes[p] == '*') {
      star = ++p;
      star_text = t;
    } else if (p < pattern.size && match_one(pattern, &p, text.bytes[t])) {
      t++;
    } else if (star != SIZE_MAX) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size && pattern.bytes[p] == '*')
    p++;
  return p == pattern.size;
}

struct calltap_text calltap__text(const char *terminated) {
  return (struct calltap_text){terminated, strlen(terminated)};
}

/* The place of the one ':' that is not half of a '::', or SIZE_MAX. */
static size_t single_colon(struct calltap_text text) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.bytes[i] != ':')
      continue;
    if (i + 1 == text.size || text.bytes[i + 1] != ':')
      return i;
    i++;
  }
  return SIZE_MAX;
}

static size_t last_double_colon(struct calltap_text text) {
  for (size_t i = text.size; i >= 2; i--) {
    if (text.bytes[i - 1] == ':' && text.bytes[i - 2] == ':')
      return i - 2;
  }
  return SIZE_MAX;
}

/* Cuts "/digits" off the end of the text. */
static int64_t take_arity(struct calltap_text *text) {
  size_t digits = text->size;
  while (digits > 0 && text->bytes[digits - 1] >= '0' && text->bytes[digits - 1] <= '9')
    digits--;
  size_t length = text->size - digits;
  if (length == 0 || length > 9 || digits == 0 || text->bytes[digits - 1] != '/')
    return -1;
  int64_t arity = 0;
  for (size_t i = digits; i < text->size; i++)
    arity = arity * 10 + (text->bytes[i] - '0');
  text->size = digits - 1;
  return arity;
}

const char *calltap__mfa_parse(struct calltap_text text, struct calltap__mfa_pattern *pattern) {
  pattern->arity = take_arity(&text);
  pattern->module = calltap__text("*");
  pattern->function = text;
  size_t at = single_colon(text), width = 1;
  if (at == SIZE_MAX) {
    at = last_double_colon(text);
    width = 2;
  }
  if (at != SIZE_MAX) {
    pattern->module = (struct calltap_text){text.bytes, at};
    pattern->function = (struct calltap_text){text.bytes + at + width, text.size - at - width};
  }
  if (pattern->function.size == 0)
    return "names no function";
  if (pattern->module.size == 0)
    return "names no module before the ':'";
  return NULL;
}

bool calltap__mfa_match(const struct calltap__mfa_pattern *pattern, struct calltap_text module,
                        struct calltap_text name, uint32_t arity) {
  if (pattern->arity >= 0 && pattern->arity != (int64_t)arity)
    return false;
  return calltap__glob(pattern->function, name) && calltap__glob(pattern->module, module);
}
