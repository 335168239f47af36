/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
  EVENTS = 1 << 16,  /* between two looks at the clock */
  PATIENCE_MS = 400, /* what is over by then needs no line */
  PAUSE_MS = 100,    /* between two lines */
  MEGABYTE = 1000 * 1000,
};

static bool is_shown, is_there;
static unsigned events;
static int64_t next_ms;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_start(bool is_quiet) {
  is_shown = !is_quiet && isatty(STDERR_FILENO);
  next_ms = now_ms() + PATIENCE_MS;
}

static void show(const struct calltap_reader *reader) {
  uint64_t done, all;
  int64_t now = now_ms();
  if (now < next_ms)
    return;
  next_ms = now + PAUSE_MS;
  calltap_reader_progress(reader, &done, &all);
  fprintf(stderr, "\r\033[Kreading: %" PRIu64 " of %" PRIu64 " MB (%" PRIu64 " %%)", done / MEGABYTE, all / MEGABYTE,
          all == 0 ? 100 : done * 100 / all);
  is_there = true;
}

const struct calltap_event *progress_next(struct calltap_reader *reader) {
  if (++events % EVENTS == 0 && is_shown)
    show(reader);
  return calltap_reader_next(reader);
}

void progress_end(void) {
  if (is_there)
    fputs("\r\033[K", stderr);
  is_there = is_shown = false;
}
