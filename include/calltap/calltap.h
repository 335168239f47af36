/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The public interface of libcalltap. Usable from C and C++. */
#ifndef CALLTAP_H
#define CALLTAP_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* Asks this process itself: sessions are started, changed and stopped by the same text that the command sends (docs/control.md), so that a
 * service can put all of it behind a port of its own:
 *   calltap_request("calltap 1 start\nsession admin\nlimits calls=5\nrules\nprocess -> return", reply, sizeof reply);
 * Writes the reply, ended by a NUL and cut to `size` bytes, and returns its length; 0 where no question can be asked: in a hook's own work,
 * without memory, or in a program that runs with more rights than its caller. Signal-safe; any thread; waits for other questions. */
CALLTAP_API size_t calltap_request(const char *text, char *reply, size_t size);

/* The calling thread's tag, a request's number for example, in every session: rules read it as tag(), and events show it. It holds
 * until it is set again. Costs a few nanoseconds where no session runs. Signal-safe. */
CALLTAP_API void calltap_tag(int64_t tag);

/* An event of the program's own, in every running session that asks the calling thread: a name of at most 63 bytes and a text of at most
 * 255. Signal-safe. */
CALLTAP_API void calltap_event_text(const char *name, const char *text);

/* Whether any session runs: only then is there a need to make a text. Signal-safe; costs a load. */
CALLTAP_API int calltap_is_asked(void);

/* The same with a text as printf makes it. Where no session runs nothing is formatted. Not signal-safe, as printf is not. */
CALLTAP_SKIP __attribute__((format(printf, 2, 3), unused)) static void calltap_event(const char *name,
                                                                                     const char *format, ...) {
  char text[256];
  va_list arguments;
  if (!calltap_is_asked())
    return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  calltap_event_text(name, text);
}

#ifdef __cplusplus
}
#endif

#endif
