/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Output through one large buffer. Errors are kept and looked at once: after the first one nothing more is
 * written, so a writer need not test each line. */
#ifndef CALLTAP_OUT_H
#define CALLTAP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct calltap__out {
  char *at;
  char *end;
  char *start;
  int fd;
  int error; /* errno of the first write that failed, or ENOMEM; 0: none */
};

enum {
  /* As much as calltap__out_room can be asked for. */
  CALLTAP__OUT_PIECE = 4096,
};

/* Writes to `fd`, which stays the caller's. False without memory. */
bool calltap__out_open(struct calltap__out *out, int fd);

/* Writes what is in the buffer. Returns out->error. */
int calltap__out_flush(struct calltap__out *out);

/* Flushes and frees the buffer. Returns out->error. */
int calltap__out_close(struct calltap__out *out);

/* Adds bytes of any number. */
void calltap__out_long(struct calltap__out *out, const char *bytes, size_t size);

/* Makes room for `size` bytes, at most CALLTAP__OUT_PIECE, at the returned place. The caller then adds what it wrote
 * to out->at. */
static inline char *calltap__out_room(struct calltap__out *out, size_t size) {
  if ((size_t)(out->end - out->at) < size)
    calltap__out_flush(out);
  return out->at;
}

static inline void calltap__out(struct calltap__out *out, const char *bytes, size_t size) {
  if ((size_t)(out->end - out->at) < size) {
    calltap__out_long(out, bytes, size);
    return;
  }
  if (size > 0)
    memcpy(out->at, bytes, size);
  out->at += size;
}

/* Adds a literal. */
#define CALLTAP__OUT(out, literal) calltap__out((out), "" literal, sizeof(literal) - 1)

#endif
