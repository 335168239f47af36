#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Deep recursion, and very small stacks: nothing is lost on the way down, every exit that was seen is paired with its call, whatever ends the
# others.
. "$(dirname "$0")/../../support/lib.sh"
cxx 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/deep.cpp" -o deep -pthread "${with_runtime[@]}"
depth=1000000
./deep $depth >expected 2>grown || fail "untraced: $?"
CALLTAP='down -> return; last -> return; tries -> return' CALLTAP_LIMIT=bytes=1G,budget=0 CALLTAP_OUT=t.cbor \
  ./deep $depth >output 2>grown || fail "the program failed"
# What is kept of open calls is there when the thread makes its first event, and is bounded.
[ "$(sort -n grown | tail -1)" -le 64 ] || fail "the memory grew by $(paste -sd' ' grown) kB"
cmp -s expected output || fail "it says $(cat output), not $(cat expected)"
"$calltap" decode t.cbor >text || fail "something is lost"
# Of the large stack, then of the small one: a call each, and an exit.
awk -v depth=$depth '
  $5 !~ /down/ { next }
  /-->/ { kind = /skipped/ ? "skipped" : /unwound/ ? "unwound" : "returned"; ended[kind]++; next }
  { calls++ }
  END {
    all = 3 * (depth + 1) + 3 * 21
    if (calls != all || ended["returned"] != depth + 1 + 21 || ended["returned"] + ended["unwound"] + ended["skipped"] != all)
      print "of " all " calls there are " calls ", returned " ended["returned"] ", unwound " ended["unwound"] ", skipped " ended["skipped"]
    if (ended["unwound"] != ended["skipped"])
      print "unwound " ended["unwound"] ", skipped " ended["skipped"]
  }' text >wrong
[ ! -s wrong ] || fail "$(cat wrong)"
[ "$(grep -c 'last/1 --> [12]' text)" -eq 4 ] || fail "the calls behind have other exits: $(grep last text)"
grep 'tries/1 -->' text | awk '{ print $NF }' | grep -q . || fail "tries did not return"
grep -q 'tries/1 --> 27 ' text || fail "the calls on the small stack: $(grep tries text)"
# What a rule holds until the exits comes to its end as well.
CALLTAP='down(5, _) -> exception' CALLTAP_OUT=u.cbor ./deep $depth >output 2>grown || fail "the program failed"
cmp -s expected output || fail "with a guard it says $(cat output), not $(cat expected)"
[ "$(normal u.cbor | grep -c 'down/2 --> unwound (int)')" -ge 1 ] || fail "no call was unwound: $(normal u.cbor)"
