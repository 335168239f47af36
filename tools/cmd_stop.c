/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap stop: ends sessions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "asked.h"
#include "calltap/request.h"
#include "message.h"

enum { OPTION_ALL };

static const struct option table[] = {
    [OPTION_ALL] = {0, "all", NULL, "all sessions of all processes that can be asked"},
    {0},
};

struct stop {
  const char *target;
  const char *session; /* NULL: all */
  bool all;
  size_t stopped;
};

static void print_stopped(struct stop *stop, const struct ask *ask, const char *reply) {
  struct asked_line line;
  size_t before = stop->stopped;
  while (asked_next(&reply, &line)) {
    if (!asked_is(&line, "session"))
      continue;
    printf("%" PRIu32 ": stopped %.*s\n", ask->pid, (int)line.value.size, line.value.bytes);
    stop->stopped++;
  }
  if (stop->stopped > before)
    return;
  printf("%" PRIu32 ": stopped %s\n", ask->pid, stop->session != NULL ? stop->session : "all sessions");
  stop->stopped++;
}

static enum status receive(void *context, struct ask *ask, const char *reply) {
  struct stop *stop = context;
  if (stop->all && strncmp(reply, "wrong ", 6) == 0) /* most have none, which is no news */
    return STATUS_DONE;
  enum status status = ask_say(ask, reply);
  if (status == STATUS_DONE)
    print_stopped(stop, ask, reply);
  return status;
}

static bool read_word(struct stop *stop, const char *word) {
  if (stop->target != NULL && stop->session != NULL) {
    message("'%s' is one word too many; one session is stopped at a time, or all", word);
    return false;
  }
  *(stop->target == NULL ? &stop->target : &stop->session) = word;
  return true;
}

static bool read_command_line(struct stop *stop, struct options *options) {
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG || (found == OPTIONS_WORD && !read_word(stop, options->value)))
      return false;
    stop->all |= found == OPTION_ALL;
  }
  if (stop->all && stop->target != NULL)
    message("--all is every process; name none beside it");
  else if (!stop->all && stop->target == NULL)
    message("name a process, as in: calltap stop 4711, or give --all");
  return stop->all == (stop->target == NULL);
}

/* Those of other users are not touched by mistake: only root could, and has its own. */
static enum status stop_all(struct stop *stop, const struct calltap__builder *request) {
  uint32_t *pids = NULL;
  size_t count = ask_mine(&pids);
  enum status status = asked_pids(pids, count, request, receive, stop);
  if (status == STATUS_DONE && stop->stopped == 0) {
    message("nothing was to be stopped: no process of this user has a session");
    status = STATUS_QUESTION;
  }
  return status;
}

static int run(struct options *options) {
  struct stop stop = {0};
  struct calltap__builder request = {0};
  if (!read_command_line(&stop, options))
    return STATUS_QUESTION;
  calltap__build(&request, CALLTAP_REQUEST_FIRST "stop\n");
  enum status status = STATUS_QUESTION;
  if (stop.session == NULL || asked_add(&request, "session", stop.session))
    status = stop.all ? stop_all(&stop, &request) : asked_each(stop.target, &request, receive, &stop);
  calltap__builder_free(&request);
  return asked_flush(status);
}

const struct command command_stop = {
    .name = "stop",
    .usage = "TARGET [SESSION] | --all",
    .summary = "Ends sessions in running processes",
    .text =
        "Without SESSION: all of the process. Its functions run as before, and traces are closed. TARGET is a pid,\n"
        "several with commas, or a glob of program names; --all is every process of this user.\n"
        "\n"
        "Exit status: 0 done, 1 there was nothing to stop or a process cannot be asked, 2 it did not answer.\n",
    .options = table,
    .run = run,
};
