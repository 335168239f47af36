// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sends the control signal with the cookie of a request, whatever stands in its file: send_request PID NONCE.
#include "calltap/request.h"
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  uint64_t cookie = CALLTAP_REQUEST_COOKIE | strtoul(argv[2], NULL, 16);
  return sigqueue(atoi(argv[1]), SIGURG, (union sigval){.sival_ptr = (void *)(uintptr_t)cookie}) != 0;
}
