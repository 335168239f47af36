#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What waits for a scope or an exit has its bounds: what is beyond is counted, and nothing else suffers. A session's limit of calls counts
# what waited too; a child begins outside all scopes.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/scoped.c" -o scoped "${with_runtime[@]}"

# trace RULES LIMITS ARGUMENTS...: decodes into `text`, with the counts of calls and exits, and what is lost.
trace() {
  local rules=$1 limits=$2
  shift 2
  rm -f t.cbor*
  ./scoped "$@" >untraced
  CALLTAP=$rules CALLTAP_LIMIT=budget=0,$limits CALLTAP_OUT=t.cbor ./scoped "$@" >traced || fail "$rules: the program failed"
  cmp untraced traced || fail "$rules: tracing changed the output"
  normal t.cbor >text 2>notes || true
  calls=$(grep -c '^#.*(' text) || true
  exits=$(grep -c -- '-->' text) || true
  lost=$(sed -n 's/^lost \([0-9]*\) events (held)$/\1/p' text)
}

# 512 kB of events below a scope; what follows has all of it again.
trace 'leaf under (scope return when ret == 1) -> return' '' 100000
[ "$calls" = "$exits" ] || fail "kept: $calls calls, $exits exits"
[ "$calls" -gt 4000 ] || fail "kept: only $calls calls"
[ $((calls - 4 + lost / 2)) = 100000 ] || fail "kept: $calls calls and $lost lost" # of two scopes as large
[ "$(grep -v lost text | tail -4 | paste -sd' ')" = "#$((calls - 1)) scoped:leaf(n=0) #$((calls - 1)) scoped:leaf/1 --> 0 #$calls scoped:leaf(n=1) #$calls scoped:leaf/1 --> 1" ] ||
  fail "kept: what came later is missing: $(tail -5 text)"

# 128 kB of entries that wait for their exits.
trace 'deep -> return when ret > 0' '' 1 3000
[ "$calls" = "$exits" ] || fail "held: $calls calls, $exits exits"
[ "$calls" -gt 300 ] || fail "held: only $calls calls"
[ $((calls + lost)) = 3000 ] || fail "held: $calls calls and $lost lost"

# More open calls than are noted.
trace 'deep(n) -> return when n == 3000 or ret > 3000' '' 1 3000
[ "$(cat text)" = "#1 scoped:deep(n=3000)
#1 scoped:deep/1 --> 3000
lost $lost events (held)" ] || fail "open: $(cat text)"

# Counters and plain events under the same conditions: nothing is lost.
trace 'deep -> return, message(false) -> sum(ret); leaf(0) under scope; leaf -> count' '' 1000 900
[ -z "$lost" ] || fail "counted: $lost lost"
grep -q '900 *405450 .* scoped:deep/1' text || fail "counted: $(cat text)"
grep -q '2006  scoped:leaf/1' text || fail "counted: $(cat text)"
[ "$calls" = 4 ] || fail "counted: $calls calls of leaf(0)"

# A limit of the session.
trace 'leaf under (scope return when ret == 1) -> return' calls=3 4
[ "$(sed 's/scoped://' text | paste -sd' ')" = '#1 leaf(n=0) #1 leaf/1 --> 0 #2 leaf(n=1) #2 leaf/1 --> 1 #3 leaf(n=2) #3 leaf/1 --> 2' ] ||
  fail "limit: $(cat text)"

# A child has nothing of what waits in its parent, and is below none of its calls.
trace 'leaf under (forks return when ret == 1); leaf under scope; in_child' '' 1
[ "$(sed 's/scoped://' text | paste -sd' ')" = '#1 leaf(n=0) #2 leaf(n=0) #3 leaf(n=0) #4 leaf(n=1) #5 leaf(n=-1) #6 leaf(n=0) #7 leaf(n=0) #8 leaf(n=1)' ] ||
  fail "fork: $(cat text)"
[ "$(normal t.cbor.* 2>notes | sed 's/scoped://' | paste -sd' ')" = '#1 in_child(n=1) #2 leaf(n=0) #3 leaf(n=1)' ] ||
  fail "fork, the child: $(normal t.cbor.*)"
