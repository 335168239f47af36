#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Eight sessions at once in one process, each with its own functions and threads: none sees what another asks, and none ends
# with another. Afterwards the process is as it was before.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
start_asked 4 200
is_clean "$pid" || fail "before anything was asked: $(cat code)"
names=(one two three four five six seven eight)
commands=()
for i in "${!names[@]}"; do
  "$calltap" trace "$pid" "${names[i]} -> return" "*:${names[(i + 1) % 8]}/1" --session "s$i" -t "w-$((i % 4))" -n 0 --for 60s --limit budget=0 \
    >"out$i" 2>"errors$i" &
  commands+=($!)
  others+=($!)
done
waits 10 has_sessions 8
enough() { [ "$(wc -l <"$1")" -ge "$2" ]; }
for i in "${!names[@]}"; do waits 10 enough "out$i" 20; done
# Refused: a ninth, and a name that is there.
status=0
"$calltap" trace "$pid" one --session ninth >refused 2>&1 || status=$?
[ $status -eq 1 ] || fail "a ninth session: status $status"
grep -q 'all 8 places have a session' refused || fail "a ninth session: $(cat refused)"
"$calltap" stop "$pid" s7 >/dev/null
waits 5 has_sessions 7
status=0
"$calltap" trace "$pid" one --session s0 >same 2>&1 || status=$?
[ $status -eq 1 ] || fail "the same name twice: status $status"
grep -q 'of that name is there already' same || fail "the same name twice: $(cat same)"
# The hooks that s7 shared with s6 (eight) and s0 (one) are still on.
has_later() { [ "$(grep -c ":$1" "out$2")" -gt "$3" ]; }
waits 5 has_later eight 6 "$(grep -c :eight out6)"
waits 5 has_later one 0 "$(grep -c :one out0)"
for i in 0 1 2 3 4 5 6; do
  "$calltap" stop "$pid" "s$i" >/dev/null || fail "stop s$i said $?"
done
for i in "${!names[@]}"; do
  wait "${commands[i]}" || fail "the command of s$i said $?: $(cat "errors$i")"
  ! grep -vE " w-$((i % 4))/[0-9]+ .*:(${names[i]}|${names[(i + 1) % 8]})[(/]" "out$i" >strange || fail "s$i: $(head -3 strange)"
  grep -q 'stopped by another command' "errors$i" || fail "s$i: $(cat "errors$i")"
  grep -q ", 0 lost, " "errors$i" || fail "s$i: $(cat "errors$i")"
done
clean "after eight sessions"
# One after another: memory is used again.
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"; }
one_more() { "$calltap" trace "$pid" "${names[$1 % 8]} -> return" -n 3 >/dev/null 2>errors || fail "session $1: $?: $(cat errors)"; }
for i in $(seq 50); do one_more "$i"; done
before=$(resident)
for i in $(seq "${CALLTAP_SESSIONS:-150}"); do one_more "$i"; done
after=$(resident)
[ $((after - before)) -lt 512 ] || fail "from $before to $after kB"
clean "after many sessions"
end_asked
