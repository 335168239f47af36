// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads of several kinds call `work` until SIGTERM: the first one; w-0 to w-3, which stay; and, one after the other, such that live for a
// few calls and are called b-0, b-1, ... Behind SIGUSR1 the thread w-3 is called changed.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static _Atomic bool over, renamed;
static _Atomic long wrong, born;

__attribute__((noinline)) long work(long n) {
  __asm__ volatile("" : "+r"(n));
  return n * 3;
}

static void on_signal(int number) { *(number == SIGTERM ? &over : &renamed) = true; }

static void name_it(const char *kind, long number) {
  char name[16];
  snprintf(name, sizeof name, "%s-%ld", kind, number);
  pthread_setname_np(pthread_self(), name);
}

static void *stay(void *number) {
  bool told = false;
  name_it("w", (long)number);
  for (long n = 0; !over; n++) {
    if (number == (void *)3 && renamed && !told)
      told = !pthread_setname_np(pthread_self(), "changed");
    wrong += work(n) != n * 3;
    usleep(200);
  }
  return NULL;
}

static void *live(void *none) {
  name_it("b", born++);
  for (long n = 0; n < 5; n++)
    wrong += work(n) != n * 3;
  return none;
}

static void *bear(void *none) {
  pthread_t thread;
  while (!over)
    if (pthread_create(&thread, NULL, live, none) == 0)
      pthread_join(thread, NULL);
  return none;
}

int main(void) {
  pthread_t thread[5];
  signal(SIGTERM, on_signal);
  signal(SIGUSR1, on_signal);
  for (long i = 0; i < 4; i++)
    pthread_create(&thread[i], NULL, stay, (void *)i);
  pthread_create(&thread[4], NULL, bear, NULL);
  for (long n = 0; !over; n++) {
    wrong += work(n) != n * 3;
    usleep(200);
  }
  for (int i = 0; i < 5; i++)
    pthread_join(thread[i], NULL);
  printf("%s, %ld born\n", wrong ? "wrong" : "right", (long)born);
  return wrong != 0;
}
