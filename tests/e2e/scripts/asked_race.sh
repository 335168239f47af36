#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Many commands start and stop sessions at once in a process with 64 threads: its results are right, what is said of each trace is so, and
# nothing is left.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
start_asked 64 500
end=$((SECONDS + ${CALLTAP_STRESS_SECONDS:-8}))
traced() { cat done* 2>/dev/null | grep -c traced; }
goes_on() { [ $SECONDS -lt $end ] || { [ $SECONDS -lt $((end + 60)) ] && [ "$(traced)" -lt 20 ]; }; }
# asks NUMBER: until the time is over, and enough was asked. A session that finds no place is refused, and what was not answered in time on a
# busy machine is told so: both are right.
asks() {
  local status count
  local calls=$(($1 * 7 + 1))
  while goes_on; do
    status=0
    timeout 120 "$calltap" trace "$pid" 'one -> return' 'two' "hot" -n $calls --for 60s --limit budget=0 --session "r$1" >"out$1" 2>"errors$1" || status=$?
    if [ $status -eq 1 ] && grep -q 'all 8 places have a session' "errors$1"; then
      echo refused >>"done$1"
      continue
    fi
    if [ $status -eq 2 ] && grep -q 'no answer in 5 s\|not answered in 5 s' "errors$1"; then
      echo unanswered >>"done$1"
      continue
    fi
    [ $status -eq 0 ] || { echo "session $1: status $status: $(cat "errors$1")" >>wrong; return; }
    count=$(grep -c '(n=' "out$1")
    [ "$count" -eq $calls ] || { echo "session $1: $count calls, not $calls: $(cat "errors$1")" >>wrong; return; }
    grep -q ', 0 lost, 0 open' "errors$1" || { echo "session $1: $(cat "errors$1")" >>wrong; return; }
    echo traced >>"done$1"
  done
}
for i in $(seq 20); do
  asks "$i" &
  others+=($!)
done
wait "${others[@]}"
[ ! -s wrong ] || fail "$(head -5 wrong)"
[ "$(traced)" -ge 20 ] || fail "only $(cat done* | sort | uniq -c)"
clean "after all"
end_asked
