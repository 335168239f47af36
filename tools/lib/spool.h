/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Several outputs that grow at the same time and are to stand one after the other in the end. What does not fit in a buffer goes to
 * a temporary file without a name, so memory is the buffers. */
#ifndef CALLTAP_SPOOL_H
#define CALLTAP_SPOOL_H

#include "out.h"

struct calltap__spool;

/* NULL without memory. */
struct calltap__spool *calltap__spool_new(void);

/* Makes room for `size` bytes, at most CALLTAP__OUT_PIECE, at the end of lane `lane`; lanes are counted from 0. The caller then says how many it
 * wrote. NULL: the temporary file cannot be written, see calltap__spool_error. */
char *calltap__spool_room(struct calltap__spool *spool, size_t lane, size_t size);
void calltap__spool_wrote(struct calltap__spool *spool, size_t lane, size_t size);

/* Writes all of a lane. */
void calltap__spool_put(struct calltap__spool *spool, size_t lane, struct calltap__out *out);

/* An errno, or 0. */
int calltap__spool_error(const struct calltap__spool *spool);

/* Accepts NULL. */
void calltap__spool_free(struct calltap__spool *spool);

#endif
