/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How a generated program says what it passes and gets: one JSON object a line on standard output.
 *
 *   {"functions":{"0x55..":12}}            where functions are, by their numbers in the program's `// meta:` line
 *   {"call":7,"f":12,"args":[...]}         before call 7, which is of function 12
 *   {"call":7,"result":...}                after it, if the caller looks at the result
 *
 * Values are what a comparer needs to be exact: integers as digits, floating-point numbers in hexadecimal (strings),
 * members of a record as an array, an address as "0x..", and what stands at it as {"at":"0x..","bytes":"<hex>"}.
 * Nothing here is traced. */
#ifndef TRUTH_H
#define TRUTH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP __attribute__((noinline))
/* Of the program's own machinery: neither traced, nor merged with what is. */
#define TRUTH __attribute__((no_instrument_function, noinline, unused)) static
/* The optimiser knows no more what the variable holds. */
#define HIDE(variable) __asm__ volatile("" : "+m"(variable))

static volatile unsigned long sink __attribute__((unused)); /* what is left of every value but pointers */
static volatile uintptr_t pointers __attribute__((unused)); /* of pointers, which differ from run to run */
static bool truth_first = true;
static int truth_calls;
static void *truth_kept[4096]; /* what the program allocates and never frees */
static int truth_kept_count;

/* Before every value: the comma, if it is not the first of its list. */
TRUTH void truth_next(void) {
  if (!truth_first)
    putchar(',');
  truth_first = false;
}

TRUTH void truth_open(void) {
  truth_next();
  putchar('[');
  truth_first = true;
}

TRUTH void truth_close(void) {
  putchar(']');
  truth_first = false;
}

TRUTH int truth_call(int function) {
  printf("{\"call\":%d,\"f\":%d,\"args\":[", ++truth_calls, function);
  truth_first = true;
  return truth_calls;
}

TRUTH void truth_called(void) { puts("]}"); }

TRUTH void truth_result(int call) {
  printf("{\"call\":%d,\"result\":", call);
  truth_first = true;
}

TRUTH void truth_end(void) { puts("}"); }

TRUTH void truth_digits(unsigned __int128 value) {
  if (value >= 10)
    truth_digits(value / 10);
  putchar('0' + (int)(value % 10));
}

TRUTH void truth_unsigned(unsigned __int128 value) {
  truth_next();
  truth_digits(value);
}

TRUTH void truth_int(__int128 value) {
  truth_next();
  if (value < 0)
    putchar('-');
  truth_digits(value < 0 ? 0 - (unsigned __int128)value : (unsigned __int128)value);
}

TRUTH void truth_bool(bool value) {
  truth_next();
  fputs(value ? "true" : "false", stdout);
}

TRUTH void truth_long_double(long double value) {
  truth_next();
  if (isnan(value))
    fputs("\"nan\"", stdout);
  else
    printf("\"%La\"", value);
}

TRUTH void truth_double(double value) { truth_long_double(value); }

TRUTH void truth_address(const volatile void *address) {
  truth_next();
  printf("\"0x%lx\"", (unsigned long)(uintptr_t)address);
}

TRUTH void truth_bytes(const volatile void *at, const char *text, size_t length) {
  truth_next();
  printf("{\"at\":\"0x%lx\",\"bytes\":\"", (unsigned long)(uintptr_t)at);
  for (size_t i = 0; i < length; i++)
    printf("%02x", (unsigned char)text[i]);
  fputs("\"}", stdout);
}

TRUTH void truth_string(const char *text) {
  if (text)
    truth_bytes(text, text, strlen(text));
  else
    truth_address(NULL);
}

TRUTH void truth_null(void) {
  truth_next();
  fputs("null", stdout);
}

/* Memory of the heap, with these bytes. */
TRUTH char *truth_heap(const void *bytes, size_t size) {
  char *copy = (char *)malloc(size);
  memcpy(copy, bytes, size);
  if (truth_kept_count < (int)(sizeof(truth_kept) / sizeof(truth_kept[0])))
    truth_kept[truth_kept_count++] = copy;
  return copy;
}

#endif
