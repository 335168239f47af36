#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Every call of every thread is in the trace, once.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
./threads 8 20000 >untraced
CALLTAP='mix; fib -> return' CALLTAP_OUT=t.cbor ./threads 8 20000 >traced
cmp untraced traced || fail "tracing changed the result"
normal t.cbor >text
[ "$(grep -c 'threads:mix(' text)" = 160000 ] || fail "calls of mix: $(grep -c 'threads:mix(' text)"
# fib(12) makes 465 calls.
[ "$(grep -c 'threads:fib(' text)" = $((8 * 465)) ] || fail "calls of fib: $(grep -c 'threads:fib(' text)"
[ "$(grep -c 'threads:fib/1 -->' text)" = $((8 * 465)) ] || fail "exits of fib"
! grep -q 'skipped\|entered before\|lost' text || fail "something did not pair"
"$calltap" decode t.cbor | awk '{print $3}' | sort | uniq -c | awk '{print $1}' | sort -u >per_thread
[ "$(cat per_thread)" = $((20000 + 2 * 465)) ] || fail "threads differ: $(cat per_thread)"
