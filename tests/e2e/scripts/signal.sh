#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The control signal from outside: off and on, a session that starts off, another signal, none, and a
# program without a session, which the signal must not harm.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/signals.c" -o signals "${with_runtime[@]}"

# The session records of a trace, in order.
sessions() { LC_ALL=C grep -aoE 'gsession.(start|pause|resume|end)' "$1" | sed -E 's/.*(start|pause|resume|end)/\1/' | paste -sd' '; }
begin() { # VARIABLES...: starts the program, sets pid
  rm -f out t.cbor
  env "$@" ./signals "${mode[@]}" >out &
  pid=$!
  waits 20 grep -q ready out
}
finish() {
  kill -TERM $pid
  wait $pid || fail "$1: the program's status is $?"
}
# The byte of a site in the running process: on or off.
entry=$(nm signals | awk '$3 == "beat" { print $1 }')
first_site() {
  local base
  base=$(awk '/r-xp.*signals$/ { split($1, a, "-"); print a[1] " " $3; exit }' "/proc/$pid/maps")
  local start=$((0x${base% *})) offset=$((0x${base#* }))
  dd if="/proc/$pid/mem" bs=16 count=1 iflag=skip_bytes skip=$((start + 0x$entry - offset)) status=none | od -An -tx1 | tr -d ' \n'
}
is_on() { first_site | grep -q e8; }
is_off() { ! first_site | grep -q e8; }
has_events() { "$calltap" decode t.cbor 2>/dev/null >text && grep -q beat text; }
mode=()

begin CALLTAP=beat CALLTAP_LIMIT=budget=0,bytes=1G CALLTAP_OUT=t.cbor
waits 20 is_on
kill -URG $pid
waits 20 is_off
kill -URG $pid
waits 20 is_on
waits 20 has_events
finish toggle
[ "$(sessions t.cbor)" = 'start pause resume end' ] || fail "toggle: $(sessions t.cbor)"
normal t.cbor >text
[ "$(sed -n 3p text)" = '#3 signals:beat(n=2)' ] || fail "toggle: $(head -3 text)"

begin CALLTAP=beat CALLTAP_START=off CALLTAP_LIMIT=budget=0,bytes=1G CALLTAP_OUT=t.cbor
is_off || fail "a session that starts off is on"
kill -URG $pid
waits 20 has_events
finish 'start off'
normal t.cbor >text
grep -q 'signals:beat(n=' text || fail "start off: no events"

begin CALLTAP=beat CALLTAP_SIGNAL=SIGUSR2 CALLTAP_LIMIT=budget=0,bytes=1G CALLTAP_OUT=t.cbor
waits 20 is_on
kill -USR2 $pid
waits 20 is_off
finish 'USR2'

begin CALLTAP=beat CALLTAP_SIGNAL=none CALLTAP_LIMIT=budget=0,bytes=1G CALLTAP_OUT=t.cbor
waits 20 is_on
kill -URG $pid
finish none
is_ended() { ! kill -0 $pid 2>/dev/null; }
waits 20 is_ended

# No session: the signal does nothing, and the program's own handler is its own.
begin
kill -URG $pid
finish 'no session'
mode=(own)
begin
kill -URG $pid
waits 20 sh -c "grep -q SigPnd /proc/$pid/status"
finish 'own handler'
grep -q '1 urgent' out || fail "the program's own handler did not get its signal: $(cat out)"
begin CALLTAP=beat CALLTAP_LIMIT=budget=0,bytes=1G CALLTAP_OUT=t.cbor
kill -URG $pid
finish 'own handler, with a session'
grep -q '1 urgent' out || fail "with a session: $(cat out)"
