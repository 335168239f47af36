#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Scopes and entries that wait for exits: calls that are left by longjmp, however often, take no room from those that follow; and a signal
# handler's scope, in the middle of the writing of another's events, takes none of those away.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/left.c" -o left "${with_runtime[@]}"
CALLTAP='first -> return when ret == 2; second -> return; leaf under first' CALLTAP_OUT=l.cbor ./left 8000
"$calltap" decode l.cbor >text 2>errors || fail "decode said $?: $(cat errors)"
[ "$(grep -c 'leaf(' text)" -ge 4000 ] || fail "$(grep -c 'leaf(' text) calls of leaf"
[ "$(grep -c 'second(' text)" = 4000 ] || fail "$(grep -c 'second(' text) calls of second"

cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/scope_handler.c" -o handler "${with_runtime[@]}"
CALLTAP='*leaf under (*scope return when ret > 0) -> return' CALLTAP_LIMIT=budget=0,bytes=8G CALLTAP_OUT=h.cbor ./handler >counts ||
  fail "a wrong result"
read -r rounds handled <counts
"$calltap" decode --function handler_leaf h.cbor >text 2>errors || fail "decode said $?: $(cat errors)"
[ "$(grep -c '(' text)" -ge $((handled * 5)) ] || fail "$(grep -c 'leaf(' text) calls of $((handled * 5)) in the handler"
"$calltap" decode --function leaf h.cbor >text
[ "$(grep -c ':leaf(' text)" = $((rounds * 2000)) ] || fail "$(grep -c ':leaf(' text) calls of $((rounds * 2000))"
[ "$(grep -c ':leaf/1 -->' text)" = $((rounds * 2000)) ] || fail "$(grep -c ':leaf/1 -->' text) exits of $((rounds * 2000))"

# Hooks that a handler leaves by siglongjmp give back what they had taken.
cc 14 -O1 "$CALLTAP_SOURCE/tests/e2e/programs/jump_out.c" -o jump "${with_runtime[@]}"
CALLTAP='leaf -> message(text, text, text), stack(64), return' CALLTAP_LIMIT=budget=0,bytes=8G CALLTAP_OUT=j.cbor ./jump
"$calltap" decode j.cbor >text 2>errors || grep -q 'unfinished' errors || fail "$(cat errors)"
[ "$(grep -c 'leaf(n=1[0-9][0-9][0-9],' text)" = 500 ] || fail "$(grep -c 'leaf(n=1[0-9][0-9][0-9],' text) calls of 500"
grep -q lost text && fail "$(grep lost text)"
exit 0
