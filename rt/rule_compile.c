/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From the tree of a clause and the types of one function to a program. What a program can be known to do wrong is said here; what
 * depends on memory ends it with no. */
#include "calltap/rule.h"
#include "text.h"
#include <limits.h>

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

static const struct calltap_node *node_of(const struct compiler *c, uint16_t index) { return &c->rules->node[index]; }

/* -- errors ----------------------------------------------------------------------------------------------------------- */

static struct calltap_span all_of(const char *text) {
  return (struct calltap_span){text, text + calltap__text_length(text)};
}

OUT_OF_LINE static bool wrong(struct compiler *c, uint32_t at, const char *before, struct calltap_span about,
                              const char *behind) {
  if (c->failed)
    return false;
  c->failed = true;
  c->error->column = at + 1;
  struct builder b = calltap__builder(c->error->message, sizeof c->error->message);
  calltap__put(&b, before);
  calltap__put_span(&b, (struct span){about.start, about.end});
  calltap__put(&b, behind);
  calltap__put_end(&b);
  return false;
}

OUT_OF_LINE static bool wrong_type(struct compiler *c, uint32_t at, const char *type, const char *what) {
  char spelled[NAME_BYTES];
  calltap_type_spell(type ? type : "i", "", spelled, sizeof spelled);
  return wrong(c, at, "this is of type ", all_of(spelled), what);
}

/* The same of a value, which may be of no type: a literal, or a time. */
OUT_OF_LINE static bool wrong_value(struct compiler *c, uint32_t at, struct value v, const char *what) {
  if (v.type || v.shape == A_NUMBER)
    return wrong_type(c, at, v.type, what);
  return wrong(c, at, v.shape == A_TIME ? "this is a time" : "this is a decimal number", all_of(what), "");
}

/* -- operations --------------------------------------------------------------------------------------------------------- */

static size_t emit(struct compiler *c, enum calltap_op op, unsigned a, unsigned b, int64_t imm) {
  if (c->program->count == CALLTAP_PROGRAM_OPS) {
    wrong(c, c->clause->at, "the clause is too long for one function", all_of(""), "");
    return 0;
  }
  size_t at = c->program->count++;
  c->program->op[at] = (struct calltap_operation){.op = (uint8_t)op, .a = (uint8_t)a, .b = (uint16_t)b, .imm = imm};
  return at;
}

/* Puts an operation before the one at `at`. Jumps that were made so far lead either behind both or to what is put in. */
static void insert(struct compiler *c, size_t at, enum calltap_op op, unsigned a) {
  size_t last = emit(c, op, a, 0, 0);
  if (c->failed)
    return;
  const struct calltap_operation inserted = c->program->op[last];
  for (; last > at; last--)
    c->program->op[last] = c->program->op[last - 1];
  c->program->op[at] = inserted;
}

/* The jump at `from` leads to the next operation. */
static void land(struct compiler *c, size_t from) {
  c->program->op[from].imm = (int64_t)(c->program->count - from - 1);
}

/* -- values --------------------------------------------------------------------------------------------------------------- */

static struct calltap_type read_type(const struct compiler *c, const char *type) {
  return calltap_type_read(type, &c->signature->scope);
}

static bool is_number(const struct calltap_type *t) {
  return ((t->kind >= CALLTAP_TYPE_BOOL && t->kind <= CALLTAP_TYPE_UINT) || t->kind == CALLTAP_TYPE_ENUM) && t->size &&
         t->size <= 8;
}

static bool is_signed(const struct calltap_type *t) {
  if (t->kind == CALLTAP_TYPE_ENUM && t->inner)
    return calltap_type_read(t->inner, NULL).kind == CALLTAP_TYPE_INT;
  return t->kind == CALLTAP_TYPE_INT || t->kind == CALLTAP_TYPE_CHAR;
}

static bool is_text(const struct calltap_type *t) { return t->kind == CALLTAP_TYPE_CHAR || t->letter == 'p'; }

/* What is on the stack has `bits` bits that count: makes it a number of its type. */
static struct value number(struct compiler *c, const char *type, const struct calltap_type *t, unsigned bits) {
  bool has_sign = is_signed(t);
  if (bits < 64)
    emit(c, has_sign ? CALLTAP_OP_SIGNED : CALLTAP_OP_UNSIGNED, bits, 0, 0);
  bool is_wide = bits > 32; /* also of bit-fields: C promotes by their width */
  bool is_unsigned = !has_sign && bits >= 32;
  return (struct value){.shape = A_NUMBER,
                        .type = type,
                        .bits = is_wide ? 64 : 32,
                        .is_unsigned = is_unsigned,
                        .is_character = t->kind == CALLTAP_TYPE_CHAR};
}

/* What is on the stack are the first bytes of a scalar. */
static struct value scalar(struct compiler *c, uint32_t at, const char *type, unsigned bits) {
  struct calltap_type t = read_type(c, type);
  if (is_number(&t))
    return number(c, type, &t, bits ? bits : (unsigned)t.size * 8);
  if (t.kind == CALLTAP_TYPE_FLOAT && (t.size == 4 || t.size == 8)) {
    if (t.size == 4)
      emit(c, CALLTAP_OP_WIDEN, 0, 0, 0);
    return (struct value){.shape = A_REAL, .type = type};
  }
  if (t.kind == CALLTAP_TYPE_REFERENCE && t.inner)
    return (struct value){.shape = A_PLACE, .type = t.inner};
  if (t.kind == CALLTAP_TYPE_POINTER)
    return (struct value){.shape = A_POINTER, .type = type};
  wrong_type(c, at, type, ", which rules cannot look at");
  return (struct value){.shape = A_NUMBER};
}

static struct value place(const char *type) { return (struct value){.shape = A_PLACE, .type = type}; }

enum { RESULT = CALLTAP_MAX_PARAMETERS }; /* in place of the number of a parameter */

static const struct calltap_parameter *holder(const struct compiler *c, size_t index) {
  return index == RESULT ? &c->signature->result : &c->signature->parameter[index];
}

/* A record's or array's place with an offset becomes the place itself. */
static struct value settle(struct compiler *c, struct value v) {
  if (v.shape == A_PLACE && v.offset && !v.field_bits) {
    emit(c, CALLTAP_OP_PUSH, 0, 0, (int64_t)(v.offset / 8));
    emit(c, CALLTAP_OP_ADD, 0, 0, 0);
    v.offset = 0;
  }
  return v;
}

/* Reads what stands in memory, and only bytes that the record has: a bit-field's own, or those of its declared type around it.
 * Returns by how many bits it must be shifted. UINT_MAX: it lies across nine bytes. */
static unsigned load_memory(struct compiler *c, struct value v, uint64_t size) {
  uint64_t from = v.offset / 8, unit = size * 8;
  unsigned shift = (unsigned)(v.offset % 8), bytes = (unsigned)size;
  if (v.field_bits) {
    bytes = (shift + v.field_bits + 7) / 8;
    bool is_odd = bytes & (bytes - 1);
    if (is_odd && v.offset % unit + v.field_bits <= unit) {
      from = v.offset / unit * size;
      shift = (unsigned)(v.offset % unit);
      bytes = (unsigned)size;
    }
  }
  if (bytes > 8)
    return UINT_MAX;
  emit(c, CALLTAP_OP_LOAD, bytes <= 2 ? bytes : bytes <= 4 ? 4 : 8, 0, (int64_t)from);
  return v.field_bits ? shift : 0;
}

/* Reads what a place or piece holds, if it is a scalar; an array becomes its address. (References to references there are
 * none: this calls itself once.) */
static struct value load(struct compiler *c, uint32_t at, struct value v) {
  if (c->failed || (v.shape != A_PLACE && v.shape != A_PIECE))
    return v;
  struct calltap_type t = read_type(c, v.type);
  if (t.kind == CALLTAP_TYPE_RECORD)
    return v;
  if (v.shape == A_PIECE) {
    const struct calltap_parameter *p = holder(c, v.parameter);
    unsigned half = v.offset < 128 ? (unsigned)v.offset / 64 : 2, shift = v.offset % 64;
    unsigned bits = v.field_bits ? v.field_bits : (unsigned)t.size * 8;
    if (half > 1 || shift + bits > 64 || (half && p->place[1] >= CALLTAP_PLACE_NONE)) {
      wrong_type(c, at, v.type, ", in a way of passing that rules cannot look at");
      return v;
    }
    emit(c, v.parameter == RESULT ? CALLTAP_OP_RESULT : CALLTAP_OP_VALUE, p->place[half], p->slot, 0);
    if (shift) {
      emit(c, CALLTAP_OP_PUSH, 0, 0, shift);
      emit(c, CALLTAP_OP_SHR_U, 0, 0, 0);
    }
    return load(c, at, scalar(c, at, v.type, v.field_bits));
  }
  if (t.kind == CALLTAP_TYPE_ARRAY) {
    (void)settle(c, v);
    return (struct value){.shape = A_POINTER, .type = v.type};
  }
  bool is_scalar = t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8;
  if (!is_scalar) {
    wrong_type(c, at, v.type, ", which rules cannot look at");
    return v;
  }
  unsigned shift = load_memory(c, v, t.size);
  if (shift == UINT_MAX) {
    wrong_type(c, at, v.type, ", packed in a way that rules cannot look at");
    return v;
  }
  if (shift) {
    emit(c, CALLTAP_OP_PUSH, 0, 0, shift);
    emit(c, CALLTAP_OP_SHR_U, 0, 0, 0);
  }
  return load(c, at, scalar(c, at, v.type, v.field_bits)); /* a reference is one more place */
}

/* -- parameters -------------------------------------------------------------------------------------------------------------- */

static const char *why_unknown(unsigned where) {
  switch (where) {
  case CALLTAP_PLACE_OPTIMIZED_OUT:
    return " was removed by the optimiser, here or at the callers";
  case CALLTAP_PLACE_SENSITIVE:
    return " is sensitive, and no rule may look at it";
  case CALLTAP_PLACE_NONE:
    return " has no value";
  default:
    return " is passed in a way that is not captured";
  }
}

/* A parameter, or the result. */
static struct value parameter(struct compiler *c, uint32_t at, size_t index) {
  const struct calltap_parameter *p = holder(c, index);
  enum calltap_op op = index == RESULT ? CALLTAP_OP_RESULT : CALLTAP_OP_VALUE;
  struct calltap_type t = read_type(c, p->type);
  unsigned where = p->place[0];
  if (where >= CALLTAP_PLACE_NONE) {
    wrong(c, at, index == RESULT ? "the result" : "parameter ", all_of(p->name), why_unknown(where));
    return place(p->type);
  }
  if (c->at_exit && (where & ~CALLTAP_PLACE_INDIRECT) == CALLTAP_PLACE_STACK) {
    wrong(c, at, "parameter ", all_of(p->name), " is passed on the stack, which is not kept until the exit");
    return place(p->type);
  }
  if (where & CALLTAP_PLACE_INDIRECT) {
    emit(c, op, where & ~CALLTAP_PLACE_INDIRECT, p->slot, 0);
    return place(p->type);
  }
  if (where >= CALLTAP_PLACE_ST0 && where != CALLTAP_PLACE_STACK) {
    wrong_type(c, at, p->type, ", which rules cannot look at");
    return place(p->type);
  }
  bool is_whole = t.kind == CALLTAP_TYPE_RECORD || t.size > 8;
  if (is_whole && where == CALLTAP_PLACE_STACK) {
    emit(c, CALLTAP_OP_FRAME, 0, p->slot, 0);
    return place(p->type);
  }
  if (is_whole)
    return (struct value){.shape = A_PIECE, .type = p->type, .parameter = index};
  emit(c, op, where, p->slot, 0);
  return scalar(c, at, p->type, 0);
}

static bool same(struct calltap_span a, const char *b, size_t bytes) {
  return (size_t)(a.end - a.start) == bytes && calltap__bytes_equal(a.start, b, bytes);
}

static bool same_text(struct calltap_span a, const char *b) { return same(a, b, calltap__text_length(b)); }

static bool same_span(struct calltap_span a, struct calltap_span b) {
  return same(a, b.start, (size_t)(b.end - b.start));
}

/* By its name in the head, else by its name in the source. SIZE_MAX: there is none. */
static size_t parameter_named(const struct compiler *c, struct calltap_span name) {
  size_t count = c->signature->parameters < MAX_NAMES ? c->signature->parameters : MAX_NAMES;
  for (size_t i = 0; i < count; i++)
    if (c->name[i].start && same_span(c->name[i], name))
      return i;
  for (size_t i = 0; i < count; i++)
    if (same_text(name, c->signature->parameter[i].name))
      return i;
  return SIZE_MAX;
}

OUT_OF_LINE static bool wrong_name(struct compiler *c, uint32_t at, struct calltap_span name) {
  char text[NAME_BYTES * 2];
  struct builder b = calltap__builder(text, sizeof text);
  calltap__put_span(&b, (struct span){name.start, name.end});
  calltap__put(&b, "; the function has ");
  for (size_t i = 0; i < c->signature->parameters; i++) {
    calltap__put(&b, i ? ", " : "");
    calltap__put(&b, c->signature->parameter[i].name);
  }
  calltap__put(&b, c->signature->parameters ? "" : "none");
  calltap__put_end(&b);
  return wrong(c, at, "there is no parameter ", all_of(text), "");
}

/* -- members ---------------------------------------------------------------------------------------------------------------- */

/* Finds a member by name, in anonymous members and bases too; `offset` in bits. */
static bool find_member(const struct compiler *c, const struct calltap_type *record, struct calltap_span name,
                        unsigned depth, struct calltap_member *found, uint64_t *offset) {
  struct calltap_member m;
  /* Its own members first: they hide those of its bases, which are described before them. */
  for (const char *at = record->members; at && calltap_type_member(&at, &m);)
    if (m.name_bytes && same(name, m.name, m.name_bytes)) {
      *found = m;
      *offset += m.bit_offset;
      return true;
    }
  for (const char *at = record->members; at && depth < MAX_PATH && calltap_type_member(&at, &m);) {
    struct calltap_type inner = m.name_bytes ? (struct calltap_type){0} : read_type(c, m.type);
    uint64_t within = *offset + m.bit_offset;
    if (inner.kind == CALLTAP_TYPE_RECORD && find_member(c, &inner, name, depth + 1, found, &within)) {
      found->is_sensitive |= m.is_sensitive;
      *offset = within;
      return true;
    }
  }
  return false;
}

OUT_OF_LINE static bool wrong_member(struct compiler *c, uint32_t at, const char *type, struct calltap_span name) {
  char before[NAME_BYTES + 24];
  size_t n = calltap_type_spell(type, "", before, NAME_BYTES);
  calltap__text_copy(before + (n < NAME_BYTES ? n : NAME_BYTES - 1), 24, " has no member ");
  return wrong(c, at, before, name, "");
}

OUT_OF_LINE static struct value member(struct compiler *c, uint32_t at, struct value v, struct calltap_span name) {
  v = load(c, at, v);
  if (c->failed)
    return v;
  struct calltap_type t = v.type ? read_type(c, v.type) : (struct calltap_type){0};
  if (v.shape == A_POINTER && t.inner) { /* "." also goes through pointers */
    v = place(t.inner);
    t = read_type(c, v.type);
  }
  if (t.kind != CALLTAP_TYPE_RECORD || (v.shape != A_PLACE && v.shape != A_PIECE)) {
    wrong_value(c, at, v, ", which has no members");
    return v;
  }
  if (!t.members) {
    wrong_type(c, at, v.type, t.definition ? ", whose members are not described" : ", which is incomplete here");
    return v;
  }
  struct calltap_member m = {0};
  uint64_t offset = v.offset;
  if (!find_member(c, &t, name, 0, &m, &offset)) {
    wrong_member(c, at, v.type, name);
    return v;
  }
  if (m.is_sensitive)
    wrong(c, at, "member ", name, " is sensitive, and no rule may look at it");
  v.type = m.type;
  v.offset = offset;
  v.field_bits = m.bits;
  return v;
}

/* -- expressions -------------------------------------------------------------------------------------------------------------- */

static struct value expression(struct compiler *c, uint16_t index);

/* A scalar on the stack. */
static struct value scalar_of(struct compiler *c, uint16_t index) {
  struct value v = expression(c, index);
  return load(c, node_of(c, index)->at, v);
}

static void truth_of(struct compiler *c, uint16_t index) {
  struct value v = scalar_of(c, index);
  if (c->failed)
    return;
  if (v.shape == A_REAL) {
    emit(c, CALLTAP_OP_PUSH, 0, 0, 0);
    emit(c, CALLTAP_OP_EQ_R, 0, 0, 0);
    emit(c, CALLTAP_OP_NOT, 0, 0, 0);
  } else if (v.shape == A_NUMBER || v.shape == A_POINTER) {
    emit(c, CALLTAP_OP_TEST, 0, 0, 0);
  } else {
    wrong_value(c, node_of(c, index)->at, v, ", which is neither true nor false");
  }
}

static const struct value a_truth = {.shape = A_NUMBER, .bits = 32};

static bool is_logical(const struct calltap_node *n) {
  return n->kind == CALLTAP_EXPR_BINARY && (n->op == CALLTAP_AND || n->op == CALLTAP_OR);
}

/* A long chain of and, or is a tree as deep on its left side, which the stack must not be: from the first operand on, by way of
 * the nodes above it. */
OUT_OF_LINE static struct value logical(struct compiler *c, const struct calltap_node *top) {
  const struct calltap_node *first = top;
  size_t above = 0;
  for (; is_logical(node_of(c, first->a)); above++)
    first = node_of(c, first->a);
  truth_of(c, first->a);
  for (size_t i = above + 1; i-- && !c->failed;) {
    const struct calltap_node *n = top;
    for (size_t k = 0; k < i; k++)
      n = node_of(c, n->a);
    size_t jump = emit(c, n->op == CALLTAP_AND ? CALLTAP_OP_SKIP_IF_NOT_KEEP : CALLTAP_OP_SKIP_IF_KEEP, 0, 0, 0);
    truth_of(c, n->b);
    land(c, jump);
  }
  return a_truth;
}

/* C's type of a literal: the first of int and long that holds it, and unsigned ones if it is hexadecimal or too large. (INT_MIN has no
 * literal: C reads a minus and a long.) */
static struct value integer_literal(const struct calltap_node *n) {
  if (n->is_time)
    return (struct value){.shape = A_TIME};
  bool is_small = n->is_unsigned ? (uint64_t)n->number <= UINT32_MAX : n->number > INT32_MIN && n->number <= INT32_MAX;
  return (struct value){.shape = A_NUMBER, .bits = is_small ? 32 : 64, .is_unsigned = n->is_unsigned};
}

/* The double that is nearest to an integer, without a vector register. */
static int64_t as_double(int64_t n, bool is_unsigned) {
  if (!n)
    return 0;
  bool is_negative = n < 0 && !is_unsigned;
  uint64_t magnitude = is_negative ? 0 - (uint64_t)n : (uint64_t)n;
  int top = 63;
  while (!(magnitude >> top & 1))
    top--;
  uint64_t kept = top > 53 ? magnitude >> (top - 53) : magnitude << (53 - top);
  bool inexact = top > 53 && magnitude & ((UINT64_C(1) << (top - 53)) - 1);
  kept = (kept >> 1) + (kept & 1 && (inexact || kept & 2));
  uint64_t exponent = (uint64_t)top + 1023;
  if (kept >> 53) {
    kept >>= 1;
    exponent++;
  }
  return (int64_t)((is_negative ? UINT64_C(1) << 63 : 0) | exponent << 52 | (kept & ((UINT64_C(1) << 52) - 1)));
}

/* -- enumerators -- */

static bool enumerator_in(const struct compiler *c, const char *type, struct calltap_span name, int64_t *value) {
  struct calltap_type t = type ? read_type(c, type) : (struct calltap_type){0};
  if (t.kind == CALLTAP_TYPE_POINTER || t.kind == CALLTAP_TYPE_REFERENCE)
    return false;
  const char *at = t.kind == CALLTAP_TYPE_ENUM ? t.members : NULL;
  struct calltap_enumerator e;
  while (at && calltap_type_enumerator(&at, &e))
    if (same(name, e.name, e.name_bytes)) {
      *value = e.value;
      return true;
    }
  return false;
}

static int64_t pinned(struct compiler *c, const struct calltap_node *n, const char *type) {
  int64_t value = 0;
  struct calltap_type t = type ? read_type(c, type) : (struct calltap_type){0};
  if (t.kind != CALLTAP_TYPE_ENUM)
    wrong(c, n->at, "^", n->text, " is an enumerator, and stands beside a value of an enum type");
  else if (!enumerator_in(c, type, n->text, &value))
    wrong_type(c, n->at, type, ", which has no such enumerator");
  return value;
}

/* -- texts -- */

enum { LONGEST_TEXT = 4096 }; /* as far as match.c looks */

/* A string of one character, as a number. False: it is longer, or empty. */
static bool single_character(struct calltap_span string, int64_t *value) {
  char c = *string.start;
  bool is_escaped = c == '\\';
  if (string.end - string.start != 1 + is_escaped)
    return false;
  if (is_escaped) {
    c = string.start[1];
    c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? 0 : c;
  }
  *value = (unsigned char)c < 128 ? c : (unsigned char)c - 256; /* char has a sign here */
  return true;
}

/* Compares the text that `other` leads to with a string of the rule. */
static void text_test(struct compiler *c, struct value other, uint32_t at, struct calltap_span string, bool is_glob) {
  struct calltap_type t = other.type ? read_type(c, other.type) : (struct calltap_type){0};
  size_t bytes = (size_t)(string.end - string.start);
  int64_t character;
  if (!is_glob && other.shape == A_NUMBER && other.is_character && single_character(string, &character)) {
    emit(c, CALLTAP_OP_PUSH, 0, 0, character);
    emit(c, CALLTAP_OP_EQ, 0, 0, 0);
    return;
  }
  struct calltap_type of = t.inner ? read_type(c, t.inner) : (struct calltap_type){0};
  if (other.shape != A_POINTER || !is_text(&of)) {
    wrong_value(c, at, other, ", which is no text; a string compares with char *, char arrays and characters");
    return;
  }
  if (bytes > LONGEST_TEXT) {
    wrong(c, at, "the string is longer than 4096 bytes, which is as far as texts are looked at", all_of(""), "");
    return;
  }
  unsigned most = t.kind == CALLTAP_TYPE_ARRAY && t.count && t.count < 256 ? (unsigned)t.count : 0;
  emit(c, is_glob ? CALLTAP_OP_TEXT_GLOB : CALLTAP_OP_TEXT_EQ, most, (unsigned)bytes, (int64_t)(intptr_t)string.start);
}

/* -- comparisons -- */

static bool is_string(const struct calltap_node *n) { return n->kind == CALLTAP_EXPR_STRING; }

/* What the literal of a pattern or an operand is compared with decides how it is read. `number` is what is to be pushed. */
static struct value literal_beside(struct compiler *c, uint16_t literal, struct value other, int64_t *number) {
  const struct calltap_node *n = node_of(c, literal);
  *number = n->number;
  if (c->failed)
    return a_truth;
  if (n->kind == CALLTAP_EXPR_PIN) {
    *number = pinned(c, n, other.type);
    return (struct value){.shape = A_NUMBER, .bits = other.bits, .is_unsigned = other.is_unsigned};
  }
  if (other.shape == A_TIME && !n->is_time)
    wrong(c, n->at, "a time compares with times only: write a unit, as in 5ms", all_of(""), "");
  if (n->is_time && other.shape != A_TIME)
    wrong_value(c, n->at, other, ": a time compares with times only; write the number without a unit");
  if (n->kind == CALLTAP_EXPR_INTEGER && other.shape == A_REAL)
    *number = as_double(n->number, n->is_unsigned);
  if (n->kind == CALLTAP_EXPR_REAL || other.shape == A_REAL)
    return (struct value){.shape = A_REAL};
  return integer_literal(n);
}

/* Whether two values may be compared, and how: 0 not, else the shape. */
static bool comparable(struct compiler *c, uint32_t at, struct value a, struct value b) {
  bool a_integer = a.shape == A_NUMBER || a.shape == A_POINTER, b_integer = b.shape == A_NUMBER || b.shape == A_POINTER;
  if ((a_integer && b_integer) || (a.shape == b.shape && (a.shape == A_REAL || a.shape == A_TIME)))
    return true;
  if (c->failed)
    return false;
  if (a.shape == A_TIME || b.shape == A_TIME)
    return wrong(c, at, "a time compares with times only", all_of(""), "");
  if (a.shape == A_REAL || b.shape == A_REAL)
    return wrong(c, at, "a decimal number compares with a decimal number: one side is an integer", all_of(""), "");
  return wrong_type(c, at, a.shape == A_PLACE || a.shape == A_PIECE ? a.type : b.type,
                    ", which cannot be compared as a whole");
}

/* C converts to unsigned where the wider, or one of two equally wide ones, is unsigned. */
static bool compares_unsigned(struct value a, struct value b) {
  if (a.shape == A_POINTER || b.shape == A_POINTER)
    return true;
  unsigned bits = a.bits > b.bits ? a.bits : b.bits;
  return (a.bits == bits && a.is_unsigned) || (b.bits == bits && b.is_unsigned);
}

/* Whether a signed 32-bit number becomes an unsigned one beside the other, as in C. */
static bool is_converted(struct value v, struct value other) {
  unsigned bits = v.bits > other.bits ? v.bits : other.bits;
  return v.shape == A_NUMBER && other.shape == A_NUMBER && compares_unsigned(v, other) && bits == 32 && !v.is_unsigned;
}

/* Does so for two numbers, of which the second begins at `second`. */
static void convert(struct compiler *c, struct value a, size_t second, struct value b) {
  if (is_converted(b, a))
    emit(c, CALLTAP_OP_UNSIGNED, 32, 0, 0);
  if (is_converted(a, b))
    insert(c, second, CALLTAP_OP_UNSIGNED, 32);
}

/* A way to put one side of a comparison on the stack, as often as needed. */
struct side {
  const struct subject *subject; /* null: the expression */
  uint16_t expression;
};

static struct value subject_value(struct compiler *c, const struct subject *s);

static bool is_pushed_beside(const struct compiler *c, struct side s) {
  if (s.subject)
    return false;
  unsigned kind = node_of(c, s.expression)->kind;
  return kind == CALLTAP_EXPR_PIN || kind == CALLTAP_EXPR_INTEGER || kind == CALLTAP_EXPR_REAL;
}

static struct value put_side(struct compiler *c, struct side s) {
  return s.subject ? subject_value(c, s.subject) : scalar_of(c, s.expression);
}

/* Puts both on the stack; a literal is read by what is on the other side. `second` is where the second begins. */
static void put_sides(struct compiler *c, struct side first, struct side other, struct value *a, struct value *b,
                      size_t *second) {
  int64_t number;
  if (is_pushed_beside(c, first) && !is_pushed_beside(c, other)) {
    size_t at = emit(c, CALLTAP_OP_PUSH, 0, 0, 0);
    *second = c->program->count;
    *b = put_side(c, other);
    *a = literal_beside(c, first.expression, *b, &number);
    c->program->op[at].imm = number;
    return;
  }
  *a = put_side(c, first);
  *second = c->program->count;
  if (!is_pushed_beside(c, other)) {
    *b = put_side(c, other);
    return;
  }
  *b = literal_beside(c, other.expression, *a, &number);
  emit(c, CALLTAP_OP_PUSH, 0, 0, number);
}

enum relation { IS_EQUAL, IS_LESS, IS_NOT_LESS };

static struct value relate(struct compiler *c, uint32_t at, struct side first, struct side second,
                           enum relation relation) {
  struct value a, b;
  size_t second_at;
  put_sides(c, first, second, &a, &b, &second_at);
  if (c->failed || !comparable(c, at, a, b))
    return a_truth;
  if (a.shape == A_REAL) { /* not less is not "greater or equal", if one is not a number */
    emit(c, relation == IS_EQUAL ? CALLTAP_OP_EQ_R : relation == IS_LESS ? CALLTAP_OP_LT_R : CALLTAP_OP_GE_R, 0, 0, 0);
    return a_truth;
  }
  convert(c, a, second_at, b);
  emit(c, relation == IS_EQUAL ? CALLTAP_OP_EQ : compares_unsigned(a, b) ? CALLTAP_OP_LT_U : CALLTAP_OP_LT, 0, 0, 0);
  if (relation == IS_NOT_LESS)
    emit(c, CALLTAP_OP_NOT, 0, 0, 0);
  return a_truth;
}

OUT_OF_LINE static struct value compare(struct compiler *c, uint32_t at, uint8_t op, struct side a, struct side b) {
  bool is_equality = op == CALLTAP_EQ || op == CALLTAP_NE;
  bool swapped = op == CALLTAP_GT || op == CALLTAP_LE;
  const struct calltap_node *left = a.subject ? NULL : node_of(c, a.expression);
  const struct calltap_node *right = b.subject ? NULL : node_of(c, b.expression);
  bool left_string = left && is_string(left), right_string = right && is_string(right);
  if (left_string != right_string) {
    if (!is_equality) {
      wrong(c, at, "texts are compared with == != ~", all_of(""), "");
      return a_truth;
    }
    struct value v = put_side(c, left_string ? b : a);
    if (!c->failed)
      text_test(c, v, at, left_string ? left->text : right->text, false);
  } else {
    enum relation relation = is_equality ? IS_EQUAL : op == CALLTAP_LT || op == CALLTAP_GT ? IS_LESS : IS_NOT_LESS;
    (void)relate(c, at, swapped ? b : a, swapped ? a : b, relation);
  }
  if (op == CALLTAP_NE)
    emit(c, CALLTAP_OP_NOT, 0, 0, 0);
  return a_truth;
}

/* -- arithmetic -- */

static enum calltap_op arithmetic_op(uint8_t op, bool is_unsigned) {
  switch (op) {
  case CALLTAP_BIT_OR:
    return CALLTAP_OP_OR;
  case CALLTAP_BIT_XOR:
    return CALLTAP_OP_XOR;
  case CALLTAP_BIT_AND:
    return CALLTAP_OP_AND;
  case CALLTAP_SHL:
    return CALLTAP_OP_SHL;
  case CALLTAP_SHR:
    return is_unsigned ? CALLTAP_OP_SHR_U : CALLTAP_OP_SHR;
  case CALLTAP_ADD:
    return CALLTAP_OP_ADD;
  case CALLTAP_SUB:
    return CALLTAP_OP_SUB;
  case CALLTAP_MUL:
    return CALLTAP_OP_MUL;
  case CALLTAP_DIV:
    return is_unsigned ? CALLTAP_OP_DIV_U : CALLTAP_OP_DIV;
  default:
    return is_unsigned ? CALLTAP_OP_MOD_U : CALLTAP_OP_MOD;
  }
}

OUT_OF_LINE static struct value arithmetic(struct compiler *c, const struct calltap_node *n) {
  struct value a = scalar_of(c, n->a);
  size_t second_at = c->program->count;
  struct value b = scalar_of(c, n->b);
  if (!c->failed && (a.shape != A_NUMBER || b.shape != A_NUMBER))
    wrong_value(c, n->at, a.shape == A_NUMBER ? b : a, ", which rules do not calculate with");
  if (c->failed)
    return a_truth;
  bool is_shift = n->op == CALLTAP_SHL || n->op == CALLTAP_SHR;
  if (!is_shift)
    convert(c, a, second_at, b);
  struct value out = {.shape = A_NUMBER, .bits = is_shift || a.bits > b.bits ? a.bits : b.bits};
  out.is_unsigned = is_shift ? a.is_unsigned : compares_unsigned(a, b);
  emit(c, arithmetic_op(n->op, out.is_unsigned), 0, 0, 0);
  if (out.bits == 32)
    emit(c, out.is_unsigned ? CALLTAP_OP_UNSIGNED : CALLTAP_OP_SIGNED, 32, 0, 0);
  return out;
}

OUT_OF_LINE static struct value unary(struct compiler *c, const struct calltap_node *n) {
  if (n->kind == CALLTAP_EXPR_NOT) {
    truth_of(c, n->a);
    emit(c, CALLTAP_OP_NOT, 0, 0, 0);
    return a_truth;
  }
  struct value v = scalar_of(c, n->a);
  if (!c->failed && v.shape != A_NUMBER)
    wrong_value(c, n->at, v, ", which rules do not calculate with");
  emit(c, n->kind == CALLTAP_EXPR_NEGATE ? CALLTAP_OP_NEGATE : CALLTAP_OP_COMPLEMENT, 0, 0, 0);
  if (v.bits == 32)
    emit(c, v.is_unsigned ? CALLTAP_OP_UNSIGNED : CALLTAP_OP_SIGNED, 32, 0, 0);
  v.type = NULL;
  v.is_character = false;
  return v;
}

/* -- the rest -- */

OUT_OF_LINE static struct value element(struct compiler *c, const struct calltap_node *n) {
  struct value v = scalar_of(c, n->a);
  struct calltap_type t = v.type ? read_type(c, v.type) : (struct calltap_type){0};
  struct calltap_type of = t.inner ? read_type(c, t.inner) : (struct calltap_type){0};
  if (!c->failed && (v.shape != A_POINTER || !of.size))
    wrong_value(c, n->at, v, ", which has no elements");
  struct value index = scalar_of(c, n->b);
  if (!c->failed && index.shape != A_NUMBER)
    wrong_value(c, node_of(c, n->b)->at, index, ", which is no index");
  emit(c, CALLTAP_OP_PUSH, 0, 0, (int64_t)of.size);
  emit(c, CALLTAP_OP_MUL, 0, 0, 0);
  emit(c, CALLTAP_OP_ADD, 0, 0, 0);
  return place(t.inner ? t.inner : "i");
}

/* ret and elapsed, with brackets or without. */
OUT_OF_LINE static bool exit_word(struct compiler *c, const struct calltap_node *n, struct value *v) {
  bool is_result = same_text(n->text, "ret");
  if (!is_result && !same_text(n->text, "elapsed"))
    return false;
  *v = a_truth;
  if (!c->at_exit) {
    wrong(c, n->at, "", n->text, " is known at the exit only: write it behind -> return when");
    return true;
  }
  if (is_result) {
    if (read_type(c, c->signature->result.type).kind == CALLTAP_TYPE_VOID)
      wrong(c, n->at, "the function returns nothing, so there is no ", n->text, "");
    else
      *v = parameter(c, n->at, RESULT);
    return true;
  }
  emit(c, CALLTAP_OP_ELAPSED, 0, 0, 0);
  *v = (struct value){.shape = A_TIME};
  return true;
}

static struct value expression_at(struct compiler *c, const struct calltap_node *n) {
  struct value v;
  switch (n->kind) {
  case CALLTAP_EXPR_INTEGER:
    emit(c, CALLTAP_OP_PUSH, 0, 0, n->number);
    return integer_literal(n);
  case CALLTAP_EXPR_CHARACTER:
    emit(c, CALLTAP_OP_PUSH, 0, 0, n->number);
    return (struct value){.shape = A_NUMBER, .bits = 32};
  case CALLTAP_EXPR_REAL:
    emit(c, CALLTAP_OP_PUSH, 0, 0, n->number);
    return (struct value){.shape = A_REAL};
  case CALLTAP_EXPR_NAME: {
    size_t index = parameter_named(c, n->text);
    if (index != SIZE_MAX)
      return parameter(c, n->at, index);
    if (exit_word(c, n, &v))
      return v;
    wrong_name(c, n->at, n->text);
    return a_truth;
  }
  case CALLTAP_EXPR_MEMBER:
    return member(c, n->at, expression(c, n->a), n->text);
  case CALLTAP_EXPR_INDEX:
    return element(c, n);
  case CALLTAP_EXPR_GLOB:
    v = scalar_of(c, n->a);
    if (!c->failed)
      text_test(c, v, n->at, n->text, true);
    return a_truth;
  case CALLTAP_EXPR_BINARY:
    if (is_logical(n))
      return logical(c, n);
    if (n->op >= CALLTAP_EQ && n->op <= CALLTAP_GE)
      return compare(c, n->at, n->op, (struct side){.expression = n->a}, (struct side){.expression = n->b});
    return arithmetic(c, n);
  case CALLTAP_EXPR_PIN:
    wrong(c, n->at, "^", n->text, " stands beside a value of its enum type, as in mode == ^READ");
    return a_truth;
  case CALLTAP_EXPR_STRING:
    wrong(c, n->at, "a string stands on one side of == != ~", all_of(""), "");
    return a_truth;
  case CALLTAP_EXPR_CALL:
    if (!n->a && exit_word(c, n, &v))
      return v;
    wrong(c, n->at, "functions are not in this version: ", n->text, "()");
    return a_truth;
  default:
    return unary(c, n);
  }
}

static struct value expression(struct compiler *c, uint16_t index) {
  if (c->failed || ++c->depth > CALLTAP_RULE_DEPTH) {
    if (!c->failed)
      wrong(c, node_of(c, index)->at, "the expression is too deep", all_of(""), "");
    return a_truth;
  }
  struct value v = expression_at(c, node_of(c, index));
  c->depth--;
  return v;
}

/* -- heads ---------------------------------------------------------------------------------------------------------------------- */

static struct value subject_value(struct compiler *c, const struct subject *s) {
  struct value v = parameter(c, s->at, s->parameter);
  for (size_t i = 0; i < s->members; i++)
    v = member(c, s->at, v, s->member[i]);
  return load(c, s->at, v);
}

static void pattern(struct compiler *c, const struct subject *s, uint16_t index, unsigned depth);

static void require(struct compiler *c) { emit(c, CALLTAP_OP_REJECT_IF_NOT, 0, 0, 0); }

static void range(struct compiler *c, const struct subject *s, const struct calltap_node *n) {
  struct side value = {.subject = s};
  if (n->a) {
    (void)compare(c, n->at, CALLTAP_GE, value, (struct side){.expression = n->a});
    require(c);
  }
  if (n->b) {
    (void)compare(c, n->at, CALLTAP_LE, value, (struct side){.expression = n->b});
    require(c);
  }
}

/* A name that the head has used already makes the two equal. */
static void bind(struct compiler *c, const struct subject *s, const struct calltap_node *n) {
  int64_t ignored;
  for (size_t i = 0; i < MAX_NAMES && i < c->signature->parameters; i++)
    if (c->name[i].start && same_span(c->name[i], n->text)) {
      struct subject other = {.parameter = i, .at = n->at};
      (void)compare(c, n->at, CALLTAP_EQ, (struct side){.subject = &other}, (struct side){.subject = s});
      require(c);
      return;
    }
  if (s->members)
    wrong(c, n->at, "names are bound to parameters, not to members; say it in the guard: ", n->text, "");
  else if (enumerator_in(c, c->signature->parameter[s->parameter].type, n->text, &ignored))
    wrong(c, n->at, "a bare name binds; to compare with the enumerator write ^", n->text, "");
  else
    c->name[s->parameter] = n->text;
}

static void members(struct compiler *c, const struct subject *s, uint16_t first, unsigned depth) {
  for (uint16_t i = first; i && !c->failed; i = node_of(c, i)->next) {
    const struct calltap_node *n = node_of(c, i);
    struct subject inner = *s;
    if (inner.members == MAX_PATH) {
      wrong(c, n->at, "the pattern is too deep", all_of(""), "");
      return;
    }
    inner.member[inner.members++] = n->text;
    inner.at = n->at;
    pattern(c, &inner, n->a, depth + 1);
  }
}

static void pattern(struct compiler *c, const struct subject *s, uint16_t index, unsigned depth) {
  const struct calltap_node *n = node_of(c, index);
  if (c->failed || depth > MAX_PATH)
    return;
  struct subject here = *s;
  here.at = n->at;
  switch (n->kind) {
  case CALLTAP_PAT_BIND:
    bind(c, &here, n);
    break;
  case CALLTAP_PAT_EQUAL:
    (void)compare(c, n->at, CALLTAP_EQ, (struct side){.subject = &here}, (struct side){.expression = n->a});
    require(c);
    break;
  case CALLTAP_PAT_RANGE:
    range(c, &here, n);
    break;
  case CALLTAP_PAT_GLOB: {
    struct value v = subject_value(c, &here);
    if (!c->failed)
      text_test(c, v, n->at, n->text, true);
    require(c);
    break;
  }
  case CALLTAP_PAT_MEMBERS:
    members(c, &here, n->a, depth);
    break;
  default:
    break;
  }
}

/* Both sides of an `and` at the top are required one after the other: no jump is needed. */
static void guard(struct compiler *c, uint16_t index) {
  const struct calltap_node *n = node_of(c, index);
  if (n->kind == CALLTAP_EXPR_BINARY && n->op == CALLTAP_AND && ++c->depth <= CALLTAP_RULE_DEPTH) {
    guard(c, n->a);
    guard(c, n->b);
    c->depth--;
    return;
  }
  truth_of(c, index);
  require(c);
}

static bool is_named(const struct calltap_node *n) { return n->kind == CALLTAP_PAT_MEMBERS && n->op == 1; }

/* By position, `this` left out; named ones by name. Without "..." a head has as many patterns as the function has
 * parameters, unless all are named. */
static void head(struct compiler *c, uint16_t first) {
  size_t position = c->signature->has_this, named = 0, positional = 0;
  bool rest = false;
  for (uint16_t i = first; i && !c->failed; i = node_of(c, i)->next) {
    const struct calltap_node *n = node_of(c, i);
    if (n->kind == CALLTAP_PAT_REST) {
      rest = true;
      continue;
    }
    if (rest && !is_named(n)) {
      wrong(c, n->at, "behind ... stand only patterns with names, as in len=4", all_of(""), "");
      return;
    }
    struct subject s = {.parameter = is_named(n) ? parameter_named(c, n->text) : position, .at = n->at};
    if (is_named(n) && s.parameter == SIZE_MAX) {
      wrong_name(c, n->at, n->text);
      return;
    }
    named += is_named(n);
    positional += !is_named(n);
    if (s.parameter >= c->signature->parameters) {
      wrong(c, n->at, "the head has more patterns than the function has parameters", all_of(""), "");
      return;
    }
    pattern(c, &s, is_named(n) ? n->a : i, 0);
    position += !is_named(n);
  }
  if (!c->failed && !rest && (positional || !named) && position < c->signature->parameters)
    wrong(c, c->clause->at, "the head has fewer patterns than the function has parameters; ... stands for the rest",
          all_of(""), "");
}

/* Only the stack of values can be too small for what was compiled. */
static bool finish(struct compiler *c) {
  if (!c->failed && !calltap_program_valid(c->program))
    wrong(c, c->clause->at, "this is too deep: too many operators wait for others", all_of(""), "");
  return !c->failed;
}

bool calltap_rule_compile(const struct calltap_rules *rules, const struct calltap_clause *clause,
                          const struct calltap_signature *signature, struct calltap_program *program,
                          struct calltap_rule_error *error) {
  struct compiler c = {.rules = rules, .clause = clause, .signature = signature, .program = program, .error = error};
  program->count = 0;
  if (clause->has_head)
    head(&c, clause->head);
  if (!c.failed && clause->guard)
    guard(&c, clause->guard);
  if (program->count)
    emit(&c, CALLTAP_OP_ACCEPT, 0, 0, 0);
  return finish(&c);
}

bool calltap_rule_compile_exit(const struct calltap_rules *rules, const struct calltap_clause *clause,
                               const struct calltap_signature *signature, struct calltap_program *program,
                               struct calltap_rule_error *error) {
  struct compiler c = {.rules = rules, .clause = clause, .signature = signature, .program = program, .error = error};
  program->count = 0;
  if (clause->has_head) {
    head(&c, clause->head); /* for its names; it held at the entry */
    program->count = 0;
  }
  c.at_exit = true;
  guard(&c, clause->exit_guard);
  emit(&c, CALLTAP_OP_ACCEPT, 0, 0, 0);
  return finish(&c);
}
