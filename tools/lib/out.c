/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUFFER = 1 << 18 };

bool calltap__out_open(struct calltap__out *out, int fd) {
  *out = (struct calltap__out){.fd = fd};
  out->start = malloc(BUFFER);
  if (out->start == NULL)
    return false;
  out->at = out->start;
  out->end = out->start + BUFFER;
  return true;
}

/* A descriptor may have been made non-blocking by whoever shares it: then waits. */
static int write_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, bytes, size);
    if (written > 0) {
      bytes += written;
      size -= (size_t)written;
    } else if (written < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, -1);
    } else if (written < 0 && errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int calltap__out_flush(struct calltap__out *out) {
  if (out->error == 0)
    out->error = write_all(out->fd, out->start, (size_t)(out->at - out->start));
  out->at = out->start;
  return out->error;
}

int calltap__out_close(struct calltap__out *out) {
  int error = calltap__out_flush(out);
  free(out->start);
  out->start = out->at = out->end = NULL;
  return error;
}

void calltap__out_long(struct calltap__out *out, const char *bytes, size_t size) {
  while (size > 0) {
    size_t room = (size_t)(out->end - out->at);
    size_t piece = size < room ? size : room;
    memcpy(out->at, bytes, piece);
    out->at += piece;
    bytes += piece;
    size -= piece;
    if (out->at == out->end)
      calltap__out_flush(out);
  }
}
