/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What rules say with brackets behind a name: functions, as(TYPE, p), what is known at the exit only, and values to show. */
#include "calltap/wire.h"
#include "rule_compile.h"

static const struct value a_count = {.shape = A_NUMBER, .bits = 64, .is_unsigned = true};

/* -- arguments ---------------------------------------------------------------------------------------------------------- */

static unsigned count_arguments(const struct compiler *c, const struct calltap_node *n) {
  unsigned count = 0;
  for (uint16_t i = n->a; i; i = node_of(c, i)->next)
    count++;
  return count;
}

/* Puts a number on the stack. */
static struct value number_of(struct compiler *c, uint16_t index) {
  struct value v = calltap__scalar_of(c, index);
  if (!c->failed && v.shape != A_NUMBER)
    calltap__wrong_value(c, node_of(c, index)->at, v, ", and a whole number is expected");
  return v;
}

/* Puts the address of a text on the stack. */
static struct value text_of(struct compiler *c, uint16_t index) {
  struct value v = calltap__scalar_of(c, index);
  struct calltap_type t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  struct calltap_type of = t.inner ? calltap__read_type(c, t.inner) : (struct calltap_type){0};
  if (!c->failed && (v.shape != A_POINTER || !calltap__is_text(&of)))
    calltap__wrong_value(c, node_of(c, index)->at, v, ", which is no text");
  return v;
}

/* -- functions ---------------------------------------------------------------------------------------------------------- */

/* How many bytes a text can have: those of an array that is full has no NUL behind them. 0: not known. */
static unsigned most_of(const struct compiler *c, struct value v) {
  struct calltap_type t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  return t.kind == CALLTAP_TYPE_ARRAY && t.count <= UINT16_MAX ? (unsigned)t.count : 0;
}

static struct value do_strlen(struct compiler *c, const struct calltap_node *n) {
  struct value v = text_of(c, n->a);
  calltap__emit(c, CALLTAP_OP_TEXT_LENGTH, 0, most_of(c, v), 0);
  return a_count;
}

static struct value do_abs(struct compiler *c, const struct calltap_node *n) {
  struct value v = number_of(c, n->a);
  if (!v.is_unsigned)
    calltap__emit(c, CALLTAP_OP_ABS, 0, 0, 0);
  if (v.bits == 32 && !v.is_unsigned)
    calltap__emit(c, CALLTAP_OP_SIGNED, 32, 0, 0);
  return (struct value){.shape = A_NUMBER, .bits = v.bits, .is_unsigned = v.is_unsigned};
}

static struct value lower_or_higher(struct compiler *c, const struct calltap_node *n, bool lower) {
  uint16_t second = node_of(c, n->a)->next;
  struct value a = calltap__scalar_of(c, n->a);
  size_t second_at = c->program->count;
  struct value b = calltap__scalar_of(c, second);
  bool times = a.shape == A_TIME && b.shape == A_TIME;
  if (!c->failed && !times && (a.shape != A_NUMBER || b.shape != A_NUMBER))
    calltap__wrong_value(c, n->at, a.shape == A_NUMBER ? b : a, ", and two whole numbers or two times are expected");
  if (c->failed || times) {
    calltap__emit(c, lower ? CALLTAP_OP_MIN : CALLTAP_OP_MAX, 0, 0, 0);
    return a;
  }
  calltap__convert(c, a, second_at, b);
  bool is_unsigned = calltap__compares_unsigned(a, b);
  calltap__emit(
      c, lower ? (is_unsigned ? CALLTAP_OP_MIN_U : CALLTAP_OP_MIN) : (is_unsigned ? CALLTAP_OP_MAX_U : CALLTAP_OP_MAX),
      0, 0, 0);
  return (struct value){.shape = A_NUMBER, .bits = a.bits > b.bits ? a.bits : b.bits, .is_unsigned = is_unsigned};
}

static struct value do_min(struct compiler *c, const struct calltap_node *n) { return lower_or_higher(c, n, true); }
static struct value do_max(struct compiler *c, const struct calltap_node *n) { return lower_or_higher(c, n, false); }

static struct value do_arity(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, (int64_t)(c->signature->parameters - c->signature->has_this));
  return a_truth;
}

static struct value do_depth(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_DEPTH, 0, 0, 0);
  return a_truth;
}

static struct value do_tid(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_TID, 0, 0, 0);
  return a_truth;
}

static struct value do_thread(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_THREAD, 0, 0, 0);
  return (struct value){.shape = A_POINTER, .type = "PKc"};
}

static struct value do_caller(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_CALLER, 0, 0, 0);
  return (struct value){.shape = A_POINTER, .type = "PFvE"};
}

static struct value do_tag(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_TAG, 0, 0, 0);
  return (struct value){.shape = A_NUMBER, .bits = 64};
}

static struct value do_tcw(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_TCW, 0, 0, 0);
  return (struct value){.shape = A_NUMBER, .bits = 32, .is_unsigned = true};
}

static struct value do_silent(struct compiler *c, const struct calltap_node *n) {
  (void)n;
  calltap__emit(c, CALLTAP_OP_SILENT, 0, 0, 0);
  return a_truth;
}

/* str(p, N): a text of which so many bytes count. */
static struct value do_str(struct compiler *c, const struct calltap_node *n) {
  struct value v = text_of(c, n->a);
  uint16_t second = node_of(c, n->a)->next;
  if (!second || c->failed)
    return v;
  const struct calltap_node *most = node_of(c, second);
  if (most->kind != CALLTAP_EXPR_INTEGER || most->number < 1 || most->number > 255)
    calltap__wrong(c, most->at, "in a guard the length of str is a number from 1 to 255", calltap__all_of(""), "");
  v.most = (uint8_t)most->number;
  v.type = "PKc"; /* not an array, which has a length of its own */
  return v;
}

static struct value do_bytes(struct compiler *c, const struct calltap_node *n) {
  calltap__wrong(c, n->at, "bytes stands in message and by only", calltap__all_of(""), "");
  return a_truth;
}

static struct value do_exit(struct compiler *c, const struct calltap_node *n) {
  calltap__wrong(c, n->at, "exit() compares with return, tail, unwound, skipped or thread_end, as in exit() == tail",
                 calltap__all_of(""), "");
  return a_truth;
}

static struct value do_stack(struct compiler *c, const struct calltap_node *n) {
  calltap__wrong(c, n->at, "stack stands behind -> and by only", calltap__all_of(""), "");
  return a_truth;
}

static const struct function {
  const char *name;
  unsigned least, most;
  struct value (*compile)(struct compiler *, const struct calltap_node *);
} functions[] = {
    {"strlen", 1, 1, do_strlen}, {"abs", 1, 1, do_abs},     {"min", 2, 2, do_min},   {"max", 2, 2, do_max},
    {"arity", 0, 0, do_arity},   {"depth", 0, 0, do_depth}, {"tid", 0, 0, do_tid},   {"thread", 0, 0, do_thread},
    {"caller", 0, 0, do_caller}, {"tag", 0, 0, do_tag},     {"tcw", 0, 0, do_tcw},   {"silent", 0, 0, do_silent},
    {"str", 1, 2, do_str},       {"bytes", 2, 2, do_bytes}, {"exit", 0, 0, do_exit}, {"stack", 0, 1, do_stack}};

OUT_OF_LINE struct value calltap__function(struct compiler *c, const struct calltap_node *n) {
  struct value v;
  if (!n->a && calltap__exit_word(c, n, &v))
    return v;
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    const struct function *f = &functions[i];
    if (!calltap__same_text(n->text, f->name))
      continue;
    unsigned count = count_arguments(c, n);
    if (count >= f->least && count <= f->most)
      return f->compile(c, n);
    calltap__wrong(c, n->at, count < f->least ? "there are too few values for " : "there are too many values for ",
                   n->text, "()");
    return a_truth;
  }
  calltap__wrong(
      c, n->at, "there is no function ", n->text,
      "(); there are strlen abs min max str bytes arity depth tid thread caller tag tcw silent, and at the exit "
      "ret elapsed exit");
  return a_truth;
}

/* -- at the exit ---------------------------------------------------------------------------------------------------------- */

OUT_OF_LINE bool calltap__exit_word(struct compiler *c, const struct calltap_node *n, struct value *v) {
  bool is_result = calltap__same_text(n->text, "ret");
  if (!is_result && !calltap__same_text(n->text, "elapsed"))
    return false;
  *v = a_truth;
  if (!c->at_exit) {
    calltap__wrong(c, n->at, "", n->text, " is known at the exit only: write it behind -> return when");
    return true;
  }
  if (is_result) {
    if (calltap__read_type(c, c->signature->result.type).kind == CALLTAP_TYPE_VOID)
      calltap__wrong(c, n->at, "the function returns nothing, so there is no ", n->text, "");
    else
      *v = calltap__parameter(c, n->at, RESULT);
    return true;
  }
  calltap__emit(c, CALLTAP_OP_ELAPSED, 0, 0, 0);
  *v = (struct value){.shape = A_TIME};
  return true;
}

static const struct {
  const char *name;
  int kind;
} exits[] = {{"return", CALLTAP_WIRE_RETURN},
             {"tail", CALLTAP_WIRE_TAIL},
             {"unwound", CALLTAP_WIRE_EXIT_OF(CALLTAP_WIRE_WAY_UNWOUND)},
             {"skipped", CALLTAP_WIRE_EXIT_OF(CALLTAP_WIRE_WAY_SKIPPED)},
             {"thread_end", CALLTAP_WIRE_EXIT_OF(CALLTAP_WIRE_WAY_THREAD_END)}};

static bool is_exit_call(const struct compiler *c, struct side s) {
  const struct calltap_node *n = s.subject ? NULL : node_of(c, s.expression);
  return n && n->kind == CALLTAP_EXPR_CALL && !n->a && calltap__same_text(n->text, "exit");
}

OUT_OF_LINE bool calltap__exit_compare(struct compiler *c, uint32_t at, uint8_t op, struct side a, struct side b) {
  bool first = is_exit_call(c, a);
  struct side other = first ? b : a;
  const struct calltap_node *name = other.subject ? NULL : node_of(c, other.expression);
  if ((!first && !is_exit_call(c, b)) || !name || name->kind != CALLTAP_EXPR_NAME ||
      (op != CALLTAP_EQ && op != CALLTAP_NE))
    return false;
  for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
    if (!calltap__same_text(name->text, exits[i].name))
      continue;
    if (!c->at_exit)
      calltap__wrong(c, at, "exit() is known at the exit only: write it behind -> return when", calltap__all_of(""),
                     "");
    calltap__emit(c, CALLTAP_OP_EXIT, 0, 0, 0);
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, exits[i].kind);
    calltap__emit(c, CALLTAP_OP_EQ, 0, 0, 0);
    if (op == CALLTAP_NE)
      calltap__emit(c, CALLTAP_OP_NOT, 0, 0, 0);
    return true;
  }
  return false;
}

/* -- what is sensitive ---------------------------------------------------------------------------------------------------------- */

/* Whether a pointer or an array is one of objects with sensitive members. */
static bool leads_to_sensitive(const struct compiler *c, const char *type) {
  struct calltap_type t = type ? calltap__read_type(c, type) : (struct calltap_type){0};
  if (!t.inner)
    return false;
  struct calltap_type to = calltap__read_type(c, t.inner);
  return calltap_type_holds_sensitive(&to, &c->signature->scope);
}

/* Members are sensitive by their names: where those are left behind, their bytes would be shown. */
static void keep_named(struct compiler *c, uint32_t at, struct value v) {
  if (!c->failed && v.shape == A_POINTER && leads_to_sensitive(c, v.type))
    calltap__wrong_value(c, at, v, ", which leads to sensitive members: name the others");
}

/* -- as(TYPE, VALUE) -------------------------------------------------------------------------------------------------------- */

OUT_OF_LINE struct value calltap__cast(struct compiler *c, const struct calltap_node *n) {
  const char *type = c->rules->types + n->number;
  struct value v = calltap__scalar_of(c, n->a);
  bool is_address = v.shape == A_POINTER || (v.shape == A_NUMBER && v.bits == 64);
  if (!c->failed && !is_address)
    calltap__wrong_value(c, n->at, v, ", which is no address");
  struct calltap_type t = calltap__read_type(c, type);
  while (t.kind == CALLTAP_TYPE_POINTER && t.inner)
    t = calltap__read_type(c, t.inner);
  if (!c->failed && t.name && !t.definition)
    calltap__wrong(c, n->at, "the source of this function knows no type ", n->text, "");
  if (!leads_to_sensitive(c, type))
    keep_named(c, n->at, v);
  return (struct value){.shape = A_POINTER, .type = type};
}

/* -- values to show ----------------------------------------------------------------------------------------------------------- */

static bool is_call(const struct calltap_node *n, const char *name) {
  return n->kind == CALLTAP_EXPR_CALL && calltap__same_text(n->text, name);
}

/* str(p [, n]), bytes(p, n): the length may be any number here. */
static void give_span(struct compiler *c, const struct calltap_node *n, bool is_text, struct calltap_given *given) {
  unsigned count = count_arguments(c, n);
  if (count != 2 && !(is_text && count == 1)) {
    calltap__wrong(c, n->at, "", n->text,
                   is_text ? " takes a text, and a length if you like" : " takes an address and a length");
    return;
  }
  struct value v = is_text ? text_of(c, n->a) : calltap__scalar_of(c, n->a);
  if (!c->failed && v.shape != A_POINTER)
    calltap__wrong_value(c, n->at, v, ", which is no address");
  keep_named(c, n->at, v);
  if (count == 2)
    (void)number_of(c, node_of(c, n->a)->next);
  else
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, most_of(c, v) ? most_of(c, v) : INT32_MAX);
  calltap__emit(c, CALLTAP_OP_GIVE_TWO, 0, 0, 0);
  *given = (struct calltap_given){.kind = is_text ? CALLTAP_GIVEN_TEXT : CALLTAP_GIVEN_BYTES, .type = "PKc"};
}

static void give_string(struct compiler *c, const struct calltap_node *n, struct calltap_given *given) {
  calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, (int64_t)(intptr_t)n->text.start);
  calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, n->text.end - n->text.start);
  calltap__emit(c, CALLTAP_OP_GIVE_TWO, 0, 0, 0);
  *given = (struct calltap_given){.kind = CALLTAP_GIVEN_TEXT, .type = "PKc"};
}

static void give_frames(struct compiler *c, const struct calltap_node *n, struct calltap_given *given) {
  *given = (struct calltap_given){.kind = CALLTAP_GIVEN_STACK, .type = "stack", .frames = CALLTAP_USUAL_FRAMES};
  if (!n->a)
    return;
  const struct calltap_node *frames = node_of(c, n->a);
  if (frames->next || frames->kind != CALLTAP_EXPR_INTEGER || frames->number < 1 || frames->number > CALLTAP_FRAMES)
    calltap__wrong(c, n->at, "stack takes a number of frames from 1 to 64, as in stack(8)", calltap__all_of(""), "");
  given->frames = (uint16_t)frames->number;
}

static const char *type_of_number(struct value v) {
  return v.bits == 64 ? (v.is_unsigned ? "m" : "l") : v.is_unsigned ? "j" : "i";
}

static void give_value(struct compiler *c, uint16_t index, struct value v, struct calltap_given *given) {
  struct calltap_type t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  bool is_whole = t.kind == CALLTAP_TYPE_RECORD || t.kind == CALLTAP_TYPE_ARRAY;
  *given = (struct calltap_given){.kind = CALLTAP_GIVEN_VALUE};
  if (v.shape == A_PLACE && is_whole) {
    v = calltap__settle(c, v);
    given->kind = CALLTAP_GIVEN_WHOLE;
    given->type = v.type;
    if (!c->failed && !t.size)
      calltap__wrong_type(c, node_of(c, index)->at, v.type, ", whose size is not known here");
  } else if (v.shape == A_PIECE && is_whole) {
    calltap__wrong_type(c, node_of(c, index)->at, v.type, ", which is passed in registers: name its members");
  } else {
    v = calltap__load(c, node_of(c, index)->at, v);
    given->kind = v.shape == A_TIME ? CALLTAP_GIVEN_TIME : CALLTAP_GIVEN_VALUE;
    given->type = v.shape == A_REAL ? "d" : v.shape == A_TIME ? "l" : v.type ? v.type : type_of_number(v);
    given->is_signed = v.shape == A_TIME || !v.is_unsigned;
  }
  calltap__emit(c, CALLTAP_OP_GIVE, 0, 0, 0);
}

/* p->*: what a pointer leads to. */
static void give_whole(struct compiler *c, uint16_t index, struct calltap_given *given) {
  const struct calltap_node *n = node_of(c, index);
  struct value v = calltap__expression(c, n->a);
  struct calltap_type t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  if (v.shape != A_PLACE || t.kind != CALLTAP_TYPE_RECORD)
    v = calltap__load(c, n->at, v);
  t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  if (v.shape == A_POINTER && t.inner)
    v = calltap__place(t.inner);
  t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  if (!c->failed && (v.shape != A_PLACE || t.kind != CALLTAP_TYPE_RECORD))
    calltap__wrong_value(c, n->at, v, ", which leads to no structure");
  if (!c->failed)
    give_value(c, index, v, given);
}

void calltap__give(struct compiler *c, uint16_t index, struct calltap_given *given) {
  const struct calltap_node *n = node_of(c, index);
  if (is_call(n, "str") || is_call(n, "bytes"))
    give_span(c, n, is_call(n, "str"), given);
  else if (is_call(n, "stack"))
    give_frames(c, n, given);
  else if (n->kind == CALLTAP_EXPR_STRING)
    give_string(c, n, given);
  else if (n->kind == CALLTAP_EXPR_WHOLE)
    give_whole(c, index, given);
  else
    give_value(c, index, calltap__expression(c, index), given);
}
