/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "question.h"

#include <errno.h>
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

/* --- rules in files --- */

static void *keep(void *context, size_t bytes) {
  struct question *question = context;
  void **grown = realloc(question->block, (question->blocks + 1) * sizeof *grown);
  if (grown == NULL)
    return NULL;
  question->block = grown;
  void *memory = malloc(bytes);
  if (memory != NULL)
    grown[question->blocks++] = memory;
  return memory;
}

/* Why not, or NULL. Pipes are as good as files here. */
static const char *read_contents(const char *name, char *contents, size_t *size) {
  FILE *file = fopen(name, "re");
  if (file == NULL)
    return strerror(errno);
  *size = fread(contents, 1, CALLTAP_RULE_FILE_BYTES + 1, file);
  const char *why = ferror(file) ? strerror(errno) : *size > CALLTAP_RULE_FILE_BYTES ? "it is larger than 64 kB" : NULL;
  fclose(file);
  contents[why == NULL ? *size : 0] = '\0';
  return why;
}

/* Each once: the words are read alone and together. */
static const char *read_file(void *context, const char *name, size_t *size, const char **why) {
  struct question *question = context;
  for (size_t i = 0; i < question->files; i++) {
    *size = question->file[i].size;
    if (strcmp(question->file[i].name, name) == 0)
      return question->file[i].contents;
  }
  struct question_file *grown = realloc(question->file, (question->files + 1) * sizeof *grown);
  if (grown == NULL)
    return NULL;
  question->file = grown;
  struct question_file file = {strdup(name), malloc(CALLTAP_RULE_FILE_BYTES + 2), 0};
  *why = file.name == NULL || file.contents == NULL ? "there is no memory"
                                                    : read_contents(name, file.contents, &file.size);
  if (*why != NULL) {
    free(file.name);
    free(file.contents);
    return NULL;
  }
  grown[question->files++] = file;
  *size = file.size;
  return file.contents;
}

/* --- the command line --- */

static bool parse(struct question *question, const char *given) {
  const struct calltap_rule_files files = {read_file, keep, question};
  struct calltap_rule_error error = {0};
  struct calltap_rule_place place;
  if (question->rules == NULL)
    question->rules = malloc(sizeof *question->rules);
  if (question->rules == NULL)
    return no_memory();
  if (calltap_rules_read(given, &files, question->rules, &question->text, &error))
    return true;
  calltap_rule_text_place(&question->text, &error, &place);
  message_rule_at(NULL, &place, &error);
  return false;
}

/* Each word alone too: a bracket that is not closed is an error of its own word, not of the next. */
bool question_add(struct question *question, const char *word) {
  if (!parse(question, word))
    return false;
  if (question->words.size > 0)
    calltap__build(&question->words, "\n");
  calltap__build(&question->words, word);
  return true;
}

bool question_end(struct question *question) {
  calltap__build_bytes(&question->words, "", 1);
  if (question->words.failed)
    return no_memory();
  return parse(question, question->words.bytes);
}

void question_place(const struct question *question, const struct calltap_rule_error *error,
                    struct calltap_rule_place *place) {
  calltap_rule_text_place(&question->text, error, place);
}

static struct calltap_text name_of(const struct calltap_rule_place *place) {
  return (struct calltap_text){place->file.start, (size_t)(place->file.end - place->file.start)};
}

void question_build_place(struct calltap__builder *builder, const struct calltap_rule_place *place) {
  bool in_file = place->file.start != NULL;
  if (in_file)
    calltap__build_plain(builder, name_of(place));
  if (place->line > 0 && (place->lines > 1 || in_file)) {
    calltap__build(builder, in_file ? ", line " : "line ");
    calltap__build_number(builder, place->line);
    calltap__build(builder, ", ");
  }
  if (place->column > 0) {
    calltap__build(builder, "column ");
    calltap__build_number(builder, place->column);
  }
}

void question_build_json_place(struct calltap__builder *builder, const struct calltap_rule_place *place) {
  if (place->file.start != NULL) {
    calltap__build(builder, ",\"file\":");
    calltap__build_json(builder, name_of(place));
  }
  calltap__build(builder, ",\"line\":");
  calltap__build_number(builder, place->line);
  calltap__build(builder, ",\"column\":");
  calltap__build_number(builder, place->column);
}

void question_free(struct question *question) {
  for (size_t i = 0; i < question->files; i++) {
    free(question->file[i].name);
    free(question->file[i].contents);
  }
  for (size_t i = 0; i < question->blocks; i++)
    free(question->block[i]);
  free(question->file);
  free(question->block);
  calltap__builder_free(&question->words);
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
    struct calltap_rule_place place;
    question_place(answers->question, &answer->refusal[0].error, &place);
    message_rule_at(before, &place, &answer->refusal[0].error);
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
