/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap decode: trace files -> text or JSON. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "filter.h"
#include "lib/view.h"
#include "message.h"
#include "symbol.h"

enum { OPTION_FORMAT, OPTION_JSON, OPTION_LAST, OPTION_FUNCTION, OPTION_THREAD, OPTION_MIN, OPTION_UTC, OPTION_OUTPUT };

static const struct option table[] = {
    [OPTION_FORMAT] = {0, "format", "text|json", "what to write; text if nothing is said"},
    [OPTION_JSON] = {0, "json", NULL, "the same as --format json"},
    [OPTION_LAST] = {0, "last", "N|TIME", "only the last N events, or those of the last TIME (5s, 20ms)"},
    [OPTION_FUNCTION] = {0, "function", "PATTERN", "only functions that match [module:]function[/arity], a glob"},
    [OPTION_THREAD] = {0, "thread", "NAME|TID", "only threads of that name, a glob, or with that number"},
    [OPTION_MIN] = {0, "min", "TIME", "no calls that returned sooner than this (5ms)"},
    [OPTION_UTC] = {0, "utc", NULL, "times of day in UTC, not local (JSON always has UTC)"},
    [OPTION_OUTPUT] = {'o', "output", "FILE", "write to FILE"},
    {0},
};

struct decode {
  struct filter_question question;
  bool json;
  bool utc;
  const char *output; /* NULL: stdout */
  char **paths;
  size_t path_count;
  struct calltap_reader *reader;
  enum status status;
  uint64_t shown;
};

/* A worse status stays. Faults are worse than losses, losses worse than nothing to show. */
static void worsen(struct decode *decode, enum status status) {
  static const int weight[] = {[STATUS_DONE] = 0, [STATUS_NOTHING] = 1, [STATUS_INCOMPLETE] = 2, [STATUS_FAULT] = 3};
  if (weight[status] > weight[decode->status])
    decode->status = status;
}

/* --- the command line --- */

static bool set_format(struct decode *decode, const char *format) {
  decode->json = strcmp(format, "json") == 0;
  if (decode->json || strcmp(format, "text") == 0)
    return true;
  message("--format takes text or json, not '%s'", format);
  return false;
}

/* A time if it ends in a unit, else a number of events. */
static bool set_last(struct decode *decode, const char *text) {
  struct filter_question *question = &decode->question;
  bool is_time = text[strspn(text, "0123456789")] != '\0';
  bool good = is_time ? options_duration(text, "--last", &question->last_ns)
                      : options_number(text, "--last", &question->last_events);
  if (good && question->last_ns == 0 && question->last_events == 0) {
    message("--last takes at least 1");
    return false;
  }
  return good;
}

static bool set_option(struct decode *decode, int option, const char *value) {
  switch (option) {
  case OPTION_FORMAT:
    return set_format(decode, value);
  case OPTION_JSON:
    decode->json = true;
    return true;
  case OPTION_LAST:
    return set_last(decode, value);
  case OPTION_FUNCTION:
    decode->question.function = value;
    return true;
  case OPTION_THREAD:
    decode->question.thread = value;
    return true;
  case OPTION_MIN:
    return options_duration(value, "--min", &decode->question.shortest_ns);
  case OPTION_UTC:
    decode->utc = true;
    return true;
  default:
    decode->output = value;
    return true;
  }
}

/* The words that are no options are gathered at the start of `paths`, in place. */
static bool read_command_line(struct decode *decode, struct options *options) {
  decode->paths = options->next;
  for (;;) {
    int found = options_next(options);
    if (found == OPTIONS_END)
      break;
    if (found == OPTIONS_WRONG)
      return false;
    if (found == OPTIONS_WORD)
      decode->paths[decode->path_count++] = (char *)(uintptr_t)options->value;
    if (found >= 0 && !set_option(decode, found, options->value))
      return false;
  }
  if (decode->path_count == 0)
    message("name a trace file, as `calltap run` wrote it");
  return decode->path_count > 0;
}

/* --- files --- */

/* Somebody may cut a file that is mapped here; then its pages are gone and touching them is SIGBUS. */
static void on_sigbus(int number) {
  static const char text[] = "calltap: decode: the file was cut while it was read; decode it again\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
  (void)ignored, (void)number;
  _exit(STATUS_FAULT);
}

static void say_unreadable(const char *path, const struct calltap_reader_error *error) {
  if (error->code == CALLTAP_READER_SYSTEM) {
    message_errno(error->system, "%s: %s", path, error->text);
  } else if (error->code == CALLTAP_READER_FORMAT) {
    message("%s: %s, at byte %" PRIu64, path, error->text, error->offset);
  } else {
    message("%s: %s", path, error->text);
  }
}

static void open_files(struct decode *decode) {
  for (size_t i = 0; i < decode->path_count; i++) {
    struct calltap_reader_error error;
    const char *path = decode->paths[i];
    if (strcmp(path, "-") == 0) {
      message("-: a trace is read in place, so it cannot come through a pipe; name its file");
      worsen(decode, STATUS_FAULT);
    } else if (calltap_reader_open(decode->reader, path, &error) != CALLTAP_READER_OK) {
      say_unreadable(path, &error);
      worsen(decode, STATUS_FAULT);
    }
  }
}

static bool is_input(const struct decode *decode, const struct stat *output) {
  for (size_t i = 0; i < decode->path_count; i++) {
    struct stat input;
    if (stat(decode->paths[i], &input) != 0)
      continue;
    if (input.st_dev == output->st_dev && input.st_ino == output->st_ino)
      return true;
  }
  return false;
}

/* Returns a descriptor, or -1 and has said why. */
static int open_output(const struct decode *decode) {
  struct stat status;
  if (decode->output == NULL)
    return STDOUT_FILENO;
  if (stat(decode->output, &status) == 0 && is_input(decode, &status)) {
    message("-o %s: is one of the traces; it would be overwritten while it is read", decode->output);
    return -1;
  }
  int fd = open(decode->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    message_errno(errno, "-o %s: cannot be written", decode->output);
  return fd;
}

/* --- what is said at the end --- */

static void say_damage(const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  if (counts->damaged > 1) {
    message("%s: damaged in %" PRIu64 " places, first at byte %" PRIu64
            ": %s; what follows them in their chunks is left out",
            file->path, counts->damaged, counts->damage_offset, counts->damage);
  } else {
    message("%s: damaged at byte %" PRIu64 ": %s; what follows in its chunk is left out", file->path,
            counts->damage_offset, counts->damage);
  }
}

static void say_unknown(const struct calltap_trace_file *file) {
  struct calltap__builder kind = {0};
  calltap__build_plain(&kind, file->counts.unknown_kind);
  message("%s: note: %" PRIu64 " records of a kind that this version does not know were left out, first '%.*s'",
          file->path, file->counts.unknown, (int)(kind.size < 60 ? kind.size : 60),
          kind.bytes != NULL ? kind.bytes : "");
  calltap__builder_free(&kind);
}

static void say_misshapen(const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  message("%s: incomplete: %" PRIu64 " record%s not hold what %s should, first at byte %" PRIu64
          "; that part is left out",
          file->path, counts->misshapen, counts->misshapen == 1 ? " does" : "s do",
          counts->misshapen == 1 ? "it" : "they", counts->misshapen_offset);
}

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

/* The losses that the end of the session tells of may have had no room for records of their own. */
static uint64_t lost(const struct calltap_trace_file *file) {
  return file->ended && file->end_lost > file->counts.lost ? file->end_lost : file->counts.lost;
}

static void say_file(struct decode *decode, const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  if (counts->unknown > 0)
    say_unknown(file);
  if (file->clock_guessed)
    message("%s: note: its clock makes no sense; times are ticks taken for nanoseconds", file->path);
  if (!file->ended) {
    message("%s: note: the trace has no end: the program was killed, replaced itself by exec, or still runs",
            file->path);
  }
  if (file->end_rejected > 0)
    message("%s: note: the rules rejected %" PRIu64 " call%s", file->path, file->end_rejected,
            plural(file->end_rejected));
  if (file->end_faults > 0) {
    message("%s: note: %" PRIu64
            " time%s a rule met memory that cannot be read, or divided by zero: such a call does not match",
            file->path, file->end_faults, plural(file->end_faults));
  }
  if (lost(file) > 0)
    message("%s: incomplete: %" PRIu64 " event%s lost", file->path, lost(file), plural(lost(file)));
  if (counts->torn > 0) {
    message("%s: incomplete: %" PRIu64 " unfinished record%s, whose writer was killed", file->path, counts->torn,
            plural(counts->torn));
  }
  if (counts->cut)
    message("%s: incomplete: the file was cut, at byte %" PRIu64, file->path, counts->cut_offset);
  if (counts->misshapen > 0)
    say_misshapen(file);
  if (counts->damaged > 0)
    say_damage(file);
  if (counts->damaged > 0)
    worsen(decode, STATUS_FAULT);
  if (lost(file) > 0 || counts->torn > 0 || counts->cut || counts->misshapen > 0)
    worsen(decode, STATUS_INCOMPLETE);
}

static void say_files(struct decode *decode) {
  for (size_t i = 0; i < calltap_reader_files(decode->reader); i++) {
    say_file(decode, calltap_reader_file(decode->reader, i));
  }
  if (decode->shown > 0)
    return;
  if (calltap_reader_files(decode->reader) > 0)
    message("no event to show");
  worsen(decode, STATUS_NOTHING);
}

/* --- the work --- */

static void show(struct decode *decode, struct filter *filter, struct calltap__view *view, struct calltap__out *out) {
  const struct calltap_event *event;
  while (out->error == 0 && (event = calltap_reader_next(decode->reader)) != NULL) {
    if (!filter_wants(filter, event))
      continue;
    view->event(view, event);
    decode->shown++;
  }
  for (size_t i = 0; out->error == 0 && i < calltap_reader_files(decode->reader); i++) {
    const struct calltap_trace_file *file = calltap_reader_file(decode->reader, i);
    view->tables(view, file);
    decode->shown += file->rows;
  }
}

static bool wants_colour(int fd) {
  const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
  if (no_colour != NULL && *no_colour != '\0')
    return false;
  return terminal != NULL && strcmp(terminal, "dumb") != 0 && isatty(fd);
}

/* A reader of the output that has seen enough, like head(1), is no fault. */
static void say_output(struct decode *decode, int error) {
  if (error == EPIPE) {
    decode->status = STATUS_DONE;
    return;
  }
  if (error != 0) {
    message_errno(error, "%s: cannot be written", decode->output != NULL ? decode->output : "standard output");
    worsen(decode, STATUS_FAULT);
  }
  say_files(decode);
}

static void decode_to(struct decode *decode, struct filter *filter, int fd) {
  struct calltap__out out;
  struct calltap__view *view = NULL;
  struct symbols *symbols = symbols_new();
  struct calltap__view_options options = {.utc = decode->utc, .colour = wants_colour(fd)};
  if (symbols != NULL)
    options.namer = symbols_namer(symbols);
  if (calltap__out_open(&out, fd)) {
    view = decode->json ? calltap__view_json(decode->reader, &out, options)
                        : calltap__view_text(decode->reader, &out, options);
  }
  if (view != NULL) {
    show(decode, filter, view, &out);
    view->free(view);
  } else {
    out.error = ENOMEM;
  }
  symbols_free(symbols);
  int error = calltap__out_close(&out);
  if (fd != STDOUT_FILENO && close(fd) != 0 && error == 0)
    error = errno;
  say_output(decode, error);
}

static void decode_files(struct decode *decode) {
  struct filter *filter = filter_make(decode->reader, &decode->question);
  if (filter == NULL || filter_names_nothing(filter, decode->reader)) {
    decode->status = STATUS_QUESTION;
  } else {
    int fd = open_output(decode);
    if (fd >= 0) {
      decode_to(decode, filter, fd);
    } else {
      worsen(decode, STATUS_FAULT);
    }
  }
  filter_free(filter);
}

static int run(struct options *options) {
  struct decode decode = {.status = STATUS_DONE};
  if (!read_command_line(&decode, options))
    return STATUS_QUESTION;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGBUS, on_sigbus);
  decode.reader = calltap_reader_new();
  if (decode.reader == NULL) {
    message("this needs more memory than there is");
    return STATUS_FAULT;
  }
  open_files(&decode);
  if (calltap_reader_files(decode.reader) > 0)
    decode_files(&decode);
  calltap_reader_close(decode.reader);
  return decode.status;
}

const struct command command_decode = {
    .name = "decode",
    .usage = "[OPTIONS] FILE...",
    .summary = "Prints the events of trace files, several merged by time",
    .text = "One line an event:\n"
            "\n"
            "  13:14:55.365157 4711 worker-3/4713 #17 server:process(c=0x7f31c0, mode=READ, name=\"SET\")\n"
            "  13:14:55.365201 4711 worker-3/4713 #17 server:process/3 --> -1  (44.1 us)\n"
            "\n"
            "time of day, process, thread, the number of the call within its thread, then the call with its\n"
            "arguments or the exit with result and time. `...` is a value, or a part of one, that was not captured.\n"
            "What rules ask for beside it stands below an event, tables of what they count behind all events. A tag\n"
            "stands in brackets behind the thread.\n"
            "The keys of --format json are described in docs/json.md.\n"
            "\n"
            "Exit status: 0 done, 1 a wrong option or no such function, 2 a file that cannot be read or is\n"
            "damaged, 3 events were lost or cut off, 4 nothing to show.\n",
    .options = table,
    .run = run,
};
