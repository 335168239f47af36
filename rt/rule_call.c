/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls as text, for the command to try rules on: heads that say values. */
#include "calltap/trial.h"
#include "rule_read.h"

static uint16_t read_item(struct reader *r, bool in_head);

static struct calltap_node *node_of(struct reader *r, uint16_t index) { return &r->rules->node[index]; }

/* Items up to a closing bracket; `list` is their node, or 0. */
static bool read_items(struct reader *r, char bracket, uint16_t *first) {
  bool in_head = bracket == ')';
  uint16_t *last = first;
  if (!calltap__rule_deeper(r))
    return false;
  r->depth++;
  calltap__rule_next(r);
  while (!calltap__rule_is(r, MARK1(bracket))) {
    uint16_t item = read_item(r, in_head);
    if (!item)
      return false;
    *last = item;
    last = &node_of(r, item)->next;
    if (!calltap__rule_take(r, MARK1(',')))
      break;
  }
  if (!calltap__rule_is(r, MARK1(bracket)))
    return calltap__rule_wrong(r, r->token.start,
                               in_head ? "a closing bracket is expected here" : "a closing bracket } is expected here");
  r->depth--;
  r->nested--;
  calltap__rule_next(r);
  return !r->failed;
}

static uint16_t read_word(struct reader *r) {
  bool is_any = calltap__rule_is_word(r, "_");
  bool is_known = is_any || calltap__rule_is_word(r, "NULL") || calltap__rule_is_word(r, "nullptr") ||
                  calltap__rule_is_word(r, "true") || calltap__rule_is_word(r, "false");
  if (!is_known)
    return calltap__rule_wrong_about(r, r->token.start, "this is no value; an enumerator is written ^", r->token.text,
                                     ""),
           0;
  uint16_t n = calltap__rule_node(r, is_any ? CALLTAP_PAT_ANY : CALLTAP_PAT_BIND, r->token.start);
  node_of(r, n)->text = r->token.text;
  calltap__rule_next(r);
  return n;
}

static uint16_t read_value(struct reader *r) {
  const char *start = r->token.start;
  if (r->token.kind == TOKEN_NAME)
    return read_word(r);
  if (calltap__rule_is(r, MARK1('{'))) {
    uint16_t n = calltap__rule_node(r, CALLTAP_PAT_MEMBERS, start), first = 0;
    if (!read_items(r, '}', &first))
      return 0;
    node_of(r, n)->a = first;
    return n;
  }
  uint16_t literal = calltap__rule_literal(r);
  if (!literal)
    return calltap__rule_wrong(
               r, start,
               "a value is expected here: a number, \"text\", 'c', ^ENUMERATOR, NULL, {member=value} or {1, 2}"),
           0;
  uint16_t n = calltap__rule_node(r, CALLTAP_PAT_EQUAL, start);
  node_of(r, n)->a = literal;
  return n;
}

/* [NAME =] VALUE, or in the head "..." */
static uint16_t read_item(struct reader *r, bool in_head) {
  if (in_head && calltap__rule_is(r, MARK3('.', '.', '.'))) {
    uint16_t n = calltap__rule_node(r, CALLTAP_PAT_REST, r->token.start);
    calltap__rule_next(r);
    return n;
  }
  struct token name = r->token;
  struct reader ahead = *r;
  if (name.kind == TOKEN_NAME)
    calltap__rule_next(&ahead);
  if (name.kind != TOKEN_NAME || !calltap__rule_is(&ahead, MARK1('=')))
    return read_value(r);
  *r = ahead;
  calltap__rule_next(r);
  uint16_t inner = read_value(r);
  uint16_t n = inner ? calltap__rule_node(r, CALLTAP_PAT_MEMBERS, name.start) : 0;
  if (!n)
    return 0;
  node_of(r, n)->op = 1;
  node_of(r, n)->a = inner;
  node_of(r, n)->text = name.text;
  return n;
}

/* [= VALUE] [after TIME] */
static bool read_exit(struct reader *r, struct calltap_call *call) {
  if (calltap__rule_take(r, MARK1('='))) {
    call->has_exit = true;
    call->result = read_value(r);
    if (!call->result)
      return false;
  }
  if (!calltap__rule_is_word(r, "after"))
    return true;
  calltap__rule_next(r);
  if (r->token.kind != TOKEN_INTEGER || !r->token.is_time)
    return calltap__rule_wrong(r, r->token.start, "behind after stands a time, as in after 3ms");
  call->has_exit = true;
  call->elapsed_ns = (uint64_t)r->token.number;
  calltap__rule_next(r);
  return !r->failed;
}

bool calltap_call_parse(const char *text, struct calltap_rules *rules, struct calltap_call *call,
                        struct calltap_rule_error *error) {
  struct reader r = {.text = text, .rules = rules, .error = error, .at = text};
  *call = (struct calltap_call){0};
  rules->text = text;
  rules->count = rules->clauses = rules->unders = rules->samples = rules->type_bytes = 0;
  rules->nodes = 1;
  while (*r.at == ' ')
    r.at++;
  if (!calltap__rule_pattern(&r, &call->function))
    return false;
  calltap__rule_next(&r);
  call->at = (uint32_t)(r.token.start - text);
  if (!calltap__rule_is(&r, MARK1('(')))
    return calltap__rule_wrong(&r, r.token.start, "the values stand here in brackets, as in f(1, \"x\")");
  if (!read_items(&r, ')', &call->arguments) || !read_exit(&r, call))
    return false;
  return (r.token.kind == TOKEN_END && !*r.token.start) ||
         calltap__rule_wrong(&r, r.token.start,
                             "this is not expected here; a call reads FUNCTION(VALUES) = RESULT after TIME");
}
