/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Single events as text, for programs that are not the command: a view, and where it writes, nowhere but its own buffer. */
#ifndef CALLTAP_EVENT_TEXT_H
#define CALLTAP_EVENT_TEXT_H

#include "view.h"

/* All zeros: not open. */
struct calltap__event_text {
  struct calltap__out out;
  struct calltap__view *view;
};

/* `reader`, and the namer if there is one, must outlive it. False without memory; it is to be closed all the same. */
bool calltap__event_text_open(struct calltap__event_text *text, calltap__view_maker *make,
                              const struct calltap_reader *reader, struct calltap__namer *namer);

/* The event as the view writes it, terminated, without the last line's end; lives until the next one. "" where it is longer than the
 * buffer, or without memory. */
const char *calltap__event_text(struct calltap__event_text *text, const struct calltap_event *event);

void calltap__event_text_close(struct calltap__event_text *text);

#endif
