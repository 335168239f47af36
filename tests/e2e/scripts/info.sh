#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `info` says of a session that nobody waits for, with its tables while it runs and when it has ended, and of trace files.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
start_asked 2 500
"$calltap" count "$pid" 'one; never' --for 60s --limit budget=0 --detach --session counted 2>/dev/null
"$calltap" record "$pid" two -n 5 -o two.cbor 2>/dev/null || fail "record: $?"
"$calltap" record "$pid" three --for 60s --limit budget=0 --detach --session runs -o runs.cbor 2>/dev/null || fail "record --detach: $?"
cp runs.cbor running.cbor
"$calltap" stop "$pid" runs >/dev/null
counts() { "$calltap" info "$pid" counted --json | sed -n 's/.*"mfa":"asked:\([a-z]*\).*"count":\([0-9]*\)}$/\1 \2/p'; }
counted() { [ "$(counts | sed -n 's/^one //p')" -gt "${1:-0}" ]; }
waits 10 counted
"$calltap" info "$pid" counted >text || fail "text: $?"
grep -Eq '^ +[1-9][0-9,]*  asked:one/1$' text || fail "one: $(cat text)"
grep -Eq '^ +0  asked:never/1$' text || fail "never: $(cat text)"
before=$(counts | sed -n 's/^one //p')
waits 10 counted "$before"
"$calltap" info "$pid" >all
grep -Eq '^  private code: [1-9][0-9]* kB$' all || fail "private code: $(cat all)"
! grep -q 'asked:one/1' all || fail "tables of sessions that nobody named: $(cat all)"
"$calltap" stop "$pid" counted >/dev/null
counts >ended
grep -Eq '^one [1-9]' ended && grep -qx 'never 0' ended || fail "ended: $(cat ended)"
# Ended ones are not taken for others, and numbers have their units.
"$calltap" info "$pid" >text
for line in '  session counted (ended)' '  signal: SIGURG (23)'; do
  grep -qxF "$line" text || fail "no '$line' in: $(cat text)"
done
! grep -q cost_ns text || fail "cost: $(cat text)"
clean info
end_asked
# A process namespace of its own, as `ps` asks all processes of the user.
if [ "$(id -u)" = 0 ] && unshare -pf --mount-proc true 2>/dev/null; then
  cat >ps.sh <<'S'
./asked 1 500 >/dev/null &
asked=$!
until "$1" info $asked >/dev/null 2>&1; do [ $SECONDS -lt 20 ] || exit 2; done
"$1" count $asked one --for 60s --session ends --detach 2>/dev/null
"$1" count $asked one --for 60s --session goes-on --detach 2>/dev/null
"$1" stop $asked ends >/dev/null
"$1" info $asked >text
"$1" ps
kill -9 $asked
S
  unshare -pf --mount-proc bash ps.sh "$calltap" >out 2>errors || true
  grep -Eq ' asked +goes-on$' out || fail "ps: $(cat out errors)"
  grep -Eqx '    cost: [0-9.]+ [num]?s' text && grep -qx '  session goes-on' text || fail "info: $(cat text)"
fi

# What threads are in, with how long: entered before another call that has ended since.
cat >waits.c <<'C'
#include <pthread.h>
#include <unistd.h>
#define KEEP __attribute__((noinline))
KEEP int waits(int n) { return pause() + n; }
KEEP int beats(int n) { __asm__ volatile(""); return usleep(1000) + n; }
static void *work(void *p) { while (1) waits(1); return p; }
int main(void) { pthread_t t; usleep(1000); if (pthread_create(&t, 0, work, 0)) return 1; while (1) beats(2); }
C
cc 14 -w -O1 -pthread waits.c -o waits "${with_runtime[@]}"
CALLTAP='waits:waits -> return; waits:beats -> return' CALLTAP_OUT=waits.cbor ./waits &
pid=$!
waits 10 is_ready
is_open() { "$calltap" info "$pid" env --json >open && grep -q '"mfa":"waits:waits/1"' open; }
waits 10 is_open
sed 1d open | python3 -c 'import json,sys
calls = [json.loads(line) for line in sys.stdin]
assert 1 <= len(calls) <= 2 and all(c["open_ns"] > 0 for c in calls), calls
assert [c["mfa"] for c in calls].count("waits:waits/1") == 1, calls
assert [c["t_ns"] for c in calls] == sorted(c["t_ns"] for c in calls), calls' || fail "open calls: $(cat open)"
"$calltap" info "$pid" env >text || fail "text: $?"
grep -qx 'open calls' text && grep -q 'waits:waits(n=1)' text && grep -Eq '^  open +[0-9]' text || fail "open calls: $(cat text)"
kill "$pid"
wait "$pid" 2>/dev/null || true
pid=

"$calltap" info two.cbor >text || fail "the file: $?"
for line in 'program: asked' 'rule: two' 'threads: [12]' 'events: 5' 'calls: 5' 'end: calls' 'lost: 0'; do
  grep -Eqx "  $line" text || fail "no '$line' in: $(cat text)"
done
"$calltap" info --json two.cbor | python3 -c 'import json,sys
i = json.load(sys.stdin)
sys.exit(not (i["calls"] == i["events"] == 5 and i["rules"].strip() == "two" and i["file"] == "two.cbor"))' || fail "JSON"
"$calltap" info running.cbor | grep -q '  end: not there' || fail "a trace of a session that runs: $("$calltap" info running.cbor)"
status=0
"$calltap" info "$0" >text 2>errors || status=$?
[ $status = 2 ] && grep -q 'is not a Calltap trace' errors || fail "no trace: status $status: $(cat errors)"
