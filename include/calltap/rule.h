/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules: from text to trees, and from trees and the types of one function to a program. The same code runs in the traced
 * process, before main and in its signal handler, and in the command. docs/rules.md is the language.
 *
 * All functions here are signal-safe: they work in the memory that the caller gives, take a time that is bounded by the size of
 * the text, and call nothing of libc. Nothing is freed: trees point into the text, programs into their rules. */
#ifndef CALLTAP_RULE_H
#define CALLTAP_RULE_H

#include "calltap/abi.h"
#include "calltap/type.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CALLTAP_RULES = 256,
  CALLTAP_CLAUSES = 512,
  CALLTAP_NODES = 4096,
  CALLTAP_RULE_DEPTH = 24,   /* brackets and operators inside each other: the parser and the compiler call themselves */
  CALLTAP_PROGRAM_OPS = 256, /* of one clause */
  CALLTAP_PROGRAM_STACK = 24, /* values */
};

/* Where a rule is wrong and what to do about it. */
struct calltap_rule_error {
  size_t column; /* 1-based, in bytes of the whole text; 0: of no place in particular */
  char message[320];
};

struct calltap_span {
  const char *start, *end;
};

/* -- trees --------------------------------------------------------------------------------------------------------- */

enum calltap_node_kind {
  /* patterns of a head */
  CALLTAP_PAT_ANY,     /* _ */
  CALLTAP_PAT_REST,    /* ... */
  CALLTAP_PAT_BIND,    /* name */
  CALLTAP_PAT_EQUAL,   /* a: a literal or pin that the value equals */
  CALLTAP_PAT_RANGE,   /* a..b, either may be missing (0) */
  CALLTAP_PAT_GLOB,    /* ~"glob" */
  CALLTAP_PAT_MEMBERS, /* {name = pattern, ...}: a is the first */
  /* expressions */
  CALLTAP_EXPR_INTEGER, /* number; in nanoseconds if is_time */
  CALLTAP_EXPR_REAL,    /* number: the bits of a double */
  CALLTAP_EXPR_STRING,
  CALLTAP_EXPR_CHARACTER, /* number */
  CALLTAP_EXPR_PIN,       /* ^name: an enumerator */
  CALLTAP_EXPR_NAME,
  CALLTAP_EXPR_CALL,   /* name(a, ...) */
  CALLTAP_EXPR_MEMBER, /* a.name, a->name */
  CALLTAP_EXPR_INDEX,  /* a[b] */
  CALLTAP_EXPR_NOT,
  CALLTAP_EXPR_NEGATE,
  CALLTAP_EXPR_COMPLEMENT,
  CALLTAP_EXPR_BINARY, /* a op b */
  CALLTAP_EXPR_GLOB,   /* a ~ "glob" */
  /* actions */
  CALLTAP_ACTION, /* name(a, ...) */
};

enum calltap_binary {
  CALLTAP_OR,
  CALLTAP_AND,
  CALLTAP_BIT_OR,
  CALLTAP_BIT_XOR,
  CALLTAP_BIT_AND,
  CALLTAP_EQ,
  CALLTAP_NE,
  CALLTAP_LT,
  CALLTAP_LE,
  CALLTAP_GT,
  CALLTAP_GE,
  CALLTAP_SHL,
  CALLTAP_SHR,
  CALLTAP_ADD,
  CALLTAP_SUB,
  CALLTAP_MUL,
  CALLTAP_DIV,
  CALLTAP_MOD,
};

struct calltap_node {
  uint8_t kind; /* enum calltap_node_kind */
  uint8_t op;   /* enum calltap_binary */
  bool is_time;
  bool is_unsigned; /* an integer that C reads as an unsigned one */
  bool in_brackets;
  uint16_t a, b;            /* other nodes, 0: none */
  uint16_t next;            /* in a list */
  uint32_t at;              /* offset in the text */
  struct calltap_span text; /* name, or string without its quotes; of a named pattern: its parameter or member */
  int64_t number;
};

enum calltap_action {
  CALLTAP_ACTION_RETURN = 1,
  CALLTAP_ACTION_NOARGS = 2,
  CALLTAP_ACTION_STOP = 4,
};

/* What a call must look like, and what is done then. */
struct calltap_clause {
  bool has_head;
  uint16_t head;       /* the first pattern, 0: none */
  uint16_t guard;      /* 0: none */
  uint16_t exit_guard; /* of `return when`, 0: none */
  uint32_t actions;    /* enum calltap_action */
  uint32_t at;         /* offset in the text */
};

struct calltap_rule {
  struct calltap_span module, name;
  bool literal; /* the pattern was quoted: no globs in it */
  int arity;    /* -1: any */
  uint16_t clause, clauses;
  uint32_t at;
};

struct calltap_rules {
  const char *text;
  size_t count, clauses, nodes;
  struct calltap_rule rule[CALLTAP_RULES];
  struct calltap_clause clause[CALLTAP_CLAUSES];
  struct calltap_node node[CALLTAP_NODES]; /* 0 is none */
};

/* Reads rules. They point into the text, which must live as long as they do. False: `error` says what is wrong. */
bool calltap_rules_parse(const char *text, struct calltap_rules *rules, struct calltap_rule_error *error);

/* Reads a pattern that stands alone, [module:]function[/arity]: of the rule only these are set. */
bool calltap_pattern_parse(const char *text, struct calltap_rule *pattern, struct calltap_rule_error *error);

/* Where an error is, for people. */
struct calltap_rule_place {
  size_t lines;        /* of the whole text */
  size_t line, column; /* 1-based, the column in characters of its line; 0: of no place */
  char shown
      [640]; /* the line, or of a long one the part around the place, and a caret in a line below it; "" if of no place */
};
void calltap_rule_place(const char *text, const struct calltap_rule_error *error, struct calltap_rule_place *place);

/* Whether the rule's pattern is about this function. */
bool calltap_rule_names(const struct calltap_rule *rule, const char *module, const char *name, unsigned arity);

/* Whether the pattern, which may be quoted in part, matches a whole text. */
bool calltap_rule_glob(struct calltap_span glob, const char *text);

/* -- programs ------------------------------------------------------------------------------------------------------ */

/* X(name, pops, pushes, sentence). Values are 64 bits wide. */
#define CALLTAP_OPS(X)                                                                                                 \
  X(PUSH, 0, 1, "the number `imm`")                                                                                    \
  X(VALUE, 0, 1, "eight bytes of a parameter, from place `a`, slot `b`")                                               \
  X(RESULT, 0, 1, "eight bytes of the result, from place `a`; ends the program at exits that have none")               \
  X(ELAPSED, 0, 1, "nanoseconds since the entry")                                                                      \
  X(FRAME, 0, 1, "the address of stack slot `b`")                                                                      \
  X(LOAD, 1, 1, "`a` bytes of memory, `imm` behind an address; ends the program where they cannot be read")            \
  X(SIGNED, 1, 1, "the lowest `a` bits, with their sign")                                                              \
  X(UNSIGNED, 1, 1, "the lowest `a` bits")                                                                             \
  X(WIDEN, 1, 1, "a float as a double")                                                                                \
  X(NOT, 1, 1, "1 for zero, else 0")                                                                                   \
  X(TEST, 1, 1, "0 for zero, else 1")                                                                                  \
  X(NEGATE, 1, 1, "minus the number")                                                                                  \
  X(COMPLEMENT, 1, 1, "every bit turned")                                                                              \
  X(ADD, 2, 1, "sum")                                                                                                  \
  X(SUB, 2, 1, "difference")                                                                                           \
  X(MUL, 2, 1, "product")                                                                                              \
  X(DIV, 2, 1, "signed quotient; ends the program where there is none")                                                \
  X(DIV_U, 2, 1, "unsigned quotient")                                                                                  \
  X(MOD, 2, 1, "signed remainder")                                                                                     \
  X(MOD_U, 2, 1, "unsigned remainder")                                                                                 \
  X(SHL, 2, 1, "shifted left; by 64 and more: 0")                                                                      \
  X(SHR, 2, 1, "shifted right, with the sign")                                                                         \
  X(SHR_U, 2, 1, "shifted right, with zeros")                                                                          \
  X(AND, 2, 1, "bits in both")                                                                                         \
  X(OR, 2, 1, "bits in either")                                                                                        \
  X(XOR, 2, 1, "bits in one")                                                                                          \
  X(EQ, 2, 1, "whether equal")                                                                                         \
  X(LT, 2, 1, "whether less, signed")                                                                                  \
  X(LT_U, 2, 1, "whether less, unsigned")                                                                              \
  X(EQ_R, 2, 1, "whether two doubles are equal")                                                                       \
  X(LT_R, 2, 1, "whether a double is less than another")                                                               \
  X(GE_R, 2, 1, "whether a double is greater than another, or equal")                                                  \
  X(TEXT_EQ, 1, 1, "whether the text at an address is the string `imm`, `b` bytes long; `a` bytes at most if not 0")   \
  X(TEXT_GLOB, 1, 1, "whether the text at an address matches the glob `imm`, `b` bytes long")                          \
  X(CHECK, 0, 0, "ends the program with no unless the number in register `a`, read by `b`, compares so with `imm`")    \
  X(SKIP_IF_NOT, 1, 0, "goes `imm` operations further if the value is zero")                                           \
  X(SKIP_IF_NOT_KEEP, 1, 1, "goes `imm` further if it is zero, and it stays; else it goes (for and)")                  \
  X(SKIP_IF_KEEP, 1, 1, "goes `imm` further if it is not zero, and it stays; else it goes (for or)")                   \
  X(REJECT_IF_NOT, 1, 0, "ends the program with no if the value is zero")                                              \
  X(ACCEPT, 0, 0, "ends the program with yes")

enum calltap_op {
#define CALLTAP_OP(name, pops, pushes, sentence) CALLTAP_OP_##name,
  CALLTAP_OPS(CALLTAP_OP)
#undef CALLTAP_OP
      CALLTAP_OP_COUNT,
};

/* The `b` of CHECK: how many bits count, and how they are read and compared. */
enum {
  CALLTAP_CHECK_BITS = 0x7F,
  CALLTAP_CHECK_SIGNED = 0x80, /* they have a sign */
  CALLTAP_CHECK_LESS = 0x100,  /* less than `imm`, signed; else equal */
  CALLTAP_CHECK_BELOW = 0x200, /* less than `imm`, unsigned */
  CALLTAP_CHECK_NOT = 0x400,   /* the other way round */
};

struct calltap_operation {
  uint8_t op; /* enum calltap_op */
  uint8_t a;
  uint16_t b;
  uint32_t reserved;
  int64_t imm; /* strings: their address */
};

struct calltap_program {
  uint16_t count; /* 0: always yes */
  struct calltap_operation op[CALLTAP_PROGRAM_OPS];
};

/* A parameter as a program reads it. */
struct calltap_parameter {
  const char *name, *type;
  uint8_t place[2];
  uint16_t slot;
};

struct calltap_signature {
  const struct calltap_parameter *parameter; /* `this` first, if has_this */
  size_t parameters;
  struct calltap_parameter result;
  bool has_this;
  struct calltap_scope scope;
};

/* Compiles a clause for a function of this signature. False: it cannot be asked of this function, and `error` says why. */
bool calltap_rule_compile(const struct calltap_rules *rules, const struct calltap_clause *clause,
                          const struct calltap_signature *signature, struct calltap_program *program,
                          struct calltap_rule_error *error);

/* The same for the guard of its `return when`: names are those of its head, parameters are as they were at the entry, and what they point
 * to is read at the exit. The clause has one. */
bool calltap_rule_compile_exit(const struct calltap_rules *rules, const struct calltap_clause *clause,
                               const struct calltap_signature *signature, struct calltap_program *program,
                               struct calltap_rule_error *error);

/* Joins what belongs together: a comparison of an integer in a register with a constant becomes one CHECK. The program must be
 * valid, and is so afterwards. */
void calltap_program_join(struct calltap_program *program);

/* Whether a program, whoever wrote it, keeps to the bounds: operations, places, jumps forward only, and the stack's depth. Only then may
 * it be run. */
bool calltap_program_valid(const struct calltap_program *program);

#endif
