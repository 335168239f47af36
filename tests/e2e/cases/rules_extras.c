// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What events say beside their values, at the entry and at the exit; and several rules that want different things of one call.
// rules: plain(c, n) -> message(c->fd, n * 2, c->name, c->tag, c->next->fd), message(c->*), return -> message(ret, c->fd, exit() == return)
// rules: guarded(c, n) -> return when ret > 5, message(n, c->fd), noargs -> message(c->fd, ret)
// rules: quiet -> noargs; loud -> noargs; loud -> message(n)
// rules: twice(n) when n < 3 -> noargs, message(n); twice(n) when n > 1 -> return; twice(2) -> return -> message(ret)
// rules: waits(n) -> return when ret == 1, message(n); waits(2) -> message(0); waits(3) -> return
// rules: wild(p) -> message(p->fd, p->next, p), return -> message(p->name)
// rules: none -> message(false); none -> return, message(false); tail -> return -> message(exit() == tail)
// rules: real(r) -> message(r, r > 0.5, 1.5)
// rules: deep -> message(depth(), arity()), return -> message(depth())
// levels: O0 O1 O2
// expect:
//| #1 rules_extras:plain(c=0xP, n=1)
//|   message  c->fd=3, n * 2=2, c->name="ann", c->tag="abcd", c->next->fd=9
//|   message  c->*={fd=3, name="ann", next=0xP, tag="abcd"}
//| #1 rules_extras:plain/2 --> 1
//|   message  ret=1, c->fd=4, exit() == return=1
//| #2 rules_extras:guarded(c=..., n=...)
//|   message  n=6, c->fd=10
//| #2 rules_extras:guarded/2 --> 6
//|   message  c->fd=12, ret=6
//| #3 rules_extras:quiet(n=...)
//| #4 rules_extras:loud(n=2)
//|   message  n=2
//| #5 rules_extras:twice(n=...)
//|   message  n=1
//| #6 rules_extras:twice(n=2)
//|   message  n=2
//| #6 rules_extras:twice/1 --> 3
//|   message  ret=3
//| #7 rules_extras:twice(n=3)
//| #7 rules_extras:twice/1 --> 4
//| #8 rules_extras:waits(n=1)
//|   message  n=1
//| #8 rules_extras:waits/1 --> 1
//| #9 rules_extras:waits(n=2)
//|   message  n=2
//|   message  0=0
//| #10 rules_extras:waits(n=3)
//|   message  n=3
//| #10 rules_extras:waits/1 --> 1
//| #11 rules_extras:wild(p=0xP)
//|   message  p->fd=<unreadable>, p->next=<unreadable>, p=0xP
//| #11 rules_extras:wild/1 --> 16
//|   message  p->name=<unreadable>
//| #12 rules_extras:tail(n=1)
//| #12 rules_extras:tail/1 --> 1
//|   message  exit() == tail=0
//| #13 rules_extras:real(r=0.75)
//|   message  r=0.75, r > 0.5=1, 1.5=1.5
//| #14 rules_extras:deep(n=2)
//|   message  depth()=1, arity()=1
//| #15 rules_extras:deep(n=1)
//|   message  depth()=2, arity()=1
//| #16 rules_extras:deep(n=0)
//|   message  depth()=3, arity()=1
//| #16 rules_extras:deep/1 --> 0
//|   message  depth()=3
//| #15 rules_extras:deep/1 --> 1
//|   message  depth()=2
//| #14 rules_extras:deep/1 --> 3
//|   message  depth()=1
#include <stddef.h>
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile long sink;
static struct client *volatile nowhere = (struct client *)16;

struct client {
  int fd;
  const char *name;
  struct client *next;
  char tag[4];
};

KEEP int plain(struct client *c, int n) {
  sink = c->fd + n;
  c->fd += n;
  return n;
}
KEEP int guarded(struct client *c, int n) {
  sink = c->fd;
  c->fd = 2 * n;
  return n;
}
KEEP int quiet(int n) { return (int)(sink = n); }
KEEP int loud(int n) { return (int)(sink = n); }
KEEP int twice(int n) {
  sink = n;
  return n + 1;
}
KEEP int waits(int n) {
  sink = n;
  return n & 1;
}
KEEP long wild(struct client *p) { return sink = (long)p; }
KEEP int none(int n) { return (int)(sink = n); }
KEEP int tail(int n) {
  sink = n;
  return n;
}
KEEP int real(double r) { return (int)(sink = (long)r); }
KEEP int deep(int n) {
  sink = n;
  int below = n > 0 ? deep(n - 1) : 0;
  sink = below;
  return n + below;
}

int main(void) {
  struct client end = {9, "end", NULL, "x"}, c = {3, "ann", &end, "abcd"};
  plain(&c, 1);
  guarded(&c, 5);
  guarded(&c, 6);
  quiet(1);
  loud(2);
  for (int n = 1; n < 4; n++)
    twice(n);
  for (int n = 0; n < 4; n++)
    waits(n);
  wild(nowhere);
  none(1);
  tail(1);
  real(0.75);
  deep(2);
  printf("%d\n", sink != 0);
  return 0;
}
