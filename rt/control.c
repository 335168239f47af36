/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Questions from outside: a request, read from its file or given by the program itself, is done under the control lock, and answered.
 * docs/control.md is the language. */
#include "calltap/version.h"
#include "internal.h"

enum { NAME_BYTES = 64, STACK_BYTES = 256 * 1024 };

/* control. Lines end in NULs once they were read. */
struct request {
  const char *verb, *session, *threads, *limits, *out, *who, *action, *force, *later, *thread, *rules;
};

static char *room;      /* for a request, with one byte more */
static char *said_room; /* for a reply */
static char *stack;
static const struct walk_start *interrupted; /* where the thread was that answers; null: it asks itself */

static bool make_room(void) {
  room = room ? room : calltap__os_map(CALLTAP_REQUEST_BYTES + OS_PAGE);
  said_room = said_room ? said_room : calltap__os_map(CALLTAP_REPLY_BYTES);
  stack = stack ? stack : calltap__os_map(STACK_BYTES);
  return room && said_room && stack;
}

/* -- reading ------------------------------------------------------------------------------------------------------------ */

static char *skip(char *text, const char *prefix) {
  for (; *prefix; prefix++)
    if (*text++ != *prefix)
      return NULL;
  return text;
}

/* Ends the line at `text` and returns the next; null: it was the last. */
static char *end_line(char *text) {
  while (*text && *text != '\n')
    text++;
  if (!*text)
    return NULL;
  *text = 0;
  return text[1] ? text + 1 : NULL;
}

static bool read_key(struct request *r, char *line) {
  const struct {
    const char *key;
    const char **value;
  } keys[] = {{"session ", &r->session}, {"threads ", &r->threads}, {"limits ", &r->limits},
              {"out ", &r->out},         {"who ", &r->who},         {"do ", &r->action},
              {"force ", &r->force},     {"thread ", &r->thread},   {"later ", &r->later}};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const char *value = skip(line, keys[i].key);
    if (value) {
      *keys[i].value = value;
      return true;
    }
  }
  return false;
}

/* Null, or what is wrong. */
static const char *read_request(char *text, struct request *r) {
  *r = (struct request){0};
  char *line = skip(text, CALLTAP_REQUEST_FIRST);
  if (!line)
    return "this is no request of this version: use the calltap of this runtime's version, " CALLTAP_VERSION;
  r->verb = line;
  while ((line = end_line(line))) {
    char *rules = skip(line, "rules\n");
    if (rules) {
      r->rules = rules;
      return NULL;
    }
    if (!read_key(r, line))
      return "a line of the request has a key that this version does not know";
  }
  return NULL;
}

/* -- answering ----------------------------------------------------------------------------------------------------------- */

static void put_line(struct builder *b, const char *key, const char *value) {
  calltap__put(b, key);
  calltap__put(b, " ");
  for (; *value; value++) { /* lines stay lines */
    const char one[2] = {*value, 0};
    calltap__put(b, *value == '\n' ? "\\n" : *value == '\\' ? "\\\\" : one);
  }
  calltap__put(b, "\n");
}

static void put_count(struct builder *b, const char *key, uint64_t value) {
  calltap__put(b, key);
  calltap__put(b, " ");
  calltap__put_number(b, value);
  calltap__put(b, "\n");
}

static void say(struct builder *b, const char *how, const char *what, const char *detail) {
  calltap__put(b, how);
  calltap__put(b, " ");
  calltap__put(b, what);
  calltap__put(b, detail ? detail : "");
  calltap__put(b, "\n");
}

/* -- start ------------------------------------------------------------------------------------------------------------------ */

/* Where a trace that is read at once stands: memory, if there is a file system of it. Its name is its own: whoever removes it late does not
 * remove another's. */
static const char *out_of(const struct request *r, const struct session *s) {
  static char path[128];
  if (!r->out || !calltap__text_equal(r->out, "memory"))
    return r->out;
  static const char *const directories[] = {CALLTAP_REQUEST_DIRECTORY_1, CALLTAP_REQUEST_DIRECTORY_0};
  for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
    struct builder b = calltap__builder(path, sizeof path);
    calltap__put(&b, directories[i]);
    calltap__put_number(&b, (uint64_t)calltap__os_euid());
    calltap__put_end(&b);
    int fd = calltap__os_private_directory(path, true);
    if (fd < 0)
      continue;
    calltap__os_close(fd);
    calltap__put(&b, "/{name}.{pid}.");
    calltap__put_number(&b, s->number);
    calltap__put(&b, ".cbor");
    calltap__put_end(&b);
    return path;
  }
  return "/tmp/calltap.{name}.{pid}.cbor";
}

static bool is_bounded(const struct limits *limits) {
  return limits->calls || limits->time_ns || (limits->rate_calls && !limits->drops);
}

/* Null, or why the question is refused. */
static const char *refuse(const struct request *r, const struct session *s, const struct limits *limits) {
  const char *why = calltap__allow_check(calltap__allowed, s->rules, limits);
  if (why)
    return why;
  bool all = false; /* only a glob for everything matches a name that no function has */
  for (size_t i = 0; i < s->rules->count; i++)
    all |= calltap_rule_names(&s->rules->rule[i], "\x01", "\x01", 1);
  if (all && !is_bounded(limits) && !r->force)
    return "every function is asked, without an end: give a limit (-n, --for), or --force";
  return NULL;
}

static void say_rule_error(struct builder *b, const struct calltap_rule_error *error) {
  say(b, "wrong", error->message, NULL);
  if (error->column)
    put_count(b, "column", error->column);
}

static void say_started(struct builder *b, const struct session *s) {
  calltap__put(b, "ok\n");
  put_line(b, "version", CALLTAP_VERSION);
  put_line(b, "name", s->name);
  put_line(b, "trace", s->trace.path);
  put_count(b, "functions", s->armed.functions);
  put_count(b, "sites", calltap__armed_sites(s));
  put_count(b, "threads", calltap__os_count_threads());
}

static void start_session(const struct request *r, struct session *s, struct limits *limits, struct builder *b) {
  struct session_request request = {.rules = s->text.text, .given = s->text.text, .is_command = true};
  const char *detail;
  const struct calltap_rule_error *error;
  request.threads = r->threads && !calltap__text_equal(r->threads, "all") ? calltap__memory_text(r->threads) : NULL;
  request.who = calltap__memory_text(r->who ? r->who : "the program itself");
  request.given_limits = calltap__memory_text(r->limits);
  request.out = calltap__memory_text(out_of(r, s));
  request.limits = *limits;
  request.is_later = r->later;
  request.is_live = r->out && calltap__text_equal(r->out, "memory");
  const char *problem = calltap__session_start(s, &request, &detail, &error);
  if (error)
    say_rule_error(b, error);
  else if (problem)
    say(b, detail ? "fault" : "wrong", problem, detail);
  else
    say_started(b, s);
}

static void start(const struct request *r, struct builder *b) {
  struct limits limits = calltap__limits_usual();
  struct calltap_rule_error error = {0};
  const char *why = r->limits ? calltap__limits_parse(r->limits, &limits) : NULL;
  if (!why && (!r->session || !*r->session || !r->rules))
    why = "a start has a session and rules";
  if (!why && calltap__text_length(r->session) >= CALLTAP_SESSION_NAME)
    why = "the name of a session is at most 31 bytes long";
  struct session *s = why ? NULL : calltap__session_new(r->session, &why);
  if (!s) {
    say(b, "wrong", why, NULL);
    return;
  }
  const char *rules = calltap__memory_text(r->rules);
  if (!rules || !calltap__session_read(s, rules, &calltap__rule_files, &error)) {
    say_rule_error(b, &error);
    calltap__session_give_up(s);
    return;
  }
  calltap__allow_lower(calltap__allowed, &limits);
  if (limits.ring && r->out && calltap__text_equal(r->out, "memory"))
    why = "ring= keeps a file for later, and this question is read as it comes: use `calltap record`";
  if (limits.rotate && r->out && calltap__text_equal(r->out, "memory"))
    why = "rotate= keeps files for later, and this question is read as it comes: use `calltap record --detach`";
  why = why ? why : refuse(r, s, &limits);
  if (why) {
    calltap__session_give_up(s);
    say(b, "wrong", why, NULL);
    return;
  }
  start_session(r, s, &limits, b);
}

/* -- the other verbs ---------------------------------------------------------------------------------------------------------- */

static const char *const states[] = {
    [SESSION_NONE] = "none",         [SESSION_WAITING] = "waiting", [SESSION_ON] = "on",
    [SESSION_DRAINING] = "draining", [SESSION_OFF] = "off",         [SESSION_ENDED] = "ended"};

static void put_session(struct builder *b, const struct session *s) {
  struct totals sum = s->state == SESSION_ENDED ? s->last : calltap__report_totals(s);
  const struct session_request *r = &s->request;
  put_line(b, "session", s->name);
  put_line(b, "state", states[s->state]);
  if (s->reason)
    put_line(b, "reason", s->reason);
  put_count(b, "since_ns", s->began_ns);
  if (r->who)
    put_line(b, "who", r->who);
  if (r->given)
    put_line(b, "rules", r->given);
  if (s->problem)
    put_line(b, "problem", s->problem);
  put_line(b, "threads", r->threads ? r->threads : "all");
  if (r->given_limits)
    put_line(b, "limits", r->given_limits);
  if (s->trace.path[0])
    put_line(b, "trace", s->trace.path);
  put_count(b, "functions", s->armed.functions);
  put_count(b, "sites", calltap__session_is_alive(s) ? calltap__armed_sites(s) : 0);
  put_count(b, "calls", sum.calls);
  put_count(b, "exits", sum.exits);
  put_count(b, "rejected", sum.rejected);
  put_count(b, "faults", sum.faults);
  put_count(b, "lost", sum.lost + sum.not_held + sum.dropped);
  if (s->budget)
    put_count(b, "cost_ns", calltap__ns_of(sum.cost));
  if (s->is_limited)
    put_count(b, "open", (uint64_t)atomic_load(&s->open));
  put_count(b, "tcw", atomic_load(&s->tcw));
  if (s->tables)
    put_count(b, "tables", s->tables);
  put_count(b, "disarmed", s->disarmed);
}

static const char *const ceilings[] = {[ALLOW_OFF] = "off", [ALLOW_COUNT] = "count", [ALLOW_SCALARS] = "scalars"};

static void info(const struct request *r, struct builder *b) {
  size_t objects = 0;
  for (const struct object *o = calltap__objects(); o; o = o->next)
    objects += !o->gone;
  calltap__put(b, "ok\n");
  put_line(b, "version", CALLTAP_VERSION);
  put_count(b, "pid", (uint64_t)calltap__os_pid());
  put_count(b, "threads", calltap__os_count_threads());
  put_count(b, "objects", objects);
  put_count(b, "signal", (uint64_t)calltap__control_number);
  if (calltap__allowed != ALLOW_VALUES)
    put_line(b, "allow", ceilings[calltap__allowed]);
  for (unsigned i = 0; i < calltap__sessions_used; i++) {
    const struct session *s = &calltap__sessions[i];
    if (s->state != SESSION_NONE && (!r->session || calltap__text_equal(s->name, r->session)))
      put_session(b, s);
  }
}

/* The living session that a request names; else says that there is none. */
static struct session *living(const struct request *r, struct builder *b) {
  struct session *s = r->session ? calltap__session_find(r->session) : NULL;
  if (s && calltap__session_is_alive(s))
    return s;
  say(b, "wrong", "there is no such session: ", r->session ? r->session : "");
  return NULL;
}

static void stop(const struct request *r, struct builder *b) {
  size_t stopped = 0;
  for (unsigned i = 0; i < calltap__sessions_used; i++) {
    struct session *s = &calltap__sessions[i];
    if (!calltap__session_is_alive(s) || (r->session && !calltap__text_equal(s->name, r->session)))
      continue;
    calltap__session_end_now(s, "asked");
    if (!stopped++)
      calltap__put(b, "ok\n");
    put_session(b, s);
  }
  if (!stopped && r->session)
    say(b, "wrong", "there is no such session: ", r->session);
  else if (!stopped)
    say(b, "wrong", "there is no session", NULL);
}

static const char *change_threads(struct session *s, const char *text) {
  (void)calltap__memory_from(&s->memory);
  const char *kept = calltap__memory_text(text);
  (void)calltap__memory_from(&calltap__process_memory);
  return kept ? calltap__session_select(s, kept) : "there is no memory";
}

static const char *change_word(struct session *s, const char *text) {
  uint64_t word;
  const char *end = calltap__text_number(text, &word);
  if (!end || *end || word > UINT32_MAX)
    return "tcw= takes a number of 32 bits";
  atomic_store(&s->tcw, (uint32_t)word);
  return NULL;
}

static void change(const struct request *r, struct builder *b) {
  struct session *s = living(r, b);
  const char *why = NULL, *action = r->action ? r->action : "";
  const char *word = skip((char *)(uintptr_t)action, "tcw=");
  if (!s)
    return;
  if (word)
    why = change_word(s, word);
  else if (calltap__text_equal(action, "pause"))
    calltap__session_pause(s);
  else if (calltap__text_equal(action, "resume"))
    calltap__session_resume(s);
  else if (calltap__text_equal(action, "reset"))
    calltap__session_reset(s);
  else if (*action || !r->threads)
    why = "a session can be changed by pause, resume, reset, tcw=N and threads=SPEC";
  if (!why && r->threads)
    why = change_threads(s, r->threads);
  if (why) {
    say(b, "wrong", why, NULL);
    return;
  }
  calltap__put(b, "ok\n");
  put_session(b, s);
}

static void tables(const struct request *r, struct builder *b) {
  struct session *s = living(r, b);
  if (!s)
    return;
  calltap__report_tables(s);
  calltap__put(b, "ok\n");
  put_session(b, s);
}

static void toggle(struct builder *b) {
  const char *problem, *state = calltap__toggle_now(&problem);
  if (!state) {
    say(b, "wrong", "the process was started without CALLTAP: there is no session to switch", NULL);
    return;
  }
  if (problem && calltap__text_equal(state, "off")) {
    say(b, "wrong", "it stays off: ", problem);
    return;
  }
  calltap__put(b, "ok\n");
  put_line(b, "state", state);
}

/* -- requests -------------------------------------------------------------------------------------------------------------------- */

/* control */
static size_t answer(char *text, char *reply, size_t size) {
  struct builder b = calltap__builder(reply, size);
  struct request r;
  calltap__sessions_end_late(); /* signals of one number are not counted: the timer's may have been lost */
  const char *why = read_request(text, &r);
  if (calltap__allowed == ALLOW_OFF && !why && !calltap__text_equal(r.verb, "info"))
    why = "the owner of this process forbids it: CALLTAP_ALLOW=off";
  if (why)
    say(&b, "wrong", why, NULL);
  else if (calltap__text_equal(r.verb, "start"))
    start(&r, &b);
  else if (calltap__text_equal(r.verb, "stop"))
    stop(&r, &b);
  else if (calltap__text_equal(r.verb, "change"))
    change(&r, &b);
  else if (calltap__text_equal(r.verb, "tables"))
    tables(&r, &b);
  else if (calltap__text_equal(r.verb, "info"))
    info(&r, &b);
  else if (calltap__text_equal(r.verb, "toggle"))
    toggle(&b);
  else if (calltap__text_equal(r.verb, "stack"))
    calltap__stack_answer(&b, interrupted, r.thread);
  else
    say(&b, "wrong", "this version does not know: ", r.verb);
  calltap__put_end(&b);
  return calltap__text_length(reply);
}

/* A request that is in the room, and where its reply goes. */
struct job {
  char *reply;
  size_t size, length;
};

static void do_job(void *context) {
  struct job *job = context;
  job->length = answer(room, job->reply, job->size);
}

/* The caller's stack may be small, and reading rules takes some. */
size_t calltap__control_request(const char *text, size_t bytes, char *reply, size_t size) {
  uint64_t saved;
  struct job job = {reply, size, 0};
  if (!calltap__lock(&saved))
    return 0;
  if (make_room() && bytes <= CALLTAP_REQUEST_BYTES) {
    calltap__bytes_copy(room, text, bytes);
    room[bytes] = 0;
    calltap__on_stack(do_job, &job, stack + STACK_BYTES);
  }
  calltap__unlock(&saved);
  return job.length;
}

/* -- files ------------------------------------------------------------------------------------------------------------------------- */

struct names {
  char ask[NAME_BYTES], saying[NAME_BYTES], said[NAME_BYTES];
};

static void put_name(char *name, uint32_t nonce, const char *ending) {
  struct builder b = calltap__builder(name, NAME_BYTES);
  for (unsigned i = 8; i--;) {
    const char digit[2] = {"0123456789abcdef"[nonce >> 4 * i & 15], 0};
    calltap__put(&b, digit);
  }
  calltap__put(&b, ending);
  calltap__put_end(&b);
}

/* Takes the request away. Returns its length, or less than 0: it is not there, or not what it should be. */
static long take_request(int directory, const struct names *names) {
  int fd = calltap__os_take_private(directory, names->ask, CALLTAP_REQUEST_BYTES);
  long bytes = 0, taken = fd;
  while (fd >= 0 && bytes < CALLTAP_REQUEST_BYTES) {
    taken = calltap__os_read(fd, room + bytes, (size_t)(CALLTAP_REQUEST_BYTES - bytes));
    if (taken <= 0)
      break;
    bytes += taken;
  }
  if (fd >= 0)
    calltap__os_close(fd);
  if (taken < 0)
    return -1;
  room[bytes] = 0;
  return bytes;
}

/* What is there under the last name is complete. */
static void give_reply(int directory, const struct names *names, size_t bytes) {
  int fd = calltap__os_create_at(directory, names->saying);
  if (fd < 0)
    return;
  long written = calltap__os_write(fd, said_room, bytes);
  calltap__os_close(fd);
  if (written == (long)bytes)
    (void)calltap__os_rename_at(directory, names->saying, names->said);
  else
    calltap__os_unlink_at(directory, names->saying);
}

static void take_and_answer(void *context) {
  static const char *const directories[CALLTAP_REQUEST_DIRECTORIES] = {CALLTAP_REQUEST_DIRECTORY_0,
                                                                       CALLTAP_REQUEST_DIRECTORY_1};
  static struct names names;
  uint64_t cookie = *(const uint64_t *)context;
  unsigned place = cookie >> 32 & 0xFFFF;
  char path[NAME_BYTES];
  if (place >= CALLTAP_REQUEST_DIRECTORIES)
    return;
  struct builder b = calltap__builder(path, sizeof path);
  calltap__put(&b, directories[place]);
  calltap__put_number(&b, (uint64_t)calltap__os_euid());
  calltap__put_end(&b);
  put_name(names.ask, (uint32_t)cookie, CALLTAP_REQUEST_ASK);
  put_name(names.saying, (uint32_t)cookie, ".saying");
  put_name(names.said, (uint32_t)cookie, CALLTAP_REQUEST_SAID);
  int directory = calltap__os_private_directory(path, false);
  if (directory < 0)
    return;
  if (take_request(directory, &names) > 0)
    give_reply(directory, &names, answer(room, said_room, CALLTAP_REPLY_BYTES));
  calltap__os_close(directory);
}

void calltap__control_signal(uint64_t cookie, const struct walk_start *where) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  calltap__timer_aim();
  interrupted = where;
  if (make_room())
    calltap__on_stack(take_and_answer, &cookie, stack + STACK_BYTES);
  interrupted = NULL;
  calltap__unlock(&saved);
}

bool calltap__control_on_stack(void (*function)(void *), void *context) {
  stack = stack ? stack : calltap__os_map(STACK_BYTES);
  if (stack)
    calltap__on_stack(function, context, stack + STACK_BYTES);
  return stack;
}

static void do_toggle(void *context) {
  const char *problem;
  (void)context;
  (void)calltap__toggle_now(&problem);
}

void calltap__control_toggle(void) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  if (make_room())
    calltap__on_stack(do_toggle, NULL, stack + STACK_BYTES);
  calltap__unlock(&saved);
}

void calltap__control_late(void) {
  uint64_t saved;
  if (!calltap__lock(&saved))
    return;
  calltap__sessions_end_late();
  calltap__timer_update();
  calltap__unlock(&saved);
}
