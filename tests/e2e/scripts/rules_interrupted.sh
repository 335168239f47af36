#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Signal handlers with scopes, keys and counters of their own, in the middle of functions that have some: every count is right, and every call
# that was wanted is there, once.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/interrupted.c" -o interrupted "${with_runtime[@]}"
rules='leaf -> count, sum(n) by n
  leaf under (outer return when ret == 1) -> return, count by depth()
  in_handler -> count by n & 7
  in_handler under (handler return when ret == 1) -> return
  outer -> return, message(false) -> hist(ret), time; handler -> return, message(false) -> time, sum(ret)'
CALLTAP=$rules CALLTAP_LIMIT=budget=0 CALLTAP_OUT=t.cbor ./interrupted 3000 >out || fail "the program failed: $?"
read -r rounds handled <out
"$calltap" decode t.cbor >text 2>notes || fail "decode: $(cat notes)"
! grep -q 'lost\|skipped\|entered before' text notes || fail "something is missing: $(grep -m5 'lost\|skipped\|entered before' text notes)"

# calls FUNCTION: of events; rows KIND FUNCTION: the sum of the counts of all rows, and of their totals.
calls() { grep -c "interrupted:$1(" text; }
exits() { grep -c "interrupted:$1/1 -->" text; }
"$calltap" decode --json t.cbor 2>notes | grep '"event":"row"' >json
rows() {
  grep "\"kind\":\"$1\",\"mfa\":\"interrupted:$2/" json | grep -e "$3" |
    sed -E 's/.*"keys":\[[^]]*\],"count":([0-9]+)(,"sum":(-?[0-9]+))?.*/\1 \3/' | awk '{ count += $1; sum += $2 } END { print count + 0, sum + 0 }'
}

wanted=$(((rounds + 63) / 64))
[ "$(calls leaf)" = $((2 * wanted)) ] || fail "$(calls leaf) calls of leaf in $wanted rounds"
[ "$(exits leaf)" = $((2 * wanted)) ] || fail "$(exits leaf) exits of leaf in $wanted rounds"
[ "$(calls in_handler)" = $((handled / 2 * 2)) ] || fail "$(calls in_handler) of $handled handlers"
[ "$(exits in_handler)" = $((handled / 2 * 2)) ] || fail "$(exits in_handler) of $handled handlers"
[ "$(rows count leaf '"keys":\[\]')" = "$((2 * rounds)) 0" ] || fail "leaf: $(rows count leaf '"keys":\[\]')"
[ "$(rows count leaf 'depth()')" = "$((2 * rounds)) 0" ] || fail "leaf, by depth: $(rows count leaf 'depth()')"
sum=$((rounds / 64 * 64 * 64 + rounds % 64 * (rounds % 64)))
[ "$(rows sum leaf .)" = "$((2 * rounds)) $sum" ] || fail "leaf, sum: $(rows sum leaf .), not $sum"
[ "$(rows count in_handler .)" = "$((2 * handled)) 0" ] || fail "in_handler: $(rows count in_handler .)"
[ "$(rows hist outer .)" = "$rounds $wanted" ] || fail "outer: $(rows hist outer .)"
[ "$(rows sum handler .)" = "$handled $((handled / 2))" ] || fail "handler: $(rows sum handler .)"
[ "$(rows time outer . | cut -d' ' -f1)" = "$rounds" ] || fail "time of outer: $(rows time outer .)"
[ "$(rows time handler . | cut -d' ' -f1)" = "$handled" ] || fail "time of handler: $(rows time handler .)"
