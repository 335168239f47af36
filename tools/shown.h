/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of calls that are made up, as `calltap decode` shows those of traces. */
#ifndef CALLTAP_SHOWN_H
#define CALLTAP_SHOWN_H

#include "call.h"
#include "lib/view.h"

/* What it takes for the values of one call. Its function is at hand until shown_free. */
struct shown {
  const struct made_call *made;
  struct calltap_scope scope;
  struct calltap_trace_unit *unit;
  struct calltap_trace_definition *definition;
  size_t definitions;
  struct calltap__decoder decoder;
  struct calltap__out out;
  unsigned depth, budget; /* types of a damaged file may contain themselves */
  bool failed;            /* no memory */
};

/* A value in both forms, not terminated. */
struct shown_value {
  struct calltap__builder text, json;
};

/* False without memory. */
bool shown_start(struct shown *shown, const struct made_call *made, const struct calltap_scope *scope);

/* A parameter or the result; what pointers lead to as well. */
void shown_object(struct shown *shown, const char *type, const uint8_t *bytes, struct shown_value *out);

/* What a program gave. */
void shown_given(struct shown *shown, const struct calltap_given *given, const int64_t words[2],
                 struct shown_value *out);

/* Nanoseconds: 3.0 ms. */
void shown_time(uint64_t ns, struct shown_value *out);

void shown_free(struct shown *shown);
void shown_value_free(struct shown_value *value);

#endif
