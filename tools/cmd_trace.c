/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap trace: asks running processes, and prints what comes as it comes. */
#include <stdlib.h>

#include "live_view.h"
#include "message.h"

enum { OPTION_OUTPUT = LIVE_OWN, OPTION_JSON, OPTION_UTC };

static const struct option table[] = {
    LIVE_TABLE,
    [OPTION_OUTPUT] = {'o', "output", "FILE", "keep the trace, too; {pid} and {name} stand for those of the process"},
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a line, as `calltap decode --json`"},
    [OPTION_UTC] = {0, "utc", NULL, "times of day in UTC, not local (JSON always has UTC)"},
    {0},
};

struct trace {
  struct live live;
  struct live_view shown;
  const char *output;
  bool json;
  bool utc;
};

static bool set_option(void *context, int option, const char *value) {
  struct trace *trace = context;
  switch (option) {
  case OPTION_OUTPUT:
    trace->output = value;
    return true;
  case OPTION_JSON:
    trace->json = true;
    return true;
  default:
    trace->utc = true;
    return true;
  }
}

static bool look(void *context, struct live *live, int64_t until_ns, bool *some) {
  struct trace *trace = context;
  return live_view_events(&trace->shown, live, until_ns, some);
}

static void show(struct trace *trace) {
  const struct live_work work = {look, trace, 10000};
  if (live_view_open(&trace->shown, &trace->live, trace->json, trace->utc)) {
    live_work(&trace->live, &work);
    live_view_tables(&trace->shown, &trace->live);
  }
  live_view_close(&trace->shown, &trace->live);
}

static int run(struct options *options) {
  struct trace trace = {0};
  struct live *live = &trace.live;
  char *output = NULL;
  if (!live_read(live, options, set_option, &trace)) {
    live_free(live);
    return STATUS_QUESTION;
  }
  live_default_calls(live, "10");
  live_default_time(live, "15s");
  if (trace.output != NULL)
    live->output = output = live_absolute(trace.output);
  if (live_start(live)) {
    show(&trace);
    live_end(live, trace.shown.shown);
  }
  enum status status = live->status;
  live_free(live);
  free(output);
  return status;
}

const struct command command_trace = {
    .name = "trace",
    .usage = "[OPTIONS] TARGET RULE...",
    .summary = "Traces functions of running processes, and prints their events as they come",
    .text =
        "TARGET is a process number, several with commas, or a glob of program names. RULE is as in\n"
        "`calltap run`: `[module:]function[/arity]`, what the arguments must be, and `-> return` for the exits.\n"
        "\n"
        "  calltap trace 4711 'server:process(c, n) when n > 4096 -> return'\n"
        "  calltap trace -n 100 --for 1min 'server*' 'db:query -> return, stack(8)'\n"
        "\n"
        "Nothing need have been set when the processes were started, but they carry the runtime. The rules are\n"
        "checked here before anything is sent. The session ends after 10 calls or 15 seconds if nothing else is\n"
        "said, at Ctrl-C, and when this command dies, however it does: nothing stays armed. The limits are kept in\n"
        "each process. The first line, on standard error, says what was armed, the last why it ended:\n"
        "\n"
        "  armed: 1 function, 12 threads\n"
        "  13:14:55.365157 4711 worker-3/4713 #1 server:process(c=0x7f31c0, n=8192)\n"
        "  stopped: 1 call (--for 15s), 48,112 rejected, 0 faults, 0 lost, 0 open\n"
        "\n"
        "Events that wait for an exit (`return when`) come when it is there, behind newer ones; `-o` and `calltap\n"
        "decode` show them in their places.\n"
        "\n"
        "Exit status: 0 done, 1 the question was wrong, or a process cannot be asked, 2 a fault, 3 events were lost,\n"
        "4 armed but nothing came.\n",
    .options = table,
    .run = run,
};
