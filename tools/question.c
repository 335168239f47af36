/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "program.h"
#include "target.h"

static bool no_memory(void) {
  message("this needs more memory than there is");
  return false;
}

/* --- the command line --- */

static bool parse(struct question *question, const char *text) {
  struct calltap_rule_error error = {0};
  if (question->rules == NULL)
    question->rules = malloc(sizeof *question->rules);
  if (question->rules == NULL)
    return no_memory();
  if (calltap_rules_parse(text, question->rules, &error))
    return true;
  message_rule(NULL, text, &error);
  return false;
}

/* Each word alone too: a bracket that is not closed is an error of its own word, not of the next. */
bool question_add(struct question *question, const char *word) {
  if (!parse(question, word))
    return false;
  if (question->text.size > 0)
    calltap__build(&question->text, "\n");
  calltap__build(&question->text, word);
  return true;
}

bool question_end(struct question *question) {
  calltap__build_bytes(&question->text, "", 1);
  if (question->text.failed)
    return no_memory();
  return parse(question, question->text.bytes);
}

void question_place(const struct question *question, const struct calltap_rule_error *error,
                    struct calltap_rule_place *place) {
  calltap_rule_place(question->text.bytes, error, place);
}

void question_free(struct question *question) {
  calltap__builder_free(&question->text);
  free(question->rules);
}

/* --- names --- */

static bool add_name(struct names *names, const char *name) {
  char **grown = realloc(names->name, (names->count + 1) * sizeof *grown);
  if (grown == NULL)
    return false;
  names->name = grown;
  grown[names->count] = strdup(name);
  return grown[names->count++] != NULL;
}

static void free_names(struct names *names) {
  for (size_t i = 0; i < names->count; i++)
    free(names->name[i]);
  free(names->name);
}

static int by_name(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static void sort(struct names *names) {
  if (names->count > 0)
    qsort(names->name, names->count, sizeof *names->name, by_name);
}

/* `from` is sorted. */
static void remove_names(struct names *names, const struct names *from) {
  size_t kept = 0;
  for (size_t i = 0; i < names->count; i++) {
    char *name = names->name[i];
    bool twice = kept > 0 && strcmp(names->name[kept - 1], name) == 0;
    if (twice || (from->count > 0 && bsearch(&name, from->name, from->count, sizeof name, by_name) != NULL)) {
      free(name);
    } else {
      names->name[kept++] = name;
    }
  }
  names->count = kept;
}

/* --- asking one function --- */

static bool refuse(struct answer *answer, const struct calltap_rule_error *error, const char *mfa) {
  for (size_t i = 0; i < answer->refusals; i++) {
    struct refusal *known = &answer->refusal[i];
    if (known->error.column == error->column && strcmp(known->error.message, error->message) == 0)
      return add_name(&known->functions, mfa);
  }
  struct refusal *grown = realloc(answer->refusal, (answer->refusals + 1) * sizeof *grown);
  if (grown == NULL)
    return false;
  answer->refusal = grown;
  grown[answer->refusals] = (struct refusal){.error = *error};
  return add_name(&grown[answer->refusals++].functions, mfa);
}

/* Compiles a clause as the runtime does. False: it cannot be asked. */
static bool compile(struct answers *answers, const struct calltap_clause *clause,
                    const struct calltap_signature *signature, struct calltap__builder *programs,
                    struct calltap_rule_error *error) {
  const struct calltap_rules *rules = answers->question->rules;
  struct calltap_program program;
  if (!calltap_rule_check(rules, clause, signature, &program, error) ||
      !calltap_rule_compile(rules, clause, signature, &program, error))
    return false;
  calltap_program_join(&program);
  program_build(programs, "at the entry", &program);
  if (clause->exit_guard == 0)
    return true;
  if (!calltap_rule_compile_exit(rules, clause, signature, &program, error))
    return false;
  calltap_program_join(&program);
  program_build(programs, "at the exit", &program);
  return true;
}

static void add_programs(struct answer *answer, const char *mfa, unsigned clause,
                         const struct calltap__builder *programs) {
  char number[32];
  snprintf(number, sizeof number, ", clause %u\n", clause);
  calltap__build(&answer->programs, "  ");
  calltap__build_plain(&answer->programs, calltap__text(mfa));
  calltap__build(&answer->programs, number);
  calltap__build_bytes(&answer->programs, programs->bytes, programs->size);
}

/* The clauses that can be asked of a function are. */
static bool ask_rule(struct answers *answers, size_t number, const struct calltap_signature *signature,
                     const char *mfa) {
  const struct calltap_rules *rules = answers->question->rules;
  const struct calltap_rule *rule = &rules->rule[number];
  struct answer *answer = &answers->answer[number];
  bool shows = answer->asked.count < answers->programs, good = true;
  unsigned asked = 0;
  for (unsigned i = 0; i < rule->clauses && good; i++) {
    struct calltap__builder programs = {0};
    struct calltap_rule_error error = {0};
    if (compile(answers, &rules->clause[rule->clause + i], signature, &programs, &error)) {
      asked++;
      if (shows)
        add_programs(answer, mfa, i + 1, &programs);
    } else {
      good = refuse(answer, &error, mfa);
    }
    good = good && !programs.failed;
    calltap__builder_free(&programs);
  }
  return good && add_name(asked > 0 ? &answer->asked : &answer->refused, mfa) && !answer->programs.failed;
}

static struct calltap_parameter parameter_of(const struct object_value *value) {
  return (struct calltap_parameter){value->name, value->type, {value->place[0], value->place[1]}, value->slot};
}

struct calltap_signature question_signature(const struct object_function *function,
                                            struct calltap_parameter *parameters) {
  for (uint32_t i = 0; i < function->parameters; i++)
    parameters[i] = parameter_of(&function->parameter[i]);
  return (struct calltap_signature){.parameter = parameters,
                                    .parameters = function->parameters,
                                    .result = parameter_of(&function->result),
                                    .has_this = (function->flags & CALLTAP_FUNCTION_METHOD) != 0,
                                    .scope = function->scope};
}

static bool receive(void *context, const struct object_function *function) {
  struct answers *answers = context;
  struct calltap_parameter parameters[CALLTAP_MAX_PARAMETERS];
  struct calltap_signature signature = question_signature(function, parameters);
  char *mfa = object_mfa(function);
  bool good = mfa != NULL;
  for (size_t i = 0; i < answers->question->rules->count && good; i++) {
    const struct calltap_rule *rule = &answers->question->rules->rule[i];
    struct answer *answer = &answers->answer[i];
    bool is_in = calltap_rule_is_in(rule, answers->path) || calltap_rule_is_in(rule, function->file);
    if (!calltap_rule_names(rule, function->module, function->name, function->arity) || !is_in) {
      nearest_offer(&answer->nearest, mfa, function->name);
    } else if (function->inlined) {
      good = add_name(&answer->inlined, mfa);
    } else {
      good = ask_rule(answers, i, &signature, mfa);
    }
  }
  free(mfa);
  answers->failed |= !good;
  return good;
}

static void begin_object(void *context, const char *path) {
  struct answers *answers = context;
  answers->path = path;
}

static void count_object(void *context, const char *name) {
  struct answers *answers = context;
  answers->objects++;
  (void)name;
}

/* --- asking all --- */

static void finish(struct answer *answer) {
  sort(&answer->asked);
  sort(&answer->refused);
  sort(&answer->inlined);
  for (size_t i = 0; i < answer->refusals; i++)
    sort(&answer->refusal[i].functions);
  remove_names(&answer->inlined, &answer->asked);
  remove_names(&answer->inlined, &answer->refused);
}

enum status answers_gather(struct answers *answers, const char *target) {
  const struct question *question = answers->question;
  answers->answer = calloc(question->rules->count, sizeof *answers->answer);
  if (answers->answer == NULL) {
    no_memory();
    return STATUS_FAULT;
  }
  for (size_t i = 0; i < question->rules->count; i++) {
    struct calltap_span name = question->rules->rule[i].name;
    nearest_start(&answers->answer[i].nearest, name.start, (size_t)(name.end - name.start));
  }
  struct target tables = {
      .receive = receive, .begin = begin_object, .object = count_object, .context = answers, .quiet = answers->quiet};
  enum status status = target_read(&tables, target);
  for (size_t i = 0; i < question->rules->count; i++)
    finish(&answers->answer[i]);
  if (answers->failed && status == STATUS_DONE) {
    no_memory();
    return STATUS_FAULT;
  }
  return status;
}

static size_t pattern_size(const struct calltap_rule *rule) { return (size_t)(rule->name.end - rule->name.start); }

void answers_say_nothing(const struct answers *answers, size_t rule, const char *target) {
  const struct answer *answer = &answers->answer[rule];
  const struct calltap_rule *asked = &answers->question->rules->rule[rule];
  int size = (int)pattern_size(asked);
  if (answer->refusals > 0) {
    char before[160];
    snprintf(before, sizeof before, "of %.100s", answer->refused.name[0]);
    message_rule(before, answers->question->text.bytes, &answer->refusal[0].error);
    return;
  }
  if (answers->objects == 0) {
    message("%s: not built with the calltap plugin: compile it with -fplugin=calltap.so", target);
  } else if (answer->inlined.count > 0) {
    message("%s: every call of '%.*s' was inlined, and it has no hook, as %s; build with -fplugin-arg-calltap-inlined",
            target, size, asked->name.start, answer->inlined.name[0]);
  } else {
    char hint[512];
    nearest_say(&answer->nearest, hint, sizeof hint);
    message("%s: no function matches '%.*s'%s", target, size, asked->name.start, hint);
  }
}

void answers_free(struct answers *answers) {
  for (size_t i = 0; answers->answer != NULL && i < answers->question->rules->count; i++) {
    struct answer *answer = &answers->answer[i];
    free_names(&answer->asked);
    free_names(&answer->refused);
    free_names(&answer->inlined);
    for (size_t k = 0; k < answer->refusals; k++)
      free_names(&answer->refusal[k].functions);
    free(answer->refusal);
    calltap__builder_free(&answer->programs);
  }
  free(answers->answer);
}
