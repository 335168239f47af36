/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The public interface of libcalltap-client: traces a running process from another one, and has its events in a function. Usable from
 * C and C++. The process was built with Calltap and need not have been started in any special way; this one need not have been.
 *
 *   static bool on_event(void *state, const struct calltap_client_event *event) {
 *     calltap_client_print(stdout, event);
 *     return ++*(int *)state < 5;
 *   }
 *   ...
 *   struct calltap_client *client = calltap_client_start(
 *       pid, &(struct calltap_client_question){.rules = "server:process -> return"}, error, sizeof error);
 *   calltap_client_run(client, on_event, &state);
 *   calltap_client_stop(client);
 *
 * A small child of the caller ends the session if the caller dies, however it does: nothing stays armed. It is made by fork and waited for
 * in calltap_client_stop. Clients are independent of each other; one of them is used by one thread at a time. Nothing is written to
 * standard output or error. */
#ifndef CALLTAP_CLIENT_H
#define CALLTAP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CALLTAP_CLIENT_API __attribute__((visibility("default")))

struct calltap_client;

/* Later versions may have more kinds. */
enum calltap_client_kind {
  CALLTAP_CLIENT_CALL,
  CALLTAP_CLIENT_EXIT,
  CALLTAP_CLIENT_LOST,   /* events that were not recorded: `count` of them */
  CALLTAP_CLIENT_PAUSE,  /* somebody switched the session off here */
  CALLTAP_CLIENT_RESUME, /* and on again */
};

/* Valid, with its texts, until the handler returns. Texts are terminated and never NULL. */
struct calltap_client_event {
  enum calltap_client_kind kind;
  uint32_t pid;
  uint64_t tid;         /* 0: not known */
  const char *thread;   /* its name */
  const char *function; /* CALL and EXIT: "module:function/arity" */
  int64_t time_ns;      /* since 1970, UTC */
  uint64_t call;        /* CALL and EXIT: the number of the call within its thread, from 1; 0: not known */
  uint64_t elapsed_ns;  /* EXIT: since its call; 0: not known */
  uint64_t count;       /* LOST */
  const void *more;     /* the library's own */
};

/* How calltap_client_run ended. In each case the session has ended, too. */
enum {
  CALLTAP_CLIENT_DONE = 0,  /* the handler said so, or calltap_client_interrupt */
  CALLTAP_CLIENT_LIMIT = 1, /* the session ended by a limit, or somebody else ended it: calltap_client_reason */
  CALLTAP_CLIENT_GONE = 2,  /* the process has ended */
  CALLTAP_CLIENT_FAULT = -1 /* calltap_client_error says what is wrong */
};

/* What is asked. Later versions may have more; what is zero is not asked for. */
struct calltap_client_question {
  /* As on the command line of `calltap trace` (docs/rules.md), several with `;` or line ends between them. `@FILE` is not read. */
  const char *rules;
  /* As CALLTAP_LIMIT, "calls=100,time=15s". NULL: its defaults, which end a session when it has written 256 MB. */
  const char *limits;
  /* As `calltap trace -t`, "worker-*,!worker-3". NULL: all. */
  const char *threads;
};

/* Arms the functions of a process. Returns NULL if nothing was armed, and writes why, cut to `size` bytes: a wrong rule, limit or thread
 * spec, nothing that the rules match, no such process, or one that cannot be asked. The question's texts are not needed any more then. Waits
 * for the process, 5 s at most. */
CALLTAP_CLIENT_API struct calltap_client *calltap_client_start(int pid, const struct calltap_client_question *question,
                                                               char *error, size_t size);

/* False: no more events, please. */
typedef bool calltap_client_handler(void *state, const struct calltap_client_event *event);

/* Gives the events to the handler as they come, in the order of their times, and returns when it is false, the session has ended or the
 * process has; the session is stopped then. An event comes some milliseconds after it happened. */
CALLTAP_CLIENT_API int calltap_client_run(struct calltap_client *client, calltap_client_handler *handler, void *state);

/* Lets calltap_client_run return soon, or at once if it is called later. Signal-safe; any thread. */
CALLTAP_CLIENT_API void calltap_client_interrupt(struct calltap_client *client);

/* Disarms, if that has not happened yet, and frees. Accepts NULL. */
CALLTAP_CLIENT_API void calltap_client_stop(struct calltap_client *client);

/* Why the session ended: "calls", "time", "rate", "bytes", "stop", "exit", "disk", "budget", "asked", or "" if it did not say. Lives as long
 * as the client. */
CALLTAP_CLIENT_API const char *calltap_client_reason(const struct calltap_client *client);

/* What went wrong in calltap_client_run; "": nothing. Lives as long as the client. */
CALLTAP_CLIENT_API const char *calltap_client_error(const struct calltap_client *client);

/* The event as `calltap trace` prints it, several lines if it has a stack or messages, without the last line's end; as one JSON object
 * (docs/json.md), the way to its arguments and results. Lives until the handler returns. "" without memory. */
CALLTAP_CLIENT_API const char *calltap_client_text(const struct calltap_client_event *event);
CALLTAP_CLIENT_API const char *calltap_client_json(const struct calltap_client_event *event);

/* Writes the text and a line's end, and flushes. False: it could not be written. */
CALLTAP_CLIENT_API bool calltap_client_print(FILE *out, const struct calltap_client_event *event);

#ifdef __cplusplus
}
#endif

#endif
