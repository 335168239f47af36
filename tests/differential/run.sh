#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# run.sh [--minutes N] MAJOR LEVEL LANGUAGE [SEED...]
#
# Builds random programs with the plugin of clang MAJOR, at LEVEL (O0 O1 O2 O3 Os), in LANGUAGE (c, c++), runs them
# traced, and compares the trace with what they say themselves. With --minutes, as many seeds as the time allows.
# By hand it takes the build in build/dev.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export CALLTAP_SOURCE=${CALLTAP_SOURCE:-$here/../..}
export CALLTAP_BUILD=${CALLTAP_BUILD:-$CALLTAP_SOURCE/build/dev}
. "$here/../support/lib.sh"
export PYTHONDONTWRITEBYTECODE=1
minutes=${CALLTAP_DIFFERENTIAL_MINUTES:-0}
if [ "${1-}" = --minutes ]; then
  minutes=$2
  shift 2
fi
major=$1 level=$2 language=$3
seeds=("${@:4}")
[ ${#seeds[@]} -gt 0 ] || seeds=(1)

functions=250 source=generated.c compile=(cc "$major" -std=gnu11 -Wno-deprecated-non-prototype -Wno-unknown-warning-option)
if [ "$language" = c++ ]; then
  functions=150 source=generated.cpp compile=(cxx "$major" -std=c++17)
fi
# At -O0 nothing is lost: what is not known there is a gap of ours, unless it is listed here.
known=70
gaps=()
[ "$level" != O0 ] || known=100

options=()
echo '_Float16 f(_Float16 x) { return x; }' >probe.c
! "clang-$major" -c probe.c 2>/dev/null || options+=(--float16)

# Addresses differ from run to run.
without_addresses() { sed -E 's/"0x[0-9a-f]{5,}"/"0xP"/g' "$1"; }

one() {
  local seed=$1
  python3 "$here/generate.py" --seed "$seed" --language "$language" --functions "$functions" "${options[@]}" >"$source"
  "${compile[@]}" "-$level" -I"$here" "$source" -o program "${with_runtime[@]}"
  ./program >untraced || fail "seed $seed: the program failed"
  CALLTAP='*:* -> return' CALLTAP_LIMIT=bytes=2G CALLTAP_OUT=trace.cbor ./program >truth ||
    fail "seed $seed: the traced program failed"
  without_addresses untraced | cmp - <(without_addresses truth) || fail "seed $seed: tracing changed the output"
  "$calltap" decode --format json -o trace.json trace.cbor || fail "seed $seed: decode said $?"
  python3 "$here/compare.py" --label "seed $seed, clang-$major -$level, $language" --known "$known" "${gaps[@]/#/--may-lack=}" \
    "$source" truth trace.json || fail "seed $seed"
}

for seed in "${seeds[@]}"; do
  one "$seed"
done
end=$((SECONDS + 60 * minutes))
while [ $SECONDS -lt $end ]; do
  one $((RANDOM * 32768 + RANDOM))
done
