/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every thread's stream. A thread starts with a shared empty one, whose generation no session has, so that the event path
 * needs no test for "the first time". */
#include "internal.h"

enum { NO_GENERATION = UINT32_MAX };

static struct stream empty = {.generation = NO_GENERATION};
_Thread_local struct stream *calltap__self = &empty;

static struct stream *_Atomic first;
static _Atomic uint32_t numbers; /* stream 0 is the session's */

struct stream *calltap__thread_first(void) {
  return atomic_load_explicit(&first, memory_order_acquire);
}

static void publish(struct stream *s) {
  s->next = atomic_load_explicit(&first, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(&first, &s->next, s, memory_order_release, memory_order_relaxed))
    continue;
}

static struct stream *own_stream(void) {
  if (calltap__self != &empty)
    return calltap__self;
  struct stream *s = calltap__memory(sizeof *s);
  if (!s)
    return NULL;
  s->number = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
  publish(s);
  calltap__self = s;
  return s;
}

/* A signal handler's event in the middle of this attaches the thread by itself: to a stream of its own, if it comes before
 * calltap__self is set, or to the same with a chunk that is then given up. Neither loses an event. */
struct stream *calltap__thread_attach(void) {
  uint32_t generation = atomic_load_explicit(calltap__live.gate, memory_order_acquire);
  struct stream *s = generation ? own_stream() : NULL;
  if (!s || s->generation == generation)
    return s;
  s->cursor = s->end = 0; /* the first event takes a chunk of the new session's file */
  s->calls = s->exits = s->open = s->nested = s->lost = s->rejected = s->faults = 0;
  s->open_calls = s->hold_used = s->kept_used = s->unnoted = s->not_held = s->skipped = s->uncounted = 0;
  s->keeping = s->flags = 0;
  s->rows = s->row_table = s->row_count = 0;
  s->tag = 0;
  for (unsigned i = 0; i < CALLTAP_UNDERS; i++)
    s->under_open[i] = 0;
  for (unsigned i = 0; i < CALLTAP_SAMPLES; i++)
    s->sampled[i] = 0;
  s->next_chunk = OS_PAGE;
  compiler_barrier();
  s->generation = generation;
  return s;
}

void calltap__thread_forget(void) {
  calltap__self = &empty;
  atomic_store_explicit(&first, NULL, memory_order_relaxed);
  atomic_store_explicit(&numbers, 0, memory_order_relaxed);
}
