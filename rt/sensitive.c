/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What CALLTAP_SENSITIVE marks, as far as types tell: looked at when a function is armed. */
#include "internal.h"

static bool holds(const struct calltap_type *t, const struct calltap_scope *scope, unsigned depth) {
  if (depth == CALLTAP_TYPE_DEPTH) /* it may */
    return true;
  struct calltap_member m;
  const char *at = t->kind == CALLTAP_TYPE_RECORD ? t->members : NULL;
  if (t->kind == CALLTAP_TYPE_ARRAY && t->inner) {
    struct calltap_type element = calltap_type_read(t->inner, scope);
    return holds(&element, scope, depth + 1);
  }
  while (at && calltap_type_member(&at, &m)) {
    struct calltap_type inner = m.is_sensitive ? (struct calltap_type){0} : calltap_type_read(m.type, scope);
    if (m.is_sensitive || holds(&inner, scope, depth + 1))
      return true;
  }
  return at && *at != '}'; /* what cannot be read may be one */
}

bool calltap__sensitive_in(const struct calltap_type *t, const struct calltap_scope *scope) {
  return holds(t, scope, 0);
}
