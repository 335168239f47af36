/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads any bytes as a trace, and shows every event in all views, and where the time went. Each time must give the same number of
 * events. */
#include <fcntl.h>
#include <stdlib.h>

#include "lib/report.h"
#include "lib/tree.h"
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
  if (view->end != NULL)
    view->end(view);
  /* Nothing is to be written; only the writing into the buffer is of interest. */
  out->at = out->start;
  view->free(view);
  return count;
}

/* All calls of the paths are those of the rows, and all that is open, ended or without a time. */
static uint64_t profile(struct calltap_reader *reader, struct calltap__out *out, bool threads) {
  const enum calltap__profile_by by = threads ? CALLTAP__BY_THREAD : CALLTAP__BY_CALLER;
  struct calltap__profile *made = calltap__profile_new((struct calltap__profile_options){.by = by, .threads = threads});
  const struct calltap_event *event;
  struct calltap__weights weights;
  struct calltap__rows rows;
  uint64_t count = 0, calls = 0;
  for (; (event = calltap_reader_next(reader)) != NULL; count++)
    calltap__profile_event(made, event);
  calltap__profile_finish(made);
  if (!calltap__rows_make(&rows, made) || !calltap__weigh(&weights, made, CALLTAP__WEIGHT_TIME, CALLTAP__ORDER_WEIGHT))
    abort();
  calltap__rows_sort(&rows, made, CALLTAP__SORT_TOTAL);
  for (size_t i = 0; i < rows.rows; i++)
    calls += rows.row[i].calls;
  if (calls != made->calls || made->failed)
    abort();
  struct calltap__report report = {.profile = made, .rows = &rows, .most = 10};
  struct calltap__tree tree = {.profile = made, .weights = &weights, .deepest = 20};
  calltap__report_text(&report, out);
  calltap__report_json(&report, out);
  calltap__tree_text(&tree, out);
  out->at = out->start;
  calltap__weights_free(&weights);
  calltap__rows_free(&rows);
  calltap__profile_free(made);
  return count;
}

static void same(uint64_t first, uint64_t second) {
  if (first != second)
    abort();
}

static void show_all(struct calltap_reader *reader) {
  static calltap__view_maker *const makers[] = {calltap__view_json, calltap__view_chrome, calltap__view_speedscope,
                                                calltap__view_folded};
  struct calltap__out out;
  struct calltap__view_options options = {.utc = true, .colour = true};
  static int nowhere = -1;
  if (nowhere < 0)
    nowhere = open("/dev/null", O_WRONLY);
  if (!calltap__out_open(&out, nowhere))
    return;
  uint64_t count = show(reader, &out, calltap__view_text(reader, &out, options));
  for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
    calltap_reader_rewind(reader);
    same(count, show(reader, &out, makers[i](reader, &out, options)));
  }
  calltap_reader_skip_values(reader);
  for (int threads = 0; threads <= 1; threads++) {
    calltap_reader_rewind(reader);
    same(count, profile(reader, &out, threads));
  }
  calltap__out_close(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  if (calltap_reader_open_memory(reader, "fuzz", bytes, size, &error) == CALLTAP_READER_OK) {
    /* Twice the same file: the merge has something to do. */
    calltap_reader_open_memory(reader, "again", bytes, size, &error);
    show_all(reader);
  }
  calltap_reader_close(reader);
  return 0;
}
