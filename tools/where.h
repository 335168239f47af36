/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A rule's guard, asked of the calls of a trace: by the compiler and the machine of the traced process, on the values that
 * were recorded. What it asks and the trace does not hold leaves it undecided; then the call is not wanted. */
#ifndef CALLTAP_WHERE_H
#define CALLTAP_WHERE_H

#include "calltap/reader.h"

struct where;

/* Compiles a guard for those functions of the trace that are `wanted`, by index. NULL and has said why: it is no guard, or
 * can be asked of none of them. Keeps neither text nor array. */
struct where *where_make(const struct calltap_reader *reader, const char *guard, const bool *wanted);

/* Whether it holds for a call. A guard that asks for what is known at the exit does not hold before. */
bool where_call(struct where *where, const struct calltap_event *call);

/* Whether a guard that asks for what is known at the exit holds. To be asked of each exit that is paired, in order, as where_call
 * of each call. */
bool where_exit(struct where *where, const struct calltap_event *leaving);

/* Whether there was not enough memory somewhere. */
bool where_failed(const struct where *where);

/* Says how many calls were left undecided, and why the first one was. */
void where_say(const struct where *where);

/* Accepts NULL. */
void where_free(struct where *where);

#endif
