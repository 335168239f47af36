/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the rules together ask of one function: decided once when it is armed, as far as its types allow, and for every call
 * by what is left. */
#include "internal.h"

/* -- when a function is armed ------------------------------------------------------------------------------------------- */

/* control: one at a time */
static struct calltap_parameter parameters[CALLTAP_MAX_PARAMETERS];
static struct calltap_program program;
static struct filter_clause clauses[CALLTAP_CLAUSES];

static struct calltap_signature signature_of(const struct calltap_function *f) {
  for (unsigned i = 0; i < f->parameters; i++) {
    const struct calltap_value *v = &f->parameter[i];
    parameters[i] = (struct calltap_parameter){
        calltap__string(&v->name), calltap__string(&v->type), {v->place[0], v->place[1]}, v->slot};
  }
  return (struct calltap_signature){
      .parameter = parameters,
      .parameters = f->parameters,
      .result = {"", calltap__string(&f->result.type), {f->result.place[0], f->result.place[1]}, f->result.slot},
      .has_this = f->flags & CALLTAP_FUNCTION_METHOD,
      .scope = {calltap__unit_find, calltap__unit_of(f)}};
}

/* Keeps a program. Null: no memory. */
static const struct calltap_operation *keep(void) {
  calltap_program_join(&program);
  struct calltap_operation *kept = calltap__memory(program.count * sizeof *kept);
  if (kept)
    calltap__bytes_copy(kept, program.op, program.count * sizeof *kept);
  return kept;
}

/* Compiles and keeps a clause. False: it cannot be asked of the function, or there is no memory (`lacks_memory`). */
static bool make_clause(const struct calltap_rules *rules, const struct calltap_clause *clause,
                        const struct calltap_signature *signature, struct filter_clause *made,
                        struct calltap_rule_error *error, bool *lacks_memory) {
  *made = (struct filter_clause){.actions = clause->actions};
  if (!calltap_rule_compile(rules, clause, signature, &program, error) || !calltap_program_valid(&program))
    return false;
  made->program = program.count ? keep() : NULL;
  *lacks_memory = program.count && !made->program;
  if (!clause->exit_guard)
    return !*lacks_memory;
  if (!calltap_rule_compile_exit(rules, clause, signature, &program, error) || !calltap_program_valid(&program))
    return false;
  made->exit_program = keep();
  *lacks_memory |= !made->exit_program;
  return !*lacks_memory;
}

/* Adds the clauses of a rule that can be asked of the function. False: no memory. */
static bool add_rule(const struct calltap_rules *rules, const struct calltap_rule *rule,
                     const struct calltap_signature *signature, size_t *count, struct calltap_rule_error *error) {
  size_t before = *count;
  for (unsigned i = 0; i < rule->clauses; i++) {
    const struct calltap_clause *clause = &rules->clause[rule->clause + i];
    struct calltap_rule_error ignored, *why = error->message[0] ? &ignored : error;
    struct filter_clause made;
    bool lacks_memory = false;
    if (!make_clause(rules, clause, signature, &made, why, &lacks_memory) ||
        (made.exit_program && *count >= MAX_EXIT_CLAUSES)) {
      if (lacks_memory)
        return false;
      continue;
    }
    clauses[(*count)++] = made;
    if (!made.program)
      break; /* it takes every call: no later clause is ever asked */
  }
  if (*count != before)
    clauses[*count - 1].is_last = true;
  return true;
}

static struct filter *make_filter(size_t count) {
  struct filter *filter = calltap__memory(sizeof *filter + count * sizeof clauses[0]);
  if (filter) {
    filter->count = (uint32_t)count;
    calltap__bytes_copy(filter->clause, clauses, count * sizeof clauses[0]);
  }
  return filter;
}

bool calltap__filter_ask(const struct calltap_rules *rules, const struct calltap_function *f, struct asked *asked,
                         struct calltap_rule_error *error) {
  struct calltap_signature signature = {0};
  size_t count = 0;
  *asked = (struct asked){0};
  const char *module = calltap__string(&f->module), *name = calltap__string(&f->name);
  for (size_t i = 0; i < rules->count; i++) {
    if (!calltap_rule_names(&rules->rule[i], module, name, f->arity))
      continue;
    if (!signature.parameter)
      signature = signature_of(f);
    if (!add_rule(rules, &rules->rule[i], &signature, &count, error))
      return false;
  }
  uint32_t any = 0;
  bool conditional = false;
  for (size_t i = 0; i < count; i++) {
    any |= clauses[i].actions;
    conditional |=
        clauses[i].program || clauses[i].exit_program || clauses[i].actions & ~(uint32_t)CALLTAP_ACTION_RETURN;
  }
  asked->calls = count != 0;
  asked->exits = any & CALLTAP_ACTION_RETURN;
  if (conditional)
    asked->filter = make_filter(count);
  return !conditional || asked->filter;
}

/* -- for every call --------------------------------------------------------------------------------------------------------- */

/* Each rule's first clause that holds is done. */
struct decision calltap__filter_decide(const struct filter *filter, const struct shape *shape, struct stream *s,
                                       const struct registers *r) {
  const struct match_input in = {.shape = shape, .stream = s, .entry = r};
  struct decision done = {0};
  bool skips = false;
  for (uint32_t i = 0; i < filter->count; i++) {
    const struct filter_clause *c = &filter->clause[i];
    enum match match = skips ? MATCH_NO : c->program ? calltap__match(c->program, &in) : MATCH_YES;
    if (match == MATCH_YES && c->exit_program)
      done.waiting |= UINT64_C(1) << i;
    else if (match == MATCH_YES)
      done.actions |= c->actions | FILTER_TAKEN;
    s->faults += match == MATCH_FAULT;
    skips = !c->is_last && (skips || match == MATCH_YES);
  }
  s->rejected += !done.actions && !done.waiting;
  return done;
}

static uint64_t nanoseconds(uint64_t ticks) {
  return (uint64_t)((unsigned __int128)ticks * calltap__live.tick_factor >> 32);
}

bool calltap__filter_exit(const struct filter *filter, const struct shape *shape, struct stream *s,
                          const struct open_call *call, const struct registers *r) {
  const struct held *held = calltap__hold_of(s, call);
  if (!held)
    return false;
  const struct match_input in = {shape,        s, &held->registers,
                                 held->vector, r, nanoseconds(calltap__ticks() - held->ticks)};
  for (uint32_t i = 0; i < filter->count && i < MAX_EXIT_CLAUSES; i++) {
    if (!(call->waiting >> i & 1))
      continue;
    enum match match = calltap__match(filter->clause[i].exit_program, &in);
    s->faults += match == MATCH_FAULT;
    if (match == MATCH_YES)
      return true;
  }
  s->rejected++;
  return false;
}
