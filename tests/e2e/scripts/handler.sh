#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Events of a signal handler that interrupts hooks: none lost, none torn, none shifted, errno untouched; and every
# time is between its neighbours' as far as the nesting allows.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/handler.c" -o handler "${with_runtime[@]}"
CALLTAP='in_main; in_handler -> return' CALLTAP_LIMIT=bytes=8G,budget=0 CALLTAP_OUT=t.cbor ./handler >counts || fail "a wrong result"
read -r calls handled <counts
"$calltap" decode --function in_handler -o text t.cbor 2>errors || fail "decode said $?: $(cat errors)"
[ "$(grep -c 'in_handler(' text)" = $((handled * 20)) ] || fail "$(grep -c 'in_handler(' text) calls of $((handled * 20))"
[ "$(grep -c 'in_handler/1 -->' text)" = $((handled * 20)) ] || fail "exits"
"$calltap" decode --function in_main -o text t.cbor
[ "$(wc -l <text)" = "$calls" ] || fail "$(wc -l <text) calls of $calls"
