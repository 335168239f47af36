/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap record: asks running processes, and keeps what comes in a file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "limit_options.h"
#include "live.h"
#include "message.h"

enum { OPTION_OUTPUT = LIVE_OWN, OPTION_DETACH, OPTION_ROTATE };

static const struct option table[] = {
    LIVE_TABLE,
    [OPTION_OUTPUT] = {'o', "output", "FILE",
                       "write the trace to FILE; {pid} and {name} stand for those of the process"},
    [OPTION_DETACH] = {0, "detach", NULL, "come back when it is armed; it ends at its limit, or by `calltap stop`"},
    [OPTION_ROTATE] = {0, "rotate", "SIZE*N",
                       "write files of this size that take turns: the newest N stay, as in 64M*8"},
    {0},
};

struct record {
  struct live live;
  const char *output;
};

static bool set_option(void *context, int option, const char *value) {
  struct record *record = context;
  if (option == OPTION_OUTPUT)
    record->output = value;
  else if (option == OPTION_ROTATE)
    limits_add(&record->live.limits, "rotate=", value);
  else
    record->live.detach = true;
  return true;
}

/* What is in the file is for `decode`. */
static bool look(void *context, struct live *live, int64_t until_ns, bool *some) {
  (void)context, (void)live, (void)until_ns, (void)some;
  return true;
}

/* A process that was killed has not said how many there were. */
static void count_calls(struct live *live) {
  bool untold = false;
  for (size_t i = 0; i < live->processes; i++)
    untold |= live->process[i].is_gone;
  if (!untold)
    return;
  calltap_reader_skip_values(live->reader);
  while (calltap_reader_next(live->reader) != NULL)
    continue;
}

static uint64_t say_files(const struct live *live) {
  uint64_t shown = 0;
  for (size_t i = 0; i < live->processes; i++) {
    const struct live_process *process = &live->process[i];
    if (process->file == (size_t)LIVE_NO_FILE)
      continue;
    if (live->detach) {
      fprintf(stderr, "calltap: trace: %s%s (session %s)\n", process->trace,
              live_has_limit(live, "rotate") ? ", the first of those that take turns" : "", live->session);
      continue;
    }
    const struct calltap_trace_file *file = calltap_reader_file(live->reader, process->file);
    uint64_t calls = file->ended ? file->end_calls : file->counts.calls;
    shown += calls + file->counted_rows;
    fprintf(stderr, "calltap: trace: %s (%" PRIu64 " call%s)\n", process->trace, calls, calls == 1 ? "" : "s");
  }
  return shown;
}

static bool read_command_line(struct record *record, struct options *options) {
  if (!live_read(&record->live, options, set_option, record))
    return false;
  bool takes_turns = live_has_limit(&record->live, "rotate");
  if (takes_turns && !record->live.detach)
    message("files that take turns are not followed: give --detach, and read them by `calltap decode` at any time");
  else if (record->live.detach && !live_is_limited(&record->live))
    message("--detach needs a limit, because nobody waits for the end: -n N, --for TIME, --rotate SIZE*N, or --limit "
            "bytes=SIZE or ring=SIZE");
  else
    return true;
  return false;
}

static int run(struct options *options) {
  struct record record = {0};
  struct live *live = &record.live;
  const struct live_work work = {look, NULL, 50000};
  if (!read_command_line(&record, options)) {
    live_free(live);
    return STATUS_QUESTION;
  }
  char *output = live_absolute(record.output != NULL ? record.output : "calltap.{name}.{pid}.cbor");
  live->output = output;
  if (output == NULL) {
    message("this needs more memory than there is");
    live->status = STATUS_FAULT;
  } else if (live_start(live)) {
    if (!live->detach) {
      live_work(live, &work);
      count_calls(live);
    }
    uint64_t shown = say_files(live);
    if (!live->detach)
      live_end(live, shown);
  }
  enum status status = live->status;
  live_free(live);
  free(output);
  return status;
}

const struct command command_record = {
    .name = "record",
    .usage = "[OPTIONS] TARGET RULE...",
    .summary = "Traces functions of running processes into files",
    .text =
        "As `calltap trace`, but the events stay in the trace file, for `calltap decode`. There is no limit of calls\n"
        "or of time if none is given: it ends at Ctrl-C, and when the file has reached its size (256 MB, --limit\n"
        "bytes=SIZE). With --limit ring=SIZE it goes on in a file of that size, which keeps the newest events;\n"
        "with --rotate SIZE*N, and --detach, in files of that size that take turns: t.1.cbor to t.N.cbor where -o is\n"
        "t.cbor, of which `calltap decode t.*.cbor` shows what they have.\n"
        "Without -o the file is calltap.{name}.{pid}.cbor in the working directory; the process writes it, so the\n"
        "directory is one that it may write to. The last lines, on standard error, say where the files are, and why\n"
        "it ended.\n"
        "\n"
        "  calltap record --for 10s 4711 'db:* -> return'\n"
        "  calltap record --detach -n 10000 4711 'db:* -> return'\n"
        "  calltap record --detach --limit ring=64M 4711 'db:* -> return'\n"
        "  calltap record --detach --rotate '64M*8' 4711 'db:* -> return'\n"
        "\n"
        "Exit status: 0 done, 1 the question was wrong, or a process cannot be asked, 2 a fault, 3 events were lost,\n"
        "4 armed but nothing came.\n",
    .options = table,
    .run = run,
};
