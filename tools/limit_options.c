/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "limit_options.h"

#include <inttypes.h>

#include "message.h"
#include "options.h"

void limits_add(struct calltap__builder *limits, const char *before, const char *value) {
  if (limits->size > 0)
    calltap__build(limits, ",");
  calltap__build(limits, before);
  calltap__build(limits, value);
}

bool limits_add_number(struct calltap__builder *limits, const char *name, const char *before, const char *value,
                       uint64_t most) {
  uint64_t number;
  if (!options_number(value, name, &number))
    return false;
  if (number > most) {
    message("%s is at most %" PRIu64, name, most);
    return false;
  }
  limits_add(limits, before, value);
  return true;
}
