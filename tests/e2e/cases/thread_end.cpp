// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads end in the middle of calls: by pthread_exit, by cancellation. Where functions clean up it is known at once, else
// when the session ends.
// rules: thread_end:* -> return; guard:* -> return
// flags: -pthread
// levels: O0 O2
// expect:
//| #1 thread_end:main()
//| #1 thread_end:exits_with_cleanup(NULL)
//| #2 thread_end:catches(n=2)
//| #3 thread_end:cleans(n=2)
//| #4 thread_end:plain(n=2)
//| #5 thread_end:ends(n=2)
//| #5 thread_end:ends/1 --> thread ended
//| #4 thread_end:plain/1 --> thread ended
//| #6 guard:~guard(this=0xP)
//| #6 guard:~guard/0 -->
//| #3 thread_end:cleans/1 --> thread ended
//| #2 thread_end:catches/1 --> thread ended
//| #2 thread_end:last(n=1)
//| #2 thread_end:last/1 --> 1
//| #1 thread_end:exits_plainly(NULL)
//| #2 thread_end:plain(n=1)
//| #3 thread_end:ends(n=1)
//| #3 thread_end:last(n=2)
//| #3 thread_end:last/1 --> 2
//| #1 thread_end:is_cancelled(NULL)
//| #2 thread_end:waits(n=3)
//| #1 thread_end:main/0 --> 0
//| #2 thread_end:waits/1 --> thread ended
//| #1 thread_end:is_cancelled/1 --> thread ended
//| #3 thread_end:ends/1 --> thread ended
//| #2 thread_end:plain/1 --> thread ended
//| #1 thread_end:exits_plainly/1 --> thread ended
//| #1 thread_end:exits_with_cleanup/1 --> thread ended
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define KEEP __attribute__((noinline))
volatile int sink;

struct guard {
  int n;
  KEEP ~guard() { sink = n; }
};

KEEP void ends(int n) {
  sink = n;
  if (n)
    pthread_exit(nullptr);
  sink = 0;
}
KEEP int plain(int n) {
  ends(n);
  return sink;
}
KEEP int cleans(int n) {
  guard g = {n};
  int r = plain(n);
  sink = r;
  return r;
}
KEEP int catches(int n) {
  try {
    return cleans(n);
  } catch (...) { // what ends a thread has to go on
    sink = n;
    throw;
  }
}
KEEP int waits(int n) {
  for (;;) {
    sink = n;
    sleep(1000);
  }
  return n;
}

static void *exits_plainly(void *) {
  plain(1);
  return nullptr;
}
static void *exits_with_cleanup(void *) {
  catches(2);
  return nullptr;
}
static void *is_cancelled(void *) {
  waits(3);
  return nullptr;
}

__attribute__((no_instrument_function)) static void run(void *(*what)(void *), bool cancels) {
  pthread_t thread;
  pthread_create(&thread, nullptr, what, nullptr);
  if (cancels)
    pthread_cancel(thread);
  pthread_join(thread, nullptr);
}

// The kernel may be a moment behind.
__attribute__((no_instrument_function)) static void wait_for_threads() {
  for (int tasks = 0; tasks != 3; usleep(1000)) { // ".", ".." and this one
    DIR *all = opendir("/proc/self/task");
    for (tasks = 0; readdir(all);)
      tasks++;
    closedir(all);
  }
}

KEEP int last(int n) {
  sink = n;
  return n;
}

int main() {
  run(exits_with_cleanup, false);
  last(1);
  run(exits_plainly, false);
  last(2);
  run(is_cancelled, true);
  wait_for_threads();
  puts("done");
  return 0;
}
