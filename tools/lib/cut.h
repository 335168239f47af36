/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writes some events of a trace as a trace: what is decoded from it is what would be decoded of these events in the whole, with the same
 * numbers of calls, depths and times. */
#ifndef CALLTAP_CUT_H
#define CALLTAP_CUT_H

#include "calltap/reader.h"
#include "out.h"

struct calltap__cut_options {
  bool no_values; /* no arguments, results, messages, tags, marks and counts */
  bool no_host;   /* no name of the host, no command line, not who asked */
};

struct calltap__cut;

/* Starts with the header of a file of the reader. NULL without memory. Trouble is kept in the output's error. */
struct calltap__cut *calltap__cut_new(const struct calltap_reader *reader, size_t file, struct calltap__out *out,
                                      struct calltap__cut_options options);

/* Takes an event of that file, which the reader gave last. */
void calltap__cut_event(struct calltap__cut *cut, const struct calltap_event *event);

/* Writes what events refer to, tables if they are wanted, and the end of the session. To be called at the end of the reader. */
void calltap__cut_end(struct calltap__cut *cut, bool tables);

/* Accepts NULL. */
void calltap__cut_free(struct calltap__cut *cut);

#endif
