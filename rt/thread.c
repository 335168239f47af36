/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every thread, and its stream in each session that asks it. A thread starts with a shared structure that says that it has none of its
 * own yet. */
#include "internal.h"

struct thread calltap__no_thread;
_Thread_local struct thread *calltap__self = &calltap__no_thread;
_Thread_local struct inheritance calltap__inheritance;
bool calltap__births_are_seen;

static struct thread *_Atomic first;
static _Atomic uint32_t ended; /* at least so many are free to be taken again */

static bool is_taken(struct thread *t, int tid) {
  int32_t nobody = 0;
  return atomic_compare_exchange_strong(&t->tid, &nobody, tid);
}

/* One whose thread has ended. Null: there is none. */
static struct thread *take_ended(int tid) {
  if (!atomic_load_explicit(&ended, memory_order_relaxed))
    return NULL;
  for (struct thread *t = atomic_load_explicit(&first, memory_order_acquire); t; t = t->next)
    if (!atomic_load_explicit(&t->tid, memory_order_relaxed) && is_taken(t, tid)) {
      atomic_fetch_sub_explicit(&ended, 1, memory_order_relaxed);
      return t;
    }
  return NULL;
}

/* A signal handler's event in the middle of this makes one of its own, which is then given up: its streams stay in their sessions. */
struct thread *calltap__thread_make(void) {
  int tid = calltap__os_tid();
  struct thread *t = take_ended(tid);
  if (!t) {
    t = calltap__arena_take(&calltap__process_memory, sizeof *t);
    if (!t)
      return NULL;
    t->tid = tid;
    t->next = atomic_load_explicit(&first, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&first, &t->next, t, memory_order_release, memory_order_relaxed))
      continue;
  }
  t->unasked = 0;
  calltap__self = t;
  return t;
}

bool calltap__thread_tag(int64_t tag) {
  struct thread *t = calltap__self == &calltap__no_thread ? calltap__thread_make() : calltap__self;
  if (!t)
    return false;
  t->tag = tag;
  t->has_tag = true;
  return true;
}

/* -- streams ------------------------------------------------------------------------------------------------------------ */

static struct stream *make_stream(struct session *session, int tid) {
  struct stream *s = calltap__arena_take(&session->memory, sizeof *s);
  struct part_begin *begin = NULL;
  if (session->parts.size)
    begin = calltap__arena_take(&session->memory, session->parts.count * sizeof *begin);
  if (!s || (session->parts.size && !begin))
    return NULL;
  s->begin = begin;
  s->session = session;
  s->deadline = session->deadline;
  s->tid = tid;
  s->number = atomic_fetch_add_explicit(&session->stream_numbers, 1, memory_order_relaxed) + 1;
  s->next_chunk = OS_PAGE;
  s->next = atomic_load_explicit(&session->streams, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(&session->streams, &s->next, s, memory_order_release,
                                                memory_order_relaxed))
    continue;
  return s;
}

static bool existed(const struct session *session, int tid) {
  size_t low = 0, high = session->existing.count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (session->existing.tid[middle] == tid)
      return true;
    if (session->existing.tid[middle] < tid)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

static bool is_selected(const struct session *session, int tid) {
  char name[16];
  const struct thread_spec *spec = atomic_load_explicit(&session->threads, memory_order_acquire);
  if (!spec)
    return true;
  calltap__os_thread_name(name);
  const struct thread_facts facts = {.tid = tid,
                                     .name = name,
                                     .is_main = tid == calltap__process.pid,
                                     .existed = existed(session, tid),
                                     .is_child = calltap__inheritance.session[session->index] == session->number};
  return calltap__thread_spec_selects(spec, &facts);
}

bool calltap__thread_attach(struct thread *t, struct session *session, uint32_t generation) {
  unsigned i = session->index;
  if (generation == GATE_CLOSED || !generation)
    return false;
  struct stream *s = t->in[i].stream;
  if (s && t->in[i].number != session->number)
    s = NULL; /* of an earlier session, whose memory is gone */
  else if (!s && t->in[i].number == session->number)
    s = t->in[i].unasked;
  bool takes_turns = session->parts.size, is_nested = takes_turns && t->in[i].inside > 1;
  if (is_nested && t->in[i].number == session->number && t->in[i].nested == generation)
    return true;
  bool is_known = takes_turns && t->in[i].number == session->number &&
                  (int32_t)(t->in[i].generation - session->selected) >= 0; /* only the file is another one */
  bool wanted = is_known ? t->in[i].stream != NULL : is_selected(session, t->tid);
  bool has_tag = takes_turns && s && s == t->in[i].stream && s->tag_kept; /* which goes on in the next file */
  if (wanted && s && takes_turns)
    calltap__part_leave(s);
  if (wanted && !s)
    s = make_stream(session, t->tid);
  if (wanted && !s)
    return false;
  t->in[i].number = session->number;
  t->in[i].unasked = wanted ? NULL : s;
  t->in[i].stream = wanted ? s : NULL;
  compiler_barrier();
  __atomic_store_n(is_nested ? &t->in[i].nested : &t->in[i].generation, generation, __ATOMIC_RELEASE);
  if (wanted && t->has_tag && !has_tag)
    calltap__tag_write(s, t->tag);
  return true;
}

void calltap__tag_write(struct stream *s, int64_t tag) {
  uint8_t record[24];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 2);
  calltap__cbor_text(&c, CALLTAP_WIRE_EVENT_TAG);
  if (tag < 0)
    calltap__cbor_head(&c, CBOR_NEGATIVE, ~(uint64_t)tag);
  else
    calltap__cbor_uint(&c, (uint64_t)tag);
  s->tag = tag;
  calltap__ring_keep_tag(s, &c);
  (void)calltap__record_write(s, &c);
}

void calltap__thread_rest(struct thread *t) {
  const struct gate_page *gate = &calltap__gate;
  uint32_t epoch = atomic_load_explicit(&gate->epoch, memory_order_acquire);
  uint32_t active = atomic_load_explicit(&gate->active, memory_order_relaxed);
  for (; active; active &= active - 1) {
    unsigned i = (unsigned)__builtin_ctz(active);
    if (t->in[i].stream || t->in[i].generation != atomic_load_explicit(&gate->generation[i], memory_order_relaxed))
      return;
  }
  t->unasked = epoch;
}

void calltap__thread_in_session(struct thread *t, struct session *session, stream_user *use, void *context) {
  unsigned i = session->index;
  uint32_t outer = thread_enter(t, i);
  uint32_t generation = atomic_load_explicit(&calltap__gate.generation[i], memory_order_acquire);
  bool runs = t->in[i].generation == generation || calltap__thread_attach(t, session, generation);
  if (runs && t->in[i].stream)
    use(t->in[i].stream, context);
  thread_leave(t, i, outer);
}

void calltap__for_each_stream(stream_user *use, void *context) {
  uint32_t active = atomic_load_explicit(&calltap__gate.active, memory_order_relaxed);
  struct thread *t = calltap__self;
  if (!active)
    return;
  if (t == &calltap__no_thread)
    t = calltap__thread_make();
  for (; t && active; active &= active - 1)
    calltap__thread_in_session(t, &calltap__sessions[__builtin_ctz(active)], use, context);
}

bool calltap__follows_children(void) {
  uint32_t active = atomic_load_explicit(&calltap__gate.active, memory_order_relaxed);
  for (; active; active &= active - 1)
    if (atomic_load_explicit(&calltap__sessions[__builtin_ctz(active)].follows_children, memory_order_relaxed))
      return true;
  return false;
}

/* -- control -------------------------------------------------------------------------------------------------------------- */

bool calltap__thread_is_inside(unsigned session) {
  for (const struct thread *t = atomic_load_explicit(&first, memory_order_acquire); t; t = t->next)
    if (t->tid && __atomic_load_n(&t->in[session].inside, __ATOMIC_ACQUIRE))
      return true;
  return false;
}

uint32_t calltap__threads_settled(unsigned session, uint32_t newest) {
  uint32_t least = newest;
  for (const struct thread *t = atomic_load_explicit(&first, memory_order_acquire); t; t = t->next) {
    bool is_inside = t->tid && __atomic_load_n(&t->in[session].inside, __ATOMIC_ACQUIRE);
    uint32_t settled = __atomic_load_n(&t->in[session].generation, __ATOMIC_ACQUIRE);
    if (is_inside && (int32_t)(settled - least) < 0 && calltap__os_thread_exists(calltap__process.pid, t->tid))
      least = settled;
  }
  return least;
}

void calltap__threads_sweep(void) {
  int pid = calltap__os_pid();
  for (struct thread *t = atomic_load_explicit(&first, memory_order_acquire); t; t = t->next) {
    if (!t->tid || calltap__os_thread_exists(pid, t->tid))
      continue;
    for (unsigned i = 0; i < CALLTAP_SESSIONS; i++) {
      const struct session *session = &calltap__sessions[i];
      if (t->in[i].stream && t->in[i].number == session->number && calltap__session_is_alive(session))
        calltap__open_thread_ended(t->in[i].stream);
      t->in[i].generation = t->in[i].number = t->in[i].inside = t->in[i].nested = 0;
      t->in[i].stream = t->in[i].unasked = NULL;
    }
    t->has_tag = false;
    atomic_store_explicit(&t->tid, 0, memory_order_release);
    atomic_fetch_add_explicit(&ended, 1, memory_order_relaxed);
  }
}

void calltap__threads_forget(void) {
  calltap__self = &calltap__no_thread;
  atomic_store_explicit(&first, NULL, memory_order_relaxed);
  atomic_store_explicit(&ended, 0, memory_order_relaxed);
}
