/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that a loaded object exports. */
#ifndef CALLTAP_SYMBOL_H
#define CALLTAP_SYMBOL_H

struct dl_phdr_info;

/* A function of an object that is loaded, or null. In a callback of dl_iterate_phdr; before main. */
void *calltap__symbol_find(const struct dl_phdr_info *info, const char *name);

#endif
