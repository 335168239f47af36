/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The objects that a running process has mapped, told as a trace tells them, so that symbol.h finds its functions. */
#ifndef CALLTAP_MAPPED_H
#define CALLTAP_MAPPED_H

#include <stdint.h>

#include "calltap/reader.h"

struct mapped;

/* NULL: they cannot be read, and why has been said. Files are those that the process sees, also where it has a root of its own. */
struct mapped *mapped_open(uint32_t pid);

/* Has objects and nothing else. Lives as long as `mapped`. */
const struct calltap_trace_file *mapped_file(const struct mapped *mapped);

void mapped_free(struct mapped *mapped);

#endif
