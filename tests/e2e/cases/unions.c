// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Unions show every member; bit-fields their own bits.
// rules: unions:* -> return
// expect:
//| #1 unions:main()
//| #2 unions:number(u={i=1065353216, f=1, c=[0, 0, 128, 63]} (by value), n={l=-1, d=nan} (by value))
//| #2 unions:number/2 --> {i=1073741824, f=2, c=[0, 0, 0, 64]}
//| #3 unions:bits(b={a=5, b=-2, yes=true, mode=READ|EXEC} (by value), w={low=1099511627775, high=-1} (by value))
//| #3 unions:bits/2 --> {a=6, b=-2, yes=false, mode=READ}
//| #4 unions:tagged(t={tag=2, number=3, half=[3, 0]} (by value))
//| #4 unions:tagged/1 --> 2
//| #1 unions:main/0 --> 0
#include <stdbool.h>

#define KEEP __attribute__((noinline))
volatile unsigned long sink;

union number {
  int i;
  float f;
  unsigned char c[4];
};
union wide {
  long l;
  double d;
};
enum mode { READ = 1, WRITE = 2, EXEC = 4 };
struct bits {
  unsigned a : 3;
  int b : 5;
  int : 0;
  bool yes : 1;
  enum mode mode : 9;
};
struct wide_bits {
  unsigned long low : 40;
  long high : 24;
};
struct tagged {
  int tag;
  union {
    int number;
    short half[2];
  };
};

KEEP union number number(union number u, union wide n) {
  sink += (unsigned long)n.l;
  u.f *= 2;
  return u;
}
KEEP struct bits bits(struct bits b, struct wide_bits w) {
  sink += w.low + (unsigned long)w.high;
  b.a++;
  b.yes = false;
  b.mode = READ;
  return b;
}
KEEP int tagged(struct tagged t) {
  sink += (unsigned long)t.number;
  return t.tag;
}

int main(void) {
  number((union number){.f = 1}, (union wide){.l = -1});
  bits((struct bits){5, -2, true, (enum mode)(READ | EXEC)}, (struct wide_bits){0xFFFFFFFFFF, -1});
  tagged((struct tagged){2, {3}});
  return 0;
}
