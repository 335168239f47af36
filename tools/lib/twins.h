/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which functions and call paths of one profile are those of another, by their names. */
#ifndef CALLTAP_TWINS_H
#define CALLTAP_TWINS_H

#include "profile.h"

/* By function of `profile`: the function of `other` with the same MFA; CALLTAP__FUNCTION_NONE: there is none. To be freed; NULL without
 * memory. */
uint32_t *calltap__twin_functions(const struct calltap__profile *profile, const struct calltap__profile *other);

/* By node of `profile`: the node of `other` with the same path from the root; 0: there is none, or it is the root. To be freed; NULL
 * without memory. Threads with trees of their own have none. */
uint32_t *calltap__twin_nodes(const struct calltap__profile *profile, const struct calltap__profile *other);

#endif
