/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CALLTAP_ALLOW: how much of a service may be asked, whoever asks. */
#include "internal.h"

const char *calltap__allow_parse(const char *text, enum allow *allow) {
  static const char *const words[] = {
      [ALLOW_OFF] = "off", [ALLOW_COUNT] = "count", [ALLOW_SCALARS] = "scalars", [ALLOW_VALUES] = "values"};
  for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
    if (calltap__text_equal(text, words[i])) {
      *allow = (enum allow)i;
      return NULL;
    }
  return "it is off, count, scalars or values";
}

static bool is_call(const struct calltap_node *n, const char *name) {
  size_t length = calltap__text_length(name);
  return n->kind == CALLTAP_EXPR_CALL && (size_t)(n->text.end - n->text.start) == length &&
         calltap__bytes_equal(n->text.start, name, length);
}

/* -- counters only ------------------------------------------------------------------------------------------------ */

/* Keys that say where the program is, and nothing of what it works on. Without brackets each could be a parameter. */
static bool is_place_key(const struct calltap_node *n) {
  return is_call(n, "caller") || is_call(n, "stack") || is_call(n, "tid") || is_call(n, "thread");
}

static bool has_value_keys(const struct calltap_rules *rules, uint16_t first_action) {
  for (uint16_t i = first_action; i; i = rules->node[i].next)
    for (uint16_t key = rules->node[i].b; key; key = rules->node[key].next)
      if (!is_place_key(&rules->node[key]))
        return true;
  return false;
}

static const char *check_count(const struct calltap_rules *rules, const struct calltap_clause *clause) {
  if (clause->makes_event)
    return "the owner of this process allows counters only (CALLTAP_ALLOW=count): ask with -> count, time, sum or hist";
  /* What these set can be seen from outside. */
  if (clause->does & (CALLTAP_DOES(TAG) | CALLTAP_DOES(TCW)))
    return "the owner of this process allows counters only (CALLTAP_ALLOW=count): leave out tag and tcw";
  if (has_value_keys(rules, clause->actions) || has_value_keys(rules, clause->exit_actions))
    return "the owner of this process allows no values as keys (CALLTAP_ALLOW=count): count by caller(), stack(), "
           "tid() or thread()";
  return NULL;
}

/* -- events without contents ---------------------------------------------------------------------------------------- */

/* Whether one of a list of expressions has contents of memory in it. Calls itself as deep as brackets go, at most
 * CALLTAP_RULE_DEPTH. */
static bool has_contents(const struct calltap_rules *rules, uint16_t first) {
  for (uint16_t i = first; i; i = rules->node[i].next) {
    const struct calltap_node *n = &rules->node[i];
    if (n->kind == CALLTAP_EXPR_WHOLE || is_call(n, "str") || is_call(n, "bytes"))
      return true;
    if (has_contents(rules, n->a) || has_contents(rules, n->b))
      return true;
  }
  return false;
}

static const char *check_scalars(const struct calltap_rules *rules, const struct calltap_clause *clause) {
  /* An action's values and keys are lists of their own; guards show nothing. */
  if (has_contents(rules, clause->actions) || has_contents(rules, clause->exit_actions))
    return "the owner of this process allows no contents of memory (CALLTAP_ALLOW=scalars): leave out ->*, .*, str and "
           "bytes, and name single members";
  return NULL;
}

/* -- all of it ------------------------------------------------------------------------------------------------------ */

const char *calltap__allow_check(enum allow allow, const struct calltap_rules *rules, const struct limits *limits) {
  (void)limits; /* calltap__allow_lower */
  if (allow == ALLOW_OFF)
    return "the owner of this process allows no tracing (CALLTAP_ALLOW=off)";
  const char *wrong = NULL;
  for (size_t i = 0; !wrong && allow != ALLOW_VALUES && i < rules->clauses; i++)
    wrong = allow == ALLOW_COUNT ? check_count(rules, &rules->clause[i]) : check_scalars(rules, &rules->clause[i]);
  return wrong;
}

void calltap__allow_lower(enum allow allow, struct limits *limits) {
  if (allow != ALLOW_VALUES)
    limits->text = limits->expand = 0;
}
