/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The control lock: held with all signals blocked, so that its holder is never interrupted by its own thread. And the gate, which children of
 * fork see closed. */
#include "internal.h"

struct gate_page calltap__gate;
struct process calltap__process;

static _Atomic int holder; /* the tid of the thread that has the lock, or 0 */

/* A child that no fork handler announced (_Fork, a raw clone) shares the parent's files and nothing else: there is no session
 * in it any more, and the lock may have been held by a thread that it does not have. */
static void leave_to_parent(void) {
  for (unsigned i = 0; i < calltap__sessions_used; i++)
    calltap__sessions[i].state = SESSION_NONE;
  calltap__process.pid = calltap__os_pid();
  calltap__threads_forget();
  atomic_store(&calltap__gate.ours, true);
  atomic_store(&holder, 0);
}

bool calltap__lock(uint64_t *saved) {
  int self = calltap__os_tid(), nobody = 0;
  calltap__os_block_signals(saved);
  if (!atomic_load(&calltap__gate.ours))
    leave_to_parent();
  if (atomic_load_explicit(&holder, memory_order_relaxed) == self) {
    calltap__os_restore_signals(saved);
    return false;
  }
  while (!atomic_compare_exchange_strong(&holder, &nobody, self)) {
    calltap__os_pause(); /* the holder may have a lower priority: do not spin */
    nobody = 0;
  }
  return true;
}

enum lock calltap__lock_now(uint64_t *saved) {
  int self = calltap__os_tid(), nobody = 0;
  if (!atomic_load(&calltap__gate.ours)) /* in a child that no fork handler announced: nothing of this is its own */
    return LOCK_BUSY;
  calltap__os_block_signals(saved);
  if (atomic_compare_exchange_strong(&holder, &nobody, self))
    return LOCK_TAKEN;
  calltap__os_restore_signals(saved);
  return nobody == self ? LOCK_OWN : LOCK_BUSY;
}

void calltap__unlock(const uint64_t *saved) {
  calltap__sessions_end_pending();
  atomic_store(&holder, 0);
  calltap__os_restore_signals(saved);
}

bool calltap__gate_make(void) {
  static bool made;
  made = made || calltap__os_wipe_on_fork(&calltap__gate, sizeof calltap__gate);
  return made;
}
