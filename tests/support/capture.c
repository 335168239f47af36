/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "capture.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char *contents(int fd) {
  off_t size = lseek(fd, 0, SEEK_END);
  char *text = calloc(1, (size_t)size + 1);
  if (text != NULL && pread(fd, text, (size_t)size, 0) == size)
    return text;
  free(text);
  return NULL;
}

char *capture(struct calltap_reader *reader, calltap__view_maker *make, struct calltap__view_options options) {
  int fd = memfd_create("capture", MFD_CLOEXEC);
  struct calltap__out out;
  if (fd < 0 || !calltap__out_open(&out, fd))
    return NULL;
  struct calltap__view *view = make(reader, &out, options);
  const struct calltap_event *event;
  calltap_reader_rewind(reader);
  while (view != NULL && (event = calltap_reader_next(reader)) != NULL)
    view->event(view, event);
  for (size_t i = 0; view != NULL && i < calltap_reader_files(reader); i++)
    view->tables(view, calltap_reader_file(reader, i));
  if (view != NULL && view->end != NULL)
    view->end(view);
  if (view != NULL)
    view->free(view);
  char *text = calltap__out_close(&out) == 0 ? contents(fd) : NULL;
  close(fd);
  return text;
}
