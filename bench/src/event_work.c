/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "event.h"

int none(void) { return 7; }
int one(int a) { return ~a; }
int pair(int a, int b) { return a ^ b; }
int quad(int a, int b, int c, int d) { return a ^ b ^ c ^ d; }
int six(int a, int b, int c, int d, int e, int f) { return a ^ b ^ c ^ d ^ e ^ f; }
double reals(double a, double b) { return a * b; }
int text(const char *string) { return *string; }
int four(struct four value) { return value.id ^ value.kind; }
int field(const struct four *value) { return value->id; }
