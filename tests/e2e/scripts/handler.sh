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

# On a stack of its own, with exits armed: every call of both stacks is there, with its own exit, and nothing is said to be gone.
CALLTAP='in_main -> return; in_turn -> return; in_handler -> return' CALLTAP_LIMIT=bytes=8G,budget=0 CALLTAP_OUT=u.cbor \
  ./handler alternate 400 >counts || fail "a wrong result on the other stack"
read -r calls handled <counts
"$calltap" decode --json u.cbor >events 2>errors || fail "the other stack: decode said $?: $(cat errors)"
awk -F '"' -v calls="$calls" -v handled="$handled" '
  { name = kind = ""; for (i = 2; i < NF; i++) { if ($i == "mfa") name = $(i + 2); if ($i == "event") kind = $(i + 2); if ($i == "exit" && $(i + 1) == ":") kind = $(i + 2) } }
  /"event":"exit"/ && !/"call":/ { alone++ }
  { found[name " " kind]++ }
  END {
    wanted["handler:in_main/1 call"] = wanted["handler:in_main/1 return"] = calls
    wanted["handler:in_turn/1 call"] = wanted["handler:in_turn/1 return"] = 5 * handled
    wanted["handler:in_handler/1 call"] = wanted["handler:in_handler/1 return"] = 10 * handled
    for (what in found) if (found[what] != wanted[what]) print what ": " found[what] " of " wanted[what]
    for (what in wanted) if (!found[what]) print what ": none of " wanted[what]
    if (alone) print alone " exits without their calls"
  }' events >wrong
[ ! -s wrong ] || fail "the other stack: $(cat wrong)"
