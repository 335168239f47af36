/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The main program of a file of Check tests: runs them all, each in a process of its own. */
#ifndef CALLTAP_TEST_SUITE_H
#define CALLTAP_TEST_SUITE_H

#include <check.h>
#include <stddef.h>

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
