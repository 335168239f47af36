#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A full disk: the program goes on as if nothing had happened, the trace says what it lost, and no
# signal comes. A file size limit (ulimit -f) is kept.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
./threads 4 200000 >untraced

( ulimit -f 1024; CALLTAP='mix' CALLTAP_OUT=limited.cbor ./threads 4 200000 >traced ) || fail "with ulimit -f: status $?"
cmp untraced traced || fail "with ulimit -f: other output"
[ "$(stat -c %s limited.cbor)" -le $((1024 * 1024)) ] || fail "the file is larger than ulimit -f allows"
"$calltap" decode limited.cbor >text || fail "with ulimit -f: decode said $?"

mkdir disk
unshare -rm true 2>/dev/null || skip "no mount namespaces here"
unshare -rm bash -euc '
  mount -t tmpfs -o size=2m none disk
  CALLTAP=mix CALLTAP_OUT=disk/t.cbor ./threads 4 200000 >traced
  cp --sparse=always disk/t.cbor kept.cbor
' || fail "on a full disk: status $?"
cmp untraced traced || fail "on a full disk: other output"
status=0
"$calltap" decode kept.cbor >text 2>errors || status=$?
[ $status = 3 ] || fail "a trace with losses: decode said $status"
grep -q 'lost' errors && grep -q 'lost .*disk' text || fail "the loss is not told: $(cat errors)"
[ "$(grep -c 'mix(' text)" -gt 10000 ] || fail "only $(grep -c 'mix(' text) events"
