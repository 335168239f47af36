/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The functions of traced programs by their addresses, from the files the programs were run from. A file counts only
 * while it is there and has the build id that the trace tells of. */
#ifndef CALLTAP_SYMBOL_H
#define CALLTAP_SYMBOL_H

#include "lib/view.h"

struct symbols;

/* NULL without memory. Files are read when the first address in them is asked for. */
struct symbols *symbols_new(void);

/* Names functions `module:function/arity` as rules do, and those without hooks by their symbols. */
struct calltap__namer *symbols_namer(struct symbols *symbols);

void symbols_free(struct symbols *symbols);

#endif
