/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <check.h>

#include "lib/mfa.h"
#include "suite.h"

static bool glob(const char *pattern, const char *text) {
  return calltap__glob(calltap__text(pattern), calltap__text(text));
}

START_TEST(globs) {
  ck_assert(glob("", ""));
  ck_assert(glob("*", ""));
  ck_assert(glob("abc", "abc"));
  ck_assert(!glob("abc", "abcd"));
  ck_assert(!glob("abcd", "abc"));
  ck_assert(glob("a*c", "abbbc"));
  ck_assert(glob("a*b*c", "aXbXbXc"));
  ck_assert(!glob("a*b*c", "aXbXb"));
  ck_assert(glob("?b?", "abc"));
  ck_assert(!glob("?", ""));
  ck_assert(glob("[a-c]x", "bx"));
  ck_assert(!glob("[a-c]x", "dx"));
  ck_assert(glob("[!a-c]x", "dx"));
  ck_assert(glob("[]]", "]"));
  ck_assert(glob("a[b", "a[b")); /* no set without its end */
  ck_assert(glob("handle_*", "handle_read"));
}
END_TEST

/* Many stars must not take for ever. */
START_TEST(globs_are_not_exponential) {
  char text[2001];
  for (int i = 0; i < 2000; i++)
    text[i] = 'a';
  text[2000] = '\0';
  ck_assert(!glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}
END_TEST

static bool matches(const char *pattern, const char *module, const char *name, uint32_t arity) {
  struct calltap__mfa_pattern parsed;
  ck_assert_ptr_null(calltap__mfa_parse(calltap__text(pattern), &parsed));
  return calltap__mfa_match(&parsed, calltap__text(module), calltap__text(name), arity);
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
  ck_assert(matches("Vec:operator/", "Vec", "operator/", 1));
  ck_assert(matches("Vec:operator//1", "Vec", "operator/", 1));
}
END_TEST

START_TEST(patterns_that_name_nothing) {
  struct calltap__mfa_pattern parsed;
  ck_assert_ptr_nonnull(calltap__mfa_parse(calltap__text(""), &parsed));
  ck_assert_ptr_nonnull(calltap__mfa_parse(calltap__text("server:"), &parsed));
  ck_assert_ptr_nonnull(calltap__mfa_parse(calltap__text(":f"), &parsed));
}
END_TEST

int main(void) { return RUN_SUITE("mfa", globs, globs_are_not_exponential, patterns, patterns_that_name_nothing); }
