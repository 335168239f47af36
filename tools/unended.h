/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The calls that are open at the end of traces: what their threads were in when the program ended, or was killed.
 *
 *     struct unended *unended = unended_new(reader, true);
 *     while ((event = calltap_reader_next(reader)) != NULL)
 *       unended_take(unended, event, true);
 *     unended_end(unended, 0);
 *     for (size_t i = 0; i < unended->count; i++)
 *       ... unended->call[i] ...
 *     unended_free(unended); */
#ifndef CALLTAP_UNENDED_H
#define CALLTAP_UNENDED_H

#include "calltap/reader.h"

struct unended {
  /* The calls as they were entered, the oldest first, with their `open_ns`. Of use after unended_end. */
  const struct calltap_event **call;
  size_t count;
  bool failed; /* there was no memory for all of them */
  struct unended_work *work;
};

/* `values`: the calls have their values, and what was recorded beside them. Else these are NULL. NULL without memory. */
struct unended *unended_new(const struct calltap_reader *reader, bool values);

/* To be called with every event, in their order. A call that is not wanted is left out. */
void unended_take(struct unended *unended, const struct calltap_event *event, bool is_wanted);

/* To be called once, after the last event. now_ns: until when calls are open, since 1970 in UTC; 0: until the last event of their file. */
void unended_end(struct unended *unended, int64_t now_ns);

/* Accepts NULL. */
void unended_free(struct unended *unended);

#endif
