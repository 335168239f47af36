// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What threads have of their own: scopes, silence, flags, tags; and the control word, which all have. Two threads at once, in step.
// rules: step; step under below -> message(n, tag(), tcw())
// rules: quiet -> silent(on); loud -> silent(off)
// rules: bare -> trace(+noargs), message(false); full -> trace(-noargs), message(false)
// rules: off(_) -> trace(-call), message(false)
// rules: label(n) -> tag(n), message(false); word(n) -> tcw(n), message(false)
// rules: seen when tcw() -> message(tcw(), tag())
// rules: named when thread() == "second" -> tag(str(thread())), message(silent())
// rules: counted -> count by (thread(), n)
// rules: sampled -> sample(3)
// flags: -pthread
// levels: O0 O2
// expect:
//| [10] #1 rules_threads:step(n=10)
//| [11] #1 rules_threads:step(n=11)
//|   message  n=11, tag()=11, tcw()=0
//| [10] #2 rules_threads:sampled(n=10)
//| [11] #2 rules_threads:sampled(n=11)
//| [second] #3 rules_threads:named(n=11)
//|   message  silent()=0
//| [10] #3 rules_threads:loud(n=20)
//| [10] #4 rules_threads:step(n=20)
//| [10] #5 rules_threads:sampled(n=30)
//| [10] #6 rules_threads:seen(n=30)
//|   message  tcw()=31, tag()=10
//| [second] #4 rules_threads:loud(n=31)
//| [10] #7 rules_threads:seen(n=30)
//|   message  tcw()=31, tag()=10
//| [second] #5 rules_threads:seen(n=31)
//|   message  tcw()=31, tag()=0
//| [second] #6 rules_threads:loud(n=41)
//| [10] #8 rules_threads:step(n=...)
//| [second] #7 rules_threads:step(n=31)
//| [10] #9 rules_threads:step(n=40)
//| [second] #8 rules_threads:step(n=...)
//| [10] #10 rules_threads:step(n=50)
//| [10] #11 rules_threads:step(n=60)
//| #1 rules_threads:step(n=7)
//|
//| count by thread(), n
//|      count  function
//|          1  rules_threads:counted/1  thread()="second", n=21
//|          1  rules_threads:counted/1  thread()="second", n=11
//|          1  rules_threads:counted/1  thread()="first", n=60
//|          1  rules_threads:counted/1  thread()="first", n=20
//|          1  rules_threads:counted/1  thread()="first", n=10
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile long sink[2];
static pthread_barrier_t barrier;
static __thread int me;

KEEP void step(int n) { sink[me] = n; }
KEEP void quiet(int n) { sink[me] = n; }
KEEP void loud(int n) { sink[me] = n; }
KEEP void bare(int n) { sink[me] = n; }
KEEP void full(int n) { sink[me] = n; }
KEEP void off(int n) { sink[me] = n; }
KEEP void label(int n) { sink[me] = n; }
KEEP void word(int n) { sink[me] = n; }
KEEP void seen(int n) { sink[me] = n; }
KEEP void named(int n) { sink[me] = n; }
KEEP void counted(int n) { sink[me] = n; }
KEEP void sampled(int n) { sink[me] = n; }

__attribute__((no_instrument_function)) static void wait_for_both(void) { pthread_barrier_wait(&barrier); }

/* The first thread does one step, then the second one. */
static void in_step(void (*f)(int), int n) {
  if (me)
    wait_for_both();
  f(10 * n + me);
  if (!me)
    wait_for_both();
  wait_for_both();
}

static void all_steps(int n) {
  in_step(step, n);
  in_step(sampled, n);
  in_step(sampled, n + 1);
  in_step(named, n);
  in_step(counted, n);
}

/* Only the second thread does this. */
KEEP void below(int n) {
  all_steps(n);
  sink[me] = n;
}

static void *work(void *arg) {
  me = arg != NULL;
  pthread_setname_np(pthread_self(), me ? "second" : "first");
  in_step(label, 1);
  if (me)
    below(1);
  else
    all_steps(1);
  in_step(me ? quiet : loud, 2);
  all_steps(2);
  in_step(seen, 3);
  in_step(word, 3);
  in_step(me ? loud : seen, 3);
  in_step(seen, 3);
  in_step(me ? loud : bare, 4);
  in_step(step, 3);
  in_step(me ? bare : full, 4);
  in_step(step, 4);
  in_step(me ? off : step, 5);
  in_step(step, 6);
  in_step(counted, 6);
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  pthread_barrier_init(&barrier, NULL, 2);
  for (int i = 0; i < 2; i++)
    pthread_create(&threads[i], NULL, work, i ? &barrier : NULL);
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  step(7); /* of a third thread: nothing of that is its */
  printf("%ld %ld\n", sink[0], sink[1]);
  return 0;
}
