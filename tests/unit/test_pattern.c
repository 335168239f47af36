/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Patterns that stand alone, and the place of an error, as the tools use them. Globs themselves are in test_rt_text.c. */
#include <check.h>
#include <string.h>

#include "calltap/rule.h"
#include "suite.h"

/* Many stars must not take for ever. */
START_TEST(globs_are_not_exponential) {
  static const char stars[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
  char text[2001];
  memset(text, 'a', 2000);
  text[2000] = '\0';
  ck_assert(!calltap_rule_glob((struct calltap_span){stars, stars + sizeof stars - 1}, text));
}
END_TEST

static bool matches(const char *pattern, const char *module, const char *name, unsigned arity) {
  struct calltap_rule parsed;
  struct calltap_rule_error error = {0};
  ck_assert_msg(calltap_pattern_parse(pattern, &parsed, &error), "%s: column %zu: %s", pattern, error.column,
                error.message);
  return calltap_rule_names(&parsed, module, name, arity);
}

START_TEST(patterns) {
  ck_assert(matches("process", "server", "process", 2));
  ck_assert(matches("process/2", "server", "process", 2));
  ck_assert(!matches("process/1", "server", "process", 2));
  ck_assert(matches("server:process", "server", "process", 2));
  ck_assert(!matches("client:process", "server", "process", 2));
  ck_assert(matches("*:handle_*/2", "http", "handle_get", 2));
  ck_assert(matches("net::Conn:send", "net::Conn", "send", 1));
  ck_assert(matches("net::Conn::send", "net::Conn", "send", 1));
  ck_assert(matches("net::*:send", "net::Conn", "send", 1));
  ck_assert(matches("Vec:\"operator/\"", "Vec", "operator/", 1));
  ck_assert(matches("Vec:\"operator/\"/1", "Vec", "operator/", 1));
  ck_assert(!matches("Vec:\"operator/\"/2", "Vec", "operator/", 1));
  ck_assert(matches("Vec:\"operator[]\"", "Vec", "operator[]", 1));
  ck_assert(!matches("\"f*\"", "m", "fx", 0));
  ck_assert(matches("\"f*\"", "m", "f*", 0));
  ck_assert(matches("on_\"a\"*", "m", "on_accept", 0));
}
END_TEST

START_TEST(patterns_that_name_nothing) {
  static const struct {
    const char *text;
    size_t column;
  } rows[] = {{"", 1}, {"server:", 1}, {":f", 1}, {"f/x", 3}, {"f/256", 3}, {"f g", 2}, {"f(x)", 2}, {"\"f", 1}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct calltap_rule parsed;
    struct calltap_rule_error error = {0};
    ck_assert_msg(!calltap_pattern_parse(rows[i].text, &parsed, &error), "%s", rows[i].text);
    ck_assert_msg(error.column == rows[i].column, "%s: column %zu", rows[i].text, error.column);
    ck_assert(error.message[0] != '\0');
  }
}
END_TEST

START_TEST(places_are_shown) {
  static const struct {
    const char *text;
    size_t at, lines, line, column;
    const char *shown;
  } rows[] = {
      {"f when", 3, 1, 1, 3, "    f when\n      ^\n"},
      {"f", 2, 1, 1, 2, "    f\n     ^\n"},
      {"a\nbc;\nd", 4, 3, 2, 2, "    bc;\n     ^\n"},
      {"a\nb\n", 1, 2, 1, 1, "    a\n    ^\n"},
      {"\tf\tx", 4, 1, 1, 4, "    \tf\tx\n    \t \t^\n"},
      {"f == \"\xc3\xa4\xe2\x82\xac\" x", 13, 1, 1, 10, "    f == \"\xc3\xa4\xe2\x82\xac\" x\n             ^\n"},
      {"f\rx\033y", 5, 1, 1, 5, "    f?x?y\n        ^\n"},
      {"f", 0, 1, 0, 0, ""},
      {"f", 99, 1, 1, 2, "    f\n     ^\n"},
      {"", 1, 1, 1, 1, "    \n    ^\n"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const struct calltap_rule_error error = {.column = rows[i].at};
    struct calltap_rule_place place;
    calltap_rule_place(rows[i].text, &error, &place);
    ck_assert_uint_eq(place.lines, rows[i].lines);
    ck_assert_uint_eq(place.line, rows[i].line);
    ck_assert_uint_eq(place.column, rows[i].column);
    ck_assert_str_eq(place.shown, rows[i].shown);
  }
}
END_TEST

/* Of a long line the part around the place is shown, wherever the place is, and nothing is overrun. */
START_TEST(places_in_long_lines_are_shown) {
  char text[4001];
  for (int wide = 0; wide < 2; wide++) {
    for (size_t i = 0; i < 4000; i++)
      text[i] = wide ? (i % 4 ? '\x9f' : '\xf0') : 'a';
    text[4000] = '\0';
    for (size_t at = 1; at <= 4001; at += 4) {
      const struct calltap_rule_error error = {.column = at};
      struct calltap_rule_place place;
      memset(&place, '#', sizeof place);
      calltap_rule_place(text, &error, &place);
      const char *end = strchr(place.shown, '\n');
      ck_assert_ptr_nonnull(end);
      size_t caret = strspn(end + 1, " ");
      ck_assert_str_eq(end + 1 + caret, "^\n");
      ck_assert_uint_le(caret, 4 + 60);
      ck_assert_uint_eq(place.column, wide ? (at - 1) / 4 + 1 : at);
    }
  }
}
END_TEST

int main(void) {
  return RUN_SUITE("pattern", globs_are_not_exponential, patterns, patterns_that_name_nothing, places_are_shown,
                   places_in_long_lines_are_shown);
}
