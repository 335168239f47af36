/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

/* Relative to the directory of the tool. */
static const char *const places[] = {
    "../lib/libcalltap.so", "../lib64/libcalltap.so", "../lib/x86_64-linux-gnu/libcalltap.so",
    "../rt/libcalltap.so", /* the build tree */
};

static bool tool_directory(char *path, size_t size) {
  ssize_t length = readlink("/proc/self/exe", path, size - 1);
  if (length <= 0)
    return false;
  path[length] = '\0';
  char *slash = strrchr(path, '/');
  if (slash == NULL)
    return false;
  *slash = '\0';
  return true;
}

/* Resolves `from` into `path` if it is a file that can be read. */
static bool take(const char *from, char *path, size_t size) {
  char *resolved = realpath(from, NULL);
  bool good = resolved != NULL && strlen(resolved) < size && access(resolved, R_OK) == 0;
  if (good)
    memcpy(path, resolved, strlen(resolved) + 1);
  free(resolved);
  return good;
}

bool runtime_find(char *path, size_t size) {
  char directory[4096], candidate[4096 + 64];
  bool known = tool_directory(directory, sizeof directory);
  for (size_t i = 0; known && i < sizeof places / sizeof *places; i++) {
    snprintf(candidate, sizeof candidate, "%s/%s", directory, places[i]);
    if (take(candidate, path, size))
      return true;
  }
  const char *named = getenv("CALLTAP_RUNTIME");
  if (named != NULL && take(named, path, size))
    return true;
  message("libcalltap.so is not where it should be, in %s/../lib; set CALLTAP_RUNTIME to its path",
          known ? directory : "?");
  return false;
}
