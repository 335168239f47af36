#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# kill -9 at a random moment, of eight threads: every call that the program itself counted is in the trace, at most one torn event a
# thread, and nothing behind it shifted. Every second round the moment may be one before the first call.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/endless.c" -o endless "${with_runtime[@]}"
threads=8
count_of() { od -An -tu8 -j $(($1 * 512)) -N 8 counts | tr -d ' '; }
started() { [ "$(count_of 2)" -gt 1000 ]; }

# What each thread says of itself, the smallest first. A program that was killed before it could say anything made no calls.
count_calls() {
  local thread count
  for ((thread = 0; thread < threads; thread++)); do
    count=$(count_of $thread 2>/dev/null || true)
    echo "${count:-0}"
  done | sort -n
}

# The same of the trace. Each thread's arguments are 0, 1, 2, ...: a gap or a jump is a lost or shifted event.
trace_calls() {
  awk -v threads=$threads '
    { split($5, v, /[=)]/); if (v[2] != n[$3]++) { print "jump in " $3 " to " v[2]; exit failed = 1 } }
    END { if (failed) exit 1; for (t in n) { print n[t]; threads-- } while (threads-- > 0) print 0 }' text | sort -n
}

sum() { awk '{ sum += $1 } END { print sum }' "$1"; }

early=0 torn=0 calls=0
for round in $(seq "${CALLTAP_KILLS:-20}"); do
  rm -f counts t.cbor
  CALLTAP='work' CALLTAP_LIMIT=budget=0,bytes=8G CALLTAP_OUT=t.cbor ./endless counts $threads &
  pid=$!
  if [ $((round % 2)) = 0 ]; then
    sleep "0.0$(printf %02d $((RANDOM % 20)))"
  else
    waits 20 started
    sleep "0.00$((RANDOM % 9))"
  fi
  kill -9 $pid
  wait $pid 2>/dev/null || true
  pid=
  count_calls >counted
  if [ "$(sum counted)" = 0 ]; then
    early=$((early + 1))
    [ $((round % 2)) = 0 ] || fail "round $round: it made no calls"
    continue
  fi
  [ "$(stat -c %s t.cbor)" = $((8 << 30)) ] || fail "round $round: the session had ended before the kill"
  "$calltap" decode t.cbor >text 2>errors || [ $? = 3 ] || fail "round $round: decode failed: $(cat errors)"
  found=$(sed -n 's/.*incomplete: \([0-9]*\) unfinished record.*/\1/p' errors)
  [ "${found:-0}" -le $threads ] || fail "round $round: $(cat errors)"
  trace_calls >traced || fail "round $round: $(cat traced)"
  paste counted traced | awk '$2 < $1 || $2 > $1 + 1 { exit 1 }' || fail "round $round: counted and traced: $(paste counted traced)"
  torn=$((torn + ${found:-0}))
  calls=$((calls + $(sum traced)))
done
echo "$round kills, $early of them before the first call; $calls calls decoded, $torn events torn"
