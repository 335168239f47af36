#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A signal handler that leaves hooks by siglongjmp keeps the places of the sessions that they were of: no more than these, which is said
# then; nothing is armed, the program goes on, and when the thread ends the places are free again.
. "$(dirname "$0")/../../support/lib.sh"
. "$CALLTAP_SOURCE/tests/support/asked.sh"
build_asked jumper
# What was written there last stays mapped with the place; the code is what its file says.
disarmed() {
  waits 5 has_sessions 0
  is_clean || ! grep -qv '^mapped: ' code || fail "$1: $(cat code)"
}
./jumper >said 2>&1 &
pid=$!
waits 10 is_ready
is_refused=no
# Almost each session has a jump out of its hooks; eight are enough.
for ((i = 0; i < 60; i++)); do
  status=0
  "$calltap" count "$pid" 'leaf -> return, count' --for 100ms --limit budget=100 >out 2>errors || status=$?
  disarmed "session $i"
  [ $status = 1 ] || continue
  grep -q 'all 8 places have a session.*or a hook of one that ended is still at work' errors || fail "session $i: $(cat errors)"
  [ $i -ge 8 ] || fail "refused after $i sessions: $(cat errors)"
  is_refused=yes
  break
done
[ $is_refused = yes ] || fail "60 sessions, and no place was kept: what the README's limits say is not so any more"
kill -USR1 "$pid"
is_alone() { [ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]; }
waits 10 is_alone
status=0
"$calltap" count "$pid" leaf --for 100ms >out 2>errors || status=$?
[ $status = 4 ] && grep -q 'stopped: --for 100ms, 0 rejected' errors || fail "behind the thread: status $status: $(cat errors)"
clean "behind the thread"
kill "$pid"
wait "$pid" || fail "the program: $(cat said)"
grep -qx right said || fail "the program: $(cat said)"
pid=
