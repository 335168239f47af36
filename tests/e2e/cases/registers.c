// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every register comes through a hook as it was: integer, floating, vector and x87 arguments, and results in two registers.
// rules: registers:* -> return
// expect:
//| #1 registers:main()
//| #2 registers:mixed(a=1, x=0.5, b=2, y=0.25, v={1, 2, 3, 4}, z=100)
//| #2 registers:mixed/6 --> 108.75
//| #3 registers:pair(a=5, b=6)
//| #3 registers:pair/2 --> {a=6, b=5}
//| #4 registers:big(a={a=[1, 2, 3, 0, 0, 0, 0, 0, 0]} (by value), b=4)
//| #4 registers:big/2 --> {a=[1, 2, 3, 0, 0, 0, 0, 0, 4]}
//| #5 registers:extended(x=1.25)
//| #5 registers:extended/1 --> 2.5
//| #1 registers:main/0 --> 0
#include <stdio.h>

#define KEEP __attribute__((noinline))
typedef float v4 __attribute__((vector_size(16)));
struct two {
  long a, b;
};
struct many {
  long a[9];
};

KEEP double mixed(int a, double x, int b, float y, v4 v, double z) { return a + x + b + y + v[0] + v[3] + z; }
KEEP struct two pair(long a, long b) { return (struct two){b, a}; }
KEEP struct many big(struct many a, long b) {
  a.a[8] += b;
  return a;
}
KEEP long double extended(long double x) { return x * 2; }

int main(void) {
  printf("%g\n", mixed(1, 0.5, 2, 0.25f, (v4){1, 2, 3, 4}, 100));
  struct two t = pair(5, 6);
  struct many m = big((struct many){{1, 2, 3}}, 4);
  printf("%ld %ld %ld %ld %Lg\n", t.a, t.b, m.a[0], m.a[8], extended(1.25L));
  return 0;
}
