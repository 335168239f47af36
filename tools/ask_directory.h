/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The directory that requests and replies are left in, and files in it. */
#ifndef CALLTAP_ASK_DIRECTORY_H
#define CALLTAP_ASK_DIRECTORY_H

#include "ask.h"

/* Opens the directory of that number, made if it is missing, as the process sees it. -1: why is written. */
int ask_directory_open(const struct ask *ask, unsigned number, char why[ASK_WHY]);

/* Writes a file that must not be there yet. Returns 0 or an errno. */
int ask_file_write(const struct ask *ask, int directory, const char *name, const char *text, size_t bytes);

/* Reads a reply; returns its size, or -1 and an errno: ENOENT is "not yet". */
long ask_file_read(const struct ask *ask, int directory, const char *name, char *text, size_t size);

void ask_file_remove(const struct ask *ask, int directory, const char *name);

/* Takes away the trace of a live session: as its user, because the path is what the process says it is. */
void ask_trace_remove(const struct ask *ask, const char *path);

#endif
