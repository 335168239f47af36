/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What /proc says of a process that is to be asked: its state, its user, its signals, its threads. */
#ifndef CALLTAP_LOOK_H
#define CALLTAP_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A status file, of a process or of a thread. What it does not say is 0. */
struct look {
  char name[64];
  char state; /* the letter: R, S, D, T, t, Z, X */
  uint32_t pid;
  uint32_t tgid;
  uint32_t tracer; /* the process that debugs it, 0: none */
  uint32_t real_user;
  uint32_t user; /* effective */
  uint32_t group;
  uint32_t threads;
  uint32_t pid_namespaces; /* from ours inwards: 1 is ours */
  uint32_t no_new_privileges;
  uint32_t seccomp;
  uint64_t blocked; /* signals: the bit of number 1 is the lowest */
  uint64_t ignored;
  uint64_t caught;
};

void look_parse(struct look *look, const char *status);

/* `path` starts at the directory `at`. Returns 0 or an errno. */
int look_read(struct look *look, int at, const char *path);

bool look_has_signal(uint64_t signals, int number);

struct look_thread {
  uint32_t tid;
  char state;
  uint64_t blocked;
  int64_t call; /* number of the system call that it waits in; -1: in none, or not known */
  uint64_t argument[6];
};

/* Fills `call` and `argument` from the text of a thread's syscall file. */
void look_parse_call(struct look_thread *thread, const char *text);

/* False: there is no such thread. */
bool look_thread(int proc, uint32_t tid, struct look_thread *thread);

/* How well a thread takes a signal: 0 not at all, more is better. A handler that runs in one that computes, or waits in a call that the
 * kernel restarts, is not noticed by the program. */
unsigned look_rank(const struct look_thread *thread, int signal);

/* Whether it takes the signal so that the program does not notice, as far as can be said. */
bool look_is_quiet(const struct look_thread *thread, int signal);

/* The name of the system call that it waits in; NULL: none, or one that is not known. */
const char *look_call_name(const struct look_thread *thread);

/* The threads of the process whose directory in /proc is `proc`, those that take the signal best first; *count of them, to be freed.
 * NULL: there are none. */
struct look_thread *look_threads(int proc, int signal, size_t *count);

/* The number of a signal as CALLTAP_SIGNAL names it; NULL: the default; 0: `none`; -1: not known. */
int look_signal_number(const char *name);

/* The control signal by the environment of the process; the default if that cannot be read. */
int look_signal(int proc);

/* Reads a small file; returns its bytes without the NUL that is put behind them, -1: an errno is set. */
long look_file(int at, const char *path, char *text, size_t size);

enum look_carried {
  LOOK_NOTHING,
  LOOK_TABLES,  /* objects with the note: a static runtime, or none */
  LOOK_RUNTIME, /* libcalltap.so */
};

/* Returns 0 or an errno. */
int look_carried(uint32_t pid, enum look_carried *carried);

#endif
