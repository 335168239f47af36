/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the parts of the rule compiler share: the program that grows, and what is on its stack by then. */
#ifndef CALLTAP_RULE_COMPILE_H
#define CALLTAP_RULE_COMPILE_H

#include "calltap/rule.h"
#include "text.h"

enum { MAX_NAMES = CALLTAP_MAX_PARAMETERS, MAX_PATH = 8, NAME_BYTES = 128 };

/* A deep expression must not have the room of every kind of operator, and of the messages, in each of its frames: the handler's
 * stack is small. */
#define OUT_OF_LINE __attribute__((noinline))

/* What an expression leaves on the stack. */
enum shape_of_value {
  A_NUMBER,  /* an integer, character, bool or enumerator: `bits` and `is_unsigned` after C's promotion */
  A_REAL,    /* a double */
  A_POINTER, /* an address; `type` is that of the pointer or array */
  A_PLACE,   /* the address of something of this type */
  A_PIECE,   /* nothing: a part of a parameter that is in registers */
  A_TIME,    /* nanoseconds */
};

struct value {
  enum shape_of_value shape;
  const char *type; /* null: of a literal */
  uint8_t bits;
  bool is_unsigned;
  bool is_character;
  uint8_t most;        /* A_POINTER to a text: how many bytes of it count, 0: all */
  uint64_t offset;     /* A_PLACE, A_PIECE: in bits */
  uint32_t field_bits; /* of a bit-field, else 0 */
  size_t parameter;    /* A_PIECE; RESULT: the result */
};

struct compiler {
  const struct calltap_rules *rules;
  const struct calltap_clause *clause;
  const struct calltap_signature *signature;
  struct calltap_program *program;
  struct calltap_rule_error *error;
  struct calltap_span name[MAX_NAMES]; /* what the head calls the parameters */
  unsigned depth;
  uint32_t at;  /* of what is compiled now: offset in the text, plus 1 */
  bool at_exit; /* of a return: there is a result, and the frame of the entry is gone */
  bool failed;
};

/* A parameter, or a member of a member of one: what a pattern is about. */
struct subject {
  size_t parameter;
  size_t members;
  struct calltap_span member[MAX_PATH];
  uint32_t at;
};

/* A way to put one side of a comparison on the stack, as often as needed. */
struct side {
  const struct subject *subject; /* null: the expression */
  uint16_t expression;
};

static inline const struct calltap_node *node_of(const struct compiler *c, uint16_t index) {
  return &c->rules->node[index];
}

static const struct value a_truth = {.shape = A_NUMBER, .bits = 32};

enum { RESULT = CALLTAP_MAX_PARAMETERS }; /* in place of the number of a parameter */

/* -- rule_value.c -- */
struct calltap_span calltap__all_of(const char *text);
bool calltap__same(struct calltap_span a, const char *b, size_t bytes);
bool calltap__same_text(struct calltap_span a, const char *b);
bool calltap__same_span(struct calltap_span a, struct calltap_span b);
/* All four note an error; the first one counts. They return false. */
bool calltap__wrong(struct compiler *c, uint32_t at, const char *before, struct calltap_span about, const char *behind);
bool calltap__wrong_type(struct compiler *c, uint32_t at, const char *type, const char *what);
bool calltap__wrong_value(struct compiler *c, uint32_t at, struct value v, const char *what);
bool calltap__wrong_name(struct compiler *c, uint32_t at, struct calltap_span name);
/* Returns where the operation stands. */
size_t calltap__emit(struct compiler *c, enum calltap_op op, unsigned a, unsigned b, int64_t imm);
/* Puts an operation before the one at `at`. Jumps that were made so far lead either behind both or to what is put in. */
void calltap__insert(struct compiler *c, size_t at, enum calltap_op op, unsigned a);
/* The jump at `from` leads to the next operation. */
void calltap__land(struct compiler *c, size_t from);
struct calltap_type calltap__read_type(const struct compiler *c, const char *type);
bool calltap__is_number(const struct calltap_type *t);
bool calltap__is_text(const struct calltap_type *t);
struct value calltap__scalar(struct compiler *c, uint32_t at, const char *type, unsigned bits);
struct value calltap__place(const char *type);
struct value calltap__settle(struct compiler *c, struct value v);
struct value calltap__load(struct compiler *c, uint32_t at, struct value v);
struct value calltap__parameter(struct compiler *c, uint32_t at, size_t index);
size_t calltap__parameter_named(const struct compiler *c, struct calltap_span name);
struct value calltap__member(struct compiler *c, uint32_t at, struct value v, struct calltap_span name);

/* -- rule_compare.c -- */
struct value calltap__integer_literal(const struct calltap_node *n);
bool calltap__enumerator_in(const struct compiler *c, const char *type, struct calltap_span name, int64_t *value);
void calltap__text_test(struct compiler *c, struct value other, uint32_t at, struct calltap_span string, bool is_glob);
bool calltap__compares_unsigned(struct value a, struct value b);
void calltap__convert(struct compiler *c, struct value a, size_t second, struct value b);
struct value calltap__compare(struct compiler *c, uint32_t at, uint8_t op, struct side a, struct side b);

/* -- rule_function.c -- */
/* name(...), on values; an error if there is no such function. */
struct value calltap__function(struct compiler *c, const struct calltap_node *n);
/* ret and elapsed, with brackets or without. False: it is neither. */
bool calltap__exit_word(struct compiler *c, const struct calltap_node *n, struct value *v);
/* exit() == NAME. False: it is not that. */
bool calltap__exit_compare(struct compiler *c, uint32_t at, uint8_t op, struct side a, struct side b);
/* as(TYPE, VALUE) */
struct value calltap__cast(struct compiler *c, const struct calltap_node *n);
/* Ends the program with what a message, a key or a counter takes. */
void calltap__give(struct compiler *c, uint16_t node, struct calltap_given *given);

/* -- rule_compile.c -- */
struct value calltap__scalar_of(struct compiler *c, uint16_t index);
void calltap__truth_of(struct compiler *c, uint16_t index);
struct value calltap__expression(struct compiler *c, uint16_t index);
struct value calltap__subject_value(struct compiler *c, const struct subject *s);

#endif
