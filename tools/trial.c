/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "trial.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "message.h"
#include "shown.h"
#include "spell.h"
#include "target.h"

/* What was written about one function. */
struct report {
  char *mfa;
  struct calltap__builder text;
};

struct trial {
  const struct question *question;
  const char *text; /* of the call */
  struct calltap_rules *values;
  struct calltap_call call;
  bool json;
  const char *path; /* of the object whose functions come now */
  size_t objects, named, inlined;
  struct nearest nearest;
  struct calltap_rule_error refused; /* why the values do not fit the first function that they do not fit */
  char *refused_mfa;
  struct report *report;
  size_t reports;
  bool matched; /* some rule, some function */
  bool failed;  /* no memory */
};

/* --- judging --- */

enum outcome {
  HOLDS,
  HOLDS_NOT,  /* `error` says where */
  FAULTS,     /* `error` says where and why */
  REFUSED,    /* it cannot be asked of the function: `error` says why */
  NEEDS_EXIT, /* it is not known how the call ends */
};

static const char *const outcome_words[] = {"match", "no", "fault", "refused", "unknown"};

struct judgement {
  enum outcome outcome;
  struct calltap_rule_error error;
};

/* A call of one function. */
struct tried {
  struct trial *trial;
  const struct calltap_rules *rules;
  const struct calltap_signature *signature;
  struct made_call *made;
  struct shown shown;
  struct calltap__builder *out;
};

static const char *why_faulted(const struct calltap_operation *last) {
  switch (last->op) {
  case CALLTAP_OP_DIV:
  case CALLTAP_OP_DIV_U:
  case CALLTAP_OP_MOD:
  case CALLTAP_OP_MOD_U:
    return "a division that has no result";
  case CALLTAP_OP_RESULT:
    return "the result is not known";
  default:
    return "this memory cannot be read";
  }
}

static bool reads_result(const struct calltap_program *program) {
  for (size_t i = 0; i < program->count; i++) {
    if (program->op[i].op == CALLTAP_OP_RESULT)
      return true;
  }
  return false;
}

/* Runs a program that was compiled for the function, joined as in the traced process. */
static struct judgement run(const struct tried *tried, struct calltap_program *program, bool at_exit,
                            int64_t given[2]) {
  static const enum outcome outcomes[] = {HOLDS_NOT, HOLDS, FAULTS};
  struct judgement judgement = {HOLDS, {0}};
  struct calltap_trial on = tried->made->trial;
  struct calltap_operation last = {0};
  on.at_exit = at_exit;
  if (at_exit && !tried->made->trial.at_exit) {
    judgement.outcome = NEEDS_EXIT;
    snprintf(judgement.error.message, sizeof judgement.error.message,
             "it is decided at the exit: give the result or the time, as in --call 'f(1) = 0 after 3ms'");
    return judgement;
  }
  if (at_exit && !tried->made->has_result && reads_result(program)) {
    judgement.outcome = NEEDS_EXIT;
    snprintf(judgement.error.message, sizeof judgement.error.message,
             "it looks at the result: give one, as in --call 'f(1) = 0 after 3ms'");
    return judgement;
  }
  calltap_program_join(program);
  if (program->count > 0)
    judgement.outcome = outcomes[calltap_trial_run(program, &on, given, &last)];
  if (judgement.outcome == HOLDS)
    return judgement;
  judgement.error.column = last.at;
  snprintf(judgement.error.message, sizeof judgement.error.message, "%s",
           judgement.outcome == FAULTS ? why_faulted(&last) : "this does not hold");
  return judgement;
}

static struct judgement judge(const struct tried *tried, const struct calltap_clause *clause) {
  struct judgement judgement = {REFUSED, {0}};
  struct calltap_program program;
  int64_t given[2];
  if (!calltap_rule_check(tried->rules, clause, tried->signature, &program, &judgement.error) ||
      !calltap_rule_compile(tried->rules, clause, tried->signature, &program, &judgement.error))
    return judgement;
  return run(tried, &program, false, given);
}

static struct judgement judge_exit(const struct tried *tried, const struct calltap_clause *clause) {
  struct judgement judgement = {REFUSED, {0}};
  struct calltap_program program;
  int64_t given[2];
  if (!calltap_rule_compile_exit(tried->rules, clause, tried->signature, &program, &judgement.error))
    return judgement;
  return run(tried, &program, true, given);
}

/* --- writing --- */

static void say(const struct tried *tried, unsigned indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct tried *tried, unsigned indent, const char *format, ...) {
  char line[1024];
  va_list arguments;
  for (unsigned i = 0; i < indent; i++)
    calltap__build(tried->out, " ");
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  calltap__build(tried->out, line);
}

static void add(const struct tried *tried, const char *text) { calltap__build(tried->out, text); }

static void add_json(const struct tried *tried, const char *key, const char *text) {
  calltap__build(tried->out, key);
  calltap__build_json(tried->out, calltap__text(text));
}

/* ": column 12: this does not hold", and the place below it. */
static void say_why(const struct tried *tried, const struct calltap_rule_error *error) {
  struct calltap_rule_place place;
  question_place(tried->trial->question, error, &place);
  add(tried, place.column > 0 ? ", " : "");
  question_build_place(tried->out, &place);
  say(tried, 0, ": %s\n", error->message);
  add(tried, place.shown);
}

static void say_why_json(const struct tried *tried, const struct judgement *judgement) {
  struct calltap_rule_place place;
  add_json(tried, "\"outcome\":", outcome_words[judgement->outcome]);
  if (judgement->outcome == HOLDS)
    return;
  question_place(tried->trial->question, &judgement->error, &place);
  add_json(tried, ",\"reason\":", judgement->error.message);
  if (place.line > 0)
    question_build_json_place(tried->out, &place);
}

/* --- values of actions --- */

static void value(struct tried *tried, const struct calltap_clause *clause, uint16_t node, bool at_exit,
                  struct shown_value *out) {
  struct calltap_program program;
  struct calltap_given given;
  struct judgement judgement = {REFUSED, {0}};
  int64_t words[2] = {0};
  bool good = calltap_rule_compile_value(tried->rules, clause, tried->signature, node, at_exit, &program, &given,
                                         &judgement.error);
  if (good && given.kind == CALLTAP_GIVEN_STACK) {
    calltap__build(&out->text, "the stack");
    calltap__build(&out->json, "null");
    return;
  }
  if (good)
    judgement = run(tried, &program, at_exit, words);
  if (judgement.outcome == HOLDS) {
    shown_given(&tried->shown, &given, words, out);
    return;
  }
  calltap__build(&out->text, "<");
  calltap__build(&out->text, judgement.error.message);
  calltap__build(&out->text, ">");
  calltap__build(&out->json, "{\"unknown\":");
  calltap__build_json(&out->json, calltap__text(judgement.error.message));
  calltap__build(&out->json, "}");
}

static void list_values(struct tried *tried, const struct calltap_clause *clause, uint16_t first, bool at_exit,
                        const char *before) {
  for (uint16_t i = first; i != 0; i = tried->rules->node[i].next) {
    const struct calltap_node *node = &tried->rules->node[i];
    struct shown_value shown = {0};
    value(tried, clause, i, at_exit, &shown);
    add(tried, i == first ? before : tried->trial->json ? "," : ", ");
    if (tried->trial->json) {
      add(tried, "{\"label\":");
      calltap__build_json(tried->out, spell_source(tried->rules, node));
      add(tried, ",\"value\":");
      calltap__build_bytes(tried->out, shown.json.bytes, shown.json.size);
      add(tried, "}");
    } else {
      calltap__build_plain(tried->out, spell_source(tried->rules, node));
      add(tried, "=");
      calltap__build_bytes(tried->out, shown.text.bytes, shown.text.size);
    }
    shown_value_free(&shown);
  }
}

/* --- what is done --- */

static void say_action(struct tried *tried, const struct calltap_clause *clause, const struct calltap_node *action,
                       bool at_exit) {
  say(tried, 4, at_exit ? "at the exit: " : "");
  spell_action(tried->out, tried->rules, action);
  if (spell_has_values(action))
    list_values(tried, clause, action->a, at_exit, ": ");
  list_values(tried, clause, action->b, at_exit, action->a != 0 ? " by " : ": by ");
  add(tried, "\n");
}

static void say_action_json(struct tried *tried, const struct calltap_clause *clause, const struct calltap_node *action,
                            bool at_exit) {
  struct calltap__builder spelled = {0};
  spell_action(&spelled, tried->rules, action);
  add_json(tried, "{\"action\":", spell_word(action->op));
  add(tried, ",\"text\":");
  calltap__build_json(tried->out, (struct calltap_text){spelled.bytes, spelled.size});
  add(tried, at_exit ? ",\"at\":\"exit\",\"values\":[" : ",\"at\":\"entry\",\"values\":[");
  if (spell_has_values(action))
    list_values(tried, clause, action->a, at_exit, "");
  add(tried, "],\"keys\":[");
  list_values(tried, clause, action->b, at_exit, "");
  add(tried, "]}");
  calltap__builder_free(&spelled);
}

/* Those of a list that are done at one of the two times. */
static void say_actions(struct tried *tried, const struct calltap_clause *clause, bool is_exit_list, bool at_exit,
                        unsigned *count) {
  uint16_t first = is_exit_list ? clause->exit_actions : clause->actions;
  for (uint16_t i = first; i != 0; i = tried->rules->node[i].next) {
    const struct calltap_node *action = &tried->rules->node[i];
    bool is_event = action->op == CALLTAP_ACTION_RETURN || action->op == CALLTAP_ACTION_NOARGS;
    if (is_event || calltap_rule_at_exit(clause, action, is_exit_list) != at_exit)
      continue;
    if (!tried->trial->json) {
      say_action(tried, clause, action, at_exit);
      continue;
    }
    add(tried, (*count)++ > 0 ? "," : "");
    say_action_json(tried, clause, action, at_exit);
  }
}

/* The guard of the return, if there is one, holds or is not known. */
static void say_event(const struct tried *tried, const struct calltap_clause *clause) {
  bool has_exit = (clause->does & CALLTAP_DOES(RETURN)) != 0;
  const char *bare = (clause->does & CALLTAP_DOES(NOARGS)) != 0 ? ", without its arguments" : "";
  if (!clause->makes_event)
    say(tried, 4, "no event is made\n");
  else if (clause->exit_guard != 0)
    say(tried, 4, "the call%s and its exit are recorded\n", bare);
  else
    say(tried, 4, "the call is recorded%s%s\n", bare, has_exit ? ", and its exit" : "");
}

static void say_done(struct tried *tried, const struct calltap_clause *clause) {
  struct judgement exit = {HOLDS, {0}};
  unsigned count = 0;
  say_actions(tried, clause, false, false, &count);
  if (clause->exit_guard != 0)
    exit = judge_exit(tried, clause);
  if (exit.outcome == HOLDS)
    say_event(tried, clause);
  else
    say(tried, 4, exit.outcome == NEEDS_EXIT ? "return when" : "nothing is recorded: return when");
  if (exit.outcome != HOLDS) {
    say_why(tried, &exit.error);
    return;
  }
  say_actions(tried, clause, false, true, &count);
  say_actions(tried, clause, true, true, &count);
}

static void say_done_json(struct tried *tried, const struct calltap_clause *clause) {
  struct judgement exit = {HOLDS, {0}};
  unsigned count = 0;
  if (clause->exit_guard != 0) {
    exit = judge_exit(tried, clause);
    add(tried, ",\"return_guard\":{");
    say_why_json(tried, &exit);
    add(tried, "}");
  }
  bool is_sure = exit.outcome == HOLDS && clause->makes_event;
  bool has_exit = (clause->does & CALLTAP_DOES(RETURN)) != 0;
  say(tried, 0, ",\"call_recorded\":%s,\"exit_recorded\":%s,\"actions\":[", is_sure ? "true" : "false",
      is_sure && has_exit ? "true" : "false");
  say_actions(tried, clause, false, false, &count);
  if (exit.outcome == HOLDS) {
    say_actions(tried, clause, false, true, &count);
    say_actions(tried, clause, true, true, &count);
  }
  add(tried, "]");
}

/* --- rules --- */

static void say_scope(const struct tried *tried, const struct calltap_rule *rule) {
  if (rule->under == 0)
    return;
  add(tried, ", if it is below a call of ");
  spell_pattern(tried->out, &tried->rules->under[rule->under - 1].pattern);
}

/* How many clauses before one that matches, or of all, do not. */
static unsigned count_others(const struct tried *tried, const struct calltap_rule *rule) {
  for (unsigned i = 0; i < rule->clauses; i++) {
    if (judge(tried, &tried->rules->clause[rule->clause + i]).outcome == HOLDS)
      return i;
  }
  return rule->clauses;
}

/* Returns the clause that matches, or null. */
static const struct calltap_clause *say_clauses(struct tried *tried, const struct calltap_rule *rule) {
  static const char *const words[] = {"", "does not match", "faults", "cannot be asked", ""};
  unsigned others = count_others(tried, rule);
  const struct calltap_clause *found = others < rule->clauses ? &tried->rules->clause[rule->clause + others] : NULL;
  if (found != NULL) {
    say(tried, 0, "clause %u matches", others + 1);
    say_scope(tried, rule);
  } else {
    add(tried, "no clause matches");
  }
  add(tried, "\n");
  if (found != NULL)
    say_done(tried, found);
  for (unsigned i = 0; i < others; i++) {
    struct judgement judgement = judge(tried, &tried->rules->clause[rule->clause + i]);
    say(tried, 4, "clause %u %s", i + 1, words[judgement.outcome]);
    say_why(tried, &judgement.error);
  }
  return found;
}

static const struct calltap_clause *say_clauses_json(struct tried *tried, const struct calltap_rule *rule) {
  struct judgement judgement = {REFUSED, {0}};
  unsigned i = 0;
  add(tried, ",\"clauses\":[");
  for (; i < rule->clauses && judgement.outcome != HOLDS; i++) {
    judgement = judge(tried, &tried->rules->clause[rule->clause + i]);
    add(tried, i > 0 ? ",{" : "{");
    say_why_json(tried, &judgement);
    add(tried, "}");
  }
  add(tried, "]");
  if (judgement.outcome != HOLDS)
    return NULL;
  say(tried, 0, ",\"clause\":%u", i);
  return &tried->rules->clause[rule->clause + i - 1];
}

static const char *why_not_asked(const struct tried *tried, const struct calltap_rule *rule,
                                 const struct object_function *function) {
  if (!calltap_rule_names(rule, function->module, function->name, function->arity))
    return "is about other functions";
  bool is_in = calltap_rule_is_in(rule, tried->trial->path) || calltap_rule_is_in(rule, function->file);
  return is_in ? NULL : "is about functions of other objects and sources";
}

static void try_rule(struct tried *tried, size_t number, const struct object_function *function) {
  const struct calltap_rule *rule = &tried->rules->rule[number];
  const char *why_not = why_not_asked(tried, rule, function);
  bool json = tried->trial->json;
  const struct calltap_clause *clause = NULL;
  if (json)
    say(tried, 0, "%s{\"rule\":%zu,\"asked\":%s", number > 0 ? "," : "", number + 1,
        why_not != NULL ? "false" : "true");
  else {
    say(tried, 2, "rule %zu, ", number + 1);
    spell_pattern(tried->out, rule);
    say(tried, 0, why_not != NULL ? " %s\n" : ": ", why_not);
  }
  if (why_not == NULL)
    clause = json ? say_clauses_json(tried, rule) : say_clauses(tried, rule);
  tried->trial->matched |= clause != NULL;
  if (clause != NULL && json)
    say_done_json(tried, clause);
  add(tried, json ? "}" : "");
}

/* Whether the call opens a scope that rules want to be below. */
static void try_scope(struct tried *tried, size_t number, const struct object_function *function) {
  const struct calltap_under *under = &tried->rules->under[number];
  if (why_not_asked(tried, &under->pattern, function) != NULL)
    return;
  struct judgement judgement = judge(tried, &under->clause);
  say(tried, 2, "scope ");
  spell_pattern(tried->out, &under->pattern);
  if (judgement.outcome == HOLDS && under->clause.exit_guard != 0)
    judgement = judge_exit(tried, &under->clause);
  if (judgement.outcome == HOLDS) {
    add(tried, ": what is below this call counts\n");
    return;
  }
  add(tried, ": this call does not count");
  say_why(tried, &judgement.error);
}

/* --- functions --- */

static void show(struct tried *tried, size_t index, const struct calltap_parameter *parameter,
                 struct shown_value *out) {
  if (tried->made->object[index] != NULL)
    shown_object(&tried->shown, parameter->type, tried->made->object[index], out);
}

static bool has_result(const struct tried *tried) { return tried->made->has_result; }

/* server:process(c=0x10000 {...}, len=3) = 5 after 3.0 ms */
static void say_call(struct tried *tried, const struct object_function *function) {
  calltap__build_plain(tried->out, calltap__text(function->module));
  add(tried, ":");
  calltap__build_plain(tried->out, calltap__text(function->name));
  for (size_t i = 0; i < tried->signature->parameters; i++) {
    struct shown_value shown = {0};
    show(tried, i, &tried->signature->parameter[i], &shown);
    add(tried, i == 0 ? "(" : ", ");
    calltap__build_plain(tried->out, calltap__text(tried->signature->parameter[i].name));
    add(tried, *tried->signature->parameter[i].name != '\0' ? "=" : "");
    calltap__build_bytes(tried->out, shown.text.bytes, shown.text.size);
    shown_value_free(&shown);
  }
  add(tried, tried->signature->parameters > 0 ? ")" : "()");
  if (has_result(tried)) {
    struct shown_value shown = {0};
    show(tried, CALL_RESULT, &tried->signature->result, &shown);
    add(tried, " = ");
    calltap__build_bytes(tried->out, shown.text.bytes, shown.text.size);
    shown_value_free(&shown);
  }
  if (tried->made->trial.at_exit) {
    struct shown_value time = {0};
    shown_time(tried->made->trial.elapsed_ns, &time);
    add(tried, " after ");
    calltap__build_bytes(tried->out, time.text.bytes, time.text.size);
    shown_value_free(&time);
  }
  add(tried, "\n");
}

static void say_call_json(struct tried *tried, const char *mfa) {
  add_json(tried, "{\"mfa\":", mfa);
  add(tried, ",\"args\":[");
  for (size_t i = 0; i < tried->signature->parameters; i++) {
    struct shown_value shown = {0};
    show(tried, i, &tried->signature->parameter[i], &shown);
    add_json(tried, i > 0 ? ",{\"name\":" : "{\"name\":", tried->signature->parameter[i].name);
    add(tried, ",\"value\":");
    calltap__build_bytes(tried->out, shown.json.bytes, shown.json.size);
    add(tried, "}");
    shown_value_free(&shown);
  }
  add(tried, "]");
  if (has_result(tried)) {
    struct shown_value shown = {0};
    show(tried, CALL_RESULT, &tried->signature->result, &shown);
    add(tried, ",\"result\":");
    calltap__build_bytes(tried->out, shown.json.bytes, shown.json.size);
    shown_value_free(&shown);
  }
  if (tried->made->trial.at_exit)
    say(tried, 0, ",\"elapsed_ns\":%" PRIu64, tried->made->trial.elapsed_ns);
  add(tried, ",\"rules\":[");
}

static void try_function(struct tried *tried, const struct object_function *function, const char *mfa) {
  if (tried->trial->json)
    say_call_json(tried, mfa);
  else
    say_call(tried, function);
  for (size_t i = 0; i < tried->rules->count; i++)
    try_rule(tried, i, function);
  for (size_t i = 0; i < tried->rules->unders && !tried->trial->json; i++)
    try_scope(tried, i, function);
  add(tried, tried->trial->json ? "]}\n" : "");
}

static bool add_report(struct trial *trial, const char *mfa, struct report **report) {
  struct report *grown = realloc(trial->report, (trial->reports + 1) * sizeof *grown);
  if (grown == NULL)
    return false;
  trial->report = grown;
  *report = &grown[trial->reports];
  **report = (struct report){.mfa = strdup(mfa)};
  if ((*report)->mfa == NULL)
    return false;
  trial->reports++;
  return true;
}

/* The values do not fit: that counts if they fit no function. */
static bool refuse(struct trial *trial, const struct calltap_rule_error *error, const char *mfa) {
  if (trial->refused_mfa != NULL)
    return true;
  trial->refused = *error;
  trial->refused_mfa = strdup(mfa);
  return trial->refused_mfa != NULL;
}

static bool try_all(struct trial *trial, const struct object_function *function, const char *mfa) {
  struct calltap_parameter parameters[CALLTAP_MAX_PARAMETERS];
  struct calltap_signature signature = question_signature(function, parameters);
  struct calltap_rule_error error = {0};
  struct made_call made = {0};
  struct report *report;
  bool good = call_make(&made, &signature, trial->values, &trial->call, &error);
  if (!good && !made.failed) {
    good = refuse(trial, &error, mfa);
    call_free(&made);
    return good;
  }
  /* Texts of the rules are values too, at their own addresses. */
  const char *text = trial->question->rules->text;
  call_add_memory(&made, (uintptr_t)text, text, strlen(text) + 1);
  struct tried tried = {trial, trial->question->rules, &signature, &made, {0}, NULL};
  good = good && !made.failed && shown_start(&tried.shown, &made, &signature.scope) && add_report(trial, mfa, &report);
  if (good) {
    tried.out = &report->text;
    try_function(&tried, function, mfa);
    good = !report->text.failed && !tried.shown.failed;
  }
  shown_free(&tried.shown);
  call_free(&made);
  return good;
}

static bool receive(void *context, const struct object_function *function) {
  struct trial *trial = context;
  const struct calltap_rule *pattern = &trial->call.function;
  char *mfa = object_mfa(function);
  bool good = mfa != NULL;
  if (good && !calltap_rule_names(pattern, function->module, function->name, function->arity)) {
    nearest_offer(&trial->nearest, mfa, function->name);
  } else if (good && function->inlined) {
    trial->inlined++;
  } else if (good) {
    trial->named++;
    good = try_all(trial, function, mfa);
  }
  free(mfa);
  trial->failed |= !good;
  return good;
}

static void begin_object(void *context, const char *path) { ((struct trial *)context)->path = path; }

static void count_object(void *context, const char *name) {
  ((struct trial *)context)->objects++;
  (void)name;
}

/* --- all --- */

static int by_mfa(const void *left, const void *right) {
  return strcmp(((const struct report *)left)->mfa, ((const struct report *)right)->mfa);
}

static void say_nothing(const struct trial *trial, const char *target) {
  struct calltap_text typed = spell_typed(&trial->call.function);
  int size = (int)typed.size;
  char before[160], hint[512];
  if (trial->refused_mfa != NULL) {
    snprintf(before, sizeof before, "--call: of %.100s", trial->refused_mfa);
    message_rule(before, trial->text, &trial->refused);
  } else if (trial->objects == 0) {
    message("%s: not built with the calltap plugin: compile it with -fplugin=calltap.so", target);
  } else if (trial->inlined > 0) {
    message("--call: %s: every call of '%.*s' was inlined, and it has no hook", target, size, typed.bytes);
  } else {
    nearest_say(&trial->nearest, hint, sizeof hint);
    message("--call: %s: no function matches '%.*s'%s", target, size, typed.bytes, hint);
  }
}

static enum status finish(struct trial *trial, enum status status, const char *target) {
  if (trial->failed && status == STATUS_DONE) {
    message("this needs more memory than there is");
    return STATUS_FAULT;
  }
  if (status != STATUS_DONE)
    return status;
  if (trial->reports == 0) {
    say_nothing(trial, target);
    return STATUS_QUESTION;
  }
  qsort(trial->report, trial->reports, sizeof *trial->report, by_mfa);
  for (size_t i = 0; i < trial->reports; i++)
    fwrite(trial->report[i].text.bytes, 1, trial->report[i].text.size, stdout);
  return trial->matched ? STATUS_DONE : STATUS_NOTHING;
}

static void free_trial(struct trial *trial) {
  for (size_t i = 0; i < trial->reports; i++) {
    free(trial->report[i].mfa);
    calltap__builder_free(&trial->report[i].text);
  }
  free(trial->report);
  free(trial->refused_mfa);
  free(trial->values);
}

enum status trial_run(const struct question *question, const char *target, const char *call, bool json) {
  struct trial trial = {.question = question, .text = call, .json = json, .values = malloc(sizeof *trial.values)};
  struct calltap_rule_error error = {0};
  enum status status = STATUS_QUESTION;
  if (trial.values == NULL) {
    trial.failed = true;
    status = finish(&trial, STATUS_DONE, target);
  } else if (!calltap_call_parse(call, trial.values, &trial.call, &error)) {
    message_rule("--call", call, &error);
  } else {
    struct calltap_span name = trial.call.function.name;
    nearest_start(&trial.nearest, name.start, (size_t)(name.end - name.start));
    struct target tables = {.receive = receive, .begin = begin_object, .object = count_object, .context = &trial};
    status = finish(&trial, target_read(&tables, target), target);
  }
  free_trial(&trial);
  return status;
}
