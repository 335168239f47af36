/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap ps: which processes can be asked. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

struct row {
  uint32_t pid;
  uint32_t user_number;
  char user[64];
  char program[64];
  char why[ASK_WHY];                                          /* why it cannot be asked; "": it can */
  char sessions[CALLTAP_SESSIONS * CALLTAP_SESSION_NAME + 1]; /* names, with commas */
  bool is_known;                                              /* whether it was asked for them and answered */
};

/* --- asking --- */

/* Those that have ended are not listed: `info` tells of them. */
static void take_sessions(struct row *row, const char *reply) {
  static const char ended[] = "state ended\n"; /* the second line of a session */
  struct asked_line line;
  size_t used = 0;
  row->is_known = true;
  while (asked_next(&reply, &line)) {
    if (!asked_is(&line, "session") || strncmp(reply, ended, sizeof ended - 1) == 0 ||
        used + line.value.size + 2 > sizeof row->sessions)
      continue;
    used += (size_t)snprintf(row->sessions + used, sizeof row->sessions - used, "%s%.*s", used > 0 ? "," : "",
                             (int)line.value.size, line.value.bytes);
  }
}

/* Only those of the own user are asked: others are listed, and left alone. */
static void ask_sessions(struct row *row, struct ask *ask) {
  static const char text[] = CALLTAP_REQUEST_FIRST "info\n";
  if (row->user_number != geteuid())
    return;
  const char *reply = ask_request(ask, text, sizeof text - 1);
  if (reply != NULL && strncmp(reply, "ok", 2) == 0)
    take_sessions(row, reply);
}

/* False: it carries nothing of ours, or may not be looked at. */
static bool fill(struct row *row, uint32_t pid) {
  enum look_carried carried;
  struct ask ask;
  *row = (struct row){.pid = pid};
  if (pid == (uint32_t)getpid() || look_carried(pid, &carried) != 0 || carried == LOOK_NOTHING)
    return false;
  bool can = ask_look(&ask, pid, row->why);
  struct passwd *user = getpwuid(ask.look.user);
  row->user_number = ask.look.user;
  snprintf(row->user, sizeof row->user, "%" PRIu32, ask.look.user);
  if (user != NULL)
    snprintf(row->user, sizeof row->user, "%s", user->pw_name);
  snprintf(row->program, sizeof row->program, "%s", ask.look.name);
  if (can) {
    row->why[0] = '\0';
    ask_sessions(row, &ask);
  }
  ask_close(&ask);
  return true;
}

/* --- showing --- */

static void print_text(const struct row *row, bool is_first) {
  struct calltap__builder program = {0};
  calltap__build_plain(&program, calltap__text(row->program));
  if (is_first)
    printf("%10s %-12s %-20s %s\n", "PID", "USER", "PROGRAM", "SESSIONS");
  printf("%10" PRIu32 " %-12s %-20.*s ", row->pid, row->user, (int)program.size, program.bytes);
  calltap__builder_free(&program);
  if (row->why[0] != '\0')
    printf("(%s)\n", row->why);
  else if (!row->is_known)
    puts("?");
  else
    puts(row->sessions[0] != '\0' ? row->sessions : "-");
}

static void build_sessions(struct calltap__builder *text, const char *names) {
  calltap__build(text, ",\"sessions\":[");
  for (size_t size; *names != '\0'; names += size + (names[size] == ',')) {
    size = strcspn(names, ",");
    calltap__build_json(text, (struct calltap_text){names, size});
    calltap__build(text, names[size] == ',' ? "," : "");
  }
  calltap__build(text, "]");
}

static void print_json(const struct row *row) {
  struct calltap__builder text = {0};
  calltap__build(&text, "{\"pid\":");
  calltap__build_number(&text, row->pid);
  calltap__build(&text, ",\"user\":");
  calltap__build_json(&text, calltap__text(row->user));
  calltap__build(&text, ",\"program\":");
  calltap__build_json(&text, calltap__text(row->program));
  if (row->is_known)
    build_sessions(&text, row->sessions);
  if (row->why[0] != '\0') {
    calltap__build(&text, ",\"why_not\":");
    calltap__build_json(&text, calltap__text(row->why));
  }
  calltap__build(&text, "}\n");
  fwrite(text.bytes, 1, text.size, stdout);
  calltap__builder_free(&text);
}

/* --- the command --- */

static size_t print_all(bool json) {
  DIR *proc = opendir("/proc");
  struct dirent *entry;
  struct row row;
  size_t count = 0;
  while (proc != NULL && (entry = readdir(proc)) != NULL) {
    uint32_t pid = process_number(entry->d_name);
    if (pid == 0 || !fill(&row, pid))
      continue;
    if (json)
      print_json(&row);
    else
      print_text(&row, count == 0);
    count++;
  }
  if (proc != NULL)
    closedir(proc);
  return count;
}

static int run(struct options *options) {
  bool json = false;
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WORD)
      message("'%s' is one word too many; ps lists all", options->value);
    if (found == OPTIONS_WRONG || found == OPTIONS_WORD)
      return STATUS_QUESTION;
    json |= found == OPTION_JSON;
  }
  if (print_all(json) > 0)
    return asked_flush(STATUS_DONE);
  message("no process that this user may look at carries the runtime%s",
          geteuid() != 0 ? "; sudo looks at those of others" : "");
  return STATUS_NOTHING;
}

const struct command command_ps = {
    .name = "ps",
    .usage = "",
    .summary = "Lists the processes that carry the runtime",
    .text = "One line a process: its number, user and program, and the sessions that go on in it; `-` is none, `?` is\n"
            "not asked, as those of other users are not. In brackets stands why a process cannot be asked; `calltap\n"
            "doctor PID` looks closer. `calltap info PID` also tells of sessions that have ended.\n"
            "\n"
            "Exit status: 0 done, 4 there is none.\n",
    .options = table,
    .run = run,
};
