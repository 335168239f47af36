#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# All ways out of a function, at random: the trace is what the program says, and the program does what it does without hooks, while they
# are switched on and off as well.
. "$(dirname "$0")/../../support/lib.sh"
majors=$(basename -a "$CALLTAP_BUILD"/plugin/calltap-*.so | sed 's/calltap-\([0-9]*\).so/\1/')
source=$CALLTAP_SOURCE/tests/e2e/programs/ways.cpp

check_trace() { # NAME SEED
  CALLTAP='ways:* -> return' CALLTAP_OUT=t.cbor "./$1" "$2" 150 truth >output || fail "$1 $2: the program failed"
  "./plain" "$2" 150 >expected
  cmp -s expected output || fail "$1 $2: it says $(cat output), not $(cat expected)"
  normal t.cbor >trace
  diff truth trace >differences || fail "$1 $2: $(head -20 differences)"
}

for major in $majors; do
  for level in O0 O2; do
    "clang++-$major" "-$level" "$source" -o plain
    cxx "$major" "-$level" "$source" -o "ways-$major-$level" "${with_runtime[@]}"
    for seed in 1 2 3; do
      check_trace "ways-$major-$level" "$seed"
      rm -f ./*.cbor
    done
  done
done
[ "$(wc -l <truth)" -gt 1000 ] || fail "nothing much happened"
for how in unwound skipped; do
  grep -q "$how" truth || fail "nothing was $how"
done

# On and off by the signal, at any moment.
rounds=$((${CALLTAP_STRESS_SECONDS:-20} * 1000))
./plain 9 "$rounds" >expected
CALLTAP='ways:* -> return' CALLTAP_OUT='{pid}.cbor' CALLTAP_LIMIT=bytes=16M,budget=0 "./ways-$major-O2" 9 "$rounds" >output &
pid=$!
toggles=0
while kill -URG "$pid" 2>/dev/null; do
  toggles=$((toggles + 1))
done
wait "$pid" || fail "the program failed while hooks were toggled"
pid=
cmp -s expected output || fail "toggled: it says $(cat output), not $(cat expected)"
[ "$toggles" -gt 10 ] || fail "only $toggles toggles"
