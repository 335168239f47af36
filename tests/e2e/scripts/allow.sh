#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# CALLTAP_ALLOW, the ceiling of a process's owner: with `scalars` no contents of memory, structs by value included, are in a trace; `count` and
# `off` refuse what goes beyond, in the variable, which is said, and to a command.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
cat >p.c <<'C'
#include <stdio.h>
#include <string.h>
#define KEEP __attribute__((noinline))
struct card { char number[32]; long pin; };
volatile long sink;
KEEP long pay(struct card c, const char *who, double sum, int n) { return sink = c.pin + who[0] + (long)sum + n; }
KEEP struct card issue(int n) {
  struct card c = {"", n};
  strcpy(c.number, "4000-1234");
  sink = n;
  return c;
}
int main(void) {
  pay(issue(1), "mallory", 2.5, 7);
  getchar();
  return 0;
}
C
cc 14 -w -O1 p.c -o p "${with_runtime[@]}"
traced() { # ALLOW RULES
  rm -f t.cbor
  CALLTAP_ALLOW=$1 CALLTAP=$2 CALLTAP_OUT=t.cbor ./p </dev/null 2>said || fail "the program: $?"
}
traced values 'pay -> return; issue -> return'
[ ! -s said ] && grep -q mallory t.cbor && grep -q 4000-1234 t.cbor || fail "values: $(cat said)"
traced scalars 'pay -> return; issue -> return'
[ ! -s said ] || fail "scalars: $(cat said)"
! grep -q 'mallory\|4000-1234' t.cbor || fail "scalars: contents of memory are in the trace"
normal t.cbor >text
grep -qx '#2 p:pay(c=..., who=0xP, sum=2.5, n=7)' text || fail "scalars: $(cat text)"
grep -qx '#1 p:issue/1 --> ...' text || fail "scalars: $(cat text)"
traced scalars 'pay(c, who) -> message(who->*)'
grep -q 'CALLTAP_ALLOW=scalars' said && [ ! -e t.cbor ] || fail "scalars: $(cat said)"
traced count pay
grep -q 'CALLTAP_ALLOW=count' said && [ ! -e t.cbor ] || fail "count: $(cat said)"
traced count 'pay -> count'
[ ! -s said ] && [ -e t.cbor ] || fail "count: $(cat said)"
traced off 'pay -> count'
grep -q 'CALLTAP_ALLOW=off' said && [ ! -e t.cbor ] || fail "off: $(cat said)"

# The same for who asks by the command.
mkfifo go.fifo
CALLTAP_ALLOW=count ./p <go.fifo &
pid=$!
exec 3>go.fifo
waits 10 is_ready
status=0
"$calltap" trace "$pid" pay >out 2>&1 || status=$?
[ $status = 1 ] && grep -q 'CALLTAP_ALLOW=count' out || fail "trace: $status: $(cat out)"
"$calltap" count --detach --for 60s "$pid" pay 2>out || fail "count: $(cat out)"
"$calltap" doctor "$pid" >out || fail "doctor: $(cat out)"
grep -q '^note .*counters only.*CALLTAP_ALLOW=count' out || fail "doctor: $(cat out)"
exec 3>&-
wait "$pid" || fail "the program: $?"
CALLTAP_ALLOW=off ./p <go.fifo &
pid=$!
exec 3>go.fifo
waits 10 is_ready
status=0
"$calltap" doctor "$pid" >out || status=$?
[ $status = 1 ] && grep -q '^bad .*CALLTAP_ALLOW=off' out || fail "doctor: $status: $(cat out)"
for options in '' --json '--every 10ms --for 100ms'; do
  status=0
  # shellcheck disable=SC2086 # words
  "$calltap" stacks $options "$pid" >out 2>&1 || status=$?
  [ $status = 1 ] && [ "$(cat out)" = "calltap: stacks: $pid: the owner of this process allows no tracing (CALLTAP_ALLOW=off)" ] ||
    fail "stacks $options: $status: $(cat out)"
done
exec 3>&-
wait "$pid" || fail "the program: $?"
pid=
