// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which calls heads choose: literals, ranges, pins, globs, members, a name used twice.
// rules: number(7); small(-1..1); least(5..); most(..-5); letter('x')
// rules: set(_, ^WRITE); query(~"SELECT *", _); exactly("a\tb"); ratio(1.5..2)
// rules: pair(x, x); take({fd=3, next={name="second"}}); named(b=2); rest(1, ...)
// expect:
//| #1 rules_heads:number(n=7)
//| #2 rules_heads:small(n=-1)
//| #3 rules_heads:small(n=0)
//| #4 rules_heads:small(n=1)
//| #5 rules_heads:least(n=5)
//| #6 rules_heads:least(n=18446744073709551615)
//| #7 rules_heads:most(n=-6)
//| #8 rules_heads:most(n=-5)
//| #9 rules_heads:letter(c='x')
//| #10 rules_heads:set(key=2, mode=WRITE)
//| #11 rules_heads:query(sql="SELECT 1", n=1)
//| #12 rules_heads:exactly(text="a\tb")
//| #13 rules_heads:ratio(r=1.5)
//| #14 rules_heads:ratio(r=2)
//| #15 rules_heads:pair(x=3, y=3)
//| #16 rules_heads:take(c=0xP)
//| #17 rules_heads:named(a=1, b=2)
//| #18 rules_heads:rest(a=1, b=2, c=3)
#include <stddef.h>
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile long sink;
/* Not known to the compiler, which would make functions for each. */
const char *volatile select_1 = "SELECT 1", *volatile select_0 = "SELECT", *volatile update = "UPDATE SELECT 1";

enum mode { READ = 1, WRITE = 2 };
struct client {
  int fd;
  const char *name;
  struct client *next;
};

KEEP void number(int n) { sink += n; }
KEEP void small(signed char n) { sink += n; }
KEEP void least(unsigned long n) { sink += (long)n; }
KEEP void most(short n) { sink += n; }
KEEP void letter(char c) { sink += c; }
KEEP void set(int key, enum mode mode) { sink += key + (int)mode; }
KEEP void query(const char *sql, int n) { sink += *sql + n; }
KEEP void exactly(const char *text) { sink += text ? *text : 0; }
KEEP void ratio(double r) { sink += (long)r; }
KEEP void pair(int x, unsigned char y) { sink += x + y; }
KEEP void take(const struct client *c) { sink += c ? c->fd + (c->next ? c->next->fd : 0) : 0; }
KEEP void named(int a, int b) { sink += a + b; }
KEEP void rest(int a, int b, int c) { sink += a + b + c; }

int main(void) {
  for (int i = 6; i <= 8; i++)
    number(i);
  for (int i = -3; i <= 3; i++)
    small((signed char)i);
  least(4);
  least(5);
  least(~0UL);
  for (int i = -6; i <= -4; i++)
    most((short)i);
  letter('x');
  letter('y');
  set(1, READ);
  set(2, WRITE);
  set(3, (enum mode)3);
  query(select_1, 1);
  query(select_0, 2);
  query(update, 3);
  exactly("a\tb");
  exactly("a\tbc");
  exactly("a\t");
  exactly(NULL);

  ratio(1.25);
  ratio(1.5);
  ratio(2);
  ratio(2.5);
  ratio(__builtin_nan(""));
  pair(3, 3);
  pair(3, 4);
  pair(-1, 255);
  struct client second = {4, "second", NULL}, third = {3, "third", NULL};
  struct client first = {3, "first", &second}, other = {3, "other", &third}, last = {5, "last", &second};
  take(&first);
  take(&other);
  take(&last);
  take(&second);
  take(NULL);
  named(2, 1);
  named(1, 2);
  rest(1, 2, 3);
  rest(2, 2, 3);
  printf("%d\n", sink != 0);
  return 0;
}
