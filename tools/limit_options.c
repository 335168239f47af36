/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "limit_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "nearest.h"
#include "options.h"

void limits_add(struct calltap__builder *limits, const char *before, const char *value) {
  if (limits->size > 0)
    calltap__build(limits, ",");
  calltap__build(limits, before);
  calltap__build(limits, value);
}

static const char *const names[] = {"calls", "rate",   "time",   "bytes",  "ring",
                                    "str",   "expand", "budget", "policy", "rotate"};

static bool is_known(const char *name, size_t size) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
      return true;
  }
  return false;
}

static void say_unknown(const char *option, const char *name, size_t size) {
  char hint[512];
  struct nearest nearest;
  nearest_start(&nearest, name, size);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    nearest_offer(&nearest, names[i], names[i]);
  nearest_say(&nearest, hint, sizeof hint);
  message("%s: there is no limit '%.*s'%s%s", option, (int)size, name, hint,
          hint[0] != '\0' ? ""
                          : "; there are calls=N, rate=N/TIME, time=TIME, bytes=SIZE, ring=SIZE, rotate=SIZE*N, "
                            "str=BYTES, expand=LEVELS, budget=PERCENT and policy=stop|drop, separated by commas");
}

/* What stands behind a name is left to the runtime. */
bool limits_add_list(struct calltap__builder *limits, const char *name, const char *list) {
  for (const char *at = list, *end; *at != '\0'; at = end + (*end != '\0')) {
    end = at + strcspn(at, ",");
    size_t size = strcspn(at, "=,");
    if (!is_known(at, size)) {
      say_unknown(name, at, size);
      return false;
    }
  }
  limits_add(limits, "", list);
  return true;
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
