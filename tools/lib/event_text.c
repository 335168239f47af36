/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "event_text.h"

#include <stdlib.h>

bool calltap__event_text_open(struct calltap__event_text *text, calltap__view_maker *make,
                              const struct calltap_reader *reader, struct calltap__namer *namer) {
  if (calltap__out_open(&text->out, -1))
    text->view = make(reader, &text->out, (struct calltap__view_options){.namer = namer});
  return text->view != NULL;
}

/* A view that had too much for its buffer begins again with the next event. */
const char *calltap__event_text(struct calltap__event_text *text, const struct calltap_event *event) {
  struct calltap__out *out = &text->out;
  out->at = out->start;
  out->error = 0;
  text->view->event(text->view, event);
  if (out->error == 0)
    *calltap__out_room(out, 1) = '\0';
  if (out->error != 0)
    return "";
  if (out->at > out->start && out->at[-1] == '\n')
    out->at[-1] = '\0';
  return out->start;
}

void calltap__event_text_close(struct calltap__event_text *text) {
  if (text->view != NULL)
    text->view->free(text->view);
  free(text->out.start);
}
