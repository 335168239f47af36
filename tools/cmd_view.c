/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap view: trace files -> one HTML page. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "filter.h"
#include "inputs.h"
#include "message.h"
#include "output.h"
#include "page.h"
#include "progress.h"
#include "symbol.h"

enum { OPTION_OUTPUT, OPTION_CALLS, OPTION_TEXT, OPTION_UTC, OPTION_FILTER };

static const struct option table[] = {
    [OPTION_OUTPUT] = {'o', "output", "FILE", "the page to write, which is there only when it is whole"},
    [OPTION_CALLS] = {0, "calls", "N", "at most so many calls, the first ones (2000000)"},
    [OPTION_TEXT] = {0, "text", "N",
                     "at most so many bytes of values (33554432); calls behind have none; 0: no values"},
    [OPTION_UTC] = {0, "utc", NULL, "moments of --from and --to are in UTC, not local"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

enum { MOST_CALLS = 2000000, MOST_TEXT = 32 << 20, LARGEST_TEXT = 1 << 30 };

struct view {
  struct filter_question question;
  struct inputs inputs;
  const char *output;
  uint64_t calls;
  uint64_t text;
};

/* --- the command line --- */

static bool set_option(void *data, int option, const char *value) {
  struct view *view = data;
  if (option >= OPTION_FILTER)
    return filter_set(&view->question, option - OPTION_FILTER, value);
  switch (option) {
  case OPTION_CALLS:
    return options_number(value, "--calls", &view->calls);
  case OPTION_TEXT:
    return options_number(value, "--text", &view->text);
  case OPTION_UTC:
    view->question.utc = true;
    return true;
  default:
    view->output = value;
    return true;
  }
}

static bool read_command_line(struct view *view, struct options *options) {
  if (!inputs_command_line(&view->inputs, options, set_option, view))
    return false;
  if (view->output == NULL)
    message("name the page to write: -o FILE.html");
  return view->output != NULL;
}

/* --- the work --- */

static void note(struct calltap__builder *notes, uint64_t count, const char *text) {
  if (count == 0)
    return;
  calltap__build_number(notes, count);
  calltap__build(notes, text);
}

/* What the page says about the traces. */
static void add_notes(struct calltap__builder *notes, const struct view *view, const struct spans *spans) {
  note(notes, spans->dropped, " calls are left out: the page has those that began first (--calls, --from, --min)\n");
  note(notes, spans->textless, " calls and exits have no values here: there are too many of them (--text)\n");
  note(notes, spans->unmatched, " exits belong to calls that began before tracing\n");
  for (size_t i = 0; i < calltap_reader_files(view->inputs.reader); i++) {
    const struct calltap_trace_file *file = calltap_reader_file(view->inputs.reader, i);
    note(notes, inputs_lost(file), " events were lost while the program was traced\n");
    note(notes, inputs_overwritten(file), " older events were overwritten: the trace is a ring\n");
    note(notes, inputs_gone(view->inputs.reader, file), " older events were in files that are gone (rotate)\n");
    note(notes, file->counts.torn, " records were not finished: their writer was killed\n");
    note(notes, file->counts.damaged, " places of the file are damaged\n");
    if (file->counts.cut)
      calltap__build(notes, "the file was cut: its end is missing\n");
    if (!inputs_is_whole(view->inputs.reader, file))
      calltap__build(notes, "the trace has no end: the program was killed, replaced itself by exec, or still ran\n");
  }
}

static void say_dropped(const struct spans *spans) {
  if (spans->dropped > 0) {
    message("note: %" PRIu64 " calls are left out, those that began last; --calls takes more, --from, --min and other "
            "filters choose",
            spans->dropped);
  }
}

static void write_page(struct view *view, const struct filter *filter, const struct spans *spans) {
  struct output output;
  struct calltap__builder notes = {0};
  if (!output_open_whole(&output, view->output, &view->inputs))
    return;
  add_notes(&notes, view, spans);
  page_write(&output.out, view->inputs.reader, spans, &notes);
  calltap__builder_free(&notes);
  if (!output_close(&output, &view->inputs))
    return;
  inputs_say(&view->inputs);
  inputs_say_stacks(spans->between);
  filter_say(filter);
  say_dropped(spans);
}

static void gather(struct view *view, struct filter *filter, struct spans *spans) {
  const struct calltap_event *event;
  while (!spans->failed && (event = progress_next(view->inputs.reader)) != NULL) {
    if (filter_wants(filter, event))
      spans_add(spans, event);
  }
  spans_end(spans);
}

static void view_files(struct view *view, struct filter *filter) {
  struct spans spans;
  struct symbols *symbols = symbols_new();
  struct calltap__namer *namer = symbols == NULL ? NULL : symbols_namer(symbols);
  bool good = spans_start(&spans, view->inputs.reader, namer, (size_t)view->calls,
                          view->text < LARGEST_TEXT ? (size_t)view->text : LARGEST_TEXT);
  if (good)
    gather(view, filter, &spans);
  if (!good || spans.failed) {
    message("this needs more memory than there is; --calls and --text, or filters, make the page smaller");
    inputs_worsen(&view->inputs, STATUS_FAULT);
  } else if (spans.count == 0 && spans.moments == 0) {
    inputs_say(&view->inputs);
    filter_say(filter);
    filter_say_nothing(filter, view->inputs.reader);
    inputs_worsen(&view->inputs, STATUS_NOTHING);
  } else {
    write_page(view, filter, &spans);
  }
  spans_free(&spans);
  symbols_free(symbols);
}

static int run(struct options *options) {
  struct view view = {.calls = MOST_CALLS, .text = MOST_TEXT};
  if (!read_command_line(&view, options))
    return STATUS_QUESTION;
  progress_start(false);
  if (inputs_open(&view.inputs)) {
    struct filter *filter = filter_make(view.inputs.reader, &view.question);
    if (filter == NULL)
      view.inputs.status = STATUS_QUESTION;
    else
      view_files(&view, filter);
    filter_free(filter);
  }
  inputs_close(&view.inputs);
  return (int)view.inputs.status;
}

const struct command command_view = {
    .name = "view",
    .usage = "[OPTIONS] -o FILE.html FILE...",
    .summary = "Writes trace files, several merged by time, as one page for a browser",
    .text =
        "The page needs nothing but itself: a timeline by thread, each call with its arguments, result and times; a "
        "flame\n"
        "graph and a table of the functions of what is visible; how long a function took, as a histogram; losses "
        "where\n"
        "they happened. The wheel zooms, dragging moves, `/` searches, `?` says what else there is.\n"
        "\n"
        "Exit status: 0 done, 1 a wrong option or no such function, 2 a file that cannot be read or written, or is\n"
        "damaged, 3 events were lost or cut off, 4 nothing to show.\n",
    .options = table,
    .run = run,
};
