/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a session may take, which threads it asks, and what the owner of the process allows. */
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* -- limits -------------------------------------------------------------------------------------------------------- */

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
  ck_assert_ptr_null(calltap__limits_parse("rate=100/2s,time=1h,budget=25,policy=drop", &l));
  ck_assert_uint_eq(l.rate_calls, 100);
  ck_assert_uint_eq(l.rate_ns, UINT64_C(2000000000));
  ck_assert_uint_eq(l.time_ns, UINT64_C(3600000000000));
  ck_assert_uint_eq(l.budget, 25);
  ck_assert(l.drops);
  ck_assert_ptr_null(calltap__limits_parse("budget=0,policy=stop", &l));
  ck_assert_uint_eq(l.budget, 0);
  ck_assert(!l.drops);
  ck_assert_ptr_null(calltap__limits_parse("budget=100", &l));
  ck_assert_uint_eq(l.calls, 5); /* what is not said stays */
}
END_TEST

START_TEST(rings) {
  static const char *const wrong[] = {"ring=",         "ring=0",           "ring=255k",        "ring=17G",
                                      "ring=1048576G", "ring=1M,bytes=2M", "bytes=2M,ring=1M", "ring=1M;"};
  struct limits l = calltap__limits_usual();
  ck_assert_uint_eq(l.ring, 0);
  ck_assert_ptr_null(calltap__limits_parse("ring=256k,calls=3", &l));
  ck_assert_uint_eq(l.ring, 256 << 10);
  ck_assert_ptr_null(calltap__limits_parse("ring=16G", &l));
  ck_assert_uint_eq(l.ring, UINT64_C(16) << 30);
  for (size_t i = 0; i < COUNT(wrong); i++) {
    l = calltap__limits_usual();
    ck_assert_msg(calltap__limits_parse(wrong[i], &l) != NULL, "%s", wrong[i]);
  }
}
END_TEST

START_TEST(turns) {
  static const char *const wrong[] = {"rotate=",
                                      "rotate=1M",
                                      "rotate=1M*",
                                      "rotate=1M*1",
                                      "rotate=1M*101",
                                      "rotate=255k*2",
                                      "rotate=17G*2",
                                      "rotate=*2",
                                      "rotate=1M*0",
                                      "rotate=1M*2*2",
                                      "rotate=1M*2k",
                                      "rotate=1MB*2",
                                      "rotate=1M*2,bytes=2M",
                                      "rotate=1M x 2",
                                      "rotate=1Mx2",
                                      "rotate=1048576G*2",
                                      "bytes=2M,rotate=1M*2",
                                      "rotate=-1M*2",
                                      "rotate=1M*-2",
                                      "ring=1M,rotate=1M*2",
                                      "rotate=1M*2,ring=1M",
                                      "rotate=1M*99999999999999999999"};
  struct limits l = calltap__limits_usual();
  ck_assert_uint_eq(l.rotate, 0);
  ck_assert_ptr_null(calltap__limits_parse("rotate=256k*2,calls=3", &l));
  ck_assert_uint_eq(l.rotate, 256 << 10);
  ck_assert_uint_eq(l.files, 2);
  ck_assert_ptr_null(calltap__limits_parse("rotate=16g*100", &l));
  ck_assert_uint_eq(l.rotate, UINT64_C(16) << 30);
  ck_assert_uint_eq(l.files, 100);
  for (size_t i = 0; i < COUNT(wrong); i++) {
    l = calltap__limits_usual();
    ck_assert_msg(calltap__limits_parse(wrong[i], &l) != NULL, "%s", wrong[i]);
  }
}
END_TEST

START_TEST(durations) {
  static const struct {
    const char *text;
    uint64_t ns;
  } rows[] = {{"time=1us", 1000},
              {"time=500us", 500000},
              {"time=5ms", 5000000},
              {"time=2s", 2000000000},
              {"time=1min", UINT64_C(60000000000)},
              {"time=1h", UINT64_C(3600000000000)},
              {"time=9223372036s", UINT64_C(9223372036000000000)}};
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct limits l = {.bytes = 1};
    ck_assert_msg(!calltap__limits_parse(rows[i].text, &l) && l.time_ns == rows[i].ns, "%s", rows[i].text);
  }
}
END_TEST

START_TEST(wrong_limits) {
  static const char *const wrong[] = {"calls",
                                      "calls=",
                                      "calls=0",
                                      "calls=x",
                                      "bytes=1T",
                                      "rate=5",
                                      "calls=5;",
                                      "calls=5 ",
                                      "bytes=0",
                                      "bytes=9223372036854775807G",
                                      "str=4097",
                                      "expand=5",
                                      "rate=",
                                      "rate=0/1s",
                                      "rate=5/",
                                      "rate=5/0s",
                                      "rate=5/1",
                                      "rate=/1s",
                                      "rate=5/1sec",
                                      "time=",
                                      "time=0ms",
                                      "time=5",
                                      "time=s",
                                      "time=1.5s",
                                      "time=1d",
                                      "time=-1s",
                                      "time=9223372037s",
                                      "time=2562048h",
                                      "time=99999999999999999999h",
                                      "budget=",
                                      "budget=101",
                                      "budget=x",
                                      "budget=-1",
                                      "budget=5%",
                                      "policy=",
                                      "policy=keep",
                                      "policy=drops",
                                      "drop",
                                      "rate=5/1s/1s"};
  for (size_t i = 0; i < COUNT(wrong); i++) {
    struct limits l = {.bytes = 1};
    ck_assert_msg(calltap__limits_parse(wrong[i], &l), "%s was taken", wrong[i]);
  }
}
END_TEST

/* -- threads --------------------------------------------------------------------------------------------------------- */

START_TEST(threads_are_selected) {
  static const struct thread_facts first = {10, "server", true, true, false},
                                   old = {11, "worker-1", false, true, false},
                                   young = {12, "logger", false, false, true}, odd = {13, "all,1", false, false, false};
  static const struct {
    const char *spec, *selected; /* a letter for each of them */
  } rows[] = {
      {"all", "foyx"},
      {"existing", "fo"},
      {"new", "yx"},
      {"main", "f"},
      {"11", "o"},
      {"0011", "o"},
      {"99", ""},
      {"worker-*", "o"},
      {"worker-1", "o"},
      {"worker", ""},
      {"main,12", "fy"},
      {"new,main", "fyx"},
      {"all,-log*", "fox"},
      {"-log*", "fox"},
      {"-log*,all", "fox"},
      {"-main,-12", "ox"},
      {"new,-new", ""},
      {"-all", ""},
      {"existing,-main", "o"},
      {"main,-log*", "f"},
      {"[lw]*", "oy"},
      {"[!lw]*", "fx"},
      {"all\\,1", "x"},
      {"a*\\,?,11", "ox"},
      {"\\all", ""},
      {"-\\all\\,1", "foy"},
      {"+children", "foyx"},
      {"main,+children", "fy"},
      {"main,+children,-log*", "f"},
      {"+children,-main", "oyx"},
      {"?erver", "f"},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct thread_spec spec;
    memset(&spec, 0xA5, sizeof spec);
    char selected[8] = "", *at = selected;
    const char *problem = calltap__thread_spec_parse(rows[i].spec, &spec);
    ck_assert_msg(!problem, "%s: %s", rows[i].spec, problem);
    const struct thread_facts *const facts[] = {&first, &old, &young, &odd};
    for (size_t k = 0; k < COUNT(facts); k++)
      if (calltap__thread_spec_selects(&spec, facts[k]))
        *at++ = "foyx"[k];
    ck_assert_msg(strcmp(selected, rows[i].selected) == 0, "%s: %s", rows[i].spec, selected);
    ck_assert_msg(spec.follows_children == !!strstr(rows[i].spec, "+children"), "%s", rows[i].spec);
  }
}
END_TEST

START_TEST(wrong_threads) {
  static const char *const wrong[] = {
      "",    ",",  "all,", ",all",    "all,,new",   "-",          "all,-",
      "0",   "-0", "+",    "+childs", "-+children", "2147483648", "99999999999999999999",
      "+all"};
  for (size_t i = 0; i < COUNT(wrong); i++) {
    struct thread_spec spec;
    ck_assert_msg(calltap__thread_spec_parse(wrong[i], &spec), "%s was taken", wrong[i]);
  }
}
END_TEST

START_TEST(there_are_32_threads_at_most) {
  char text[MAX_THREAD_PARTS * 2 + 32] = "1";
  struct thread_spec spec;
  for (int i = 1; i < MAX_THREAD_PARTS; i++)
    strcat(text, ",1");
  strcat(text, ",+children"); /* which is none */
  ck_assert_ptr_null(calltap__thread_spec_parse(text, &spec));
  strcat(text, ",1");
  ck_assert_ptr_nonnull(strstr(calltap__thread_spec_parse(text, &spec), "32"));
}
END_TEST

/* -- ceilings ---------------------------------------------------------------------------------------------------------- */

START_TEST(ceilings_have_names) {
  static const char *const words[] = {"off", "count", "scalars", "values"};
  enum allow allow = ALLOW_OFF;
  for (unsigned i = 0; i < COUNT(words); i++) {
    ck_assert_ptr_null(calltap__allow_parse(words[i], &allow));
    ck_assert_uint_eq(allow, i);
  }
  ck_assert_ptr_nonnull(calltap__allow_parse("", &allow));
  ck_assert_ptr_nonnull(calltap__allow_parse("Count", &allow));
  ck_assert_ptr_nonnull(calltap__allow_parse("counts", &allow));
}
END_TEST

START_TEST(rules_are_held_to_the_ceiling) {
  static const struct {
    const char *rules;
    bool count, scalars;
  } rows[] = {
      {"f", false, true},
      {"f -> return", false, true},
      {"f -> count", true, true},
      {"f when p->len > 3 -> count", true, true},
      {"f -> time, hist(len), sum(p->len)", true, true},
      {"f -> return, message(false) -> hist(elapsed)", true, true},
      {"f -> count by caller()", true, true},
      {"f -> count by (tid(), thread(), stack(4))", true, true},
      {"f -> count by caller", false, true}, /* may be a parameter */
      {"f -> count by p->len", false, true},
      {"f -> count by (caller(), len)", false, true},
      {"f -> count by str(p)", false, false},
      {"f -> count, stack", false, true},
      {"f -> count, stop", false, true},
      {"f -> count, tag(len)", false, true},
      {"f -> count, tcw(len)", false, true},
      {"f -> count; g", false, true},
      {"f -> count; g -> count by len", false, true},
      {"f -> message(len, p->len, \"said\")", false, true},
      {"f -> message(p->*)", false, false},
      {"f -> message(len, p.*)", false, false},
      {"f -> message(str(p))", false, false},
      {"f -> message(bytes(p, 4))", false, false},
      {"f -> message(1 + strlen(str(p, 4)))", false, false},
      {"f -> return -> message(as(struct x *, p)->*)", false, false},
      {"f -> tag(str(p))", false, false},
      {"f when str(p, 4) == \"quit\"", false, true},
      {"f; g -> return; h -> message(p->*)", false, false},
  };
  static struct calltap_rules rules;
  static const struct limits any = {.bytes = 1, .text = 64, .expand = 2};
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct calltap_rule_error error = {0};
    ck_assert_msg(calltap_rules_parse(rows[i].rules, &rules, &error), "%s: %s", rows[i].rules, error.message);
    ck_assert_ptr_nonnull(strstr(calltap__allow_check(ALLOW_OFF, &rules, &any), "CALLTAP_ALLOW=off"));
    ck_assert_msg(!calltap__allow_check(ALLOW_COUNT, &rules, &any) == rows[i].count, "%s", rows[i].rules);
    ck_assert_msg(!calltap__allow_check(ALLOW_SCALARS, &rules, &any) == rows[i].scalars, "%s", rows[i].rules);
    ck_assert_ptr_null(calltap__allow_check(ALLOW_VALUES, &rules, &any));
  }
}
END_TEST

START_TEST(limits_are_lowered) {
  struct limits l = {.bytes = 7, .text = 64, .expand = 2};
  calltap__allow_lower(ALLOW_VALUES, &l);
  ck_assert_uint_eq(l.text, 64);
  ck_assert_uint_eq(l.expand, 2);
  calltap__allow_lower(ALLOW_SCALARS, &l);
  ck_assert_uint_eq(l.text, 0);
  ck_assert_uint_eq(l.expand, 0);
  ck_assert_uint_eq(l.bytes, 7);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_limit", limits, rings, turns, durations, wrong_limits, threads_are_selected, wrong_threads,
                   there_are_32_threads_at_most, ceilings_have_names, rules_are_held_to_the_ceiling,
                   limits_are_lowered);
}
