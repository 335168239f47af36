/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap info: what sessions do in a running process. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asked.h"
#include "calltap/request.h"
#include "message.h"
#include "process.h"

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

/* A time of day with its date; as it stands if it is no number. */
static void build_time(struct calltap__builder *text, struct calltap_text value) {
  char digits[32], shown[64];
  struct tm when;
  snprintf(digits, sizeof digits, "%.*s", (int)value.size, value.bytes);
  uint64_t ns;
  if (sscanf(digits, "%" SCNu64, &ns) != 1) {
    calltap__build_plain(text, value);
    return;
  }
  time_t seconds = (time_t)(ns / 1000000000);
  gmtime_r(&seconds, &when);
  strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S UTC", &when);
  calltap__build(text, shown);
}

static void build_shown(struct calltap__builder *text, struct calltap_text value) {
  struct calltap__builder whole = {0};
  asked_unescape(&whole, value, "; ");
  calltap__build_plain(text, (struct calltap_text){whole.bytes, whole.size});
  calltap__builder_free(&whole);
}

static void print_line(const struct asked_line *line, bool is_inside) {
  struct calltap__builder text = {0};
  bool is_session = asked_is(line, "session");
  bool is_time = asked_is(line, "since_ns");
  calltap__build(&text, is_inside && !is_session ? "    " : "  ");
  calltap__build_plain(&text, is_time ? calltap__text("since") : line->key);
  calltap__build(&text, is_session ? " " : ": ");
  if (is_time)
    build_time(&text, line->value);
  else
    build_shown(&text, line->value);
  calltap__build(&text, "\n");
  fwrite(text.bytes, 1, text.size, stdout);
  calltap__builder_free(&text);
}

static void print_text(const struct ask *ask, const char *reply) {
  struct asked_line line;
  bool is_inside = false;
  printf("%" PRIu32 " %s\n", ask->pid, ask->look.name);
  asked_next(&reply, &line); /* ok */
  while (asked_next(&reply, &line)) {
    is_inside |= asked_is(&line, "session");
    if (!asked_is(&line, "pid") || is_inside)
      print_line(&line, is_inside);
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
  if (info->json)
    return print_json(ask, reply);
  print_text(ask, reply);
  return STATUS_DONE;
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
    message("name a process, as in: calltap info 4711");
  else if (process_number(info->target) == 0 && access(info->target, F_OK) == 0)
    message("%s: is a file; `calltap decode` reads traces, and `calltap list` programs", info->target);
  else
    return true;
  return false;
}

static int run(struct options *options) {
  struct info info = {0};
  struct calltap__builder request = {0};
  enum status status = STATUS_QUESTION;
  if (!read_command_line(&info, options))
    return STATUS_QUESTION;
  calltap__build(&request, CALLTAP_REQUEST_FIRST "info\n");
  if (info.session == NULL || asked_add(&request, "session", info.session))
    status = asked_each(info.target, &request, receive, &info);
  calltap__builder_free(&request);
  return asked_flush(status);
}

const struct command command_info = {
    .name = "info",
    .usage = "TARGET [SESSION]",
    .summary = "Shows the sessions in a running process",
    .text = "Of each: its rules, who asked and since when, the threads and limits, where the trace is, how many\n"
            "functions and places are armed, and what was counted so far: calls, exits, calls that no rule wanted,\n"
            "values that could not be read, events lost, calls still open. TARGET is a pid, several with commas,\n"
            "or a glob of program names.\n"
            "\n"
            "Exit status: 0 done, 1 a process cannot be asked or has no such session, 2 it did not answer.\n",
    .options = table,
    .run = run,
};
