#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Which threads a session asks, of such that stay, come, go, and change their names; and what a change of that does while they run.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/staff.c" -o staff "${with_runtime[@]}"
./staff >said 2>&1 &
pid=$!
waits 10 is_ready
named() { cat /proc/"$pid"/task/*/comm | grep -qx "$1"; }
waits 10 named w-3

# asked SPEC: the names of the threads that some calls are from, each once; of those that live short, `b`.
asked() {
  "$calltap" trace "$pid" work -n 300 --for 20s -t "$1" --json >out 2>errors || fail "-t $1: $(cat errors)"
  python3 -c 'import json,sys
print(" ".join(sorted({e["thread"].split("-")[0] if e["thread"][0] == "b" else e["thread"] for e in map(json.loads, sys.stdin) if e["event"] == "call"})))' <out
}
# only SPEC NAMES
only() {
  local got
  got=$(asked "$1")
  [ "$got" = "$2" ] || fail "-t $1: '$got', not '$2'"
}
only main staff
only w-2 w-2
only 'w-[12]' 'w-1 w-2'
only 'w-*,-w-0' 'w-1 w-2 w-3'
only 'main,w-0' 'staff w-0'
only new b
only 'existing,-main,-b-*' 'w-0 w-1 w-2 w-3'
only 'all,-b-*,-main' 'w-0 w-1 w-2 w-3'
tid=$({ grep -lx w-1 /proc/"$pid"/task/*/comm 2>/dev/null || true; } | sed -E 's,.*/task/([0-9]+)/comm,\1,')
only "$tid" w-1
only "all,-$tid,-b-*" 'staff w-0 w-2 w-3'
kill -USR1 "$pid"
waits 10 named changed
only 'changed,w-2' 'changed w-2'

# What is no spec, and whom nobody is.
for spec in 'main,,new' '-' '+children,' ''; do
  status=0
  "$calltap" trace "$pid" work -n 1 -t "$spec" >out 2>errors || status=$?
  [ $status = 1 ] && [ -s errors ] || fail "-t '$spec': status $status: $(cat errors)"
done
status=0
"$calltap" trace "$pid" work -n 1 --for 100ms -t nobody >out 2>errors || status=$?
[ $status = 4 ] || fail "-t nobody: status $status: $(cat errors)"

# Changed while threads come and go, many times: each change holds for every thread, and only then.
"$calltap" record "$pid" work -n 0 --for 60s --limit budget=0 --session s -t w-0 -o changes.cbor >recorded 2>&1 &
others+=($!)
recording=$!
waits 10 has_sessions 1
for round in $(seq 40); do
  "$calltap" change "$pid" s "threads=w-$((round % 3))" >/dev/null || fail "change, round $round"
done
"$calltap" change "$pid" s threads=new >/dev/null
"$calltap" stop "$pid" s >/dev/null
wait $recording || fail "record: $(cat recorded)"
"$calltap" decode --format json changes.cbor | python3 -c 'import json,sys
names = {e["thread"] for e in map(json.loads, sys.stdin) if e["event"] == "call"}
strangers = {n for n in names if n not in ("w-0", "w-1", "w-2") and not n.startswith("b-")}
sys.exit(f"threads that were not asked: {strangers}" if strangers or len(names & {"w-0", "w-1", "w-2"}) < 3 else 0)' || fail "changes"
clean "thread specs"
kill "$pid"
wait "$pid" || fail "the program: $(cat said)"
pid=
grep -q '^right' said || fail "the program: $(cat said)"
