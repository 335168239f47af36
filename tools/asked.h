/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the commands share that ask processes and show what they say. */
#ifndef CALLTAP_ASKED_H
#define CALLTAP_ASKED_H

#include "ask.h"
#include "lib/text.h"

/* Receives a reply of any kind, and returns what the command ends with for it. */
typedef enum status asked_receiver(void *context, struct ask *ask, const char *reply);

/* Asks every process that TARGET names the same. Returns the worst that came. */
enum status asked_each(const char *target, const struct calltap__builder *request, asked_receiver *receive,
                       void *context);

/* The same of processes that are known; frees `pids`. */
enum status asked_pids(uint32_t *pids, size_t count, const struct calltap__builder *request, asked_receiver *receive,
                       void *context);

/* Adds `KEY VALUE` to a request; false, and said, if the value cannot stand there. */
bool asked_add(struct calltap__builder *request, const char *key, const char *value);

/* A line of a reply. */
struct asked_line {
  struct calltap_text key;
  struct calltap_text value;
};

/* Takes the next line; false at the end. */
bool asked_next(const char **at, struct asked_line *line);

bool asked_is(const struct asked_line *line, const char *key);

/* Adds a value to be seen: \n and \\ become what they stand for, `between` in place of line ends. */
void asked_unescape(struct calltap__builder *builder, struct calltap_text value, const char *between);

enum status asked_flush(enum status status);

#endif
