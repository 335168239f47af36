/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Heads of rules: what the arguments are to be. */
#include "rule_read.h"

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
    return calltap__rule_wrong(r, r->token.start,
                               bracket == ')' && calltap__rule_is_comparison(r)
                                   ? "a comparison is a guard, and stands behind when: f(n) when n == 3"
                                   : message),
           0;
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
  if (r->token.kind == TOKEN_NAME && !calltap__rule_is_constant(r))
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

uint16_t calltap__rule_head(struct reader *r) { return read_list(r, ')', "a closing bracket is expected here"); }
