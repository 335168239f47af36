/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "ask_start.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask_directory.h"
#include "calltap/request.h"
#include "message.h"

static void add_line(struct calltap__builder *request, const char *key, const char *value) {
  calltap__build(request, key);
  calltap__build(request, " ");
  calltap__build(request, value);
  calltap__build(request, "\n");
}

void ask_start_build(const struct ask_start *start, struct calltap__builder *request) {
  char who[128];
  const struct passwd *user = getpwuid(getuid());
  snprintf(who, sizeof who, "%.32s (user %u), %.32s %ld", user != NULL ? user->pw_name : "somebody", (unsigned)getuid(),
           program_invocation_short_name, (long)getpid());
  who[strcspn(who, "\n")] = '\0';
  calltap__build(request, CALLTAP_REQUEST_FIRST "start\n");
  add_line(request, "session", start->session);
  if (start->threads != NULL)
    add_line(request, "threads", start->threads);
  if (start->limits.size > 0) {
    calltap__build(request, "limits ");
    calltap__build_bytes(request, start->limits.bytes, start->limits.size);
    calltap__build(request, "\n");
  }
  add_line(request, "out", start->output != NULL ? start->output : "memory");
  add_line(request, "who", who);
  if (start->later)
    add_line(request, "later", "yes");
  if (start->force)
    add_line(request, "force", "yes");
  calltap__build(request, "rules\n");
  calltap__build(request, start->rules);
}

const char *ask_simple(struct ask *ask, const char *verb, const char *session) {
  char text[96];
  int size = snprintf(text, sizeof text, CALLTAP_REQUEST_FIRST "%s\nsession %s\n", verb, session);
  return ask_request(ask, text, (size_t)size);
}

static bool open_path(const struct ask *ask, const char *trace, bool is_memory, struct calltap_reader *reader,
                      const char *path) {
  struct calltap_reader_error error;
  bool good = calltap_reader_open(reader, path, &error) == CALLTAP_READER_OK;
  if (is_memory)
    ask_trace_remove(ask, trace);
  if (!good)
    message("%" PRIu32 ": the trace %s %s%s%s", ask->pid, trace, error.text, error.system != 0 ? ": " : "",
            error.system != 0 ? strerror(error.system) : "");
  return good;
}

bool ask_trace_open(const struct ask *ask, const char *trace, bool is_memory, struct calltap_reader *reader) {
  struct calltap__builder path = {0};
  calltap__build(&path, "/proc/");
  calltap__build_number(&path, ask->pid);
  calltap__build(&path, "/root");
  calltap__build(&path, trace);
  calltap__build_bytes(&path, "", 1);
  if (path.failed)
    message("this needs more memory than there is");
  bool good = !path.failed && open_path(ask, trace, is_memory, reader, path.bytes);
  calltap__builder_free(&path);
  return good;
}
