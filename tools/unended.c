/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "unended.h"

#include <stdlib.h>
#include <string.h>

struct open_call {
  struct calltap_event event;
  bool is_wanted;
};

/* The open calls of a thread, the outermost first. */
struct stack {
  struct open_call **call;
  size_t count;
  size_t room;
};

/* The end of a file is its last event: a killed program says no more. */
struct ending {
  const struct calltap_trace_file *file;
  int64_t real_ns;
};

struct unended_work {
  struct stack *stack; /* by the thread's index */
  size_t threads;
  struct ending *ending;
  size_t files;
  bool values;
};

struct unended *unended_new(const struct calltap_reader *reader, bool values) {
  struct unended *unended = calloc(1, sizeof *unended);
  struct unended_work *work = calloc(1, sizeof *work);
  if (unended == NULL || work == NULL) {
    free(unended);
    free(work);
    return NULL;
  }
  unended->work = work;
  work->values = values;
  work->threads = calltap_reader_threads(reader);
  work->files = calltap_reader_files(reader);
  work->stack = calloc(work->threads + 1, sizeof *work->stack);
  work->ending = calloc(work->files + 1, sizeof *work->ending);
  for (size_t i = 0; work->ending != NULL && i < work->files; i++)
    work->ending[i].file = calltap_reader_file(reader, i);
  if (work->stack != NULL && work->ending != NULL)
    return unended;
  unended_free(unended);
  return NULL;
}

/* --- copies --- */

static void free_call(struct open_call *call) {
  free((void *)(uintptr_t)call->event.value);
  free((void *)(uintptr_t)call->event.item);
  free((void *)(uintptr_t)call->event.extra);
  free(call);
}

static void *copy_of(const void *bytes, size_t size, bool *failed) {
  void *copy = malloc(size);
  if (copy != NULL)
    memcpy(copy, bytes, size);
  *failed |= copy == NULL;
  return copy;
}

/* The items stand in the file, which stays; what leads to them does not. */
static bool copy_values(struct open_call *to, const struct calltap_event *event, bool values) {
  bool failed = false;
  to->event.value = NULL;
  to->event.item = NULL;
  to->event.extra = NULL;
  if (values && event->item != NULL) {
    to->event.value = copy_of(event->value, event->values * sizeof *event->value, &failed);
    to->event.item = copy_of(event->item, (event->values + (size_t)1) * sizeof *event->item, &failed);
  }
  if (values && event->extra != NULL)
    to->event.extra = copy_of(event->extra, sizeof *event->extra, &failed);
  return !failed;
}

/* --- events --- */

static bool has_room(struct stack *stack) {
  if (stack->count < stack->room)
    return true;
  size_t room = stack->room * 2 + 16;
  struct open_call **grown = realloc(stack->call, room * sizeof(struct open_call *));
  if (grown == NULL)
    return false;
  stack->call = grown;
  stack->room = room;
  return true;
}

static void drop(struct stack *stack, size_t at) {
  free_call(stack->call[at]);
  stack->count--;
  memmove(stack->call + at, stack->call + at + 1, (stack->count - at) * sizeof(struct open_call *));
}

static void take_call(struct unended *unended, struct stack *stack, const struct calltap_event *event, bool is_wanted) {
  struct open_call *call = has_room(stack) ? malloc(sizeof *call) : NULL;
  if (call == NULL) {
    unended->failed = true;
    return;
  }
  *call = (struct open_call){.event = *event, .is_wanted = is_wanted};
  stack->call[stack->count++] = call;
  if (!copy_values(call, event, unended->work->values && is_wanted)) {
    unended->failed = true;
    drop(stack, stack->count - 1);
  }
  /* The reader has forgotten the outermost calls of a very deep stack, and never sees their exits. */
  while (stack->count > event->depth)
    drop(stack, 0);
}

/* Of several stacks in one thread a call may end that is not the innermost. */
static void take_exit(struct stack *stack, const struct calltap_event *event) {
  for (size_t at = stack->count; event->paired && at-- > 0;) {
    if (stack->call[at]->event.call != event->call)
      continue;
    drop(stack, at);
    return;
  }
}

static void take_time(struct unended_work *work, const struct calltap_event *event) {
  size_t at = 0;
  while (at < work->files && work->ending[at].file != event->file)
    at++;
  if (at < work->files && event->real_ns > work->ending[at].real_ns)
    work->ending[at].real_ns = event->real_ns;
}

void unended_take(struct unended *unended, const struct calltap_event *event, bool is_wanted) {
  struct unended_work *work = unended->work;
  take_time(work, event);
  if (event->thread->index >= work->threads)
    return;
  struct stack *stack = &work->stack[event->thread->index];
  if (event->kind == CALLTAP_EVENT_CALL && event->function->exits)
    take_call(unended, stack, event, is_wanted);
  else if (event->kind == CALLTAP_EVENT_EXIT)
    take_exit(stack, event);
}

/* --- the end --- */

static int64_t end_of(const struct unended_work *work, const struct calltap_trace_file *file) {
  for (size_t i = 0; i < work->files; i++) {
    if (work->ending[i].file == file)
      return work->ending[i].real_ns;
  }
  return 0;
}

/* Calls of one moment by their threads, and these by their numbers of calls. */
static int compare(const void *left, const void *right) {
  const struct calltap_event *a = *(const struct calltap_event *const *)left;
  const struct calltap_event *b = *(const struct calltap_event *const *)right;
  if (a->real_ns != b->real_ns)
    return a->real_ns < b->real_ns ? -1 : 1;
  if (a->thread->index != b->thread->index)
    return a->thread->index < b->thread->index ? -1 : 1;
  return a->call < b->call ? -1 : a->call > b->call;
}

static void add_stack(struct unended *unended, const struct stack *stack, int64_t now_ns) {
  for (size_t i = 0; i < stack->count; i++) {
    struct calltap_event *event = &stack->call[i]->event;
    int64_t end_ns = now_ns > 0 ? now_ns : end_of(unended->work, event->file);
    if (!stack->call[i]->is_wanted)
      continue;
    event->open_ns = end_ns > event->real_ns ? (uint64_t)(end_ns - event->real_ns) : 0;
    event->open_ns += event->open_ns == 0; /* 0 is for calls of which nothing is known */
    unended->call[unended->count++] = event;
  }
}

void unended_end(struct unended *unended, int64_t now_ns) {
  struct unended_work *work = unended->work;
  size_t count = 0;
  for (size_t i = 0; i < work->threads; i++)
    count += work->stack[i].count;
  unended->call = malloc((count + 1) * sizeof *unended->call); // NOLINT(bugprone-sizeof-expression): of pointers
  if (unended->call == NULL) {
    unended->failed = true;
    return;
  }
  for (size_t i = 0; i < work->threads; i++)
    add_stack(unended, &work->stack[i], now_ns);
  qsort(unended->call, unended->count, sizeof *unended->call, compare); // NOLINT(bugprone-sizeof-expression)
}

void unended_free(struct unended *unended) {
  if (unended == NULL)
    return;
  struct unended_work *work = unended->work;
  for (size_t i = 0; work->stack != NULL && i < work->threads; i++) {
    for (size_t j = 0; j < work->stack[i].count; j++)
      free_call(work->stack[i].call[j]);
    free(work->stack[i].call);
  }
  free(work->stack);
  free(work->ending);
  free(work);
  free(unended->call);
  free(unended);
}
