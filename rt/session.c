/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The life of a session: waiting, on, off, draining, ended. Everything here happens under the control lock. */
#include "internal.h"
#include "walk.h"

struct session calltap__sessions[CALLTAP_SESSIONS];

unsigned calltap__sessions_used;

static uint32_t numbers; /* of sessions, and of their generations */

#define FOR_SESSIONS(s)                                                                                                \
  for (struct session *s = calltap__sessions; (s) < calltap__sessions + calltap__sessions_used; (s)++)

/* No generation is 0 or GATE_CLOSED. */
static uint32_t next_number(void) {
  do
    numbers++;
  while (!numbers || numbers == GATE_CLOSED);
  return numbers;
}

static bool is_on(const struct session *s) { return s->state == SESSION_ON || s->state == SESSION_DRAINING; }

bool calltap__session_is_alive(const struct session *s) {
  return s->state != SESSION_NONE && s->state != SESSION_ENDED;
}

struct session *calltap__session_find(const char *name) {
  struct session *ended = NULL;
  FOR_SESSIONS(s) {
    if (s->state == SESSION_NONE || !calltap__text_equal(s->name, name))
      continue;
    if (calltap__session_is_alive(s))
      return s;
    ended = s;
  }
  return ended;
}

/* -- places ------------------------------------------------------------------------------------------------------------ */

/* What a session that runs no more holds is given back, if nobody can be in it. */
static bool reclaim(struct session *s) {
  if (calltap__thread_is_inside(s->index))
    return false;
  atomic_store(&s->sites, NULL);
  atomic_store(&s->streams, NULL);
  atomic_store(&s->threads, NULL);
  s->request = (struct session_request){.limits = s->request.limits, .is_live = s->request.is_live};
  s->rules = NULL;
  s->problem = NULL;
  calltap__trace_unmap(&s->trace);
  if (s->parts.size)
    calltap__parts_forget(s, true);
  calltap__arena_free(&s->memory);
  return true;
}

/* Who asked for it has opened it by then, or will not any more. */
static void forget_trace(struct session *s) {
  static const uint64_t patience_ns = 10000000000;
  if (s->request.is_live && calltap__ticks() - s->ended > calltap__ticks_in(patience_ns))
    calltap__trace_forget(&s->trace);
  s->request.is_live = false;
}

/* A place that is free, or of the session that ended first. One that a hook is still in is nobody else's: what that hook goes on with is
 * the old session's. */
static struct session *find_place(void) {
  struct session *oldest = NULL;
  FOR_SESSIONS(s) {
    if (calltap__session_is_alive(s) || !reclaim(s))
      continue;
    if (s->state == SESSION_NONE)
      return s;
    if (!oldest || s->number < oldest->number)
      oldest = s;
  }
  return calltap__sessions_used < CALLTAP_SESSIONS ? &calltap__sessions[calltap__sessions_used++] : oldest;
}

/* Word by word: the compiler's own way would be a function of the C library. */
static void clear(struct session *s) {
  volatile uint64_t *word = (volatile uint64_t *)s;
  for (size_t i = 0; i < sizeof *s / sizeof *word; i++)
    word[i] = 0;
}

struct session *calltap__session_new(const char *name, const char **why) {
  struct session *same = calltap__session_find(name);
  calltap__threads_sweep();
  *why = same && calltap__session_is_alive(same) ? "a session of that name is there already" : NULL;
  struct session *s = *why ? NULL : find_place();
  if (!s) {
    *why = *why ? *why
                : "all 8 places have a session; `calltap stop` ends one (or a hook of one that ended is still at work)";
    return NULL;
  }
  forget_trace(s);
  unsigned index = (unsigned)(s - calltap__sessions);
  clear(s);
  s->index = index;
  s->number = next_number();
  s->own = &s->stream;
  (void)calltap__text_copy(s->name, sizeof s->name, name);
  (void)calltap__memory_from(&s->memory);
  s->rules = calltap__memory(sizeof *s->rules);
  if (!s->rules)
    *why = "there is no memory";
  return s->rules ? s : NULL;
}

void calltap__session_give_up(struct session *s) {
  (void)calltap__memory_from(&calltap__process_memory);
  s->state = SESSION_NONE;
  (void)reclaim(s);
  calltap__timer_update();
}

/* -- on and off --------------------------------------------------------------------------------------------------------- */

/* The epoch last: who sees the new one sees the session, too. It goes on in children of fork, whose threads have their parents'. */
static void open_gate(const struct session *s) {
  static uint32_t epochs;
  struct gate_page *gate = &calltap__gate;
  atomic_store_explicit(&gate->generation[s->index], s->generation, memory_order_release);
  atomic_fetch_or(&gate->active, UINT32_C(1) << s->index);
  atomic_store_explicit(&gate->epoch, ++epochs, memory_order_release);
}

uint32_t calltap__session_renew(struct session *s) {
  s->generation = next_number();
  if (is_on(s))
    open_gate(s);
  (void)calltap__os_barrier();
  return s->generation;
}

/* Who comes now finds it closed, and who came before is seen inside. */
static void close_gate(const struct session *s) {
  struct gate_page *gate = &calltap__gate;
  atomic_fetch_and(&gate->active, ~(UINT32_C(1) << s->index));
  atomic_store_explicit(&gate->generation[s->index], GATE_CLOSED, memory_order_release);
  (void)calltap__os_barrier();
}

static int switch_on(struct session *s) {
  int result = calltap__arm_on(s);
  if (result)
    return result;
  s->state = SESSION_ON;
  open_gate(s);
  return 0;
}

static void end(struct session *s, const char *reason) {
  if (!is_on(s) && s->state != SESSION_OFF)
    return;
  close_gate(s);
  s->state = SESSION_ENDED;
  s->ended = calltap__ticks();
  s->reason = reason;
  calltap__arm_off(s);
  calltap__report_end(s, reason);
  if (s->parts.size)
    calltap__parts_close(s);
  else
    calltap__trace_close(&s->trace, !s->request.is_live);
  if (s->deadline)
    calltap__timer_update();
  (void)reclaim(s);
}

void calltap__session_end_now(struct session *s, const char *reason) {
  if (s->state == SESSION_WAITING)
    calltap__session_give_up(s);
  else
    end(s, reason);
}

void calltap__sessions_end_pending(void) {
  FOR_SESSIONS(s) {
    const char *reason = s->ending_reason;
    s->ending_reason = NULL;
    if (reason)
      end(s, reason);
  }
}

void calltap__sessions_end_late(void) {
  FOR_SESSIONS(s)
  if (calltap__session_is_alive(s) && s->deadline && calltap__ticks() >= s->deadline)
    calltap__session_end_now(s, "time");
}

/* -- start ---------------------------------------------------------------------------------------------------------------- */

static void reset_limits(struct session *s) {
  const struct limits *limits = &s->request.limits;
  s->is_limited = limits->calls || limits->rate_calls;
  s->budget = limits->budget;
  s->window_ticks = calltap__ticks_in(limits->rate_ns);
  s->deadline = limits->time_ns ? calltap__ticks() + calltap__ticks_in(limits->time_ns) : 0;
  atomic_store(&s->calls_left, (int64_t)limits->calls);
  atomic_store(&s->open, 0);
  atomic_store(&s->tcw, 0);
  atomic_store(&s->window_start, 0);
  s->keeping = 0;
  for (size_t i = 0; i < s->rules->unders; i++)
    s->keeping |= (uint32_t)(s->rules->under[i].clause.exit_guard != 0) << i;
  calltap__timer_update();
}

static void sort_tids(int32_t *tid, size_t count) {
  for (size_t gap = count / 2; gap; gap /= 2)
    for (size_t i = gap; i < count; i++)
      for (size_t k = i; k >= gap && tid[k] < tid[k - gap]; k -= gap) {
        int32_t lower = tid[k];
        tid[k] = tid[k - gap];
        tid[k - gap] = lower;
      }
}

/* The threads that there are: `existing`, and not `new`. False: no memory. */
static bool note_threads(struct session *s) {
  enum { MORE = 64 };
  size_t room = calltap__os_count_threads() + MORE;
  int32_t *tid = calltap__memory(room * sizeof *tid);
  if (!tid)
    return false;
  s->existing.count = calltap__os_list_threads(tid, room);
  sort_tids(tid, s->existing.count);
  s->existing.tid = tid;
  return true;
}

/* Functions are prepared: opens the file, and switches on unless the request says otherwise. */
static const char *begin(struct session *s, bool is_child, const char **detail) {
  *detail = "";
  if (!calltap__gate_make())
    return "this kernel is older than Linux 4.14";
  calltap__process.pid = calltap__os_pid();
  (void)calltap__tick_rate();
  s->began_ns = calltap__os_realtime_ns();
  if (!note_threads(s))
    return "no memory";
  *detail = s->trace.path;
  int result = calltap__report_open(s, is_child);
  if (result == -27)
    return "the file size limit (ulimit -f), the memory limit (ulimit -v), bytes=, ring= or rotate= is too small for "
           "what a trace begins with (64k at least, and half a file where files take turns): ";
  if (result == -28)
    return "the disk is full: ";
  if (result)
    return s->request.is_command ? "the trace file cannot be written: "
                                 : "the trace file cannot be written, see CALLTAP_OUT: ";
  reset_limits(s);
  if (s->request.start_off) {
    s->state = SESSION_OFF;
    return NULL;
  }
  *detail = "by mprotect and by /proc/self/mem";
  if (!switch_on(s))
    return NULL;
  calltap__arm_off(s);
  return "this system forbids changing code, ";
}

static const char *prepare_all(struct session *s, long *matched) {
  *matched = 0;
  for (struct object *o = calltap__objects(); o; o = o->next) {
    long n = o->gone ? 0 : calltap__arm_prepare(o, s);
    if (n < 0)
      return "no memory";
    *matched += n;
  }
  return NULL;
}

bool calltap__session_read(struct session *s, const char *given, const struct calltap_rule_files *files,
                           struct calltap_rule_error *error) {
  return calltap_rules_read(given, files, s->rules, &s->text, error);
}

static const char *none_matches(const struct session *s, const char **detail) {
  if (s->request.is_command) /* who asked sees it */
    return "no function matches";
  if (!calltap__objects() || calltap__objects_shared())
    return NULL;
  *detail = s->request.given;
  return "no function matches so far; `calltap list PROGRAM` shows what there is: ";
}

const char *calltap__session_select(struct session *s, const char *text) {
  struct thread_spec *spec = text ? calltap__arena_take(&s->memory, sizeof *spec) : NULL;
  if (text && !spec)
    return "there is no memory";
  const char *wrong = text ? calltap__thread_spec_parse(text, spec) : NULL;
  if (!wrong && text && spec->follows_children && !calltap__births_are_seen)
    wrong = "who creates a thread is not seen here: the runtime is linked statically, or another library has a "
            "pthread_create of its "
            "own; leave +children out, and name the threads, or take `new`";
  if (wrong)
    return wrong;
  s->request.threads = text;
  atomic_store(&s->threads, spec);
  atomic_store(&s->follows_children, spec && spec->follows_children);
  s->selected = s->generation = next_number();
  if (is_on(s))
    open_gate(s);
  return NULL;
}

const char *calltap__session_start(struct session *s, const struct session_request *request, const char **detail,
                                   const struct calltap_rule_error **rule_error) {
  long matched;
  bool failed = false;
  s->request = *request;
  s->request.name = s->name;
  s->state = SESSION_WAITING;
  const char *problem = calltap__session_select(s, request->threads);
  failed = problem;
  if (!problem)
    problem = prepare_all(s, &matched);
  *detail = NULL;
  *rule_error = !problem && !matched && s->error.message[0] ? &s->error : NULL;
  failed |= problem != NULL;
  if (!problem && (matched || (request->is_later && !*rule_error))) {
    problem = begin(s, request->is_child, detail);
    failed = problem;
  } else if (*rule_error) {
    problem = s->error.message;
  } else if (!problem) {
    problem = none_matches(s, detail);
  }
  if (failed || (problem && request->is_command))
    calltap__session_give_up(s);
  (void)calltap__memory_from(&calltap__process_memory);
  return problem;
}

/* -- changes -------------------------------------------------------------------------------------------------------------- */

void calltap__session_pause(struct session *s) {
  if (!is_on(s))
    return;
  close_gate(s);
  s->state = SESSION_OFF;
  calltap__arm_off(s);
  calltap__report_mark(s, "pause");
}

void calltap__session_resume(struct session *s) {
  if (s->state != SESSION_OFF)
    return;
  calltap__report_mark(s, "resume");
  if (switch_on(s))
    end(s, "denied");
}

void calltap__session_reset(struct session *s) {
  if (!is_on(s) && s->state != SESSION_OFF)
    return;
  atomic_store(&s->calls_left, (int64_t)s->request.limits.calls);
  if (s->state == SESSION_DRAINING)
    s->state = SESSION_ON;
}

/* -- limits that hooks reach ------------------------------------------------------------------------------------------------ */

void calltap__session_last_call(struct session *s) {
  uint64_t saved;
  if (!calltap__lock(&saved)) {
    s->ending_reason = "calls";
    return;
  }
  if (s->state == SESSION_ON) {
    s->state = SESSION_DRAINING; /* entries stay on, to tell the exits of later calls from those of open ones */
    if (atomic_load(&s->open) == 0)
      end(s, "calls");
  }
  calltap__unlock(&saved);
}

void calltap__session_look_for_ended(struct session *s) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  if (s->state == SESSION_DRAINING)
    calltap__threads_sweep();
  calltap__unlock(&saved);
}

void calltap__session_end(struct session *s, const char *reason) {
  uint64_t saved;
  if (!calltap__lock(&saved)) {
    s->ending_reason = reason;
    return;
  }
  end(s, reason);
  calltap__unlock(&saved);
}

void calltap__sessions_end(const char *reason) {
  FOR_SESSIONS(s)
  calltap__session_end(s, reason);
}

void calltap__session_reclaim(struct session *s) {
  uint64_t saved;
  uint32_t generation = atomic_load(&calltap__gate.generation[s->index]);
  if (generation && generation != GATE_CLOSED) /* it goes on: it was changed, or does so in another file */
    return;
  if (!calltap__lock(&saved))
    return;
  if (s->state == SESSION_ENDED && s->rules)
    (void)reclaim(s);
  calltap__unlock(&saved);
}

static void sort(uint8_t **site, size_t count) {
  for (size_t i = 1; i < count; i++)
    for (size_t k = i; k && site[k] < site[k - 1]; k--) {
      uint8_t *lower = site[k];
      site[k] = site[k - 1];
      site[k - 1] = lower;
    }
}

void calltap__session_switch_off(struct session *s) {
  uint8_t *site[USED_UP];
  size_t found = 0;
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  for (size_t i = 0; i < USED_UP; i++) {
    site[found] = (uint8_t *)atomic_exchange(&s->armed.used_up[i], 0);
    found += site[found] != NULL;
  }
  sort(site, found);
  if (s->state == SESSION_ON && found)
    calltap__arm_switch_off(s, site, found);
  calltap__unlock(&saved);
}

void calltap__session_over_budget(struct session *s, uintptr_t site) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  const struct calltap_function *f = is_on(s) ? calltap__arm_drop(s, site) : NULL;
  if (f) {
    s->disarmed++;
    calltap__report_disarmed(s, f);
    bool is_spent = !s->armed.entries.count;
    atomic_store(&s->is_spent, is_spent);
    if (is_spent && !atomic_load(&s->open))
      end(s, "budget");
  }
  calltap__unlock(&saved);
}

/* -- objects that come and go --------------------------------------------------------------------------------------------- */

static void extend(struct session *s, const struct object *o) {
  uint32_t from = s->armed.functions;
  if (calltap__arm_prepare(o, s) <= 0)
    return;
  if (s->state == SESSION_WAITING) {
    const char *detail;
    if (begin(s, s->request.is_child, &detail))
      calltap__session_give_up(s);
    return;
  }
  bool done = calltap__report_functions(s, from);
  if (s->parts.size)
    calltap__parts_renew(s); /* the one that is made ahead lacks these */
  if (!done)
    end(s, s->parts.size ? "rotate" : "bytes");
  if (s->state == SESSION_ON)
    (void)calltap__arm_on(s);
}

void calltap__session_object_loaded(const struct calltap_note *note, const char *path) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  struct object *known = calltap__object_of(note);
  struct object *o = !known || known->gone ? calltap__object_add(note, path) : NULL;
  FOR_SESSIONS(s) {
    if (!o || !calltap__session_is_alive(s))
      continue;
    (void)calltap__memory_from(&s->memory);
    extend(s, o);
    (void)calltap__memory_from(&calltap__process_memory);
  }
  calltap__unlock(&saved);
}

void calltap__session_object_unloaded(const struct calltap_note *note) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  struct object *o = calltap__object_of(note);
  if (o && !o->gone) {
    FOR_SESSIONS(s)
    if (calltap__session_is_alive(s))
      calltap__arm_forget(s, o);
    calltap__walk_forget();
    o->gone = true;
  }
  calltap__unlock(&saved);
}

/* -- fork ------------------------------------------------------------------------------------------------------------------- */

static uint64_t saved_by_fork;

void calltap__session_before_fork(void) {
  uint64_t saved;
  (void)calltap__lock(&saved);
  saved_by_fork = saved;
}

/* The child writes a file of its own, or nothing: the gate was wiped when it was made. */
static void continue_in_child(struct session *s, const struct thread *self) {
  const char *detail;
  bool was_alive = calltap__session_is_alive(s), was_waiting = s->state == SESSION_WAITING;
  s->request.start_off = s->state == SESSION_OFF;
  atomic_store(&s->streams, NULL);
  atomic_store(&s->stream_numbers, 0);
  bool unmaps =
      !self->in[s->index].inside; /* else fork was called by a handler that interrupted a hook, which goes on */
  if (s->parts.size)
    calltap__parts_forget(s, unmaps);
  if (unmaps)
    calltap__trace_unmap(&s->trace);
  s->trace.base = NULL; /* the parent's */
  if (was_waiting && !s->request.is_command)
    return;
  if (!was_alive || (!s->request.is_command && !begin(s, true, &detail)))
    return;
  s->state = SESSION_NONE;
  calltap__arm_off(s);
}

void calltap__session_after_fork(bool is_child) {
  if (is_child) {
    const struct thread *self = calltap__self;
    atomic_store(&calltap__gate.ours, true);
    calltap__process.pid = calltap__os_pid();
    calltap__threads_forget();
    FOR_SESSIONS(s) {
      (void)calltap__memory_from(&s->memory);
      continue_in_child(s, self);
    }
    (void)calltap__memory_from(&calltap__process_memory);
  }
  uint64_t saved = saved_by_fork;
  calltap__unlock(&saved);
}
