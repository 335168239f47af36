/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One session on running processes: it is started in each of them, what they write is read as they write it, and it is stopped
 * in each. What trace, record, count and time have in common. */
#ifndef CALLTAP_LIVE_H
#define CALLTAP_LIVE_H

#include "ask.h"
#include "lib/view.h"
#include "question.h"

/* The first options of each of these commands. */
enum {
  LIVE_CALLS,
  LIVE_FOR,
  LIVE_LIMIT,
  LIVE_POLICY,
  LIVE_THREADS,
  LIVE_SESSION,
  LIVE_STR,
  LIVE_EXPAND,
  LIVE_SILENT,
  LIVE_LATER,
  LIVE_FORCE,
  LIVE_OWN, /* the first of a command's own */
};

#define LIVE_TABLE                                                                                                     \
  [LIVE_CALLS] = {'n', "calls", "N|N/TIME",                                                                            \
                  "stop after N calls, or at N calls within a time, as 100/1s; 0: no limit"},                          \
  [LIVE_FOR] = {0, "for", "TIME", "stop after this time (15s, 500ms); 0: no limit"},                                   \
  [LIVE_LIMIT] = {0, "limit", "LIST", "limits as in CALLTAP_LIMIT: bytes=SIZE, ring=SIZE, budget=PERCENT, ..."},       \
  [LIVE_POLICY] = {0, "policy", "stop|drop",                                                                           \
                   "what a limit of calls does: end the session, or count what is too much"},                          \
  [LIVE_THREADS] = {'t', "threads", "SPEC", "only these threads: numbers and names, globs, with commas"},              \
  [LIVE_SESSION] = {0, "session", "NAME", "the name of the session (cli- and the number of this process)"},            \
  [LIVE_STR] = {0, "str", "BYTES", "record up to so many bytes of each string and sequence, 0 to 4096 (64)"},          \
  [LIVE_EXPAND] = {0, "expand", "LEVELS", "record what pointers lead to, so many levels deep, 0 to 4 (0)"},            \
  [LIVE_SILENT] = {0, "silent", NULL, "do not say what was armed, nor why it ended"},                                  \
  [LIVE_LATER] = {0, "later", NULL, "start also if nothing matches yet; libraries may be loaded"},                     \
  [LIVE_FORCE] = {0, "force", NULL, "ask all functions without a limit, if the rules say so"}

/* One process of it. */
struct live_process {
  struct ask ask;
  size_t file;      /* its trace in the reader; LIVE_NO_FILE: the session does not run in it */
  int exit;         /* readable when the process is gone; -1: not to be had */
  bool is_over;     /* there will be no more */
  bool is_gone;     /* without having ended the session */
  char trace[4096]; /* as the process sees it */
};

enum { LIVE_NO_FILE = -1 };

struct live {
  /* From the command line. */
  const char *target;
  struct question question;
  struct calltap__builder limits; /* joined by commas */
  bool has_calls, has_time;       /* something was said of these limits, be it that there is none */
  const char *threads;            /* NULL: all */
  const char *name;               /* NULL: as many as there are commands */
  const char *output;             /* NULL: memory */
  bool silent, later, force, detach;
  /* Reads a rule on its way in; NULL: as it is. */
  const char *(*reword)(struct live *live, const char *rule);
  struct calltap__builder reworded;
  /* While it runs. */
  char session[32];
  struct live_process *process;
  size_t processes;
  size_t running; /* of them */
  struct calltap_reader *reader;
  bool is_stopped; /* the processes were told to stop */
  bool is_left;    /* nobody is interested in the rest of what they wrote */
  int signal;      /* why, 0: no signal */
  pid_t watchdog;
  int watchdog_end;
  enum status status;
};

/* What a command does while it runs. */
struct live_work {
  /* Looks at what is new, up to that time; false: nobody is interested any more. `some`: something came. */
  bool (*look)(void *context, struct live *live, int64_t until_ns, bool *some);
  void *context;
  unsigned slowest_us; /* between two looks when nothing comes */
};

/* Reads the words; `set` takes the command's own options. False: one is wrong, which has been said. */
bool live_read(struct live *live, struct options *options, bool (*set)(void *context, int option, const char *value),
               void *context);

/* Adds a limit unless the command line says something of that kind. */
void live_default_calls(struct live *live, const char *limit);
void live_default_time(struct live *live, const char *limit);

/* Whether there is a limit of this name, as in CALLTAP_LIMIT. */
bool live_has_limit(const struct live *live, const char *name);

/* Whether there is a limit that ends the session in time. */
bool live_has_limit(const struct live *live, const char *name); /* on the command line */
bool live_is_limited(const struct live *live);

/* Checks the rules against the processes and starts the session. False: it runs nowhere, which has been said. */
bool live_start(struct live *live);

/* Works until the session has ended everywhere. */
void live_work(struct live *live, const struct live_work *work);

/* Asks a process to write what its session has counted so far. */
void live_ask_tables(struct live *live);

/* Says why it ended, and gives the status of the command. `shown`: what came of it. */
enum status live_end(struct live *live, uint64_t shown);

void live_free(struct live *live);

/* A worse status stays. */
void live_worsen(struct live *live, enum status status);

/* Path as seen from the root; the caller frees it. NULL without memory. */
char *live_absolute(const char *path);

#endif
