/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program of the README's section on values. */
#include <calltap/calltap.h>
#include <stdbool.h>
#include <stddef.h>

#define KEEP __attribute__((noinline))

enum mode { READ = 1, WRITE = 2 };

struct command {
  size_t len;
  const char *name;
};

struct client {
  int fd;
  char peer[16];
  struct command *last;
};

static volatile unsigned long sink;

static int on_read(struct client *c) {
  sink += (unsigned long)c->fd;
  return c->fd;
}

KEEP double process(struct client *c, struct command cmd, enum mode mode, double ratio, bool on) {
  sink += (unsigned long)c->fd + cmd.len + (unsigned char)cmd.name[0] + mode + on;
  return ratio * 8;
}

KEEP void subscribe(int (*handler)(struct client *), const char *topic) {
  struct client nobody = {.fd = 7};
  sink += (unsigned long)handler(&nobody) + (unsigned char)topic[0];
}

KEEP int login(const char *user, CALLTAP_SENSITIVE const char *password) {
  sink += (unsigned char)user[0] ^ (unsigned char)password[0];
  return 1;
}

KEEP void log_line(const char *line, int unused) {
  (void)unused;
  sink += (unsigned long)line;
}

int main(void) {
  struct command set = {8192, "SET"};
  struct client c = {7, "10.0.0.1", &set};
  process(&c, set, READ | WRITE | 0x40, 0.25, true);
  subscribe(on_read, "news");
  login("alice", "secret");
  log_line("a line of more than sixty-four bytes, of which only the first ones go into the trace", 5);
  log_line((const char *)0x1234, 5);
  return 0;
}
