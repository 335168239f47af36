/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "rt/text.h"
#include "suite.h"
#include <check.h>
#include <string.h>

static bool glob(const char *pattern, const char *text) {
  return calltap__glob((struct span){pattern, pattern + strlen(pattern)}, text);
}

START_TEST(globs) {
  static const struct {
    const char *pattern, *text;
    bool matches;
  } rows[] = {
      {"", "", true},
      {"*", "", true},
      {"?", "", false},
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"a*c", "abbbc", true},
      {"a*b*c", "aXbXb", false},
      {"a*b*c", "aXbXbXc", true},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[!a-c]x", "dx", true},
      {"[]]", "]", true},
      {"a[b", "a[b", true},
      {"\\*", "*", true},
      {"\\*", "x", false},
      {"**", "abc", true},
      {"*_read", "on_read", true},
      {"[a-]", "-", true},
      {"operator\\[]", "operator[]", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    ck_assert_msg(glob(rows[i].pattern, rows[i].text) == rows[i].matches, "%s on %s", rows[i].pattern, rows[i].text);
}
END_TEST

/* Every pair of a small alphabet, against an obviously right matcher. */
static bool slow(const char *pattern, const char *text) {
  if (!*pattern)
    return !*text;
  if (*pattern == '*')
    return slow(pattern + 1, text) || (*text && slow(pattern, text + 1));
  return *text && (*pattern == '?' || *pattern == *text) && slow(pattern + 1, text + 1);
}

static void spell(unsigned n, const char *alphabet, char *out) {
  size_t base = strlen(alphabet);
  for (; n; n = (unsigned)(n / (base + 1)))
    if (n % (base + 1))
      *out++ = alphabet[n % (base + 1) - 1];
  *out = '\0';
}

START_TEST(globs_are_as_the_slow_matcher_says) {
  char pattern[16], text[16];
  for (unsigned p = 0; p < 1250; p++)
    for (unsigned t = 0; t < 81; t++) {
      spell(p, "ab*?", pattern);
      spell(t, "ab", text);
      ck_assert_msg(glob(pattern, text) == slow(pattern, text), "%s on %s", pattern, text);
    }
}
END_TEST

START_TEST(numbers) {
  uint64_t n = 0;
  ck_assert_str_eq(calltap__text_number("12k", &n), "k");
  ck_assert_uint_eq(n, 12);
  ck_assert_ptr_null(calltap__text_number("", &n));
  ck_assert_ptr_null(calltap__text_number("x", &n));
  ck_assert_ptr_null(calltap__text_number("99999999999999999999", &n));
}
END_TEST

START_TEST(builders_never_overrun) {
  char room[8];
  memset(room, '#', sizeof room);
  struct builder b = calltap__builder(room, 7);
  calltap__put(&b, "abc");
  calltap__put_number(&b, 12345);
  calltap__put_end(&b);
  ck_assert_str_eq(room, "abc123");
  ck_assert(b.full);
  ck_assert_int_eq(room[7], '#');
  ck_assert_uint_eq(calltap__text_copy(room, 4, "abcdef"), 3);
  ck_assert_str_eq(calltap__text_base("/usr/bin/env"), "env");
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_text", globs, globs_are_as_the_slow_matcher_says, numbers, builders_never_overrun);
}
