/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads any bytes as a trace, twice, and shows every event in both views. The second time must give the same number of
 * events as the first. */
#include <fcntl.h>
#include <stdlib.h>

#include "lib/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static uint64_t show(struct calltap_reader *reader, struct calltap__out *out, struct calltap__view *view) {
  uint64_t count = 0;
  const struct calltap_event *event;
  while ((event = calltap_reader_next(reader)) != NULL) {
    view->event(view, event);
    count++;
  }
  for (size_t i = 0; i < calltap_reader_files(reader); i++)
    view->tables(view, calltap_reader_file(reader, i));
  /* Nothing is to be written; only the writing into the buffer is of interest. */
  out->at = out->start;
  view->free(view);
  return count;
}

static void show_twice(struct calltap_reader *reader) {
  struct calltap__out out;
  struct calltap__view_options options = {.utc = true, .colour = true};
  static int nowhere = -1;
  if (nowhere < 0)
    nowhere = open("/dev/null", O_WRONLY);
  if (!calltap__out_open(&out, nowhere))
    return;
  uint64_t first = show(reader, &out, calltap__view_text(reader, &out, options));
  calltap_reader_rewind(reader);
  uint64_t second = show(reader, &out, calltap__view_json(reader, &out, options));
  if (first != second)
    abort();
  calltap__out_close(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  if (calltap_reader_open_memory(reader, "fuzz", bytes, size, &error) == CALLTAP_READER_OK) {
    /* Twice the same file: the merge has something to do. */
    calltap_reader_open_memory(reader, "again", bytes, size, &error);
    show_twice(reader);
  }
  calltap_reader_close(reader);
  return 0;
}
