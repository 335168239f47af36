/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One timer for the nearest deadline of all sessions: it sends the control signal once, and there is no tick before. To a thread that has
 * taken that signal: another may wait for signals itself, or would be interrupted. */
#include "internal.h"

static int timer = -1;
static int owner; /* the process that made it */
static int aim;   /* tid */

static uint64_t nearest_deadline(void) {
  uint64_t nearest = 0;
  for (unsigned i = 0; i < calltap__sessions_used; i++) {
    const struct session *s = &calltap__sessions[i];
    if (calltap__session_is_alive(s) && s->deadline && (!nearest || s->deadline < nearest))
      nearest = s->deadline;
  }
  return nearest;
}

static uint64_t ns_until(uint64_t ticks) {
  enum { LATER_NS = 1000000 }; /* so that it is over then */
  uint64_t now = calltap__ticks();
  uint64_t left = ticks > now ? ticks - now : 0;
  return calltap__ns_of(left) + LATER_NS;
}

static void drop(void) {
  if (timer >= 0)
    calltap__os_timer_delete(timer);
  timer = -1;
}

/* A child has none of its parent's. */
static void begin_in_child(void) {
  int pid = calltap__os_pid();
  if (owner == pid)
    return;
  timer = -1;
  owner = aim = pid;
}

void calltap__timer_update(void) {
  uint64_t nearest = nearest_deadline();
  begin_in_child();
  if (!nearest)
    drop();
  else if (timer < 0 && calltap__control_number)
    timer = calltap__os_timer_create(aim, calltap__control_number, TIMER_COOKIE);
  if (timer >= 0)
    calltap__os_timer_set(timer, ns_until(nearest));
}

void calltap__timer_aim(void) {
  int tid = calltap__os_tid();
  begin_in_child();
  if (aim == tid)
    return;
  drop();
  aim = tid;
  calltap__timer_update();
}
