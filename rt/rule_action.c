/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What rules do: the lists behind the arrows. */
#include "rule_read.h"
#include "text.h"

static const struct action {
  const char *word;
  uint8_t least, most;
  bool has_keys, makes_event;
} actions[] = {
#define ACTION(NAME, word, least, most, keys, event, sentence)                                                         \
  [CALLTAP_ACTION_##NAME] = {word, least, most, keys, event},
    CALLTAP_ACTIONS(ACTION)
#undef ACTION
};

static struct calltap_node *node_of(struct reader *r, uint16_t index) { return &r->rules->node[index]; }

/* -- what stands in brackets ------------------------------------------------------------------------------------------- */

/* silent(on), silent(off); true and false are as good. */
static bool read_silent(struct reader *r, struct calltap_node *action) {
  calltap__rule_next(r);
  bool on = calltap__rule_is_word(r, "on") || calltap__rule_is_word(r, "true");
  if (!on && !calltap__rule_is_word(r, "off") && !calltap__rule_is_word(r, "false"))
    return calltap__rule_wrong(r, r->token.start, "silent is on or off, as in silent(on)");
  action->number = on ? CALLTAP_THREAD_SILENT : (int64_t)CALLTAP_THREAD_SILENT << 32;
  calltap__rule_next(r);
  return true;
}

/* trace(+flag -flag ...). `call` is on unless it is cleared. */
static bool read_flags(struct reader *r, struct calltap_node *action) {
  uint32_t set = 0, clear = 0;
  calltap__rule_next(r);
  while (!calltap__rule_is(r, MARK1(')'))) {
    bool sets = calltap__rule_is(r, MARK1('+'));
    if (!sets && !calltap__rule_is(r, MARK1('-')))
      return calltap__rule_wrong(r, r->token.start, "flags have a sign, as in trace(+silent -noargs)");
    calltap__rule_next(r);
    bool is_call = calltap__rule_is_word(r, "call");
    uint32_t flag = is_call                              ? CALLTAP_THREAD_NO_CALL
                    : calltap__rule_is_word(r, "silent") ? CALLTAP_THREAD_SILENT
                    : calltap__rule_is_word(r, "noargs") ? CALLTAP_THREAD_NOARGS
                                                         : 0;
    if (!flag)
      return calltap__rule_wrong(r, r->token.start, "the flags of this version are call, silent and noargs");
    *(sets != is_call ? &set : &clear) |= flag;
    calltap__rule_next(r);
    (void)calltap__rule_take(r, MARK1(','));
  }
  action->number = (int64_t)(set | (uint64_t)clear << 32);
  return true;
}

static bool check_number(struct reader *r, uint16_t index, int64_t most, const char *message) {
  struct calltap_node *action = node_of(r, index), *argument = node_of(r, action->a);
  if (argument->kind != CALLTAP_EXPR_INTEGER || argument->is_time || argument->number < 1 || argument->number > most)
    return calltap__rule_wrong(r, r->text + argument->at, message);
  action->number = argument->number;
  return true;
}

static bool read_arguments(struct reader *r, uint16_t index) {
  struct calltap_node *action = node_of(r, index);
  const struct action *about = &actions[action->op];
  if (!about->most)
    return calltap__rule_wrong_about(r, r->token.start, "", action->text, " has no arguments");
  if (action->op == CALLTAP_ACTION_SILENT || action->op == CALLTAP_ACTION_TRACE) {
    r->depth++;
    bool good = action->op == CALLTAP_ACTION_SILENT ? read_silent(r, action) : read_flags(r, action);
    r->depth--;
    return good && (calltap__rule_take(r, MARK1(')')) ||
                    calltap__rule_wrong(r, r->token.start, "a closing bracket is expected here"));
  }
  return calltap__rule_arguments(r, index) != 0;
}

static bool check_arguments(struct reader *r, uint16_t index) {
  struct calltap_node *action = node_of(r, index);
  unsigned count = 0;
  for (uint16_t i = action->a; i; i = node_of(r, i)->next)
    count++;
  bool has_words = action->op == CALLTAP_ACTION_SILENT || action->op == CALLTAP_ACTION_TRACE;
  if (has_words ? !action->number : count < actions[action->op].least)
    return calltap__rule_wrong_about(r, r->text + action->at, "", action->text, " needs a value in brackets");
  if (count > actions[action->op].most)
    return calltap__rule_wrong_about(r, r->text + action->at, "there are too many values for ", action->text, "");
  switch (action->op) {
  case CALLTAP_ACTION_STACK:
    action->number = CALLTAP_USUAL_FRAMES;
    return !action->a ||
           check_number(r, index, CALLTAP_FRAMES, "stack takes a number of frames from 1 to 64, as in stack(8)");
  case CALLTAP_ACTION_SAMPLE:
    return check_number(r, index, UINT32_MAX, "sample takes a number, as in sample(100): one call in so many");
  case CALLTAP_ACTION_LIMIT:
    return check_number(r, index, INT64_MAX, "limit takes a number, as in limit(1): so many calls of each function");
  default:
    return true;
  }
}

/* -- what stands behind ------------------------------------------------------------------------------------------------- */

/* by KEY, or by (KEY, ...) */
static bool read_keys(struct reader *r, uint16_t index) {
  if (!calltap__rule_is_word(r, "by"))
    return true;
  if (!actions[node_of(r, index)->op].has_keys)
    return calltap__rule_wrong_about(r, r->token.start, "", node_of(r, index)->text, " has no keys");
  calltap__rule_next(r);
  if (!calltap__rule_is(r, MARK1('('))) {
    node_of(r, index)->b = calltap__rule_argument(r);
    return !r->failed;
  }
  uint16_t list = calltap__rule_node(r, CALLTAP_EXPR_CALL, r->token.start);
  if (!list || !calltap__rule_arguments(r, list))
    return false;
  node_of(r, index)->b = node_of(r, list)->a;
  unsigned count = 0;
  for (uint16_t i = node_of(r, index)->b; i; i = node_of(r, i)->next)
    count++;
  return (count && count <= CALLTAP_ARGUMENTS) ||
         calltap__rule_wrong(r, r->text + node_of(r, list)->at, "by takes one to six keys");
}

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

static struct calltap_span span_of(const char *word) {
  const char *end = word;
  while (*end)
    end++;
  return (struct calltap_span){word, end};
}

/* `exception` is `return when exit() == unwound`; the nodes stand where the word does. */
static bool read_exception(struct reader *r, struct calltap_clause *clause, const char *at) {
  if (clause->does & CALLTAP_DOES(RETURN) || clause->exit_guard)
    return calltap__rule_wrong(r, at, "exception stands in place of return: it is return when exit() == unwound");
  uint16_t exit = calltap__rule_node(r, CALLTAP_EXPR_CALL, at), kind = calltap__rule_node(r, CALLTAP_EXPR_NAME, at);
  uint16_t guard = calltap__rule_node(r, CALLTAP_EXPR_BINARY, at);
  if (!exit || !kind || !guard)
    return false;
  node_of(r, exit)->text = span_of("exit");
  node_of(r, kind)->text = span_of("unwound");
  struct calltap_node *equal = node_of(r, guard);
  equal->op = CALLTAP_EQ;
  equal->a = exit;
  equal->b = kind;
  clause->exit_guard = guard;
  return true;
}

/* -- lists ---------------------------------------------------------------------------------------------------------------- */

static int action_at(const struct reader *r) {
  if (calltap__rule_is_word(r, "exception"))
    return CALLTAP_ACTION_RETURN;
  for (int i = 0; i < CALLTAP_ACTION_KINDS; i++)
    if (calltap__rule_is_word(r, actions[i].word))
      return i;
  return -1;
}

static bool wrong_action(struct reader *r) {
  if (r->token.kind == TOKEN_NAME)
    return calltap__rule_wrong_about(
        r, r->token.start, "there is no action ", r->token.text,
        "; there are return exception noargs caller stack message usage count time sum hist sample "
        "limit tag tcw silent trace stop");
  return calltap__rule_wrong(r, r->token.start, "an action is expected behind ->, as in -> return");
}

static bool fits_here(struct reader *r, enum calltap_action kind, bool is_exit) {
  bool is_of_entry = kind == CALLTAP_ACTION_RETURN || kind == CALLTAP_ACTION_NOARGS || kind == CALLTAP_ACTION_SAMPLE ||
                     kind == CALLTAP_ACTION_LIMIT;
  return !is_exit || !is_of_entry ||
         calltap__rule_wrong_about(r, r->token.start, "", r->token.text,
                                   " is decided at the entry: it stands behind the first arrow");
}

/* message(false): what the other actions say is done, and no event is made. */
static bool read_no_message(struct reader *r) {
  struct reader ahead = *r;
  calltap__rule_next(&ahead);
  if (!calltap__rule_take(&ahead, MARK1('(')) || !calltap__rule_is_word(&ahead, "false"))
    return false;
  calltap__rule_next(&ahead);
  if (!calltap__rule_is(&ahead, MARK1(')')))
    return false;
  calltap__rule_next(&ahead);
  *r = ahead;
  return true;
}

struct list {
  uint16_t *last; /* where the next node is noted */
  bool is_exit;
  bool makes_event, makes_none, counts;
};

static bool read_action(struct reader *r, struct calltap_clause *clause, struct list *list) {
  int kind = action_at(r);
  if (kind < 0)
    return wrong_action(r);
  if (!fits_here(r, (enum calltap_action)kind, list->is_exit))
    return false;
  if (kind == CALLTAP_ACTION_MESSAGE && read_no_message(r)) {
    list->makes_none = true;
    return true;
  }
  uint16_t index = calltap__rule_node(r, CALLTAP_NODE_ACTION, r->token.start);
  struct calltap_node *action = node_of(r, index);
  action->op = (uint8_t)kind;
  action->text = r->token.text;
  const char *at = r->token.start;
  bool is_exception = calltap__rule_is_word(r, "exception");
  calltap__rule_next(r);
  if (!index || (is_exception && !read_exception(r, clause, at)) ||
      (calltap__rule_is(r, MARK1('(')) && !read_arguments(r, index)) || !check_arguments(r, index) ||
      !read_keys(r, index))
    return false;
  if (kind == CALLTAP_ACTION_RETURN && !is_exception && !read_exit_guard(r, clause))
    return false;
  if (kind == CALLTAP_ACTION_SAMPLE) {
    if (r->rules->samples == CALLTAP_SAMPLES || clause->sample)
      return calltap__rule_wrong(r, r->text + action->at, "there are too many samples");
    clause->sample = (uint8_t)++r->rules->samples;
  }
  *list->last = index;
  list->last = &action->next;
  list->makes_event |= actions[kind].makes_event;
  list->counts |= actions[kind].has_keys;
  clause->does |= UINT32_C(1) << kind;
  return true;
}

static bool read_list(struct reader *r, struct calltap_clause *clause, struct list *list) {
  do {
    calltap__rule_next(r);
    if (!read_action(r, clause, list))
      return false;
  } while (calltap__rule_is(r, MARK1(',')));
  return !r->failed;
}

bool calltap__rule_actions(struct reader *r, struct calltap_clause *clause) {
  struct list list = {.last = &clause->actions};
  uint32_t start = (uint32_t)(r->token.start - r->text);
  if (!read_list(r, clause, &list))
    return false;
  if (calltap__rule_is(r, MARK2('-', '>'))) {
    if (!(clause->does & CALLTAP_DOES(RETURN)))
      return calltap__rule_wrong(r, r->token.start,
                                 "what stands behind a second arrow is done at the exit: write return before it");
    list.last = &clause->exit_actions;
    list.is_exit = true;
    if (!read_list(r, clause, &list))
      return false;
  }
  clause->makes_event = (list.makes_event || !list.counts) && !list.makes_none;
  if (clause->does & CALLTAP_DOES(USAGE) && !(clause->does & CALLTAP_DOES(RETURN)))
    return calltap__rule_wrong(r, r->text + start, "usage is known at the exit: write -> return, usage");
  r->rules->does |= clause->does;
  return !r->failed;
}
