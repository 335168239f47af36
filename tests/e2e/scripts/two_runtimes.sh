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

# Asked while it runs, it answers: there is one handler of the control signal, and it is of the runtime that has the hooks.
. "$CALLTAP_SOURCE/tests/support/asked.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/asked.c" -o asked -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a
LD_PRELOAD=$runtime/libcalltap.so ./asked >said 2>&1 &
pid=$!
waits 10 is_ready
"$calltap" trace "$pid" '*:*' -n 5 --for 20s >out 2>errors || fail "asked: $? $(cat errors)"
[ "$(grep -c '#' out)" = 5 ] || fail "asked: $(cat out errors)"
clean asked
end_asked
