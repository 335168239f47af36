/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap report: trace files -> a table of where the time went. */
#include <stdlib.h>
#include <string.h>

#include "calltap/rule.h"
#include "command.h"
#include "lib/difference.h"
#include "lib/report.h"
#include "message.h"
#include "nearest.h"
#include "output.h"
#include "profiled.h"

enum {
  OPTION_BY,
  OPTION_SORT,
  OPTION_DIFF,
  OPTION_CALLERS,
  OPTION_CALLEES,
  OPTION_ROWS,
  OPTION_JSON,
  OPTION_OUTPUT,
  OPTION_FILTER
};

static const struct option table[] = {
    [OPTION_BY] = {0, "by", "WHAT", "a row for each function, module, thread or caller (of a function)"},
    [OPTION_SORT] = {0, "sort", "KEY", "self, total, calls, mean, min, p50, p90, p99, max, threads, errors, name"},
    [OPTION_DIFF] = {0, "diff", "OTHER",
                     "beside the trace OTHER: what changed since, and what of it is noise; again for more"},
    [OPTION_CALLERS] = {0, "callers", "PATTERN", "who calls these functions, and the time that it takes them"},
    [OPTION_CALLEES] = {0, "callees", "PATTERN", "what these functions call"},
    [OPTION_ROWS] = {'n', "rows", "N", "only the first N rows"},
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a line (docs/json.md)"},
    [OPTION_OUTPUT] = {'o', "output", "FILE", "write to FILE"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

enum { MOST_BEFORE = 64 };

struct report {
  struct inputs inputs;
  struct inputs before; /* what they are compared with; no paths: nothing */
  char *before_path[MOST_BEFORE];
  struct calltap__profile_options options;
  struct filter_question question;
  enum calltap__sort sort;
  const char *callers; /* patterns; NULL: all */
  const char *callees;
  uint64_t most;
  bool json;
  const char *output; /* NULL: stdout */
};

/* --- the command line --- */

static bool set_by(struct report *report, const char *value) {
  int by = profiled_choice(value, "--by", calltap__report_kinds, CALLTAP__BY_CALLER + 1);
  report->options.by = by < 0 ? CALLTAP__BY_FUNCTION : (enum calltap__profile_by)by;
  report->options.threads = by == CALLTAP__BY_THREAD;
  return by >= 0;
}

static bool set_sort(struct report *report, const char *value) {
  int sort = profiled_choice(value, "--sort", calltap__sort_names, CALLTAP__SORTS);
  report->sort = sort < 0 ? CALLTAP__SORT_SELF : (enum calltap__sort)sort;
  return sort >= 0;
}

static bool add_before(struct report *report, char *value) {
  if (report->before.count == MOST_BEFORE) {
    message("--diff takes %d traces at most", MOST_BEFORE);
    return false;
  }
  report->before.paths = report->before_path;
  report->before_path[report->before.count++] = value;
  return true;
}

static bool set_option(void *data, int option, const char *value) {
  struct report *report = data;
  if (option >= OPTION_FILTER)
    return filter_set(&report->question, option - OPTION_FILTER, value);
  switch (option) {
  case OPTION_BY:
    return set_by(report, value);
  case OPTION_SORT:
    return set_sort(report, value);
  case OPTION_DIFF:
    return add_before(report, (char *)(uintptr_t)value);
  case OPTION_CALLERS:
    report->callers = value;
    return true;
  case OPTION_CALLEES:
    report->callees = value;
    return true;
  case OPTION_ROWS:
    return options_number(value, "-n", &report->most);
  case OPTION_JSON:
    report->json = true;
    return true;
  default:
    report->output = value;
    return true;
  }
}

/* Who calls a function, and what it calls, is a question about pairs. */
static bool read_command_line(struct report *report, struct options *options) {
  if (!inputs_command_line(&report->inputs, options, set_option, report))
    return false;
  if (report->callers == NULL && report->callees == NULL)
    return true;
  report->options.by = CALLTAP__BY_CALLER;
  report->options.threads = false;
  return true;
}

/* --- callers and callees --- */

static bool names(const struct calltap_rule *pattern, const struct calltap_trace_function *function) {
  if (function == NULL)
    return false;
  char *module = strndup(function->module.bytes, function->module.size);
  char *name = strndup(function->name.bytes, function->name.size);
  bool found = module != NULL && name != NULL && calltap_rule_names(pattern, module, name, (unsigned)function->arity);
  free(module);
  free(name);
  return found;
}

static void say_no_function(const struct calltap__profile *profile, const char *option, const char *text,
                            const struct calltap_rule *pattern) {
  char hint[512];
  struct nearest nearest;
  nearest_start(&nearest, pattern->name.start, (size_t)(pattern->name.end - pattern->name.start));
  for (size_t i = CALLTAP__FUNCTIONS; i < profile->functions; i++) {
    const struct calltap__profile_function *function = &profile->function[i];
    char *name = strndup(function->function->name.bytes, function->function->name.size);
    if (name != NULL)
      nearest_offer(&nearest, function->mfa.bytes, name);
    free(name);
  }
  nearest_say(&nearest, hint, sizeof hint);
  message("%s: no function that was called matches '%s'%s", option, text, hint);
}

/* Which functions a pattern names, by number. NULL, and said, if it names none. */
static bool *choose(const struct calltap__profile *profile, const char *option, const char *text) {
  struct calltap_rule pattern;
  struct calltap_rule_error error;
  if (!calltap_pattern_parse(text, &pattern, &error)) {
    message_rule(option, text, &error);
    return NULL;
  }
  bool *chosen = calloc(profile->functions, sizeof *chosen), some = false;
  for (size_t i = 0; chosen != NULL && i < profile->functions; i++) {
    chosen[i] = names(&pattern, profile->function[i].function);
    some |= chosen[i];
  }
  if (some)
    return chosen;
  say_no_function(profile, option, text, &pattern);
  free(chosen);
  return NULL;
}

/* Keeps the rows whose callee (`is_caller` false) or caller is one of those functions. */
static bool keep(struct calltap__rows *rows, const struct calltap__profile *profile, const char *option,
                 const char *text, bool is_caller) {
  if (text == NULL)
    return true;
  bool *chosen = choose(profile, option, text);
  if (chosen == NULL)
    return false;
  size_t kept = 0;
  for (size_t i = 0; i < rows->rows; i++) {
    const struct calltap__profile_group *group = rows->row[i].group;
    if (chosen[is_caller ? group->caller : group->function])
      rows->row[kept++] = rows->row[i];
  }
  rows->rows = kept;
  free(chosen);
  return true;
}

/* --- the work --- */

static void say_no_memory(struct report *report) {
  message("this needs more memory than there is");
  inputs_worsen(&report->inputs, STATUS_FAULT);
}

/* The rows that were asked for, in order. False, and said, if there are none. */
static bool make_rows(struct report *report, const struct calltap__profile *profile, struct calltap__rows *rows) {
  if (!calltap__rows_make(rows, profile)) {
    say_no_memory(report);
    return false;
  }
  if (!keep(rows, profile, "--callers", report->callers, false) ||
      !keep(rows, profile, "--callees", report->callees, true)) {
    report->inputs.status = STATUS_QUESTION;
    calltap__rows_free(rows);
    return false;
  }
  calltap__rows_sort(rows, profile, report->sort);
  return true;
}

static void write_report(struct report *report, const struct calltap__profile *profile,
                         const struct calltap__rows *rows) {
  struct output output;
  struct calltap__report shown = {profile, rows, report->most, profiled_lost(&report->inputs), false};
  if (!output_open(&output, report->output, &report->inputs))
    return;
  shown.colour = output_is_coloured(&output);
  if (report->json) {
    calltap__report_json(&shown, &output.out);
  } else {
    calltap__report_text(&shown, &output.out);
  }
  output_close(&output, &report->inputs);
}

static void write_difference(struct report *report, struct calltap__difference *shown) {
  struct output output;
  if (!output_open(&output, report->output, &report->inputs))
    return;
  shown->colour = output_is_coloured(&output);
  if (report->json) {
    calltap__difference_json(shown, &output.out);
  } else {
    calltap__difference_text(shown, &output.out);
  }
  output_close(&output, &report->inputs);
}

static void compare(struct report *report, const struct calltap__profile *profile, const struct calltap__rows *rows,
                    const struct calltap__profile *before) {
  struct calltap__rows before_rows;
  struct calltap__changes changes;
  if (!make_rows(report, before, &before_rows))
    return;
  if (calltap__changes_make(&changes, before, &before_rows, profile, rows)) {
    struct calltap__difference shown = {before, profile, &changes, report->most, report->before.paths[0], false};
    calltap__changes_sort(&changes, report->sort);
    write_difference(report, &shown);
    calltap__changes_free(&changes);
  } else {
    say_no_memory(report);
  }
  calltap__rows_free(&before_rows);
}

/* With three runs and more on each side, each run is one observation. */
static void choose_batches(struct report *report) {
  size_t now = report->inputs.count, before = report->before.count;
  bool by_file = now >= CALLTAP__FEWEST_BATCHES && before >= CALLTAP__FEWEST_BATCHES && now <= CALLTAP__BATCHES &&
                 before <= CALLTAP__BATCHES;
  if (before > 0)
    report->options.batches = by_file ? CALLTAP__BATCHES_BY_FILE : CALLTAP__BATCHES_BY_TIME;
}

static void run_report(struct report *report) {
  struct calltap__profile *before = NULL, *profile = profiled(&report->inputs, report->options, &report->question);
  struct calltap__rows rows;
  if (profile != NULL && report->before.count > 0)
    before = profiled(&report->before, report->options, &report->question);
  if (profile != NULL && (before != NULL || report->before.count == 0) && make_rows(report, profile, &rows)) {
    if (before != NULL) {
      compare(report, profile, &rows, before);
    } else {
      write_report(report, profile, &rows);
    }
    calltap__rows_free(&rows);
  }
  inputs_worsen(&report->inputs, report->before.status);
  calltap__profile_free(profile);
  calltap__profile_free(before);
}

static int run(struct options *options) {
  struct report report = {.most = UINT64_MAX};
  if (!read_command_line(&report, options))
    return STATUS_QUESTION;
  choose_batches(&report);
  run_report(&report);
  inputs_close(&report.inputs);
  inputs_close(&report.before);
  return (int)report.inputs.status;
}

const struct command command_report = {
    .name = "report",
    .usage = "[OPTIONS] FILE...",
    .summary = "Says where the time of trace files went, function by function",
    .text = "The columns:\n"
            "\n"
            "  self     the time in the function itself, without the recorded functions that it called; rows are in\n"
            "           its order if --sort names no other, those without times in that of their calls\n"
            "  total    with them; a recursive function's inner calls are in that of the outermost one\n"
            "  calls    how many there were\n"
            "  mean, min, p50, p90, p99, max   of the time of one call; percentiles are right to 1 %\n"
            "  threads  that made such calls, if there were several\n"
            "  errors   calls that ended otherwise than by return or tail call (longjmp, exceptions)\n"
            "\n"
            "A call that is open at the end has its time so far in self and total, and no part in the other\n"
            "times; so has one that was left without an exit, up to the event that showed it. The last line counts\n"
            "both, and all else that is not known.\n"
            "\n"
            "--diff puts two traces side by side, the largest change first, and marks means that differ by no more\n"
            "than they vary by themselves (~). docs/reading.md says more.\n"
            "\n"
            "Exit status: 0 done, 1 a wrong option or no such function, 2 a file that cannot be read or is\n"
            "damaged, 3 events were lost or cut off, 4 no calls.\n",
    .options = table,
    .run = run,
};
