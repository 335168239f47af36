/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap info: what sessions do in a running process. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ask_start.h"
#include "asked.h"
#include "calltap/request.h"
#include "message.h"
#include "process.h"
#include "symbol.h"
#include "trace_info.h"
#include "unended.h"

enum { OPTION_JSON };

static const struct option table[] = {
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a process, as docs/json.md describes"},
    {0},
};

struct info {
  const char *target;
  const char *session; /* NULL: all */
  bool json;
};

/* --- text --- */

/* As it stands if it is no number. */
static void build_time(struct calltap__builder *text, struct calltap_text value) {
  char digits[32];
  snprintf(digits, sizeof digits, "%.*s", (int)value.size, value.bytes);
  int64_t ns;
  if (sscanf(digits, "%" SCNd64, &ns) == 1)
    trace_info_build_time(text, ns);
  else
    calltap__build_plain(text, value);
}

static void build_shown(struct calltap__builder *text, struct calltap_text value) {
  struct calltap__builder whole = {0};
  asked_unescape(&whole, value, "; ");
  calltap__build_plain(text, (struct calltap_text){whole.bytes, whole.size});
  calltap__builder_free(&whole);
}

static bool number_of(struct calltap_text value, uint64_t *number) {
  char digits[32];
  snprintf(digits, sizeof digits, "%.*s", (int)value.size, value.bytes);
  return sscanf(digits, "%" SCNu64, number) == 1;
}

static void build_duration(struct calltap__builder *text, struct calltap_text value) {
  char shown[48];
  uint64_t ns;
  if (number_of(value, &ns))
    calltap__build_bytes(text, shown, calltap__format_duration(shown, ns));
  else
    calltap__build_plain(text, value);
}

/* "SIGURG (23)"; signals without a name are numbers. */
static void build_signal(struct calltap__builder *text, struct calltap_text value) {
  uint64_t number;
  const char *name = number_of(value, &number) && number < NSIG ? sigabbrev_np((int)number) : NULL;
  calltap__build(text, name != NULL ? "SIG" : "");
  calltap__build(text, name != NULL ? name : "");
  calltap__build(text, name != NULL ? " (" : "");
  calltap__build_plain(text, value);
  calltap__build(text, name != NULL ? ")" : "");
}

/* Those that are not shown as they come. */
static const struct {
  const char *key, *shown;
  void (*build)(struct calltap__builder *text, struct calltap_text value);
} forms[] = {
    {"since_ns", "since", build_time}, {"cost_ns", "cost", build_duration}, {"signal", "signal", build_signal}};

/* `has_ended`: of a session's first line. */
static void print_line(const struct asked_line *line, bool is_inside, bool has_ended) {
  struct calltap__builder text = {0};
  bool is_session = asked_is(line, "session");
  const char *key = NULL;
  void (*build)(struct calltap__builder * text, struct calltap_text value) = build_shown;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    if (asked_is(line, forms[i].key)) {
      key = forms[i].shown;
      build = forms[i].build;
    }
  }
  calltap__build(&text, is_inside && !is_session ? "    " : "  ");
  calltap__build_plain(&text, key != NULL ? calltap__text(key) : line->key);
  calltap__build(&text, is_session ? " " : ": ");
  build(&text, line->value);
  calltap__build(&text, has_ended ? " (ended)\n" : "\n");
  fwrite(text.bytes, 1, text.size, stdout);
  calltap__builder_free(&text);
}

static void print_text(const struct ask *ask, const char *reply) {
  static const char ended[] = "state ended\n"; /* the second line of a session */
  struct asked_line line;
  bool is_inside = false;
  printf("%" PRIu32 " %s\n", ask->pid, ask->look.name);
  asked_next(&reply, &line); /* ok */
  while (asked_next(&reply, &line)) {
    is_inside |= asked_is(&line, "session");
    bool is_ended = asked_is(&line, "session") && strncmp(reply, ended, sizeof ended - 1) == 0;
    if (!asked_is(&line, "pid") || is_inside)
      print_line(&line, is_inside, is_ended);
    if (asked_is(&line, "signal") && !is_inside)
      printf("  private code: %" PRIu64 " kB\n", process_private_code_kb(ask->pid));
  }
  if (!is_inside)
    puts("  no session");
}

/* --- JSON --- */

/* Whether it is a number that JavaScript holds. */
static bool is_number(const struct asked_line *line, bool is_inside) {
  static const char *const texts[] = {"version", "name",   "session", "state", "reason",
                                      "who",     "limits", "rules",   "trace"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (asked_is(line, texts[i]))
      return false;
  }
  if (is_inside && asked_is(line, "threads"))
    return false;
  size_t digits = 0;
  while (digits < line->value.size && line->value.bytes[digits] >= '0' && line->value.bytes[digits] <= '9')
    digits++;
  return digits > 0 && digits == line->value.size && digits <= 15;
}

static void build_member(struct calltap__builder *text, const struct asked_line *line, bool is_inside) {
  struct calltap__builder whole = {0};
  calltap__build_json(text, line->key);
  calltap__build(text, ":");
  asked_unescape(&whole, line->value, "\n");
  if (is_number(line, is_inside))
    calltap__build_bytes(text, whole.bytes, whole.size);
  else
    calltap__build_json(text, (struct calltap_text){whole.bytes, whole.size});
  calltap__builder_free(&whole);
}

static void build_json(struct calltap__builder *text, const struct ask *ask, const char *reply) {
  struct asked_line line;
  size_t sessions = 0;
  calltap__build(text, "{\"pid\":");
  calltap__build_number(text, ask->pid);
  calltap__build(text, ",\"program\":");
  calltap__build_json(text, calltap__text(ask->look.name));
  calltap__build(text, ",\"private_code_kb\":");
  calltap__build_number(text, process_private_code_kb(ask->pid));
  asked_next(&reply, &line); /* ok */
  while (asked_next(&reply, &line)) {
    if (asked_is(&line, "session"))
      calltap__build(text, sessions++ == 0 ? ",\"sessions\":[{" : "},{");
    else if (sessions == 0 && asked_is(&line, "pid"))
      continue;
    else
      calltap__build(text, ",");
    build_member(text, &line, sessions > 0);
  }
  calltap__build(text, sessions == 0 ? ",\"sessions\":[]}\n" : "}]}\n");
}

static enum status print_json(const struct ask *ask, const char *reply) {
  struct calltap__builder text = {0};
  build_json(&text, ask, reply);
  fwrite(text.bytes, 1, text.size, stdout);
  bool failed = text.failed;
  calltap__builder_free(&text);
  if (failed)
    message("this needs more memory than there is");
  return failed ? STATUS_FAULT : STATUS_DONE;
}

/* --- what the trace of a session says --- */

/* What threads are in now, the oldest call first. */
static bool print_open(struct calltap_reader *reader, struct calltap__view *view, struct calltap__out *out, bool json) {
  struct unended *unended = unended_new(reader, true);
  struct timespec now;
  for (const struct calltap_event *event; unended != NULL && (event = calltap_reader_next(reader)) != NULL;)
    unended_take(unended, event, true);
  clock_gettime(CLOCK_REALTIME, &now);
  if (unended != NULL)
    unended_end(unended, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
  if (unended != NULL && unended->count > 0 && !json)
    CALLTAP__OUT(out, "\nopen calls\n");
  for (size_t i = 0; unended != NULL && i < unended->count; i++)
    view->event(view, unended->call[i]);
  bool good = unended != NULL && !unended->failed;
  unended_free(unended);
  return good;
}

static bool print_view(const struct info *info, struct calltap_reader *reader, bool has_tables, bool is_alive) {
  struct calltap__out out;
  struct symbols *symbols = symbols_new();
  struct calltap__view_options options = {.namer = symbols != NULL ? symbols_namer(symbols) : NULL};
  fflush(stdout);
  bool good = calltap__out_open(&out, STDOUT_FILENO);
  struct calltap__view *view = !good        ? NULL
                               : info->json ? calltap__view_json(reader, &out, options)
                                            : calltap__view_text(reader, &out, options);
  if (view != NULL) {
    if (has_tables)
      view->tables(view, calltap_reader_file(reader, 0));
    good = !is_alive || print_open(reader, view, &out, info->json);
    view->free(view);
  }
  good = calltap__out_close(&out) == 0 && good && view != NULL;
  symbols_free(symbols);
  return good;
}

/* Whether the trace still has its name: a command that prints events as they come takes it away. */
static bool has_name(const struct ask *ask, const char *trace) {
  char path[4096 + 64];
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/root%s", ask->pid, trace);
  return access(path, F_OK) == 0;
}

/* What a session has counted so far stands in its trace once it was asked to write it. One that has ended has written all. */
static enum status print_trace(const struct info *info, struct ask *ask, const char *reply) {
  char trace[4096], state[32];
  const char *session = strstr(reply, "\nsession ");
  session = session != NULL ? strchr(session + 1, '\n') : NULL;
  if (session == NULL || !ask_value(session, "trace", trace, sizeof trace) ||
      !ask_value(session, "state", state, sizeof state))
    return STATUS_DONE;
  bool is_alive = strcmp(state, "ended") != 0, has_tables = ask_value(session, "tables", NULL, 0);
  if (!has_tables && (!is_alive || !has_name(ask, trace)))
    return STATUS_DONE;
  if (is_alive && has_tables && ask_simple(ask, "tables", info->session) == NULL)
    return STATUS_FAULT;
  struct calltap_reader *reader = calltap_reader_new();
  bool good =
      reader != NULL && ask_trace_open(ask, trace, false, reader) && print_view(info, reader, has_tables, is_alive);
  calltap_reader_close(reader);
  return good ? STATUS_DONE : STATUS_FAULT;
}

/* --- the command --- */

static enum status receive(void *context, struct ask *ask, const char *reply) {
  const struct info *info = context;
  enum status status = ask_say(ask, reply);
  if (status != STATUS_DONE)
    return status;
  if (info->session != NULL && strstr(reply, "\nsession ") == NULL) {
    message("%" PRIu32 ": there is no session %s; `calltap info %" PRIu32 "` lists them", ask->pid, info->session,
            ask->pid);
    return STATUS_QUESTION;
  }
  if (!info->json)
    print_text(ask, reply);
  else if (print_json(ask, reply) != STATUS_DONE)
    return STATUS_FAULT;
  return info->session != NULL ? print_trace(info, ask, reply) : STATUS_DONE;
}

static bool read_word(struct info *info, const char *word) {
  if (info->target != NULL && info->session != NULL) {
    message("'%s' is one word too many; name one session, or none for all", word);
    return false;
  }
  *(info->target == NULL ? &info->target : &info->session) = word;
  return true;
}

static bool read_command_line(struct info *info, struct options *options) {
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG || (found == OPTIONS_WORD && !read_word(info, options->value)))
      return false;
    info->json |= found == OPTION_JSON;
  }
  if (info->target == NULL)
    message("name a process, as in: calltap info 4711; or a trace file");
  return info->target != NULL;
}

static bool is_file(const struct info *info) {
  return process_number(info->target) == 0 && access(info->target, F_OK) == 0;
}

static int run(struct options *options) {
  struct info info = {0};
  struct calltap__builder request = {0};
  enum status status = STATUS_QUESTION;
  if (!read_command_line(&info, options))
    return STATUS_QUESTION;
  if (is_file(&info) && info.session == NULL)
    return trace_info(info.target, info.json);
  calltap__build(&request, CALLTAP_REQUEST_FIRST "info\n");
  if (info.session == NULL || asked_add(&request, "session", info.session))
    status = asked_each(info.target, &request, receive, &info);
  calltap__builder_free(&request);
  return asked_flush(status);
}

const struct command command_info = {
    .name = "info",
    .usage = "TARGET [SESSION], or FILE",
    .summary = "Shows the sessions in a running process, or what a trace file is",
    .text =
        "Of each: its rules, who asked and since when, the threads and limits, where the trace is, how many\n"
        "functions and places are armed, and what was counted so far: calls, exits, calls that no rule wanted,\n"
        "values that could not be read, events lost, calls still open. TARGET is a pid, several with commas,\n"
        "or a glob of program names. With SESSION also the tables of what it counted so far, and\n"
        "if it records calls and their exits, those that are open now, with how long, the oldest first.\n"
        "`private code` is what the process has of its code for itself, as arming copies the pages that it changes.\n"
        "\n"
        "Of a trace FILE: where and when it was made, its rules, what is in it, and how it ended.\n"
        "\n"
        "Exit status: 0 done, 1 a process cannot be asked or has no such session, 2 it did not answer, or the file\n"
        "is no trace, 3 the trace is incomplete.\n",
    .options = table,
    .run = run,
};
