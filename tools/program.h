/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Compiled clauses as text. */
#ifndef CALLTAP_PROGRAM_H
#define CALLTAP_PROGRAM_H

#include "calltap/rule.h"
#include "lib/text.h"

/* Adds a program: one operation a line, and what it does behind it. `when` it is run heads it. */
void program_build(struct calltap__builder *builder, const char *when, const struct calltap_program *program);

#endif
