/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Files that are to be gone if a signal ends the command before they are whole. */
#ifndef CALLTAP_UNFINISHED_H
#define CALLTAP_UNFINISHED_H

#include <stdbool.h>

/* Notes a path, which must stay in place until unfinished_forget; its bytes may change. From then on SIGINT, SIGTERM and SIGHUP remove the file
 * before they end the command, unless whoever started it had them ignored. False without memory. */
bool unfinished_note(const char *path);

/* The file is whole, or gone. */
void unfinished_forget(const char *path);

/* Removes all of them. Signal-safe. */
void unfinished_remove(void);

#endif
