#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# kill -9 at a random moment: every call that the program itself counted is in the trace, at most one
# torn event a thread, and nothing behind it shifted.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/endless.c" -o endless "${with_runtime[@]}"
started() { [ "$(od -An -tu8 -j $((2 * 512)) -N 8 counts)" -gt 1000 ]; }
for round in $(seq "${CALLTAP_KILLS:-20}"); do
  rm -f counts t.cbor
  CALLTAP='work' CALLTAP_LIMIT=budget=0,bytes=8G CALLTAP_OUT=t.cbor ./endless counts 3 &
  pid=$!
  waits 20 started
  sleep "0.0$((RANDOM % 90 + 10))"
  kill -9 $pid
  wait $pid 2>/dev/null || true
  [ "$(stat -c %s t.cbor)" = $((8 << 30)) ] || fail "round $round: the session had ended before the kill"
  "$calltap" decode t.cbor >text 2>errors || [ $? = 3 ] || fail "round $round: decode failed: $(cat errors)"
  torn=$(sed -n 's/.* \([0-9]*\) torn.*/\1/p' errors | head -1)
  [ "${torn:-0}" -le 3 ] || fail "round $round: $(cat errors)"
  for thread in 0 1 2; do
    counted=$(od -An -tu8 -j $((thread * 512)) -N 8 counts | tr -d ' ')
    echo "$counted"
  done | sort -n >counted
  # Each thread's arguments are 0, 1, 2, ...: a gap or a jump is a lost or shifted event.
  awk '{ split($5, v, /[=)]/); if (v[2] != n[$3]++) { print "jump in " $3 " to " v[2]; exit 1 } }
       END { for (t in n) print n[t] }' text >traced || fail "round $round: $(cat traced)"
  sort -n traced -o traced
  paste counted traced | awk '$2 < $1 || $2 > $1 + 1 { exit 1 }' || fail "round $round: counted and traced: $(paste counted traced)"
done
