// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A million calls inside each other, on a large stack: they return; an exception goes through them; a jump leaves them. And the same, not as
// deep, on a very small one.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>

#define KEEP __attribute__((noinline))
volatile int sink;
static thread_local jmp_buf place;

KEEP int down(int n, int end) {
  if (n == 0) {
    if (end == 1)
      throw 7;
    if (end == 2)
      longjmp(place, 1);
    return 0;
  }
  int below = down(n - 1, end);
  sink = below;
  return below + 1;
}
KEEP int last(int n) {
  sink = n;
  return n;
}
KEEP int tries(int depth) {
  int sum = down(depth, 0);
  try {
    sum += down(depth, 1);
  } catch (int thrown) {
    sum += thrown;
  }
  last(1);
  if (setjmp(place) == 0)
    sink = down(depth, 2);
  last(2);
  return sum;
}

static void *thread(void *depth) {
  int *count = static_cast<int *>(depth);
  *count = tries(*count);
  return nullptr;
}

__attribute__((no_instrument_function)) static int run(size_t stack, int depth) {
  pthread_attr_t attributes;
  pthread_t made;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, stack) || pthread_create(&made, &attributes, thread, &depth))
    exit(2);
  pthread_join(made, nullptr);
  return depth;
}

int main(int count, char **argument) {
  int depth = count > 1 ? atoi(argument[1]) : 1000000;
  printf("%d\n", run(static_cast<size_t>(1) << 28, depth));
  printf("%d\n", run(1 << 15, 20));
  return 0;
}
