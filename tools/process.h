/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The files that a running process has mapped. */
#ifndef CALLTAP_PROCESS_H
#define CALLTAP_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Receives each mapped file once: a path that can be opened from here, and its name inside the process. Both are valid
 * during the call. */
typedef void process_receiver(void *context, const char *path, const char *name);

/* The number if `text` is nothing but one, else 0. */
uint32_t process_number(const char *text);

/* How much of its code a process has for itself, because it was changed there; in kB. 0 also where that cannot be read. */
uint64_t process_private_code_kb(uint32_t pid);

/* Returns 0, or an errno: ENOENT if there is no such process, EACCES if it may not be looked at. */
int process_files(uint32_t pid, process_receiver *receive, void *context);

#endif
