/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "real.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clang is not told of these by glibc's headers, which take it for an old GCC. */
extern int calltap__strfromf128(char *out, size_t size, const char *format, __float128 number) __asm__("strfromf128");
extern __float128 calltap__strtof128(const char *text, char **end) __asm__("strtof128");

/* A number of any type. Float and double are kept as double; what needs more has its own place. */
struct number {
  char letter;
  double narrow;
  long double extended;
  __float128 wide;
};

/* --- _Float16 --- */

/* Every _Float16 is a double. */
static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double fraction = bits & 1023;
  double magnitude = exponent == 0   ? ldexp(fraction, -24)
                     : exponent < 31 ? ldexp(fraction + 1024, exponent - 25)
                     : fraction == 0 ? (double)INFINITY
                                     : (double)NAN;
  return bits >> 15 ? -magnitude : magnitude;
}

/* Whether a number near a positive or negative `exact` is nearer to it than to its neighbours. */
static bool rounds_to_half(double near, double exact) {
  int exponent;
  frexp(exact, &exponent);
  /* The distance to the next number, which below a power of two is half of that above it. */
  double step = ldexp(1, exponent - 11 < -24 ? -24 : exponent - 11);
  return fabs(near - exact) < step / 4;
}

/* --- digits --- */

static void print(const struct number *number, int digits, char *out, size_t size) {
  char format[16];
  switch (number->letter) {
  case 'e':
    snprintf(out, size, "%.*Le", digits - 1, number->extended);
    break;
  case 'g':
    snprintf(format, sizeof format, "%%.%de", digits - 1);
    calltap__strfromf128(out, size, format, number->wide);
    break;
  default:
    snprintf(out, size, "%.*e", digits - 1, number->narrow);
    break;
  }
}

static bool reads_back(const struct number *number, const char *text) {
  switch (number->letter) {
  case 'k':
    return rounds_to_half(strtod(text, NULL), number->narrow);
  case 'f':
    return strtof(text, NULL) == (float)number->narrow;
  case 'd':
    return strtod(text, NULL) == number->narrow;
  case 'e':
    return strtold(text, NULL) == number->extended;
  default:
    return calltap__strtof128(text, NULL) == number->wide;
  }
}

/* As many digits as every text of that length survives, then more, up to as many as tell all numbers apart. If fewer are
 * enough, the first try has zeros at its end; only for the smallest numbers, which have few digits, it has not. */
static void shortest(const struct number *number, char *out, size_t size) {
  static const struct {
    char letter;
    int first, last;
    int normal; /* numbers below two to the power of this have fewer digits */
  } types[] = {{'k', 3, 5, -14}, {'f', 6, 9, -126}, {'d', 15, 17, -1022}, {'e', 18, 21, -16382}, {'g', 33, 36, -16382}};
  size_t type = 0;
  while (types[type].letter != number->letter)
    type++;
  int digits = fabs(number->narrow) < ldexp(1, types[type].normal) ? 1 : types[type].first;
  for (; digits <= types[type].last; digits++) {
    print(number, digits, out, size);
    if (digits == types[type].last || reads_back(number, out))
      return;
  }
}

/* --- layout --- */

static void put(struct calltap__real *real, const char *bytes, size_t size) {
  if (size > sizeof real->text - real->size)
    size = sizeof real->text - real->size;
  memcpy(real->text + real->size, bytes, size);
  real->size += size;
}

static void put_zeros(struct calltap__real *real, int count) {
  while (count-- > 0)
    put(real, "0", 1);
}

/* `point`: how many digits stand before the decimal point. */
static void put_layout(struct calltap__real *real, const char *digits, int count, int point) {
  if (point > 21 || point < -5) {
    char exponent[16];
    put(real, digits, 1);
    if (count > 1)
      put(real, ".", 1);
    put(real, digits + 1, (size_t)count - 1);
    put(real, exponent, (size_t)snprintf(exponent, sizeof exponent, "e%+d", point - 1));
  } else if (point <= 0) {
    put(real, "0.", 2);
    put_zeros(real, -point);
    put(real, digits, (size_t)count);
  } else if (point >= count) {
    put(real, digits, (size_t)count);
    put_zeros(real, point - count);
  } else {
    put(real, digits, (size_t)point);
    put(real, ".", 1);
    put(real, digits + point, (size_t)(count - point));
  }
}

/* Takes "1.2300e+05" apart: 123, and 6 digits before the point. */
static void put_finite(struct calltap__real *real, const struct number *number) {
  char text[64], digits[48];
  int count = 0;
  shortest(number, text, sizeof text);
  const char *at = text;
  for (; *at != '\0' && *at != 'e'; at++) {
    if (*at >= '0' && *at <= '9')
      digits[count++] = *at;
  }
  while (count > 1 && digits[count - 1] == '0')
    count--;
  int exponent = *at == 'e' ? (int)strtol(at + 1, NULL, 10) : 0;
  put_layout(real, digits, count, exponent + 1);
}

/* --- the whole --- */

static struct number read_number(char letter, const void *bytes) {
  struct number number = {.letter = letter};
  uint16_t bits;
  float single;
  switch (letter) {
  case 'k':
    memcpy(&bits, bytes, sizeof bits);
    number.narrow = half(bits);
    break;
  case 'f':
    memcpy(&single, bytes, sizeof single);
    number.narrow = (double)single;
    break;
  case 'd':
    memcpy(&number.narrow, bytes, sizeof number.narrow);
    break;
  case 'e':
    memcpy(&number.extended, bytes, 10);
    number.narrow = (double)number.extended;
    break;
  default:
    memcpy(&number.wide, bytes, sizeof number.wide);
    number.narrow = (double)number.wide;
    break;
  }
  return number;
}

/* The sign of what is neither above nor below zero is in its last byte, or its tenth. */
static bool is_negative(char letter, const void *bytes) {
  size_t last = letter == 'k' ? 1 : letter == 'f' ? 3 : letter == 'd' ? 7 : letter == 'e' ? 9 : 15;
  return ((const uint8_t *)bytes)[last] >> 7;
}

/* Bit patterns of ten bytes that no processor since the 80287 makes: the highest bit of the fraction is missing. */
static bool is_unnormal(const void *bytes) {
  const uint8_t *at = bytes;
  unsigned exponent = (at[9] & 127U) << 8 | at[8];
  return exponent != 0 && at[7] >> 7 == 0;
}

static bool is_nan(const struct number *number, const void *bytes) {
  if (number->letter == 'e')
    return is_unnormal(bytes) || isnan(number->extended);
  return number->letter == 'g' ? number->wide != number->wide : isnan(number->narrow);
}

static bool is_infinite(const struct number *number) {
  if (number->letter == 'e')
    return isinf(number->extended);
  return number->letter == 'g' ? number->wide - number->wide != 0 : isinf(number->narrow);
}

static bool is_double(const struct number *number) {
  if (number->letter == 'e')
    return (long double)number->narrow == number->extended;
  return number->letter != 'g' || (__float128)number->narrow == number->wide;
}

struct calltap__real calltap__real(char letter, const void *bytes) {
  struct calltap__real real = {.size = 0};
  struct number number = read_number(letter, bytes);
  if (is_nan(&number, bytes)) {
    put(&real, "nan", 3);
    return real;
  }
  if (is_negative(letter, bytes))
    put(&real, "-", 1);
  if (is_infinite(&number)) {
    put(&real, "inf", 3);
    return real;
  }
  real.is_number = is_double(&number);
  if (is_negative(letter, bytes)) {
    number.narrow = -number.narrow;
    number.extended = -number.extended;
    number.wide = -number.wide;
  }
  put_finite(&real, &number);
  return real;
}
