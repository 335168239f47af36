/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One timer for the nearest deadline of all sessions: it sends the control signal once, and there is no tick before. */
#include "internal.h"

static int timer = -1;
static int owner; /* the process that made it: children have none */

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
  return (uint64_t)((unsigned __int128)left * calltap__process.tick_factor >> 32) + LATER_NS;
}

void calltap__timer_update(void) {
  int pid = calltap__os_pid();
  uint64_t nearest = nearest_deadline();
  if (owner != pid)
    timer = -1;
  if (nearest && timer < 0 && calltap__control_number) {
    timer = calltap__os_timer_create(calltap__control_number, TIMER_COOKIE);
    owner = pid;
  }
  if (timer < 0)
    return;
  if (nearest) {
    calltap__os_timer_set(timer, ns_until(nearest));
  } else {
    calltap__os_timer_delete(timer);
    timer = -1;
  }
}
