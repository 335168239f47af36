/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap cut: a trace file -> a smaller one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "filter.h"
#include "inputs.h"
#include "lib/cut.h"
#include "lib/text.h"
#include "message.h"
#include "output.h"
#include "progress.h"

enum { OPTION_OUTPUT, OPTION_NOARGS, OPTION_NOHOST, OPTION_UTC, OPTION_FILTER };

static const struct option table[] = {
    [OPTION_OUTPUT] = {'o', "output", "FILE",
                       "the trace to write, there only when it is whole; with {pid} for several"},
    [OPTION_NOARGS] = {0, "noargs", NULL, "without values: arguments, results, messages, tags, marks, counts"},
    [OPTION_NOHOST] = {0, "nohost", NULL, "without the name of the host, the command line and who asked"},
    [OPTION_UTC] = {0, "utc", NULL, "moments of --from and --to are in UTC, not local"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

/* What becomes of one file. */
struct part {
  struct output output;
  char *path;
  struct calltap__cut *cut;
  bool is_open;
};

struct cutting {
  struct filter_question question;
  struct calltap__cut_options options;
  struct inputs inputs;
  const char *output;
  struct part *part; /* by the file's place in the reader */
  size_t parts;
  uint64_t events;
};

/* --- the command line --- */

static bool set_option(void *data, int option, const char *value) {
  struct cutting *cutting = data;
  if (option >= OPTION_FILTER)
    return filter_set(&cutting->question, option - OPTION_FILTER, value);
  switch (option) {
  case OPTION_NOARGS:
    cutting->options.no_values = true;
    return true;
  case OPTION_NOHOST:
    cutting->options.no_host = true;
    return true;
  case OPTION_UTC:
    cutting->question.utc = true;
    return true;
  default:
    cutting->output = value;
    return true;
  }
}

static bool read_command_line(struct cutting *cutting, struct options *options) {
  if (!inputs_command_line(&cutting->inputs, options, set_option, cutting))
    return false;
  if (cutting->output == NULL)
    message("name the trace to write: -o FILE");
  else if (cutting->inputs.count > 1 && strstr(cutting->output, "{pid}") == NULL)
    message("several traces become several: write {pid} into the name, as in -o cut.{pid}.cbor");
  else
    return true;
  return false;
}

/* --- files --- */

/* The name with the pid in it; NULL without memory. */
static char *path_of(const char *output, uint64_t pid) {
  struct calltap__builder path = {0};
  for (const char *brace; (brace = strstr(output, "{pid}")) != NULL; output = brace + 5) {
    calltap__build_bytes(&path, output, (size_t)(brace - output));
    calltap__build_number(&path, pid);
  }
  calltap__build(&path, output);
  calltap__build_bytes(&path, "", 1);
  if (!path.failed)
    return path.bytes;
  calltap__builder_free(&path);
  return NULL;
}

static bool is_taken(const struct cutting *cutting, size_t part) {
  for (size_t i = 0; i < part; i++) {
    if (strcmp(cutting->part[i].path, cutting->part[part].path) != 0)
      continue;
    message("-o %s: two of the traces would get this name; cut one of them alone", cutting->part[part].path);
    return true;
  }
  return false;
}

static bool open_part(struct cutting *cutting, size_t at) {
  const struct calltap_reader *reader = cutting->inputs.reader;
  struct part *part = &cutting->part[at];
  part->path = path_of(cutting->output, calltap_reader_file(reader, at)->pid);
  if (part->path == NULL || is_taken(cutting, at))
    return false;
  part->is_open = output_open_whole(&part->output, part->path, &cutting->inputs);
  if (!part->is_open)
    return false;
  part->cut = calltap__cut_new(reader, at, &part->output.out, cutting->options);
  if (part->cut == NULL)
    message("this needs more memory than there is");
  return part->cut != NULL;
}

static bool open_parts(struct cutting *cutting) {
  size_t files = calltap_reader_files(cutting->inputs.reader);
  cutting->part = calloc(files, sizeof *cutting->part);
  for (; cutting->part != NULL && cutting->parts < files; cutting->parts++) {
    if (open_part(cutting, cutting->parts))
      continue;
    cutting->parts++;
    inputs_worsen(&cutting->inputs, STATUS_FAULT);
    return false;
  }
  return cutting->part != NULL;
}

/* No file is left behind but whole ones. */
static void close_parts(struct cutting *cutting, bool good) {
  for (size_t i = 0; i < cutting->parts; i++) {
    struct part *part = &cutting->part[i];
    if (part->is_open && !good)
      output_spoil(&part->output);
    calltap__cut_free(part->cut);
    if (part->is_open)
      output_close(&part->output, &cutting->inputs);
    free(part->path);
  }
  free(cutting->part);
}

/* --- the work --- */

static struct part *part_of(struct cutting *cutting, const struct calltap_event *event) {
  size_t at = 0;
  while (calltap_reader_file(cutting->inputs.reader, at) != event->file)
    at++;
  return &cutting->part[at];
}

static void cut_events(struct cutting *cutting, struct filter *filter) {
  const struct calltap_event *event;
  while ((event = progress_next(cutting->inputs.reader)) != NULL) {
    if (!filter_wants(filter, event))
      continue;
    calltap__cut_event(part_of(cutting, event)->cut, event);
    cutting->events++;
  }
  for (size_t i = 0; i < cutting->parts; i++) {
    calltap__cut_end(cutting->part[i].cut, filter_wants_tables(filter));
    cutting->events += filter_wants_tables(filter) ? calltap_reader_file(cutting->inputs.reader, i)->rows : 0;
  }
}

static void cut_files(struct cutting *cutting, struct filter *filter) {
  bool good = open_parts(cutting);
  if (good)
    cut_events(cutting, filter);
  if (good && cutting->events == 0) {
    filter_say_nothing(filter, cutting->inputs.reader);
    inputs_worsen(&cutting->inputs, STATUS_NOTHING);
    good = false;
  }
  inputs_say(&cutting->inputs);
  filter_say(filter);
  close_parts(cutting, good);
}

static int run(struct options *options) {
  struct cutting cutting = {0};
  if (!read_command_line(&cutting, options))
    return STATUS_QUESTION;
  progress_start(false);
  if (inputs_open(&cutting.inputs)) {
    struct filter *filter = filter_make(cutting.inputs.reader, &cutting.question);
    if (filter == NULL)
      cutting.inputs.status = STATUS_QUESTION;
    else
      cut_files(&cutting, filter);
    filter_free(filter);
  }
  inputs_close(&cutting.inputs);
  return (int)cutting.inputs.status;
}

const struct command command_cut = {
    .name = "cut",
    .usage = "[OPTIONS] -o FILE FILE...",
    .summary = "Writes a part of a trace file as a smaller one",
    .text =
        "What `calltap decode` prints of it is what it prints of the whole with the same options: times, numbers and\n"
        "depths of calls stay. Functions and types that no event needs are left out. With --noargs and --nohost a "
        "trace\n"
        "can be given to others: no value that the program had is in it.\n"
        "Of several traces each becomes one; {pid} in the name stands for its process.\n"
        "\n"
        "Exit status: 0 done, 1 a wrong option or no such function, 2 a file that cannot be read or written, or is\n"
        "damaged, 3 the whole is incomplete: events were lost or cut off, 4 nothing is left; no file is written "
        "then.\n",
    .options = table,
    .run = run,
};
