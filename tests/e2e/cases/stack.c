// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parameters on the stack: what the registers have no room for, aligned and in memory as the ABI says.
// rules: stack:* -> return
// expect:
//| #1 stack:main()
//| #2 stack:ints(a=1, b=2, c=3, d=4, e=5, f=6, g=-7, h='h', i=true, j=10, k="on the stack", l=-12)
//| #2 stack:ints/12 --> 14
//| #3 stack:reals(a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9.5, j=10.5, k=11)
//| #3 stack:reals/11 --> 67
//| #4 stack:mixed(a=1, x=0.5, big={v=[1, 2, 3]} (by value), e=1.5, b=2, c=3, d=4, f=5, pair={n=6, d=7.5} (by value), g=8)
//| #4 stack:mixed/10 --> 30
//| #5 stack:aligned(a=1, w={n=5} (by value), b=2, c=3, d=4, e=5, f=6, n=-170141183460469231731687303715884105728, last=9)
//| #5 stack:aligned/9 --> 9
//| #1 stack:main/0 --> 0
#include <stdbool.h>

#define KEEP __attribute__((noinline))
volatile unsigned long sink;

struct big {
  long v[3];
};
struct pair {
  long n;
  double d;
};
struct __attribute__((aligned(32))) wide {
  long n;
};

KEEP long ints(long a, int b, short c, signed char d, long e, int f, short g, char h, bool i, unsigned char j,
               const char *k, signed char l) {
  sink += (unsigned long)k;
  return a + b + c + d + e + f + g + j + l + (h == 'h') + i;
}
KEEP double reals(double a, double b, double c, double d, double e, double f, double g, double h, double i, float j,
                  long double k) {
  sink += (unsigned long)k;
  return a + b + c + d + e + f + g + h + i + j + (double)k;
}
KEEP long mixed(int a, double x, struct big big, long double e, int b, int c, int d, int f, struct pair pair, int g) {
  sink += (unsigned long)big.v[2] + (e > 1) + (x > 1);
  return a + b + c + d + f + pair.n + (pair.d > 8) + g + 1;
}
KEEP long aligned(int a, struct wide w, int b, int c, int d, int e, int f, __int128 n, int last) {
  sink += (unsigned long)(n >> 64) + (unsigned long)n + (unsigned long)w.n + (unsigned long)(a + b + c + d + e + f);
  return last;
}

int main(void) {
  ints(1, 2, 3, 4, 5, 6, -7, 'h', true, 10, "on the stack", -12);
  reals(1, 2, 3, 4, 5, 6, 7, 8, 9.5, 10.5F, 11);
  mixed(1, 0.5, (struct big){{1, 2, 3}}, 1.5L, 2, 3, 4, 5, (struct pair){6, 7.5}, 8);
  aligned(1, (struct wide){5}, 2, 3, 4, 5, 6, (__int128)((unsigned __int128)1 << 127), 9);
  return 0;
}
