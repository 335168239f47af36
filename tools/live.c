/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absent_threads.h"
#include "ask_start.h"
#include "calltap/request.h"
#include "limit_options.h"
#include "message.h"
#include "traces.h"

enum {
  FASTEST_US = 500,
  SLACK_NS = 2000000,           /* what a thread may need to write an event after it took its time */
  SLOWEST_STOP_NS = 2000000000, /* a session that was told to stop has ended by then */
  LATE_NS = 500000000           /* so long behind its time it is looked after */
};

void live_worsen(struct live *live, enum status status) {
  static const int weight[] = {
      [STATUS_DONE] = 0, [STATUS_NOTHING] = 1, [STATUS_INCOMPLETE] = 2, [STATUS_QUESTION] = 3, [STATUS_FAULT] = 4};
  if (weight[status] > weight[live->status])
    live->status = status;
}

static bool no_memory(struct live *live) {
  message("this needs more memory than there is");
  live_worsen(live, STATUS_FAULT);
  return false;
}

/* --- the command line --- */

/* "5", "100/1s", "0". */
static bool set_calls(struct live *live, const char *value) {
  const char *slash = strchr(value, '/');
  char calls[32];
  uint64_t number, ns = 1;
  int size = slash != NULL ? (int)(slash - value) : (int)strlen(value);
  snprintf(calls, sizeof calls, "%.*s", size, value);
  if (!options_number(calls, "-n", &number) || (slash != NULL && !options_duration(slash + 1, "-n N/TIME", &ns)))
    return false;
  if (slash != NULL && (number == 0 || ns == 0)) {
    message("-n %s: a rate is at least one call, and its time is not 0", value);
    return false;
  }
  live->has_calls = true;
  if (number > 0)
    limits_add(&live->limits, slash != NULL ? "rate=" : "calls=", value);
  return true;
}

static bool set_time(struct live *live, const char *value) {
  uint64_t ns;
  live->has_time = true;
  if (strcmp(value, "0") == 0)
    return true;
  if (!options_duration(value, "--for", &ns))
    return false;
  if (ns > 0)
    limits_add(&live->limits, "time=", value);
  return true;
}

static bool set_session(struct live *live, const char *value) {
  size_t size = strlen(value);
  if (size == 0 || size >= CALLTAP_SESSION_NAME || value[strcspn(value, " \t\n")] != '\0') {
    message("--session takes a name of 1 to %d bytes without spaces, not '%s'", CALLTAP_SESSION_NAME - 1, value);
    return false;
  }
  live->name = value;
  return true;
}

static bool set_policy(struct live *live, const char *value) {
  if (strcmp(value, "stop") != 0 && strcmp(value, "drop") != 0) {
    message("--policy takes stop or drop, not '%s'", value);
    return false;
  }
  limits_add(&live->limits, "policy=", value);
  return true;
}

/* What becomes a line of the request has no line end of its own. */
static bool is_one_line(const char *name, const char *value) {
  if (value[0] != '\0' && strchr(value, '\n') == NULL)
    return true;
  message("%s takes one line that is not empty", name);
  return false;
}

static bool set_option(struct live *live, int option, const char *value) {
  switch (option) {
  case LIVE_CALLS:
    return set_calls(live, value);
  case LIVE_FOR:
    return set_time(live, value);
  case LIVE_LIMIT:
    return is_one_line("--limit", value) && limits_add_list(&live->limits, "--limit", value);
  case LIVE_POLICY:
    return set_policy(live, value);
  case LIVE_THREADS:
    live->threads = value;
    return is_one_line("-t", value);
  case LIVE_SESSION:
    return set_session(live, value);
  case LIVE_STR:
    return limits_add_number(&live->limits, "--str", "str=", value, LIMITS_MOST_TEXT);
  case LIVE_EXPAND:
    return limits_add_number(&live->limits, "--expand", "expand=", value, LIMITS_MOST_LEVELS);
  case LIVE_SILENT:
    live->silent = true;
    return true;
  case LIVE_LATER:
    live->later = true;
    return true;
  default:
    live->force = true;
    return true;
  }
}

/* The first word is the target, the others are rules. */
static bool add_word(struct live *live, const char *word) {
  if (live->target == NULL) {
    live->target = word;
    return true;
  }
  if (live->reword != NULL)
    word = live->reword(live, word);
  return word != NULL && question_add(&live->question, word);
}

bool live_read(struct live *live, struct options *options, bool (*set)(void *context, int option, const char *value),
               void *context) {
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG)
      return false;
    if (found == OPTIONS_WORD && !add_word(live, options->value))
      return false;
    if (found >= 0 &&
        !(found < LIVE_OWN ? set_option(live, found, options->value) : set(context, found, options->value)))
      return false;
  }
  if (live->target != NULL && live->question.words.size > 0)
    return question_end(&live->question);
  message(live->target == NULL ? "name a process: its number, several with commas, or a glob of program names"
                               : "give a rule after the process, as in: 4711 'server:process -> return'");
  return false;
}

/* The value of a limit, "" if there is none; the last one counts. */
static void limit_of(const struct live *live, const char *name, char *value, size_t size) {
  size_t length = strlen(name);
  const char *at = live->limits.bytes, *end = at != NULL ? at + live->limits.size : NULL;
  value[0] = '\0';
  while (at < end) {
    const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma != NULL ? comma : end;
    if ((size_t)(stop - at) > length && memcmp(at, name, length) == 0 && at[length] == '=')
      snprintf(value, size, "%.*s", (int)(stop - at - (ptrdiff_t)length - 1), at + length + 1);
    at = stop + 1;
  }
}

bool live_has_limit(const struct live *live, const char *name) {
  char value[64];
  limit_of(live, name, value, sizeof value);
  return value[0] != '\0';
}

void live_default_calls(struct live *live, const char *limit) {
  if (!live->has_calls && !live_has_limit(live, "calls") && !live_has_limit(live, "rate"))
    limits_add(&live->limits, "calls=", limit);
}

void live_default_time(struct live *live, const char *limit) {
  if (!live->has_time && !live_has_limit(live, "time"))
    limits_add(&live->limits, "time=", limit);
}

bool live_is_limited(const struct live *live) {
  return live_has_limit(live, "calls") || live_has_limit(live, "time") || live_has_limit(live, "bytes") ||
         live_has_limit(live, "rate") || live_has_limit(live, "ring") || live_has_limit(live, "rotate");
}

char *live_absolute(const char *path) {
  struct calltap__builder whole = {0};
  char *directory = path[0] == '/' ? NULL : getcwd(NULL, 0);
  if (path[0] != '/') {
    calltap__build(&whole, directory != NULL ? directory : "");
    calltap__build(&whole, "/");
  }
  calltap__build(&whole, path);
  calltap__build_bytes(&whole, "", 1);
  free(directory);
  if (whole.failed)
    calltap__builder_free(&whole);
  return whole.failed ? NULL : whole.bytes;
}

/* --- the start --- */

/* False: a rule can be asked of nothing there, which has been said. */
static bool check_rules(struct live *live, uint32_t pid) {
  char number[16];
  struct answers answers = {.question = &live->question};
  snprintf(number, sizeof number, "%" PRIu32, pid);
  enum status status = answers_gather(&answers, number);
  bool good = status == STATUS_DONE;
  for (size_t i = 0; good && i < live->question.rules->count; i++) {
    good = live->later || answers_has_any(&answers, i);
    if (!good)
      answers_say_nothing(&answers, i, number);
  }
  answers_free(&answers);
  live_worsen(live, good ? STATUS_DONE : status != STATUS_DONE ? status : STATUS_QUESTION);
  return good;
}

static void build_start(const struct live *live, struct calltap__builder *request) {
  const struct ask_start start = {
      .session = live->session,
      .threads = live->threads,
      .limits = {live->limits.bytes, live->limits.size},
      .output = live->output,
      .rules = live->question.text.text,
      .later = live->later,
      .force = live->force,
  };
  ask_start_build(&start, request);
}

static uint64_t number_of(const char *reply, const char *key) {
  char value[32];
  return ask_value(reply, key, value, sizeof value) ? strtoull(value, NULL, 10) : 0;
}

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

/* "armed: " or "armed: 4711: ". */
static void say_first(const struct live *live, const char *word, const struct live_process *process) {
  fflush(stdout);
  fprintf(stderr, "%s: ", word);
  if (live->processes > 1)
    fprintf(stderr, "%" PRIu32 ": ", process->ask.pid);
}

static void say_armed(const struct live *live, const struct live_process *process, const char *reply) {
  uint64_t functions = number_of(reply, "functions"), threads = number_of(reply, "threads");
  if (live->silent)
    return;
  say_first(live, "armed", process);
  fprintf(stderr, "%" PRIu64 " function%s, %" PRIu64 " thread%s\n", functions, plural(functions), threads,
          plural(threads));
}

/* Sends a request of a verb and the session's name. NULL: that did not go well, which has been said. */
static const char *send_simple(struct live *live, struct live_process *process, const char *verb) {
  const char *reply = ask_simple(&process->ask, verb, live->session);
  if (reply == NULL)
    live_worsen(live, STATUS_FAULT);
  return reply;
}

static bool open_trace(struct live *live, struct live_process *process) {
  bool good = ask_trace_open(&process->ask, process->trace, live->output == NULL, live->reader);
  if (!good)
    live_worsen(live, STATUS_FAULT);
  return good;
}

static void start_in(struct live *live, struct live_process *process, const struct calltap__builder *request) {
  const char *reply = ask_request(&process->ask, request->bytes, request->size);
  if (reply == NULL) {
    live_worsen(live, STATUS_FAULT);
    return;
  }
  if (strncmp(reply, "ok", 2) != 0) {
    live_worsen(live, ask_say(&process->ask, reply));
    return;
  }
  ask_value(reply, "trace", process->trace, sizeof process->trace);
  say_armed(live, process, reply);
  if (live->threads != NULL && !live->silent)
    absent_threads_say(process->ask.pid, live->threads);
  if (!live->detach && !open_trace(live, process)) {
    send_simple(live, process, "stop");
    return;
  }
  process->file = live->detach ? 0 : calltap_reader_files(live->reader) - 1;
  process->exit = (int)syscall(SYS_pidfd_open, (pid_t)process->ask.pid, 0);
  live->running++;
}

/* The processes that can be asked; the others have been told of. */
static bool open_processes(struct live *live) {
  uint32_t *pids = NULL;
  size_t count = ask_targets(live->target, &pids);
  live->process = calloc(count + 1, sizeof *live->process);
  if (live->process == NULL) {
    free(pids);
    return no_memory(live);
  }
  for (size_t i = 0; i < count; i++) {
    struct live_process *process = &live->process[live->processes];
    *process = (struct live_process){.file = (size_t)LIVE_NO_FILE, .exit = -1};
    if (!ask_open(&process->ask, pids[i])) {
      live_worsen(live, STATUS_QUESTION);
    } else if (!check_rules(live, pids[i])) {
      ask_close(&process->ask);
    } else {
      live->processes++;
    }
  }
  free(pids);
  if (live->processes == 0)
    live_worsen(live, STATUS_QUESTION);
  return live->processes > 0;
}

/* Whoever is told to stop the session must know the processes before it runs in them. */
static bool watch(struct live *live) {
  live->watchdog = -1;
  if (live->detach)
    return true;
  struct ask *asks = calloc(live->processes, sizeof *asks);
  if (asks == NULL)
    return no_memory(live);
  for (size_t i = 0; i < live->processes; i++)
    asks[i] = live->process[i].ask;
  live->watchdog = ask_watch(asks, live->processes, live->session, &live->watchdog_end);
  free(asks);
  if (live->watchdog < 0)
    live_worsen(live, STATUS_FAULT);
  return live->watchdog >= 0;
}

static volatile sig_atomic_t asked_to_stop;

/* The second time the usual is done: this command dies, and its child stops the session. */
static void on_stop(int number) {
  asked_to_stop = number;
  signal(number, SIG_DFL);
}

/* Somebody may cut a file that is mapped here; then its pages are gone and touching them is SIGBUS. */
static void on_sigbus(int number) {
  static const char text[] = "calltap: the trace was cut while it was read\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
  (void)ignored, (void)number;
  _exit(STATUS_FAULT);
}

static void set_signals(void) {
  struct sigaction action = {.sa_handler = on_stop};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGBUS, on_sigbus);
}

static bool choose_name(struct live *live) {
  if (live->name != NULL)
    snprintf(live->session, sizeof live->session, "%s", live->name);
  else
    snprintf(live->session, sizeof live->session, "cli-%ld", (long)getpid());
  bool is_shared = live->output != NULL && live->processes > 1 && strstr(live->output, "{pid}") == NULL;
  if (!is_shared)
    return true;
  message("-o %s: %zu processes cannot write one file; put {pid} into its name", live->output, live->processes);
  live_worsen(live, STATUS_QUESTION);
  return false;
}

bool live_start(struct live *live) {
  struct calltap__builder request = {0};
  live->reader = calltap_reader_new();
  if (live->reader == NULL || live->limits.failed)
    return no_memory(live);
  if (!open_processes(live) || !choose_name(live))
    return false;
  build_start(live, &request);
  bool good = !request.failed && request.size <= CALLTAP_REQUEST_BYTES;
  if (!good) {
    message(request.failed ? "this needs more memory than there is" : "the rules are longer than a request can be");
    live_worsen(live, request.failed ? STATUS_FAULT : STATUS_QUESTION);
  }
  good = good && watch(live);
  if (good && !live->detach)
    set_signals();
  for (size_t i = 0; good && i < live->processes; i++)
    start_in(live, &live->process[i], &request);
  calltap__builder_free(&request);
  if (good && !calltap_reader_follow(live->reader))
    no_memory(live);
  return live->running > 0;
}

/* --- while it runs --- */

static bool is_in(const struct live_process *process) { return process->file != (size_t)LIVE_NO_FILE; }

static const struct calltap_trace_file *file_of(const struct live *live, const struct live_process *process) {
  return calltap_reader_file(live->reader, process->file);
}

static bool is_readable(int fd) {
  struct pollfd one = {fd, POLLIN, 0};
  return fd >= 0 && poll(&one, 1, 0) > 0;
}

static void end_process(struct live *live, struct live_process *process) {
  process->is_over = true;
  live->running--;
}

/* A process writes the end before it is gone, and events before the end: both times it is looked at once more after that. */
static void look_at(struct live *live, struct live_process *process) {
  if (!is_in(process) || process->is_over)
    return;
  if (!is_readable(process->exit) && !file_of(live, process)->ended)
    return;
  if (!calltap_reader_refresh(live->reader))
    no_memory(live);
  process->is_gone = !file_of(live, process)->ended;
  if (process->is_gone)
    calltap_reader_finish(live->reader, process->file);
  end_process(live, process);
}

static void stop(struct live *live) {
  live->is_stopped = true;
  live->signal = asked_to_stop;
  for (size_t i = 0; i < live->processes; i++) {
    struct live_process *process = &live->process[i];
    if (!is_in(process) || process->is_over || is_readable(process->exit))
      continue;
    /* A session that has ended by itself meanwhile is not known any more. */
    send_simple(live, process, "stop");
  }
}

void live_ask_tables(struct live *live) {
  for (size_t i = 0; i < live->processes; i++) {
    struct live_process *process = &live->process[i];
    if (is_in(process) && !process->is_over && !is_readable(process->exit))
      send_simple(live, process, "tables");
  }
}

/* Waits; ends early when a process does, or a signal comes. */
static void wait_for(const struct live *live, unsigned us) {
  struct timespec time = {0, (long)us * 1000};
  struct pollfd *polls = calloc(live->processes, sizeof *polls);
  nfds_t count = 0;
  for (size_t i = 0; polls != NULL && i < live->processes; i++) {
    const struct live_process *process = &live->process[i];
    if (is_in(process) && !process->is_over && process->exit >= 0)
      polls[count++] = (struct pollfd){process->exit, POLLIN, 0};
  }
  ppoll(polls, count, &time, NULL);
  free(polls);
}

/* The processes that were told to stop, and did not, are given up. */
static void give_up(struct live *live) {
  for (size_t i = 0; i < live->processes; i++) {
    struct live_process *process = &live->process[i];
    if (!is_in(process) || process->is_over)
      continue;
    message("%" PRIu32 ": the session '%s' was told to stop, and has not ended; `calltap info %" PRIu32
            "` says whether it still runs",
            process->ask.pid, live->session, process->ask.pid);
    live_worsen(live, STATUS_FAULT);
    calltap_reader_finish(live->reader, process->file);
    end_process(live, process);
  }
}

/* When the session should have ended by its time, and a little more; INT64_MAX: it has none. */
static int64_t late_time(const struct live *live) {
  char value[64];
  uint64_t ns;
  limit_of(live, "time", value, sizeof value);
  if (value[0] == '\0' || !options_duration(value, "time", &ns) || ns > INT64_MAX / 4)
    return INT64_MAX;
  return traces_now() + (int64_t)ns + LATE_NS;
}

/* The timer of a process goes to a thread, which may have ended since. Any question ends what is over. */
static void look_after(struct live *live) {
  for (size_t i = 0; i < live->processes; i++) {
    struct live_process *process = &live->process[i];
    if (is_in(process) && !process->is_over && !is_readable(process->exit))
      send_simple(live, process, "info");
  }
}

void live_work(struct live *live, const struct live_work *work) {
  unsigned interval = FASTEST_US;
  int64_t stopped = 0, late = late_time(live);
  bool is_wanted = true;
  while (live->running > 0) {
    bool some = false;
    int64_t now = traces_now();
    if (!calltap_reader_refresh(live->reader))
      no_memory(live);
    for (size_t i = 0; i < live->processes; i++)
      look_at(live, &live->process[i]);
    if (is_wanted)
      is_wanted = work->look(work->context, live, live->running > 0 ? now - SLACK_NS : INT64_MAX, &some);
    live->is_left = !is_wanted;
    if (!live->is_stopped && (asked_to_stop != 0 || !is_wanted)) {
      stop(live);
      stopped = traces_now();
      continue;
    }
    if (now > late) {
      look_after(live);
      late = now + LATE_NS;
    }
    if (live->is_stopped && now - stopped > SLOWEST_STOP_NS) {
      give_up(live);
      if (is_wanted)
        work->look(work->context, live, INT64_MAX, &some);
      break;
    }
    interval = some ? FASTEST_US : interval * 2 < work->slowest_us ? interval * 2 : work->slowest_us;
    if (live->running > 0)
      wait_for(live, interval);
  }
}

/* --- the end --- */

/* With commas between thousands. */
static const char *grouped(uint64_t number, char text[32]) {
  char digits[24];
  int size = snprintf(digits, sizeof digits, "%" PRIu64, number);
  char *at = text;
  for (int i = 0; i < size; i++) {
    if (i > 0 && (size - i) % 3 == 0)
      *at++ = ',';
    *at++ = digits[i];
  }
  *at = '\0';
  return text;
}

static const char *signal_word(int number) {
  return number == SIGINT    ? "Ctrl-C"
         : number == SIGTERM ? "stopped by SIGTERM"
         : number == SIGHUP  ? "stopped by SIGHUP"
                             : "nobody reads the output any more";
}

/* Why it ended, in the words of the command line. */
static void reason_words(const struct live *live, const struct live_process *process, char *words, size_t size) {
  static const struct {
    const char *reason, *words, *limit; /* of which the value follows */
  } known[] = {
      {"calls", "-n ", "calls"},
      {"time", "--for ", "time"},
      {"rate", "-n ", "rate"},
      {"bytes", "the trace is full: bytes=", "bytes"},
      {"stop", "stop in a rule", NULL},
      {"exit", "the process ended", NULL},
      {"disk", "there is no space for the trace", NULL},
      {"budget", "the budget of CPU time was used up", NULL},
  };
  char reason[64], value[64] = "";
  struct calltap_text given = file_of(live, process)->reason;
  snprintf(reason, sizeof reason, "%.*s", (int)given.size, given.bytes != NULL ? given.bytes : "");
  snprintf(words, size, "%s", reason);
  if (process->is_gone)
    snprintf(words, size, "the process is gone");
  else if (strcmp(reason, "asked") == 0)
    snprintf(words, size, "%s", live->is_stopped ? signal_word(live->signal) : "stopped by another command");
  for (size_t i = 0; !process->is_gone && i < sizeof known / sizeof *known; i++) {
    if (strcmp(reason, known[i].reason) != 0)
      continue;
    if (known[i].limit != NULL)
      limit_of(live, known[i].limit, value, sizeof value);
    int length = (int)strlen(known[i].words);
    bool has_no_value = known[i].limit != NULL && value[0] == '\0';
    snprintf(words, size, "%.*s%s", has_no_value ? (int)strcspn(known[i].words, ":") : length, known[i].words, value);
  }
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* The losses that the end tells of may have had no room for records of their own. */
static uint64_t lost_of(const struct calltap_trace_file *file) { return larger(file->end_lost, file->counts.lost); }

static void say_disarmed(const struct calltap_trace_file *file) {
  struct calltap__builder names = {0};
  calltap__build_disarmed(&names, file);
  fprintf(stderr, ", %" PRIu64 " function%s disarmed by the budget of CPU time, what is known of %s is only a part%.*s",
          file->end_disarmed, plural(file->end_disarmed), file->end_disarmed == 1 ? "it" : "them", (int)names.size,
          names.bytes != NULL ? names.bytes : "");
  calltap__builder_free(&names);
}

/* Where all events were given, it is so many. A thread counts a call before it writes it: one that was interrupted in between by the end of the
 * session told of a call too many. */
static uint64_t calls_of(const struct live *live, const struct calltap_trace_file *file) {
  bool are_all_given = file->counts.calls > 0 && !live->is_left && file->ring == 0 && lost_of(file) == 0;
  return file->ended && !are_all_given ? file->end_calls : file->counts.calls;
}

static void say_end(const struct live *live, const struct live_process *process) {
  char words[160], calls[32], rejected[32], faults[32], lost[32], open[32], cost[48], overwritten[32];
  const struct calltap_trace_file *file = file_of(live, process);
  uint64_t count = calls_of(live, file);
  reason_words(live, process, words, sizeof words);
  say_first(live, "stopped", process);
  if (count == 0 && file->rows > 0) /* calls that are only counted are in the tables */
    fprintf(stderr, "%s", words);
  else
    fprintf(stderr, "%s call%s (%s)", grouped(count, calls), plural(count), words);
  if (file->ended) {
    fprintf(stderr, ", %s rejected, %s fault%s, %s lost, %s open", grouped(file->end_rejected, rejected),
            grouped(file->end_faults, faults), plural(file->end_faults), grouped(lost_of(file), lost),
            grouped(file->end_open, open));
    if (file->end_overwritten > 0)
      fprintf(stderr, ", %s older overwritten", grouped(file->end_overwritten, overwritten));
    if (file->end_cost_ns > 0)
      fprintf(stderr, ", cost %.*s", (int)calltap__format_duration(cost, file->end_cost_ns), cost);
    if (file->end_disarmed > 0)
      say_disarmed(file);
    fputc('\n', stderr);
  } else {
    fprintf(stderr, ", %s lost\n", grouped(lost_of(file), lost));
  }
}

/* What makes the trace less than all of it, beside the losses, which the last line has. */
static bool say_incomplete(const struct live_process *process, const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  if (counts->torn > 0)
    message("%" PRIu32 ": incomplete: %" PRIu64 " record%s unfinished, whose writer was %s", process->ask.pid,
            counts->torn, counts->torn == 1 ? " is" : "s are",
            process->is_gone ? "killed" : "stopped in the middle of it");
  if (counts->misshapen > 0)
    message("%" PRIu32 ": incomplete: %" PRIu64 " record%s not hold what %s should; that part is left out",
            process->ask.pid, counts->misshapen, counts->misshapen == 1 ? " does" : "s do",
            counts->misshapen == 1 ? "it" : "they");
  return lost_of(file) > 0 || counts->torn > 0 || counts->misshapen > 0;
}

enum status live_end(struct live *live, uint64_t shown) {
  for (size_t i = 0; i < live->processes; i++) {
    const struct live_process *process = &live->process[i];
    if (!is_in(process))
      continue;
    const struct calltap_trace_file *file = file_of(live, process);
    if (!live->silent)
      say_end(live, process);
    if (file->counts.damaged > 0) {
      message("%" PRIu32 ": the trace is damaged at byte %" PRIu64 ": %s", process->ask.pid, file->counts.damage_offset,
              file->counts.damage);
      live_worsen(live, STATUS_FAULT);
    }
    if (say_incomplete(process, file))
      live_worsen(live, STATUS_INCOMPLETE);
  }
  if (shown == 0)
    live_worsen(live, STATUS_NOTHING);
  return live->status;
}

void live_free(struct live *live) {
  if (live->watchdog > 0)
    ask_watch_end(live->watchdog, live->watchdog_end);
  for (size_t i = 0; i < live->processes; i++) {
    ask_close(&live->process[i].ask);
    if (live->process[i].exit >= 0)
      close(live->process[i].exit);
  }
  free(live->process);
  calltap_reader_close(live->reader);
  question_free(&live->question);
  calltap__builder_free(&live->limits);
  calltap__builder_free(&live->reworded);
}
