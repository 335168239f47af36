/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the parts of the rule parser share: a place in the text, and words of it. */
#ifndef CALLTAP_RULE_READ_H
#define CALLTAP_RULE_READ_H

#include "calltap/rule.h"

enum token_kind {
  TOKEN_END, /* of the text, the line, or at a ";" */
  TOKEN_NAME,
  TOKEN_INTEGER,
  TOKEN_REAL,
  TOKEN_STRING,
  TOKEN_CHARACTER,
  TOKEN_MARK, /* one of the operators and brackets; `mark` has its characters */
};

struct token {
  enum token_kind kind;
  const char *start, *end;
  struct calltap_span text; /* strings: between the quotes */
  uint32_t mark;            /* up to four characters, the first in the lowest byte */
  int64_t number;
  bool is_time, is_unsigned;
  bool after_space;
};

#define MARK1(a) ((uint32_t)(unsigned char)(a))
#define MARK2(a, b) (MARK1(a) | MARK1(b) << 8)
#define MARK3(a, b, c) (MARK2(a, b) | MARK1(c) << 16)

struct reader {
  const char *text; /* all of it */
  struct calltap_rules *rules;
  struct calltap_rule_error *error;
  const char *at; /* behind `token` */
  struct token token;
  unsigned depth;  /* of brackets: inside, a new line is a blank, and an arrow a member */
  unsigned nested; /* calls of the parser within itself: brackets and operators */
  bool failed;
};

/* -- rule.c -- */
bool calltap__rule_pattern(struct reader *r,
                           struct calltap_rule *rule); /* [MODULE:]FUNCTION[/ARITY], no blank before it */

/* -- rule_lex.c -- */
void calltap__rule_next(struct reader *r); /* reads the next token */
bool calltap__rule_is(const struct reader *r, uint32_t mark);
bool calltap__rule_is_word(const struct reader *r, const char *word);
bool calltap__rule_is_comparison(const struct reader *r); /* the token, or && or ||: a guard, wherever it stands */
/* Takes the token if it is that mark. */
bool calltap__rule_take(struct reader *r, uint32_t mark);
/* Both note an error at a place; the first one counts. They return false. */
bool calltap__rule_wrong(struct reader *r, const char *at, const char *message);
bool calltap__rule_wrong_about(struct reader *r, const char *at, const char *before, struct calltap_span about,
                               const char *behind);
/* Goes one level deeper into the text. False: too deep for a small stack. The way back is `nested--`. */
bool calltap__rule_deeper(struct reader *r);
/* A new node at a place of the text; 0 if there are too many. */
uint16_t calltap__rule_node(struct reader *r, enum calltap_node_kind kind, const char *at);

/* -- rule_expr.c -- */
uint16_t calltap__rule_expression(struct reader *r);               /* 0: failed */
uint16_t calltap__rule_literal(struct reader *r);                  /* a number, string, character or pin, with a sign */
uint16_t calltap__rule_argument(struct reader *r);                 /* the same, noting its text */
uint16_t calltap__rule_arguments(struct reader *r, uint16_t call); /* of a node, behind its "("; 0: failed */
bool calltap__rule_is_constant(const struct reader *r);            /* the token: NULL, nullptr, true, false */
bool calltap__rule_is_glob(struct reader *r);                      /* the token, behind ~; false: an error was noted */

/* -- rule_head.c -- */
uint16_t calltap__rule_head(struct reader *r); /* from "(" on; the first pattern, 0: none, or failed */

/* -- rule_action.c -- */
/* Behind the arrow, and behind the second. False: failed. */
bool calltap__rule_actions(struct reader *r, struct calltap_clause *clause);

#endif
