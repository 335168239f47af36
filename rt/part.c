/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A trace in files that take turns: rotate=SIZE*N. Threads write into the current part. Who crosses the middle of it makes the next one ahead,
 * under another name, while the others go on; who finds it full lets the session go on in the next one, which then takes the name of the
 * oldest. Both happen under the control lock, for which no hook waits longer than a second: a part is a little larger than it should be,
 * for those that come while another thread has the lock.
 *
 * A thread learns of the new part by the session's generation, at its next event, and begins with a chunk in it. Until then it may write into the
 * old one, which therefore stays mapped until every thread is outside of the session's hooks, or has met that generation at the beginning of one.
 * A hook that a signal handler left by siglongjmp never ends as far as is known: so that old parts do not pile up, the session does not go on
 * where there are too many of them.
 *
 * What events refer to, functions, types and so on, is kept as it was written first, and every part begins with it: the objects that it is about
 * may be gone by then. */
#include "internal.h"

enum {
  BEYOND = 1024 * 1024, /* of a file behind its size: for who cannot wait, and for what is said at the end */
  CHUNKS_WANTED = 32,   /* of one file, at least */
  CHUNK_MOST = 256 * 1024,
  TOLD_BLOCK = 32 * 1024,
  OLD_BYTES = 64 * 1024 * 1024, /* of files without a name that are mapped, or as much as all that have one */
  OLD_MOST = 256,
};
static const uint64_t WAIT_NS = 1000000000, HELD_NS = UINT64_C(2000000000);

/* -- what every part begins with -------------------------------------------------------------------------------------------- */

struct told {
  struct told *next;
  size_t size, used;
  uint8_t record[]; /* four bytes of its length before each */
};

bool calltap__parts_tell(struct session *session, const struct cbor *record) {
  struct parts *parts = &session->parts;
  uint32_t bytes = (uint32_t)calltap__cbor_size(record);
  size_t needed = bytes + sizeof bytes;
  struct told *t = parts->told_last;
  if (parts->told_bytes + needed > parts->size / 2)
    return false;
  if (!t || t->size - t->used < needed) {
    size_t size = needed > TOLD_BLOCK ? needed : TOLD_BLOCK;
    t = calltap__arena_take(&session->memory, sizeof *t + size);
    if (!t)
      return false;
    *t = (struct told){.size = size};
    *(parts->told_last ? &parts->told_last->next : &parts->told) = t;
    parts->told_last = t;
  }
  __builtin_memcpy(t->record + t->used, &bytes, sizeof bytes);
  calltap__bytes_copy(t->record + t->used + sizeof bytes, record->start, bytes);
  t->used += needed;
  parts->told_bytes += needed;
  return true;
}

bool calltap__parts_retell(const struct session *session, struct stream *s, record_writer *write) {
  for (struct told *t = session->parts.told; t; t = t->next)
    for (size_t at = 0; at < t->used;) {
      uint32_t bytes;
      __builtin_memcpy(&bytes, t->record + at, sizeof bytes);
      uint8_t *start = t->record + at + sizeof bytes;
      const struct cbor record = {start, start + bytes, start + bytes, false};
      if (!write(s, &record))
        return false;
      at += sizeof bytes + bytes;
    }
  return true;
}

/* -- making one ------------------------------------------------------------------------------------------------------------------ */

static struct part *take_spare(struct session *session) {
  struct part *p = session->parts.spare;
  if (!p)
    return calltap__arena_take(&session->memory, sizeof *p);
  session->parts.spare = p->next;
  p->next = NULL;
  return p;
}

static void give_spare(struct session *session, struct part *p) {
  calltap__trace_unmap(&p->trace);
  p->next = session->parts.spare;
  session->parts.spare = p;
}

static int identify_directory(struct trace *t, struct os_identity *id) {
  char *base = (char *)(uintptr_t)calltap__text_base(t->path), first = *base;
  *base = 0;
  int fd = calltap__os_open(t->path, false);
  *base = first;
  int result = fd < 0 ? fd : calltap__os_identify(fd, id);
  if (fd >= 0)
    calltap__os_close(fd);
  return result;
}

/* Limits of the process may be lower by now: where the file is not as large as it should be, it is of no use. */
static int open_whole(struct session *session, struct part *p) {
  int result = p->trace.limit < session->parts.size + BEYOND ? -27 /* EFBIG */ : calltap__report_part(session, p);
  if (result)
    calltap__trace_forget(&p->trace);
  return result;
}

/* Another directory of that name, or another root, is not where the others are. */
static int make(struct session *session, struct part *p) {
  struct parts *parts = &session->parts;
  struct os_identity now = {0, 0};
  if (!calltap__path_turn(&p->trace, parts->name, 0))
    return -36; /* ENAMETOOLONG */
  int result = identify_directory(&p->trace, &now);
  if (result)
    return result;
  if (now.device != parts->directory.device || now.inode != parts->directory.inode)
    return -2; /* ENOENT */
  result = calltap__trace_open(&p->trace, parts->size + BEYOND, true);
  return result ? result : open_whole(session, p);
}

/* Makes the next one ready. 0 or -errno. */
static int make_next(struct session *session) {
  struct parts *parts = &session->parts;
  if (parts->ready)
    return 0;
  struct part *p = take_spare(session);
  if (!p)
    return -12; /* ENOMEM */
  p->number = atomic_load(&parts->current)->number + 1;
  int result = make(session, p);
  if (result)
    give_spare(session, p);
  else
    parts->ready = p;
  return result;
}

static int open_first(struct session *session, struct part *p, bool is_child) {
  struct parts *parts = &session->parts;
  const struct turns turns = {parts->count, parts->name};
  int result = calltap__path_open(&p->trace, session->request.out, parts->size + BEYOND, is_child, &turns);
  if (!result)
    result = identify_directory(&p->trace, &parts->directory);
  (void)calltap__text_copy(session->trace.path, sizeof session->trace.path, p->trace.path);
  return result ? result : open_whole(session, p);
}

int calltap__parts_open(struct session *session, bool is_child) {
  const struct limits *limits = &session->request.limits;
  struct parts *parts = &session->parts;
  *parts = (struct parts){.size = limits->rotate / OS_PAGE * OS_PAGE, .count = limits->files};
  uint64_t largest = parts->size / CHUNKS_WANTED / OS_PAGE * OS_PAGE;
  parts->largest = largest < CHUNK_MOST ? (uint32_t)largest : CHUNK_MOST;
  parts->name = calltap__arena_take(&session->memory, PATH_BYTES * 2); /* two paths */
  struct part *p = take_spare(session);
  if (!parts->name || !p)
    return -12; /* ENOMEM */
  p->number = 1;
  int result = open_first(session, p, is_child);
  if (result)
    calltap__trace_unmap(&p->trace);
  else
    atomic_store(&parts->current, p);
  return result;
}

void calltap__parts_renew(struct session *session) {
  struct parts *parts = &session->parts;
  if (!parts->ready)
    return;
  calltap__trace_forget(&parts->ready->trace);
  give_spare(session, parts->ready);
  parts->ready = NULL;
  atomic_store(&parts->is_asked, false);
}

/* -- what is gone ---------------------------------------------------------------------------------------------------------------- */

static uint64_t now(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

/* The stream's thread may be at work: then the number is that of some moment, and that of the session's end is right. */
static uint64_t gone_of(const struct stream *s, uint64_t count, uint64_t oldest) {
  uint64_t last = now(&s->part);
  if (!last)
    return 0;
  for (uint64_t number = oldest; number <= last; number++) {
    const struct part_begin *begin = &s->begin[number % count];
    if (now(&begin->part) == number)
      return now(&begin->events);
  }
  return now(&s->calls) + now(&s->exits) - now(&s->unwritten);
}

static uint64_t gone_before(const struct session *session, uint64_t oldest) {
  uint64_t gone = 0;
  for (const struct stream *s = atomic_load_explicit(&session->streams, memory_order_acquire); s; s = s->next)
    gone += gone_of(s, session->parts.count, oldest);
  return gone;
}

/* The oldest that is there when this is the newest. */
static uint64_t oldest_with(const struct parts *parts, uint64_t number) {
  return number > parts->count ? number - parts->count + 1 : 1;
}

uint64_t calltap__parts_gone(const struct session *session) {
  return gone_before(session, oldest_with(&session->parts, atomic_load(&session->parts.current)->number));
}

void calltap__part_begin(struct stream *s, const struct part *part, uint64_t events) {
  struct part_begin *begin = &s->begin[part->number % s->session->parts.count];
  while (*(volatile uintptr_t *)&begin->part < part->number &&
         !cpu_local_stored_pair(&begin->events, events, part->number))
    continue;
  if (*(volatile uint64_t *)&s->part < part->number)
    s->part = part->number;
}

void calltap__part_leave(struct stream *s) {
  while (!cpu_local_stored_pair(&s->cursor, 0, 0))
    continue;
  s->next_chunk = OS_PAGE;
}

/* -- those that somebody may still write into ---------------------------------------------------------------------------------- */

static void release_old(struct session *session) {
  struct parts *parts = &session->parts;
  uint32_t settled = calltap__threads_settled(session->index, session->generation);
  for (struct part **link = &parts->old; *link;) {
    struct part *p = *link;
    if ((int32_t)(settled - p->generation) < 0) {
      link = &p->next;
      continue;
    }
    *link = p->next;
    give_spare(session, p);
  }
}

/* Their disk space is not given back. */
static bool are_too_many(const struct parts *parts) {
  uint64_t oldest = oldest_with(parts, atomic_load(&parts->current)->number + 1), bytes = 0, count = 0;
  for (const struct part *p = parts->old; p; p = p->next) {
    count++;
    bytes += p->number < oldest ? parts->size : 0;
  }
  return count > OLD_MOST || (bytes > OLD_BYTES && bytes > parts->size * parts->count);
}

/* -- going on in the next one ---------------------------------------------------------------------------------------------------- */

enum turn {
  TURN_NONE,
  TURN_BUSY, /* another thread has the lock */
  TURN_HELD, /* it must not be, now */
  TURN_DONE,
  TURN_ENDED, /* and the session with it */
};
struct turn_job {
  struct session *session;
  const struct part *from;
  enum turn result;
};

/* The ready one takes the name of the oldest, or a new one. */
static int name_next(struct parts *parts, struct part *p) {
  char *from = parts->name + PATH_BYTES;
  (void)calltap__text_copy(from, PATH_BYTES, p->trace.path);
  bool fits = calltap__path_turn(&p->trace, parts->name, (p->number - 1) % parts->count + 1);
  int result = fits ? calltap__os_rename(from, p->trace.path) : -36 /* ENAMETOOLONG */;
  if (result)
    (void)calltap__text_copy(p->trace.path, sizeof p->trace.path, from);
  return result;
}

static int go_on(struct session *session) {
  struct parts *parts = &session->parts;
  struct part *old = atomic_load(&parts->current), *next = parts->ready;
  calltap__report_turn(session, next, gone_before(session, oldest_with(parts, next->number)));
  int result = name_next(parts, next);
  if (result)
    return result;
  parts->ready = NULL;
  calltap__report_next(session);
  session->own = &next->stream;
  (void)calltap__text_copy(session->trace.path, sizeof session->trace.path, next->trace.path);
  atomic_store(&parts->current, next);
  old->generation = calltap__session_renew(session);
  calltap__trace_close(&old->trace, true);
  old->next = parts->old;
  parts->old = old;
  atomic_store(&parts->is_asked, false);
  atomic_store(&parts->waited_since, 0);
  return 0;
}

/* Whether the session must wait for hooks to leave old parts. Those that it waited for in vain it ends for. */
static bool is_held(struct session *session) {
  struct parts *parts = &session->parts;
  uint64_t ticks = calltap__ticks();
  release_old(session);
  if (!are_too_many(parts)) {
    parts->held_since = 0;
    return false;
  }
  if (!parts->held_since)
    parts->held_since = ticks;
  return ticks - parts->held_since < calltap__ticks_in(HELD_NS);
}

static void turn(void *context) {
  struct turn_job *job = context;
  struct session *session = job->session;
  struct parts *parts = &session->parts;
  job->result = TURN_DONE;
  if (atomic_load(&parts->current) != job->from)
    return;
  job->result = TURN_ENDED;
  if (!calltap__session_is_alive(session))
    return;
  if (is_held(session)) {
    job->result = TURN_HELD;
    return;
  }
  int result = parts->held_since ? -16 /* EBUSY */ : make_next(session);
  if (!result)
    result = go_on(session);
  if (!result)
    job->result = TURN_DONE;
  else
    calltap__session_end_now(session, result == -28 /* ENOSPC */ ? "disk" : "rotate");
}

void calltap__parts_make_room(struct session *session) {
  const struct part *p = atomic_load(&session->parts.current);
  if (p && atomic_load(&p->trace.used) >= session->parts.size && !is_held(session) && !make_next(session))
    (void)go_on(session); /* else the next event will end it */
}

static void make_ahead(void *context) {
  struct turn_job *job = context;
  if (atomic_load(&job->session->parts.current) == job->from && calltap__session_is_alive(job->session))
    (void)make_next(job->session); /* else it is tried once more where the file is full */
}

/* Does it under the lock, on a stack with room for it. */
static enum turn under_lock(void (*what)(void *), struct session *session, const struct part *from) {
  uint64_t saved;
  struct turn_job job = {session, from, TURN_HELD};
  enum lock lock = calltap__lock_now(&saved);
  if (lock != LOCK_TAKEN)
    return lock == LOCK_OWN ? TURN_HELD : TURN_BUSY;
  (void)calltap__control_on_stack(what, &job);
  calltap__unlock(&saved);
  return job.result;
}

static void ask_for_next(struct session *session, const struct part *from) {
  struct parts *parts = &session->parts;
  if (atomic_load_explicit(&parts->is_asked, memory_order_relaxed) || atomic_exchange(&parts->is_asked, true))
    return;
  uint64_t saved;
  enum lock lock = calltap__lock_now(&saved);
  if (lock != LOCK_TAKEN) {
    atomic_store(&parts->is_asked, false);
    return;
  }
  struct turn_job job = {session, from, TURN_NONE};
  (void)calltap__control_on_stack(make_ahead, &job);
  calltap__unlock(&saved);
}

/* The holder of the lock may wait, in a handler of fork, for what this thread has. So all threads together wait a second from the first that
 * does, and then no more until there was a turn. */
static bool waits(struct parts *parts) {
  uint64_t ticks = calltap__ticks(), since = 0;
  if (atomic_compare_exchange_strong(&parts->waited_since, &since, ticks))
    since = ticks;
  if (ticks > since && ticks - since > calltap__ticks_in(WAIT_NS))
    return false;
  calltap__os_pause();
  return true;
}

enum chunk_result calltap__part_take(struct stream *s, struct part **part, uint64_t *offset, uint64_t *bytes) {
  struct parts *parts = &s->session->parts;
  const uint64_t wanted = *bytes;
  for (;;) {
    struct part *p = *part = atomic_load_explicit(&parts->current, memory_order_acquire);
    if (!p) /* a hook that a fork interrupted, in a child without the session */
      return CHUNK_LIMIT;
    bool is_full = atomic_load_explicit(&p->trace.used, memory_order_relaxed) >= parts->size;
    enum turn did = is_full ? under_lock(turn, s->session, p) : TURN_NONE;
    if (did == TURN_DONE)
      continue;
    if (did == TURN_ENDED)
      return CHUNK_LIMIT;
    *bytes = wanted;
    enum chunk_result result = calltap__space_take(&p->trace, offset, bytes);
    if (result == CHUNK_TAKEN && did == TURN_NONE && *offset + *bytes > parts->size / 2)
      ask_for_next(s->session, p);
    if (result != CHUNK_LIMIT)
      return result;
    if (did == TURN_HELD || (did == TURN_BUSY && !waits(parts)))
      return CHUNK_HELD;
  }
}

/* -- the end ------------------------------------------------------------------------------------------------------------------------ */

void calltap__parts_close(struct session *session) {
  struct part *p = atomic_load(&session->parts.current);
  calltap__parts_renew(session);
  if (p)
    calltap__trace_close(&p->trace, true);
}

static void forget_all(struct part *p, bool unmaps) {
  for (; p; p = p->next) {
    if (unmaps)
      calltap__trace_unmap(&p->trace);
    p->trace.base = NULL;
  }
}

void calltap__parts_forget(struct session *session, bool unmaps) {
  struct parts *parts = &session->parts;
  struct part *p = atomic_load(&parts->current);
  atomic_store(&parts->current, NULL);
  forget_all(p, unmaps);
  forget_all(parts->old, unmaps);
  forget_all(parts->ready, unmaps);
  parts->old = parts->ready = parts->spare = NULL;
  session->own = &session->stream;
}
