#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# examples/enum: what it calls has hooks at -O2, its threads have names, and it says nothing but its process id.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -Wall -Wextra -Werror -pthread "$CALLTAP_SOURCE/examples/enum/enum.c" -o enum "${with_runtime[@]}"

CALLTAP='enum:map(_, _) -> return; enum:reduce -> return; enum:filter' CALLTAP_LIMIT=budget=0,expand=1 CALLTAP_OUT=t.cbor \
  ./enum -t 2 -i 1 -n 3 >said &
pid=$!
wait "$pid" || fail "the program said $?"
[ "$(cat said)" = "$pid" ] || fail "it printed $(cat said), and is $pid"

# So many lines say so.
lines() {
  [ "$("$calltap" decode t.cbor | grep -cE "$2")" = "$1" ] || fail "not $1 times $2: $("$calltap" decode t.cbor)"
}
for thread in worker-1 worker-2; do
  lines 3 " $thread/[0-9]+ #[0-9]+ enum:map\(list=0x[0-9a-f]+ \{value=1, next=0x[0-9a-f]+\}, callback=.*twice"
  lines 3 " $thread/[0-9]+ #[0-9]+ enum:map/2 --> 0x[0-9a-f]+ \{value=2, "
  lines 3 " $thread/[0-9]+ #[0-9]+ enum:filter\(.*is_large"
  lines 3 " $thread/[0-9]+ #[0-9]+ enum:reduce/3 --> 24 "
done
for wrong in '-t 0' '-n x' '-i' '-x' 'more'; do
  # shellcheck disable=SC2086
  ! ./enum $wrong 2>/dev/null || fail "$wrong was taken"
done
