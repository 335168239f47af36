/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The start of a session: what is asked, and the trace that comes of it. */
#ifndef CALLTAP_ASK_START_H
#define CALLTAP_ASK_START_H

#include "ask.h"
#include "lib/text.h"

struct ask_start {
  const char *session;
  const char *threads;        /* NULL: all */
  struct calltap_text limits; /* a list with commas; empty: none */
  const char *output;         /* NULL: memory */
  const char *rules;
  bool later; /* also if nothing matches yet */
  bool force;
};

/* Adds the request. No value but the rules may have a line end: that is the caller's to see to. */
void ask_start_build(const struct ask_start *start, struct calltap__builder *request);

/* Sends a request that needs nothing but a session's name. NULL: no reply came, which has been said. */
const char *ask_simple(struct ask *ask, const char *verb, const char *session);

/* Opens the trace that a reply names, a path as the process sees it. A file in memory has no use for a name once it is open, and
 * loses it. False: it cannot be opened, which has been said. */
bool ask_trace_open(const struct ask *ask, const char *trace, bool is_memory, struct calltap_reader *reader);

#endif
