/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that a session's budget of CPU time took out: what a trace says of them is only a part. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "text.h"

enum { MOST_NAMED = 10 };

static bool is_same(struct calltap_text a, struct calltap_text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/* The record has no number: overloads of one name are marked together. */
static void mark(const struct calltap__file *file, const struct calltap_trace_disarmed *name) {
  for (size_t i = 0; i < file->functions.room; i++) {
    struct calltap_trace_function *function = file->functions.at[i];
    if (function != NULL && is_same(function->module, name->module) && is_same(function->name, name->name))
      function->disarmed = true;
  }
}

void calltap__add_disarmed(struct calltap__file *file, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_trace_disarmed name;
  struct calltap__list map;
  struct calltap_text key;
  size_t count = file->open.disarmed_count;
  if (!calltap__more(&bytes, &list) || !calltap__list(&bytes, CALLTAP__MAP, &map))
    return;
  map.left *= 2;
  if (!calltap__take_text(&bytes, &map, &key) || !calltap__take_text(&bytes, &map, &name.module) ||
      !calltap__take_text(&bytes, &map, &key) || !calltap__take_text(&bytes, &map, &name.name))
    return;
  mark(file, &name);
  if ((count & (count - 1)) == 0) {
    struct calltap_trace_disarmed *grown = realloc(file->disarmed, (count == 0 ? 1 : 2 * count) * sizeof *grown);
    if (grown == NULL)
      return; /* it is marked, and not named */
    file->open.disarmed = file->disarmed = grown;
  }
  file->disarmed[count] = name;
  file->open.disarmed_count++;
}

void calltap__build_disarmed(struct calltap__builder *builder, const struct calltap_trace_file *file) {
  size_t named = file->disarmed_count < MOST_NAMED ? file->disarmed_count : MOST_NAMED;
  for (size_t i = 0; i < named; i++) {
    calltap__build(builder, i == 0 ? "" : ", ");
    calltap__build_plain(builder, file->disarmed[i].module);
    calltap__build(builder, ":");
    calltap__build_plain(builder, file->disarmed[i].name);
  }
  uint64_t all = file->end_disarmed > file->disarmed_count ? file->end_disarmed : file->disarmed_count;
  if (all == named)
    return;
  calltap__build(builder, named == 0 ? "" : " and ");
  calltap__build_number(builder, all - named);
  calltap__build(builder, named == 0 ? " of them" : " more");
}
