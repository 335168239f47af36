/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap check: whether rules are right, and what they ask. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lib/text.h"
#include "message.h"
#include "question.h"
#include "spell.h"
#include "trial.h"

enum { OPTION_IN, OPTION_CALL, OPTION_ALL, OPTION_COMPILED, OPTION_JSON };

static const struct option table[] = {
    [OPTION_IN] = {0, "in", "FILE|PID", "check against the functions of a program, a library or a process"},
    [OPTION_CALL] = {0, "call", "CALL", "try the rules on a call, as in 'f(1, \"x\") = 0 after 3ms'; needs --in"},
    [OPTION_ALL] = {0, "all", NULL, "show all functions, not the first ten"},
    [OPTION_COMPILED] = {0, "compiled", NULL, "show the programs that clauses, values and scopes become; needs --in"},
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a rule, as docs/json.md describes"},
    {0},
};

enum { SHOWN = 10 };

struct check {
  const char *target; /* NULL: the rules alone */
  const char *call;   /* NULL: none is tried */
  bool all;
  bool compiled;
  bool json;
  struct question question;
  struct answers answers;
};

/* --- the command line --- */

static bool read_command_line(struct check *check, struct options *options) {
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG || (found == OPTIONS_WORD && !question_add(&check->question, options->value)))
      return false;
    if (found == OPTION_IN)
      check->target = options->value;
    if (found == OPTION_CALL)
      check->call = options->value;
    check->all |= found == OPTION_ALL;
    check->compiled |= found == OPTION_COMPILED;
    check->json |= found == OPTION_JSON;
  }
  if (check->question.words.size == 0) {
    message("give a rule, as in: calltap check 'process(c, n) when n > 4096 -> return'");
    return false;
  }
  if (check->call != NULL && check->target == NULL) {
    message("--call needs --in: what values mean depends on the types of the function");
    return false;
  }
  if (check->compiled && check->target == NULL) {
    message("--compiled needs --in: what a rule becomes depends on the types of the function");
    return false;
  }
  return question_end(&check->question);
}

/* --- text --- */

static const char *plural(size_t count) { return count == 1 ? "" : "s"; }

/* Functions of one name, as overloads are, stand together. */
static void print_names(const struct check *check, const struct names *names) {
  size_t shown = 0, i = 0;
  while (i < names->count && (check->all || shown < SHOWN)) {
    size_t same = 1;
    while (i + same < names->count && strcmp(names->name[i], names->name[i + same]) == 0)
      same++;
    struct calltap__builder line = {0};
    calltap__build_plain(&line, calltap__text(names->name[i]));
    printf("  %.*s", (int)line.size, line.bytes);
    if (same > 1)
      printf("  (%zu functions)", same);
    putchar('\n');
    calltap__builder_free(&line);
    i += same;
    shown++;
  }
  if (i < names->count)
    printf("  and %zu more; --all shows them\n", names->count - i);
}

static void print_answer(const struct check *check, const struct answer *answer) {
  printf("%zu function%s\n", answer->asked.count, plural(answer->asked.count));
  print_names(check, &answer->asked);
  for (size_t i = 0; i < answer->refusals; i++) {
    const struct refusal *refusal = &answer->refusal[i];
    struct calltap_rule_place place;
    question_place(&check->question, &refusal->error, &place);
    struct calltap__builder where = {0};
    question_build_place(&where, &place);
    printf("%zu not, %.*s: %s\n%s", refusal->functions.count, (int)where.size, where.bytes, refusal->error.message,
           place.shown);
    calltap__builder_free(&where);
    print_names(check, &refusal->functions);
  }
  if (answer->inlined.count > 0) {
    printf("%zu inlined away\n", answer->inlined.count);
    print_names(check, &answer->inlined);
  }
  if (answer->programs.size > 0) {
    puts("programs");
    fwrite(answer->programs.bytes, 1, answer->programs.size, stdout);
  }
}

static void print_text(const struct check *check, size_t number) {
  const struct calltap_rules *rules = check->question.rules;
  struct calltap__builder line = {0};
  spell_rule(&line, rules, &rules->rule[number]);
  if (number > 0 && check->target != NULL)
    putchar('\n');
  printf("%.*s\n", (int)line.size, line.bytes);
  calltap__builder_free(&line);
  if (check->target == NULL)
    return;
  print_answer(check, &check->answers.answer[number]);
  const struct answer *scope = answers_scope(&check->answers, number);
  if (scope != NULL) {
    printf("under: ");
    print_answer(check, scope);
  }
}

/* --- JSON --- */

static void json_text(struct calltap__builder *builder, const char *key, const char *text) {
  calltap__build(builder, key);
  calltap__build_json(builder, calltap__text(text));
}

static void json_span(struct calltap__builder *builder, const char *key, struct calltap_span span) {
  calltap__build(builder, key);
  calltap__build_json(builder, (struct calltap_text){span.start, (size_t)(span.end - span.start)});
}

static void json_names(struct calltap__builder *builder, const char *key, const struct names *names) {
  calltap__build(builder, key);
  calltap__build(builder, "[");
  for (size_t i = 0; i < names->count; i++)
    json_text(builder, i > 0 ? "," : "", names->name[i]);
  calltap__build(builder, "]");
}

static void json_clause(struct calltap__builder *builder, const struct calltap_clause *clause) {
  calltap__build(builder, clause->has_head ? "{\"head\":true" : "{\"head\":false");
  calltap__build(builder, clause->guard != 0 ? ",\"guard\":true,\"actions\":[" : ",\"guard\":false,\"actions\":[");
  for (size_t i = 0, n = 0; i < CALLTAP_ACTION_KINDS; i++) {
    if ((clause->does >> i & 1) != 0)
      json_text(builder, n++ > 0 ? "," : "", spell_word((uint8_t)i));
  }
  calltap__build(builder, clause->exit_guard != 0 ? "],\"return_guard\":true}" : "],\"return_guard\":false}");
}

static void json_refusals(struct calltap__builder *builder, const struct check *check, const struct answer *answer) {
  calltap__build(builder, ",\"refused\":[");
  for (size_t i = 0; i < answer->refusals; i++) {
    struct calltap_rule_place place;
    question_place(&check->question, &answer->refusal[i].error, &place);
    json_text(builder, i > 0 ? ",{\"reason\":" : "{\"reason\":", answer->refusal[i].error.message);
    question_build_json_place(builder, &place);
    json_names(builder, ",\"functions\":", &answer->refusal[i].functions);
    calltap__build(builder, "}");
  }
  calltap__build(builder, "]");
}

static void json_answer(struct calltap__builder *builder, const struct check *check, const struct answer *answer) {
  json_names(builder, ",\"functions\":", &answer->asked);
  json_refusals(builder, check, answer);
  json_names(builder, ",\"inlined\":", &answer->inlined);
  if (!check->compiled)
    return;
  calltap__build(builder, ",\"programs\":");
  calltap__build_json(builder, (struct calltap_text){answer->programs.bytes, answer->programs.size});
}

static void print_json(const struct check *check, size_t number) {
  const struct calltap_rules *rules = check->question.rules;
  const struct calltap_rule *rule = &rules->rule[number];
  struct calltap__builder line = {0};
  json_span(&line, "{\"module\":", rule->module);
  json_span(&line, ",\"function\":", rule->name);
  if (rule->arity >= 0) {
    calltap__build(&line, ",\"arity\":");
    calltap__build_number(&line, (uint64_t)rule->arity);
  }
  calltap__build(&line, ",\"clauses\":[");
  for (unsigned i = 0; i < rule->clauses; i++) {
    calltap__build(&line, i > 0 ? "," : "");
    json_clause(&line, &rules->clause[rule->clause + i]);
  }
  calltap__build(&line, "]");
  if (rule->in.start != NULL)
    json_span(&line, ",\"in\":", rule->in);
  if (check->target != NULL)
    json_answer(&line, check, &check->answers.answer[number]);
  if (rule->under != 0) {
    const struct calltap_rule *scope = &rules->under[rule->under - 1].pattern;
    json_span(&line, ",\"under\":{\"module\":", scope->module);
    json_span(&line, ",\"function\":", scope->name);
    if (check->target != NULL)
      json_answer(&line, check, answers_scope(&check->answers, number));
    calltap__build(&line, "}");
  }
  calltap__build(&line, "}\n");
  fwrite(line.bytes, 1, line.size, stdout);
  calltap__builder_free(&line);
}

/* --- the command --- */

static enum status print(const struct check *check) {
  enum status status = STATUS_DONE;
  for (size_t i = 0; i < check->question.rules->count; i++) {
    if (check->json) {
      print_json(check, i);
    } else {
      print_text(check, i);
    }
    if (check->target == NULL || answers_has_any(&check->answers, i))
      continue;
    answers_say_nothing(&check->answers, i, check->target);
    status = STATUS_QUESTION;
  }
  return status;
}

static enum status check_rules(struct check *check) {
  enum status status = STATUS_DONE;
  check->answers.question = &check->question;
  if (check->compiled)
    check->answers.programs = check->all ? SIZE_MAX : SHOWN;
  if (check->call != NULL)
    status = trial_run(&check->question, check->target, check->call, check->json);
  else if (check->target != NULL)
    status = answers_gather(&check->answers, check->target);
  if (check->call == NULL && status == STATUS_DONE)
    status = print(check);
  if (fflush(stdout) != 0 && errno != EPIPE) {
    message_errno(errno, "standard output: cannot be written");
    status = STATUS_FAULT;
  }
  return status;
}

static int run(struct options *options) {
  struct check check = {0};
  enum status status = read_command_line(&check, options) ? check_rules(&check) : STATUS_QUESTION;
  answers_free(&check.answers);
  question_free(&check.question);
  return status;
}

const struct command command_check = {
    .name = "check",
    .usage = "RULE... [--in FILE|PID] [--call CALL]",
    .summary = "Says whether rules are right, and what they ask",
    .text =
        "Without --in: what was understood, one line a rule. With it: the functions that each rule can be\n"
        "asked of, and why it cannot be asked of others that it names. docs/rules.md is the language; @FILE\n"
        "in place of a rule stands for the rules in a file.\n"
        "\n"
        "  calltap check 'process(c, n) when c->fd > 2 and n > 4096 -> return' --in ./server\n"
        "\n"
        "With --call: which clause of each rule matches a call with these values, and what is done then, or\n"
        "why not. Values: 5 -1 'c' 1.5 \"text\" ^ENUMERATOR NULL {member=value} {1, 2}; _ and what is left out\n"
        "are zeros. The result and the time behind it let `return when` be tried:\n"
        "\n"
        "  calltap check 'process -> return when ret < 0' --in ./server --call 'process({fd=3}, 9) = -1 after 3ms'\n"
        "\n"
        "Exit status: 0 the rules are right, 1 one is wrong or matches nothing, 2 the file cannot be read,\n"
        "4 the rules are right, and none matches the call.\n",
    .options = table,
    .run = run,
};
