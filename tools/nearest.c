/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nearest.h"

#include <stdio.h>
#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Levenshtein's distance of the first 128 bytes. */
static size_t distance(const char *a, const char *b) {
  size_t a_size = strnlen(a, NEAREST_LONGEST), b_size = strnlen(b, NEAREST_LONGEST);
  size_t row[NEAREST_LONGEST + 1];
  for (size_t j = 0; j <= b_size; j++)
    row[j] = j;
  for (size_t i = 1; i <= a_size; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b_size; j++) {
      size_t above = row[j];
      row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[b_size];
}

void nearest_start(struct nearest *nearest, const char *wanted, size_t size) {
  *nearest = (struct nearest){0};
  size_t kept = 0;
  for (size_t i = 0; i < size && kept + 1 < sizeof nearest->wanted; i++) {
    if (strchr("*?[]", wanted[i]) == NULL)
      nearest->wanted[kept++] = wanted[i];
  }
  nearest->limit = 1 + kept / 3;
}

static size_t resemblance(const struct nearest *nearest, const char *compared) {
  /* A name that holds the wanted one is what people mean as well. */
  if (strlen(nearest->wanted) >= 3 && strstr(compared, nearest->wanted) != NULL)
    return 1;
  return distance(nearest->wanted, compared);
}

void nearest_offer(struct nearest *nearest, const char *name, const char *compared) {
  size_t found = resemblance(nearest, compared);
  if (found > nearest->limit)
    return;
  size_t at = 0;
  while (at < nearest->count && nearest->kept[at].distance <= found) {
    if (strncmp(nearest->kept[at].name, name, NEAREST_LONGEST - 1) == 0)
      return;
    at++;
  }
  if (at == NEAREST_KEPT)
    return;
  if (nearest->count < NEAREST_KEPT)
    nearest->count++;
  for (size_t i = nearest->count - 1; i > at; i--)
    nearest->kept[i] = nearest->kept[i - 1];
  snprintf(nearest->kept[at].name, NEAREST_LONGEST, "%s", name);
  nearest->kept[at].distance = found;
}

void nearest_say(const struct nearest *nearest, char *out, size_t size) {
  out[0] = '\0';
  size_t used = 0;
  for (size_t i = 0; i < nearest->count && used < size; i++) {
    const char *before = i == 0 ? "; did you mean " : i + 1 == nearest->count ? " or " : ", ";
    int added = snprintf(out + used, size - used, "%s%s", before, nearest->kept[i].name);
    used += added > 0 ? (size_t)added : 0;
  }
  if (used > 0 && used < size)
    snprintf(out + used, size - used, "?");
}
