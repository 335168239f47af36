/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command line of a command. Options may stand anywhere before `--`. */
#ifndef CALLTAP_OPTIONS_H
#define CALLTAP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* One row of a command's table; a row without name ends it. */
struct option {
  char letter;          /* 0: it has none */
  const char *name;     /* without the dashes */
  const char *argument; /* what help calls it; NULL: the option takes none */
  const char *help;     /* half a sentence */
};

struct options {
  const struct option *table;
  char **next;       /* the first word not looked at; the words end with NULL */
  char *letters;     /* the rest of a word like -qn5, or NULL */
  bool only_words;   /* after `--` */
  const char *value; /* the word itself, or the option's argument */
};

/* What options_next found, if it is not the index of an option in the table. */
enum {
  OPTIONS_END = -1,
  OPTIONS_WORD = -2,   /* options->value is a word that is no option */
  OPTIONS_DASHES = -3, /* the words after this are not options */
  OPTIONS_WRONG = -4,  /* and it has been said */
};

void options_start(struct options *options, const struct option *table, char **words);
int options_next(struct options *options);

/* These read an argument; false, and said, if it is not one. `name` is the option as it was written. */
bool options_number(const char *text, const char *name, uint64_t *number);
/* "5ms", "1.5s"; ns, us, ms, s, min. */
bool options_duration(const char *text, const char *name, uint64_t *ns);

#endif
