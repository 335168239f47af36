/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The main program of a file of Check tests: runs them all, each in a process of its own. */
#ifndef CALLTAP_TEST_SUITE_H
#define CALLTAP_TEST_SUITE_H

#include <check.h>
#include <stddef.h>

/* What is done very often is done less often under a sanitizer, which makes it slow: by this divisor. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLTAP_TEST_IS_SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CALLTAP_TEST_IS_SLOW 1
#endif
#endif
#ifdef CALLTAP_TEST_IS_SLOW
enum { SLOWNESS = 10 };
#else
enum { SLOWNESS = 1 };
#endif

/* Returns the program's exit status. Each test has 60 seconds. */
static inline int run_suite(const char *name, const TTest *const *tests, size_t count) {
  Suite *suite = suite_create(name);
  TCase *cases = tcase_create(name);
  tcase_set_timeout(cases, 60);
  for (size_t i = 0; i < count; i++)
    tcase_add_test(cases, tests[i]);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}

#define RUN_SUITE(name, ...)                                                                                           \
  run_suite(name, (const TTest *const[]){__VA_ARGS__}, sizeof((const TTest *const[]){__VA_ARGS__}) / sizeof(TTest *))

#endif
