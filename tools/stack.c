/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "calltap/request.h"

enum { TRIES = 3 }; /* at a thread that goes on while it is looked at */

static bool take_frames(struct stack *stack, const char *reply) {
  struct asked_line line;
  stack->frames = 0;
  stack->is_refused = reply != NULL && strncmp(reply, "wrong ", 6) == 0 && strstr(reply, "CALLTAP_ALLOW=off") != NULL;
  if (reply == NULL || strncmp(reply, "ok", 2) != 0)
    return false;
  while (asked_next(&reply, &line)) {
    if (asked_is(&line, "frame") && stack->frames < STACK_FRAMES)
      stack->frame[stack->frames++] = strtoull(line.value.bytes, NULL, 10);
  }
  return stack->frames > 0;
}

static bool ask_itself(struct ask *ask, struct stack *stack) {
  static const char text[] = CALLTAP_REQUEST_FIRST "stack\n";
  stack->is_partial = false;
  return take_frames(stack, ask_thread(ask, stack->tid, text, sizeof text - 1));
}

static bool ask_another(struct ask *ask, struct stack *stack) {
  char text[64];
  int size = snprintf(text, sizeof text, CALLTAP_REQUEST_FIRST "stack\nthread %" PRIu32 "\n", stack->tid);
  stack->is_partial = true;
  return take_frames(stack, ask_request(ask, text, (size_t)size));
}

static void read_name(struct ask *ask, struct stack *stack) {
  char path[64];
  snprintf(path, sizeof path, "task/%" PRIu32 "/comm", stack->tid);
  if (look_file(ask->proc, path, stack->name, sizeof stack->name) < 0)
    stack->name[0] = '\0';
  stack->name[strcspn(stack->name, "\n")] = '\0';
}

/* A thread may be in another state at each try. What it waits in is ended once at most. */
static void ask_one(struct ask *ask, struct look_thread *thread, bool interrupt, struct stack *stack) {
  *stack = (struct stack){.tid = thread->tid};
  read_name(ask, stack);
  for (unsigned i = 0; i < TRIES && stack->frames == 0 && !stack->is_refused; i++) {
    if (i > 0 && !look_thread(ask->proc, stack->tid, thread))
      return;
    stack->call = look_call_name(thread);
    bool is_quiet = look_is_quiet(thread, ask->signal) || (interrupt && i == 0 && look_rank(thread, ask->signal) > 0);
    (void)(is_quiet ? ask_itself(ask, stack) : ask_another(ask, stack));
  }
}

bool stacks_ask(struct ask *ask, bool interrupt, stack_receiver *receive, void *context) {
  size_t count;
  struct stack stack;
  struct look_thread *threads = look_threads(ask->proc, ask->signal, &count);
  for (size_t i = 0; i < count; i++) {
    ask_one(ask, &threads[i], interrupt, &stack);
    receive(context, &stack);
    if (stack.is_refused)
      break;
  }
  free(threads);
  return count > 0;
}
