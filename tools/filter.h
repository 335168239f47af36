/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which events of a trace are wanted. */
#ifndef CALLTAP_FILTER_H
#define CALLTAP_FILTER_H

#include "lib/calltap_reader.h"

struct filter;

struct filter_question {
  const char *function; /* an MFA pattern; NULL: all */
  const char *thread;   /* a glob for names, or a tid; NULL: all */
  uint64_t shortest_ns; /* calls that took less are left out; 0: none is */
  uint64_t last_events; /* only so many from the end; 0: all */
  uint64_t last_ns;     /* only so much time from the end; 0: all */
};

/* Makes a filter for the files of a reader. Goes through them as often as the question needs, and leaves the reader at
 * its start. Memory: one bit a call if `shortest_ns` is set, else nothing that grows with the trace. Returns NULL and
 * has said why. */
struct filter *filter_make(struct calltap_reader *reader, const struct filter_question *question);

/* Whether the event is wanted. To be asked once for each event, in order. */
bool filter_wants(struct filter *filter, const struct calltap_event *event);

/* Whether the question named a function and the trace has none of that name; then says so, with the nearest. */
bool filter_names_nothing(const struct filter *filter, const struct calltap_reader *reader);

void filter_free(struct filter *filter);

#endif
