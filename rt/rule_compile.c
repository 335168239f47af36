/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From the tree of a clause and the types of one function to a program. What a program can be known to do wrong is said here; what
 * depends on memory ends it with no. */
#include "rule_compile.h"

/* -- expressions -------------------------------------------------------------------------------------------------------------- */

/* A scalar on the stack. */
struct value calltap__scalar_of(struct compiler *c, uint16_t index) {
  struct value v = calltap__expression(c, index);
  uint32_t around = c->at;
  c->at = node_of(c, index)->at + 1;
  v = calltap__load(c, node_of(c, index)->at, v);
  c->at = around;
  return v;
}

void calltap__truth_of(struct compiler *c, uint16_t index) {
  struct value v = calltap__scalar_of(c, index);
  if (c->failed)
    return;
  if (v.shape == A_REAL) {
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, 0);
    calltap__emit(c, CALLTAP_OP_EQ_R, 0, 0, 0);
    calltap__emit(c, CALLTAP_OP_NOT, 0, 0, 0);
  } else if (v.shape == A_NUMBER || v.shape == A_POINTER) {
    calltap__emit(c, CALLTAP_OP_TEST, 0, 0, 0);
  } else {
    calltap__wrong_value(c, node_of(c, index)->at, v, ", which is neither true nor false");
  }
}

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
  calltap__truth_of(c, first->a);
  for (size_t i = above + 1; i-- && !c->failed;) {
    const struct calltap_node *n = top;
    for (size_t k = 0; k < i; k++)
      n = node_of(c, n->a);
    size_t jump =
        calltap__emit(c, n->op == CALLTAP_AND ? CALLTAP_OP_SKIP_IF_NOT_KEEP : CALLTAP_OP_SKIP_IF_KEEP, 0, 0, 0);
    calltap__truth_of(c, n->b);
    calltap__land(c, jump);
  }
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
  struct value a = calltap__scalar_of(c, n->a);
  size_t second_at = c->program->count;
  struct value b = calltap__scalar_of(c, n->b);
  if (!c->failed && (a.shape != A_NUMBER || b.shape != A_NUMBER))
    calltap__wrong_value(c, n->at, a.shape == A_NUMBER ? b : a, ", which rules do not calculate with");
  if (c->failed)
    return a_truth;
  bool is_shift = n->op == CALLTAP_SHL || n->op == CALLTAP_SHR;
  if (!is_shift)
    calltap__convert(c, a, second_at, b);
  struct value out = {.shape = A_NUMBER, .bits = is_shift || a.bits > b.bits ? a.bits : b.bits};
  out.is_unsigned = is_shift ? a.is_unsigned : calltap__compares_unsigned(a, b);
  calltap__emit(c, arithmetic_op(n->op, out.is_unsigned), 0, 0, 0);
  if (out.bits == 32)
    calltap__emit(c, out.is_unsigned ? CALLTAP_OP_UNSIGNED : CALLTAP_OP_SIGNED, 32, 0, 0);
  return out;
}

OUT_OF_LINE static struct value unary(struct compiler *c, const struct calltap_node *n) {
  if (n->kind == CALLTAP_EXPR_NOT) {
    calltap__truth_of(c, n->a);
    calltap__emit(c, CALLTAP_OP_NOT, 0, 0, 0);
    return a_truth;
  }
  struct value v = calltap__scalar_of(c, n->a);
  if (!c->failed && v.shape != A_NUMBER)
    calltap__wrong_value(c, n->at, v, ", which rules do not calculate with");
  calltap__emit(c, n->kind == CALLTAP_EXPR_NEGATE ? CALLTAP_OP_NEGATE : CALLTAP_OP_COMPLEMENT, 0, 0, 0);
  if (v.bits == 32)
    calltap__emit(c, v.is_unsigned ? CALLTAP_OP_UNSIGNED : CALLTAP_OP_SIGNED, 32, 0, 0);
  v.type = NULL;
  v.is_character = false;
  return v;
}

/* -- the rest -- */

OUT_OF_LINE static struct value element(struct compiler *c, const struct calltap_node *n) {
  struct value v = calltap__scalar_of(c, n->a);
  struct calltap_type t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  struct calltap_type of = t.inner ? calltap__read_type(c, t.inner) : (struct calltap_type){0};
  if (!c->failed && (v.shape != A_POINTER || !of.size))
    calltap__wrong_value(c, n->at, v, ", which has no elements");
  struct value index = calltap__scalar_of(c, n->b);
  if (!c->failed && index.shape != A_NUMBER)
    calltap__wrong_value(c, node_of(c, n->b)->at, index, ", which is no index");
  calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, (int64_t)of.size);
  calltap__emit(c, CALLTAP_OP_MUL, 0, 0, 0);
  calltap__emit(c, CALLTAP_OP_ADD, 0, 0, 0);
  return calltap__place(t.inner ? t.inner : "i");
}

static struct value expression_at(struct compiler *c, const struct calltap_node *n) {
  struct value v;
  switch (n->kind) {
  case CALLTAP_EXPR_INTEGER:
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, n->number);
    return calltap__integer_literal(n);
  case CALLTAP_EXPR_CHARACTER:
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, n->number);
    return (struct value){.shape = A_NUMBER, .bits = 32};
  case CALLTAP_EXPR_REAL:
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, n->number);
    return (struct value){.shape = A_REAL};
  case CALLTAP_EXPR_NAME: {
    size_t index = calltap__parameter_named(c, n->text);
    if (index != SIZE_MAX)
      return calltap__parameter(c, n->at, index);
    if (calltap__exit_word(c, n, &v))
      return v;
    calltap__wrong_name(c, n->at, n->text);
    return a_truth;
  }
  case CALLTAP_EXPR_MEMBER:
    return calltap__member(c, n->at, calltap__expression(c, n->a), n->text);
  case CALLTAP_EXPR_INDEX:
    return element(c, n);
  case CALLTAP_EXPR_GLOB:
    v = calltap__scalar_of(c, n->a);
    if (!c->failed)
      calltap__text_test(c, v, n->at, n->text, true);
    return a_truth;
  case CALLTAP_EXPR_BINARY:
    if (is_logical(n))
      return logical(c, n);
    if (n->op >= CALLTAP_EQ && n->op <= CALLTAP_GE)
      return calltap__compare(c, n->at, n->op, (struct side){.expression = n->a}, (struct side){.expression = n->b});
    return arithmetic(c, n);
  case CALLTAP_EXPR_PIN:
    calltap__wrong(c, n->at, "^", n->text, " stands beside a value of its enum type, as in mode == ^READ");
    return a_truth;
  case CALLTAP_EXPR_STRING:
    calltap__wrong(c, n->at, "a string stands on one side of == != ~", calltap__all_of(""), "");
    return a_truth;
  case CALLTAP_EXPR_CALL:
    return calltap__function(c, n);
  case CALLTAP_EXPR_CAST:
    return calltap__cast(c, n);
  case CALLTAP_EXPR_WHOLE:
    calltap__wrong(c, n->at, "a whole object stands in message only", calltap__all_of(""), "");
    return a_truth;
  default:
    return unary(c, n);
  }
}

struct value calltap__expression(struct compiler *c, uint16_t index) {
  if (c->failed || ++c->depth > CALLTAP_RULE_DEPTH) {
    if (!c->failed)
      calltap__wrong(c, node_of(c, index)->at, "the expression is too deep", calltap__all_of(""), "");
    return a_truth;
  }
  uint32_t around = c->at;
  c->at = node_of(c, index)->at + 1;
  struct value v = expression_at(c, node_of(c, index));
  c->at = around;
  c->depth--;
  return v;
}

/* -- heads ---------------------------------------------------------------------------------------------------------------------- */

struct value calltap__subject_value(struct compiler *c, const struct subject *s) {
  struct value v = calltap__parameter(c, s->at, s->parameter);
  for (size_t i = 0; i < s->members; i++)
    v = calltap__member(c, s->at, v, s->member[i]);
  return calltap__load(c, s->at, v);
}

static void pattern(struct compiler *c, const struct subject *s, uint16_t index, unsigned depth);

static void require(struct compiler *c) { calltap__emit(c, CALLTAP_OP_REJECT_IF_NOT, 0, 0, 0); }

static void range(struct compiler *c, const struct subject *s, const struct calltap_node *n) {
  struct side value = {.subject = s};
  if (n->a) {
    (void)calltap__compare(c, n->at, CALLTAP_GE, value, (struct side){.expression = n->a});
    require(c);
  }
  if (n->b) {
    (void)calltap__compare(c, n->at, CALLTAP_LE, value, (struct side){.expression = n->b});
    require(c);
  }
}

/* A name that the head has used already makes the two equal. */
static void bind(struct compiler *c, const struct subject *s, const struct calltap_node *n) {
  int64_t ignored;
  for (size_t i = 0; i < MAX_NAMES && i < c->signature->parameters; i++)
    if (c->name[i].start && calltap__same_span(c->name[i], n->text)) {
      struct subject other = {.parameter = i, .at = n->at};
      (void)calltap__compare(c, n->at, CALLTAP_EQ, (struct side){.subject = &other}, (struct side){.subject = s});
      require(c);
      return;
    }
  if (s->members)
    calltap__wrong(c, n->at, "names are bound to parameters, not to members; say it in the guard: ", n->text, "");
  else if (calltap__enumerator_in(c, c->signature->parameter[s->parameter].type, n->text, &ignored))
    calltap__wrong(c, n->at, "a bare name binds; to compare with the enumerator write ^", n->text, "");
  else
    c->name[s->parameter] = n->text;
}

static void members(struct compiler *c, const struct subject *s, uint16_t first, unsigned depth) {
  for (uint16_t i = first; i && !c->failed; i = node_of(c, i)->next) {
    const struct calltap_node *n = node_of(c, i);
    struct subject inner = *s;
    if (inner.members == MAX_PATH) {
      calltap__wrong(c, n->at, "the pattern is too deep", calltap__all_of(""), "");
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
  c->at = n->at + 1;
  switch (n->kind) {
  case CALLTAP_PAT_BIND:
    bind(c, &here, n);
    break;
  case CALLTAP_PAT_EQUAL:
    (void)calltap__compare(c, n->at, CALLTAP_EQ, (struct side){.subject = &here}, (struct side){.expression = n->a});
    require(c);
    break;
  case CALLTAP_PAT_RANGE:
    range(c, &here, n);
    break;
  case CALLTAP_PAT_GLOB: {
    struct value v = calltap__subject_value(c, &here);
    if (!c->failed)
      calltap__text_test(c, v, n->at, n->text, true);
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
  c->at = n->at + 1;
  calltap__truth_of(c, index);
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
      calltap__wrong(c, n->at, "behind ... stand only patterns with names, as in len=4", calltap__all_of(""), "");
      return;
    }
    struct subject s = {.parameter = is_named(n) ? calltap__parameter_named(c, n->text) : position, .at = n->at};
    if (is_named(n) && s.parameter == SIZE_MAX) {
      calltap__wrong_name(c, n->at, n->text);
      return;
    }
    named += is_named(n);
    positional += !is_named(n);
    if (s.parameter >= c->signature->parameters) {
      calltap__wrong(c, n->at, "the head has more patterns than the function has parameters", calltap__all_of(""), "");
      return;
    }
    pattern(c, &s, is_named(n) ? n->a : i, 0);
    position += !is_named(n);
  }
  if (!c->failed && !rest && (positional || !named) && position < c->signature->parameters)
    calltap__wrong(c, c->clause->at,
                   "the head has fewer patterns than the function has parameters; ... stands for the rest",
                   calltap__all_of(""), "");
}

/* Only the stack of values can be too small for what was compiled. */
static bool finish(struct compiler *c) {
  if (!c->failed && !calltap_program_valid(c->program))
    calltap__wrong(c, c->clause->at, "this is too deep: too many operators wait for others", calltap__all_of(""), "");
  return !c->failed;
}

static struct compiler compiler_of(const struct calltap_rules *rules, const struct calltap_clause *clause,
                                   const struct calltap_signature *signature, struct calltap_program *program,
                                   struct calltap_rule_error *error) {
  program->count = 0;
  return (struct compiler){
      .rules = rules, .clause = clause, .signature = signature, .program = program, .error = error};
}

/* What the head calls the parameters; that it held is known. */
static void take_names(struct compiler *c) {
  if (c->clause->has_head)
    head(c, c->clause->head);
  c->program->count = 0;
}

bool calltap_rule_compile(const struct calltap_rules *rules, const struct calltap_clause *clause,
                          const struct calltap_signature *signature, struct calltap_program *program,
                          struct calltap_rule_error *error) {
  program->count = 0;
  if (!clause->has_head && !clause->guard)
    return true;
  struct compiler c = compiler_of(rules, clause, signature, program, error);
  if (clause->has_head)
    head(&c, clause->head);
  if (!c.failed && clause->guard)
    guard(&c, clause->guard);
  if (program->count)
    calltap__emit(&c, CALLTAP_OP_ACCEPT, 0, 0, 0);
  return finish(&c);
}

bool calltap_rule_compile_exit(const struct calltap_rules *rules, const struct calltap_clause *clause,
                               const struct calltap_signature *signature, struct calltap_program *program,
                               struct calltap_rule_error *error) {
  struct compiler c = compiler_of(rules, clause, signature, program, error);
  take_names(&c);
  c.at_exit = true;
  if (!c.failed)
    guard(&c, clause->exit_guard);
  calltap__emit(&c, CALLTAP_OP_ACCEPT, 0, 0, 0);
  return finish(&c);
}

bool calltap_rule_compile_value(const struct calltap_rules *rules, const struct calltap_clause *clause,
                                const struct calltap_signature *signature, uint16_t node, bool at_exit,
                                struct calltap_program *program, struct calltap_given *given,
                                struct calltap_rule_error *error) {
  struct compiler c = compiler_of(rules, clause, signature, program, error);
  *given = (struct calltap_given){0};
  take_names(&c);
  c.at_exit = at_exit;
  if (!c.failed)
    calltap__give(&c, node, given);
  return finish(&c);
}

/* -- all of a clause ------------------------------------------------------------------------------------------------------------ */

static bool wrong_at(const struct calltap_node *n, const char *message, struct calltap_rule_error *error) {
  error->column = n->at + 1;
  calltap__text_copy(error->message, sizeof error->message, message);
  return false;
}

/* Not a pointer, which a text is, and whose address nobody means to add up. */
static bool is_whole_number(const char *type) {
  enum calltap_type_class kind = calltap_type_read(type, NULL).kind;
  return kind != CALLTAP_TYPE_FLOAT && kind != CALLTAP_TYPE_POINTER;
}

/* What an action makes of the kind of its value. */
static bool fits(const struct calltap_node *action, const struct calltap_node *n, const struct calltap_given *given,
                 bool is_key, struct calltap_rule_error *error) {
  bool is_number =
      (given->kind == CALLTAP_GIVEN_VALUE && is_whole_number(given->type)) || given->kind == CALLTAP_GIVEN_TIME;
  if (given->kind == CALLTAP_GIVEN_STACK && !is_key)
    return wrong_at(n, "stack is no value; write it as an action, or behind by", error);
  if (is_key || action->op == CALLTAP_ACTION_MESSAGE)
    return true;
  bool takes_text = action->op == CALLTAP_ACTION_TAG;
  if (is_number || (takes_text && given->kind == CALLTAP_GIVEN_TEXT))
    return true;
  return wrong_at(
      n, takes_text ? "a tag is a whole number, or a text in str()" : "a whole number or a time is expected here",
      error);
}

static bool check_values(const struct calltap_rules *rules, const struct calltap_clause *clause,
                         const struct calltap_signature *signature, const struct calltap_node *action, uint16_t first,
                         bool is_exit, bool is_key, struct calltap_program *program, struct calltap_rule_error *error) {
  for (uint16_t i = first; i; i = rules->node[i].next) {
    struct calltap_given given;
    if (!calltap_rule_compile_value(rules, clause, signature, i, is_exit, program, &given, error) ||
        !fits(action, &rules->node[i], &given, is_key, error))
      return false;
  }
  return true;
}

bool calltap_rule_at_exit(const struct calltap_clause *clause, const struct calltap_node *action, bool is_exit_list) {
  bool is_of_event = CALLTAP_OF_ENTRY >> action->op & 1;
  return is_exit_list || action->op == CALLTAP_ACTION_TIME || (clause->exit_guard && !is_of_event);
}

static bool check_actions(const struct calltap_rules *rules, const struct calltap_clause *clause,
                          const struct calltap_signature *signature, uint16_t first, bool is_exit_list,
                          struct calltap_program *program, struct calltap_rule_error *error) {
  for (uint16_t i = first; i; i = rules->node[i].next) {
    const struct calltap_node *action = &rules->node[i];
    bool has_values =
        action->op != CALLTAP_ACTION_STACK && action->op != CALLTAP_ACTION_SAMPLE && action->op != CALLTAP_ACTION_LIMIT;
    bool at_exit = calltap_rule_at_exit(clause, action, is_exit_list);
    if (has_values && !check_values(rules, clause, signature, action, action->a, at_exit, false, program, error))
      return false;
    if (!check_values(rules, clause, signature, action, action->b, at_exit, true, program, error))
      return false;
  }
  return true;
}

bool calltap_rule_check(const struct calltap_rules *rules, const struct calltap_clause *clause,
                        const struct calltap_signature *signature, struct calltap_program *program,
                        struct calltap_rule_error *error) {
  return calltap_rule_compile(rules, clause, signature, program, error) &&
         (!clause->exit_guard || calltap_rule_compile_exit(rules, clause, signature, program, error)) &&
         check_actions(rules, clause, signature, clause->actions, false, program, error) &&
         check_actions(rules, clause, signature, clause->exit_actions, true, program, error);
}
