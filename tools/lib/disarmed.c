/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that a session's budget of CPU time took out: what a trace says of them is only a part. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "text.h"

enum { MOST_NAMED = 10 };

static int by_text(struct calltap_text a, struct calltap_text b) {
  if (a.size != b.size)
    return a.size < b.size ? -1 : 1;
  return a.size > 0 ? memcmp(a.bytes, b.bytes, a.size) : 0;
}

static int by_name(const void *left, const void *right) {
  const struct calltap_trace_disarmed *a = left, *b = right;
  int order = by_text(a->module, b->module);
  return order != 0 ? order : by_text(a->name, b->name);
}

/* The records have no numbers: overloads of one name are marked together. */
void calltap__mark_disarmed(struct calltap__file *file) {
  size_t count = file->open.disarmed_count;
  if (count == file->marked_disarmed)
    return;
  struct calltap_trace_disarmed *sorted = malloc(count * sizeof *sorted);
  if (sorted == NULL)
    return; /* they are named, and not marked */
  memcpy(sorted, file->disarmed, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_name);
  for (size_t i = 0; i < file->functions.room; i++) {
    struct calltap_trace_function *function = file->functions.at[i];
    if (function == NULL)
      continue;
    const struct calltap_trace_disarmed name = {function->module, function->name};
    function->disarmed |= bsearch(&name, sorted, count, sizeof name, by_name) != NULL;
  }
  free(sorted);
  file->marked_disarmed = count;
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
  if ((count & (count - 1)) == 0) {
    struct calltap_trace_disarmed *grown = realloc(file->disarmed, (count == 0 ? 1 : 2 * count) * sizeof *grown);
    if (grown == NULL)
      return; /* the end says how many there are */
    file->open.disarmed = file->disarmed = grown;
  }
  file->disarmed[count] = name;
  file->open.disarmed_count++;
}

void calltap__build_disarmed(struct calltap__builder *builder, const struct calltap_trace_file *file) {
  size_t named = file->disarmed_count < MOST_NAMED ? file->disarmed_count : MOST_NAMED;
  for (size_t i = 0; i < named; i++) {
    calltap__build(builder, i == 0 ? ": " : ", ");
    calltap__build_plain(builder, file->disarmed[i].module);
    calltap__build(builder, ":");
    calltap__build_plain(builder, file->disarmed[i].name);
  }
  uint64_t all = file->end_disarmed > file->disarmed_count ? file->end_disarmed : file->disarmed_count;
  if (all == named || named == 0)
    return;
  calltap__build(builder, " and ");
  calltap__build_number(builder, all - named);
  calltap__build(builder, " more");
}
