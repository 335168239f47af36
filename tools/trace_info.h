/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a trace file is: where and when it was made, what is in it, how it ended. */
#ifndef CALLTAP_TRACE_INFO_H
#define CALLTAP_TRACE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "lib/text.h"

/* Reads the whole file and writes to stdout. What cannot be read has been said. */
enum status trace_info(const char *path, bool json);

/* Adds a date with its time in UTC, of nanoseconds since 1970. */
void trace_info_build_time(struct calltap__builder *text, int64_t ns);

#endif
