#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# ring=SIZE: the file keeps its size and the newest events, each thread's without a gap; what is older is counted; what a thread holds
# is not taken from it, what ended threads held is; it is whole after kill -9, and while it is written; `record` and `cut` know it.
. "$(dirname "$0")/../../support/lib.sh"
programs=$CALLTAP_SOURCE/tests/e2e/programs
cc 14 -O2 -pthread "$programs/recorder.c" -o recorder "${with_runtime[@]}"
rules='step -> return; inner -> return; wait_inside -> return'
check() { python3 "$programs/recorded.py" "$@"; }
# number NAME: what `info` says of t.cbor.
number() { sed -n "s/^  $1: //p" said; }
info() { "$calltap" info t.cbor >said 2>info-errors || [ $? = 3 ] || fail "info: $(cat info-errors)"; }

# Eight busy threads, and three that stay inside of a call all the time: their calls are the oldest, and are kept.
CALLTAP=$rules CALLTAP_LIMIT=budget=0,ring=1M CALLTAP_OUT=t.cbor ./recorder counts 8 20000 3
"$calltap" decode t.cbor >text 2>errors || fail "decode: $? $(cat errors)"
events=$(check text 20000) || fail "$(cat errors)"
info
made=$((8 * 20000 * 4 + 3 * 2 * 2))
[ $(($(number calls) + $(number exits) + $(number overwritten))) = $made ] || fail "of $made events: $(cat said)"
[ "$events" -gt 20000 ] || fail "only $events events are kept"
grep -q "note: $(number overwritten) older events were overwritten" errors || fail "$(cat errors)"
[ "$(grep -c "^[^ ]* [0-9]* ... $(number overwritten) older events overwritten$" text)" = 1 ] || fail "$(grep overwritten text)"
[ "$(grep -c 'wait_inside(thread=' text)" = 6 ] && [ "$(grep -c 'wait_inside/1 -->' text)" = 6 ] || fail "$(grep wait_inside text)"
[ "$(stat -c %s t.cbor)" -le $((1200 << 10)) ] || fail "a ring of 1M has $(stat -c %s t.cbor) bytes"
"$calltap" decode --format json t.cbor 2>/dev/null >events.json
grep -q '"event":"lost","cause":"overwritten","count":' events.json || fail "$(head -3 events.json)"
"$calltap" cut t.cbor --last 1000s -o part.cbor 2>errors && "$calltap" decode part.cbor >part 2>>errors || fail "cut: $(cat errors)"
diff <(sed 's/ (entered.*//' text) <(sed 's/ (entered.*//' part) >differences || fail "cut: $(head -5 differences)"

# More threads than chunks: what those without one do is lost and counted; what is there is true.
CALLTAP=$rules CALLTAP_LIMIT=budget=0,ring=256k CALLTAP_OUT=t.cbor ./recorder counts 3 5000 20
"$calltap" decode t.cbor >text 2>errors && fail "nothing lost with more threads than chunks"
[ $? = 3 ] || fail "$(cat errors)"
info
[ "$(number lost)" -gt 0 ] || fail "$(cat said)"
made=$((3 * 5000 * 4 + 20 * 2 * 2))
[ $(($(number calls) + $(number exits) + $(number overwritten) + $(number lost))) = $made ] || fail "of $made events: $(cat said)"

# What threads had that have ended is given to others.
CALLTAP=$rules CALLTAP_LIMIT=budget=0,ring=256k CALLTAP_OUT=t.cbor ./recorder counts 2 2000 0 100
"$calltap" decode t.cbor >text 2>errors || fail "ended threads: $(cat errors)"
check text 2000 >/dev/null
info
made=$((100 * 2 * 2000 * 4))
[ $(($(number calls) + $(number exits) + $(number overwritten))) = $made ] || fail "of $made events: $(cat said)"

# A signal handler that takes chunks in the middle of hooks, and in the middle of taking one.
cc 14 -O2 "$programs/handler.c" -o handler "${with_runtime[@]}"
CALLTAP='in_main; in_handler -> return' CALLTAP_LIMIT=budget=0,ring=256k CALLTAP_OUT=t.cbor ./handler >made || fail "a wrong result"
read -r calls handled <made
"$calltap" decode --function in_main -o text t.cbor 2>errors || fail "handler: $(cat errors)"
awk '/in_main\(/ { split($0, v, /[=)]/); if (n++ && v[2] != (last + 1) % 65536) exit 1; last = v[2] } END { exit n < 1000 }' text ||
  fail "handler: a gap in $(wc -l <text) lines"
info
# A handler between a hook's count and its event may have that event counted in the chunk before: one in millions.
made=$((calls + 2 * 20 * handled))
off=$(($(number calls) + $(number exits) + $(number overwritten) - made))
[ "${off#-}" -le 8 ] || fail "of $made events: $(cat said)"

# A child has a ring of its own, from its first event on, and the parent's goes on: neither has anything of the other, and both count what is
# gone.
cc 14 -O2 "$programs/forked.c" -o forked "${with_runtime[@]}"
for calls in 1 40000; do
  rm -f f.cbor*
  CALLTAP='before; in_parent; in_child' CALLTAP_LIMIT=budget=0,ring=256k CALLTAP_OUT=f.cbor ./forked $calls || fail "the program failed: $?"
  for file in f.cbor f.cbor.*; do
    cp "$file" t.cbor
    "$calltap" decode t.cbor >text 2>errors || fail "fork: $file: $(cat errors)"
    info
    case $file in
      f.cbor) made=$((2 * calls)) own='before|in_parent' last="in_parent(n=$((calls - 1)))" ;;
      *) made=$((2 * calls)) own=in_child last="in_child(n=$((2 * calls - 1)))" ;;
    esac
    grep -q '(n=' text || fail "fork: nothing in $file"
    grep '(n=' text | grep -Evq "forked:($own)\(" && fail "fork: $file has $(grep '(n=' text | grep -Ev "forked:($own)\(" | head -1)"
    [[ $(grep '(n=' text | tail -1) == *"$last" ]] || fail "fork: $file ends with $(tail -1 text)"
    awk -F'[=)]' '/\(n=/ { if (n++ && $2 != last + 1 && $2 != 0) exit 1; last = $2 }' text || fail "fork: a gap in $file"
    [ $(($(number calls) + $(number overwritten))) = $made ] || fail "fork: $file, of $made events: $(cat said)"
  done
  [ "$(echo f.cbor*)" != f.cbor ] || fail "the child has no file"
done

# What the thread is tagged with holds for what is kept.
CALLTAP='step(thread, n) -> tag(thread + 7); inner' CALLTAP_LIMIT=budget=0,ring=256k CALLTAP_OUT=t.cbor ./recorder counts 1 50000
"$calltap" decode t.cbor >text 2>errors || fail "tags: $(cat errors)"
grep -q inner text || fail "$(head text)"
grep 'inner(' text | grep -qv '\[7\]' && fail "an event without its tag: $(grep 'inner(' text | grep -v '\[7\]' | head -1)"

# Killed at a random moment; before, it is read while it is written.
started() { [ "$(od -An -tu8 -j 512 -N 8 counts)" -gt 20000 ]; }
for round in $(seq "${CALLTAP_KILLS:-4}"); do
  rm -f counts t.cbor
  size=$((round % 3 * 384 + 256))
  CALLTAP=$rules CALLTAP_LIMIT=budget=0,ring=${size}k CALLTAP_OUT=t.cbor ./recorder counts 2 0 &
  pid=$!
  waits 20 started
  "$calltap" decode t.cbor >text 2>errors || [ $? = 3 ] || fail "round $round, alive: $(cat errors)"
  check text any || fail "round $round, alive"
  sleep "0.0$((RANDOM % 90 + 10))"
  kill -9 $pid
  wait $pid 2>/dev/null || true
  pid=
  "$calltap" decode t.cbor >text 2>errors || [ $? = 3 ] || fail "round $round: $(cat errors)"
  grep -q 'has no end' errors || fail "round $round: the session had ended before the kill: $(cat errors)"
  check text counts 2 1 >/dev/null || fail "round $round: $(cat errors)"
done

# A file that has no name any more when the program dies is in its core.
if [ "$(cat /proc/sys/kernel/core_pattern)" = core ]; then
  rm -f counts t.cbor
  (
    ulimit -c unlimited
    exec env "CALLTAP=$rules" CALLTAP_LIMIT=budget=0,ring=1M CALLTAP_OUT=t.cbor ./recorder counts 2 0
  ) &
  pid=$!
  waits 20 started
  rm t.cbor
  kill -ABRT $pid
  wait $pid 2>/dev/null || true
  pid=
  "$calltap" decode core* >text 2>errors || [ $? = 3 ] || fail "core: $(cat errors)"
  check text counts 2 1 >/dev/null || fail "core: $(cat errors)"
  rm core*
fi

# By a command, into a file; not for what is read as it comes.
rm -f counts
CALLTAP_LIMIT=budget=0 ./recorder counts 2 0 &
pid=$!
waits 20 started
"$calltap" record $pid 'step' 'inner' --limit ring=256k,budget=0 --for 300ms -n 0 -o r.cbor 2>errors || fail "record: $? $(cat errors)"
grep -Eq '0 lost, 0 open, [0-9,]+ older overwritten' errors || fail "$(cat errors)"
"$calltap" decode r.cbor >text 2>errors || fail "record: $(cat errors)"
"$calltap" trace $pid 'step' --limit ring=256k 2>errors && fail "a ring that is read as it comes"
grep -q 'calltap record' errors || fail "$(cat errors)"
kill -9 $pid
wait $pid 2>/dev/null || true
pid=

# Bad sizes are refused with a reason.
complains() {
  env "CALLTAP_LIMIT=$2" CALLTAP='step' CALLTAP_OUT=n.cbor ./recorder counts 1 1 2>errors
  [ ! -e n.cbor ] && grep -q "$1" errors || fail "$2: $(cat errors)"
}
complains 'from 256k to 16G' ring=100k
complains 'from 256k to 16G' ring=0
complains 'give one of them' bytes=1M,ring=1M
(
  ulimit -f 1000
  complains 'too small' ring=4M
)
