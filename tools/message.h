/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the tool says beside its output. Every line goes to stderr and reads
 *
 *     calltap: decode: t.cbor: ends inside its header, at byte 93
 *
 * the command, the file or target if there is one, what is wrong and where, and where it helps what to do. */
#ifndef CALLTAP_MESSAGE_H
#define CALLTAP_MESSAGE_H

#include "calltap/rule.h"

/* The command that speaks; NULL before one is known. Set once by main. */
void message_command(const char *name);

/* From now on messages of this thread are kept in `text`, the first one that comes, without "calltap: " and the line's end: a library
 * has no stderr of its own. NULL: they go to stderr again. */
void message_keep(char *text, size_t size);

void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, with ": " and the text of an errno at its end. */
void message_errno(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What is wrong with a rule, and the line and a caret below the place. `before` may be NULL. */
void message_rule(const char *before, const char *rule, const struct calltap_rule_error *error);

/* The same of a place that is known. */
void message_rule_at(const char *before, const struct calltap_rule_place *place,
                     const struct calltap_rule_error *error);

#endif
