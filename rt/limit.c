/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "internal.h"

static const char *read_size(const char *text, uint64_t *value) {
  text = calltap__text_number(text, value);
  if (!text)
    return NULL;
  unsigned shift = *text == 'k' ? 10 : *text == 'M' ? 20 : *text == 'G' ? 30 : 0;
  if (*value >> (63 - shift))
    return NULL;
  *value <<= shift;
  return text + (shift != 0);
}

/* Moves behind the prefix if the text begins with it. */
static bool skip(const char **text, const char *prefix) {
  const char *t = *text;
  for (; *prefix; prefix++)
    if (*t++ != *prefix)
      return false;
  *text = t;
  return true;
}

/* The smallest and the largest that makes sense of each. */
static const char *check(const struct limits *limits) {
  if (!limits->bytes)
    return "bytes= is at least 1";
  if (limits->text > MAX_TEXT)
    return "str= is at most 4096 bytes";
  return limits->expand > MAX_EXPAND ? "expand= is at most 4 levels" : NULL;
}

const char *calltap__limits_parse(const char *text, struct limits *limits) {
  bool counts = false;
  while (*text) {
    counts = skip(&text, "calls=");
    uint64_t *target = counts                   ? &limits->calls
                       : skip(&text, "bytes=")  ? &limits->bytes
                       : skip(&text, "str=")    ? &limits->text
                       : skip(&text, "expand=") ? &limits->expand
                                                : NULL;
    if (!target)
      return "this version knows calls=N, bytes=SIZE, str=SIZE and expand=LEVELS (k, M, G), separated by commas";
    text = read_size(text, target);
    if (!text || (counts && !*target))
      return "a limit is a number, of calls and bytes at least 1, with k, M or G behind it for 2^10, 2^20, 2^30";
    if (*text && *text++ != ',')
      return "limits are separated by commas";
  }
  return check(limits);
}
