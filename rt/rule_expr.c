/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Expressions of rules: C's operators with C's ranks. */
#include "rule_read.h"
#include "text.h"

static uint16_t expression(struct reader *r, unsigned rank);

static struct calltap_node *node_of(struct reader *r, uint16_t index) { return &r->rules->node[index]; }

static bool is_named(struct reader *r, uint16_t n, const char *word) {
  struct calltap_span text = node_of(r, n)->text;
  size_t bytes = calltap__text_length(word);
  return (size_t)(text.end - text.start) == bytes && calltap__bytes_equal(text.start, word, bytes);
}

/* -- what stands alone ------------------------------------------------------------------------------------------------ */

static uint16_t take_leaf(struct reader *r, enum calltap_node_kind kind) {
  uint16_t n = calltap__rule_node(r, kind, r->token.start);
  node_of(r, n)->text = r->token.text;
  node_of(r, n)->number = r->token.number;
  node_of(r, n)->is_time = r->token.is_time;
  node_of(r, n)->is_unsigned = r->token.is_unsigned;
  calltap__rule_next(r);
  return r->failed ? 0 : n;
}

/* ^RED; of ^Colour::RED the last part counts. */
static uint16_t pin(struct reader *r) {
  const char *start = r->token.start;
  calltap__rule_next(r);
  if (r->token.kind != TOKEN_NAME) {
    calltap__rule_wrong(r, start, "behind ^ stands the name of an enumerator, as in ^RED");
    return 0;
  }
  while (r->at[0] == ':' && r->at[1] == ':') {
    r->at += 2;
    calltap__rule_next(r);
  }
  if (r->token.kind != TOKEN_NAME) {
    calltap__rule_wrong(r, r->token.start, "the name of an enumerator is expected behind ::");
    return 0;
  }
  uint16_t n = take_leaf(r, CALLTAP_EXPR_PIN);
  node_of(r, n)->at = (uint32_t)(start - r->rules->text);
  return n;
}

/* A number with a minus before it is one number, as a reader sees it: -0.5 is a literal. False: there is none so low. */
static bool negate(struct reader *r, struct calltap_node *n) {
  if (n->kind == CALLTAP_EXPR_REAL) {
    n->number = (int64_t)((uint64_t)n->number ^ UINT64_C(1) << 63);
    return true;
  }
  if (n->is_unsigned && (uint64_t)n->number > UINT64_C(1) << 63)
    return calltap__rule_wrong(r, r->rules->text + n->at, "the number is too low");
  n->is_unsigned = false;
  n->number = (int64_t)(0 - (uint64_t)n->number);
  return true;
}

/* What C's headers and C++ call 0 and 1. */
static const struct {
  const char *word;
  int64_t number;
} constants[] = {{"NULL", 0}, {"nullptr", 0}, {"false", 0}, {"true", 1}};

static int constant_at(const struct reader *r) {
  for (int i = 0; i < (int)(sizeof constants / sizeof constants[0]); i++)
    if (calltap__rule_is_word(r, constants[i].word))
      return i;
  return -1;
}

bool calltap__rule_is_constant(const struct reader *r) { return constant_at(r) >= 0; }

uint16_t calltap__rule_literal(struct reader *r) {
  int constant = constant_at(r);
  if (constant >= 0) {
    uint16_t n = take_leaf(r, CALLTAP_EXPR_INTEGER);
    node_of(r, n)->number = constants[constant].number;
    return n;
  }
  if (calltap__rule_is(r, MARK1('-'))) {
    const char *start = r->token.start;
    calltap__rule_next(r);
    if (r->token.kind != TOKEN_INTEGER && r->token.kind != TOKEN_REAL) {
      calltap__rule_wrong(r, start, "a number is expected behind the minus");
      return 0;
    }
    bool is_real = r->token.kind == TOKEN_REAL;
    uint16_t n = take_leaf(r, is_real ? CALLTAP_EXPR_REAL : CALLTAP_EXPR_INTEGER);
    node_of(r, n)->at = (uint32_t)(start - r->rules->text);
    return n && negate(r, node_of(r, n)) ? n : 0;
  }
  switch (r->token.kind) {
  case TOKEN_INTEGER:
    return take_leaf(r, CALLTAP_EXPR_INTEGER);
  case TOKEN_REAL:
    return take_leaf(r, CALLTAP_EXPR_REAL);
  case TOKEN_STRING:
    return take_leaf(r, CALLTAP_EXPR_STRING);
  case TOKEN_CHARACTER:
    return take_leaf(r, CALLTAP_EXPR_CHARACTER);
  default:
    return calltap__rule_is(r, MARK1('^')) ? pin(r) : 0;
  }
}

static void enter(struct reader *r) {
  r->depth++;
  calltap__rule_next(r);
}

static bool leave(struct reader *r, char bracket, const char *message) {
  if (!calltap__rule_is(r, MARK1(bracket)))
    return calltap__rule_wrong(r, r->token.start, message);
  r->depth--;
  calltap__rule_next(r);
  return true;
}

uint16_t calltap__rule_argument(struct reader *r) {
  const char *start = r->token.start;
  uint16_t n = expression(r, 0);
  const char *end = r->token.start;
  while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n'))
    end--;
  node_of(r, n)->from = (uint32_t)(start - r->rules->text);
  node_of(r, n)->to = (uint32_t)(end - r->rules->text);
  return n;
}

uint16_t calltap__rule_arguments(struct reader *r, uint16_t call) {
  uint16_t *last = &node_of(r, call)->a;
  enter(r);
  while (!calltap__rule_is(r, MARK1(')'))) {
    uint16_t argument = calltap__rule_argument(r);
    if (!argument)
      return 0;
    *last = argument;
    last = &node_of(r, argument)->next;
    if (!calltap__rule_take(r, MARK1(',')))
      break;
  }
  return leave(r, ')', "a closing bracket is expected here") ? call : 0;
}

/* -- as(TYPE, VALUE) -------------------------------------------------------------------------------------------------- */

/* C's names of its own types, and of the usual ones of its headers. */
static const struct {
  const char *name;
  char letter;
} plain_types[] = {{"void", 'v'},      {"bool", 'b'},     {"_Bool", 'b'},    {"char", 'c'},     {"short", 's'},
                   {"int", 'i'},       {"long", 'l'},     {"unsigned", 'j'}, {"float", 'f'},    {"double", 'd'},
                   {"int8_t", 'a'},    {"uint8_t", 'h'},  {"int16_t", 's'},  {"uint16_t", 't'}, {"int32_t", 'i'},
                   {"uint32_t", 'j'},  {"int64_t", 'l'},  {"uint64_t", 'm'}, {"size_t", 'm'},   {"ssize_t", 'l'},
                   {"uintptr_t", 'm'}, {"intptr_t", 'l'}, {"wchar_t", 'w'},  {"char8_t", 'p'},  {"char16_t", 'q'},
                   {"char32_t", 'r'}};

static char plain_letter(struct calltap_span name) {
  for (size_t i = 0; i < sizeof plain_types / sizeof plain_types[0]; i++)
    if ((size_t)(name.end - name.start) == calltap__text_length(plain_types[i].name) &&
        calltap__bytes_equal(name.start, plain_types[i].name, (size_t)(name.end - name.start)))
      return plain_types[i].letter;
  return 0;
}

static char with_sign(char letter, bool is_unsigned) {
  switch (letter) {
  case 'c':
    return is_unsigned ? 'h' : 'a';
  case 's':
    return is_unsigned ? 't' : 's';
  case 'l':
    return is_unsigned ? 'm' : 'l';
  default:
    return is_unsigned ? 'j' : 'i';
  }
}

/* Reads [struct | union | enum | class] NAME{::NAME} or C's words for a number. 0: failed. */
static char read_base_type(struct reader *r, struct calltap_span *name) {
  bool is_unsigned = calltap__rule_is_word(r, "unsigned"), has_sign = is_unsigned || calltap__rule_is_word(r, "signed");
  char letter = 0;
  while (calltap__rule_is_word(r, "const") || calltap__rule_is_word(r, "struct") || calltap__rule_is_word(r, "union") ||
         calltap__rule_is_word(r, "enum") || calltap__rule_is_word(r, "class") || calltap__rule_is_word(r, "signed") ||
         calltap__rule_is_word(r, "unsigned"))
    calltap__rule_next(r);
  if (r->token.kind != TOKEN_NAME && has_sign)
    return with_sign('i', is_unsigned);
  if (r->token.kind != TOKEN_NAME)
    return calltap__rule_wrong(r, r->token.start, "the name of a type is expected here, as in as(struct client, p)"), 0;
  *name = r->token.text;
  letter = plain_letter(*name);
  while (r->at[0] == ':' && r->at[1] == ':') {
    r->at += 2;
    calltap__rule_next(r);
    if (r->token.kind != TOKEN_NAME)
      return calltap__rule_wrong(r, r->token.start, "the name of a type is expected behind ::"), 0;
    name->end = r->token.end;
    letter = 0;
  }
  calltap__rule_next(r);
  while (letter &&
         (calltap__rule_is_word(r, "int") || calltap__rule_is_word(r, "long") || calltap__rule_is_word(r, "const")))
    calltap__rule_next(r);
  return has_sign && letter ? with_sign(letter, is_unsigned) : letter ? letter : 'N';
}

/* The text of a pointer to the type, in the rules. */
static bool keep_type(struct reader *r, char letter, struct calltap_span name, unsigned stars, struct calltap_node *n) {
  struct calltap_rules *rules = r->rules;
  struct builder b = calltap__builder(rules->types + rules->type_bytes, sizeof rules->types - rules->type_bytes);
  const char *start = b.at;
  for (unsigned i = 0; i <= stars; i++)
    calltap__put(&b, "P");
  calltap__put_span(&b, (struct span){&letter, &letter + 1});
  if (letter == 'N') {
    calltap__put_number(&b, (uint64_t)(name.end - name.start));
    calltap__put(&b, ".");
    calltap__put_span(&b, (struct span){name.start, name.end});
  }
  calltap__put_end(&b);
  if (b.full)
    return calltap__rule_wrong(r, name.start, "there are too many types in the rules");
  n->number = (int64_t)rules->type_bytes;
  rules->type_bytes += (size_t)(b.at - start) + 1;
  return true;
}

enum { MOST_STARS = 4 };

static uint16_t cast(struct reader *r, uint16_t n) {
  struct calltap_span name = {0};
  unsigned stars = 0;
  node_of(r, n)->kind = CALLTAP_EXPR_CAST;
  enter(r);
  char letter = read_base_type(r, &name);
  for (;; calltap__rule_next(r)) {
    bool is_star = calltap__rule_is(r, MARK1('*'));
    if (!is_star && !calltap__rule_is_word(r, "const"))
      break;
    stars += is_star;
  }
  if (stars > MOST_STARS)
    return calltap__rule_wrong(r, r->token.start, "a type has at most 4 stars here"), 0;
  if (!letter || !keep_type(r, letter, name, stars, node_of(r, n)))
    return 0;
  if (!calltap__rule_take(r, MARK1(',')))
    return calltap__rule_wrong(r, r->token.start, "as takes a type and a pointer, as in as(struct client, p)"), 0;
  uint16_t inner = expression(r, 0);
  node_of(r, n)->a = inner;
  node_of(r, n)->text = name;
  return inner && leave(r, ')', "a closing bracket is expected here") ? n : 0;
}

static uint16_t primary(struct reader *r) {
  if (calltap__rule_is(r, MARK1('('))) {
    enter(r);
    uint16_t inner = expression(r, 0);
    node_of(r, inner)->in_brackets = true;
    return inner && leave(r, ')', "a closing bracket is expected here") ? inner : 0;
  }
  if (calltap__rule_is_constant(r))
    return calltap__rule_literal(r);
  if (r->token.kind == TOKEN_NAME) {
    uint16_t n = take_leaf(r, CALLTAP_EXPR_NAME);
    if (!n || !calltap__rule_is(r, MARK1('(')))
      return n;
    if (is_named(r, n, "as"))
      return cast(r, n);
    node_of(r, n)->kind = CALLTAP_EXPR_CALL;
    r->rules->uses_depth |= is_named(r, n, "depth");
    return calltap__rule_arguments(r, n);
  }
  bool is_literal = r->token.kind != TOKEN_MARK && r->token.kind != TOKEN_END;
  if (!is_literal && !calltap__rule_is(r, MARK1('^'))) {
    calltap__rule_wrong(r, r->token.start,
                        r->token.kind == TOKEN_END ? "the rule ends here, in the middle; quote the rule for the shell"
                                                   : "a value is expected here: a name, a number, a string");
    return 0;
  }
  return calltap__rule_literal(r);
}

/* "->" is a member only inside brackets, or where nothing but the value stands before it. */
static bool is_member(const struct reader *r) {
  return calltap__rule_is(r, MARK1('.')) ||
         (calltap__rule_is(r, MARK2('-', '>')) && (r->depth || !r->token.after_space));
}

static uint16_t postfix(struct reader *r) {
  /* Literals have no members: in "n > 0->return" the arrow is one. */
  bool is_plain = r->token.kind != TOKEN_NAME && !calltap__rule_is(r, MARK1('('));
  uint16_t n = primary(r);
  if (is_plain)
    return n;
  while (n && !r->failed) {
    const char *start = r->token.start;
    bool member = is_member(r);
    if (!member && !calltap__rule_is(r, MARK1('[')))
      return n;
    uint16_t outer = calltap__rule_node(r, member ? CALLTAP_EXPR_MEMBER : CALLTAP_EXPR_INDEX, start);
    if (!outer)
      return 0;
    node_of(r, outer)->a = n;
    n = outer;
    if (member) {
      calltap__rule_next(r);
      if (calltap__rule_take(r, MARK1('*'))) {
        node_of(r, n)->kind = CALLTAP_EXPR_WHOLE;
        return n;
      }
      if (r->token.kind != TOKEN_NAME)
        return calltap__rule_wrong(r, r->token.start, "the name of a member is expected here"), 0;
      node_of(r, n)->text = r->token.text;
      calltap__rule_next(r);
      continue;
    }
    enter(r);
    uint16_t index = expression(r, 0);
    if (!index || !leave(r, ']', "a closing bracket ] is expected here"))
      return 0;
    node_of(r, n)->b = index;
  }
  return r->failed ? 0 : n;
}

/* -- operators -------------------------------------------------------------------------------------------------------- */

static uint16_t unary(struct reader *r) {
  enum calltap_node_kind kind;
  if (calltap__rule_is(r, MARK1('!')) || calltap__rule_is_word(r, "not"))
    kind = CALLTAP_EXPR_NOT;
  else if (calltap__rule_is(r, MARK1('-')))
    kind = CALLTAP_EXPR_NEGATE;
  else if (calltap__rule_is(r, MARK1('~')))
    kind = CALLTAP_EXPR_COMPLEMENT;
  else
    return postfix(r);
  uint16_t n = calltap__rule_node(r, kind, r->token.start);
  if (!n || !calltap__rule_deeper(r))
    return 0;
  calltap__rule_next(r);
  uint16_t inner = unary(r);
  r->nested--;
  node_of(r, n)->a = inner;
  struct calltap_node *of = node_of(r, inner);
  /* C's -0x80000000 is unsigned, and stays the operator. */
  bool is_number =
      of->kind == CALLTAP_EXPR_REAL || (of->kind == CALLTAP_EXPR_INTEGER && (!of->is_unsigned || of->number < 0));
  bool folds = inner && kind == CALLTAP_EXPR_NEGATE && is_number;
  if (!folds)
    return inner ? n : 0;
  of->at = node_of(r, n)->at;
  return negate(r, of) ? inner : 0;
}

static const struct {
  uint32_t mark;
  const char *word;
  uint8_t op, rank;
} binaries[] = {
    {MARK2('|', '|'), "or", CALLTAP_OR, 1}, {MARK2('&', '&'), "and", CALLTAP_AND, 2},
    {MARK1('|'), "", CALLTAP_BIT_OR, 3},    {MARK1('^'), "", CALLTAP_BIT_XOR, 4},
    {MARK1('&'), "", CALLTAP_BIT_AND, 5},   {MARK2('=', '='), "", CALLTAP_EQ, 6},
    {MARK2('!', '='), "", CALLTAP_NE, 6},   {MARK1('<'), "", CALLTAP_LT, 7},
    {MARK2('<', '='), "", CALLTAP_LE, 7},   {MARK1('>'), "", CALLTAP_GT, 7},
    {MARK2('>', '='), "", CALLTAP_GE, 7},   {MARK2('<', '<'), "", CALLTAP_SHL, 8},
    {MARK2('>', '>'), "", CALLTAP_SHR, 8},  {MARK1('+'), "", CALLTAP_ADD, 9},
    {MARK1('-'), "", CALLTAP_SUB, 9},       {MARK1('*'), "", CALLTAP_MUL, 10},
    {MARK1('/'), "", CALLTAP_DIV, 10},      {MARK1('%'), "", CALLTAP_MOD, 10},
};
enum { RANK_GLOB = 6, BINARIES = sizeof binaries / sizeof binaries[0] };

static int binary_at(const struct reader *r) {
  for (int i = 0; i < BINARIES; i++)
    if (calltap__rule_is(r, binaries[i].mark) || (*binaries[i].word && calltap__rule_is_word(r, binaries[i].word)))
      return i;
  return -1;
}

static bool is_bitwise(uint8_t op) { return op == CALLTAP_BIT_AND || op == CALLTAP_BIT_OR || op == CALLTAP_BIT_XOR; }

static bool is_comparison(uint8_t op) { return op >= CALLTAP_EQ && op <= CALLTAP_GE; }

/* C's old trap: a & b == c is a & (b == c). */
static bool is_trap(const struct reader *r, uint8_t op, uint16_t side) {
  const struct calltap_node *n = &r->rules->node[side];
  bool compares = n->kind == CALLTAP_EXPR_GLOB || (n->kind == CALLTAP_EXPR_BINARY && is_comparison(n->op));
  return is_bitwise(op) && !n->in_brackets && compares;
}

bool calltap__rule_is_glob(struct reader *r) {
  if (r->token.kind != TOKEN_STRING)
    return calltap__rule_wrong(r, r->token.start, "behind ~ stands a glob in quotes, as in ~\"user*\"");
  for (const char *p = r->token.text.start; p < r->token.text.end; p++) {
    if (*p != '\\')
      continue;
    p++;
    if (*p == 'n' || *p == 't' || *p == 'r' || *p == '0')
      return calltap__rule_wrong(r, p - 1, "globs have no \\n \\t \\r \\0; a ? stands for any one character");
  }
  return true;
}

static uint16_t glob(struct reader *r, uint16_t left) {
  uint16_t n = calltap__rule_node(r, CALLTAP_EXPR_GLOB, r->token.start);
  calltap__rule_next(r);
  if (!calltap__rule_is_glob(r))
    return 0;
  if (n) {
    node_of(r, n)->a = left;
    node_of(r, n)->text = r->token.text;
  }
  calltap__rule_next(r);
  return n;
}

static uint16_t binary(struct reader *r, uint16_t left, int which) {
  const char *start = r->token.start;
  uint8_t op = binaries[which].op;
  calltap__rule_next(r);
  uint16_t right = expression(r, binaries[which].rank + 1u);
  uint16_t n = right ? calltap__rule_node(r, CALLTAP_EXPR_BINARY, start) : 0;
  if (!n)
    return 0;
  if (is_trap(r, op, left) || is_trap(r, op, right))
    return calltap__rule_wrong(r, start, "comparisons bind tighter than & ^ |: put brackets around what you mean"), 0;
  node_of(r, n)->op = op;
  node_of(r, n)->a = left;
  node_of(r, n)->b = right;
  return n;
}

static uint16_t expression(struct reader *r, unsigned rank) {
  if (!calltap__rule_deeper(r))
    return 0;
  uint16_t left = unary(r);
  while (left && !r->failed) {
    if (calltap__rule_is(r, MARK1('~')) && rank <= RANK_GLOB) {
      left = glob(r, left);
      continue;
    }
    int which = binary_at(r);
    if (which < 0 || binaries[which].rank < rank)
      break;
    left = binary(r, left, which);
  }
  r->nested--;
  return r->failed ? 0 : left;
}

uint16_t calltap__rule_expression(struct reader *r) { return expression(r, 0); }
