/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap change: a living session, otherwise. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "absent_threads.h"
#include "asked.h"
#include "calltap/request.h"
#include "message.h"

static const struct option table[] = {{0}};

enum { TARGET, SESSION, CHANGE, WORDS };

static const char threads[] = "threads=";

static enum status receive(void *context, struct ask *ask, const char *reply) {
  const char *const *word = context;
  enum status status = ask_say(ask, reply);
  if (status != STATUS_DONE)
    return status;
  printf("%" PRIu32 ": session %s: %s\n", ask->pid, word[SESSION], word[CHANGE]);
  if (strncmp(word[CHANGE], threads, sizeof threads - 1) == 0)
    absent_threads_say(ask->pid, word[CHANGE] + sizeof threads - 1);
  return status;
}

static bool read_words(struct options *options, const char *word[WORDS]) {
  size_t count = 0;
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG)
      return false;
    if (found == OPTIONS_WORD && count < WORDS)
      word[count] = options->value;
    count += found == OPTIONS_WORD;
  }
  if (count != WORDS)
    message("give a process, a session and one change, as in: calltap change 4711 cli pause");
  return count == WORDS;
}

/* What the runtime would refuse is left to it; here only what is no change of any version. */
static bool build_change(struct calltap__builder *request, const char *change) {
  if (strncmp(change, threads, sizeof threads - 1) == 0)
    return asked_add(request, "threads", change + sizeof threads - 1);
  if (strcmp(change, "pause") == 0 || strcmp(change, "resume") == 0 || strcmp(change, "reset") == 0 ||
      strncmp(change, "tcw=", 4) == 0)
    return asked_add(request, "do", change);
  message("'%s' is no change; there are pause, resume, reset, tcw=N and threads=SPEC", change);
  return false;
}

static int run(struct options *options) {
  const char *word[WORDS] = {0};
  struct calltap__builder request = {0};
  enum status status = STATUS_QUESTION;
  if (!read_words(options, word))
    return STATUS_QUESTION;
  calltap__build(&request, CALLTAP_REQUEST_FIRST "change\n");
  if (asked_add(&request, "session", word[SESSION]) && build_change(&request, word[CHANGE]))
    status = asked_each(word[TARGET], &request, receive, word);
  calltap__builder_free(&request);
  return asked_flush(status);
}

const struct command command_change = {
    .name = "change",
    .usage = "TARGET SESSION pause|resume|reset|tcw=N|threads=SPEC",
    .summary = "Changes a session that lives in a running process",
    .text = "pause         nothing is recorded; what was counted stays\n"
            "resume        it goes on\n"
            "reset         the limit of calls begins anew; what was counted stays\n"
            "tcw=N         the trace control word, which rules can ask for\n"
            "threads=SPEC  other threads, as -t and CALLTAP_THREADS name them\n"
            "\n"
            "TARGET is a pid, several with commas, or a glob of program names. `calltap info TARGET` lists sessions.\n"
            "\n"
            "Exit status: 0 done, 1 a process cannot be asked or has no such session, 2 it did not answer.\n",
    .options = table,
    .run = run,
};
