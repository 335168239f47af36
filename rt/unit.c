/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The definitions that the types of one compilation name. */
#include "internal.h"

const struct calltap_unit *calltap__unit_of(const struct calltap_function *f) {
  return f->unit ? (const void *)((const char *)&f->unit + f->unit) : NULL;
}

const char *calltap__unit_definition(const struct calltap_unit *unit, size_t at) {
  return calltap__string(&unit->definition[at]);
}

static bool name_at(const void *context, size_t index, const char **name, size_t *bytes) {
  return calltap_type_definition_name(calltap__unit_definition(context, index), name, bytes);
}

const char *calltap__unit_find(const void *context, const char *name, size_t bytes) {
  const struct calltap_unit *unit = context;
  size_t at = unit ? calltap_type_find(name_at, unit, unit->types, name, bytes) : SIZE_MAX;
  return at == SIZE_MAX ? NULL : calltap__unit_definition(unit, at);
}
