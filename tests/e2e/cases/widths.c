// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers of every width and sign, with garbage in the upper bits of their registers.
// rules: widths:f*; six; widths:r* -> return
// expect:
//| #1 widths:f8(a=-128, b=255, c='A', d=true)
//| #2 widths:f16(a=-32768, b=65535)
//| #3 widths:f32(a=-2147483648, b=4294967295, c=MINUS)
//| #4 widths:f64(a=-9223372036854775808, b=18446744073709551615, p=0xP)
//| #5 widths:r8()
//| #5 widths:r8/0 --> -2
//| #6 widths:r16()
//| #6 widths:r16/0 --> 65534
//| #7 widths:rb()
//| #7 widths:rb/0 --> true
//| #8 widths:r64()
//| #8 widths:r64/0 --> 18446744073709551614
//| #9 widths:six(a=1, b=2, c=3, d=4, e=5, f=6, g=7)
#include <limits.h>
#include <stdbool.h>

#define KEEP __attribute__((noinline))
volatile unsigned long sink = 0;
enum sign { MINUS = -1 };

KEEP void f8(signed char a, unsigned char b, char c, bool d) { sink += a + b + c + d; }
KEEP void f16(short a, unsigned short b) { sink += a + b; }
KEEP void f32(int a, unsigned b, enum sign c) { sink += a + b + c; }
KEEP void f64(long a, unsigned long b, void *p) { sink += a + b + (unsigned long)p; }
KEEP signed char r8(void) { return (signed char)(sink * 0 + 0x1FE); }
KEEP unsigned short r16(void) { return (unsigned short)(sink * 0 + 0x1FFFE); }
KEEP bool rb(void) { return sink != 1; }
KEEP unsigned long r64(void) { return sink * 0 - 2; }
KEEP void six(long a, long b, long c, long d, long e, long f, long g) { sink += a + b + c + d + e + f + g; }

int main(void) {
  f8(SCHAR_MIN, UCHAR_MAX, 'A', true);
  f16(SHRT_MIN, USHRT_MAX);
  f32(INT_MIN, UINT_MAX, MINUS);
  f64(LONG_MIN, ULONG_MAX, (void *)&sink);
  sink += r8() + r16() + rb() + r64();
  six(1, 2, 3, 4, 5, 6, 7);
  return 0;
}
