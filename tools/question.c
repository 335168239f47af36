/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "program.h"
#include "spell.h"
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

/* What is left of `f -> return` without quotes: the shell took the rest for the name of a file to write to. */
static bool is_cut(const char *word) {
  if (strcmp(word, "-") != 0)
    return false;
  message("'-' is no rule: the shell took the '>' of an arrow for itself, and may have made a file named after the "
          "word behind "
          "it; quote the whole rule, as in 'f -> return'");
  return true;
}

/* Each word alone too: a bracket that is not closed is an error of its own word, not of the next. */
bool question_add(struct question *question, const char *word) {
  if (is_cut(word))
    return false;
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

/* One clause of one function. */
struct asking {
  const struct calltap_rules *rules;
  const struct calltap_clause *clause;
  const struct calltap_signature *signature;
  struct calltap__builder *programs; /* text of what it becomes */
};

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

static void add_program(struct calltap__builder *programs, const char *when, struct calltap_program *program) {
  calltap_program_join(program);
  program_build(programs, when, program);
}

/* "c->fd of message, at the exit", and its program. */
static bool compile_value(const struct asking *asking, const struct calltap_node *action, uint16_t node, bool at_exit) {
  struct calltap_program program;
  struct calltap_given given;
  struct calltap_rule_error ignored;
  struct calltap__builder when = {0};
  if (!calltap_rule_compile_value(asking->rules, asking->clause, asking->signature, node, at_exit, &program, &given,
                                  &ignored))
    return false;
  if (given.kind == CALLTAP_GIVEN_STACK)
    return true;
  calltap__build_plain(&when, spell_source(asking->rules, &asking->rules->node[node]));
  calltap__build(&when, " of ");
  calltap__build(&when, spell_word(action->op));
  calltap__build(&when, at_exit ? ", at the exit" : ", at the entry");
  calltap__build_bytes(&when, "", 1);
  asking->programs->failed |= when.failed;
  if (!when.failed)
    add_program(asking->programs, when.bytes, &program);
  calltap__builder_free(&when);
  return true;
}

/* What the actions of a list look at. */
static bool compile_values(const struct asking *asking, bool is_exit_list) {
  uint16_t first = is_exit_list ? asking->clause->exit_actions : asking->clause->actions;
  for (uint16_t i = first; i != 0; i = asking->rules->node[i].next) {
    const struct calltap_node *action = &asking->rules->node[i];
    bool at_exit = calltap_rule_at_exit(asking->clause, action, is_exit_list);
    for (uint16_t k = spell_has_values(action) ? action->a : 0; k != 0; k = asking->rules->node[k].next) {
      if (!compile_value(asking, action, k, at_exit))
        return false;
    }
    for (uint16_t k = action->b; k != 0; k = asking->rules->node[k].next) {
      if (!compile_value(asking, action, k, at_exit))
        return false;
    }
  }
  return true;
}

/* Compiles a clause as the runtime does. False: it cannot be asked. */
static bool compile(const struct asking *asking, struct calltap_rule_error *error) {
  struct calltap_program program;
  if (!calltap_rule_check(asking->rules, asking->clause, asking->signature, &program, error) ||
      !calltap_rule_compile(asking->rules, asking->clause, asking->signature, &program, error))
    return false;
  add_program(asking->programs, "at the entry", &program);
  if (asking->clause->exit_guard != 0) {
    if (!calltap_rule_compile_exit(asking->rules, asking->clause, asking->signature, &program, error))
      return false;
    add_program(asking->programs, "at the exit", &program);
  }
  return compile_values(asking, false) && compile_values(asking, true);
}

/* "m:f/2, clause 1"; number 0: a scope. */
static void add_programs(struct answer *answer, const char *mfa, unsigned clause,
                         const struct calltap__builder *programs) {
  char number[32];
  snprintf(number, sizeof number, ", clause %u\n", clause);
  calltap__build(&answer->programs, "  ");
  calltap__build_plain(&answer->programs, calltap__text(mfa));
  calltap__build(&answer->programs, clause == 0 ? "\n" : number);
  calltap__build_bytes(&answer->programs, programs->bytes, programs->size);
}

static size_t count_all(const struct answers *answers) {
  return answers->question->rules->count + answers->question->rules->unders;
}

/* Of a rule, or of a scope. */
static const struct calltap_rule *pattern_of(const struct answers *answers, size_t number) {
  const struct calltap_rules *rules = answers->question->rules;
  return number < rules->count ? &rules->rule[number] : &rules->under[number - rules->count].pattern;
}

/* The clauses that can be asked of a function are. */
static bool ask(struct answers *answers, size_t number, const struct calltap_signature *signature, const char *mfa) {
  const struct calltap_rules *rules = answers->question->rules;
  struct answer *answer = &answers->answer[number];
  bool is_scope = number >= rules->count, shows = answer->asked.count < answers->programs, good = true;
  unsigned asked = 0, clauses = is_scope ? 1 : rules->rule[number].clauses;
  for (unsigned i = 0; i < clauses && good; i++) {
    struct calltap__builder programs = {0};
    struct calltap_rule_error error = {0};
    const struct asking asking = {
        rules, is_scope ? &rules->under[number - rules->count].clause : &rules->clause[rules->rule[number].clause + i],
        signature, &programs};
    if (compile(&asking, &error)) {
      asked++;
      if (shows)
        add_programs(answer, mfa, is_scope ? 0 : i + 1, &programs);
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
  for (size_t i = 0; i < count_all(answers) && good; i++) {
    const struct calltap_rule *rule = pattern_of(answers, i);
    struct answer *answer = &answers->answer[i];
    bool is_in = calltap_rule_is_in(rule, answers->path) || calltap_rule_is_in(rule, function->file);
    answer->is_in |= is_in;
    if (!calltap_rule_names(rule, function->module, function->name, function->arity) || !is_in) {
      nearest_offer(&answer->nearest, mfa, function->name);
    } else if (function->inlined) {
      good = add_name(&answer->inlined, mfa);
    } else {
      good = ask(answers, i, &signature, mfa);
    }
  }
  free(mfa);
  answers->failed |= !good;
  return good;
}

static void begin_object(void *context, const char *path) {
  struct answers *answers = context;
  answers->path = path;
  for (size_t i = 0; i < count_all(answers); i++)
    answers->answer[i].is_in |= calltap_rule_is_in(pattern_of(answers, i), path);
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
  answers->answer = calloc(count_all(answers), sizeof *answers->answer);
  if (answers->answer == NULL) {
    no_memory();
    return STATUS_FAULT;
  }
  for (size_t i = 0; i < count_all(answers); i++) {
    struct calltap_span name = pattern_of(answers, i)->name;
    nearest_start(&answers->answer[i].nearest, name.start, (size_t)(name.end - name.start));
  }
  struct target tables = {
      .receive = receive, .begin = begin_object, .object = count_object, .context = answers, .quiet = answers->quiet};
  enum status status = target_read(&tables, target);
  for (size_t i = 0; i < count_all(answers); i++)
    finish(&answers->answer[i]);
  if (answers->failed && status == STATUS_DONE) {
    no_memory();
    return STATUS_FAULT;
  }
  return status;
}

static size_t scope_number(const struct answers *answers, size_t rule) {
  const struct calltap_rules *rules = answers->question->rules;
  return rules->count + rules->rule[rule].under - 1u;
}

const struct answer *answers_scope(const struct answers *answers, size_t rule) {
  bool has_scope = answers->question->rules->rule[rule].under != 0;
  return has_scope ? &answers->answer[scope_number(answers, rule)] : NULL;
}

bool answers_has_any(const struct answers *answers, size_t rule) {
  const struct answer *scope = answers_scope(answers, rule);
  return answers->answer[rule].asked.count > 0 && (scope == NULL || scope->asked.count > 0);
}

static void say_refusal(const struct answers *answers, const struct answer *answer) {
  struct calltap_rule_place place;
  char before[160];
  snprintf(before, sizeof before, "of %.100s", answer->refused.name[0]);
  question_place(answers->question, &answer->refusal[0].error, &place);
  message_rule_at(before, &place, &answer->refusal[0].error);
}

void answers_say_nothing(const struct answers *answers, size_t rule, const char *target) {
  bool is_scope = answers->answer[rule].asked.count > 0;
  size_t number = is_scope ? scope_number(answers, rule) : rule;
  const struct answer *answer = &answers->answer[number];
  const struct calltap_rule *asked = pattern_of(answers, number);
  const char *which = is_scope ? "under: " : "";
  struct calltap_text typed = spell_typed(asked);
  int size = (int)typed.size;
  if (answer->refusals > 0) {
    say_refusal(answers, answer);
  } else if (answers->objects == 0) {
    message("%s: not built with the calltap plugin: compile it with -fplugin=calltap.so", target);
  } else if (!answer->is_in) {
    message("%s: no object or source is named '%.*s'", target, (int)(asked->in.end - asked->in.start), asked->in.start);
  } else if (answer->inlined.count > 0) {
    message("%s: %severy call of '%.*s' was inlined, and it has no hook, as %s; build with "
            "-fplugin-arg-calltap-inlined",
            target, which, size, typed.bytes, answer->inlined.name[0]);
  } else {
    char hint[512];
    nearest_say(&answer->nearest, hint, sizeof hint);
    message("%s: %sno function matches '%.*s'%s%.*s%s", target, which, size, typed.bytes,
            asked->in.start != NULL ? " in '" : "", (int)(asked->in.end - asked->in.start),
            asked->in.start != NULL ? asked->in.start : "", asked->in.start != NULL ? "'" : hint);
  }
}

void answers_free(struct answers *answers) {
  for (size_t i = 0; answers->answer != NULL && i < count_all(answers); i++) {
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
