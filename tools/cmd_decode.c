/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap decode: trace files -> text or JSON. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "filter.h"
#include "lib/diagnostic.h"
#include "lib/view.h"
#include "message.h"
#include "output.h"
#include "progress.h"
#include "symbol.h"
#include "unended.h"

enum {
  OPTION_FORMAT,
  OPTION_JSON,
  OPTION_TREE,
  OPTION_OPEN,
  OPTION_PAGER,
  OPTION_BY,
  OPTION_UTC,
  OPTION_OUTPUT,
  OPTION_FILTER
};

static const struct option table[] = {
    [OPTION_FORMAT] = {0, "format", "NAME",
                       "text (if nothing is said), json, csv, chrome, speedscope, folded or cbor-diag"},
    [OPTION_JSON] = {0, "json", NULL, "the same as --format json"},
    [OPTION_TREE] = {0, "tree", NULL, "text only: calls further to the right the deeper they are"},
    [OPTION_OPEN] = {0, "open", NULL, "only the calls that are open at the end, and for how long"},
    [OPTION_PAGER] = {0, "pager", NULL, "on a terminal: page by page, through $PAGER or less -FRX"},
    [OPTION_BY] = {0, "by", "time|calls", "folded only: what the numbers are of; nanoseconds if nothing is said"},
    [OPTION_UTC] = {0, "utc", NULL, "times of day in UTC, not local (JSON always has UTC)"},
    [OPTION_OUTPUT] = {'o', "output", "FILE", "write to FILE"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

/* A format is one line here, and one in the help of --format. The first is taken if nothing is said. One without a maker is of the
 * records of each file, not of events. */
static const struct format {
  const char *name;
  calltap__view_maker *make;
  bool shows_events; /* one by one: so it can show open calls, and results that come later */
} formats[] = {
    {"text", calltap__view_text, true},
    {"json", calltap__view_json, true},
    {"chrome", calltap__view_chrome, false},
    {"speedscope", calltap__view_speedscope, false},
    {"folded", calltap__view_folded, false},
    {"csv", calltap__view_csv, true},
    {"cbor-diag", NULL, false},
};
enum { FORMATS = sizeof formats / sizeof *formats };

struct decode {
  struct filter_question question;
  const struct format *format;
  bool utc;
  bool tree;
  bool open;
  bool pager;
  bool calls;
  const char *output; /* NULL: stdout */
  struct inputs inputs;
  uint64_t shown;
};

/* --- the command line --- */

static bool set_format(struct decode *decode, const char *name) {
  for (size_t i = 0; i < FORMATS; i++) {
    decode->format = &formats[i];
    if (strcmp(formats[i].name, name) == 0)
      return true;
  }
  message("--format takes %s, not '%s'", table[OPTION_FORMAT].help, name);
  return false;
}

static bool set_by(struct decode *decode, const char *word) {
  decode->calls = strcmp(word, "calls") == 0;
  if (decode->calls || strcmp(word, "time") == 0)
    return true;
  message("--by takes time or calls, not '%s'", word);
  return false;
}

static bool set_option(void *data, int option, const char *value) {
  struct decode *decode = data;
  if (option >= OPTION_FILTER)
    return filter_set(&decode->question, option - OPTION_FILTER, value);
  switch (option) {
  case OPTION_FORMAT:
    return set_format(decode, value);
  case OPTION_JSON:
    return set_format(decode, "json");
  case OPTION_TREE:
    decode->tree = true;
    return true;
  case OPTION_OPEN:
    decode->open = true;
    return true;
  case OPTION_PAGER:
    decode->pager = true;
    return true;
  case OPTION_BY:
    return set_by(decode, value);
  case OPTION_UTC:
    decode->utc = decode->question.utc = true;
    return true;
  default:
    decode->output = value;
    return true;
  }
}

static bool read_command_line(struct decode *decode, struct options *options) {
  if (!inputs_command_line(&decode->inputs, options, set_option, decode))
    return false;
  if (!decode->open || decode->format->shows_events)
    return true;
  message("--open is for text, json and csv: the others have calls and their exits");
  return false;
}

/* --- the work --- */

static void show(struct decode *decode, struct filter *filter, struct calltap__view *view, struct calltap__out *out) {
  const struct calltap_event *event;
  while (out->error == 0 && (event = progress_next(decode->inputs.reader)) != NULL) {
    if (!filter_wants(filter, event))
      continue;
    view->event(view, event);
    decode->shown++;
  }
  for (size_t i = 0; out->error == 0 && filter_wants_tables(filter) && i < calltap_reader_files(decode->inputs.reader);
       i++) {
    const struct calltap_trace_file *file = calltap_reader_file(decode->inputs.reader, i);
    view->tables(view, file);
    decode->shown += file->rows;
  }
  if (out->error == 0 && view->end != NULL)
    view->end(view);
}

static void show_open(struct decode *decode, struct filter *filter, struct calltap__view *view,
                      struct calltap__out *out) {
  struct unended *unended = unended_new(decode->inputs.reader, true);
  const struct calltap_event *event;
  while (unended != NULL && (event = progress_next(decode->inputs.reader)) != NULL)
    unended_take(unended, event, filter_wants(filter, event));
  if (unended != NULL)
    unended_end(unended, 0);
  if (unended == NULL || unended->failed)
    out->error = ENOMEM;
  for (; out->error == 0 && decode->shown < unended->count; decode->shown++)
    view->event(view, unended->call[decode->shown]);
  unended_free(unended);
}

static void say(struct decode *decode, const struct filter *filter) {
  inputs_say(&decode->inputs);
  filter_say(filter);
  if (decode->shown > 0)
    return;
  if (decode->open)
    message("no call is open at the end, of those that the options leave");
  else
    filter_say_nothing(filter, decode->inputs.reader);
  inputs_worsen(&decode->inputs, STATUS_NOTHING);
}

static void decode_to(struct decode *decode, struct filter *filter, struct output *output) {
  struct symbols *symbols = symbols_new();
  struct calltap__view_options options = {
      .utc = decode->utc, .colour = output_is_coloured(output), .tree = decode->tree, .calls = decode->calls};
  if (symbols != NULL)
    options.namer = symbols_namer(symbols);
  struct calltap__view *view = decode->format->make(decode->inputs.reader, &output->out, options);
  if (view != NULL) {
    if (decode->open)
      show_open(decode, filter, view, &output->out);
    else
      show(decode, filter, view, &output->out);
    view->free(view);
  } else {
    output->out.error = ENOMEM;
  }
  symbols_free(symbols);
  if (output_close(output, &decode->inputs))
    say(decode, filter);
}

static bool open_output(struct decode *decode, struct output *output) {
  bool is_paged = decode->pager && decode->output == NULL;
  return is_paged ? output_open_paged(output, &decode->inputs) : output_open(output, decode->output, &decode->inputs);
}

static void decode_files(struct decode *decode) {
  struct output output;
  if (decode->format->shows_events)
    calltap_reader_tell_results(decode->inputs.reader);
  struct filter *filter = filter_make(decode->inputs.reader, &decode->question);
  if (filter == NULL) {
    decode->inputs.status = STATUS_QUESTION;
  } else if (open_output(decode, &output)) {
    decode_to(decode, filter, &output);
  }
  filter_free(filter);
}

static void show_records(struct decode *decode, struct calltap__out *out) {
  for (size_t i = 0; i < decode->inputs.count && out->error == 0; i++) {
    const char *path = decode->inputs.paths[i];
    struct calltap_reader_error error;
    uint64_t damaged;
    if (calltap__diagnostic(out, path, &damaged, &error) != CALLTAP_READER_OK) {
      inputs_say_unreadable(path, &error);
      inputs_worsen(&decode->inputs, STATUS_FAULT);
    } else if (damaged > 0) {
      message("%s: %" PRIu64 " place%s not CBOR", path, damaged, damaged == 1 ? " is" : "s are");
      inputs_worsen(&decode->inputs, STATUS_FAULT);
    }
  }
}

/* The records as they are: also those of files that no reader makes sense of. */
static int decode_records(struct decode *decode) {
  struct output output;
  if (filter_asks(&decode->question)) {
    message("--format cbor-diag shows the records of a file as they are; `calltap cut` with these options makes a file "
            "with "
            "fewer");
    return STATUS_QUESTION;
  }
  inputs_prepare();
  if (open_output(decode, &output)) {
    show_records(decode, &output.out);
    output_close(&output, &decode->inputs);
  }
  return (int)decode->inputs.status;
}

static int run(struct options *options) {
  struct decode decode = {.format = formats};
  if (!read_command_line(&decode, options))
    return STATUS_QUESTION;
  progress_start(decode.output == NULL && isatty(STDOUT_FILENO));
  if (decode.format->make == NULL)
    return decode_records(&decode);
  if (inputs_open(&decode.inputs))
    decode_files(&decode);
  inputs_close(&decode.inputs);
  return (int)decode.inputs.status;
}

const struct command command_decode = {
    .name = "decode",
    .usage = "[OPTIONS] FILE...",
    .summary = "Prints the events of trace files, several merged by time",
    .text =
        "One line an event:\n"
        "\n"
        "  13:14:55.365157 4711 worker-3/4713 #17 server:process(c=0x7f31c0, mode=READ, name=\"SET\")\n"
        "  13:14:55.365201 4711 worker-3/4713 #17 server:process/3 --> -1  (44.1 us)\n"
        "\n"
        "time of day, process, thread, the number of the call within its thread, then the call with its\n"
        "arguments or the exit with result and time. `...` is a value, or a part of one, that was not captured.\n"
        "What rules ask for beside it stands below an event, tables of what they count behind all events. A tag\n"
        "stands in brackets behind the thread.\n"
        "--open shows what the threads were in at the end, as when a program was killed: the calls that had not\n"
        "ended, and how long they were open by the last event of the trace.\n"
        "The keys of --format json are described in docs/json.md. chrome is for Perfetto (ui.perfetto.dev) and\n"
        "chrome://tracing, speedscope for speedscope.app, folded (a line for each call path with its own\n"
        "nanoseconds or calls) for flamegraph.pl and the like. The columns of csv are in docs/reading.md; cbor-diag\n"
        "writes the records of a file as they are, in the diagnostic notation of RFC 8949.\n"
        "\n"
        "Exit status: 0 done, 1 a wrong option or no such function, 2 a file that cannot be read or is\n"
        "damaged, 3 events were lost or cut off, 4 nothing to show.\n",
    .options = table,
    .run = run,
};
