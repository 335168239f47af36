#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The command dies at any moment, alone or with the child that watches it; or the process that is traced dies, becomes another program
# or forks: nothing stays on, and what is left says what happened.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
start_asked 3 200
directory=/dev/shm/calltap-$(id -u)
left_files() { find "$directory" -name "asked.$pid.*" 2>/dev/null; }
for round in $(seq "${CALLTAP_KILLS:-20}"); do
  "$calltap" trace "$pid" 'one -> return' 'two' -n 0 --for 60s --limit budget=0 --session "killed$round" >out 2>errors &
  command=$!
  sleep "0.0$((RANDOM % 40))$((RANDOM % 10))" # a random moment; what is waited for is below
  kill -9 $command
  wait $command 2>/dev/null || true
  clean "round $round"
done
has_no_files() { [ -z "$(left_files)" ]; }
waits 3 has_no_files
# The child too: the deadline ends the session.
"$calltap" trace "$pid" one -n 0 --for 2s --limit budget=0 >out 2>errors &
command=$!
waits 5 has_sessions 1
watchdog=$(cat "/proc/$command/task/$command/children")
# shellcheck disable=SC2086 # it is one number, with a space
kill -9 $watchdog $command
wait $command 2>/dev/null || true
has_sessions 1 || fail "the session was over before its deadline"
clean "the deadline"
end_asked
# The process dies while it is traced.
start_asked 2 200
rm out
"$calltap" trace "$pid" one -n 0 --for 60s --limit budget=0 >out 2>errors &
command=$!
others+=("$command")
has_some() { [ -s out ]; }
waits 5 has_some
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
pid=
is_told() { grep -q "^stopped: .*the process is gone" errors; }
waits 5 is_told
wait $command || [ $? -eq 3 ] || fail "the process was killed: the command said $?"

# What it recorded stays, and is counted.
start_asked 2 200
"$calltap" record -o "$work/killed.cbor" "$pid" one --for 60s --limit budget=0 2>errors &
command=$!
others+=("$command")
has_calls() { "$calltap" info --json "$pid" | grep -qE '"calls":[1-9]'; }
waits 5 has_calls
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
pid=
wait $command || [ $? -eq 3 ] || fail "the recorded process was killed: the command said $?: $(cat errors)"
calls=$("$calltap" decode killed.cbor 2>/dev/null | grep -c '(')
grep -q "^calltap: trace: .*/killed.cbor ($calls calls*)\$" errors || fail "$calls calls were recorded: $(cat errors)"
[ "$calls" -gt 0 ] || fail "nothing was recorded"
