#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Rules in a file are read again when the session of the variable is switched on, by the command and by the signal: unchanged ones go on in
# the same trace, changed ones in another; what is wrong in them is said, and the session stays off.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
cat >p.c <<'C'
#include <signal.h>
#include <unistd.h>
#define KEEP __attribute__((noinline))
static volatile sig_atomic_t over;
static void on_term(int n) { (void)n; over = 1; }
KEEP int one(int n) { __asm__ volatile(""); return n + 1; }
KEEP int two(int n) { __asm__ volatile(""); return n + 2; }
int main(void) {
  signal(SIGTERM, on_term);
  for (int i = 0; !over; i++) { one(i); two(i); usleep(1000); }
  return 0;
}
C
cc 14 -w -O1 p.c -o p "${with_runtime[@]}"
echo 'one(n) -> return # a comment' >rules
CALLTAP='main; @rules' CALLTAP_OUT='t.{pid}.cbor' ./p 2>said &
pid=$!
first=t.$pid.cbor second=t.$pid.cbor.1
waits 10 is_ready
toggles() { # WANTED
  "$calltap" toggle "$pid" >out 2>&1 || true
  grep -q "$1" out || fail "toggle: $(cat out), not $1"
}
functions() { "$calltap" decode --format csv "$1" 2>/dev/null | grep -Eo 'p:(one|two|main)/[0-9]' | sort -u | tr '\n' ' '; }
saw() { [ "$(functions "$1")" = "$2" ]; }
info() { "$calltap" info "$pid"; }
waits 10 saw "$first" 'p:main/0 p:one/1 '
# Unchanged.
toggles 'is off'
toggles 'is on'
[ ! -e "$second" ] || fail "another trace, though nothing changed"
# Wrong rules, no file: it stays off, and says why.
toggles 'is off'
printf 'one\ntwo(n when\n' >rules
toggles 'stays off: rules: line 2: '
info | grep -q 'problem: rules: line 2: ' || fail "info: $(info)"
rm rules
toggles 'stays off: .*rules: the rules cannot be read: there is no such file'
# By the signal, too, without a word.
kill -URG "$pid"
is_told() { info | grep -q 'state: off'; }
waits 10 is_told
[ ! -s said ] || fail "it said: $(cat said)"
# Others: by the signal.
echo 'two(n) -> return' >rules
kill -URG "$pid"
waits 10 saw "$second" 'p:two/1 '
info | grep -q 'problem' && fail "info: $(info)"
"$calltap" info "$first" >about || true
grep -q 'rules' about || fail "why the first ended: $(cat about)"
# Off, back to the first ones: a third trace. And on again without a change.
toggles 'is off'
echo 'one' >rules
toggles 'is on'
waits 10 saw "t.$pid.cbor.2" 'p:one/1 '
toggles 'is off'
toggles 'is on'
[ ! -e "t.$pid.cbor.3" ] || fail "a trace too many"
kill "$pid"
wait "$pid" || fail "the program: $?"
[ "$(functions "$first")" = 'p:main/0 p:one/1 ' ] || fail "the first: $(functions "$first")"
pid=
