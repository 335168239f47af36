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
  CALLTAP_RULES = 2048,
  CALLTAP_CLAUSES = 4096,
  CALLTAP_NODES = 32768,
  CALLTAP_UNDERS = 32,       /* of all rules */
  CALLTAP_SAMPLES = 64,      /* sample(N), of all rules */
  CALLTAP_TYPE_TEXTS = 8192, /* bytes of the types of all as() */
  CALLTAP_ARGUMENTS = 6,     /* of message, keys of by */
  CALLTAP_RULE_DEPTH = 24,   /* brackets and operators inside each other: the parser and the compiler call themselves */
  CALLTAP_PROGRAM_OPS = 256, /* of one clause */
  CALLTAP_TEXT_BYTES = 4096, /* as far as texts are looked at */
  CALLTAP_FRAMES = 64,       /* of stack(N) */
  CALLTAP_USUAL_FRAMES = 16, /* of stack */
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
  CALLTAP_EXPR_CAST,   /* as(TYPE, a): number is where the type's text stands in `types` */
  CALLTAP_EXPR_WHOLE,  /* a->*, a.* */
  CALLTAP_EXPR_MEMBER, /* a.name, a->name */
  CALLTAP_EXPR_INDEX,  /* a[b] */
  CALLTAP_EXPR_NOT,
  CALLTAP_EXPR_NEGATE,
  CALLTAP_EXPR_COMPLEMENT,
  CALLTAP_EXPR_BINARY, /* a op b */
  CALLTAP_EXPR_GLOB,   /* a ~ "glob" */
  /* actions */
  CALLTAP_NODE_ACTION, /* op: enum calltap_action; a: the first argument; b: the first key */
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
  uint32_t from, to;        /* of an argument or a key: where its text begins and ends */
  struct calltap_span text; /* name, or string without its quotes; of a named pattern: its parameter or member */
  int64_t number;
};

/* X(NAME, word, least arguments, most arguments, whether it counts, by keys, whether it is about the event, sentence). A clause that counts, and
 * has no action about events, makes none. */
#define CALLTAP_ACTIONS(X)                                                                                             \
  X(RETURN, "return", 0, 0, false, true, "also the exit event")                                                        \
  X(NOARGS, "noargs", 0, 0, false, true, "the event has no values")                                                    \
  X(CALLER, "caller", 0, 0, false, true, "the event has the address it was called from")                               \
  X(STACK, "stack", 0, 1, false, true, "the event has the return addresses on the stack")                              \
  X(MESSAGE, "message", 1, CALLTAP_ARGUMENTS, false, true, "the event has values that the rule computes")              \
  X(USAGE, "usage", 0, 0, false, true, "the exit has CPU time, faults and context switches of the call")               \
  X(SILENT, "silent", 1, 1, false, false, "this thread's calls make no events, or do so again")                        \
  X(TRACE, "trace", 1, 1, false, false, "sets and clears flags of this thread")                                        \
  X(TCW, "tcw", 1, 1, false, false, "sets the session's control word")                                                 \
  X(TAG, "tag", 1, 1, false, false, "sets this thread's label")                                                        \
  X(COUNT, "count", 0, 0, true, false, "counts calls in the process")                                                  \
  X(TIME, "time", 0, 0, true, false, "adds up the time between entry and exit in the process")                         \
  X(SUM, "sum", 1, 1, true, false, "adds up a value in the process")                                                   \
  X(HIST, "hist", 1, 1, true, false, "counts a value by powers of two in the process")                                 \
  X(SAMPLE, "sample", 1, 1, false, false, "one matching call in N")                                                    \
  X(LIMIT, "limit", 1, 1, false, false, "the first N matching calls of each function")                                 \
  X(STOP, "stop", 0, 0, false, true, "the event is the session's last")

enum calltap_action {
#define CALLTAP_ACTION(NAME, word, least, most, keys, event, sentence) CALLTAP_ACTION_##NAME,
  CALLTAP_ACTIONS(CALLTAP_ACTION)
#undef CALLTAP_ACTION
      CALLTAP_ACTION_KINDS,
};

/* A set of actions. */
#define CALLTAP_DOES(NAME) (UINT32_C(1) << CALLTAP_ACTION_##NAME)

/* What is decided or taken at the entry, whatever is known at the exit. */
#define CALLTAP_OF_ENTRY                                                                                               \
  (CALLTAP_DOES(RETURN) | CALLTAP_DOES(NOARGS) | CALLTAP_DOES(CALLER) | CALLTAP_DOES(STACK) | CALLTAP_DOES(MESSAGE) |  \
   CALLTAP_DOES(USAGE) | CALLTAP_DOES(SAMPLE) | CALLTAP_DOES(LIMIT))

/* Flags of a thread in a session: what silent and trace set, in the node's number as set | clear << 32. */
enum calltap_thread_flag {
  CALLTAP_THREAD_SILENT = 1,  /* no events */
  CALLTAP_THREAD_NO_CALL = 2, /* no rules are asked */
  CALLTAP_THREAD_NOARGS = 4,  /* events have no values */
};

/* What a call must look like, and what is done then. */
struct calltap_clause {
  bool has_head;
  uint16_t head;         /* the first pattern, 0: none */
  uint16_t guard;        /* 0: none */
  uint16_t exit_guard;   /* of `return when`, 0: none */
  uint16_t actions;      /* the first node of those before a second arrow, 0: none */
  uint16_t exit_actions; /* of those behind it */
  uint32_t does;         /* CALLTAP_DOES of all of them */
  bool makes_event;
  uint8_t sample; /* the number of its sample(), plus 1 */
  uint32_t at;    /* offset in the text */
};

struct calltap_rule {
  struct calltap_span module, name;
  struct calltap_span in; /* a glob of an object or source file; empty: any */
  int arity;              /* -1: any */
  uint16_t clause, clauses;
  uint8_t under; /* the number of its `under`, plus 1 */
  bool is_met;   /* for who looks for functions: it names one that is there */
  uint32_t at;
};

/* The calls that a rule wants to be below: a pattern, and what it asks of them. */
struct calltap_under {
  struct calltap_rule pattern;
  struct calltap_clause clause; /* with an exit guard: what is below is kept until that is known */
};

struct calltap_rules {
  const char *text;
  size_t count, clauses, nodes, unders, samples, type_bytes;
  uint32_t does;               /* CALLTAP_DOES of all actions */
  bool uses_depth;             /* somewhere stands depth() */
  struct calltap_span file;    /* parsing ended at @FILE: its name; empty: it did not */
  uint32_t file_from, file_to; /* where that stands in the text */
  struct calltap_rule rule[CALLTAP_RULES];
  struct calltap_under under[CALLTAP_UNDERS];
  struct calltap_clause clause[CALLTAP_CLAUSES];
  struct calltap_node node[CALLTAP_NODES]; /* 0 is none */
  char types[CALLTAP_TYPE_TEXTS];          /* as type.h has them, each terminated */
};

/* Reads rules. They point into the text, which must live as long as they do. False: `error` says what is wrong. */
bool calltap_rules_parse(const char *text, struct calltap_rules *rules, struct calltap_rule_error *error);

/* -- rules in files: @FILE in place of a rule -- */

enum { CALLTAP_RULE_FILES = 16, CALLTAP_RULE_FILE_BYTES = 64 * 1024 };

/* How files are read. Memory stays as long as the rules do. */
struct calltap_rule_files {
  /* A file's contents with a NUL behind them. Null: `why` says why not, in half a sentence. */
  const char *(*read)(void *context, const char *name, size_t *bytes, const char **why);
  void *(*memory)(void *context, size_t bytes); /* null: there is none */
  void *context;
};

/* A text of rules of which parts come from files. */
struct calltap_rule_text {
  const char *text; /* the whole */
  size_t parts;
  struct {
    size_t from, to;          /* in the whole */
    const char *origin;       /* where it comes from: what was given, or all of a file */
    size_t offset;            /* in that */
    struct calltap_span file; /* its name; empty: what was given */
  } part[2 * CALLTAP_RULE_FILES + 1];
};

/* As calltap_rules_parse, of a text in which @FILE stands for the rules in a file. Places are of text->text. */
bool calltap_rules_read(const char *given, const struct calltap_rule_files *files, struct calltap_rules *rules,
                        struct calltap_rule_text *text, struct calltap_rule_error *error);

/* Reads a pattern that stands alone, [module:]function[/arity]: of the rule only these are set. */
bool calltap_pattern_parse(const char *text, struct calltap_rule *pattern, struct calltap_rule_error *error);

/* Where an error is, for people. */
struct calltap_rule_place {
  size_t lines;        /* of the whole text */
  size_t line, column; /* 1-based, the column in characters of its line; 0: of no place */
  char shown
      [640]; /* the line, or of a long one the part around the place, and a caret in a line below it; "" if of no place */
  struct calltap_span file; /* empty: the text that was given */
};
void calltap_rule_place(const char *text, const struct calltap_rule_error *error, struct calltap_rule_place *place);
void calltap_rule_text_place(const struct calltap_rule_text *text, const struct calltap_rule_error *error,
                             struct calltap_rule_place *place);

/* Whether the rule's pattern is about this function. */
bool calltap_rule_names(const struct calltap_rule *rule, const char *module, const char *name, unsigned arity);

/* Whether its `in` is about a file: the path of an object or a source, of which the last parts count. */
bool calltap_rule_is_in(const struct calltap_rule *rule, const char *path);

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
  X(TEXT_LENGTH, 1, 1, "bytes of the text at an address, at most `b`, or 4096 if that is 0")                           \
  X(ABS, 1, 1, "the number without its sign")                                                                          \
  X(MIN, 2, 1, "the lower one, signed")                                                                                \
  X(MIN_U, 2, 1, "the lower one, unsigned")                                                                            \
  X(MAX, 2, 1, "the higher one, signed")                                                                               \
  X(MAX_U, 2, 1, "the higher one, unsigned")                                                                           \
  X(DEPTH, 0, 1, "armed calls that are open on this thread, this one included")                                        \
  X(TID, 0, 1, "the thread's id")                                                                                      \
  X(THREAD, 0, 1, "the address of the thread's name")                                                                  \
  X(CALLER, 0, 1, "the return address")                                                                                \
  X(TAG, 0, 1, "the thread's label")                                                                                   \
  X(TCW, 0, 1, "the session's control word")                                                                           \
  X(SILENT, 0, 1, "whether the thread is silent")                                                                      \
  X(EXIT, 0, 1, "the kind of the exit, enum calltap_wire_event")                                                       \
  X(CHECK, 0, 0, "ends the program with no unless the number in register `a`, read by `b`, compares so with `imm`")    \
  X(SKIP_IF_NOT, 1, 0, "goes `imm` operations further if the value is zero")                                           \
  X(SKIP_IF_NOT_KEEP, 1, 1, "goes `imm` further if it is zero, and it stays; else it goes (for and)")                  \
  X(SKIP_IF_KEEP, 1, 1, "goes `imm` further if it is not zero, and it stays; else it goes (for or)")                   \
  X(REJECT_IF_NOT, 1, 0, "ends the program with no if the value is zero")                                              \
  X(ACCEPT, 0, 0, "ends the program with yes")                                                                         \
  X(GIVE, 1, 0, "ends the program with yes, and a value")                                                              \
  X(GIVE_TWO, 2, 0, "ends the program with yes, and two values")

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
  uint32_t at; /* offset in the text of what it is there for, plus 1; 0: of nothing in particular. Nothing runs by it */
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

/* What a value of a message, a key or a counter is. */
enum calltap_given_kind {
  CALLTAP_GIVEN_VALUE, /* the program gives a number, real or pointer of `type` */
  CALLTAP_GIVEN_TIME,  /* nanoseconds */
  CALLTAP_GIVEN_WHOLE, /* the address of an object of `type` */
  CALLTAP_GIVEN_TEXT,  /* an address, and how many bytes of the text there are looked at */
  CALLTAP_GIVEN_BYTES, /* an address, and a number of bytes */
  CALLTAP_GIVEN_STACK, /* return addresses, at most `frames`: there is no program */
};
struct calltap_given {
  enum calltap_given_kind kind;
  const char *type; /* as type.h has it, in the function's unit */
  bool is_signed;   /* of a number */
  uint16_t frames;
};

/* Compiles a value, the node of an expression. at_exit: as for the guard of `return when`. */
bool calltap_rule_compile_value(const struct calltap_rules *rules, const struct calltap_clause *clause,
                                const struct calltap_signature *signature, uint16_t node, bool at_exit,
                                struct calltap_program *program, struct calltap_given *given,
                                struct calltap_rule_error *error);

/* Whether an action is done at the exit: all behind the second arrow, time, and behind `return when` what cannot be taken back. */
bool calltap_rule_at_exit(const struct calltap_clause *clause, const struct calltap_node *action, bool is_exit_list);

/* Whether all that a clause asks can be asked of a function of this signature: its guards, and the values of its actions. `program` is
 * room to work in. */
bool calltap_rule_check(const struct calltap_rules *rules, const struct calltap_clause *clause,
                        const struct calltap_signature *signature, struct calltap_program *program,
                        struct calltap_rule_error *error);

/* Joins what belongs together: a comparison of an integer in a register with a constant becomes one CHECK. The program must be
 * valid, and is so afterwards. */
void calltap_program_join(struct calltap_program *program);

/* Whether a program, whoever wrote it, keeps to the bounds: operations, places, jumps forward only, and the stack's depth. Only then may
 * it be run. */
bool calltap_program_valid(const struct calltap_program *program);

#endif
