/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which events of a trace are wanted: the same options, with the same meaning, for every command that reads traces.
 *
 *     enum { OPTION_OUTPUT, OPTION_FILTER };      the rows of filters come last
 *     static const struct option table[] = {
 *         [OPTION_OUTPUT] = ..., FILTER_OPTIONS(OPTION_FILTER), {0}};
 *
 *     if (option >= OPTION_FILTER)
 *       return filter_set(&question, option - OPTION_FILTER, value);
 *
 *     struct filter *filter = filter_make(reader, &question);      NULL: STATUS_QUESTION
 *     while ((event = calltap_reader_next(reader)) != NULL)
 *       if (filter_wants(filter, event))
 *         ...
 *     filter_say(filter);
 *     filter_free(filter); */
#ifndef CALLTAP_FILTER_H
#define CALLTAP_FILTER_H

#include "calltap/reader.h"
#include "options.h"

/* filter.c */

struct filter;

/* A moment as it was written. */
enum filter_moment_kind {
  FILTER_NO_MOMENT,
  FILTER_SINCE_START, /* `ns` since the first event */
  FILTER_TIME_OF_DAY, /* `ns` since midnight, on the day that brings it nearest to the first event */
  FILTER_DATE,        /* `ns` since 1970 as if it were UTC */
};

struct filter_moment {
  enum filter_moment_kind kind;
  bool is_utc;     /* whatever the command's zone is */
  int64_t ns;      /* a time that is cut to some digits stands for all moments that begin with these: */
  int64_t less_ns; /* it lasts so much longer */
};

/* Kinds of events, a set. */
enum filter_events {
  FILTER_CALLS = 1,
  FILTER_RETURNS = 2,
  FILTER_TAILS = 4,
  FILTER_SKIPPED = 8,
  FILTER_OTHER_EXITS = 16,
  FILTER_LOST = 32,
  FILTER_SESSION = 64, /* pause, resume, disarmed */
  FILTER_MARKS = 128,
  FILTER_ROWS = 256, /* of tables */
  FILTER_UNWOUND = 512,
  FILTER_THREAD_ENDS = 1024,
  FILTER_RESULTS = 2048, /* of calls that ended in a tail call */
  FILTER_EXITS =
      FILTER_RETURNS | FILTER_TAILS | FILTER_SKIPPED | FILTER_OTHER_EXITS | FILTER_UNWOUND | FILTER_THREAD_ENDS,
  FILTER_ALL = 4095,
};

/* Zeros ask for everything. */
struct filter_question {
  const char *function;      /* an MFA pattern; NULL: all */
  const char *thread;        /* a glob for names, or a tid; NULL: all */
  const char *where;         /* a guard, as in rules; NULL: none */
  uint64_t shortest_ns;      /* calls that took less are left out; 0: none is */
  uint64_t last_events;      /* only so many from the end; 0: all */
  uint64_t last_ns;          /* only so much time from the end; 0: all */
  struct filter_moment from; /* the first moment */
  struct filter_moment to;   /* the last one */
  unsigned events;           /* enum filter_events; 0: all */
  bool utc;                  /* moments are in UTC, not local, unless they say so themselves */
};

/* Makes a filter for the files of a reader. Goes through them as often as the question needs, and leaves the reader at
 * its start. Memory: one bit a call if `shortest_ns` or `where` is set, else nothing that grows with the trace. Returns NULL
 * and has said why; also if the question names a function that the trace does not have. */
struct filter *filter_make(struct calltap_reader *reader, const struct filter_question *question);

/* Whether the event is wanted. To be asked once for each event, in order. */
bool filter_wants(struct filter *filter, const struct calltap_event *event);

/* Whether tables are wanted, which are no events and of no moment in particular. */
bool filter_wants_tables(const struct filter *filter);

/* Whether it wants everything there is. */
bool filter_is_open(const struct filter *filter);

/* Says what could not be decided. */
void filter_say(const struct filter *filter);

/* Says that there is nothing to show, and whether that is because of the filter. To be called at the end of the reader. */
void filter_say_nothing(const struct filter *filter, const struct calltap_reader *reader);

void filter_free(struct filter *filter);

/* filter_options.c */

enum filter_option {
  FILTER_LAST_OPTION,
  FILTER_FROM_OPTION,
  FILTER_TO_OPTION,
  FILTER_FUNCTION_OPTION,
  FILTER_THREAD_OPTION,
  FILTER_MIN_OPTION,
  FILTER_EVENT_OPTION,
  FILTER_WHERE_OPTION,
};

/* Rows of a command's table of options, from index `first` on. */
#define FILTER_OPTIONS(first)                                                                                          \
  [(first) +                                                                                                           \
      FILTER_LAST_OPTION] = {0, "last", "N|TIME", "only the last N events, or those of the last TIME (5s)"},           \
      [(first) +                                                                                                       \
          FILTER_FROM_OPTION] = {0, "from", "MOMENT", "from there on: +1.5s after the first event, 13:14:55.36"},      \
      [(first) +                                                                                                       \
          FILTER_TO_OPTION] = {0, "to", "MOMENT", "up to there; a date may stand before: 2026-11-22T13:14:55Z"},       \
      [(first) + FILTER_FUNCTION_OPTION] = {0, "function", "PATTERN",                                                  \
                                            "only functions that match [module:]function[/arity], a glob"},            \
      [(first) +                                                                                                       \
          FILTER_THREAD_OPTION] = {0, "thread", "NAME|TID", "only threads of that name, a glob, or that number"},      \
      [(first) + FILTER_MIN_OPTION] = {0, "min", "TIME", "no calls that returned sooner than this (5ms)"},             \
      [(first) +                                                                                                       \
          FILTER_EVENT_OPTION] = {0, "event", "KIND,...",                                                              \
                                  "only those: call, exit, return, tail, skipped, result, lost, session, mark, row"},  \
      [(first) +                                                                                                       \
          FILTER_WHERE_OPTION] = {0, "where", "GUARD", "only calls for which a guard holds: 'len > 4096', 'ret < 0'"}

/* Whether any option was set that leaves something out. */
bool filter_asks(const struct filter_question *question);

/* Sets what an option says. False, and said: it is wrong. */
bool filter_set(struct filter_question *question, int option, const char *value);

#endif
