#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Four threads run while their hooks are switched on and off by signal as fast as it goes: every result is
# right, every event decodes, and the code is as it was afterwards.
. "$(dirname "$0")/../../support/lib.sh"
seconds=${CALLTAP_STRESS_SECONDS:-20}
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/toggle.c" -o toggle "${with_runtime[@]}"
CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,bytes=2G CALLTAP_OUT=t.cbor ./toggle "$seconds" 4 || fail "a wrong result"
"$calltap" decode -o text t.cbor 2>errors || fail "decode said $?: $(cat errors)"
[ "$(wc -l <text)" -gt 1000 ] || fail "only $(wc -l <text) events"
rm text
