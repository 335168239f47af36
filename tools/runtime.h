/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where the runtime library is. */
#ifndef CALLTAP_RUNTIME_H
#define CALLTAP_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

/* Finds libcalltap.so beside the tool, as installed or as built; else takes the environment's CALLTAP_RUNTIME. Writes an
 * absolute path. Returns false, and has said where it looked, if there is none. */
bool runtime_find(char *path, size_t size);

#endif
