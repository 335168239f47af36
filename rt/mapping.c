/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How the process's code is mapped just now: what a page's protection was before we changed it is what it must be
 * after. Read from /proc/self/maps, because programs change it too. */
#include "internal.h"

enum { MAPPINGS = 1024 };

/* control: one reading at a time. */
static struct mapping mappings[MAPPINGS];
static size_t count;

struct line_reader {
  int fd;
  char buffer[512];
  long size, at;
};

/* The next character, or 0 at the end. */
static char next_character(struct line_reader *r) {
  if (r->at >= r->size) {
    r->size = calltap__os_read(r->fd, r->buffer, sizeof r->buffer);
    r->at = 0;
    if (r->size <= 0)
      return 0;
  }
  return r->buffer[r->at++];
}

/* A hexadecimal number and the character behind it. */
static uintptr_t read_hex(struct line_reader *r) {
  uintptr_t value = 0;
  for (;;) {
    char c = next_character(r);
    if (c >= '0' && c <= '9')
      value = value << 4 | (uintptr_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
      value = value << 4 | (uintptr_t)(c - 'a' + 10);
    else
      return value;
  }
}

/* "start-end rwxp ...". False at the end of the file. */
static bool read_line(struct line_reader *r, struct mapping *m) {
  m->start = read_hex(r);
  m->end = read_hex(r);
  m->readable = next_character(r) == 'r';
  m->writable = next_character(r) == 'w';
  m->executable = next_character(r) == 'x';
  char c;
  while ((c = next_character(r)) && c != '\n')
    continue;
  return c == '\n';
}

void calltap__mappings_read(void) {
  static struct line_reader r;
  count = 0;
  r.size = r.at = 0;
  r.fd = calltap__os_open("/proc/self/maps", false);
  if (r.fd < 0)
    return;
  struct mapping m;
  while (count < MAPPINGS && read_line(&r, &m))
    if (m.executable)
      mappings[count++] = m;
  calltap__os_close(r.fd);
}

const struct mapping *calltap__mapping_of(uintptr_t address) {
  size_t low = 0, high = count; /* the kernel sorts them */
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (address < mappings[middle].start)
      high = middle;
    else if (address >= mappings[middle].end)
      low = middle + 1;
    else
      return &mappings[middle];
  }
  return NULL;
}
