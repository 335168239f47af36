// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that call, each with the numbers 0, 1, 2, ..., so that what is missing of a trace shows:
// recorder COUNTS THREADS CALLS [SLOW [ROUNDS]]. CALLS 0: until it is killed. What each has done stands in the file COUNTS, 512
// bytes for each. SLOW more threads call once, stay inside of that call until all others have ended, and then call again. All of it
// ROUNDS times, with new threads.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) long inner(long thread, long n, const char *text) {
  __asm__ volatile("" : "+r"(n) : "r"(text), "r"(thread) : "memory");
  return n;
}

__attribute__((noinline)) long step(long thread, long n) {
  static const char *const texts[] = {"", "a", "a text of some length",
                                      "a longer one, so that records are of many lengths"};
  return inner(thread, n, texts[n % 4]) + n % 2;
}

static _Atomic int running;
static pthread_mutex_t done = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;

__attribute__((noinline)) void wait_inside(long thread) {
  __asm__ volatile("" ::"r"(thread) : "memory");
  pthread_mutex_lock(&done);
  while (running)
    pthread_cond_wait(&all_done, &done);
  pthread_mutex_unlock(&done);
}

static _Atomic long *counts;
static long calls;

static void *loop(void *number) {
  _Atomic long *mine = counts + 64 * (long)number;
  for (long i = 0; !calls || i < calls; i++) {
    step((long)number, i);
    atomic_store_explicit(mine, i + 1, memory_order_release);
  }
  pthread_mutex_lock(&done);
  running--;
  pthread_cond_broadcast(&all_done);
  pthread_mutex_unlock(&done);
  return NULL;
}

static void *slow(void *number) {
  wait_inside((long)number);
  wait_inside((long)number);
  return NULL;
}

static void run(long threads, long slows) {
  pthread_t thread[threads + slows];
  running = (int)threads;
  for (long i = 0; i < slows; i++)
    pthread_create(&thread[threads + i], NULL, slow, (void *)(threads + i));
  for (long i = 0; i < threads; i++)
    pthread_create(&thread[i], NULL, loop, (void *)i);
  for (long i = 0; i < threads + slows; i++)
    pthread_join(thread[i], NULL);
}

int main(int argc, char **argv) {
  int fd = argc >= 4 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
  if (fd < 0 || ftruncate(fd, 65536))
    return 1;
  counts = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  calls = atol(argv[3]);
  for (long i = 0; i < (argc > 5 ? atol(argv[5]) : 1); i++)
    run(atol(argv[2]), argc > 4 ? atol(argv[4]) : 0);
  return 0;
}
