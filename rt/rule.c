/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* This version's part of the rule language: PATTERN [/ARITY] [-> return], separated by ";" or newlines. */
#include "internal.h"

struct reader {
  const char *start, *at;
  struct rule_error *error;
};

static bool wrong(struct reader *r, const char *message) {
  r->error->column = (size_t)(r->at - r->start) + 1;
  r->error->message = message;
  return false;
}

static void skip_blanks(struct reader *r) {
  while (*r->at == ' ' || *r->at == '\t')
    r->at++;
}

static bool at_separator(const struct reader *r) { return *r->at == ';' || *r->at == '\n'; }

static bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         c == '*' || c == '?' || c == '[' || c == ']' || c == '!' || c == '^' || c == '-' || c == '.' || c == '~' ||
         c == '@' || c == '\\' || c == ':' || (unsigned char)c >= 0x80;
}

/* Where the function's part of a pattern begins: behind the last single colon, else behind the last "::". */
static const char *split(struct span text, const char **module_end) {
  const char *single = NULL, *pair = NULL;
  for (const char *p = text.start; p < text.end; p++) {
    if (*p != ':')
      continue;
    if (p + 1 < text.end && p[1] == ':')
      pair = p++;
    else
      single = p;
  }
  *module_end = single ? single : pair;
  return single ? single + 1 : pair ? pair + 2 : text.start;
}

static bool read_pattern(struct reader *r, struct rule *rule) {
  struct span text = {r->at, r->at};
  while (in_name(*text.end) && !(text.end[0] == '-' && text.end[1] == '>'))
    text.end++;
  if (text.start == text.end)
    return wrong(r, "a pattern is expected here: function, module:function, with * ? [a-z]");
  const char *module_end = NULL;
  rule->name = (struct span){split(text, &module_end), text.end};
  static const char any[] = "*";
  rule->module = module_end ? (struct span){text.start, module_end} : (struct span){any, any + 1};
  if (rule->name.start == rule->name.end || rule->module.start == rule->module.end)
    return wrong(r, "the pattern has a colon without a name on one side; * stands for any");
  r->at = text.end;
  return true;
}

static bool read_arity(struct reader *r, struct rule *rule) {
  rule->arity = -1;
  if (*r->at != '/')
    return true;
  r->at++;
  uint64_t arity;
  const char *end = calltap__text_number(r->at, &arity);
  if (!end || arity > 255)
    return wrong(r, "the arity behind the slash is a number of parameters, as in lvm:luaV_execute/2");
  rule->arity = (int)arity;
  r->at = end;
  return true;
}

static bool read_actions(struct reader *r, struct rule *rule) {
  rule->wants_return = false;
  skip_blanks(r);
  if (!*r->at || at_separator(r))
    return true;
  if (r->at[0] == '-' && !r->at[1])
    return wrong(r, "the rule ends in '-': it looks cut by the shell at '>'; quote the rule");
  if (r->at[0] != '-' || r->at[1] != '>')
    return wrong(r, "this version knows rules of the form module:function/arity -> return; heads, guards and scopes "
                    "are not known yet");
  r->at += 2;
  skip_blanks(r);
  static const char word[] = "return";
  for (size_t i = 0; word[i]; i++)
    if (r->at[i] != word[i])
      return wrong(r, "the only action that this version knows is return");
  r->at += sizeof word - 1;
  skip_blanks(r);
  rule->wants_return = true;
  return !*r->at || at_separator(r) || wrong(r, "nothing may follow the action return in this version");
}

bool calltap__rules_parse(const char *text, struct rules *rules, struct rule_error *error) {
  struct reader r = {text, text, error};
  rules->count = 0;
  for (;;) {
    skip_blanks(&r);
    if (at_separator(&r)) {
      r.at++;
      continue;
    }
    if (!*r.at)
      return rules->count || wrong(&r, "there is no rule");
    if (rules->count == MAX_RULES)
      return wrong(&r, "there are more than 64 rules");
    struct rule *rule = &rules->rule[rules->count];
    if (!read_pattern(&r, rule) || !read_arity(&r, rule) || !read_actions(&r, rule))
      return false;
    rules->count++;
  }
}

unsigned calltap__rules_ask(const struct rules *rules, const char *module, const char *name, unsigned arity) {
  unsigned asked = 0;
  for (size_t i = 0; i < rules->count; i++) {
    const struct rule *rule = &rules->rule[i];
    if (rule->arity >= 0 && (unsigned)rule->arity != arity)
      continue;
    if (calltap__glob(rule->name, name) && calltap__glob(rule->module, module))
      asked |= RULE_CALL | (rule->wants_return ? RULE_RETURN : 0);
  }
  return asked;
}
