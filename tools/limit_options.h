/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A list of limits as in CALLTAP_LIMIT, put together from options of a command line. */
#ifndef CALLTAP_LIMIT_OPTIONS_H
#define CALLTAP_LIMIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

/* What the runtime takes at most: a program would run untraced. */
enum { LIMITS_MOST_TEXT = 4096, LIMITS_MOST_LEVELS = 4 };

/* Adds a list as it was written. `name` is the option. False: there is no such limit, which has been said. */
bool limits_add_list(struct calltap__builder *limits, const char *name, const char *list);

/* Adds "BEFOREvalue" to the list. */
void limits_add(struct calltap__builder *limits, const char *before, const char *value);

/* The same with a number. `name` is the option as it was written. False: it is none, or above `most`, which has been said. */
bool limits_add_number(struct calltap__builder *limits, const char *name, const char *before, const char *value,
                       uint64_t most);

#endif
