// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counters: of calls, of values by powers of two, by keys; at the entry, at the exit, under a guard of the return, in a scope.
// rules: plain -> count; plain(3..) -> count by n
// rules: moved(n) -> sum(n), hist(n)
// rules: keyed(c, n) -> sum(n) by (c->name, c->mode, n & 1)
// rules: result(n) -> return, message(false) -> sum(ret) by n, count
// rules: slow(n) -> return when ret > 2, message(false), count by n, sum(ret)
// rules: shown(n) -> return -> count by ret
// rules: under_it under (scope return when ret == 1) -> count by n
// rules: broken(p, n) -> sum(p->fd), count by p->fd, sum(1 / n), count
// rules: clauses(0) -> count; (1) -> hist(n); (_) -> count by n
// rules: both(n) -> count; both(2) -> noargs; both(3) -> hist(n), tag(n); both when tag() == 3 -> count by tag()
// levels: O0 O2
// expect:
//| #1 rules_counters:shown(n=1)
//| #1 rules_counters:shown/1 --> 0
//| #2 rules_counters:shown(n=2)
//| #2 rules_counters:shown/1 --> 1
//| #3 rules_counters:shown(n=3)
//| #3 rules_counters:shown/1 --> 1
//| #4 rules_counters:both(n=...)
//|
//| count by tag()
//|      count  function
//|          2  rules_counters:both/1  tag()=3
//|
//| histogram of n
//|      count     total   average       min       max  function
//|          9      1004     111.5        -3      1000  rules_counters:moved/1
//|     (-4, -2]                  2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
//|     [-1]                      1 |@@@@@@@@@@@@@@@@@@@@                    |
//|     [0]                       1 |@@@@@@@@@@@@@@@@@@@@                    |
//|     [1]                       1 |@@@@@@@@@@@@@@@@@@@@                    |
//|     [2, 4)                    2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
//|     [4, 8)                    1 |@@@@@@@@@@@@@@@@@@@@                    |
//|     [8, 16)                   0 |                                        |
//|     [16, 32)                  0 |                                        |
//|     [32, 64)                  0 |                                        |
//|     [64, 128)                 0 |                                        |
//|     [128, 256)                0 |                                        |
//|     [256, 512)                0 |                                        |
//|     [512, 1K)                 1 |@@@@@@@@@@@@@@@@@@@@                    |
//|          2         2       1.0         1         1  rules_counters:clauses/1
//|     [1]                       2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
//|          1         3       3.0         3         3  rules_counters:both/1
//|     [2, 4)                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
//|
//| count
//|      count  function
//|          6  rules_counters:plain/1
//|          4  rules_counters:both/1
//|          3  rules_counters:result/1
//|          2  rules_counters:broken/2
//|          1  rules_counters:clauses/1
//|
//| count by n
//|      count  function
//|          2  rules_counters:under_it/1  n=1
//|          2  rules_counters:under_it/1  n=0
//|          2  rules_counters:slow/1      n=4
//|          2  rules_counters:plain/1     n=5
//|          1  rules_counters:clauses/1   n=2
//|          1  rules_counters:slow/1      n=3
//|          1  rules_counters:plain/1     n=4
//|          1  rules_counters:plain/1     n=3
//|
//| sum of 1 / n
//|      count     total   average       min       max  function
//|          1         1       1.0         1         1  rules_counters:broken/2
//|
//| count by p->fd
//|      count  function
//|          1  rules_counters:broken/2  p->fd=1
//|          1  rules_counters:broken/2  p->fd=<unreadable>
//|
//| sum of p->fd
//|      count     total   average       min       max  function
//|          1         1       1.0         1         1  rules_counters:broken/2
//|
//| count by ret
//|      count  function
//|          2  rules_counters:shown/1  ret=1
//|          1  rules_counters:shown/1  ret=0
//|
//| sum of ret
//|      count     total   average       min       max  function
//|          3        11       3.6         3         4  rules_counters:slow/1
//|
//| sum of ret by n
//|      count     total   average       min       max  function
//|          2        40      20.0        20        20  rules_counters:result/1  n=2
//|          1        10      10.0        10        10  rules_counters:result/1  n=1
//|
//| sum of n by c->name, c->mode, n & 1
//|      count     total   average       min       max  function
//|          1         7       7.0         7         7  rules_counters:keyed/2  c->name="bob", c->mode=READ, n & 1=1
//|          1         5       5.0         5         5  rules_counters:keyed/2  c->name="bob", c->mode=WRITE, n & 1=1
//|          2         4       2.0         1         3  rules_counters:keyed/2  c->name="ann", c->mode=READ, n & 1=1
//|          1         2       2.0         2         2  rules_counters:keyed/2  c->name="ann", c->mode=READ, n & 1=0
//|
//| sum of n
//|      count     total   average       min       max  function
//|          9      1004     111.5        -3      1000  rules_counters:moved/1
#include <stddef.h>
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile long sink;

enum mode { READ = 1, WRITE = 2 };
struct client {
  int fd;
  const char *name;
  enum mode mode;
};

KEEP void plain(int n) { sink = n; }
KEEP void moved(long n) { sink = n; }
KEEP void keyed(struct client *c, int n) { sink = c->fd + n; }
KEEP int result(int n) {
  sink = n;
  return 10 * n;
}
KEEP int slow(int n) {
  sink = n;
  return n;
}
KEEP int shown(int n) {
  sink = n;
  return n / 2;
}
KEEP void under_it(int n) { sink = n; }
KEEP int scope(int n) {
  under_it(n);
  under_it(n);
  sink = n;
  return n;
}
KEEP void broken(struct client *p, int n) { sink = (long)p + n; }
KEEP void clauses(int n) { sink = n; }
KEEP void both(int n) { sink = n; }

int main(void) {
  struct client ann = {1, "ann", READ}, bob = {2, "bob", WRITE};
  for (int n = 1; n <= 5; n++)
    plain(n);
  plain(5);
  static const long values[] = {0, 1, 2, 3, 4, 1000, -1, -2, -3};
  for (int i = 0; i < 9; i++)
    moved(values[i]);
  keyed(&ann, 1);
  keyed(&ann, 3);
  keyed(&ann, 2);
  keyed(&bob, 5);
  bob.mode = READ;
  keyed(&bob, 7);
  result(1);
  result(2);
  result(2);
  for (int n = 1; n < 5; n++)
    slow(n);
  slow(4);
  for (int n = 1; n < 4; n++)
    shown(n);
  under_it(7);
  scope(0);
  scope(1);
  broken((struct client *)16, 0);
  broken(&ann, 1);
  clauses(0);
  clauses(1);
  clauses(1);
  clauses(2);
  for (int n = 1; n < 5; n++)
    both(n);
  printf("%d\n", sink != 0);
  return 0;
}
