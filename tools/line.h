/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lines of source by their addresses in an object file, from its debugging information. */
#ifndef CALLTAP_LINE_H
#define CALLTAP_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

struct lines;

/* Opens the object file at `path`. NULL: it cannot be read. */
struct lines *lines_open(const char *path);

/* Adds the source file of an address in the object and gives the line. False: that is not known. */
bool lines_find(struct lines *lines, uint64_t address, struct calltap__builder *file, uint32_t *line);

/* Accepts NULL. */
void lines_close(struct lines *lines);

#endif
