/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Traces `map` in a running enum from here, with a function of our own for its events and a state that goes from one to the next. In Elixir:
 *
 *   :dbg.tracer(:process, {fn _, 5 -> :dbg.stop_clear(); msg, n -> IO.inspect(msg); n + 1 end, 0})
 *   :dbg.tpl(Enum, :map, [])
 *   :dbg.p(:all, :c)
 *
 *   tracer PID */
#include <calltap/client.h>
#include <stdio.h>
#include <stdlib.h>

enum { WANTED = 5 };

/* The state is how many came before. After the last one that is wanted tracing is switched off. */
static bool on_event(void *state, const struct calltap_client_event *event) {
  int *n = state;
  if (!calltap_client_print(stdout, event))
    return false;
  *n += 1;
  return *n < WANTED;
}

int main(int count, char **arguments) {
  char error[512];
  int n = 0;
  if (count != 2) {
    fprintf(stderr, "usage: tracer PID\n");
    return 2;
  }
  const struct calltap_client_question question = {.rules = "enum:map"};
  struct calltap_client *client = calltap_client_start(atoi(arguments[1]), &question, error, sizeof error);
  if (client == NULL) {
    fprintf(stderr, "tracer: %s\n", error);
    return 1;
  }
  if (calltap_client_run(client, on_event, &n) == CALLTAP_CLIENT_FAULT)
    fprintf(stderr, "tracer: %s\n", calltap_client_error(client));
  calltap_client_stop(client);
  return n == WANTED ? 0 : 1;
}
