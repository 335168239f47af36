/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap toggle: what kill(2) does, with an answer. */
#include <inttypes.h>
#include <stdio.h>

#include "asked.h"
#include "calltap/request.h"
#include "message.h"

static const struct option table[] = {{0}};

static enum status receive(void *context, struct ask *ask, const char *reply) {
  char state[32];
  enum status status = ask_say(ask, reply);
  (void)context;
  if (status == STATUS_DONE && ask_value(reply, "state", state, sizeof state))
    printf("%" PRIu32 ": the session of CALLTAP is %s\n", ask->pid, state);
  return status;
}

static int run(struct options *options) {
  const char *target = NULL;
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WORD && target != NULL)
      message("'%s' is one word too many; several processes are one word with commas", options->value);
    if (found == OPTIONS_WRONG || (found == OPTIONS_WORD && target != NULL))
      return STATUS_QUESTION;
    target = found == OPTIONS_WORD ? options->value : target;
  }
  if (target == NULL) {
    message("name a process, as in: calltap toggle 4711");
    return STATUS_QUESTION;
  }
  struct calltap__builder request = {0};
  calltap__build(&request, CALLTAP_REQUEST_FIRST "toggle\n");
  enum status status = asked_each(target, &request, receive, NULL);
  calltap__builder_free(&request);
  return asked_flush(status);
}

const struct command command_toggle = {
    .name = "toggle",
    .usage = "TARGET",
    .summary = "Switches the session of the variable CALLTAP off, and on again",
    .text = "As the control signal sent by kill does (`kill -URG PID`), but says what came of it. TARGET is a pid,\n"
            "several with commas, or a glob of program names. Files of rules (@FILE) are read again when it goes on.\n"
            "\n"
            "Exit status: 0 done, 1 a process cannot be asked or has no such session, 2 it did not answer.\n",
    .options = table,
    .run = run,
};
