#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The limits of a question are kept in the process: exactly so many calls however many threads call, with all their exits; rates,
# times, bytes and budgets.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
# ends STATUS ARGS: a trace of $pid, into `out` and `errors`.
ends() {
  local status=0
  "$calltap" trace "$pid" "${@:2}" >out 2>errors || status=$?
  [ "$status" -eq "$1" ] || fail "${*:2}: status $status: $(tail -3 errors)"
}
stopped() { grep -q "^stopped: $1" errors || fail "$1: $(cat errors)"; }
count() { [ "$(grep -c -e "$1" out)" -eq "$2" ] || fail "$(grep -c -e "$1" out) lines of $1, not $2: $(tail -1 errors)"; }
for threads in 1 2 8; do
  start_asked "$threads"
  for calls in 1 7 1000 10000; do
    for round in 1 2; do
      [ "$calls" -lt 1000 ] || [ "$round" = 1 ] || continue
      commas=${calls/%000/,000}
      ends 0 'two' 'three' -n $calls
      count '(n=' $calls
      stopped "$commas call.* (-n $calls), 0 rejected, 0 faults, 0 lost, 0 open"
      ends 0 'two -> return' 'three -> return' -n $calls
      count '(n=' $calls
      count ' --> ' $calls
      stopped "$commas call.* (-n $calls), 0 rejected, 0 faults, 0 lost, 0 open"
    done
  done
  ends 0 'one -> return when elapsed >= 0s' -n 7
  count ' --> ' 7
  clean "limits of calls, $threads threads"
  end_asked
done
start_asked 2 100
# A rate: the first that is too many ends it, or is dropped and counted where it would have been, and it goes on.
ends 0 'one' -n 5/1s
count one 5
stopped '5 calls (-n 5/1s)'
ends 3 'one' -n 5/100ms --policy drop --for 1s
grep -q 'lost.*rate' out || fail "nothing is said of the rate: $(head out)"
[ "$(sed -n '1,/lost/!p' out | grep -c one)" -ge 5 ] || fail "it did not go on: $(tail out)"
calls=$(grep -c 'one(' out)
[ "$calls" -ge 10 ] && [ "$calls" -le 55 ] || fail "$calls calls in 1 s of 5 in 100 ms"
# A time, though no event ever comes.
ends 4 'never' --for 300ms
stopped '0 calls (--for 300ms)'
# Bytes.
ends 0 'one' 'two' 'three' -n 0 --limit bytes=100k || fail "$(cat errors)"
stopped '.*bytes=100k'
clean "limits"
end_asked
# A budget: the hot function is disarmed, and the trace says so; the session goes on with the others.
start_asked 1
ends 0 'hot when n == 999' 'never' -n 0 --limit budget=1 --for 1s
grep -q disarmed out errors || fail "nothing is said of the budget: $(cat errors)"
stopped '.*(--for 1s)'
clean "a budget"
status=0
"$calltap" count "$pid" hot two --limit budget=1 --for 1s >out 2>errors || status=$?
[ $status = 0 ] && grep -Eq '^ +[0-9]+  asked:hot/1  \(a part\)$' out && grep -Eq '^ +[0-9]+  asked:two/1$' out || fail "count: $status: $(cat out)"
grep -q ', 1 function disarmed by the budget of CPU time, what is known of it is only a part: asked:hot$' errors || fail "count: $(cat errors)"
# A session that dropped a function leaves no hook of it on when another, which asked it too, ends first.
"$calltap" trace "$pid" 'hot when n == 999' 'never' -n 0 --limit budget=1 --for 60s --session drops >out1 2>errors1 &
others+=($!)
"$calltap" trace "$pid" 'hot when n < 0' 'two when n < 0' -n 0 --limit budget=0 --for 60s --session keeps >out2 2>errors2 &
others+=($!)
has_dropped() { "$calltap" info "$pid" drops | grep -q 'disarmed: [1-9]'; }
waits 10 has_dropped
waits 10 has_sessions 2
"$calltap" stop "$pid" keeps >/dev/null
"$calltap" stop "$pid" drops >/dev/null
clean "a function that one session dropped and another asked"
end_asked
