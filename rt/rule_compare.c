/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Comparisons while a rule is compiled: by the types of both sides, with literals, enumerators and texts. */
#include "rule_compile.h"

/* C's type of a literal: the first of int and long that holds it, and unsigned ones if it is hexadecimal or too large. (INT_MIN has no
 * literal: C reads a minus and a long.) */
struct value calltap__integer_literal(const struct calltap_node *n) {
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

bool calltap__enumerator_in(const struct compiler *c, const char *type, struct calltap_span name, int64_t *value) {
  struct calltap_type t = type ? calltap__read_type(c, type) : (struct calltap_type){0};
  if (t.kind == CALLTAP_TYPE_POINTER || t.kind == CALLTAP_TYPE_REFERENCE)
    return false;
  const char *at = t.kind == CALLTAP_TYPE_ENUM ? t.members : NULL;
  struct calltap_enumerator e;
  while (at && calltap_type_enumerator(&at, &e))
    if (calltap__same(name, e.name, e.name_bytes)) {
      *value = e.value;
      return true;
    }
  return false;
}

static int64_t pinned(struct compiler *c, const struct calltap_node *n, const char *type) {
  int64_t value = 0;
  struct calltap_type t = type ? calltap__read_type(c, type) : (struct calltap_type){0};
  if (t.kind != CALLTAP_TYPE_ENUM)
    calltap__wrong(c, n->at, "^", n->text, " is an enumerator, and stands beside a value of an enum type");
  else if (!calltap__enumerator_in(c, type, n->text, &value))
    calltap__wrong_type(c, n->at, type, ", which has no such enumerator");
  return value;
}

/* -- texts -- */

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
void calltap__text_test(struct compiler *c, struct value other, uint32_t at, struct calltap_span string, bool is_glob) {
  struct calltap_type t = other.type ? calltap__read_type(c, other.type) : (struct calltap_type){0};
  size_t bytes = (size_t)(string.end - string.start);
  int64_t character;
  if (!is_glob && other.shape == A_NUMBER && other.is_character && single_character(string, &character)) {
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, character);
    calltap__emit(c, CALLTAP_OP_EQ, 0, 0, 0);
    return;
  }
  struct calltap_type of = t.inner ? calltap__read_type(c, t.inner) : (struct calltap_type){0};
  if (other.shape != A_POINTER || !calltap__is_text(&of)) {
    calltap__wrong_value(c, at, other, ", which is no text; a string compares with char *, char arrays and characters");
    return;
  }
  if (bytes > CALLTAP_TEXT_BYTES) {
    calltap__wrong(c, at, "the string is longer than 4096 bytes, which is as far as texts are looked at",
                   calltap__all_of(""), "");
    return;
  }
  unsigned most = t.kind == CALLTAP_TYPE_ARRAY && t.count && t.count < 256 ? (unsigned)t.count : other.most;
  calltap__emit(c, is_glob ? CALLTAP_OP_TEXT_GLOB : CALLTAP_OP_TEXT_EQ, most, (unsigned)bytes,
                (int64_t)(intptr_t)string.start);
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
    calltap__wrong(c, n->at, "a time compares with times only: write a unit, as in 5ms", calltap__all_of(""), "");
  if (n->is_time && other.shape != A_TIME)
    calltap__wrong_value(c, n->at, other, ": a time compares with times only; write the number without a unit");
  if (n->kind == CALLTAP_EXPR_INTEGER && other.shape == A_REAL)
    *number = as_double(n->number, n->is_unsigned);
  if (n->kind == CALLTAP_EXPR_REAL || other.shape == A_REAL)
    return (struct value){.shape = A_REAL};
  return calltap__integer_literal(n);
}

/* Whether two values may be compared, and how: 0 not, else the shape. */
static bool comparable(struct compiler *c, uint32_t at, struct value a, struct value b) {
  bool a_integer = a.shape == A_NUMBER || a.shape == A_POINTER, b_integer = b.shape == A_NUMBER || b.shape == A_POINTER;
  if ((a_integer && b_integer) || (a.shape == b.shape && (a.shape == A_REAL || a.shape == A_TIME)))
    return true;
  if (c->failed)
    return false;
  if (a.shape == A_TIME || b.shape == A_TIME)
    return calltap__wrong(c, at, "a time compares with times only", calltap__all_of(""), "");
  if (a.shape == A_REAL || b.shape == A_REAL)
    return calltap__wrong(c, at, "a decimal number compares with a decimal number: one side is an integer",
                          calltap__all_of(""), "");
  return calltap__wrong_type(c, at, a.shape == A_PLACE || a.shape == A_PIECE ? a.type : b.type,
                             ", which cannot be compared as a whole");
}

/* C converts to unsigned where the wider, or one of two equally wide ones, is unsigned. */
bool calltap__compares_unsigned(struct value a, struct value b) {
  if (a.shape == A_POINTER || b.shape == A_POINTER)
    return true;
  unsigned bits = a.bits > b.bits ? a.bits : b.bits;
  return (a.bits == bits && a.is_unsigned) || (b.bits == bits && b.is_unsigned);
}

/* Whether a signed 32-bit number becomes an unsigned one beside the other, as in C. */
static bool is_converted(struct value v, struct value other) {
  unsigned bits = v.bits > other.bits ? v.bits : other.bits;
  return v.shape == A_NUMBER && other.shape == A_NUMBER && calltap__compares_unsigned(v, other) && bits == 32 &&
         !v.is_unsigned;
}

/* Does so for two numbers, of which the second begins at `second`. */
void calltap__convert(struct compiler *c, struct value a, size_t second, struct value b) {
  if (is_converted(b, a))
    calltap__emit(c, CALLTAP_OP_UNSIGNED, 32, 0, 0);
  if (is_converted(a, b))
    calltap__insert(c, second, CALLTAP_OP_UNSIGNED, 32);
}

static bool is_pushed_beside(const struct compiler *c, struct side s) {
  if (s.subject)
    return false;
  unsigned kind = node_of(c, s.expression)->kind;
  return kind == CALLTAP_EXPR_PIN || kind == CALLTAP_EXPR_INTEGER || kind == CALLTAP_EXPR_REAL;
}

static struct value put_side(struct compiler *c, struct side s) {
  return s.subject ? calltap__subject_value(c, s.subject) : calltap__scalar_of(c, s.expression);
}

/* Puts both on the stack; a literal is read by what is on the other side. `second` is where the second begins. */
static void put_sides(struct compiler *c, struct side first, struct side other, struct value *a, struct value *b,
                      size_t *second) {
  int64_t number;
  if (is_pushed_beside(c, first) && !is_pushed_beside(c, other)) {
    size_t at = calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, 0);
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
  calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, number);
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
    calltap__emit(c,
                  relation == IS_EQUAL  ? CALLTAP_OP_EQ_R
                  : relation == IS_LESS ? CALLTAP_OP_LT_R
                                        : CALLTAP_OP_GE_R,
                  0, 0, 0);
    return a_truth;
  }
  calltap__convert(c, a, second_at, b);
  calltap__emit(c,
                relation == IS_EQUAL               ? CALLTAP_OP_EQ
                : calltap__compares_unsigned(a, b) ? CALLTAP_OP_LT_U
                                                   : CALLTAP_OP_LT,
                0, 0, 0);
  if (relation == IS_NOT_LESS)
    calltap__emit(c, CALLTAP_OP_NOT, 0, 0, 0);
  return a_truth;
}

OUT_OF_LINE struct value calltap__compare(struct compiler *c, uint32_t at, uint8_t op, struct side a, struct side b) {
  if (calltap__exit_compare(c, at, op, a, b))
    return a_truth;
  bool is_equality = op == CALLTAP_EQ || op == CALLTAP_NE;
  bool swapped = op == CALLTAP_GT || op == CALLTAP_LE;
  const struct calltap_node *left = a.subject ? NULL : node_of(c, a.expression);
  const struct calltap_node *right = b.subject ? NULL : node_of(c, b.expression);
  bool left_string = left && is_string(left), right_string = right && is_string(right);
  if (left_string != right_string) {
    if (!is_equality) {
      calltap__wrong(c, at, "texts are compared with == != ~", calltap__all_of(""), "");
      return a_truth;
    }
    struct value v = put_side(c, left_string ? b : a);
    if (!c->failed)
      calltap__text_test(c, v, at, left_string ? left->text : right->text, false);
  } else {
    enum relation relation = is_equality ? IS_EQUAL : op == CALLTAP_LT || op == CALLTAP_GT ? IS_LESS : IS_NOT_LESS;
    (void)relate(c, at, swapped ? b : a, swapped ? a : b, relation);
  }
  if (op == CALLTAP_NE)
    calltap__emit(c, CALLTAP_OP_NOT, 0, 0, 0);
  return a_truth;
}
