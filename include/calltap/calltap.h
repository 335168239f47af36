/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The public interface of libcalltap. Usable from C and C++. */
#ifndef CALLTAP_H
#define CALLTAP_H

#ifdef __cplusplus
extern "C" {
#endif

/* A function with this attribute gets no hooks:  CALLTAP_SKIP void f(void); */
#define CALLTAP_SKIP __attribute__((no_instrument_function))

/* The value of a parameter, a member or, for a function, of all its parameters and its result is never recorded:
 *   int login(const char *user, CALLTAP_SENSITIVE const char *password);
 * Copies under other names are not known to be sensitive, nor is what stands in an array of bytes that is meant as something else. */
#if defined(__clang__)
#define CALLTAP_SENSITIVE __attribute__((annotate("calltap_sensitive")))
#else
#define CALLTAP_SENSITIVE
#endif

#define CALLTAP_API __attribute__((visibility("default")))

/* The version of the runtime, "MAJOR.MINOR.PATCH". Static memory; signal-safe; never fails. Link with
 * -Wl,-u,calltap_version to bring the runtime into a program that calls nothing of it. */
CALLTAP_API const char *calltap_version(void);

#ifdef __cplusplus
}
#endif

#endif
