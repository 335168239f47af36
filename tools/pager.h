/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Output that is longer than the screen, page by page: through $PAGER, or `less -FRX`. */
#ifndef CALLTAP_PAGER_H
#define CALLTAP_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

struct pager {
  pid_t pid; /* 0: none runs */
};

/* Starts one, which writes to stdout, and returns what to write to. -1: there is none, and it was said. */
int pager_start(struct pager *pager);

/* Waits until its user has seen enough. To be called when what pager_start returned is closed. */
void pager_wait(struct pager *pager);

#endif
