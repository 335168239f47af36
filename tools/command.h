/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a command of the tool is made of. One file a command; main.c has the table. */
#ifndef CALLTAP_COMMAND_H
#define CALLTAP_COMMAND_H

#include "options.h"

/* How the tool ends. */
enum status {
  STATUS_DONE = 0,
  STATUS_QUESTION = 1,   /* the question was wrong: unknown option, nothing matched, no such process */
  STATUS_FAULT = 2,      /* a fault in the tool or a file */
  STATUS_INCOMPLETE = 3, /* the trace is incomplete: events were lost, torn or cut off */
  STATUS_NOTHING = 4,    /* the question was right and nothing came */
  /* `calltap run` ends as its program does; its own failures are those of env(1). */
  STATUS_RUN_SETUP = 125,
  STATUS_RUN_NOT_EXECUTABLE = 126,
  STATUS_RUN_NOT_FOUND = 127,
};

struct command {
  const char *name;
  const char *usage;   /* what stands after the name */
  const char *summary; /* one line without a full stop */
  const char *text;    /* help below the summary, lines of at most 100 columns */
  const struct option *options;
  int (*run)(struct options *options); /* returns an enum status, or a program's own */
};

extern const struct command command_run;
extern const struct command command_decode;
extern const struct command command_report;
extern const struct command command_tree;
extern const struct command command_flame;
extern const struct command command_view;
extern const struct command command_cut;
extern const struct command command_list;
extern const struct command command_check;
extern const struct command command_trace;
extern const struct command command_record;
extern const struct command command_count;
extern const struct command command_time;
extern const struct command command_ps;
extern const struct command command_info;
extern const struct command command_stacks;
extern const struct command command_stop;
extern const struct command command_toggle;
extern const struct command command_change;
extern const struct command command_doctor;

#endif
