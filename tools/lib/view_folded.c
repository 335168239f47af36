/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Folded stacks: one line a call path, with the time in it or the number of its calls. */
#include <errno.h>
#include <stdlib.h>

#include "tree.h"
#include "view.h"

/* A line names all of its stack, so without a limit a deep recursion would be as many bytes as the square of its depth. */
enum { DEEPEST = 1000 };

struct folded_view {
  struct calltap__view view;
  struct calltap__out *out;
  struct calltap__profile *profile;
  enum calltap__weight weight;
};

static void folded_event(struct calltap__view *base, const struct calltap_event *event) {
  calltap__profile_event(((struct folded_view *)base)->profile, event);
}

/* What rules counted has no paths. */
static void folded_tables(struct calltap__view *base, const struct calltap_trace_file *file) { (void)base, (void)file; }

static void folded_end(struct calltap__view *base) {
  struct folded_view *view = (struct folded_view *)base;
  struct calltap__weights weights;
  calltap__profile_finish(view->profile);
  if (view->profile->failed || !calltap__weigh(&weights, view->profile, view->weight, CALLTAP__ORDER_NAME)) {
    view->out->error = ENOMEM;
    return;
  }
  struct calltap__tree tree = {.profile = view->profile, .weights = &weights, .deepest = DEEPEST};
  calltap__tree_folded(&tree, view->out);
  calltap__weights_free(&weights);
}

static void folded_free(struct calltap__view *base) {
  struct folded_view *view = (struct folded_view *)base;
  calltap__profile_free(view->profile);
  free(view);
}

struct calltap__view *calltap__view_folded(const struct calltap_reader *reader, struct calltap__out *out,
                                           struct calltap__view_options options) {
  struct folded_view *view = calloc(1, sizeof *view);
  (void)reader;
  if (view == NULL)
    return NULL;
  view->view = (struct calltap__view){folded_event, folded_tables, folded_end, folded_free};
  view->out = out;
  view->weight = options.calls ? CALLTAP__WEIGHT_CALLS : CALLTAP__WEIGHT_TIME;
  view->profile = calltap__profile_new((struct calltap__profile_options){.is_part = true});
  if (view->profile != NULL)
    return &view->view;
  free(view);
  return NULL;
}
