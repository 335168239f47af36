// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A million calls inside each other, on a large stack: they return; an exception goes through them; a jump leaves them. And the same, not as
// deep, on a very small one. Says on stderr by how many kB the process's memory grew between the first call and the last one inside it.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>

#define KEEP __attribute__((noinline))
volatile int sink;
static thread_local jmp_buf place;
static thread_local long at_first, growth;

// Of private memory: the stack of a thread is all there from the start.
__attribute__((no_instrument_function)) KEEP static long data_kb() {
  char line[256];
  long kb = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (sscanf(line, "VmData: %ld", &kb) == 1)
      break;
  if (status)
    fclose(status);
  return kb;
}

__attribute__((no_instrument_function)) KEEP static void measure() {
  long grown = at_first ? data_kb() - at_first : 0;
  growth = grown > growth ? grown : growth;
}

KEEP int down(int n, int end) {
  if (n == 0) {
    measure();
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
  if (depth > 1000) { // stdio needs more than the small stack has
    data_kb();        // with what it allocates
    at_first = data_kb();
  }
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
  fprintf(stderr, "%ld\n", growth);
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
