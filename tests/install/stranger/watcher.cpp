/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* watcher PID RULE [THREADS]: prints the first event of a running program. */
#include <calltap/client.h>
#include <cstdlib>

static bool on_event(void *, const calltap_client_event *event) {
  calltap_client_print(stdout, event);
  puts(calltap_client_json(event));
  return false;
}

int main(int count, char **arguments) {
  char error[256];
  if (count < 3)
    return 2;
  calltap_client_question question = {};
  question.rules = arguments[2];
  question.limits = "time=5s";
  question.threads = count > 3 ? arguments[3] : nullptr;
  calltap_client *client = calltap_client_start(std::atoi(arguments[1]), &question, error, sizeof error);
  if (client == nullptr) {
    fprintf(stderr, "watcher: %s\n", error);
    return 1;
  }
  int end = calltap_client_run(client, on_event, nullptr);
  calltap_client_stop(client);
  return end == CALLTAP_CLIENT_DONE ? 0 : 1;
}
