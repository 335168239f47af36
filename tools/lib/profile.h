/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where the time went: calls, their time and who made them, added up from events.
 *
 *     struct calltap__profile *profile = calltap__profile_new((struct calltap__profile_options){0});
 *     while ((event = calltap_reader_next(reader)) != NULL)
 *       calltap__profile_event(profile, event);
 *     calltap__profile_finish(profile);
 *
 * A profile is a tree of call paths, all threads together or each by itself, and a distribution of times for each group: a function, a
 * module, a thread, or a function called by another. Functions with the same module:function/arity are one, in whatever file.
 *
 * Memory: proportional to the call paths, groups, threads and the depth of open calls, never to the number of events. There are at most
 * CALLTAP__MOST_NODES paths; calls on further ones stand below one node of their own, without their callers, and
 * are counted in `beyond`.
 *
 * What is not known is counted and not made up:
 *   a call that is open at the end    its time up to its thread's last event is in `total` and `self`, not in the distribution
 *   a call that was skipped           (left by longjmp or an exception) the same, up to the event that showed it
 *   a call without recorded exits     has no time
 *   an exit without its call          is only counted
 *   a call that ended in a tail call  has ended there; what it called stands beside it, below the same caller */
#ifndef CALLTAP_PROFILE_H
#define CALLTAP_PROFILE_H

#include "batches.h"
#include "calltap/reader.h"
#include "distribution.h"
#include "numbering.h"

enum calltap__profile_by {
  CALLTAP__BY_FUNCTION,
  CALLTAP__BY_MODULE,
  CALLTAP__BY_THREAD,
  CALLTAP__BY_CALLER, /* a function, called by one other */
};

/* Whether times are also kept in batches, for comparisons: see difference.h. */
enum calltap__profile_batches {
  CALLTAP__NO_BATCHES,
  CALLTAP__BATCHES_BY_TIME,
  CALLTAP__BATCHES_BY_FILE, /* a batch for each file; there must not be more than CALLTAP__BATCHES */
};

struct calltap__profile_options {
  enum calltap__profile_by by; /* what a group is. THREAD needs `threads` */
  bool threads;                /* each thread has a tree of its own, below the root */
  bool is_part;                /* not all events are given: some calls or exits may be missing */
  enum calltap__profile_batches batches;
};

/* All functions of one MFA. The first ones stand for others: */
enum {
  CALLTAP__FUNCTION_NONE,    /* the root, and the roots of threads */
  CALLTAP__FUNCTION_UNKNOWN, /* all whose names the trace does not have */
  CALLTAP__FUNCTION_BEYOND,  /* the root of paths beyond the limit */
  CALLTAP__FUNCTIONS,
};

struct calltap__profile_function {
  struct calltap_text mfa;                       /* as in the trace, terminated; the profile's */
  const struct calltap_trace_function *function; /* the first of them; NULL: one of the above */
  uint32_t module;                               /* the first function of the same module */
};

/* A thread; it may have several streams. Threads are numbered from 1. */
struct calltap__profile_thread {
  const struct calltap_trace_file *file;
  const struct calltap_trace_thread *thread;
};

/* A call path: this function, called by its parent's. Node 0 is the root. */
struct calltap__profile_node {
  uint32_t function;
  uint32_t thread; /* in a profile with `threads` its thread, else the last one seen; 0: none */
  uint32_t group;
  uint32_t parent;
  uint32_t child;   /* the first; 0: there are none */
  uint32_t sibling; /* the next child of its parent; 0: it is the last */
  uint32_t recent;  /* the child that was called last */
  bool is_beyond;
  uint64_t calls;
  uint64_t total_ns; /* with what they called */
  uint64_t self_ns;
  uint64_t vague_ns; /* the part of `total_ns` that is of calls whose end is not known */
  uint64_t tails;    /* calls that ended in a tail call */
  uint64_t errors;   /* calls that ended otherwise than by return or tail call */
  uint64_t open;     /* calls that had not ended at the end */
};

enum { CALLTAP__MOST_NODES = 1 << 21 }; /* 250 MB */

struct calltap__profile_group {
  struct calltap__distribution times; /* of calls whose end is known */
  uint32_t function;                  /* BY_FUNCTION, BY_CALLER */
  uint32_t caller;                    /* BY_CALLER: a function */
  uint32_t module;                    /* BY_MODULE: a function of it */
  uint32_t thread;                    /* BY_THREAD */
  uint32_t threads;                   /* how many threads made such calls */
  uint64_t unmatched;                 /* exits without their calls; of unknown callers in BY_CALLER */
  struct calltap__batches *batches;   /* of the same values; NULL: not asked for, or there are none */
};

struct calltap__profile {
  struct calltap__profile_options options;
  struct calltap__profile_function *function;
  size_t functions;
  struct calltap__profile_thread *thread; /* by number; 0 is none */
  size_t threads;
  struct calltap__profile_node *node;
  size_t nodes;
  struct calltap__profile_group *group; /* by number; 0 is none */
  size_t groups;
  /* All further ones are only of use when the profile is finished. */
  uint64_t calls;     /* of all threads */
  uint64_t exits;     /* with those that have no record, of skipped calls */
  uint64_t unmatched; /* exits without their calls */
  uint64_t skipped;
  uint64_t open;
  uint64_t untimed; /* calls whose exits are not recorded */
  uint64_t beyond;  /* calls on paths beyond the limit */
  uint64_t
      between; /* calls that ended while later ones of their thread stayed open, as on several stacks: who called those is in doubt */
  int64_t first_ns; /* time of the earliest and latest call or exit since 1970; only of use if there was one */
  int64_t last_ns;
  bool failed; /* there was no memory for a part of it */
  struct calltap__profile_work *work;
};

/* NULL without memory. */
struct calltap__profile *calltap__profile_new(struct calltap__profile_options options);

/* Adds an event. All must come from one reader, in its order, and none be left out unless `is_part` is set. The reader must live as long as the
 * profile. */
void calltap__profile_event(struct calltap__profile *profile, const struct calltap_event *event);

/* To be called once, after the last event. */
void calltap__profile_finish(struct calltap__profile *profile);

/* Accepts NULL. */
void calltap__profile_free(struct calltap__profile *profile);

#endif
