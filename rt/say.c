/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "internal.h"

void calltap__say(const char *subject, const char *what, const char *detail) {
  char line[1536];
  struct builder b = calltap__builder(line, sizeof line);
  const char *parts[] = {"calltap: ", subject, ": ", what, detail ? detail : "", "\n"};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    calltap__put(&b, parts[i]);
  if (b.full)
    b.at[-1] = '\n';
  (void)calltap__os_write(2, line, (size_t)(b.at - line));
}
