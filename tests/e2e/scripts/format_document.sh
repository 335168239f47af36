#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Traces are what the CDDL in docs/format.md says: those that are kept, what `cut` makes of them, and a fresh one. Items that are not
# as it says are found. This is our own reading of the CDDL; zcbor.sh has another's.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
document=$CALLTAP_SOURCE/docs/format.md
debian_python=/usr/bin/python3
"$debian_python" -c 'import cbor2' 2>/dev/null || skip "python3-cbor2 is not installed"
cddl() { "$debian_python" "$CALLTAP_SOURCE/tests/support/cddl.py" "$@"; }

for trace in "$CALLTAP_SOURCE"/tests/golden/v1/*.cbor; do
  status=0
  "$calltap" cut --event call,lost "$trace" -o "$(basename "$trace")" 2>/dev/null || status=$?
  [ $status = 0 ] || [ $status = 3 ] || fail "cut $trace: $status"
done
cc 14 -O2 "$CALLTAP_SOURCE/examples/values/values.c" -o values -I"$CALLTAP_SOURCE/include" "${with_runtime[@]}"
"$calltap" run --expand 2 -o fresh.cbor '*:* -> return, stack, message(tid()), usage; *:* -> hist(tid()) by stack' -- ./values >/dev/null 2>run.txt ||
  fail "the program: $(cat run.txt)"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,ring=1M CALLTAP_OUT=ring.cbor ./threads 4 20000 >/dev/null
cddl check "$document" "$CALLTAP_SOURCE"/tests/golden/v1/*.cbor ./*.cbor || fail "a trace is not as docs/format.md says"
cddl self-test "$document" "$CALLTAP_SOURCE"/tests/golden/v1/{exceptions,values,counters,lossy}.cbor fresh.cbor || fail "it is not strict"
