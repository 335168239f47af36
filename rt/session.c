/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The life of a session: waiting, on, off, draining, ended. Everything here happens under the control lock. */
#include "internal.h"
#include "walk.h"

enum { CONTROL_CHUNK = 16 * 1024, END_RESERVE = 1024 };

/* The page that children see as zeros: its first word is the gate, its second says that this is no child. */
struct gate_page {
  _Atomic uint32_t gate;
  _Atomic uint32_t ours;
};

static struct gate_page closed = {.ours = true};
static struct gate_page *gate_page = &closed;
struct live calltap__live = {.gate = &closed.gate};

static struct {
  enum session_state state;
  struct session_request request;
  struct calltap_rules rules;
  struct calltap_rule_error error; /* the first rule that cannot be asked of a function it names */
  struct stream stream;            /* stream 0 */
  uint32_t generation;
} session;

/* -- the control lock ----------------------------------------------------------------------------------------- */

static _Atomic int holder;        /* the tid of the thread that has the lock, or 0 */
static const char *ending_reason; /* an end that came while its own thread held the lock */

/* A child that no fork handler announced (_Fork, a raw clone) shares the parent's file and nothing else: there is no session
 * in it any more, and the lock may have been held by a thread that it does not have. */
static void leave_to_parent(void) {
  session.state = SESSION_NONE;
  atomic_store(&gate_page->ours, true);
  atomic_store(&holder, 0);
}

/* False: this thread has it already. (Other libraries' fork handlers run while we hold it, and may be traced.) */
static bool lock(uint64_t *saved) {
  int self = calltap__os_tid(), nobody = 0;
  calltap__os_block_signals(saved);
  if (!atomic_load(&gate_page->ours))
    leave_to_parent();
  if (atomic_load_explicit(&holder, memory_order_relaxed) == self) {
    calltap__os_restore_signals(saved);
    return false;
  }
  while (!atomic_compare_exchange_strong(&holder, &nobody, self)) {
    calltap__os_pause(); /* the holder may have a lower priority: do not spin */
    nobody = 0;
  }
  return true;
}

static void end(const char *reason);

static void unlock(const uint64_t *saved) {
  if (ending_reason)
    end(ending_reason);
  ending_reason = NULL;
  atomic_store(&holder, 0);
  calltap__os_restore_signals(saved);
}

/* -- records of the session ------------------------------------------------------------------------------------ */

/* Keeps room for the end in the chunk at hand: when the file is full there is no other. */
static bool write_control(struct stream *s, const struct cbor *record) {
  size_t bytes = calltap__cbor_size(record);
  if (record->full)
    return false;
  if (s->cursor + bytes + END_RESERVE > s->end) {
    uint32_t size = s->next_chunk > bytes + 2 * END_RESERVE ? s->next_chunk : (uint32_t)bytes + 2 * END_RESERVE;
    if (calltap__chunk_take(s, size, NULL) != CHUNK_TAKEN)
      return false;
  }
  return calltap__record_write(s, record);
}

static void put_session(struct cbor *c, const char *what, unsigned pairs) {
  calltap__cbor_array(c, 5);
  calltap__cbor_text(c, CALLTAP_WIRE_SESSION);
  calltap__cbor_text(c, what);
  calltap__cbor_uint(c, calltap__ticks());
  calltap__cbor_uint(c, calltap__os_monotonic_ns());
  calltap__cbor_map(c, pairs);
}

static void put_number(struct cbor *c, const char *key, uint64_t value) {
  calltap__cbor_text(c, key);
  calltap__cbor_uint(c, value);
}

static void write_mark(const char *what) {
  uint8_t record[64];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, what, 0);
  (void)write_control(&session.stream, &c);
}

static void write_start(void) {
  uint8_t record[128];
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, "start", 2);
  put_number(&c, "functions", calltap__armed_functions());
  put_number(&c, "sites", calltap__armed_sites());
  (void)write_control(&session.stream, &c);
}

struct totals {
  uint64_t calls, exits, rejected, faults, not_held, lost, lost_from, lost_to;
};

/* Other threads may be counting: the sum is of some moment. */
static struct totals add_up(void) {
  struct totals sum = {.lost_from = UINT64_MAX};
  for (struct stream *s = calltap__thread_first(); s; s = s->next) {
    if (s->generation != session.generation)
      continue;
    sum.calls += __atomic_load_n(&s->calls, __ATOMIC_RELAXED);
    sum.exits += __atomic_load_n(&s->exits, __ATOMIC_RELAXED);
    sum.rejected += __atomic_load_n(&s->rejected, __ATOMIC_RELAXED);
    sum.faults += __atomic_load_n(&s->faults, __ATOMIC_RELAXED);
    sum.not_held += __atomic_load_n(&s->not_held, __ATOMIC_RELAXED);
    if (!s->lost)
      continue;
    sum.lost += s->lost;
    sum.lost_from = s->lost_from < sum.lost_from ? s->lost_from : sum.lost_from;
    sum.lost_to = s->lost_to > sum.lost_to ? s->lost_to : sum.lost_to;
  }
  return sum;
}

static void write_lost(const char *cause, uint64_t count, uint64_t from, uint64_t to) {
  uint8_t record[96];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 5);
  calltap__cbor_text(&c, CALLTAP_WIRE_LOST);
  calltap__cbor_text(&c, cause);
  calltap__cbor_uint(&c, count);
  calltap__cbor_uint(&c, from);
  calltap__cbor_uint(&c, to);
  (void)calltap__record_write(&session.stream, &c);
}

/* What was counted, of all threads. Returns what is lost of it. */
static uint64_t write_rows(void) {
  uint64_t lost = 0;
  for (const struct stream *s = calltap__thread_first(); s; s = s->next)
    if (s->generation == session.generation)
      lost += calltap__count_write(s, &session.stream, write_control);
  return lost;
}

static void write_end(const char *reason) {
  uint8_t record[256];
  uint64_t uncounted = write_rows();
  struct totals sum = add_up();
  if (uncounted)
    write_lost("counted", uncounted, calltap__ticks(), calltap__ticks());
  if (sum.lost)
    write_lost(calltap__text_equal(reason, "disk") ? "disk" : "nested", sum.lost, sum.lost_from, sum.lost_to);
  if (sum.not_held) /* when that was is not known */
    write_lost("held", sum.not_held, calltap__ticks(), calltap__ticks());
  struct cbor c = calltap__cbor(record, sizeof record);
  put_session(&c, "end", 6 + calltap__live.counted);
  calltap__cbor_text(&c, "reason");
  calltap__cbor_text(&c, reason);
  put_number(&c, "calls", sum.calls);
  put_number(&c, "exits", sum.exits);
  put_number(&c, "rejected", sum.rejected);
  put_number(&c, "faults", sum.faults);
  put_number(&c, "lost", sum.lost + sum.not_held + uncounted);
  if (calltap__live.counted)
    put_number(&c, "open", (uint64_t)atomic_load(&calltap__live.open));
  (void)calltap__record_write(&session.stream, &c);
}

/* Opens the file and writes all that events will refer to. */
static int open_file(bool is_child) {
  static uint8_t record[16 * 1024];
  int result = calltap__path_open(session.request.out, session.request.limits.bytes, is_child);
  if (result)
    return result;
  session.stream = (struct stream){.next_chunk = CONTROL_CHUNK};
  struct cbor header = calltap__cbor(record, sizeof record);
  calltap__describe_header(&header, &session.request);
  if (header.full || calltap__chunk_take(&session.stream, 2 * CONTROL_CHUNK, &header) != CHUNK_TAKEN)
    return -28; /* ENOSPC */
  if (!calltap__describe_objects(&session.stream, write_control) ||
      !calltap__arm_describe(&session.rules, &session.stream, 0, session.request.limits.expand, write_control))
    return -27; /* EFBIG */
  write_start();
  return 0;
}

/* -- on and off --------------------------------------------------------------------------------------------------- */

static void open_gate(void) { atomic_store_explicit(calltap__live.gate, session.generation, memory_order_release); }

static void close_gate(void) { atomic_store_explicit(calltap__live.gate, 0, memory_order_release); }

static int switch_on(void) {
  int result = calltap__arm_on();
  if (result)
    return result;
  session.state = SESSION_ON;
  open_gate();
  return 0;
}

static void end(const char *reason) {
  if (session.state != SESSION_ON && session.state != SESSION_DRAINING && session.state != SESSION_OFF)
    return;
  close_gate();
  calltap__arm_off();
  session.state = SESSION_ENDED;
  write_end(reason);
  calltap__trace_close();
}

static void reset_limits(void) {
  calltap__live.counted = session.request.limits.calls != 0;
  atomic_store(&calltap__live.calls_left, (int64_t)session.request.limits.calls);
  atomic_store(&calltap__live.open, 0);
  atomic_store(&calltap__live.tcw, 0);
  calltap__live.keeping = 0;
  for (size_t i = 0; i < session.rules.unders; i++)
    calltap__live.keeping |= (uint32_t)(session.rules.under[i].clause.exit_guard != 0) << i;
}

/* Functions are prepared: opens the file, and switches on unless the request says otherwise. */
static const char *begin(bool is_child, const char **detail) {
  if (gate_page == &closed) {
    struct gate_page *page = calltap__os_map_wiped_on_fork();
    if (!page)
      return "no memory, or a kernel before Linux 4.14; the program runs untraced";
    gate_page = page;
    calltap__live.gate = &page->gate;
  }
  atomic_store(&gate_page->ours, true);
  calltap__live.pid = calltap__os_pid();
  session.generation++;
  reset_limits();
  *detail = calltap__trace.path;
  int result = open_file(is_child);
  if (result == -27)
    return "the file size limit (ulimit -f) or bytes= is too small for a trace, 64k at least; the program runs "
           "untraced: ";
  if (result)
    return result == -28 ? "the disk is full; the program runs untraced: "
                         : "the trace file cannot be written, see CALLTAP_OUT; the program runs untraced: ";
  if (session.request.start_off) {
    session.state = SESSION_OFF;
    return NULL;
  }
  *detail = NULL;
  if (!switch_on())
    return NULL;
  calltap__arm_off();
  return "this system forbids changing code (mprotect and /proc/self/mem); the program runs untraced";
}

static const char *prepare_all(long *matched) {
  *matched = 0;
  for (struct object *o = calltap__objects(); o; o = o->next) {
    long n = calltap__arm_prepare(o, &session.rules, &session.request.limits, &session.error);
    if (n < 0)
      return "no memory; the program runs untraced";
    *matched += n;
  }
  return NULL;
}

bool calltap__session_check(const char *given, const struct calltap_rule_files *files, struct calltap_rule_text *text,
                            struct calltap_rule_error *error) {
  return calltap_rules_read(given, files, &session.rules, text, error);
}

const char *calltap__session_start(const struct session_request *request, const char **detail,
                                   const struct calltap_rule_error **rule_error) {
  uint64_t saved;
  long matched;
  (void)lock(&saved);
  session.request = *request;
  session.state = SESSION_WAITING;
  const char *problem = prepare_all(&matched);
  *detail = NULL;
  *rule_error = !problem && !matched && session.error.message[0] ? &session.error : NULL;
  if (!problem && matched)
    problem = begin(request->is_child, detail);
  else if (*rule_error)
    problem = session.error.message;
  else if (!problem && calltap__objects() && !calltap__objects_shared())
    problem = "no function matches so far; `calltap list PROGRAM` shows what there is: ", *detail = request->given;
  unlock(&saved);
  return problem;
}

void calltap__session_toggle(void) {
  uint64_t saved;
  if (!lock(&saved))
    return;
  if (session.state == SESSION_ON || session.state == SESSION_DRAINING) {
    close_gate();
    calltap__arm_off();
    session.state = SESSION_OFF;
    write_mark("pause");
  } else if (session.state == SESSION_OFF) {
    write_mark("resume");
    if (switch_on())
      end("denied");
  }
  unlock(&saved);
}

void calltap__session_last_call(void) {
  uint64_t saved;
  if (!lock(&saved)) {
    ending_reason = "calls";
    return;
  }
  if (session.state == SESSION_ON) {
    session.state = SESSION_DRAINING; /* entries stay on, to tell the exits of later calls from those of open ones */
    if (atomic_load(&calltap__live.open) == 0)
      end("calls");
  }
  unlock(&saved);
}

void calltap__session_end(const char *reason) {
  uint64_t saved;
  if (!lock(&saved)) {
    ending_reason = reason;
    return;
  }
  end(reason);
  unlock(&saved);
}

static void sort(uint8_t **site, size_t count) {
  for (size_t i = 1; i < count; i++)
    for (size_t k = i; k && site[k] < site[k - 1]; k--) {
      uint8_t *lower = site[k];
      site[k] = site[k - 1];
      site[k - 1] = lower;
    }
}

void calltap__session_switch_off(uintptr_t _Atomic *sites, size_t count) {
  uint8_t *site[64];
  size_t found = 0;
  uint64_t saved;
  if (!lock(&saved))
    return;
  for (size_t i = 0; i < count && found < sizeof site / sizeof site[0]; i++) {
    site[found] = (uint8_t *)atomic_exchange(&sites[i], 0);
    found += site[found] != NULL;
  }
  sort(site, found);
  if (session.state == SESSION_ON && found)
    (void)calltap__patch(site, found, CALLTAP_SITE_ON, CALLTAP_SITE_OFF);
  unlock(&saved);
}

/* -- objects that come and go --------------------------------------------------------------------------------------- */

static void extend(const struct object *o) {
  uint32_t from = calltap__armed_functions();
  if (calltap__arm_prepare(o, &session.rules, &session.request.limits, &session.error) <= 0)
    return;
  if (session.state == SESSION_WAITING) {
    const char *detail;
    (void)begin(session.request.is_child, &detail);
    return;
  }
  if (!calltap__arm_describe(&session.rules, &session.stream, from, session.request.limits.expand, write_control))
    end("bytes");
  if (session.state == SESSION_ON)
    (void)calltap__arm_on();
}

static bool is_alive(void) { return session.state != SESSION_NONE && session.state != SESSION_ENDED; }

void calltap__session_object_loaded(const struct calltap_note *note) {
  uint64_t saved;
  if (!lock(&saved))
    return;
  struct object *known = calltap__object_of(note);
  if (!known || known->gone) {
    struct object *o = calltap__object_add(note, calltap__object_path(note));
    if (o && is_alive())
      extend(o);
  }
  unlock(&saved);
}

void calltap__session_object_unloaded(const struct calltap_note *note) {
  uint64_t saved;
  if (!lock(&saved))
    return;
  struct object *o = calltap__object_of(note);
  if (o && !o->gone) {
    calltap__arm_forget(o);
    calltap__walk_forget();
    o->gone = true;
  }
  unlock(&saved);
}

/* -- fork ------------------------------------------------------------------------------------------------------------ */

static uint64_t saved_by_fork;

void calltap__session_before_fork(void) {
  uint64_t saved;
  (void)lock(&saved);
  saved_by_fork = saved;
}

/* The child writes a file of its own, or nothing: the gate was wiped when it was made. */
void calltap__session_after_fork(bool is_child) {
  if (is_child)
    atomic_store(&gate_page->ours, true);
  if (is_child && session.state != SESSION_NONE && session.state != SESSION_ENDED) {
    calltap__thread_forget();
    const char *detail;
    bool was_off = session.state == SESSION_OFF;
    session.request.start_off = was_off;
    if (session.state != SESSION_WAITING && begin(true, &detail)) {
      calltap__arm_off();
      session.state = SESSION_ENDED;
    }
  }
  uint64_t saved = saved_by_fork;
  unlock(&saved);
}
