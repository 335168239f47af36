/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A session with a limit of calls ends when all of them are written, and not before. What it needs of the runtime stands here. */
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { TAKERS = 3, CALLS = 4, ROUNDS = 100000 };

struct process calltap__process;

static struct session session = {.is_limited = true, .request.limits.calls = CALLS};
static _Atomic int written, arrived, ends; /* of this turn */
static _Atomic int early, endless;         /* turns */
static _Atomic unsigned turn;

uint64_t calltap__os_monotonic_ns(void) { return 0; }
uint64_t calltap__ticks_in(uint64_t ns) { return ns; }
void calltap__session_look_for_ended(struct session *s) { (void)s; }
bool calltap__record_write(struct stream *s, const struct cbor *record) { return s && record; }

void calltap__session_end(struct session *s, const char *reason) {
  (void)s, (void)reason;
  atomic_fetch_add(&ends, 1);
  if (atomic_load(&written) != CALLS)
    atomic_fetch_add(&early, 1);
}

static void begin_turn(unsigned number) {
  atomic_store(&written, 0);
  atomic_store(&ends, 0);
  atomic_store(&arrived, 0);
  atomic_store(&session.open, 0);
  atomic_store(&session.calls_left, CALLS);
  atomic_store(&turn, number);
}

static void *take(void *unused) {
  struct stream s = {.session = &session};
  for (unsigned round = 1; round <= ROUNDS; round++) {
    while (atomic_load(&turn) != round)
      sched_yield();
    while (calltap__take_call(&s) != NOT_TAKEN) {
      atomic_fetch_add(&written, 1);
      calltap__take_back(&session);
    }
    if (atomic_fetch_add(&arrived, 1) < TAKERS - 1)
      continue;
    atomic_fetch_add(&endless, !atomic_load(&ends));
    begin_turn(round + 1);
  }
  return unused;
}

START_TEST(a_session_ends_behind_its_last_call) {
  pthread_t thread[TAKERS];
  for (int i = 0; i < TAKERS; i++)
    ck_assert_int_eq(pthread_create(&thread[i], NULL, take, NULL), 0);
  begin_turn(1);
  for (int i = 0; i < TAKERS; i++)
    pthread_join(thread[i], NULL);
  int ended_early = atomic_load(&early), never_ended = atomic_load(&endless);
  ck_assert_int_eq(ended_early, 0);
  ck_assert_int_eq(never_ended, 0);
}
END_TEST

int main(void) { return RUN_SUITE("rt_take", a_session_ends_behind_its_last_call); }
