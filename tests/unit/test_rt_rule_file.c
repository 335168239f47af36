/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules in files: what becomes of the text, and whose lines errors are told by. */
#include "calltap/rule.h"
#include "suite.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct calltap_rules rules;
static struct calltap_rule_text text;
static struct calltap_rule_error error;

/* What the files hold. */
static const struct {
  const char *name, *contents;
} made_up[] = {
    {"one", "f -> return"},
    {"two", "# comment\ng; h(0) -> noargs; (1)\n"},
    {"with blank", "k\n"},
    {"/d/a#b", "l"},
    {"open", "f\ng(1, 2\n"},
    {"clause", "(1) -> return"},
    {"nested", "f\n@one\n"},
    {"empty", "# nothing\n"},
    {"types", "first\n\n  second when nothing > 1\n"},
};

static void *blocks[64];
static size_t block_count;

static void *memory(void *context, size_t bytes) {
  (void)context;
  ck_assert_uint_lt(block_count, 64);
  return blocks[block_count++] = malloc(bytes);
}

static const char *read_file(void *context, const char *name, size_t *bytes, const char **why) {
  (void)context;
  for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
    if (strcmp(made_up[i].name, name) == 0) {
      *bytes = strlen(made_up[i].contents);
      return made_up[i].contents;
    }
  *bytes = 5;
  *why = "there is none";
  return strcmp(name, "zeros") == 0 ? "f\0\0\0\0" : NULL;
}

static bool read(const char *given) {
  static const struct calltap_rule_files files = {read_file, memory, NULL};
  error = (struct calltap_rule_error){0};
  return calltap_rules_read(given, &files, &rules, &text, &error);
}

static void forget(void) {
  while (block_count > 0)
    free(blocks[--block_count]);
}

START_TEST(files_stand_for_their_rules) {
  static const struct {
    const char *given, *names; /* the last letter of each rule's pattern is enough to know it */
    size_t clauses;
  } cases[] = {
      {"f", "f", 1},
      {"@one", "f", 1},
      {" @one ; x", "fx", 2},
      {"x; @two", "xgh", 4},
      {"x\n@two\n@one # all\ny", "xghfy", 6},
      {"@\"with blank\"; @/d/a#b", "kl", 2},
      {"@one;@one", "ff", 2},
      {"@one; (1) -> return", NULL, 0}, /* a file's last rule gets no clause from outside */
      {"x(\n0); @two", "xgh", 4},
      {"x when s == \"\\n@one\"; @one", "xf", 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool good = read(cases[i].given);
    ck_assert_msg(good == (cases[i].names != NULL), "%s: %s", cases[i].given, error.message);
    for (size_t k = 0; good && k < rules.count; k++)
      ck_assert_msg(cases[i].names[k] == *rules.rule[k].name.start, "%s: rule %zu", cases[i].given, k);
    if (good)
      ck_assert_msg(rules.count == strlen(cases[i].names) && rules.clauses == cases[i].clauses, "%s: %zu, %zu",
                    cases[i].given, rules.count, rules.clauses);
    forget();
  }
}
END_TEST

START_TEST(errors_have_the_place_in_the_file) {
  static const struct {
    const char *given, *message, *file;
    size_t line, column;
    const char *shown;
  } cases[] = {
      {"x; @none", "none: the rules cannot be read: there is none", NULL, 1, 4, "x; @none"},
      {"x\n@zeros", "zeros: the rules cannot be read: the file is no text", NULL, 2, 1, "@zeros"},
      {"@open; x)", "a closing bracket", "open", 3, 1, ""},
      {"x; @clause", "a pattern is expected", "clause", 1, 1, "(1) -> return"},
      {"@one\n@nested", "names no other file", "nested", 2, 1, "@one"},
      {"@empty", "there is no rule", "empty", 2, 1, ""},
      {"@one; f when\n@two", "the rule ends here", NULL, 1, 13, "@one; f when"},
      {"@two\n@one; f(", "a pattern is expected", NULL, 2, 9, "@one; f("},
      {"@one -> stop", "nothing", NULL, 1, 6, "@one -> stop"},
      {"@", "the name of a file", NULL, 1, 1, "@"},
      {"@\"one", "the name of a file", NULL, 1, 1, "@\"one"},
      {"@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one;@one", "too many files", NULL,
       1, 81, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct calltap_rule_place place;
    char line[200];
    ck_assert_msg(!read(cases[i].given), "%s", cases[i].given);
    calltap_rule_text_place(&text, &error, &place);
    snprintf(line, sizeof line, "    %s\n", cases[i].shown ? cases[i].shown : "");
    ck_assert_msg(strstr(error.message, cases[i].message) != NULL, "%s: %s", cases[i].given, error.message);
    ck_assert_msg(place.line == cases[i].line && place.column == cases[i].column, "%s: line %zu, column %zu: %s",
                  cases[i].given, place.line, place.column, error.message);
    ck_assert_msg((place.file.start == NULL) == (cases[i].file == NULL), "%s", cases[i].given);
    if (cases[i].file)
      ck_assert_msg(strncmp(place.file.start, cases[i].file, strlen(cases[i].file)) == 0, "%s", cases[i].given);
    if (cases[i].shown)
      ck_assert_msg(strncmp(place.shown, line, strlen(line)) == 0, "%s: %s", cases[i].given, place.shown);
    forget();
  }
}
END_TEST

/* What is found out later, about types, has offsets in the whole. */
START_TEST(places_of_the_whole_are_those_of_the_files) {
  struct calltap_rule_place place;
  ck_assert(read("a\n@types; b\n@one\nc"));
  for (size_t i = 0; i < rules.count; i++) {
    static const struct {
      const char *file;
      size_t line, column;
    } expected[] = {{NULL, 1, 1}, {"types", 1, 1}, {"types", 3, 3}, {NULL, 2, 9}, {"one", 1, 1}, {NULL, 4, 1}};
    error.column = rules.rule[i].at + 1;
    calltap_rule_text_place(&text, &error, &place);
    ck_assert_msg(place.line == expected[i].line && place.column == expected[i].column,
                  "rule %zu: line %zu, column %zu", i, place.line, place.column);
    ck_assert((place.file.start == NULL) == (expected[i].file == NULL));
  }
  ck_assert_uint_eq(rules.count, 6);
  forget();
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_rule_file", files_stand_for_their_rules, errors_have_the_place_in_the_file,
                   places_of_the_whole_are_those_of_the_files);
}
