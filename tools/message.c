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

static _Thread_local char *kept;
static _Thread_local size_t kept_size;

void message_keep(char *text, size_t size) {
  kept = text;
  kept_size = size;
  if (text != NULL && size > 0)
    text[0] = '\0';
}

#define FORMAT __attribute__((format(printf, 1, 0)))

/* The first one says what went wrong; those behind it, what came of that. `reason` may be NULL. */
FORMAT static void keep(const char *format, va_list arguments, const char *reason) {
  if (kept_size == 0 || kept[0] != '\0')
    return;
  vsnprintf(kept, kept_size, format, arguments);
  size_t size = strlen(kept);
  if (reason != NULL)
    snprintf(kept + size, kept_size - size, ": %s", reason);
}

FORMAT static void say(const char *format, va_list arguments, const char *reason) {
  if (kept != NULL) {
    keep(format, arguments, reason);
    return;
  }
  start();
  vfprintf(stderr, format, arguments);
  if (reason != NULL)
    fprintf(stderr, ": %s", reason);
  fputc('\n', stderr);
}

void message(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(format, arguments, NULL);
  va_end(arguments);
}

void message_errno(int error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(format, arguments, strerror(error));
  va_end(arguments);
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
