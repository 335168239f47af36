/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What event.c calls. The bodies are in event_work.c, out of the compiler's sight. */
#ifndef BENCH_EVENT_H
#define BENCH_EVENT_H

struct four {
  int id;
  int kind;
  long size;
  double ratio;
};

int none(void);
int one(int a);
int pair(int a, int b);
int quad(int a, int b, int c, int d);
int six(int a, int b, int c, int d, int e, int f);
double reals(double a, double b);
int text(const char *string);
int four(struct four value);
int field(const struct four *value);

#endif
