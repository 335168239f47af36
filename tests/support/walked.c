/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* WALKED is the name of the table. */
#include "walked.h"
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))
/* Keeps a frame: what is behind it comes after the call. */
#define AFTER() __asm__ volatile("" ::: "memory")
#define USED(pointer) __asm__ volatile("" ::"r"(pointer) : "memory")
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static NOINLINE int recurse(int depth, visitor *visit, void *context) {
  int below = 0;
  if (depth)
    below = recurse(depth - 1, visit, context);
  else
    visit(context);
  AFTER();
  return below + 1;
}

static NOINLINE int with_alloca(int bytes, visitor *visit, void *context) {
  char *memory = __builtin_alloca((size_t)bytes);
  USED(memory);
  visit(context);
  AFTER();
  USED(memory);
  return bytes;
}

static NOINLINE int with_large(int bytes, visitor *visit, void *context) {
  char memory[100000];
  USED(memory);
  visit(context);
  USED(memory);
  return bytes + (int)sizeof memory;
}

static NOINLINE int with_alignment(int bytes, visitor *visit, void *context, int a, int b, int c, int d, int e) {
  _Alignas(64) char memory[128];
  char *more = __builtin_alloca((size_t)bytes);
  USED(memory);
  USED(more);
  visit(context);
  AFTER();
  USED(memory);
  return a + b + c + d + e;
}

static _Thread_local visitor *sort_visit;
static _Thread_local void *sort_context;

static int compare(const void *a, const void *b) {
  visitor *visit = sort_visit;
  sort_visit = NULL; /* once */
  if (visit)
    visit(sort_context);
  AFTER();
  return *(const int *)a - *(const int *)b;
}

static NOINLINE int with_sort(int count, visitor *visit, void *context) {
  int numbers[16];
  for (int i = 0; i < 16; i++)
    numbers[i] = i * 7 % 16;
  sort_context = context;
  sort_visit = visit;
  qsort(numbers, (size_t)(count < 16 ? count : 16), sizeof numbers[0], compare);
  AFTER();
  return numbers[0];
}

/* One kind of frame after the other. The registers that a callee saves are all in use. */
struct all {
  int depth;
  visitor *visit;
  void *context;
};
static int all(int depth, visitor *visit, void *context);

static void next(void *context) {
  const struct all *a = context;
  all(a->depth, a->visit, a->context);
  AFTER();
}

static NOINLINE int all(int depth, visitor *visit, void *context) {
  struct all a = {depth - 1, visit, context};
  int sum[6];
  for (int i = 0; i < 6; i++) {
    sum[i] = depth * i;
    __asm__ volatile("" : "+r"(sum[i]));
  }
  if (depth <= 0)
    visit(context);
  else if (depth % 5 == 0)
    sum[0] += with_alloca(depth, next, &a);
  else if (depth % 5 == 1)
    sum[1] += with_alignment(depth, next, &a, 1, 2, 3, 4, 5);
  else if (depth % 5 == 2)
    sum[2] += with_sort(3, next, &a);
  else if (depth % 5 == 3)
    sum[3] += recurse(2, next, &a);
  else
    sum[4] += with_large(depth, next, &a);
  AFTER();
  return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5];
}

extern const struct walked WALKED;
const struct walked WALKED = {TEXT(WALKED), recurse, with_alloca, with_large, with_alignment, with_sort, all};
