/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *command;

void message_command(const char *name) { command = name; }

static void start(void) {
  /* Lines of stdout that were written before stand before this one on a terminal. */
  fflush(stdout);
  fputs("calltap: ", stderr);
  if (command != NULL)
    fprintf(stderr, "%s: ", command);
}

void message(const char *format, ...) {
  va_list arguments;
  start();
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

void message_errno(int error, const char *format, ...) {
  va_list arguments;
  start();
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, ": %s\n", strerror(error));
}

void message_rule_at(const char *before, const struct calltap_rule_place *place,
                     const struct calltap_rule_error *error) {
  start();
  if (before != NULL)
    fprintf(stderr, "%s: ", before);
  if (place->file.start != NULL)
    fprintf(stderr, "%.*s: ", (int)(place->file.end - place->file.start), place->file.start);
  if ((place->lines > 1 || place->file.start != NULL) && place->line > 0)
    fprintf(stderr, "line %zu, ", place->line);
  if (place->column > 0)
    fprintf(stderr, "column %zu: ", place->column);
  fprintf(stderr, "%s\n%s", error->message, place->shown);
}

void message_rule(const char *before, const char *rule, const struct calltap_rule_error *error) {
  struct calltap_rule_place place;
  calltap_rule_place(rule, error, &place);
  message_rule_at(before, &place, error);
}
