/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The trace files that a command reads, and what it says of them. */
#ifndef CALLTAP_INPUTS_H
#define CALLTAP_INPUTS_H

#include "calltap/reader.h"
#include "command.h"
#include "options.h"

struct inputs {
  char **paths; /* as they were written */
  size_t count;
  struct calltap_reader *reader; /* NULL: not opened */
  enum status status;            /* the worst of what was met */
};

/* Takes the options and words of a command: words are paths of the inputs, gathered in place; `set` gets each option with its value. False, and
 * said, if something is wrong or there is no path. */
bool inputs_command_line(struct inputs *inputs, struct options *options,
                         bool (*set)(void *data, int option, const char *value), void *data);

/* A worse status stays. Wrong questions are worse than faults, faults worse than losses, losses worse than nothing to show. */
void inputs_worsen(struct inputs *inputs, enum status status);

/* From here on a file that somebody cuts ends the command with a message, and a reader of its output that has seen enough does not end
 * it by a signal. */
void inputs_prepare(void);

/* Says why a file cannot be read. */
void inputs_say_unreadable(const char *path, const struct calltap_reader_error *error);

/* Prepares, and opens the files in one reader, which belongs to the inputs. Those that cannot be read are said and left out: STATUS_FAULT.
 * False: there is nothing to read. */
bool inputs_open(struct inputs *inputs);

/* Says what was lost, cut or damaged, after all events were read. */
void inputs_say(struct inputs *inputs);

/* Says what follows from so many calls having ended while later ones of their thread stayed open. Nothing of 0. */
void inputs_say_stacks(uint64_t between);

/* Whether that file is one of them, under whatever name. */
bool inputs_have(const struct inputs *inputs, const char *path);

/* The losses that the trace tells of. */
uint64_t inputs_lost(const struct calltap_trace_file *file);

/* Events that newer ones took the place of, in a ring: no loss. */
uint64_t inputs_overwritten(const struct calltap_trace_file *file);

/* Events of files that took turns and are no more. Of several files of one session the newest knows. */
uint64_t inputs_gone(const struct calltap_reader *reader, const struct calltap_trace_file *file);

/* Whether the trace has its end, or goes on in another file. */
bool inputs_is_whole(const struct calltap_reader *reader, const struct calltap_trace_file *file);

void inputs_close(struct inputs *inputs);

#endif
