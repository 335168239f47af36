/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Globs and MFA patterns. Works on sized strings and allocates nothing. */
#ifndef CALLTAP_MFA_H
#define CALLTAP_MFA_H

#include "calltap_reader.h"

/* Whether `text` as a whole matches: `*` any bytes, `?` one byte, `[a-z]` and `[!a-z]` one byte of
 * a set, anything else itself. Time is at most the product of the two sizes. */
bool calltap__glob(struct calltap_text pattern, struct calltap_text text);

/* A pattern `[module:]function[/arity]` taken apart. */
struct calltap__mfa_pattern {
  struct calltap_text module; /* "*" if none was given */
  struct calltap_text function;
  int64_t arity; /* -1: any */
};

/* Takes `text` apart. With no single ':' the last '::' splits. The parts point into `text`.
 * Returns NULL, or a static sentence that says what is wrong. */
const char *calltap__mfa_parse(struct calltap_text text, struct calltap__mfa_pattern *pattern);

bool calltap__mfa_match(const struct calltap__mfa_pattern *pattern, struct calltap_text module,
                        struct calltap_text name, uint32_t arity);

struct calltap_text calltap__text(const char *terminated);

#endif
