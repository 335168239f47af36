/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Random expressions, judged by an evaluator of their trees; programs that nobody compiled; and what compiling costs. */
#include "painted_stack.h"
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Check writes a file at every assertion. Here are millions: only failures are told it. */
#define REQUIRE(holds, ...)                                                                                            \
  do {                                                                                                                 \
    if (!(holds))                                                                                                      \
      ck_abort_msg(__VA_ARGS__);                                                                                       \
  } while (0)

static struct calltap_rules rules;
static struct calltap_rule_error error;
static struct calltap_program program;
static struct registers registers;
static uint64_t vector[8];
static uint64_t frame[16];
static struct stream stream = {.session = &calltap__sessions[0]};
static const struct shape shape = {.frame_base = 5 /* rbp */, .kind = CALLTAP_SITE_ENTRY};

static uint64_t random_state = 88172645463325252;

static uint64_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  return random_state ^= random_state << 17;
}

static unsigned below(unsigned limit) { return (unsigned)(random_bits() >> 33) % limit; }

static const char *find(const void *context, const char *name, size_t bytes) {
  (void)context, (void)name, (void)bytes;
  return NULL;
}

enum { NONE = CALLTAP_PLACE_NONE };
static const struct calltap_parameter parameters[] = {{"b", "b", {CALLTAP_PLACE_STACK, NONE}, 0},
                                                      {"c", "c", {0, NONE}, 0},
                                                      {"a", "a", {1, NONE}, 0},
                                                      {"h", "h", {2, NONE}, 0},
                                                      {"s", "s", {3, NONE}, 0},
                                                      {"t", "t", {4, NONE}, 0},
                                                      {"i", "i", {5, NONE}, 0},
                                                      {"j", "j", {CALLTAP_PLACE_STACK, NONE}, 1},
                                                      {"l", "l", {CALLTAP_PLACE_STACK, NONE}, 2},
                                                      {"m", "m", {CALLTAP_PLACE_STACK, NONE}, 3},
                                                      {"p", "Pi", {CALLTAP_PLACE_STACK, NONE}, 4},
                                                      {"f", "f", {CALLTAP_PLACE_XMM0, NONE}, 0},
                                                      {"d", "d", {CALLTAP_PLACE_XMM0 + 1, NONE}, 0}};
enum { INTEGERS = 10, POINTER = 10, FLOAT = 11, DOUBLE = 12, PARAMETERS = 13 };
static const struct calltap_signature signature = {
    .parameter = parameters, .parameters = PARAMETERS, .result = {"", "v", {NONE, NONE}, 0}, .scope = {find, NULL}};

/* -- the judge: trees with C's types ---------------------------------------------------------------------------------- */

enum type { I32, U32, I64, U64, REAL };
struct value {
  enum type type;
  __int128 number; /* the value itself, whatever the type */
  double real;
};

static struct value of_type(enum type type, uint64_t bits) {
  struct value v = {.type = type};
  v.number = type == I32   ? (int32_t)bits
             : type == U32 ? (__int128)(uint32_t)bits
             : type == I64 ? (__int128)(int64_t)bits
                           : (__int128)bits;
  return v;
}

struct tree {
  enum { LEAF, UNARY, BINARY } kind;
  unsigned op;
  unsigned rank; /* of what is written, 11: needs no brackets */
  bool is_real, is_comparison;
  struct value value; /* LEAF */
  char text[32];
  struct tree *a, *b;
};

static struct tree pool[256];
static size_t used;

static const struct {
  const char *text;
  unsigned rank;
} operators[] = {{"or", 1}, {"&&", 2}, {"|", 3},  {"^", 4},  {"&", 5}, {"==", 6}, {"!=", 6}, {"<", 7},  {"<=", 7},
                 {">", 7},  {">=", 7}, {"<<", 8}, {">>", 8}, {"+", 9}, {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};

/* -- growing -- */

static struct value of_parameter[PARAMETERS];

static void choose_values(void) {
  static const enum type types[INTEGERS] = {I32, I32, I32, I32, I32, I32, I32, U32, I64, U64};
  static const unsigned bits[INTEGERS] = {1, 8, 8, 8, 16, 16, 32, 32, 64, 64};
  static const bool is_signed[INTEGERS] = {0, 1, 1, 0, 1, 0, 1, 0, 1, 0};
  for (unsigned i = 0; i < INTEGERS; i++) {
    uint64_t raw = below(3) ? random_bits() >> below(64) : (uint64_t) - (int64_t)below(4);
    uint64_t rubbish = random_bits(), mask = bits[i] == 64 ? UINT64_MAX : (UINT64_C(1) << (i ? bits[i] : 8)) - 1;
    raw &= i ? mask : 1;
    uint64_t word = (rubbish & ~mask) | raw;
    uint64_t extended = is_signed[i] && raw >> (bits[i] - 1) ? raw | ~mask : raw;
    of_parameter[i] = of_type(types[i], extended);
    if (parameters[i].place[0] == CALLTAP_PLACE_STACK)
      frame[1 + parameters[i].slot] = word;
    else
      registers.value[parameters[i].place[0]] = word;
  }
  static const double reals[] = {0, -0.0, 1, -1, 0.5, 1e30, -1e-40, 3, 255};
  double d = reals[below(9)];
  float f = (float)reals[below(9)];
  if (!below(8))
    d = __builtin_nan("");
  if (!below(8))
    f = __builtin_nanf("");
  memcpy(&vector[1], &d, 8);
  vector[0] = random_bits();
  memcpy(&vector[0], &f, 4);
  of_parameter[FLOAT] = (struct value){REAL, 0, (double)f};
  of_parameter[DOUBLE] = (struct value){REAL, 0, d};
}

static struct tree *new_tree(int kind, unsigned rank) {
  REQUIRE(used < sizeof pool / sizeof pool[0], "no room");
  struct tree *t = &pool[used++];
  *t = (struct tree){.rank = rank};
  t->kind = kind;
  return t;
}

static struct tree *literal(void) {
  struct tree *t = new_tree(LEAF, 11);
  uint64_t raw = below(2) ? below(300) : random_bits() >> below(64);
  if (!below(4))
    raw = UINT64_C(0x7FFFFFFE) + below(4);
  bool is_hex = below(2);
  snprintf(t->text, sizeof t->text, is_hex ? "0x%" PRIx64 : "%" PRIu64, raw);
  enum type type = raw <= INT32_MAX ? I32 : is_hex && raw <= UINT32_MAX ? U32 : raw <= INT64_MAX ? I64 : U64;
  t->value = of_type(type, raw);
  return t;
}

static struct tree *real_leaf(bool may_be_literal) {
  struct tree *t = new_tree(LEAF, 11);
  t->is_real = true;
  if (may_be_literal && below(2)) {
    bool is_integer = below(2);
    snprintf(t->text, sizeof t->text, is_integer ? "%u" : "%u.5", below(4));
    t->value = (struct value){REAL, 0, strtod(t->text, NULL)};
    return t;
  }
  unsigned which = FLOAT + below(2);
  strcpy(t->text, parameters[which].name);
  t->value = of_parameter[which];
  return t;
}

static struct tree *grow(unsigned depth);

static struct tree *comparison_of_reals(void) {
  unsigned op = 5 + below(6);
  struct tree *t = new_tree(BINARY, operators[op].rank);
  t->op = op;
  t->is_comparison = true;
  bool literal_first = below(2);
  t->a = real_leaf(literal_first);
  t->b = real_leaf(!literal_first);
  return t;
}

static struct tree *grow(unsigned depth) {
  if (!depth || !below(6)) {
    if (!below(3))
      return literal();
    unsigned which = below(INTEGERS);
    struct tree *t = new_tree(LEAF, 11);
    strcpy(t->text, parameters[which].name);
    t->value = of_parameter[which];
    return t;
  }
  if (!below(12))
    return comparison_of_reals();
  if (!below(5)) {
    struct tree *t = new_tree(UNARY, 11);
    t->op = below(3);
    t->a = grow(depth - 1);
    return t;
  }
  unsigned op = below(18);
  struct tree *t = new_tree(BINARY, operators[op].rank);
  t->op = op;
  t->is_comparison = op >= 5 && op <= 10;
  t->a = grow(depth - 1);
  t->b = grow(depth - 1);
  return t;
}

/* -- writing -- */

static char text[1 << 14];
static size_t written;

static void put(const char *s) {
  size_t n = strlen(s);
  REQUIRE(written + n < sizeof text, "no room");
  memcpy(text + written, s, n + 1);
  written += n;
}

static void put_tree(const struct tree *t, unsigned rank, bool no_comparison) {
  bool brackets = t->rank < rank || (no_comparison && t->is_comparison) || !below(8);
  put(brackets ? "(" : "");
  if (t->kind == LEAF) {
    put(t->text);
  } else if (t->kind == UNARY) {
    /* A minus before a number would be one literal; the judge sees an operator. */
    bool is_number = t->a->kind == LEAF && t->a->text[0] >= '0' && t->a->text[0] <= '9';
    put(t->op == 0 ? "-" : t->op == 1 ? "~" : below(2) ? "!" : "not ");
    if (t->op == 0 && is_number)
      put("~~");
    put_tree(t->a, 11, false);
  } else {
    bool is_bitwise = t->op >= 2 && t->op <= 4;
    put_tree(t->a, t->rank, is_bitwise);
    put(below(2) && t->op > 1 ? "" : " ");
    put(operators[t->op].text);
    put(" ");
    put_tree(t->b, t->rank + 1, is_bitwise);
  }
  put(brackets ? ")" : "");
}

/* -- judging -- */

static bool faulted;

static bool truth(struct value v) { return v.type == REAL ? v.real != 0 : v.number != 0; }

static unsigned bits_of(enum type t) { return t == I32 || t == U32 ? 32 : 64; }

static struct value judge(const struct tree *t);

static struct value judge_unary(const struct tree *t) {
  struct value v = judge(t->a);
  if (t->op == 2)
    return of_type(I32, !truth(v));
  return of_type(v.type, t->op == 0 ? (uint64_t)-v.number : (uint64_t)~v.number);
}

static struct value judge_shift(unsigned op, struct value a, struct value b) {
  uint64_t by = (uint64_t)b.number;
  if (by > 63)
    return of_type(a.type, op == 12 && a.number < 0 ? UINT64_MAX : 0);
  return of_type(a.type, op == 11 ? (uint64_t)a.number << by : (uint64_t)(a.number >> by));
}

static struct value judge_binary(const struct tree *t) {
  struct value a = judge(t->a);
  if (t->op == 0 || t->op == 1) {
    if (faulted || truth(a) == (t->op == 0))
      return of_type(I32, truth(a));
    return of_type(I32, truth(judge(t->b)));
  }
  struct value b = judge(t->b);
  if (faulted)
    return a;
  if (a.type == REAL) {
    double x = a.real, y = b.real;
    const bool answers[] = {x == y, x != y, x<y, x <= y, x> y, x >= y};
    return of_type(I32, answers[t->op - 5]);
  }
  if (t->op == 11 || t->op == 12)
    return judge_shift(t->op, a, b);
  /* The common type: the wider; of equally wide ones the unsigned. */
  enum type type = bits_of(a.type) == bits_of(b.type)  ? (a.type > b.type ? a.type : b.type)
                   : bits_of(a.type) > bits_of(b.type) ? a.type
                                                       : b.type;
  __int128 x = of_type(type, (uint64_t)a.number).number, y = of_type(type, (uint64_t)b.number).number;
  if (t->is_comparison) {
    const bool answers[] = {x == y, x != y, x<y, x <= y, x> y, x >= y};
    return of_type(I32, answers[t->op - 5]);
  }
  if (t->op >= 16 && (!y || (type == I64 && y == -1 && x == INT64_MIN))) {
    faulted = true;
    return a;
  }
  switch (t->op) {
  case 2:
    return of_type(type, (uint64_t)(x | y));
  case 3:
    return of_type(type, (uint64_t)(x ^ y));
  case 4:
    return of_type(type, (uint64_t)(x & y));
  case 13:
    return of_type(type, (uint64_t)(x + y));
  case 14:
    return of_type(type, (uint64_t)(x - y));
  case 15:
    return of_type(type, (uint64_t)x * (uint64_t)y);
  case 16:
    return of_type(type, (uint64_t)(x / y));
  default:
    return of_type(type, (uint64_t)(x % y));
  }
}

static struct value judge(const struct tree *t) {
  return t->kind == LEAF ? t->value : t->kind == UNARY ? judge_unary(t) : judge_binary(t);
}

static enum match run(void) {
  const struct match_input in = {.shape = &shape, .stream = &stream, .entry = &registers, .vector = vector};
  if (!program.count)
    return MATCH_YES;
  int64_t given[2];
  enum match plain = calltap__match(program.op, &in, given);
  struct calltap_program joined = program;
  calltap_program_join(&joined);
  ck_assert(calltap_program_valid(&joined));
  ck_assert_msg(calltap__match(joined.op, &in, given) == plain, "joined, the program says something else");
  return plain;
}

START_TEST(random_expressions) {
  unsigned refused = 0, seen[3] = {0};
  registers.rbp = (uintptr_t)frame;
  for (unsigned i = 0; i < 150000 / SLOWNESS; i++) {
    choose_values();
    used = written = 0;
    const struct tree *t = grow(1 + below(5));
    put("f when ");
    put_tree(t, 0, false);
    error = (struct calltap_rule_error){0, ""};
    REQUIRE(calltap_rules_parse(text, &rules, &error), "%s: column %zu: %s", text, error.column, error.message);
    if (!calltap_rule_compile(&rules, &rules.clause[0], &signature, &program, &error)) {
      REQUIRE(strstr(error.message, "too deep") || strstr(error.message, "too long"), "%s: %s", text, error.message);
      refused++;
      continue;
    }
    faulted = false;
    struct value v = judge(t);
    enum match want = faulted ? MATCH_FAULT : truth(v) ? MATCH_YES : MATCH_NO, is = run();
    REQUIRE(is == want, "%s gives %d, not %d", text, is, want);
    calltap_program_join(&program);
    is = run();
    REQUIRE(is == want, "%s, joined, gives %d, not %d", text, is, want);
    seen[is]++;
  }
  ck_assert_uint_lt(refused, 15000 / SLOWNESS);
  for (unsigned i = 0; i < 3; i++)
    ck_assert_uint_gt(seen[i], 5000 / SLOWNESS);
}
END_TEST

/* What joining is about: an integer in a register and a constant, either first. */
START_TEST(random_comparisons) {
  static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};
  static const char *const constants[] = {"0",
                                          "1",
                                          "-1",
                                          "127",
                                          "128",
                                          "255",
                                          "-128",
                                          "0xFFFFFFFF",
                                          "2147483647",
                                          "4294967295",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "18446744073709551615",
                                          "0x80000000"};
  registers.rbp = (uintptr_t)frame;
  for (unsigned i = 0; i < 100000 / SLOWNESS; i++) {
    const char *name = parameters[below(INTEGERS)].name, *sign = comparisons[below(6)],
               *constant = constants[below(14)];
    bool first = below(2);
    const char *not = below(3) ? "" : "not ";
    choose_values();
    snprintf(text, sizeof text, "f when %s(%s %s %s)", not, first ? name : constant, sign, first ? constant : name);
    REQUIRE(calltap_rules_parse(text, &rules, &error), "%s", text);
    REQUIRE(calltap_rule_compile(&rules, &rules.clause[0], &signature, &program, &error), "%s", text);
    enum match is = run();
    calltap_program_join(&program);
    REQUIRE(calltap_program_valid(&program), "%s", text);
    REQUIRE(run() == is, "%s, joined", text);
  }
}
END_TEST

/* -- programs that nobody compiled ----------------------------------------------------------------------------------------- */

static char string[] = "a*b?[x-z]\\n";

/* Strings are what the validator cannot see; everything else may be anything. */
static void mend(struct calltap_program *p) {
  for (unsigned i = 0; i < p->count && i < CALLTAP_PROGRAM_OPS; i++) {
    struct calltap_operation *o = &p->op[i];
    o->op = o->op >= CALLTAP_OP_COUNT + 2 ? o->op % CALLTAP_OP_COUNT : o->op;
    if (o->op == CALLTAP_OP_TEXT_EQ || o->op == CALLTAP_OP_TEXT_GLOB) {
      o->imm = (int64_t)(intptr_t)string;
      o->b %= sizeof string;
    }
    if ((o->op == CALLTAP_OP_VALUE || o->op == CALLTAP_OP_RESULT) && o->a == CALLTAP_PLACE_STACK)
      o->b %= 8;
  }
}

/* The same question, asked in the plainest way: every way through the program, one after the other. */
static bool walks(const struct calltap_program *p, size_t at, unsigned depth, unsigned *steps) {
  static const struct {
    uint8_t pops, pushes;
  } effects[] = {
#define EFFECT(name, pops, pushes, sentence) {pops, pushes},
      CALLTAP_OPS(EFFECT)
#undef EFFECT
  };
  for (;; at++) {
    if (++*steps > 200000)
      return true;
    if (at >= p->count)
      return false;
    const struct calltap_operation *o = &p->op[at];
    if (depth < effects[o->op].pops)
      return false;
    unsigned after = depth - effects[o->op].pops + effects[o->op].pushes;
    if (after > CALLTAP_PROGRAM_STACK)
      return false;
    bool keeps = o->op == CALLTAP_OP_SKIP_IF_NOT_KEEP || o->op == CALLTAP_OP_SKIP_IF_KEEP;
    if (o->op == CALLTAP_OP_ACCEPT || o->op == CALLTAP_OP_GIVE || o->op == CALLTAP_OP_GIVE_TWO)
      return true;
    if ((keeps || o->op == CALLTAP_OP_SKIP_IF_NOT) && !walks(p, at + 1 + (size_t)o->imm, after, steps))
      return false;
    depth = keeps ? after - 1 : after;
  }
}

static void check_hostile(unsigned *valid) {
  if (!calltap_program_valid(&program))
    return;
  unsigned steps = 0;
  REQUIRE(walks(&program, 0, 0, &steps), "%s", text);
  static struct calltap_program joined;
  static struct calltap_program whole;
  whole = joined = program;
  calltap_program_join(&joined);
  REQUIRE(calltap_program_valid(&joined), "%s", text);
  for (int i = 0; i < 4; i++) {
    choose_values();
    program = whole;
    enum match is = run();
    program = joined;
    REQUIRE(run() == is, "joined");
  }
  ++*valid;
}

START_TEST(hostile_programs) {
  static const char *const good[] = {
      "f when i / s == 4 or l > 5 and (j & 7) != 0 and not (d < 1.5)",
      "f(1, _, 3.., ..9, a, a, ...) when p[4] == 5 or p[i] > 8",
      "f when i == 1 or i == 2 or i == 3 and (c == 'x' or c == 'y' and a)",
      "f when (i + (j + (l + (m + (s + t))))) << 3 >= f == 1.5",
  };
  unsigned valid = 0;
  registers.rbp = (uintptr_t)frame;
  for (unsigned i = 0; i < 300000 / SLOWNESS; i++) {
    program.count = (uint16_t)(1 + below(i % 50 ? 12 : 300));
    for (unsigned k = 0; k < program.count && k < CALLTAP_PROGRAM_OPS; k++) {
      uint64_t r = random_bits();
      memcpy(&program.op[k], &r, 8);
      program.op[k].imm = below(2) ? (int64_t)below(8) - 1 : (int64_t)random_bits();
      program.op[k].op = (uint8_t)below(CALLTAP_OP_COUNT + 1);
      program.op[k].a = (uint8_t)below(70);
    }
    if (below(2) && program.count <= CALLTAP_PROGRAM_OPS)
      program.op[program.count - 1].op = CALLTAP_OP_ACCEPT;
    mend(&program);
    check_hostile(&valid);
  }
  unsigned by_chance = valid;
  for (unsigned i = 0; i < 300000 / SLOWNESS; i++) {
    const char *rule = good[i % 4];
    REQUIRE(calltap_rules_parse(rule, &rules, &error), "%s", text);
    REQUIRE(calltap_rule_compile(&rules, &rules.clause[0], &signature, &program, &error) || i % 4 == 3, "%s",
            error.message);
    for (unsigned changes = 1 + below(3); changes--;) {
      struct calltap_operation *o = &program.op[below(program.count)];
      switch (below(5)) {
      case 0:
        o->op = (uint8_t)random_bits();
        break;
      case 1:
        o->a = (uint8_t)random_bits();
        break;
      case 2:
        o->imm = (int64_t)below(20) - 2;
        break;
      case 3:
        *o = program.op[below(program.count)];
        break;
      default:
        program.count = (uint16_t)(1 + below(program.count));
        break;
      }
    }
    mend(&program);
    check_hostile(&valid);
  }
  ck_assert_uint_gt(by_chance, 50 / SLOWNESS);
  ck_assert_uint_gt(valid - by_chance, 10000 / SLOWNESS);
}
END_TEST

START_TEST(programs_that_break_a_bound_are_refused) {
#define OP(name, ...)                                                                                                  \
  { .op = CALLTAP_OP_##name, __VA_ARGS__ }
  static const struct {
    uint16_t count;
    bool yes;
    struct calltap_operation op[4];
  } rows[] = {
      {0, true, {{0}}},
      {1, true, {OP(ACCEPT, )}},
      {1, false, {OP(PUSH, )}},
      {2, true, {OP(PUSH, ), OP(ACCEPT, )}},
      {2, false, {OP(ADD, ), OP(ACCEPT, )}},
      {2, false, {OP(ACCEPT, ), OP(ACCEPT, )}}, /* never reached */
      {2, false, {OP(VALUE, .a = 7), OP(ACCEPT, )}},
      {2, false, {OP(VALUE, .a = CALLTAP_PLACE_ST0), OP(ACCEPT, )}},
      {2, false, {OP(VALUE, .a = CALLTAP_PLACE_INDIRECT), OP(ACCEPT, )}},
      {2, true, {OP(VALUE, .a = CALLTAP_PLACE_STACK), OP(ACCEPT, )}},
      {2, true, {OP(RESULT, .a = CALLTAP_PLACE_RDX), OP(ACCEPT, )}},
      {2, false, {OP(RESULT, .a = CALLTAP_PLACE_STACK), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(LOAD, .a = 3), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(LOAD, .a = 0), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(LOAD, .a = 16), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(SIGNED, .a = 0), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(UNSIGNED, .a = 64), OP(ACCEPT, )}},
      {3, true, {OP(PUSH, ), OP(SKIP_IF_NOT, .imm = 0), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(SKIP_IF_NOT, .imm = 1), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(SKIP_IF_NOT, .imm = -1), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(SKIP_IF_NOT, .imm = INT64_MIN), OP(ACCEPT, )}},
      {3, false, {OP(PUSH, ), OP(SKIP_IF_KEEP, .imm = 0), OP(ACCEPT, )}}, /* ways meet with one value and with none */
      {4, true, {OP(PUSH, ), OP(SKIP_IF_KEEP, .imm = 1), OP(PUSH, ), OP(ACCEPT, )}},
      {4, false, {OP(PUSH, ), OP(SKIP_IF_NOT, .imm = 1), OP(PUSH, ), OP(ACCEPT, )}},
      {2, false, {{.op = CALLTAP_OP_COUNT}, OP(ACCEPT, )}},
      {2, false, {{.op = 255}, OP(ACCEPT, )}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    memset(&program, 0xFF, sizeof program);
    program.count = rows[i].count;
    memcpy(program.op, rows[i].op, sizeof rows[i].op);
    REQUIRE(calltap_program_valid(&program) == rows[i].yes, "row %zu", i);
  }
  for (unsigned values = CALLTAP_PROGRAM_STACK; values <= CALLTAP_PROGRAM_STACK + 1; values++) {
    program.count = (uint16_t)(values + 1);
    for (unsigned i = 0; i < values; i++)
      program.op[i] = (struct calltap_operation)OP(PUSH, );
    program.op[values] = (struct calltap_operation)OP(ACCEPT, );
    REQUIRE(calltap_program_valid(&program) == (values <= CALLTAP_PROGRAM_STACK), "%s", text);
  }
  program.count = CALLTAP_PROGRAM_OPS + 1;
  REQUIRE(!calltap_program_valid(&program), "%s", text);
}
END_TEST

/* -- what compiling costs ----------------------------------------------------------------------------------------------------- */

static void compile(void) {
  if (calltap_rule_compile(&rules, &rules.clause[0], &signature, &program, &error))
    REQUIRE(calltap_program_valid(&program), "%s", text);
}

START_TEST(compiling_is_bounded) {
  static const char *const parts[][4] = {
      /* before, again and again, the innermost, behind each */
      {"f when ", "(", "i", ")"},
      {"f when ", "(i + ", "i", ")"},
      {"f when ", "(i < ", "i", ")"},
      {"f when ", "(i <= ", "i", ")"},
      {"f when ", "(1 == ", "i", ")"},
      {"f when ", "(i << (1 <= ", "i", "))"},
      {"f when ", "i or (i and (", "i", "))"},
      {"f when ", "p[", "i", "]"},
      {"f when ", "(p[j] > p[", "i", "])"},
      {"f when ", "- -", "i", ""},
      {"f when ", "!", "i", ""},
      {"f when i", " + i", "", ""},
      {"f when i", " < i", "", ""},
      {"f when i", " == i", "", ""},
      {"f when i", " or i", "", ""},
      {"f when i", " or 1 and j", "", ""},
      {"f when p", "[0]", "", ""},
      {"f when p", ".x", "", ""},
      {"f(", "i, ", "i", ""},
      {"f(p=", "{x=", "_", "}"},
      {"f when i or", " (1 or 1 and 1 | 1 ^ 1 & 1 << 1 + 1 * -", "i", ")"},
  };
  static char long_text[1 << 16];
  size_t most = 0;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    for (unsigned count = 1; count <= 1000; count += count < 40 ? 1 : 160) {
      char *at = stpcpy(long_text, parts[i][0]);
      for (unsigned k = 0; k < count; k++)
        at = stpcpy(at, parts[i][1]);
      at = stpcpy(at, parts[i][2]);
      for (unsigned k = 0; k < count; k++)
        at = stpcpy(at, parts[i][3]);
      if (i == 18)
        strcpy(at, ")");
      if (!calltap_rules_parse(long_text, &rules, &error))
        continue;
      struct timespec from, to;
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
      size_t bytes = painted_bytes(compile);
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
      double took = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
      REQUIRE(bytes <= 16 << 10, "%.60s, %u times: %zu bytes of stack", long_text, count, bytes);
      REQUIRE(took < 0.05, "%.60s, %u times: %g seconds", long_text, count, took);
      most = bytes > most ? bytes : most;
    }
  printf("the compiler's deepest stack: %zu bytes\n", most);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_random", random_expressions, random_comparisons, hostile_programs,
                   programs_that_break_a_bound_are_refused, compiling_is_bounded);
}
