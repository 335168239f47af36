/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The definitions that the types of one compilation name. */
#include "internal.h"

const struct calltap_unit *calltap__unit_of(const struct calltap_function *f) {
  return f->unit ? (const void *)((const char *)&f->unit + f->unit) : NULL;
}

const char *calltap__unit_definition(const struct calltap_unit *unit, size_t at) {
  return calltap__string(&unit->definition[at]);
}

/* As the plugin sorts them: by bytes, a shorter name before a longer one that it begins. */
static int compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
  for (size_t i = 0; i < a_bytes && i < b_bytes; i++)
    if (a[i] != b[i])
      return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
  return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

const char *calltap__unit_find(const void *context, const char *name, size_t bytes) {
  const struct calltap_unit *unit = context;
  size_t low = 0, high = unit ? unit->types : 0;
  while (low < high) {
    size_t middle = (low + high) / 2, found_bytes;
    const char *definition = calltap__unit_definition(unit, middle), *found;
    if (!calltap_type_definition_name(definition, &found, &found_bytes))
      return NULL;
    int order = compare(name, bytes, found, found_bytes);
    if (!order)
      return definition;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}
