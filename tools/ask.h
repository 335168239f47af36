/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Asks a running process that was started with nothing set, without root, ptrace, daemon or socket: a file with the request, the control
 * signal, a file with the reply. calltap/request.h is the contract with the runtime in the process. */
#ifndef CALLTAP_ASK_H
#define CALLTAP_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "command.h"
#include "look.h"

enum { ASK_WHY = 512 };

struct ask {
  uint32_t pid;
  int proc;         /* its directory in /proc: what is read through it is never another process that got the number */
  int signal;       /* the control signal */
  struct look look; /* as it was when it was looked at */
  uint32_t inner_user; /* its effective user as it sees it itself: another number in another user namespace */
  char *said;          /* the last reply */
};

/* Looks at the process: its user, its runtime, its signal. False: it cannot be asked, and why has been said. */
bool ask_open(struct ask *ask, uint32_t pid);

/* The same; why is written and not said. `ask` is to be closed in either case. */
bool ask_look(struct ask *ask, uint32_t pid, char why[ASK_WHY]);

/* Sends the request, text as request.h has it, and waits for the reply, which is terminated and lives until the next call or ask_close.
 * NULL: none came, and why has been said. A reply that begins with "wrong" or "fault" is returned, too, and not said. */
const char *ask_request(struct ask *ask, const char *text, size_t bytes);

/* The same of one thread, which must take signals. NULL also where it does not answer in time, which is not said. */
const char *ask_thread(struct ask *ask, uint32_t tid, const char *text, size_t bytes);

/* Says a reply that is not "ok", and returns what the command ends with for it. */
enum status ask_say(struct ask *ask, const char *reply);

/* Copies the value of a key in a reply, of those before its first session; false if it has none. */
bool ask_value(const char *reply, const char *key, char *value, size_t size);

void ask_close(struct ask *ask);

/* The processes that TARGET names: a pid, several with commas, or a glob of program names, of those that carry the runtime and are not
 * this one. Returns how many; 0: none, which has been said. The caller frees *pids. */
size_t ask_targets(const char *target, uint32_t **pids);

/* The processes of this user that listen, but this one. Nothing is said. */
size_t ask_mine(uint32_t **pids);

/* Leaves a small child that sends `stop` for that session to all the processes when this command dies, however it does. Returns its
 * number, -1: there is none, which has been said. */
pid_t ask_watch(struct ask *asks, size_t count, const char *session, int *pipe_end);

/* The command ends in good order: no stop is sent. */
void ask_watch_end(pid_t watchdog, int pipe_end);

#endif
