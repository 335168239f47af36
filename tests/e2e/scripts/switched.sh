#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Eight threads of C++ that recurse, throw and fork while thousands of hooks are switched on and off without pause: all results are
# those of the same program without hooks. CALLTAP_SWITCHES: how often a hook is to be switched, in all.
. "$(dirname "$0")/../../support/lib.sh"
wanted=${CALLTAP_SWITCHES:-400000}
source=$CALLTAP_SOURCE/tests/e2e/programs/switched.cpp
clang++-14 -O2 -pthread "$source" -o plain
cxx 14 -O2 -pthread "$source" -o switched "${with_runtime[@]}"
./plain expected
sites=$("$calltap" list --stats --json ./switched | sed -E 's/.*"sites":([0-9]+).*/\1/')
[ "$sites" -gt 4000 ] || fail "$sites hooks only"
times=$((wanted / sites / 2 * 2 + 2)) # off and on
CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,ring=4M CALLTAP_OUT=t.cbor ./switched expected $times >said || fail "$? $(cat said)"
"$calltap" decode t.cbor >text 2>errors || fail "decode: $? $(cat errors)"
[ "$(wc -l <text)" -gt 1000 ] || fail "only $(wc -l <text) events"
echo "$((times * sites)) switches of $sites hooks; $(cat said)"
