/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where the threads of a running process are just now. A thread that runs, or waits in a system call that goes on by itself, says so in the
 * handler of the control signal. Of one in a call that the signal would end, another thread reads the stack, as far as the registers go that
 * the kernel tells of. */
#ifndef CALLTAP_STACK_H
#define CALLTAP_STACK_H

#include "ask.h"

enum { STACK_FRAMES = 128 };

struct stack {
  uint32_t tid;
  char name[64];
  const char *call; /* the system call that it waits in; NULL: none, or one that is not known */
  bool is_partial;  /* read by another thread: it may go on further up */
  bool is_refused;  /* by the owner of the process, who allows nothing */
  size_t frames;    /* 0: it is not known */
  uint64_t frame[STACK_FRAMES];
};

/* Receives the stack of one thread; the first frame is where the thread is, the others are where calls return to. */
typedef void stack_receiver(void *context, const struct stack *stack);

/* Asks all threads of a process, one after the other. `interrupt`: also those that will see a system call end with EINTR. False: there is
 * no such process any more. */
bool stacks_ask(struct ask *ask, bool interrupt, stack_receiver *receive, void *context);

#endif
