/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "text.h"

/* The barrier keeps the compiler from making a call of memcpy out of the loop. */
void calltap__bytes_copy(void *to, const void *from, size_t bytes) {
  char *out = to;
  const char *in = from;
  for (; bytes >= 8; bytes -= 8, out += 8, in += 8) {
    uint64_t word;
    __builtin_memcpy(&word, in, 8);
    __builtin_memcpy(out, &word, 8);
    __asm__ volatile("" ::: "memory"); /* else the compiler makes a call of libc of it */
  }
  for (; bytes; bytes--) {
    *out++ = *in++;
    __asm__ volatile("" ::: "memory");
  }
}

bool calltap__bytes_equal(const void *a, const void *b, size_t bytes) {
  const char *x = a, *y = b;
  for (; bytes >= 8; bytes -= 8, x += 8, y += 8) {
    uint64_t left, right;
    __builtin_memcpy(&left, x, 8);
    __builtin_memcpy(&right, y, 8);
    if (left != right)
      return false;
  }
  while (bytes && *x == *y)
    x++, y++, bytes--;
  return !bytes;
}

size_t calltap__text_length(const char *text) {
  size_t n = 0;
  while (text[n]) {
    n++;
    __asm__ volatile("");
  }
  return n;
}

bool calltap__text_equal(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

size_t calltap__text_copy(char *to, size_t size, const char *from) {
  struct builder b = calltap__builder(to, size);
  calltap__put(&b, from);
  calltap__put_end(&b);
  return (size_t)(b.at - to);
}

const char *calltap__text_base(const char *path) {
  const char *base = path;
  for (; *path; path++)
    if (*path == '/')
      base = path + 1;
  return base;
}

const char *calltap__text_number(const char *text, uint64_t *value) {
  if (*text < '0' || *text > '9')
    return NULL;
  uint64_t n = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    if (n > (UINT64_C(1) << 63) / 10 - 1)
      return NULL;
    n = n * 10 + (uint64_t)(*text - '0');
  }
  *value = n;
  return text;
}

unsigned __int128 calltap__divide(unsigned __int128 n, uint64_t by, uint64_t *rest) {
  unsigned __int128 quotient = 0, left = 0;
  for (unsigned bit = 128; bit--;) {
    left = left << 1 | (n >> bit & 1);
    quotient = quotient << 1 | (left >= by);
    if (left >= by)
      left -= by;
  }
  *rest = (uint64_t)left;
  return quotient;
}

/* Matches one character of the text against the class at `*at`, which stands behind the bracket, and moves `*at` behind
 * the closing bracket. */
static bool match_class(const char **at, const char *end, char c) {
  const char *p = *at;
  bool negated = p < end && (*p == '!' || *p == '^');
  bool found = false;
  p += negated;
  for (bool first = true; p < end && (first || *p != ']'); first = false) {
    char low = *p++, high = low;
    if (p + 1 < end && *p == '-' && p[1] != ']') {
      high = p[1];
      p += 2;
    }
    found |= low <= c && c <= high;
  }
  *at = p + 1;
  return found != negated;
}

/* Whether the class that begins at p has an end; if not, its bracket is a bracket. */
static bool has_end(const char *p, const char *end) {
  p += p < end && (*p == '!' || *p == '^');
  for (p += p < end; p < end; p++)
    if (*p == ']')
      return true;
  return false;
}

/* Matches one character and moves `*at` behind its part of the glob. */
static bool match_one(const char **at, const char *end, char c) {
  char g = *(*at)++;
  if (g == '?')
    return true;
  if (g == '[' && has_end(*at, end))
    return match_class(at, end, c);
  if (g == '\\' && *at < end)
    g = *(*at)++;
  return g == c;
}

bool calltap__glob(struct span glob, const char *text) {
  const char *at = glob.start, *star = NULL, *resume = NULL;
  while (*text) {
    if (at < glob.end && *at == '*') {
      star = ++at;
      resume = text;
      continue;
    }
    if (at < glob.end && match_one(&at, glob.end, *text)) {
      text++;
      continue;
    }
    if (!star)
      return false;
    at = star; /* the last star takes one character more */
    text = ++resume;
  }
  while (at < glob.end && *at == '*')
    at++;
  return at == glob.end;
}

void calltap__put_span(struct builder *b, struct span text) {
  for (; text.start < text.end; text.start++) {
    if (b->at == b->end) {
      b->full = true;
      return;
    }
    *b->at++ = *text.start;
  }
}

void calltap__put(struct builder *b, const char *text) {
  calltap__put_span(b, (struct span){text, text + calltap__text_length(text)});
}

void calltap__put_number(struct builder *b, uint64_t value) {
  char digits[20];
  size_t n = sizeof digits;
  do
    digits[--n] = (char)('0' + value % 10);
  while (value /= 10);
  calltap__put_span(b, (struct span){digits + n, digits + sizeof digits});
}

void calltap__put_end(struct builder *b) { *b->at = 0; }
