/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "asked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* A fault outweighs a wrong question. */
static enum status worse(enum status left, enum status right) { return left > right ? left : right; }

static enum status ask_one(uint32_t pid, const struct calltap__builder *request, asked_receiver *receive,
                           void *context) {
  struct ask ask;
  if (!ask_open(&ask, pid))
    return STATUS_QUESTION;
  const char *reply = ask_request(&ask, request->bytes, request->size);
  enum status status = reply != NULL ? receive(context, &ask, reply) : STATUS_FAULT;
  ask_close(&ask);
  return status;
}

enum status asked_pids(uint32_t *pids, size_t count, const struct calltap__builder *request, asked_receiver *receive,
                       void *context) {
  enum status status = STATUS_DONE;
  if (request->failed) {
    message("this needs more memory than there is");
    status = STATUS_FAULT;
  }
  for (size_t i = 0; i < count && !request->failed; i++)
    status = worse(status, ask_one(pids[i], request, receive, context));
  free(pids);
  return status;
}

enum status asked_each(const char *target, const struct calltap__builder *request, asked_receiver *receive,
                       void *context) {
  uint32_t *pids = NULL;
  size_t count = ask_targets(target, &pids);
  return count > 0 ? asked_pids(pids, count, request, receive, context) : STATUS_QUESTION;
}

bool asked_add(struct calltap__builder *request, const char *key, const char *value) {
  if (*value == '\0' || strchr(value, '\n') != NULL) {
    message("'%s' is no %s: it is empty or has more than one line", value, key);
    return false;
  }
  calltap__build(request, key);
  calltap__build(request, " ");
  calltap__build(request, value);
  calltap__build(request, "\n");
  return true;
}

bool asked_next(const char **at, struct asked_line *line) {
  if (**at == '\0')
    return false;
  size_t size = strcspn(*at, "\n");
  size_t key = strcspn(*at, " \n");
  size_t skipped = key < size ? key + 1 : key;
  line->key = (struct calltap_text){*at, key};
  line->value = (struct calltap_text){*at + skipped, size - skipped};
  *at += size + ((*at)[size] == '\n');
  return true;
}

bool asked_is(const struct asked_line *line, const char *key) {
  return line->key.size == strlen(key) && memcmp(line->key.bytes, key, line->key.size) == 0;
}

void asked_unescape(struct calltap__builder *builder, struct calltap_text value, const char *between) {
  for (size_t i = 0; i < value.size; i++) {
    bool is_escape = value.bytes[i] == '\\' && i + 1 < value.size;
    i += is_escape;
    if (is_escape && value.bytes[i] == 'n')
      calltap__build(builder, between);
    else
      calltap__build_bytes(builder, value.bytes + i, 1);
  }
}

enum status asked_flush(enum status status) {
  if (fflush(stdout) == 0 || errno == EPIPE)
    return status;
  message_errno(errno, "standard output: cannot be written");
  return STATUS_FAULT;
}
