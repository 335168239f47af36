/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules, from text to trees: patterns, scopes, clauses. docs/rules.md is the grammar. */
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

bool calltap__rule_pattern(struct reader *r, struct calltap_rule *rule) {
  return read_pattern(r, rule) && read_arity(r, rule);
}

bool calltap_pattern_parse(const char *text, struct calltap_rule *pattern, struct calltap_rule_error *error) {
  struct reader r = {.text = text, .error = error, .at = text};
  *pattern = (struct calltap_rule){0};
  if (!calltap__rule_pattern(&r, pattern))
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

/* "net.c" is the end of "src/net.c", and of "net.c"; not of "subnet.c". */
bool calltap_rule_is_in(const struct calltap_rule *rule, const char *path) {
  if (!rule->in.start)
    return true;
  for (const char *tail = path;; tail++) {
    if (calltap_rule_glob(rule->in, tail))
      return true;
    while (*tail && *tail != '/')
      tail++;
    if (!*tail)
      return false;
  }
}

/* -- clauses ---------------------------------------------------------------------------------------------------------- */

static bool read_end(struct reader *r, const struct calltap_clause *clause) {
  if (r->token.kind == TOKEN_END)
    return !r->failed;
  if (calltap__rule_is(r, MARK1('-')) && !*r->at)
    return calltap__rule_wrong(r, r->token.start,
                               "the rule ends in '-': it looks cut by the shell at '>'; quote the rule");
  if (calltap__rule_is_word(r, "in") || calltap__rule_is_word(r, "under"))
    return calltap__rule_wrong(r, r->token.start, "in and under stand behind the first head, before when and ->");
  if (calltap__rule_is(r, MARK1('=')))
    return calltap__rule_wrong(r, r->token.start, "equality is written ==, in a guard: PATTERN(HEAD) when n == 3");
  if (!clause->guard && !clause->actions && calltap__rule_is_comparison(r))
    return calltap__rule_wrong(r, r->token.start,
                               "a comparison is a guard, and stands behind when: PATTERN(HEAD) when n == 3");
  return calltap__rule_wrong(r, r->token.start,
                             "this is not expected here; a rule reads PATTERN(HEAD) when GUARD -> ACTIONS");
}

static bool read_head(struct reader *r, struct calltap_clause *clause) {
  *clause = (struct calltap_clause){.at = (uint32_t)(r->token.start - r->rules->text)};
  if (calltap__rule_is(r, MARK1('('))) {
    clause->has_head = true;
    clause->head = calltap__rule_head(r);
  }
  return !r->failed;
}

static bool read_guard(struct reader *r, struct calltap_clause *clause) {
  if (calltap__rule_is_word(r, "when")) {
    calltap__rule_next(r);
    clause->guard = calltap__rule_expression(r);
  }
  return !r->failed;
}

/* ["when" GUARD] ["->" ACTIONS] */
static bool read_body(struct reader *r, struct calltap_clause *clause) {
  clause->makes_event = true;
  if (!read_guard(r, clause))
    return false;
  if (calltap__rule_is(r, MARK2('-', '>')) && !calltap__rule_actions(r, clause))
    return false;
  return !r->failed && read_end(r, clause);
}

/* -- scopes ----------------------------------------------------------------------------------------------------------- */

/* Where a word that is no token may begin. */
static void to_word(struct reader *r) {
  while (*r->at == ' ' || *r->at == '\t' || (r->depth && (*r->at == '\n' || *r->at == '\r')))
    r->at++;
}

/* A file: what has no blank in it, and ends no rule. */
static bool read_in(struct reader *r, struct calltap_rule *rule) {
  if (rule->in.start)
    return calltap__rule_wrong(r, r->token.start, "a rule is in one object or source");
  to_word(r);
  rule->in = (struct calltap_span){r->at, r->at};
  while ((unsigned char)*rule->in.end > ' ' && *rule->in.end != ';' && *rule->in.end != '#')
    rule->in.end++;
  if (rule->in.start == rule->in.end)
    return calltap__rule_wrong(r, r->at,
                               "behind in stands the name of an object or a source, as in libnet.so* or src/net.c");
  if (!is_short(rule->in))
    return calltap__rule_wrong(r, r->at, "the name is too long");
  r->at = rule->in.end;
  calltap__rule_next(r);
  return true;
}

/* PATTERN [HEAD | "/" INT] ["when" GUARD] ["return" "when" GUARD] ")", behind the opening bracket. */
static bool read_conditions(struct reader *r, struct calltap_under *under) {
  r->depth++;
  to_word(r);
  if (!calltap__rule_pattern(r, &under->pattern))
    return false;
  calltap__rule_next(r);
  if (!read_head(r, &under->clause) || !read_guard(r, &under->clause))
    return false;
  if (calltap__rule_is_word(r, "return")) {
    calltap__rule_next(r);
    if (!calltap__rule_is_word(r, "when"))
      return calltap__rule_wrong(r, r->token.start, "in an under, return is followed by when and a guard");
    calltap__rule_next(r);
    under->clause.exit_guard = calltap__rule_expression(r);
  }
  r->depth--;
  if (r->failed || calltap__rule_take(r, MARK1(')')))
    return !r->failed;
  return calltap__rule_wrong(r, r->token.start, "a closing bracket is expected here");
}

static bool read_under(struct reader *r, struct calltap_rule *rule) {
  if (rule->under)
    return calltap__rule_wrong(r, r->token.start, "a rule is under one pattern");
  if (r->rules->unders == CALLTAP_UNDERS)
    return calltap__rule_wrong(r, r->token.start, "there are too many scopes with under");
  struct calltap_under *under = &r->rules->under[r->rules->unders++];
  rule->under = (uint8_t)r->rules->unders;
  to_word(r);
  *under = (struct calltap_under){.pattern = {.at = (uint32_t)(r->at - r->rules->text)}};
  if (*r->at == '(') {
    r->at++;
    return read_conditions(r, under);
  }
  under->clause.at = under->pattern.at;
  if (!calltap__rule_pattern(r, &under->pattern))
    return false;
  if (*r->at == '(')
    return calltap__rule_wrong(
        r, r->at, "an under with a head or a guard stands in brackets: under (http:handle(r) when r->len > 0)");
  calltap__rule_next(r);
  return true;
}

static bool read_scopes(struct reader *r, struct calltap_rule *rule) {
  for (;;) {
    bool good = true;
    if (calltap__rule_is_word(r, "in"))
      good = read_in(r, rule);
    else if (calltap__rule_is_word(r, "under"))
      good = read_under(r, rule);
    else
      return !r->failed;
    if (!good)
      return false;
  }
}

/* -- rules ------------------------------------------------------------------------------------------------------------ */

/* [HEAD] {SCOPE} BODY */
static bool read_clause(struct reader *r, struct calltap_rule *rule) {
  if (r->rules->clauses == CALLTAP_CLAUSES)
    return calltap__rule_wrong(r, r->at, "there are too many clauses");
  struct calltap_clause *clause = &r->rules->clause[r->rules->clauses++];
  calltap__rule_next(r);
  if (!read_head(r, clause) || (!rule->clauses && !read_scopes(r, rule)))
    return false;
  return read_body(r, clause);
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

/* @NAME, @"NAME": what it stands for is put there by others, and read then. */
static bool read_file(struct reader *r) {
  const char *start = r->at;
  bool quoted = start[1] == '"';
  struct calltap_span name = {start + 1 + quoted, start + 1 + quoted};
  while (quoted ? *name.end && *name.end != '"' && *name.end != '\n'
                : (unsigned char)*name.end > ' ' && *name.end != ';')
    name.end++;
  if (name.start == name.end || (quoted && *name.end != '"'))
    return calltap__rule_wrong(r, start,
                               "behind @ stands the name of a file of rules, as in @rules.txt or @\"my rules\"");
  r->at = name.end + quoted;
  uint32_t to = (uint32_t)(r->at - r->text);
  calltap__rule_next(r);
  if (r->token.kind != TOKEN_END)
    return calltap__rule_wrong(r, r->token.start,
                               "behind @FILE stands nothing: what is done, the rules in the file say");
  r->rules->file = name;
  r->rules->file_from = (uint32_t)(start - r->text);
  r->rules->file_to = to;
  return calltap__rule_wrong(r, start, "rules are not read from files here");
}

static bool read_rule(struct reader *r) {
  if (*r->at == '@')
    return read_file(r);
  if (r->rules->count == CALLTAP_RULES)
    return calltap__rule_wrong(r, r->at, "there are too many rules");
  struct calltap_rule *rule = &r->rules->rule[r->rules->count++];
  *rule = (struct calltap_rule){.clause = (uint16_t)r->rules->clauses, .at = (uint32_t)(r->at - r->text)};
  if (!calltap__rule_pattern(r, rule))
    return false;
  do {
    if (!read_clause(r, rule))
      return false;
    rule->clauses++;
  } while (another_clause(r));
  return true;
}

bool calltap_rules_parse(const char *text, struct calltap_rules *rules, struct calltap_rule_error *error) {
  struct reader r = {.text = text, .rules = rules, .error = error, .at = text};
  rules->text = text;
  rules->count = rules->clauses = rules->unders = rules->samples = rules->type_bytes = 0;
  rules->does = 0;
  rules->uses_depth = false;
  rules->file = (struct calltap_span){0};
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
