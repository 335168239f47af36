/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "where.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calltap/rule.h"
#include "calltap/trial.h"
#include "lib/cbor_item.h"
#include "lib/text.h"
#include "message.h"

enum {
  ROOM = 1 << 15,      /* bytes of one event's memory; an event has 8,192 at most */
  MOST_PIECES = 256,   /* of it */
  MOST_SLOTS = 40,     /* parameters that are passed on the stack */
  MOST_OPEN = 1 << 16, /* open calls of a thread that are kept until their exits */
  MOST_NESTED = 8,     /* members inside members */
  STEP = 0x10000,      /* between made-up addresses */
  SLOT_BIT = 16,       /* in `needs`: behind the registers */
  RESULT_BIT = 63,
};

/* No program has memory there. */
static const uint64_t made_up = UINT64_C(0xffff900000000000), frame = UINT64_C(0xffffa00000000000);

/* The guard as one function is asked it. */
struct asked {
  struct calltap_program *program; /* NULL: it is not asked */
  struct calltap_parameter parameter[CALLTAP_MAX_PARAMETERS];
  struct calltap_parameter result;
  uint64_t needs; /* registers and slots that the program looks at */
};

/* An open call with its values, until its exit. */
struct open_call {
  struct open_call *below;
  struct calltap_event event;
  uint64_t *value;
  const uint8_t **item;
};

struct where {
  struct calltap_rules *rules;
  struct calltap__builder text; /* what they point into */
  size_t before;                /* so much of it stands before the guard */
  bool at_exit;
  struct asked **asked; /* by the function's index; NULL: it is not */
  size_t functions;
  struct open_call **open; /* by the thread's index: the innermost */
  size_t *depth;
  size_t threads;
  uint64_t undecided;
  bool failed;
  struct calltap_rule_error refused; /* why the first function that cannot be asked cannot */
  struct calltap_trial trial;        /* of one event, with what follows */
  char thread[16];
  uint64_t unknown; /* as `needs`: what is not known of this event */
  struct calltap_trial_memory piece[MOST_PIECES];
  size_t used;
  uint8_t room[ROOM];
};

/* --- the guard --- */

static bool is_word(struct calltap_span span, const char *word) {
  size_t size = (size_t)(span.end - span.start);
  return strlen(word) == size && memcmp(span.start, word, size) == 0;
}

static bool asks_for_exit(const struct calltap_rules *rules) {
  for (size_t i = 1; i < rules->nodes; i++) {
    const struct calltap_node *n = &rules->node[i];
    bool is_named = n->kind == CALLTAP_EXPR_NAME || n->kind == CALLTAP_EXPR_CALL;
    if (is_named && (is_word(n->text, "ret") || is_word(n->text, "elapsed") || is_word(n->text, "exit")))
      return true;
  }
  return false;
}

static void say_wrong(const struct where *where, const char *guard, struct calltap_rule_error error) {
  error.column = error.column > where->before ? error.column - where->before : 0;
  message_rule("--where", guard, &error);
}

static bool parse_as(struct where *where, const char *before, const char *guard, struct calltap_rule_error *error) {
  where->before = strlen(before);
  where->text.size = 0;
  calltap__build(&where->text, before);
  calltap__build(&where->text, guard);
  calltap__build_bytes(&where->text, "", 1);
  if (where->text.failed) {
    where->failed = true;
    return false;
  }
  *error = (struct calltap_rule_error){0};
  return calltap_rules_parse(where->text.bytes, where->rules, error);
}

static bool is_guard_alone(const struct where *where) {
  const struct calltap_rules *rules = where->rules;
  const struct calltap_clause *clause = &rules->clause[0];
  uint32_t does = where->at_exit ? CALLTAP_DOES(RETURN) : 0;
  return rules->count == 1 && rules->clauses == 1 && rules->file.start == rules->file.end && rules->does == does &&
         clause->exit_actions == 0 && (where->at_exit ? clause->exit_guard != 0 : clause->guard != 0);
}

/* What asks for a result or a time can only be asked at the exit. */
static bool parse(struct where *where, const char *guard) {
  struct calltap_rule_error error;
  bool good = parse_as(where, "*:* when ", guard, &error);
  if (good && asks_for_exit(where->rules)) {
    where->at_exit = true;
    good = parse_as(where, "*:* -> return when ", guard, &error);
  }
  if (where->failed) {
    message("this needs more memory than there is");
  } else if (!good) {
    say_wrong(where, guard, error);
  } else if (!is_guard_alone(where)) {
    message("--where takes a guard, what stands behind `when` in a rule, as in --where 'len > 4096', and nothing else");
    good = false;
  }
  return good;
}

/* --- functions --- */

static bool is_scalar(const struct calltap_type *t) {
  return t->size <= 8 && t->kind != CALLTAP_TYPE_RECORD && t->kind != CALLTAP_TYPE_ARRAY &&
         t->kind != CALLTAP_TYPE_COMPLEX && t->kind != CALLTAP_TYPE_VECTOR && t->kind != CALLTAP_TYPE_OTHER;
}

static uint8_t absent(uint8_t presence) {
  return presence == CALLTAP_WIRE_OPTIMIZED_OUT ? CALLTAP_PLACE_OPTIMIZED_OUT
         : presence == CALLTAP_WIRE_SENSITIVE   ? CALLTAP_PLACE_SENSITIVE
                                                : CALLTAP_PLACE_NOT_CAPTURED;
}

/* Numbers and addresses go into registers as long as there are some, then into slots; what is larger into memory. Where the
 * program had them does not matter. */
static void place(struct calltap_parameter *p, const struct calltap_scope *scope, unsigned *words, unsigned *vectors,
                  uint16_t *slots) {
  struct calltap_type t = calltap_type_read(p->type, scope);
  p->place[1] = CALLTAP_PLACE_NONE;
  if (is_scalar(&t) && t.kind == CALLTAP_TYPE_FLOAT && *vectors < 8) {
    p->place[0] = (uint8_t)(CALLTAP_PLACE_XMM0 + (*vectors)++);
  } else if (*words < 6) {
    p->place[0] = (uint8_t)(CALLTAP_PLACE_RDI + (*words)++);
  } else if (*slots < MOST_SLOTS) {
    p->place[0] = CALLTAP_PLACE_STACK;
    p->slot = (*slots)++;
  } else {
    p->place[0] = CALLTAP_PLACE_NOT_CAPTURED;
    return;
  }
  if (!is_scalar(&t))
    p->place[0] |= CALLTAP_PLACE_INDIRECT;
}

static char *terminated(struct calltap_text text) {
  return text.size == 0 ? strdup("") : strndup(text.bytes, text.size);
}

static bool describe(struct asked *asked, const struct calltap_trace_function *function,
                     const struct calltap_scope *scope) {
  unsigned words = 0, vectors = 0;
  uint16_t slots = 0;
  for (uint32_t i = 0; i < function->parameters; i++) {
    const struct calltap_trace_value *value = &function->parameter[i];
    struct calltap_parameter *p = &asked->parameter[i];
    p->type = value->type;
    p->name = terminated(value->name);
    if (p->name == NULL)
      return false;
    p->place[0] = absent(value->presence);
    if (value->presence == CALLTAP_WIRE_PRESENT)
      place(p, scope, &words, &vectors, &slots);
  }
  asked->result = (struct calltap_parameter){"", function->result.type, {absent(function->result.presence)}, 0};
  if (function->result.presence == CALLTAP_WIRE_PRESENT) {
    struct calltap_type t = calltap_type_read(function->result.type, scope);
    asked->result.place[0] = !is_scalar(&t)                 ? CALLTAP_PLACE_RAX | CALLTAP_PLACE_INDIRECT
                             : t.kind == CALLTAP_TYPE_FLOAT ? CALLTAP_PLACE_XMM0
                                                            : CALLTAP_PLACE_RAX;
    asked->result.place[1] = CALLTAP_PLACE_NONE;
  }
  return true;
}

/* What the program looks at. False: the trace has it of no event. */
static bool note_needs(struct asked *asked, struct calltap_rule_error *error) {
  for (size_t i = 0; i < asked->program->count; i++) {
    const struct calltap_operation *o = &asked->program->op[i];
    switch (o->op) {
    case CALLTAP_OP_VALUE:
      asked->needs |= UINT64_C(1) << (o->a == CALLTAP_PLACE_STACK ? SLOT_BIT + o->b : o->a);
      break;
    case CALLTAP_OP_RESULT:
      asked->needs |= UINT64_C(1) << RESULT_BIT;
      break;
    case CALLTAP_OP_CALLER:
    case CALLTAP_OP_TAG:
    case CALLTAP_OP_TCW:
    case CALLTAP_OP_SILENT:
      error->column = o->at;
      snprintf(error->message, sizeof error->message,
               "a trace cannot answer caller(), tag(), tcw() and silent(): only the traced process knows them");
      return false;
    default:
      break;
    }
  }
  return true;
}

static bool compile(struct where *where, struct asked *asked, const struct calltap_trace_function *function,
                    struct calltap_rule_error *error) {
  const struct calltap_clause *clause = &where->rules->clause[0];
  struct calltap_signature signature = {.parameter = asked->parameter,
                                        .parameters = function->parameters,
                                        .result = asked->result,
                                        .has_this = (function->flags & CALLTAP_FUNCTION_METHOD) != 0,
                                        .scope = calltap_trace_scope(function->unit)};
  if (where->at_exit && !function->asked) {
    snprintf(error->message, sizeof error->message,
             "this is known at the exit only, and the trace has no exits: record it with `-> return`");
    return false;
  }
  bool good = where->at_exit ? calltap_rule_compile_exit(where->rules, clause, &signature, asked->program, error)
                             : calltap_rule_compile(where->rules, clause, &signature, asked->program, error);
  return good && note_needs(asked, error);
}

static void free_asked(struct asked *asked) {
  if (asked == NULL)
    return;
  for (size_t i = 0; i < CALLTAP_MAX_PARAMETERS; i++)
    free((char *)(uintptr_t)asked->parameter[i].name);
  free(asked->program);
  free(asked);
}

/* False without memory. */
static bool ask(struct where *where, const struct calltap_trace_function *function) {
  struct calltap_rule_error error = {0};
  struct calltap_scope scope = calltap_trace_scope(function->unit);
  struct asked *asked = calloc(1, sizeof *asked);
  if (asked == NULL)
    return false;
  asked->program = malloc(sizeof *asked->program);
  if (asked->program == NULL || !describe(asked, function, &scope)) {
    free_asked(asked);
    return false;
  }
  if (compile(where, asked, function, &error)) {
    where->asked[function->index] = asked;
    return true;
  }
  if (where->refused.message[0] == '\0')
    where->refused = error;
  free_asked(asked);
  return true;
}

static bool ask_all(struct where *where, const struct calltap_reader *reader, const char *guard, const bool *wanted) {
  bool any = false;
  for (size_t i = 1; i < where->functions; i++) {
    if (wanted[i] && !ask(where, calltap_reader_function(reader, i))) {
      message("this needs more memory than there is");
      return false;
    }
    any |= where->asked[i] != NULL;
  }
  if (any)
    return true;
  if (where->refused.message[0] != '\0')
    say_wrong(where, guard, where->refused);
  else
    message("--where: the trace has no function that it could be asked of");
  return false;
}

struct where *where_make(const struct calltap_reader *reader, const char *guard, const bool *wanted) {
  struct where *where = calloc(1, sizeof *where);
  if (where != NULL) {
    where->functions = calltap_reader_functions(reader) + 1;
    where->threads = calltap_reader_threads(reader);
    where->rules = malloc(sizeof *where->rules);
    where->asked = calloc(where->functions, sizeof(void *));
    where->open = calloc(where->threads + 1, sizeof(void *));
    where->depth = calloc(where->threads + 1, sizeof *where->depth);
  }
  bool good =
      where != NULL && where->rules != NULL && where->asked != NULL && where->open != NULL && where->depth != NULL;
  if (!good)
    message("this needs more memory than there is");
  if (good && parse(where, guard) && ask_all(where, reader, guard, wanted))
    return where;
  where_free(where);
  return NULL;
}

/* --- the memory of an event --- */

/* Makes bytes readable, and a NUL behind them where a text ends there. */
static void add_memory(struct where *where, uint64_t address, struct calltap_text bytes, bool is_text) {
  size_t size = bytes.size + is_text;
  if (where->trial.memories == MOST_PIECES || size > ROOM - where->used)
    return;
  uint8_t *at = where->room + where->used;
  if (bytes.size > 0)
    memcpy(at, bytes.bytes, bytes.size);
  if (is_text)
    at[bytes.size] = 0;
  where->used += size;
  where->piece[where->trial.memories++] = (struct calltap_trial_memory){address, size, at};
}

static bool is_text_type(const struct calltap_type *pointer, const struct calltap_scope *scope) {
  if (pointer->inner == NULL || pointer->kind != CALLTAP_TYPE_POINTER)
    return false;
  struct calltap_type t = calltap_type_read(pointer->inner, scope);
  return t.kind == CALLTAP_TYPE_CHAR || t.letter == 'p';
}

/* The type of the pointer that stands at an offset, or one of kind BAD. */
static struct calltap_type pointer_at(const struct calltap_type *record, uint64_t offset,
                                      const struct calltap_scope *scope, unsigned depth) {
  struct calltap_member member;
  if (record->kind == CALLTAP_TYPE_ARRAY && record->inner != NULL && depth < MOST_NESTED) {
    struct calltap_type element = calltap_type_read(record->inner, scope);
    return element.size == 0 ? element : pointer_at(&element, offset % element.size, scope, depth + 1);
  }
  if (record->kind != CALLTAP_TYPE_RECORD)
    return offset == 0 ? *record : (struct calltap_type){0};
  for (const char *at = record->members; at != NULL && depth < MOST_NESTED && calltap_type_member(&at, &member);) {
    struct calltap_type t = calltap_type_read(member.type, scope);
    uint64_t start = member.bit_offset / 8;
    if (offset >= start && offset < start + t.size)
      return pointer_at(&t, offset - start, scope, depth + 1);
  }
  return (struct calltap_type){0};
}

static void add_item(struct where *where, struct calltap__bytes bytes, const struct calltap_type *type,
                     uint64_t address, const struct calltap_scope *scope);

/* What stands behind the pointers in a piece of memory of that type. */
static void add_follows(struct where *where, struct calltap__bytes bytes, struct calltap__list list,
                        const struct calltap_type *type, const struct calltap_scope *scope) {
  while (calltap__more(&bytes, &list)) {
    struct calltap__bytes one = bytes;
    struct calltap__list pair;
    uint64_t offset;
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      return;
    if (!calltap__list(&one, CALLTAP__ARRAY, &pair) || !calltap__take_uint(&one, &pair, &offset))
      continue;
    struct calltap_type pointer = pointer_at(type, offset, scope, 0);
    add_item(where, one, &pointer, 0, scope);
  }
}

/* [address, contents or null, ? length or null, * follow] */
static void add_pointer(struct where *where, struct calltap__bytes bytes, struct calltap__list list, uint64_t address,
                        const struct calltap_type *type, const struct calltap_scope *scope) {
  struct calltap__item contents = {0}, length = {0};
  struct calltap_type pointee = {0};
  if (!calltap__more(&bytes, &list) || calltap__item(&bytes, &contents) != CALLTAP__GOOD ||
      contents.type != CALLTAP__BYTES)
    return;
  struct calltap__bytes behind = bytes;
  struct calltap__list left = list;
  bool is_cut = calltap__more(&behind, &left) && calltap__item(&behind, &length) == CALLTAP__GOOD &&
                length.type != CALLTAP__ARRAY;
  add_memory(where, address, contents.text, !is_cut && is_text_type(type, scope));
  if (type->inner != NULL)
    pointee = calltap_type_read(type->inner, scope);
  add_follows(where, is_cut ? behind : bytes, is_cut ? left : list, &pointee, scope);
}

/* Adds what an item of a pointer, or of memory at `address`, holds. */
static void add_item(struct where *where, struct calltap__bytes bytes, const struct calltap_type *type,
                     uint64_t address, const struct calltap_scope *scope) {
  struct calltap__bytes start = bytes;
  struct calltap__list list;
  struct calltap__item first = {0};
  if (calltap__item(&start, &first) == CALLTAP__GOOD && first.type == CALLTAP__BYTES) {
    add_memory(where, address, first.text, false);
    return;
  }
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list) || !calltap__more(&bytes, &list) ||
      calltap__item(&bytes, &first) != CALLTAP__GOOD)
    return;
  if (first.type == CALLTAP__BYTES) {
    add_memory(where, address, first.text, false);
    add_follows(where, bytes, list, type, scope);
  } else if (first.type == CALLTAP__UINT) {
    add_pointer(where, bytes, list, first.number, type, scope);
  }
}

/* The address in the item of a pointer with what it leads to. */
static bool address_of(struct calltap__bytes bytes, uint64_t *address) {
  struct calltap__list list;
  return calltap__list(&bytes, CALLTAP__ARRAY, &list) && calltap__take_uint(&bytes, &list, address);
}

/* --- the values of an event --- */

static void put_word(struct where *where, const struct calltap_parameter *p, struct calltap_trial_registers *to,
                     uint64_t word) {
  unsigned at = p->place[0] & ~(unsigned)CALLTAP_PLACE_INDIRECT;
  if (at == CALLTAP_PLACE_STACK) {
    struct calltap_text bytes = {(const char *)&word, sizeof word};
    add_memory(where, frame + 8 + 8 * (uint64_t)p->slot, bytes, false);
  } else if (at >= CALLTAP_PLACE_XMM0) {
    to->vector[at - CALLTAP_PLACE_XMM0] = word;
  } else {
    to->word[at] = word;
  }
}

static void put_value(struct where *where, const struct calltap_event *event, unsigned index,
                      const struct calltap_parameter *p, struct calltap_trial_registers *to, unsigned bit) {
  struct calltap_scope scope = calltap_trace_scope(event->function->unit);
  struct calltap_type type = calltap_type_read(p->type, &scope);
  bool is_indirect = (p->place[0] & CALLTAP_PLACE_INDIRECT) != 0;
  uint64_t word = made_up + (uint64_t)bit * STEP;
  bool is_known = index < event->values && (event->unreadable >> index & 1) == 0;
  if (is_known && (event->composite >> index & 1) != 0) {
    struct calltap__bytes item = {event->item[index], event->item[index + 1]};
    is_known = is_indirect || address_of(item, &word);
    add_item(where, item, &type, word, &scope);
  } else if (is_known && is_indirect) {
    is_known = false; /* a wide integer as a number: rules do not look at it */
  } else if (is_known) {
    word = event->value[index];
  }
  if (is_known)
    put_word(where, p, to, word);
  else
    where->unknown |= UINT64_C(1) << bit;
}

static unsigned bit_of(const struct calltap_parameter *p) {
  unsigned at = p->place[0] & ~(unsigned)CALLTAP_PLACE_INDIRECT;
  return at == CALLTAP_PLACE_STACK ? (unsigned)SLOT_BIT + p->slot : at;
}

static void put_call(struct where *where, const struct asked *asked, const struct calltap_event *call) {
  const struct calltap_trace_function *function = call->function;
  const struct calltap_trace_thread *thread = call->thread;
  size_t name = thread->name.size < sizeof where->thread ? thread->name.size : sizeof where->thread - 1;
  unsigned index = 0;
  where->trial = (struct calltap_trial){.frame = frame, .memory = where->piece, .thread = where->thread};
  where->used = 0;
  where->unknown = 0;
  where->trial.tid = (uint32_t)thread->tid;
  where->trial.depth = call->depth;
  if (name > 0)
    memcpy(where->thread, thread->name.bytes, name);
  where->thread[name] = '\0';
  for (uint32_t i = 0; i < function->parameters; i++) {
    const struct calltap_parameter *p = &asked->parameter[i];
    if (function->parameter[i].presence != CALLTAP_WIRE_PRESENT)
      continue;
    if (p->place[0] != CALLTAP_PLACE_NOT_CAPTURED)
      put_value(where, call, index, p, &where->trial.entry, bit_of(p));
    index++;
  }
}

static bool run(struct where *where, const struct asked *asked) {
  int64_t given[2];
  if (asked->program->count == 0)
    return true;
  if ((asked->needs & where->unknown) == 0) {
    enum calltap_trial_end end = calltap_trial_run(asked->program, &where->trial, given, NULL);
    if (end != CALLTAP_TRIAL_FAULT)
      return end == CALLTAP_TRIAL_YES;
  }
  where->undecided++;
  return false;
}

/* --- open calls --- */

static void forget(struct where *where, size_t thread) {
  struct open_call *top = where->open[thread];
  where->open[thread] = top->below;
  where->depth[thread]--;
  free(top->value);
  free(top->item);
  free(top);
}

/* The items stand in the file, which stays. */
static void keep(struct where *where, const struct calltap_event *call) {
  size_t thread = call->thread->index, values = call->values;
  if (where->depth[thread] == MOST_OPEN) {
    where->undecided++;
    return;
  }
  struct open_call *kept = calloc(1, sizeof *kept);
  uint64_t *value = malloc((values + 1) * sizeof *value);
  const uint8_t **item = malloc((values + 1) * sizeof *item);
  if (kept == NULL || value == NULL || item == NULL) {
    where->failed = true;
    free(kept);
    free(value);
    free(item);
    return;
  }
  for (size_t i = 0; i < values; i++) {
    value[i] = call->value[i];
    item[i] = call->item[i];
  }
  item[values] = call->item[values];
  *kept = (struct open_call){where->open[thread], *call, value, item};
  kept->event.value = value;
  kept->event.item = item;
  where->open[thread] = kept;
  where->depth[thread]++;
}

bool where_call(struct where *where, const struct calltap_event *call) {
  const struct asked *asked = where->asked[call->function->index];
  if (asked == NULL)
    return false;
  if (where->at_exit) {
    keep(where, call);
    return false;
  }
  put_call(where, asked, call);
  return run(where, asked);
}

static bool judge_exit(struct where *where, const struct asked *asked, const struct calltap_event *call,
                       const struct calltap_event *leaving) {
  static const uint8_t endings[] = {
      [CALLTAP_EXIT_RETURN] = CALLTAP_WIRE_RETURN,
      [CALLTAP_EXIT_TAIL] = CALLTAP_WIRE_TAIL,
      [CALLTAP_EXIT_UNWOUND] = CALLTAP_WIRE_EXIT_OF(CALLTAP_WIRE_WAY_UNWOUND),
      [CALLTAP_EXIT_SKIPPED] = CALLTAP_WIRE_EXIT_OF(CALLTAP_WIRE_WAY_SKIPPED),
      [CALLTAP_EXIT_THREAD_END] = CALLTAP_WIRE_EXIT_OF(CALLTAP_WIRE_WAY_THREAD_END),
  };
  if ((size_t)leaving->exit >= sizeof endings || endings[leaving->exit] == 0) {
    where->undecided++; /* a kind of a later version */
    return false;
  }
  put_call(where, asked, call);
  where->trial.at_exit = true;
  where->trial.ending = endings[leaving->exit];
  where->trial.elapsed_ns = leaving->elapsed_ns;
  if (call->function->result.presence == CALLTAP_WIRE_PRESENT && leaving->exit == CALLTAP_EXIT_RETURN)
    put_value(where, leaving, 0, &asked->result, &where->trial.exit, RESULT_BIT);
  return run(where, asked);
}

bool where_exit(struct where *where, const struct calltap_event *leaving) {
  size_t thread = leaving->thread->index;
  const struct asked *asked = where->asked[leaving->function->index];
  while (where->open[thread] != NULL && where->open[thread]->event.call > leaving->call)
    forget(where, thread);
  if (asked == NULL || where->open[thread] == NULL || where->open[thread]->event.call != leaving->call)
    return false;
  bool good = judge_exit(where, asked, &where->open[thread]->event, leaving);
  forget(where, thread);
  return good;
}

/* --- the end --- */

bool where_failed(const struct where *where) { return where->failed; }

void where_say(const struct where *where) {
  if (where->undecided == 0)
    return;
  message("note: --where could not be decided for %" PRIu64
          " call%s: the trace does not hold what it asks for (texts longer than were recorded, memory behind pointers: "
          "--str and --expand record more)",
          where->undecided, where->undecided == 1 ? "" : "s");
}

void where_free(struct where *where) {
  if (where == NULL)
    return;
  for (size_t i = 0; where->asked != NULL && i < where->functions; i++)
    free_asked(where->asked[i]);
  for (size_t i = 0; where->open != NULL && i < where->threads; i++) {
    while (where->open[i] != NULL)
      forget(where, i);
  }
  calltap__builder_free(&where->text);
  free(where->asked);
  free(where->open);
  free(where->depth);
  free(where->rules);
  free(where);
}
