/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Threads that a thread spec names and that a process does not have. */
#ifndef CALLTAP_ABSENT_THREADS_H
#define CALLTAP_ABSENT_THREADS_H

#include <stdint.h>

/* Says of each part of the spec that means no thread of now. No more than that: threads come, and get their names later. */
void absent_threads_say(uint32_t pid, const char *spec);

#endif
