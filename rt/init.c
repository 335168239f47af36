/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Start and end: reads the variables before main, installs the signal handler if there is a session. */
#define _GNU_SOURCE
#include "calltap/calltap.h"
#include "calltap/version.h"
#include "internal.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <ucontext.h>

/* -- the control signal ----------------------------------------------------------------------------------------- */

static struct sigaction previous;
int calltap__control_number;
bool calltap__control_ready;

static void pass_on(int number, siginfo_t *info, void *context) {
  if (previous.sa_flags & SA_SIGINFO)
    previous.sa_sigaction(number, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(number);
}

static void answer(uint64_t value, const ucontext_t *context) {
  const greg_t *reg = context->uc_mcontext.gregs;
  const struct walk_start where = {(uintptr_t)reg[REG_RIP], (uintptr_t)reg[REG_RSP], (uintptr_t)reg[REG_RBP],
                                   (uintptr_t)reg[REG_RBX]};
  calltap__control_signal(value, &where);
}

/* How another runtime knows it: elder_x86_64.S. It goes on in the second one. */
void calltap__elder_handler(int number, siginfo_t *info, void *context);
void calltap__on_signal(int number, siginfo_t *info, void *context);

/* kill(2) switches, the command asks, the timer reminds; the kernel's own SIGURG comes with another code. */
void calltap__on_signal(int number, siginfo_t *info, void *context) {
  uint64_t value = (uint64_t)(uintptr_t)info->si_value.sival_ptr;
  if (info->si_code == SI_USER)
    calltap__control_toggle();
  else if (info->si_code == SI_QUEUE && (value & CALLTAP_REQUEST_COOKIE_MASK) == CALLTAP_REQUEST_COOKIE)
    answer(value, context);
  else if (info->si_code == SI_TIMER && value == TIMER_COOKIE)
    calltap__control_late();
  else
    pass_on(number, info, context);
}

static const char *install_signal(int number) {
  struct sigaction action = {.sa_sigaction = calltap__elder_handler, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  sigfillset(&action.sa_mask); /* the control lock is held with all signals blocked */
  if (sigaction(number, &action, &previous))
    return "this signal cannot be caught: ";
  calltap__control_number = number;
  return NULL;
}

static const struct {
  const char *name;
  int number;
} signals[] = {{"URG", SIGURG},     {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"HUP", SIGHUP},
               {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"PWR", SIGPWR},   {"CONT", SIGCONT}};

/* The number of a signal by number or name, with or without SIG; 0: none; -1: not known. */
static int signal_number(const char *text) {
  if (!text)
    return SIGURG;
  if (calltap__text_equal(text, "none"))
    return 0;
  uint64_t number;
  const char *end = calltap__text_number(text, &number);
  if (end)
    return !*end && number >= 1 && number <= 64 ? (int)number : -1;
  if (text[0] == 'S' && text[1] == 'I' && text[2] == 'G')
    text += 3;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (calltap__text_equal(text, signals[i].name))
      return signals[i].number;
  return -1;
}

/* -- fork ----------------------------------------------------------------------------------------------------------- */

static void before_fork(void) { calltap__session_before_fork(); }
static void in_parent(void) { calltap__session_after_fork(false); }
static void in_child(void) { calltap__session_after_fork(true); }

/* -- variables -------------------------------------------------------------------------------------------------------- */

static const char *read_start(const char *text, bool *start_off) {
  *start_off = text && calltap__text_equal(text, "off");
  return !text || *start_off || calltap__text_equal(text, "on") ? NULL : "is `on` or `off`, not: ";
}

/* `calltap run` names the first process; in others a file name without {pid} gets the pid behind it. */
static bool is_later_process(void) {
  const char *text = getenv("CALLTAP_RUN");
  uint64_t pid;
  return text && calltap__text_number(text, &pid) && pid != (uint64_t)calltap__os_pid();
}

/* One write, so that it stays together among what other threads and processes say. */
static void say_rule_error(const struct calltap_rule_text *rules, const struct calltap_rule_error *error,
                           const char *what_follows) {
  struct calltap_rule_place place;
  calltap_rule_text_place(rules, error, &place);
  char text[1536];
  struct builder b = calltap__builder(text, sizeof text);
  if (place.file.start) {
    calltap__put_span(&b, (struct span){place.file.start, place.file.end});
    calltap__put(&b, ": ");
  }
  if ((place.lines > 1 || place.file.start) && place.line) {
    calltap__put(&b, "line ");
    calltap__put_number(&b, place.line);
    calltap__put(&b, ", ");
  }
  if (place.column) {
    calltap__put(&b, "column ");
    calltap__put_number(&b, place.column);
    calltap__put(&b, ": ");
  }
  calltap__put(&b, error->message);
  calltap__put(&b, what_follows);
  if (place.column)
    calltap__put(&b, "\n");
  size_t shown = calltap__text_length(place.shown);
  calltap__put_span(
      &b, (struct span){place.shown, place.shown + (shown ? shown - 1 : 0)}); /* the line's end is said below */
  calltap__put_end(&b);
  calltap__say("CALLTAP", text, NULL);
}

/* -- rules in files --------------------------------------------------------------------------------------------------- */

static void *rule_memory(void *context, size_t bytes) {
  (void)context;
  return calltap__memory(bytes);
}

static const char *why_unread(long error) {
  switch (-error) {
  case ENOENT:
  case ENOTDIR:
    return "there is no such file; give its whole path, as the program may start elsewhere";
  case EACCES:
  case EPERM:
    return "this user may not read it";
  case EINVAL:
    return "it is no regular file";
  default:
    return "the system says no";
  }
}

static const char *read_rule_file(void *context, const char *name, size_t *bytes, const char **why) {
  enum { MOST = CALLTAP_RULE_FILE_BYTES };
  (void)context;
  char *contents = calltap__memory(MOST + 2); /* its last byte tells that there are more */
  int fd = contents ? calltap__os_open_text(name) : -ENOMEM;
  long taken = fd;
  for (*bytes = 0; fd >= 0 && *bytes <= MOST; *bytes += (size_t)taken) {
    taken = calltap__os_read(fd, contents + *bytes, MOST + 1 - *bytes);
    if (taken <= 0)
      break;
  }
  if (fd >= 0)
    calltap__os_close(fd);
  *why = *bytes > MOST ? "it is larger than 64 kB" : taken < 0 ? why_unread(taken) : NULL;
  return *why ? NULL : contents;
}

const struct calltap_rule_files calltap__rule_files = {read_rule_file, rule_memory, NULL};

static bool say_wrong(const char *variable, const char *problem, const char *detail) {
  if (problem)
    calltap__say(variable, problem, detail);
  return !problem;
}

/* Fills the request from the variables. False: something is wrong, and was said. */
static bool read_variables(struct session_request *request) {
  static const char untraced[] = "; the program runs untraced";
  const char *limits = getenv("CALLTAP_LIMIT"), *threads = calltap__memory_text(getenv("CALLTAP_THREADS"));
  const char *start = getenv("CALLTAP_START"), *views = calltap__memory_text(getenv("CALLTAP_VIEWS"));
  struct thread_spec spec;
  request->limits = calltap__limits_usual();
  request->given_limits = calltap__memory_text(limits);
  request->threads = threads && *threads && !calltap__text_equal(threads, "all") ? threads : NULL;
  request->out = calltap__memory_text(getenv("CALLTAP_OUT"));
  request->is_child = is_later_process();
  request->who = "CALLTAP";
  if (request->is_child || getenv("CALLTAP_RUN"))
    request->limits.budget = 0; /* of `calltap run`, who wants it all */
  calltap__allow_lower(calltap__allowed, &request->limits);
  return say_wrong("CALLTAP_LIMIT", limits ? calltap__limits_parse(limits, &request->limits) : NULL, untraced) &&
         say_wrong("CALLTAP_THREADS", request->threads ? calltap__thread_spec_parse(request->threads, &spec) : NULL,
                   untraced) &&
         say_wrong("CALLTAP_VIEWS", views ? calltap__library_add(views) : NULL, untraced) &&
         say_wrong("CALLTAP_START", read_start(start, &request->start_off), start);
}

/* The first of the rules that no function matches, where others have theirs. Once: other programs that this one starts are asked the same. */
static void say_unmet(const struct session *session) {
  const struct calltap_rules *rules = session->rules;
  size_t met = 0;
  const struct calltap_rule *unmet = NULL;
  for (size_t i = rules->count; i--;) {
    met += rules->rule[i].is_met;
    unmet = rules->rule[i].is_met ? unmet : &rules->rule[i];
  }
  if (!met || !unmet)
    return;
  char text[256];
  struct builder b = calltap__builder(text, sizeof text);
  size_t others = rules->count - met - 1;
  calltap__put_span(&b, (struct span){rules->text + unmet->at, unmet->name.end});
  if (others) {
    calltap__put(&b, ", and of ");
    calltap__put_number(&b, others);
    calltap__put(&b, others == 1 ? " other rule" : " other rules");
  }
  calltap__put(&b, "; `calltap list PROGRAM` shows what there is");
  calltap__put_end(&b);
  calltap__say("CALLTAP", "no function so far has the name of ", text);
}

/* control */
static void start_from_variables(struct session *session, const char *rules) {
  struct session_request request = {.given = calltap__memory_text(rules)};
  struct calltap_rule_error error = {0};
  const char *detail;
  if (!request.given || !calltap__session_read(session, request.given, &calltap__rule_files, &error)) {
    say_rule_error(&session->text, &error, "; the program runs untraced");
    calltap__session_give_up(session);
    return;
  }
  request.rules = session->text.text;
  const char *why =
      read_variables(&request) ? calltap__allow_check(calltap__allowed, session->rules, &request.limits) : "";
  if (why) {
    (void)say_wrong("CALLTAP", *why ? why : NULL, "; the program runs untraced");
    calltap__session_give_up(session);
    return;
  }
  const struct calltap_rule_error *rule_error;
  const char *problem = calltap__session_start(session, &request, &detail, &rule_error);
  if (rule_error)
    say_rule_error(&session->text, rule_error, "; no function can be asked so far");
  else if (problem && !calltap__session_is_alive(session))
    calltap__say("CALLTAP", problem, detail && *detail ? detail : "; the program runs untraced");
  else if (problem)
    calltap__say("CALLTAP", problem, detail);
  else if (!request.is_child)
    say_unmet(session);
}

static void start_session(const char *rules) {
  uint64_t saved;
  const char *why;
  (void)calltap__lock(&saved);
  struct session *session = calltap__session_new("env", &why);
  if (session)
    start_from_variables(session, rules);
  (void)calltap__memory_from(&calltap__process_memory);
  calltap__unlock(&saved);
}

/* Another runtime has had its constructor run before. It may have been told of another signal, where this one finds no variables. */
static bool has_elder(void) {
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    struct sigaction action;
    if (!sigaction(signals[i].number, NULL, &action) && action.sa_flags & SA_SIGINFO &&
        calltap__elder_find((uintptr_t)action.sa_sigaction))
      return true;
  }
  return false;
}

enum allow calltap__allowed = ALLOW_VALUES;

/* Whoever starts a program may ask it. False: the variables are wrong, which was said. */
static bool prepare_control(void) {
  const char *allow = getenv("CALLTAP_ALLOW"), *signal = getenv("CALLTAP_SIGNAL");
  if (allow && !say_wrong("CALLTAP_ALLOW", calltap__allow_parse(allow, &calltap__allowed), "; nothing is allowed"))
    calltap__allowed = ALLOW_OFF;
  int number = signal_number(signal);
  if (number < 0)
    calltap__say("CALLTAP_SIGNAL", "no such signal; the program runs untraced, and cannot be asked: ", signal);
  if (number > 0)
    (void)say_wrong("CALLTAP_SIGNAL", install_signal(number), signal);
  (void)pthread_atfork(before_fork, in_parent, in_child);
  return number >= 0;
}

__attribute__((constructor(101))) static void start(void) {
  if (getauxval(AT_SECURE)) /* more rights than its caller: the variables are not to be trusted */
    return;
  if (has_elder())
    return;
  atomic_store(&calltap__gate.ours, true);
  calltap__control_ready = true;
  calltap__births_are_seen = calltap__sees_births && calltap__sees_births();
  (void)calltap__os_barrier_register(); /* cheap now, milliseconds once there are threads */
  calltap__peek_stack_top = getauxval(AT_EXECFN);
  calltap__objects_find();
  bool good = prepare_control();
  const char *rules = getenv("CALLTAP");
  if (good && rules && *rules)
    start_session(rules);
}

__attribute__((destructor(101))) static void stop(void) { calltap__sessions_end("exit"); }

/* -- objects that announce themselves ----------------------------------------------------------------------------------- */

void calltap__announce_enter(const struct calltap_elf_note *self) __asm__(CALLTAP_SYMBOL_ENTER);
void calltap__announce_leave(const struct calltap_elf_note *self) __asm__(CALLTAP_SYMBOL_LEAVE);

CALLTAP_API void calltap__announce_enter(const struct calltap_elf_note *self) {
  if (!getauxval(AT_SECURE) && !calltap__elder_loaded(&self->note))
    calltap__session_object_loaded(&self->note, calltap__object_path(&self->note));
}

CALLTAP_API void calltap__announce_leave(const struct calltap_elf_note *self) {
  if (!getauxval(AT_SECURE) && !calltap__elder_unloaded(&self->note))
    calltap__session_object_unloaded(&self->note);
}
