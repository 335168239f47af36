/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where a thread is just now: one that was interrupted for it says so itself. Of one that sleeps in a system call which a signal would end, the
 * kernel says where it entered the call; another thread walks from there, as far as the registers go that are known. */
#include "internal.h"

enum { FRAMES = 128, LINE_BYTES = 512 };

/* "NUMBER ARGUMENTS SP PC", or "running". */
static bool read_call(const char *path, char line[LINE_BYTES]) {
  int fd = calltap__os_open(path, false);
  long got = fd >= 0 ? calltap__os_read(fd, line, LINE_BYTES - 1) : -1;
  if (fd >= 0)
    calltap__os_close(fd);
  line[got > 0 ? got : 0] = 0;
  return got > 0 && line[0] != 'r';
}

static unsigned digit_of(char c) {
  return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* The last two words of the line. */
static struct walk_start place_of(const char *line) {
  struct walk_start start = {0};
  for (const char *at = line; *at; at++) {
    if (at[0] != '0' || at[1] != 'x')
      continue;
    start.rsp = start.pc;
    start.pc = 0;
    for (at += 2; digit_of(*at) < 16; at++)
      start.pc = start.pc << 4 | digit_of(*at);
    at--;
  }
  return start;
}

static void put_frames(struct builder *b, const struct walk_start *start) {
  static uintptr_t pc[FRAMES];
  struct stream reader = {0};
  size_t count = calltap__walk_interrupted(pc, FRAMES, start, &reader);
  for (size_t i = 0; i < count; i++) {
    calltap__put(b, "frame ");
    calltap__put_number(b, pc[i]);
    calltap__put(b, "\n");
  }
}

static void answer_sleeping(struct builder *b, const char *thread) {
  static char before[LINE_BYTES], after[LINE_BYTES];
  char path[64];
  struct builder name = calltap__builder(path, sizeof path);
  calltap__put(&name, "/proc/self/task/");
  calltap__put(&name, thread);
  calltap__put(&name, "/syscall");
  calltap__put_end(&name);
  if (!read_call(path, before)) {
    calltap__put(b, "wrong the thread does not sleep\n");
    return;
  }
  const struct walk_start start = place_of(before);
  char *begin = b->at;
  calltap__put(b, "ok\n");
  put_frames(b, &start);
  if (read_call(path, after) && calltap__text_equal(before, after))
    return;
  b->at = begin; /* it went on meanwhile: what was read is of no one moment */
  calltap__put(b, "wrong the thread does not sleep\n");
}

void calltap__stack_answer(struct builder *b, const struct walk_start *own, const char *thread) {
  uint64_t tid;
  const char *end = thread ? calltap__text_number(thread, &tid) : NULL;
  if (thread && (!end || *end)) {
    calltap__put(b, "wrong thread takes a number\n");
  } else if (thread) {
    answer_sleeping(b, thread);
  } else if (!own) {
    calltap__put(b, "wrong a thread that asks itself knows where it is\n");
  } else {
    calltap__put(b, "ok\n");
    put_frames(b, own);
  }
}
