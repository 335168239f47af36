/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* libcalltap-client: one session in one process, for programs that are not the command. */
#include "calltap/client.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ask_start.h"
#include "calltap/request.h"
#include "lib/event_text.h"
#include "message.h"
#include "symbol.h"
#include "traces.h"

enum {
  WHY = 1024,
  FASTEST_US = 500,
  SLOWEST_US = 10000,
  SLACK_NS = 2000000, /* what a thread may need to write an event after it took its time */
};

struct calltap_client {
  struct ask ask;
  char session[CALLTAP_SESSION_NAME];
  struct calltap_reader *reader; /* of one file */
  struct symbols *symbols;
  struct calltap__event_text text, json;
  struct calltap__builder function, thread; /* of the event in hand */
  pid_t watchdog;                           /* -1: none */
  int watchdog_end;
  int exit;      /* readable when the process is gone; -1: not to be had */
  bool is_armed; /* as far as is known here */
  bool is_gone;  /* the process is */
  bool has_failed;
  atomic_bool is_interrupted;
  char reason[64];
  char why[WHY];
};

/* What `more` of an event is. */
struct more {
  struct calltap_client *client;
  const struct calltap_event *event;
};

/* --- the start --- */

static bool no_memory(struct calltap_client *client) {
  message("this needs more memory than there is");
  client->has_failed = true;
  return false;
}

/* Several clients of a process have sessions of their own. */
static void choose_name(struct calltap_client *client) {
  static atomic_uint clients;
  snprintf(client->session, sizeof client->session, "client-%ld-%u", (long)getpid(), atomic_fetch_add(&clients, 1) + 1);
}

static bool open_views(struct calltap_client *client) {
  client->reader = calltap_reader_new();
  client->symbols = symbols_new();
  if (client->reader == NULL || client->symbols == NULL)
    return no_memory(client);
  struct calltap__namer *namer = symbols_namer(client->symbols);
  return (calltap__event_text_open(&client->text, calltap__view_text, client->reader, namer) &&
          calltap__event_text_open(&client->json, calltap__view_json, client->reader, namer)) ||
         no_memory(client);
}

/* A line end would begin another line of the request. */
static bool is_line(const char *what, const char *text) {
  bool good = text == NULL || strchr(text, '\n') == NULL;
  if (!good)
    message("%s are one line", what);
  return good;
}

static bool check_words(const struct calltap_client_question *question) {
  const char *rules = question->rules;
  if (rules != NULL && rules[strspn(rules, " \t\n;")] != '\0')
    return is_line("limits", question->limits) && is_line("threads", question->threads);
  message("there is no rule");
  return false;
}

/* The reply lives in client->ask. */
static const char *send_start(struct calltap_client *client, const struct calltap_client_question *question) {
  const struct ask_start start = {
      .session = client->session,
      .threads = question->threads,
      .limits = calltap__text(question->limits != NULL ? question->limits : ""),
      .rules = question->rules,
  };
  struct calltap__builder request = {0};
  ask_start_build(&start, &request);
  const char *reply = NULL;
  if (request.failed)
    no_memory(client);
  else
    reply = ask_request(&client->ask, request.bytes, request.size);
  calltap__builder_free(&request);
  return reply;
}

static bool arm(struct calltap_client *client, const struct calltap_client_question *question) {
  char trace[4096] = "", functions[32] = "";
  const char *reply = send_start(client, question);
  if (reply == NULL || ask_say(&client->ask, reply) != STATUS_DONE)
    return false;
  client->is_armed = true;
  ask_value(reply, "trace", trace, sizeof trace);
  ask_value(reply, "functions", functions, sizeof functions);
  client->exit = (int)syscall(SYS_pidfd_open, (pid_t)client->ask.pid, 0);
  if (!ask_trace_open(&client->ask, trace, true, client->reader))
    return false;
  if (strcmp(functions, "0") == 0) {
    message("%u: the rules match no function there; `calltap list %u` shows what can be asked", client->ask.pid,
            client->ask.pid);
    return false;
  }
  return calltap_reader_follow(client->reader) || no_memory(client);
}

/* Whoever ends the session if this process dies is there before it begins. */
static bool begin(struct calltap_client *client, int pid, const struct calltap_client_question *question) {
  if (!check_words(question) || !ask_open(&client->ask, (uint32_t)pid) || !open_views(client))
    return false;
  choose_name(client);
  client->watchdog = ask_watch(&client->ask, 1, client->session, &client->watchdog_end);
  return client->watchdog >= 0 && arm(client, question);
}

struct calltap_client *calltap_client_start(int pid, const struct calltap_client_question *question, char *error,
                                            size_t size) {
  struct calltap_client *client = calloc(1, sizeof *client);
  char *why = error != NULL && size > 0 ? error : NULL;
  if (client == NULL) {
    if (why != NULL)
      snprintf(why, size, "this needs more memory than there is");
    return NULL;
  }
  client->ask.proc = client->exit = client->watchdog = -1;
  message_keep(client->why, sizeof client->why);
  bool good = begin(client, pid, question);
  message_keep(NULL, 0);
  if (why != NULL)
    snprintf(why, size, "%s", client->why);
  if (good)
    return client;
  calltap_client_stop(client);
  return NULL;
}

/* --- while it runs --- */

static bool is_gone(const struct calltap_client *client) {
  struct pollfd one = {client->exit, POLLIN, 0};
  return client->exit >= 0 && poll(&one, 1, 0) > 0;
}

static void pause_for(const struct calltap_client *client, unsigned us) {
  struct timespec time = {0, (long)us * 1000};
  struct pollfd one = {client->exit, POLLIN, 0}; /* of a negative one nothing is heard */
  ppoll(&one, 1, &time, NULL);
}

static void refresh(struct calltap_client *client) {
  if (!calltap_reader_refresh(client->reader))
    no_memory(client);
}

/* A process writes the end before it is gone, and events before the end: both times it is looked at once more after that. */
static void look(struct calltap_client *client) {
  const struct calltap_trace_file *file = calltap_reader_file(client->reader, 0);
  refresh(client);
  if (!is_gone(client) && !file->ended)
    return;
  refresh(client);
  client->is_armed = false;
  client->is_gone = !file->ended;
  if (client->is_gone)
    calltap_reader_finish(client->reader, 0);
  snprintf(client->reason, sizeof client->reason, "%.*s", (int)file->reason.size,
           file->reason.bytes != NULL ? file->reason.bytes : "");
}

/* Their text is used again for the next event. */
static const char *terminated(struct calltap__builder *builder) {
  calltap__build_bytes(builder, "", 1);
  builder->size = 0;
  return builder->failed ? "" : builder->bytes;
}

static struct calltap_client_event event_of(struct more *more) {
  static const enum calltap_client_kind kinds[] = {
      [CALLTAP_EVENT_CALL] = CALLTAP_CLIENT_CALL,     [CALLTAP_EVENT_EXIT] = CALLTAP_CLIENT_EXIT,
      [CALLTAP_EVENT_LOST] = CALLTAP_CLIENT_LOST,     [CALLTAP_EVENT_PAUSE] = CALLTAP_CLIENT_PAUSE,
      [CALLTAP_EVENT_RESUME] = CALLTAP_CLIENT_RESUME,
  };
  struct calltap_client *client = more->client;
  const struct calltap_event *event = more->event;
  if (event->kind == CALLTAP_EVENT_CALL || event->kind == CALLTAP_EVENT_EXIT)
    calltap__build_mfa(&client->function, event->function, event->number);
  calltap__build_bytes(&client->thread, event->thread->name.bytes, event->thread->name.size);
  return (struct calltap_client_event){
      .kind = kinds[event->kind],
      .pid = client->ask.pid,
      .tid = event->thread->tid,
      .thread = terminated(&client->thread),
      .function = terminated(&client->function),
      .time_ns = event->real_ns,
      .call = event->call,
      .elapsed_ns = event->kind == CALLTAP_EVENT_EXIT && event->paired ? event->elapsed_ns : 0,
      .count = event->kind == CALLTAP_EVENT_LOST ? event->count : 0,
      .more = more,
  };
}

/* False: the handler has seen enough. */
static bool deliver(struct calltap_client *client, int64_t until_ns, calltap_client_handler *handler, void *state,
                    bool *some) {
  struct more more = {.client = client};
  while (!atomic_load(&client->is_interrupted) &&
         (more.event = calltap_reader_next_until(client->reader, until_ns)) != NULL) {
    if (more.event->kind > CALLTAP_EVENT_RESUME) /* a kind that clients do not know */
      continue;
    const struct calltap_client_event event = event_of(&more);
    *some = true;
    if (!handler(state, &event))
      return false;
  }
  return !atomic_load(&client->is_interrupted);
}

/* A session that has ended by itself meanwhile is not known any more: that is as good. */
static void disarm(struct calltap_client *client) {
  if (!client->is_armed || is_gone(client))
    return;
  client->is_armed = false;
  if (ask_simple(&client->ask, "stop", client->session) == NULL && !is_gone(client))
    client->has_failed = true;
}

/* Until nothing is wanted any more, true, or there will be nothing. */
static bool work(struct calltap_client *client, calltap_client_handler *handler, void *state) {
  unsigned interval = FASTEST_US;
  for (;;) {
    bool some = false;
    int64_t now = traces_now();
    look(client);
    if (!deliver(client, client->is_armed ? now - SLACK_NS : INT64_MAX, handler, state, &some))
      return true;
    if (!client->is_armed || client->has_failed)
      return false;
    interval = some ? FASTEST_US : interval * 2 < SLOWEST_US ? interval * 2 : SLOWEST_US;
    pause_for(client, interval);
  }
}

int calltap_client_run(struct calltap_client *client, calltap_client_handler *handler, void *state) {
  message_keep(client->why, sizeof client->why);
  bool is_done = work(client, handler, state);
  disarm(client);
  message_keep(NULL, 0);
  if (client->has_failed)
    return CALLTAP_CLIENT_FAULT;
  if (is_done)
    return CALLTAP_CLIENT_DONE;
  return client->is_gone || strcmp(client->reason, "exit") == 0 ? CALLTAP_CLIENT_GONE : CALLTAP_CLIENT_LIMIT;
}

void calltap_client_interrupt(struct calltap_client *client) { atomic_store(&client->is_interrupted, true); }

const char *calltap_client_reason(const struct calltap_client *client) { return client->reason; }

const char *calltap_client_error(const struct calltap_client *client) { return client->why; }

/* --- the end --- */

void calltap_client_stop(struct calltap_client *client) {
  if (client == NULL)
    return;
  message_keep(client->why, sizeof client->why);
  disarm(client);
  if (client->watchdog >= 0)
    ask_watch_end(client->watchdog, client->watchdog_end);
  message_keep(NULL, 0);
  calltap__event_text_close(&client->text);
  calltap__event_text_close(&client->json);
  symbols_free(client->symbols);
  calltap_reader_close(client->reader);
  calltap__builder_free(&client->function);
  calltap__builder_free(&client->thread);
  if (client->exit >= 0)
    close(client->exit);
  ask_close(&client->ask);
  free(client);
}

/* --- events as text --- */

const char *calltap_client_text(const struct calltap_client_event *event) {
  const struct more *more = event->more;
  return calltap__event_text(&more->client->text, more->event);
}

const char *calltap_client_json(const struct calltap_client_event *event) {
  const struct more *more = event->more;
  return calltap__event_text(&more->client->json, more->event);
}

bool calltap_client_print(FILE *out, const struct calltap_client_event *event) {
  return fputs(calltap_client_text(event), out) >= 0 && fputc('\n', out) != EOF && fflush(out) == 0;
}
