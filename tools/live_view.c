/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "live_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

static bool wants_colour(void) {
  const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
  if (no_colour != NULL && *no_colour != '\0')
    return false;
  return terminal != NULL && strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
}

bool live_view_open(struct live_view *shown, struct live *live, bool json, bool utc) {
  struct calltap__view_options options = {.utc = utc, .colour = wants_colour()};
  calltap_reader_tell_results(live->reader);
  shown->symbols = symbols_new();
  if (shown->symbols != NULL)
    options.namer = symbols_namer(shown->symbols);
  if (calltap__out_open(&shown->out, STDOUT_FILENO)) {
    shown->view = json ? calltap__view_json(live->reader, &shown->out, options)
                       : calltap__view_text(live->reader, &shown->out, options);
  }
  if (shown->view != NULL)
    return true;
  shown->out.error = ENOMEM;
  return false;
}

/* An event with hundreds of others behind it need not be seen at once. */
bool live_view_events(struct live_view *shown, struct live *live, int64_t until_ns, bool *some) {
  const struct calltap_event *event;
  while (shown->out.error == 0 && (event = calltap_reader_next_until(live->reader, until_ns)) != NULL) {
    shown->view->event(shown->view, event);
    shown->shown++;
    *some = true;
  }
  return calltap__out_flush(&shown->out) == 0;
}

void live_view_tables(struct live_view *shown, struct live *live) {
  for (size_t i = 0; shown->out.error == 0 && i < calltap_reader_files(live->reader); i++) {
    const struct calltap_trace_file *file = calltap_reader_file(live->reader, i);
    shown->view->tables(shown->view, file);
    shown->shown += file->counted_rows;
  }
  calltap__out_flush(&shown->out);
}

/* A reader of the output that has seen enough, like head(1), is no fault. */
void live_view_close(struct live_view *shown, struct live *live) {
  if (shown->view != NULL)
    shown->view->free(shown->view);
  symbols_free(shown->symbols);
  int error = shown->out.start != NULL ? calltap__out_close(&shown->out) : shown->out.error;
  if (error == 0 || error == EPIPE)
    return;
  message_errno(error, "standard output cannot be written");
  live_worsen(live, STATUS_FAULT);
}
