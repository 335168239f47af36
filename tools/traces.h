/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The trace files that a run left behind. */
#ifndef CALLTAP_TRACES_H
#define CALLTAP_TRACES_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_REALTIME in nanoseconds: files older than the start of a run are not its own. */
int64_t traces_now(void);

/* Says on stderr which traces were written at or after `started`, with their numbers of calls. `output` is what
 * CALLTAP_OUT was, `pid` the first process. `named`: the user chose the name, and if it has no {pid} the children of that
 * process added their pids to it. */
void traces_say(const char *output, long pid, bool named, int64_t started);

#endif
