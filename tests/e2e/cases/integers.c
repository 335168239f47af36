// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers that are wider than a register or spelled by a typedef, characters, and booleans.
// rules: integers:* -> return
// expect:
//| #1 integers:main()
//| #2 integers:wide(n=-170141183460469231731687303715884105728, u=340282366920938463463374607431768211455)
//| #2 integers:wide/2 --> -5
//| #3 integers:named(size=18446744073709551615, byte=200, signed_byte=-56)
//| #3 integers:named/3 --> 255
//| #4 integers:letters(c='A', newline='\n', quote='\'', high='\xe9', w=8364, u16=65535, u32=128512)
//| #4 integers:letters/7 --> 'z'
//| #5 integers:yes(on=true, off=false)
//| #5 integers:yes/2 --> false
//| #1 integers:main/0 --> 0
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <uchar.h>
#include <wchar.h>

#define KEEP __attribute__((noinline))
volatile unsigned long sink;

KEEP __int128 wide(__int128 n, unsigned __int128 u) {
  sink += (unsigned long)n + (unsigned long)u + (unsigned long)(n >> 64) + (unsigned long)(u >> 64);
  return (__int128)sink - (__int128)sink - 5;
}
KEEP uint8_t named(size_t size, uint8_t byte, int8_t signed_byte) {
  sink += size + byte + (unsigned long)signed_byte;
  return (uint8_t)(sink | 255);
}
KEEP char letters(char c, char newline, char quote, char high, wchar_t w, char16_t u16, char32_t u32) {
  sink += (unsigned long)(c + newline + quote + high + w + u16) + u32;
  return (char)('z' + sink * 0);
}
KEEP bool yes(bool on, bool off) {
  sink += on + off;
  return sink == 1;
}

int main(void) {
  __int128 least = (__int128)((unsigned __int128)1 << 127);
  wide(least, ~(unsigned __int128)0);
  named(SIZE_MAX, 200, -56);
  letters('A', '\n', '\'', (char)0xE9, 0x20AC, 0xFFFF, 0x1F600);
  yes(true, false);
  return 0;
}
