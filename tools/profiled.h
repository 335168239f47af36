/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Trace files -> a profile: what report, tree and flame have in common. */
#ifndef CALLTAP_PROFILED_H
#define CALLTAP_PROFILED_H

#include "filter.h"
#include "inputs.h"
#include "lib/profile.h"
#include "options.h"

/* Opens the inputs, reads what the question asks for, and says what is wrong with them. NULL, and said, if there is nothing to show. The
 * inputs must be closed after the profile, also then. */
struct calltap__profile *profiled(struct inputs *inputs, struct calltap__profile_options options,
                                  const struct filter_question *question);

/* Events that the files of the inputs tell to be lost. */
uint64_t profiled_lost(const struct inputs *inputs);

/* Reads a number of percent; false, and said, if it is none. */
bool profiled_percent(const char *word, const char *name, double *percent);

/* The place of a word in a list that ends with NULL; -1, and said, if it is not there. `name` is the option as it was written. */
int profiled_choice(const char *word, const char *name, const char *const *list, size_t count);

#endif
