// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating-point numbers of every width, complex ones, and vectors; as results too.
// rules: floats:* -> return
// expect:
//| #1 floats:main()
//| #2 floats:single(a=0.1, b=-0, c=3.4028235e+38)
//| #2 floats:single/3 --> 0.25
//| #3 floats:twice(a=0.1, b=nan, c=-inf, d=1e+300, e=5e-324)
//| #3 floats:twice/5 --> -1.5
//| #4 floats:extended(a=0.1, b=-0.25, c=1e+4000)
//| #4 floats:extended/3 --> inf
//| #5 floats:complex(a=1+2i, b=0.5-3i)
//| #5 floats:complex/2 --> -1+0.5i
//| #6 floats:vectors(f={1, 2, 3, 4.5}, i={1, -2, 3, -4})
//| #6 floats:vectors/2 --> {2, 4, 6, 9}
//| #1 floats:main/0 --> 0
#include <float.h>
#include <math.h>

#define KEEP __attribute__((noinline))
typedef float v4f __attribute__((vector_size(16)));
typedef int v4i __attribute__((vector_size(16)));
volatile double sink;

KEEP float single(float a, float b, float c) {
  sink += a > b || b > c;
  return (float)(sink * 0 + 0.25);
}
KEEP double twice(double a, double b, double c, double d, double e) {
  sink += a > b || c > d || d > e;
  return sink * 0 - 1.5;
}
KEEP long double extended(long double a, long double b, long double c) {
  sink += a > b || b > c;
  return sink >= 0 ? (long double)INFINITY : a;
}
KEEP _Complex double complex(_Complex double a, _Complex float b) {
  sink += __real__ a + __imag__ b;
  return sink < 1000 ? __builtin_complex(-1.0, 0.5) : a;
}
KEEP v4f vectors(v4f f, v4i i) {
  sink += i[1];
  return f + f;
}

int main(void) {
  single(0.1F, -0.0F, FLT_MAX);
  twice(0.1, (double)NAN, -(double)INFINITY, 1e300, 5e-324);
  extended(0.1L, -0.25L, 1e4000L);
  complex(__builtin_complex(1.0, 2.0), __builtin_complex(0.5F, -3.0F));
  vectors((v4f){1, 2, 3, 4.5F}, (v4i){1, -2, 3, -4});
  return 0;
}
