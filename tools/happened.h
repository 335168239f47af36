/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The calls of each thread as they happened:
 *
 *          at      took      self  path
 *                                  worker-3/4713
 *        0 ns   44.1 us   32.0 us  server:process/4
 *      1.2 us   11.9 us    4.0 us    db:query/2
 *      2.0 us    7.9 us    7.9 us      db:row/1 x 12 */
#ifndef CALLTAP_HAPPENED_H
#define CALLTAP_HAPPENED_H

#include "spans.h"

/* Calls deeper than `deepest` are left out; 0: none. Sorts the spans. Trouble is kept in the output's error. */
void happened_write(struct spans *spans, const struct calltap_reader *reader, uint32_t deepest, bool colour,
                    struct calltap__out *out);

#endif
