// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What guards decide: C's integer rules, pointers followed and pointers that lead nowhere, clauses in their order, noargs.
// rules: through(c) when c->next->fd > 3 and c.name ~ "a*" -> return
// rules: follow when p and p->fd == 1
// rules: wild when p->fd == 1
// rules: sign when a < b
// rules: bits when (x & (4|8)) and (x & 1) == 0
// rules: divide when 12 / n == 4
// rules: real when r > 0.5 and f < 0
// rules: flag when p->high == 5 and p->low == -1
// rules: tag when p->tag == "abcd" or p->tag[0] == 'z'
// rules: clauses(0) -> noargs; (n) when n > 10 -> return; (5); twice(1); twice(n) when n < 3 -> return
// expect:
//| #1 rules_guards:through(c=0xP)
//| #1 rules_guards:through/1 -->
//| #2 rules_guards:follow(p=0xP)
//| #3 rules_guards:wild(p=0xP)
//| #4 rules_guards:sign(a=1, b=2)
//| #5 rules_guards:bits(x=4)
//| #6 rules_guards:bits(x=6)
//| #7 rules_guards:bits(x=8)
//| #8 rules_guards:bits(x=10)
//| #9 rules_guards:bits(x=12)
//| #10 rules_guards:bits(x=14)
//| #11 rules_guards:divide(n=3)
//| #12 rules_guards:real(r=0.75, f=-1.5)
//| #13 rules_guards:flag(p=0xP)
//| #14 rules_guards:tag(p=0xP)
//| #15 rules_guards:tag(p=0xP)
//| #16 rules_guards:clauses(n=...)
//| #17 rules_guards:clauses(n=5)
//| #18 rules_guards:clauses(n=11)
//| #18 rules_guards:clauses/1 --> 12
//| #19 rules_guards:twice(n=1)
//| #19 rules_guards:twice/1 --> 2
//| #20 rules_guards:twice(n=2)
//| #20 rules_guards:twice/1 --> 3
#include <stddef.h>
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile long sink;

struct client {
  int fd;
  const char *name;
  struct client *next;
};
struct packed {
  int low : 3;
  unsigned high : 7;
  char tag[4];
};

KEEP void through(struct client *c) { sink += c->fd; }
KEEP void follow(struct client *p) { sink += p ? p->fd : 0; }
KEEP void wild(struct client *p) { sink += (long)p; }
KEEP void sign(int a, unsigned b) { sink += a + (long)b; }
KEEP void bits(unsigned x) { sink += x; }
KEEP void divide(int n) { sink += n; }
KEEP void real(double r, float f) { sink += (long)(r + f); }
KEEP void flag(struct packed *p) { sink += p->low + (long)p->high; }
KEEP void tag(struct packed *p) { sink += p->tag[0]; }
KEEP int clauses(int n) {
  sink += n;
  return n + 1;
}
KEEP int twice(int n) {
  sink += n;
  return n + 1;
}

int main(void) {
  struct client end = {4, "ann", NULL}, low = {3, "low", NULL};
  struct client a = {1, "adam", &end}, b = {1, "bert", &end}, c = {1, "anna", &low};
  through(&a);
  through(&b);
  through(&c);
  through(&end);
  follow(&a);
  follow(NULL);
  wild((struct client *)16);
  wild(&a);
  sign(1, 2);
  sign(-1, 2);
  for (unsigned x = 0; x < 16; x++)
    bits(x);
  for (int n = -1; n < 5; n++)
    divide(n);
  real(0.75, -1.5F);
  real(0.25, -1.5F);
  real(0.75, 0);
  struct packed full = {-1, 5, {'a', 'b', 'c', 'd'}}, short_one = {-1, 6, {'a', 'b', 'c'}}, zed = {1, 5, {'z'}};
  flag(&full);
  flag(&short_one);
  flag(&zed);
  tag(&full);
  tag(&short_one);
  tag(&zed);
  clauses(0);
  clauses(5);
  clauses(7);
  clauses(11);
  for (int n = 1; n < 4; n++)
    twice(n);
  printf("%d\n", sink != 0);
  return 0;
}
