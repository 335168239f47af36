#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A program that closes all descriptors and opens its own keeps its file, and the trace is whole.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/descriptors.c" -o program "${with_runtime[@]}"
CALLTAP='work -> return' CALLTAP_OUT=t.cbor ./program own.txt >/dev/null || fail "the program failed"
[ "$(sort -u own.txt)" = mine ] && [ "$(wc -l <own.txt)" = 8 ] || fail "the program's file was written to"
[ "$(normal t.cbor | grep -c 'work(')" = 101000 ] || fail "events are missing"
