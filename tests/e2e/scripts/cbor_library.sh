#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A CBOR library that is not ours reads the whole trace, as docs/format.md says, and counts the same
# events as the decoder.
. "$(dirname "$0")/../../support/lib.sh"
library=$(npm_package cbor-x)
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
for limits in budget=0 budget=0,ring=1M; do
  CALLTAP='*:* -> return' CALLTAP_LIMIT=$limits CALLTAP_OUT=t.cbor ./threads 4 5000 >/dev/null
  NODE_PATH=${library%/*} node "$CALLTAP_SOURCE/tests/e2e/programs/read_cbor.js" t.cbor >counts
  read -r calls exits <counts
  normal t.cbor >text 2>/dev/null
  [ "$calls" -gt 5000 ] || fail "the library found $calls calls"
  [ "$(grep -c '(' text)" = "$calls" ] || fail "calls: library $calls, decoder $(grep -c '(' text)"
  [ "$(grep -c -- '-->' text)" = "$exits" ] || fail "exits: library $exits, decoder $(grep -c -- '-->' text)"
done
