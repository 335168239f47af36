/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "spell.h"

static const char *const words[] = {
#define WORD(NAME, word, least, most, keys, event, sentence) [CALLTAP_ACTION_##NAME] = word,
    CALLTAP_ACTIONS(WORD)
#undef WORD
};

const char *spell_word(uint8_t action) { return words[action]; }

static void add_span(struct calltap__builder *builder, struct calltap_span span) {
  calltap__build_plain(builder, (struct calltap_text){span.start, (size_t)(span.end - span.start)});
}

/* --- actions --- */

struct calltap_text spell_source(const struct calltap_rules *rules, const struct calltap_node *node) {
  return (struct calltap_text){rules->text + node->from, node->to - node->from};
}

bool spell_has_values(const struct calltap_node *action) {
  return action->op != CALLTAP_ACTION_STACK && action->op != CALLTAP_ACTION_SAMPLE &&
         action->op != CALLTAP_ACTION_LIMIT && action->op != CALLTAP_ACTION_SILENT &&
         action->op != CALLTAP_ACTION_TRACE;
}

static void add_list(struct calltap__builder *builder, const struct calltap_rules *rules, uint16_t first) {
  for (uint16_t i = first; i != 0; i = rules->node[i].next) {
    calltap__build(builder, i == first ? "" : ", ");
    calltap__build_plain(builder, spell_source(rules, &rules->node[i]));
  }
}

/* silent(on), trace(+silent -call) */
static void add_flags(struct calltap__builder *builder, const struct calltap_node *action) {
  static const struct {
    uint32_t flag;
    const char *set, *clear;
  } flags[] = {{CALLTAP_THREAD_SILENT, "+silent", "-silent"},
               {CALLTAP_THREAD_NO_CALL, "-call", "+call"},
               {CALLTAP_THREAD_NOARGS, "+noargs", "-noargs"}};
  uint32_t set = (uint32_t)action->number, clear = (uint32_t)((uint64_t)action->number >> 32);
  const char *between = "";
  if (action->op == CALLTAP_ACTION_SILENT) {
    calltap__build(builder, set != 0 ? "on" : "off");
    return;
  }
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    if (((set | clear) & flags[i].flag) == 0)
      continue;
    calltap__build(builder, between);
    calltap__build(builder, (clear & flags[i].flag) != 0 ? flags[i].clear : flags[i].set);
    between = " ";
  }
}

void spell_action(struct calltap__builder *builder, const struct calltap_rules *rules,
                  const struct calltap_node *action) {
  bool has_flags = action->op == CALLTAP_ACTION_SILENT || action->op == CALLTAP_ACTION_TRACE;
  calltap__build(builder, words[action->op]);
  if (has_flags || action->a != 0) {
    calltap__build(builder, "(");
    if (has_flags)
      add_flags(builder, action);
    else
      add_list(builder, rules, action->a);
    calltap__build(builder, ")");
  }
  if (action->b == 0)
    return;
  bool has_more = rules->node[action->b].next != 0;
  calltap__build(builder, has_more ? " by (" : " by ");
  add_list(builder, rules, action->b);
  calltap__build(builder, has_more ? ")" : "");
}

/* --- clauses --- */

static void add_actions(struct calltap__builder *builder, const struct calltap_rules *rules,
                        const struct calltap_clause *clause, uint16_t first) {
  for (uint16_t i = first; i != 0; i = rules->node[i].next) {
    const struct calltap_node *action = &rules->node[i];
    calltap__build(builder, i == first ? " -> " : ", ");
    spell_action(builder, rules, action);
    if (action->op == CALLTAP_ACTION_RETURN && clause->exit_guard != 0)
      calltap__build(builder, " when a guard holds");
  }
}

static void add_conditions(struct calltap__builder *builder, const struct calltap_clause *clause) {
  bool both = clause->has_head && clause->guard != 0;
  calltap__build(builder, clause->has_head ? "a head" : clause->guard != 0 ? "a guard" : "every call");
  calltap__build(builder, both ? " and a guard" : "");
}

static void add_clause(struct calltap__builder *builder, const struct calltap_rules *rules,
                       const struct calltap_clause *clause) {
  add_conditions(builder, clause);
  add_actions(builder, rules, clause, clause->actions);
  add_actions(builder, rules, clause, clause->exit_actions);
  if (!clause->makes_event)
    calltap__build(builder, ", no event");
}

/* --- rules --- */

struct calltap_text spell_typed(const struct calltap_rule *pattern) {
  bool has_module = *pattern->module.end == ':'; /* that of others is a text of its own */
  const char *start = has_module ? pattern->module.start : pattern->name.start, *end = pattern->name.end;
  if (pattern->arity >= 0) {
    do
      end++;
    while (*end >= '0' && *end <= '9');
  }
  return (struct calltap_text){start, (size_t)(end - start)};
}

void spell_pattern(struct calltap__builder *builder, const struct calltap_rule *pattern) {
  add_span(builder, pattern->module);
  calltap__build(builder, ":");
  add_span(builder, pattern->name);
  if (pattern->arity >= 0) {
    calltap__build(builder, "/");
    calltap__build_number(builder, (uint64_t)pattern->arity);
  }
}

static void add_scope(struct calltap__builder *builder, const struct calltap_under *under) {
  bool has_conditions = under->clause.has_head || under->clause.guard != 0;
  bool is_plain = !has_conditions && under->clause.exit_guard == 0;
  calltap__build(builder, is_plain ? " under " : " under (");
  spell_pattern(builder, &under->pattern);
  if (has_conditions) {
    calltap__build(builder, ": ");
    add_conditions(builder, &under->clause);
  }
  if (under->clause.exit_guard != 0)
    calltap__build(builder, ", return when a guard holds");
  calltap__build(builder, is_plain ? "" : ")");
}

void spell_rule(struct calltap__builder *builder, const struct calltap_rules *rules, const struct calltap_rule *rule) {
  spell_pattern(builder, rule);
  if (rule->in.start != NULL) {
    calltap__build(builder, " in ");
    add_span(builder, rule->in);
  }
  if (rule->under != 0)
    add_scope(builder, &rules->under[rule->under - 1]);
  for (unsigned i = 0; i < rule->clauses; i++) {
    calltap__build(builder, i == 0 ? ": " : "; ");
    add_clause(builder, rules, &rules->clause[rule->clause + i]);
  }
}
