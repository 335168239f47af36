/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <string.h>

static struct rules parsed;

static void parse(const char *text) {
  struct rule_error error = {0, ""};
  ck_assert_msg(calltap__rules_parse(text, &parsed, &error), "%s: column %zu: %s", text, error.column, error.message);
}

START_TEST(patterns_choose_functions) {
  static const struct {
    const char *rule, *module, *name;
    unsigned arity, asked;
  } rows[] = {
      {"f", "m", "f", 0, RULE_CALL},
      {"f", "m", "g", 0, 0},
      {"m:f", "m", "f", 3, RULE_CALL},
      {"m:f", "n", "f", 3, 0},
      {"m:f/2", "m", "f", 2, RULE_CALL},
      {"m:f/2", "m", "f", 3, 0},
      {"*:handle_*", "any", "handle_it", 1, RULE_CALL},
      {"a::b::f", "a::b", "f", 1, RULE_CALL},
      {"a::b:f", "a::b", "f", 1, RULE_CALL},
      {"a::*:f", "a::b::c", "f", 1, RULE_CALL},
      {"f -> return", "m", "f", 0, RULE_CALL | RULE_RETURN},
      {"f->return", "m", "f", 0, RULE_CALL | RULE_RETURN},
      {"f; g", "m", "g", 0, RULE_CALL},
      {"\n f \n;;\n g -> return ;", "m", "g", 0, RULE_CALL | RULE_RETURN},
      {"f; f -> return", "m", "f", 0, RULE_CALL | RULE_RETURN},
      {"*:* -> return", "std::vector", "operator-", 1, RULE_CALL | RULE_RETURN},
      {"box:~box", "box", "~box", 0, RULE_CALL},
      {"main:lambda@12", "main", "lambda@12", 0, RULE_CALL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    parse(rows[i].rule);
    unsigned asked = calltap__rules_ask(&parsed, rows[i].module, rows[i].name, rows[i].arity);
    ck_assert_msg(asked == rows[i].asked, "%s on %s:%s/%u gives %u", rows[i].rule, rows[i].module, rows[i].name,
                  rows[i].arity, asked);
  }
}
END_TEST

START_TEST(wrong_rules_are_told_with_their_column) {
  static const struct {
    const char *rule;
    size_t column;
    const char *message;
  } rows[] = {
      {"", 1, "no rule"},
      {" ; ", 4, "no rule"},
      {"f -", 3, "quote the rule"},
      {"f when n > 3", 3, "heads"},
      {"f(1)", 2, "heads"},
      {"f -> count", 6, "only action"},
      {"f -> return x", 13, "nothing may follow"},
      {":f", 1, "colon"},
      {"m:", 1, "colon"},
      {"f/", 3, "arity"},
      {"f/999", 3, "arity"},
      {"g; f -> retrun", 9, "only action"},
      {"(", 1, "pattern is expected"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct rule_error error = {0, ""};
    ck_assert_msg(!calltap__rules_parse(rows[i].rule, &parsed, &error), "%s was taken", rows[i].rule);
    ck_assert_msg(error.column == rows[i].column, "%s: column %zu", rows[i].rule, error.column);
    ck_assert_msg(strstr(error.message, rows[i].message), "%s: %s", rows[i].rule, error.message);
  }
}
END_TEST

START_TEST(there_is_a_limit_of_rules) {
  char text[4 * (MAX_RULES + 1) + 1] = "";
  struct rule_error error;
  for (int i = 0; i < MAX_RULES; i++)
    strcat(text, "f;");
  ck_assert(calltap__rules_parse(text, &parsed, &error));
  ck_assert_uint_eq(parsed.count, MAX_RULES);
  strcat(text, "f");
  ck_assert(!calltap__rules_parse(text, &parsed, &error));
}
END_TEST

START_TEST(limits) {
  struct limits l = {.bytes = 1, .text = 64};
  ck_assert_ptr_null(calltap__limits_parse("", &l));
  ck_assert_ptr_null(calltap__limits_parse("calls=5,bytes=3M", &l));
  ck_assert_uint_eq(l.calls, 5);
  ck_assert_uint_eq(l.bytes, 3 << 20);
  ck_assert_ptr_null(calltap__limits_parse("bytes=2G", &l));
  ck_assert_uint_eq(l.bytes, UINT64_C(2) << 30);
  ck_assert_ptr_null(calltap__limits_parse("str=0,expand=0", &l));
  ck_assert_uint_eq(l.text, 0);
  ck_assert_ptr_null(calltap__limits_parse("str=4k,expand=4", &l));
  ck_assert_uint_eq(l.text, 4096);
  ck_assert_uint_eq(l.expand, 4);
  static const char *const wrong[] = {"calls",    "calls=",   "calls=0",
                                      "calls=x",  "bytes=1T", "rate=5",
                                      "calls=5;", "calls=5 ", "bytes=9223372036854775807G",
                                      "bytes=0",  "str=4097", "expand=5"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    l = (struct limits){.bytes = 1};
    ck_assert_msg(calltap__limits_parse(wrong[i], &l), "%s was taken", wrong[i]);
  }
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_rule", patterns_choose_functions, wrong_rules_are_told_with_their_column,
                   there_is_a_limit_of_rules, limits);
}
