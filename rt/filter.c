/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the rules together ask of one function, made ready when it is armed: programs, actions, scopes, as far as its types allow. */
#include "internal.h"

enum { MAX_CLAUSES = 1024, MAX_ACTIONS = 32 };

/* What is made of one function. control: one at a time. */
static struct {
  const struct calltap_rules *rules;
  const struct calltap_function *function;
  const struct limits *limits;
  struct calltap_signature signature;
  struct calltap_parameter parameter[CALLTAP_MAX_PARAMETERS];
  struct calltap_program program;
  struct filter_clause clause[MAX_CLAUSES];
  struct filter_scope scope[CALLTAP_UNDERS];
  size_t clauses, scopes;
  bool reads_entry, reads_vectors; /* one of the programs since these were false */
  bool lacks_memory;
  struct session *session;
} made;

static struct calltap_parameter parameter_of(const struct calltap_value *v) {
  return (struct calltap_parameter){
      calltap__string(&v->name), calltap__string(&v->type), {v->place[0], v->place[1]}, v->slot};
}

static void begin(const struct calltap_rules *rules, const struct calltap_function *f, const struct limits *limits) {
  made.rules = rules;
  made.function = f;
  made.limits = limits;
  made.clauses = made.scopes = 0;
  made.lacks_memory = false;
  for (unsigned i = 0; i < f->parameters; i++)
    made.parameter[i] = parameter_of(&f->parameter[i]);
  made.signature = (struct calltap_signature){.parameter = made.parameter,
                                              .parameters = f->parameters,
                                              .result = parameter_of(&f->result),
                                              .has_this = f->flags & CALLTAP_FUNCTION_METHOD,
                                              .scope = {calltap__unit_find, calltap__unit_of(f)}};
}

/* Memory that stays. Null, and noted: there is none. */
static void *keep(const void *from, size_t bytes) {
  void *kept = calltap__memory(bytes);
  if (kept)
    calltap__bytes_copy(kept, from, bytes);
  made.lacks_memory |= !kept;
  return kept;
}

static const struct calltap_operation *keep_program(void) {
  calltap_program_join(&made.program);
  for (size_t i = 0; i < made.program.count; i++) {
    const struct calltap_operation *o = &made.program.op[i];
    made.reads_entry |= o->op == CALLTAP_OP_VALUE || o->op == CALLTAP_OP_CHECK;
    made.reads_vectors |= o->op == CALLTAP_OP_VALUE && o->a >= CALLTAP_PLACE_XMM0 && o->a <= CALLTAP_PLACE_XMM7;
  }
  return keep(made.program.op, made.program.count * sizeof made.program.op[0]);
}

/* -- actions ------------------------------------------------------------------------------------------------------------ */

/* Compiles values from the first node on. False: they cannot be computed in this function. */
static bool make_values(const struct calltap_clause *clause, uint16_t first, bool at_exit, bool is_key,
                        struct given_value *value, struct calltap_given *describe, uint8_t *count,
                        struct calltap_rule_error *error) {
  for (uint16_t node = first; node; node = made.rules->node[node].next, ++*count) {
    struct calltap_given *given = &describe[*count];
    struct given_value *v = &value[*count];
    if (!calltap_rule_compile_value(made.rules, clause, &made.signature, node, at_exit, &made.program, given, error))
      return false;
    *v = (struct given_value){.frames = given->frames};
    if (given->kind == CALLTAP_GIVEN_STACK) {
      v->most = (uint16_t)(2 + 9 * given->frames);
      continue;
    }
    v->program = keep_program();
    made.lacks_memory |= !calltap__capture_given(v, given, made.function, made.limits, is_key);
  }
  return true;
}

static bool make_action(const struct calltap_clause *clause, const struct calltap_node *node, bool at_exit,
                        struct action *action, struct calltap_rule_error *error) {
  struct given_value value[2 * CALLTAP_ARGUMENTS];
  struct calltap_given describe[2 * CALLTAP_ARGUMENTS];
  uint8_t values = 0, keys = 0;
  bool has_values = node->op == CALLTAP_ACTION_MESSAGE || node->op == CALLTAP_ACTION_TAG ||
                    node->op == CALLTAP_ACTION_TCW || node->op == CALLTAP_ACTION_SUM || node->op == CALLTAP_ACTION_HIST;
  if (has_values && !make_values(clause, node->a, at_exit, false, value, describe, &values, error))
    return false;
  if (!make_values(clause, node->b, at_exit, true, value + values, describe + values, &keys, error))
    return false;
  *action = (struct action){.kind = node->op, .values = values, .keys = keys, .amount = node->number, .node = node};
  bool counts = node->op >= CALLTAP_ACTION_COUNT && node->op <= CALLTAP_ACTION_HIST;
  action->number = node->op == CALLTAP_ACTION_MESSAGE ? made.session->messages++ : counts ? made.session->tables++ : 0;
  size_t all = (size_t)values + keys;
  if (all) {
    action->value = keep(value, all * sizeof value[0]);
    action->describe = keep(describe, all * sizeof describe[0]);
  }
  return !made.lacks_memory;
}

/* Those of a list that belong to the entry, or those that belong to the exit. */
static bool add_actions(const struct calltap_clause *clause, uint16_t first, bool is_exit_list, bool at_exit,
                        struct action *action, size_t *count, struct calltap_rule_error *error) {
  for (uint16_t i = first; i; i = made.rules->node[i].next) {
    const struct calltap_node *node = &made.rules->node[i];
    bool is_flag = node->op == CALLTAP_ACTION_RETURN || node->op == CALLTAP_ACTION_NOARGS ||
                   node->op == CALLTAP_ACTION_SAMPLE || node->op == CALLTAP_ACTION_LIMIT;
    if (is_flag || calltap_rule_at_exit(clause, node, is_exit_list) != at_exit)
      continue;
    if (*count == MAX_ACTIONS) {
      error->column = node->at + 1;
      calltap__text_copy(error->message, sizeof error->message, "a clause has at most 32 actions");
      return false;
    }
    if (!make_action(clause, node, at_exit, &action[(*count)++], error))
      return false;
  }
  return true;
}

static const struct action *keep_actions(const struct action *action, size_t count, uint8_t *kept) {
  *kept = (uint8_t)count;
  return count ? keep(action, count * sizeof *action) : NULL;
}

/* -- clauses ------------------------------------------------------------------------------------------------------------- */

static bool make_programs(const struct calltap_clause *clause, const struct calltap_operation **entry,
                          const struct calltap_operation **exit, struct calltap_rule_error *error) {
  if (!calltap_rule_compile(made.rules, clause, &made.signature, &made.program, error))
    return false;
  *entry = made.program.count ? keep_program() : NULL;
  *exit = NULL;
  made.reads_entry = made.reads_vectors = false;
  if (!clause->exit_guard)
    return true;
  if (!calltap_rule_compile_exit(made.rules, clause, &made.signature, &made.program, error))
    return false;
  *exit = keep_program();
  return true;
}

static const struct calltap_node *action_of(const struct calltap_clause *clause, enum calltap_action kind) {
  for (uint16_t i = clause->actions; i; i = made.rules->node[i].next)
    if (made.rules->node[i].op == kind)
      return &made.rules->node[i];
  return NULL;
}

/* What the clause takes of the calls it matches. */
static bool set_amounts(struct filter_clause *c, const struct calltap_clause *clause) {
  const struct calltap_node *limit = action_of(clause, CALLTAP_ACTION_LIMIT);
  const struct calltap_node *sample = action_of(clause, CALLTAP_ACTION_SAMPLE);
  if (limit) {
    int64_t left = limit->number;
    c->left = keep(&left, sizeof left);
  }
  if (sample) {
    c->sample = (uint32_t)sample->number;
    c->sampler = clause->sample - 1;
  }
  return !made.lacks_memory;
}

/* False: it cannot be asked of the function, or there is no memory. */
static bool make_clause(const struct calltap_rule *rule, const struct calltap_clause *clause, struct filter_clause *c,
                        struct calltap_rule_error *error) {
  struct action entry[MAX_ACTIONS], exit[MAX_ACTIONS];
  size_t entries = 0, exits = 0;
  *c = (struct filter_clause){.does = clause->does, .under = rule->under, .makes_event = clause->makes_event};
  if (!calltap_rule_check(made.rules, clause, &made.signature, &made.program, error) ||
      !add_actions(clause, clause->actions, false, false, entry, &entries, error) ||
      !make_programs(clause, &c->program, &c->exit_program, error) ||
      !add_actions(clause, clause->actions, false, true, exit, &exits, error) ||
      !add_actions(clause, clause->exit_actions, true, true, exit, &exits, error))
    return false;
  c->entry_action = keep_actions(entry, entries, &c->entry_actions);
  c->exit_action = keep_actions(exit, exits, &c->exit_actions);
  if (rule->under && made.rules->under[rule->under - 1].clause.exit_guard)
    c->kept_by = UINT32_C(1) << (rule->under - 1);
  c->needs_exit = exits || c->exit_program || clause->does & CALLTAP_DOES(RETURN);
  c->needs_vectors = made.reads_vectors;
  c->needs_entry = made.reads_entry || clause->does & CALLTAP_DOES(USAGE);
  return set_amounts(c, clause) && !made.lacks_memory;
}

static void too_many(const struct calltap_clause *clause, struct calltap_rule_error *error) {
  error->column = clause->at + 1;
  calltap__text_copy(
      error->message, sizeof error->message,
      "too many clauses ask for the same function: 1,024, and of those with something to do at the exit 64");
}

/* Adds the clauses of a rule that can be asked of the function. */
static void add_rule(const struct calltap_rule *rule, struct calltap_rule_error *error) {
  size_t before = made.clauses;
  for (unsigned i = 0; i < rule->clauses && !made.lacks_memory; i++) {
    const struct calltap_clause *clause = &made.rules->clause[rule->clause + i];
    struct calltap_rule_error ignored, *why = error->message[0] ? &ignored : error;
    struct filter_clause c;
    if (!make_clause(rule, clause, &c, why))
      continue;
    if (made.clauses == MAX_CLAUSES || (c.needs_exit && made.clauses >= MAX_EXIT_CLAUSES)) {
      too_many(clause, why);
      continue;
    }
    made.clause[made.clauses++] = c;
    if (!c.program)
      break; /* it takes every call: no later clause is ever asked */
  }
  if (made.clauses != before)
    made.clause[made.clauses - 1].is_last = true;
}

/* -- scopes -------------------------------------------------------------------------------------------------------------- */

static void add_scope(unsigned number, struct calltap_rule_error *error) {
  const struct calltap_under *under = &made.rules->under[number];
  struct calltap_rule_error ignored, *why = error->message[0] ? &ignored : error;
  struct filter_scope scope = {.number = (uint8_t)number};
  if (made.lacks_memory || !make_programs(&under->clause, &scope.program, &scope.exit_program, why))
    return;
  made.scope[made.scopes++] = scope;
}

/* -- functions ------------------------------------------------------------------------------------------------------------ */

static bool names(const struct calltap_rule *rule, const struct calltap_function *f, const char *object) {
  return calltap_rule_names(rule, calltap__string(&f->module), calltap__string(&f->name), f->arity) &&
         (calltap_rule_is_in(rule, object) || calltap_rule_is_in(rule, calltap__string(&f->file)));
}

/* The lowest value that a comparison with `imm` can be at all is no quick check: C's constants may be wider than the register's value. */
static bool is_quick(const struct calltap_operation *o) {
  unsigned bits = o->b & CALLTAP_CHECK_BITS;
  if (o->op != CALLTAP_OP_CHECK)
    return false;
  if (bits == 64)
    return true;
  bool has_sign = o->b & CALLTAP_CHECK_SIGNED;
  int64_t low = has_sign ? -(INT64_C(1) << (bits - 1)) : 0, high = has_sign ? -low - 1 : (INT64_C(1) << bits) - 1;
  bool mixes = !(o->b & CALLTAP_CHECK_SIGNED) != !(o->b & CALLTAP_CHECK_LESS) &&
               o->b & (CALLTAP_CHECK_LESS | CALLTAP_CHECK_BELOW);
  return o->imm >= low && o->imm <= high && !mixes;
}

static struct quick_check quick_of(const struct calltap_operation *o) {
  uint8_t shift = (uint8_t)(64 - (o->b & CALLTAP_CHECK_BITS));
  uint64_t imm = (uint64_t)o->imm << shift, sign = UINT64_C(1) << 63;
  struct quick_check q = {.place = o->a, .shift = shift, .is_not = o->b & CALLTAP_CHECK_NOT};
  if (o->b & CALLTAP_CHECK_LESS) {
    q.bias = sign;
    q.span = imm ^ sign;
  } else if (o->b & CALLTAP_CHECK_BELOW) {
    q.span = imm;
  } else { /* equal: only zero differs from it in nothing */
    q.bias = imm;
    q.span = 1;
  }
  return q;
}

/* Null: one of the clauses does not begin with a check, or there is no memory; the filter works without. */
static const struct quick_check *make_checks(const struct filter *filter) {
  size_t count = 0;
  for (uint32_t i = 0; i < filter->count; i++) {
    const struct calltap_operation *o = filter->clause[i].program;
    if (!o || !is_quick(o))
      return NULL;
    for (; is_quick(o); o++)
      count++;
  }
  struct quick_check *all = count ? calltap__memory(count * sizeof *all) : NULL, *q = all;
  for (uint32_t i = 0; all && i < filter->count; i++) {
    struct quick_check *first = q;
    for (const struct calltap_operation *o = filter->clause[i].program; is_quick(o); o++)
      *q++ = quick_of(o);
    q[-1].is_last = true;
    for (; first < q; first++)
      first->next = i + 1 < filter->count ? q : NULL;
  }
  return all;
}

/* The table of a function of whose calls nothing is asked but their number, plus 1; else 0. */
static uint32_t tally_of(const struct filter *filter) {
  const struct filter_clause *c = filter->clause;
  const struct action *a = c->entry_action;
  if (filter->count != 1 || (c->program && !filter->quick) || c->entry_actions != 1 ||
      a->kind != CALLTAP_ACTION_COUNT || a->keys || c->makes_event || c->left || c->sample || c->under)
    return 0;
  const struct calltap_operation *o = c->program;
  while (o && is_quick(o))
    o++;
  return !o || o->op == CALLTAP_OP_ACCEPT ? a->number + 1 : 0;
}

static struct filter *make_filter(bool has_exits) {
  struct filter *filter = calltap__memory(sizeof *filter + made.clauses * sizeof made.clause[0]);
  if (!filter)
    return NULL;
  filter->count = (uint32_t)made.clauses;
  filter->scopes = (uint16_t)made.scopes;
  filter->scope = made.scopes ? keep(made.scope, made.scopes * sizeof made.scope[0]) : NULL;
  calltap__bytes_copy(filter->clause, made.clause, made.clauses * sizeof made.clause[0]);
  filter->is_limited = !made.scopes && made.clauses && !has_exits;
  for (size_t i = 0; i < made.clauses; i++)
    filter->is_limited &= made.clause[i].left != NULL;
  if (!made.scopes && !has_exits) {
    filter->quick = make_checks(filter);
    filter->tally = tally_of(filter);
    filter->tally_hash = calltap__count_hash(filter->tally - 1);
  }
  return made.lacks_memory ? NULL : filter;
}

bool calltap__filter_ask(struct session *session, const struct calltap_function *f, const char *object,
                         struct asked *asked) {
  const struct calltap_rules *rules = session->rules;
  struct calltap_rule_error *error = &session->error;
  const struct limits *limits = &session->request.limits;
  bool begun = false;
  made.session = session;
  *asked = (struct asked){0};
  made.clauses = made.scopes = 0;
  for (size_t i = 0; i < rules->count + rules->unders; i++) {
    bool is_rule = i < rules->count;
    const struct calltap_rule *rule = is_rule ? &rules->rule[i] : &rules->under[i - rules->count].pattern;
    if (!names(rule, f, object))
      continue;
    if (!begun)
      begin(rules, f, limits);
    begun = true;
    if (is_rule)
      session->rules->rule[i].is_met = true;
    if (is_rule)
      add_rule(rule, error);
    else
      add_scope((unsigned)(i - rules->count), error);
  }
  /* What one rule sets for a thread, and what counts open calls, is about every function. */
  bool conditional = made.scopes || rules->uses_depth || rules->does & (CALLTAP_DOES(SILENT) | CALLTAP_DOES(TRACE));
  uint32_t plain = CALLTAP_DOES(RETURN) | CALLTAP_DOES(NOARGS);
  asked->is_bare = made.clauses;
  for (size_t i = 0; i < made.clauses; i++) {
    const struct filter_clause *c = &made.clause[i];
    asked->exits |= c->needs_exit;
    asked->is_bare &= c->does >> CALLTAP_ACTION_NOARGS & 1;
    asked->has_exit_events |= c->makes_event && c->does & CALLTAP_DOES(RETURN);
    conditional |= c->program || c->exit_program || c->does & ~plain || c->under || !c->makes_event;
  }
  asked->calls = made.clauses || made.scopes;
  asked->is_event = made.clauses;
  asked->exits |= made.scopes || (asked->calls && rules->uses_depth);
  conditional |= limits->rate_calls && asked->exits; /* exits of calls that were dropped are told from others there */
  if (asked->calls && conditional)
    asked->filter = make_filter(asked->exits);
  return !made.lacks_memory && (asked->filter || !asked->calls || !conditional);
}
