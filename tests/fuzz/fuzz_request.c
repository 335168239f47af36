/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Puts any bytes to a process as requests, one behind each form feed, while the functions that they may be about are called. Each has a reply that
 * says how it ended; afterwards no session is left, and the functions did what they do. */
#include "calltap/calltap.h"
#include "calltap/request.h"
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int fuzz_sum(int a, int b); /* fuzz_called.c, which has hooks */
long fuzz_length(const char *text);

/* Strings are read further than they reach, within memory that is there: so there is some. */
static const char four[2 * 4096] = "four";
static char reply[CALLTAP_REPLY_BYTES];

static void ask(const char *text) {
  size_t length = calltap_request(text, reply, sizeof reply);
  if (length != strlen(reply) ||
      (strncmp(reply, "ok\n", 3) != 0 && strncmp(reply, "wrong ", 6) != 0 && strncmp(reply, "fault ", 6) != 0)) {
    fprintf(stderr, "%s\n\nThe reply has %zu bytes: %s\n", text, length, reply);
    abort();
  }
}

/* Files under any name may be written by whoever may ask, or under the usual one; not here. */
static int names_file(const char *text) {
  if (strstr(text, "start") != NULL && strstr(text, "\nout memory\n") == NULL)
    return 1;
  for (const char *at = text; (at = strstr(at, "out")) != NULL; at++) {
    if (strncmp(at, "out memory\n", 11) != 0)
      return 1;
  }
  return strchr(text, '@') != NULL; /* nor read */
}

/* Whose names no command came to take away. */
static void remove_traces(void) {
  char path[64], prefix[32];
  snprintf(path, sizeof path, "/dev/shm/calltap-%u", (unsigned)geteuid());
  snprintf(prefix, sizeof prefix, "fuzz_request.%ld.", (long)getpid());
  DIR *directory = opendir(path);
  struct dirent *entry;
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
      unlinkat(dirfd(directory), entry->d_name, 0);
  }
  if (directory != NULL)
    closedir(directory);
}

static void use(void) {
  for (int i = 0; i < 3; i++) {
    if (fuzz_sum(i, 2) != i + 2 || fuzz_length(four) != 4)
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL)
    return -1;
  if (size > 0)
    memcpy(text, bytes, size);
  text[size] = '\0';
  for (char *at = text, *end; at != NULL; at = end) {
    end = strchr(at, '\f');
    if (end != NULL)
      *end++ = '\0';
    if (names_file(at))
      break;
    ask(at);
    use();
  }
  ask(CALLTAP_REQUEST_FIRST "stop\n");
  use();
  ask(CALLTAP_REQUEST_FIRST "info\n");
  if (strstr(reply, "\nstate on\n") != NULL || strstr(reply, "\nstate off\n") != NULL) {
    fprintf(stderr, "a session is left: %s\n", reply);
    abort();
  }
  free(text);
  remove_traces();
  return 0;
}
