// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Structs by value, however the ABI passes them; nested, anonymous and empty ones; and as results.
// rules: structs:* -> return
// expect:
//| #1 structs:main()
//| #2 structs:process(c=0xP, cmd={len=8192, name="SET"} (by value), on=true)
//| #2 structs:process/3 --> {len=8193, name="SET"}
//| #3 structs:registers(i={a=1, b=2} (by value), f={x=0.5, y=1.5} (by value), m={n=-7, d=2.25} (by value), t={x=1, y=2, z=3} (by value))
//| #3 structs:registers/4 --> {n=-8, d=2.25}
//| #4 structs:odd(three={c=[1, 2, 3]} (by value), six={s=[1, 2, -3]} (by value), packed={c='p', i=-5} (by value))
//| #4 structs:odd/3 --> {s=[4, 5, 6]}
//| #5 structs:memory(big={a=1, b=2, c=3} (by value), e={x=1.5, n=4} (by value), end=9)
//| #5 structs:memory/3 --> {a=1, b=2, c=12}
//| #6 structs:inside(n={id=3, at={x=0.5, y=1}, low=4, high=5, kind=BIG, next=NULL} (by value))
//| #6 structs:inside/1 --> {x=0.5, y=1}
//| #7 structs:empty(before=1, none={} (by value), after=2)
//| #7 structs:empty/3 --> 3
//| #8 structs:one(x={x=1.25} (by value), big={n=-170141183460469231731687303715884105728} (by value))
//| #8 structs:one/2 --> {x=2.5}
//| #1 structs:main/0 --> 0
#include <stdbool.h>
#include <stddef.h>

#define KEEP __attribute__((noinline))
volatile unsigned long sink;

struct client;
struct command {
  size_t len;
  const char *name;
};
struct ints {
  int a, b;
};
struct floats {
  float x, y;
};
struct mixed {
  long n;
  double d;
};
struct triple {
  float x, y, z;
};
struct three {
  unsigned char c[3];
};
struct six {
  short s[3];
};
struct __attribute__((packed)) packed {
  char c;
  int i;
};
struct big {
  long a, b, c;
};
struct extended {
  long double x;
  int n;
};
enum kind { SMALL, BIG };
struct node {
  int id;
  struct floats at;
  struct {
    short low;
    union {
      short high;
    };
  };
  enum kind kind;
  struct node *next;
};
struct empty {};
struct one {
  long double x;
};
struct one_wide {
  __int128 n;
};

KEEP struct command process(struct client *c, struct command cmd, bool on) {
  sink += (unsigned long)c + cmd.len + on;
  cmd.len++;
  return cmd;
}
KEEP struct mixed registers(struct ints i, struct floats f, struct mixed m, struct triple t) {
  sink += (unsigned long)(i.a + i.b) + (f.x > f.y) + (m.d > 1) + (t.z > t.x + t.y);
  m.n--;
  return m;
}
KEEP struct six odd(struct three three, struct six six, struct packed packed) {
  sink += (unsigned long)(three.c[2] + six.s[1] + packed.i + packed.c);
  return (struct six){{4, 5, 6}};
}
KEEP struct big memory(struct big big, struct extended e, int end) {
  sink += (unsigned long)big.b + (e.x > 1) + (unsigned long)e.n;
  big.c += end;
  return big;
}
KEEP struct floats inside(struct node n) {
  sink += (unsigned long)(n.id + n.low + n.high) + n.kind + (unsigned long)n.next;
  return n.at;
}
KEEP int empty(int before, struct empty none, int after) {
  (void)none;
  return before + after + (int)sink * 0;
}
KEEP struct one one(struct one x, struct one_wide big) {
  sink += (unsigned long)(big.n >> 64) + (unsigned long)big.n;
  x.x *= 2;
  return x;
}

int main(void) {
  process((struct client *)&sink, (struct command){8192, "SET"}, true);
  registers((struct ints){1, 2}, (struct floats){0.5F, 1.5F}, (struct mixed){-7, 2.25}, (struct triple){1, 2, 3});
  odd((struct three){{1, 2, 3}}, (struct six){{1, 2, -3}}, (struct packed){'p', -5});
  memory((struct big){1, 2, 3}, (struct extended){1.5L, 4}, 9);
  inside((struct node){3, {0.5F, 1}, {4, {5}}, BIG, NULL});
  empty(1, (struct empty){}, 2);
  one((struct one){1.25L}, (struct one_wide){(__int128)((unsigned __int128)1 << 127)});
  return 0;
}
