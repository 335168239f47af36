/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "nearest.h"

void options_start(struct options *options, const struct option *table, char **words) {
  *options = (struct options){.table = table, .next = words};
}

static void say_unknown(const struct options *options, const char *word, size_t size) {
  char hint[512];
  struct nearest nearest;
  nearest_start(&nearest, word, size);
  for (const struct option *option = options->table; option->name != NULL; option++) {
    char name[64];
    snprintf(name, sizeof name, "--%s", option->name);
    nearest_offer(&nearest, name, option->name);
  }
  nearest_say(&nearest, hint, sizeof hint);
  message("there is no option --%.*s%s", (int)size, word, hint);
}

/* The argument of an option is the rest of its word, or the next word. */
static int take(struct options *options, int index, char *rest) {
  const struct option *option = &options->table[index];
  if (option->argument == NULL) {
    if (rest == NULL)
      return index;
    message("--%s takes no argument", option->name);
    return OPTIONS_WRONG;
  }
  options->value = rest != NULL ? rest : *options->next;
  if (options->value == NULL) {
    message("--%s needs its %s", option->name, option->argument);
    return OPTIONS_WRONG;
  }
  if (rest == NULL)
    options->next++;
  return index;
}

static int long_option(struct options *options, char *word) {
  size_t size = strcspn(word, "=");
  for (int i = 0; options->table[i].name != NULL; i++) {
    const char *name = options->table[i].name;
    if (strlen(name) != size || memcmp(name, word, size) != 0)
      continue;
    return take(options, i, word[size] == '=' ? word + size + 1 : NULL);
  }
  say_unknown(options, word, size);
  return OPTIONS_WRONG;
}

static int letter_option(struct options *options) {
  char letter = *options->letters++;
  char *rest = *options->letters != '\0' ? options->letters : NULL;
  for (int i = 0; options->table[i].name != NULL; i++) {
    if (options->table[i].letter != letter)
      continue;
    if (options->table[i].argument == NULL) {
      options->letters = rest;
      return i;
    }
    options->letters = NULL;
    return take(options, i, rest);
  }
  message("there is no option -%c", letter);
  return OPTIONS_WRONG;
}

int options_next(struct options *options) {
  if (options->letters != NULL)
    return letter_option(options);
  char *word = *options->next;
  if (word == NULL)
    return OPTIONS_END;
  options->next++;
  options->value = word;
  if (options->only_words || word[0] != '-' || word[1] == '\0')
    return OPTIONS_WORD;
  if (word[1] != '-') {
    options->letters = word + 1;
    return letter_option(options);
  }
  if (word[2] != '\0')
    return long_option(options, word + 2);
  options->only_words = true;
  return OPTIONS_DASHES;
}

bool options_number(const char *text, const char *name, uint64_t *number) {
  char *end;
  errno = 0;
  unsigned long long read = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
    message("%s takes a number, not '%s'", name, text);
    return false;
  }
  *number = read;
  return true;
}

bool options_duration(const char *text, const char *name, uint64_t *ns) {
  static const struct {
    const char *unit;
    double ns;
  } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}};
  char *end;
  double read = strtod(text, &end);
  bool number = text[0] >= '0' && text[0] <= '9';
  for (size_t i = 0; number && i < sizeof units / sizeof *units; i++) {
    if (strcmp(end, units[i].unit) != 0 || read * units[i].ns >= 9e18)
      continue;
    *ns = (uint64_t)(read * units[i].ns);
    return true;
  }
  message("%s takes a time like 500us, 5ms or 2s, not '%s'", name, text);
  return false;
}
