#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A program that carries the runtime and gets it preloaded too: one of the two works, the other stands down.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a
CALLTAP=mix CALLTAP_OUT='t.{pid}.cbor' LD_PRELOAD=$runtime/libcalltap.so ./threads 2 500 >out 2>errors || fail "status $?"
[ ! -s errors ] || fail "said $(cat errors)"
files=(t.*.cbor)
[ ${#files[@]} = 1 ] || fail "files: ${files[*]}"
[ "$(normal t.*.cbor | grep -c 'mix(')" = 1000 ] || fail "$(normal t.*.cbor | grep -c 'mix(') events"
