/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules on the command line, and what becomes of them in the functions of a target. */
#ifndef CALLTAP_QUESTION_H
#define CALLTAP_QUESTION_H

#include "calltap/rule.h"
#include "command.h"
#include "lib/text.h"
#include "nearest.h"
#include "object.h"

/* What @FILE was read from, and the texts that were made of it. */
struct question_file {
  char *name, *contents;
  size_t size;
};

/* Zero at its start. */
struct question {
  struct calltap__builder words; /* one word a line, terminated by question_end */
  struct calltap_rule_text text; /* of these, with what stands in files */
  struct calltap_rules *rules;   /* of the whole text, once it has ended */
  struct question_file *file;
  size_t files;
  void **block; /* memory of the texts */
  size_t blocks;
};

/* Adds a word of the command line: one or several rules. False: it is wrong, which has been said. */
bool question_add(struct question *question, const char *word);

/* Reads all of them together. False: that is wrong, which has been said. */
bool question_end(struct question *question);

/* Where an error of theirs is. */
void question_place(const struct question *question, const struct calltap_rule_error *error,
                    struct calltap_rule_place *place);

/* The same in words, "rules.txt, line 2, column 5", in front of what is said there; "" if it is of no place. */
void question_build_place(struct calltap__builder *builder, const struct calltap_rule_place *place);

/* The same as members of a JSON object, each behind a comma. */
void question_build_json_place(struct calltap__builder *builder, const struct calltap_rule_place *place);

/* A function as the rule compiler sees it; `parameters` is room for them. */
struct calltap_signature question_signature(const struct object_function *function,
                                            struct calltap_parameter *parameters);

void question_free(struct question *question);

/* --- answers --- */

struct names {
  char **name;
  size_t count;
};

/* Why a clause cannot be asked of some functions. */
struct refusal {
  struct calltap_rule_error error;
  struct names functions;
};

/* What becomes of one rule, or of one scope. */
struct answer {
  bool is_in;           /* some object or source has the name behind `in`, or there is none */
  struct names asked;   /* the functions it can be asked of, by at least one of its clauses */
  struct names refused; /* those it cannot */
  struct names inlined; /* those that were inlined away, unless they have hooks elsewhere */
  struct refusal *refusal;
  size_t refusals;
  struct calltap__builder programs; /* text, if it was wanted */
  struct nearest nearest;
};

struct answers {
  const struct question *question;
  struct answer *answer; /* by the number of the rule; behind all rules stand the scopes, by theirs */
  const char *path;      /* of the object whose functions come now */
  size_t objects;        /* with tables */
  size_t programs;       /* of so many functions the programs are wanted */
  bool quiet;            /* faults of the target are not said */
  bool failed;           /* no memory */
};

/* Asks a file, or the objects of a process. `answers` has its question, and what else is wanted; the rest is zero. What went
 * wrong has been said. */
enum status answers_gather(struct answers *answers, const char *target);

/* The answer of the scope that a rule has; NULL: it has none. */
const struct answer *answers_scope(const struct answers *answers, size_t rule);

/* Whether there is something to be asked by a rule: a function, and one that opens its scope. */
bool answers_has_any(const struct answers *answers, size_t rule);

/* Says that a rule, or else its scope, matches nothing that can be asked, and why. */
void answers_say_nothing(const struct answers *answers, size_t rule, const char *target);

void answers_free(struct answers *answers);

#endif
