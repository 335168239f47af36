/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* `under`: which scopes a thread is in, and the events of those that decide at their exits, which are kept until then. What a scope
 * that says no has kept is forgotten, unless a scope around it may still say yes. */
#include "internal.h"

struct kept {
  uint32_t bytes;  /* of the event */
  uint32_t scopes; /* bit i: it waits for scope i; 0: for none any more */
  uint64_t ticks;
  bool is_call, has_exit;
  uint8_t event[];
};

static size_t space_of(size_t bytes) { return (sizeof(struct kept) + bytes + 15) & ~(size_t)15; }

uint32_t calltap__scope_open(const struct filter *filter, const struct match_input *in, struct decision *d) {
  struct stream *s = in->stream;
  uint32_t opened = 0;
  for (unsigned i = 0; i < filter->scopes; i++) {
    const struct filter_scope *scope = &filter->scope[i];
    enum match match = scope->program ? calltap__match(scope->program, in, NULL) : MATCH_YES;
    s->faults += match == MATCH_FAULT;
    if (match != MATCH_YES)
      continue;
    opened |= UINT32_C(1) << scope->number;
    s->under_open[scope->number]++;
    s->keeping += scope->exit_program != NULL;
    d->needs_entry |= scope->exit_program != NULL;
    d->needs_vectors |= scope->exit_program != NULL;
  }
  return opened;
}

uint32_t calltap__scope_keep(struct stream *s, const struct made_event *made, uint32_t scopes) {
  if (!s->kept)
    s->kept = calltap__arena_take(&s->session->memory, KEPT_BYTES);
  size_t space = space_of(made->bytes);
  if (!s->kept)
    return 0;
  uintptr_t at;
  do { /* a signal handler may keep events in between, which stay */
    at = *(volatile uintptr_t *)&s->kept_used;
    if (at + space > KEPT_BYTES)
      return 0;
  } while (!cpu_local_replaced(&s->kept_used, at, at + space));
  struct kept *k = (struct kept *)(s->kept + at);
  k->bytes = (uint32_t)made->bytes;
  k->scopes = scopes;
  k->ticks = made->ticks;
  k->is_call = made->is_call;
  k->has_exit = made->has_exit;
  calltap__bytes_copy(k->event, made->event, made->bytes);
  compiler_barrier();
  return (uint32_t)at + 1;
}

static void release(struct stream *s, struct kept *k) {
  k->scopes = 0;
  const struct made_event made = {k->event, k->bytes, k->ticks, k->is_call, k->has_exit};
  calltap__call_write_late(s, &made);
}

void calltap__scope_release(struct stream *s, uint32_t kept) {
  struct kept *k = (struct kept *)(s->kept + kept - 1);
  if (k->scopes)
    release(s, k);
}

void calltap__scope_keeps_exit(struct stream *s, uint32_t kept) {
  ((struct kept *)(s->kept + kept - 1))->has_exit = true;
}

/* All from a place on: those that wait for a scope are written, or wait for it no more. Returns whether any still waits. */
static bool settle(struct stream *s, uintptr_t from, uint32_t yes, uint32_t no) {
  bool waits = false;
  while (from < s->kept_used) {
    struct kept *k = (struct kept *)(s->kept + from);
    from += space_of(k->bytes);
    if (k->scopes & yes)
      release(s, k);
    k->scopes &= ~no;
    waits |= k->scopes != 0;
  }
  return waits;
}

void calltap__scope_close(struct stream *s, const struct open_call *call, uint32_t yes) {
  uint32_t no = 0, conditional = 0;
  for (uint32_t left = call->opened; left; left &= left - 1) {
    unsigned number = (unsigned)__builtin_ctz(left);
    if (!--s->under_open[number])
      no |= UINT32_C(1) << number & ~yes;
    conditional += s->session->keeping >> number & 1;
  }
  if (!conditional)
    return;
  /* The scope is open until all is settled: one that a signal handler opens and leaves in between then gives back its own only. */
  bool waits = s->kept && settle(s, call->kept_from, yes, no);
  s->keeping -= conditional;
  if (!waits || !s->keeping)
    s->kept_used = s->keeping ? call->kept_from : 0;
}
