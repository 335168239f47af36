/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules, from text to trees: patterns, heads, guards, actions. docs/rules.md is the grammar. */
#include "rule_read.h"
#include "text.h"

/* -- patterns of functions -------------------------------------------------------------------------------------------- */

static bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         c == '*' || c == '?' || c == '[' || c == ']' || c == '!' || c == '^' || c == '-' || c == '.' || c == '~' ||
         c == '@' || c == '\\' || c == ':' || c == '"' || (c & 0x80);
}

/* Behind a quoted part; null: it has no end. */
static const char *behind_quotes(const char *at) {
  for (at++; *at && *at != '\n' && *at != '"'; at++)
    continue;
  return *at == '"' ? at + 1 : NULL;
}

enum { QUOTED_BYTES = 1024 };

/* Whether calltap_rule_glob has room for the pattern if it is quoted. */
static bool is_short(struct calltap_span text) {
  size_t bytes = 0;
  bool quoted = false;
  for (const char *p = text.start; p < text.end; p++) {
    bytes += *p == '*' || *p == '?' || *p == '[' || *p == '\\' ? 2 : 1;
    quoted |= *p == '"';
  }
  return !quoted || bytes < QUOTED_BYTES;
}

/* Where the function's part of a pattern begins: behind the last single colon, else behind the last "::". What is quoted
 * is literal. */
static const char *split(struct calltap_span text, const char **module_end) {
  const char *single = NULL, *pair = NULL;
  for (const char *p = text.start; p < text.end; p++) {
    if (*p == '"')
      p = behind_quotes(p) - 1;
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

static bool read_pattern(struct reader *r, struct calltap_rule *rule) {
  struct calltap_span text = {r->at, r->at};
  while (in_name(*text.end) && !(text.end[0] == '-' && text.end[1] == '>')) {
    const char *behind = *text.end == '"' ? behind_quotes(text.end) : text.end + 1;
    if (!behind)
      return calltap__rule_wrong(r, text.end, "the quoted name has no end");
    text.end = behind;
  }
  if (text.start == text.end)
    return calltap__rule_wrong(r, r->at, "a pattern is expected here: function, module:function, with * ? [a-z]");
  if (!is_short(text))
    return calltap__rule_wrong(r, r->at,
                               "the quoted name is too long; leave the quotes out and let * stand for a part of it");
  const char *module_end = NULL;
  rule->name = (struct calltap_span){split(text, &module_end), text.end};
  static const char any[] = "*";
  rule->module = module_end ? (struct calltap_span){text.start, module_end} : (struct calltap_span){any, any + 1};
  if (rule->name.start == rule->name.end || rule->module.start == rule->module.end)
    return calltap__rule_wrong(r, r->at, "the pattern has a colon without a name on one side; * stands for any");
  r->at = text.end;
  return true;
}

static bool read_arity(struct reader *r, struct calltap_rule *rule) {
  rule->arity = -1;
  if (*r->at != '/')
    return true;
  r->at++;
  uint64_t arity;
  const char *end = calltap__text_number(r->at, &arity);
  if (!end || arity > 255)
    return calltap__rule_wrong(r, r->at,
                               "the arity behind the slash is a number of parameters, as in lvm:luaV_execute/2");
  rule->arity = (int)arity;
  r->at = end;
  return true;
}

bool calltap_pattern_parse(const char *text, struct calltap_rule *pattern, struct calltap_rule_error *error) {
  struct reader r = {.text = text, .error = error, .at = text};
  *pattern = (struct calltap_rule){0};
  if (!read_pattern(&r, pattern) || !read_arity(&r, pattern))
    return false;
  return !*r.at || calltap__rule_wrong(&r, r.at, "the pattern ends here; names with other characters stand in quotes");
}

bool calltap_rule_glob(struct calltap_span glob, const char *text) {
  bool quoted = false;
  for (const char *p = glob.start; p < glob.end; p++)
    quoted |= *p == '"';
  if (!quoted)
    return calltap__glob((struct span){glob.start, glob.end}, text);
  /* What is quoted becomes a glob that is literal. */
  char plain[QUOTED_BYTES];
  size_t n = 0;
  bool inside = false;
  for (const char *p = glob.start; p < glob.end && n + 2 <= sizeof plain; p++) {
    if (*p == '"') {
      inside = !inside;
      continue;
    }
    if (inside && (*p == '*' || *p == '?' || *p == '[' || *p == '\\'))
      plain[n++] = '\\';
    plain[n++] = *p;
  }
  return calltap__glob((struct span){plain, plain + n}, text);
}

bool calltap_rule_names(const struct calltap_rule *rule, const char *module, const char *name, unsigned arity) {
  return (rule->arity < 0 || (unsigned)rule->arity == arity) && calltap_rule_glob(rule->name, name) &&
         calltap_rule_glob(rule->module, module);
}

/* -- heads ------------------------------------------------------------------------------------------------------------ */

static uint16_t read_item(struct reader *r);

static uint16_t read_list(struct reader *r, char bracket, const char *message) {
  uint16_t first = 0, *last = &first;
  if (!calltap__rule_deeper(r))
    return 0;
  r->depth++;
  calltap__rule_next(r);
  while (!calltap__rule_is(r, MARK1(bracket))) {
    uint16_t item = read_item(r);
    if (!item)
      return 0;
    *last = item;
    last = &r->rules->node[item].next;
    if (!calltap__rule_take(r, MARK1(',')))
      break;
  }
  if (!calltap__rule_is(r, MARK1(bracket)))
    return calltap__rule_wrong(r, r->token.start, message), 0;
  r->depth--;
  r->nested--;
  calltap__rule_next(r);
  return first;
}

static uint16_t read_range(struct reader *r, uint16_t low, const char *start) {
  uint16_t n = calltap__rule_node(r, CALLTAP_PAT_RANGE, start);
  calltap__rule_next(r);
  bool has_high = r->token.kind == TOKEN_INTEGER || r->token.kind == TOKEN_REAL || r->token.kind == TOKEN_CHARACTER ||
                  calltap__rule_is(r, MARK1('-')) || calltap__rule_is(r, MARK1('^'));
  uint16_t high = has_high ? calltap__rule_literal(r) : 0;
  if (n && !low && !high)
    return calltap__rule_wrong(r, start, "a range has at least one end, as in 1.. or ..9 or 1..9"), 0;
  r->rules->node[n].a = low;
  r->rules->node[n].b = high;
  return r->failed ? 0 : n;
}

static uint16_t read_value(struct reader *r, const char *start) {
  uint16_t literal = calltap__rule_literal(r);
  if (!literal)
    return calltap__rule_wrong(r, start,
                               "a pattern is expected here: _ a name, a number, \"text\", ^ENUMERATOR, 1..9, "
                               "~\"glob\", {member=pattern} or ..."),
           0;
  if (calltap__rule_is(r, MARK2('.', '.')))
    return read_range(r, literal, start);
  uint16_t n = calltap__rule_node(r, CALLTAP_PAT_EQUAL, start);
  r->rules->node[n].a = literal;
  return n;
}

static uint16_t read_name_pattern(struct reader *r) {
  bool is_any = calltap__rule_is_word(r, "_");
  uint16_t n = calltap__rule_node(r, is_any ? CALLTAP_PAT_ANY : CALLTAP_PAT_BIND, r->token.start);
  r->rules->node[n].text = r->token.text;
  calltap__rule_next(r);
  return n;
}

static uint16_t read_pat(struct reader *r) {
  const char *start = r->token.start;
  if (r->token.kind == TOKEN_NAME)
    return read_name_pattern(r);
  if (calltap__rule_is(r, MARK2('.', '.')))
    return read_range(r, 0, start);
  if (calltap__rule_is(r, MARK1('~'))) {
    calltap__rule_next(r);
    if (!calltap__rule_is_glob(r))
      return 0;
    uint16_t n = calltap__rule_node(r, CALLTAP_PAT_GLOB, start);
    r->rules->node[n].text = r->token.text;
    calltap__rule_next(r);
    return n;
  }
  if (calltap__rule_is(r, MARK1('{'))) {
    uint16_t n = calltap__rule_node(r, CALLTAP_PAT_MEMBERS, start);
    uint16_t first = read_list(r, '}', "a closing bracket } is expected here");
    for (uint16_t i = first; i; i = r->rules->node[i].next)
      if (r->rules->node[i].kind == CALLTAP_PAT_REST || r->rules->node[i].op != 1)
        return calltap__rule_wrong(r, r->text + r->rules->node[i].at, "a member is given by name=pattern"), 0;
    r->rules->node[n].a = first;
    return r->failed ? 0 : n;
  }
  return read_value(r, start);
}

/* NAME = PATTERN, PATTERN, or "...". The op of a node is 1 if its text is the name it was given, not its own. */
static uint16_t read_item(struct reader *r) {
  if (calltap__rule_is(r, MARK3('.', '.', '.'))) {
    uint16_t n = calltap__rule_node(r, CALLTAP_PAT_REST, r->token.start);
    calltap__rule_next(r);
    return n;
  }
  struct token name = r->token;
  const char *behind = r->at;
  if (name.kind == TOKEN_NAME) {
    while (*behind == ' ' || *behind == '\t')
      behind++;
    if (behind[0] == '=' && behind[1] != '=') {
      calltap__rule_next(r);
      calltap__rule_next(r);
      uint16_t inner = read_pat(r);
      uint16_t n = inner ? calltap__rule_node(r, CALLTAP_PAT_MEMBERS, name.start) : 0;
      r->rules->node[n] = (struct calltap_node){
          .kind = CALLTAP_PAT_MEMBERS, .op = 1, .a = inner, .at = (uint32_t)(name.start - r->text), .text = name.text};
      return n;
    }
  }
  return read_pat(r);
}

/* -- actions ---------------------------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  uint32_t action;
} actions[] = {{"return", CALLTAP_ACTION_RETURN}, {"noargs", CALLTAP_ACTION_NOARGS}, {"stop", CALLTAP_ACTION_STOP}};

/* ["when" EXPR] behind `return` */
static bool read_exit_guard(struct reader *r, struct calltap_clause *clause) {
  if (!calltap__rule_is_word(r, "when"))
    return true;
  if (clause->exit_guard)
    return calltap__rule_wrong(r, r->token.start, "a clause has one `return when`; join the two with and");
  calltap__rule_next(r);
  clause->exit_guard = calltap__rule_expression(r);
  return !r->failed;
}

static bool read_action(struct reader *r, struct calltap_clause *clause) {
  for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
    if (calltap__rule_is_word(r, actions[i].name)) {
      clause->actions |= actions[i].action;
      calltap__rule_next(r);
      return actions[i].action != CALLTAP_ACTION_RETURN || read_exit_guard(r, clause);
    }
  if (r->token.kind == TOKEN_NAME)
    return calltap__rule_wrong_about(r, r->token.start, "the actions of this version are return, noargs and stop, not ",
                                     r->token.text, "");
  return calltap__rule_wrong(r, r->token.start, "an action is expected behind ->: return, noargs or stop");
}

static bool read_actions(struct reader *r, struct calltap_clause *clause) {
  do {
    calltap__rule_next(r);
    if (!read_action(r, clause))
      return false;
  } while (calltap__rule_is(r, MARK1(',')));
  if (calltap__rule_is(r, MARK2('-', '>')))
    return calltap__rule_wrong(r, r->token.start, "actions behind a second arrow are not in this version");
  return true;
}

/* -- clauses ---------------------------------------------------------------------------------------------------------- */

static bool read_end(struct reader *r) {
  if (r->token.kind == TOKEN_END)
    return !r->failed;
  if (calltap__rule_is(r, MARK1('-')) && !*r->at)
    return calltap__rule_wrong(r, r->token.start,
                               "the rule ends in '-': it looks cut by the shell at '>'; quote the rule");
  if (calltap__rule_is_word(r, "in") || calltap__rule_is_word(r, "under"))
    return calltap__rule_wrong(r, r->token.start, "scopes (in, under) are not in this version");
  return calltap__rule_wrong(r, r->token.start,
                             "this is not expected here; a rule reads PATTERN(HEAD) when GUARD -> ACTIONS");
}

/* [HEAD] ["when" GUARD] ["->" ACTIONS] */
static bool read_clause(struct reader *r) {
  if (r->rules->clauses == CALLTAP_CLAUSES)
    return calltap__rule_wrong(r, r->at, "there are too many clauses");
  struct calltap_clause *clause = &r->rules->clause[r->rules->clauses++];
  calltap__rule_next(r);
  *clause = (struct calltap_clause){.at = (uint32_t)(r->token.start - r->rules->text)};
  if (calltap__rule_is(r, MARK1('('))) {
    clause->has_head = true;
    clause->head = read_list(r, ')', "a closing bracket is expected here");
  }
  if (!r->failed && calltap__rule_is_word(r, "when")) {
    calltap__rule_next(r);
    clause->guard = calltap__rule_expression(r);
  }
  if (!r->failed && calltap__rule_is(r, MARK2('-', '>')) && !read_actions(r, clause))
    return false;
  return !r->failed && read_end(r);
}

static const char *skip_space(const char *at) {
  for (;; at++) {
    if (*at == '#')
      while (*at && *at != '\n')
        at++;
    if (*at != ' ' && *at != '\t' && *at != '\r' && *at != '\n')
      return at;
  }
}

/* Behind a clause: whether another clause of the same rule follows. */
static bool another_clause(struct reader *r) {
  r->at = r->token.start;
  if (*r->at != ';')
    return false;
  const char *behind = skip_space(r->at + 1);
  if (*behind != '(')
    return false;
  r->at = behind;
  return true;
}

static bool read_rule(struct reader *r) {
  if (r->rules->count == CALLTAP_RULES)
    return calltap__rule_wrong(r, r->at, "there are too many rules");
  struct calltap_rule *rule = &r->rules->rule[r->rules->count++];
  *rule = (struct calltap_rule){.clause = (uint16_t)r->rules->clauses, .at = (uint32_t)(r->at - r->text)};
  if (!read_pattern(r, rule) || !read_arity(r, rule))
    return false;
  do {
    if (!read_clause(r))
      return false;
    rule->clauses++;
  } while (another_clause(r));
  return true;
}

bool calltap_rules_parse(const char *text, struct calltap_rules *rules, struct calltap_rule_error *error) {
  struct reader r = {.text = text, .rules = rules, .error = error, .at = text};
  rules->text = text;
  rules->count = rules->clauses = 0;
  rules->nodes = 1;
  for (;;) {
    r.at = skip_space(r.at);
    if (*r.at == ';') {
      r.at++;
      continue;
    }
    if (!*r.at)
      return rules->count || calltap__rule_wrong(&r, r.at, "there is no rule");
    if (!read_rule(&r))
      return false;
  }
}
