#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Profiles of a thread in which fibers take turns: what comes from each call's own exit is right, own times add up to the time there was, and
# what is in doubt is said, by each command. Of a thread with one stack nothing of that is said.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/cases/fibers.c" -o fibers "${with_runtime[@]}"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/cases/calls.c" -o calls "${with_runtime[@]}"
for program in fibers calls; do
  CALLTAP='*:* -> return' CALLTAP_OUT=$program.cbor ./$program >output || fail "$program failed"
done

"$calltap" decode --json fibers.cbor >events || fail "decode"
"$calltap" report --json fibers.cbor >rows 2>said || fail "report: $(cat said)"
python3 - <<'P' || fail "the report is not right"
import json
events = [json.loads(line) for line in open("events")]
rows = [json.loads(line) for line in open("rows")]
summary, rows = rows[-1], {row["mfa"]: row for row in rows[:-1]}
ends = {}
for event in events:
    if event["event"] == "exit":
        ends.setdefault(event["mfa"], []).append(event["elapsed_ns"])
assert {mfa: len(times) for mfa, times in ends.items()} == {mfa: row["calls"] for mfa, row in rows.items()}, rows
for mfa, times in ends.items():
    row = rows[mfa]
    assert row["timed"] == len(times) and row["min_ns"] == min(times) and row["max_ns"] == max(times), (mfa, times, row)
    assert abs(row["mean_ns"] - sum(times) / len(times)) <= 1, (mfa, times, row)
# Times are rounded to nanoseconds, at both ends of each call.
own, all_of_it = sum(row["self_ns"] for row in rows.values()), rows["fibers:main/0"]["total_ns"]
assert abs(own - all_of_it) <= 2 * len(events), (own, all_of_it)
# The first `step` of the first fiber, its second one, `works` and `deeper` end while calls of the second fiber are open; the first `step` of
# that ends with the first fiber's second one open.
assert summary["between"] == 5 and summary["open"] == 0 and summary["unmatched"] == 0, summary
P
for program in fibers calls; do
  for command in report tree 'tree --as-it-happened' 'flame -o f.svg' 'view -o v.html'; do
    # shellcheck disable=SC2086 # words
    "$calltap" $command $program.cbor >shown 2>said || fail "$command of $program: $(cat said)"
    if [ $program = fibers ]; then
      grep -q '^calltap: .*note: 5 calls ended while later ones of the thread stayed open' said || fail "$command: $(cat said)"
    elif [ -s said ]; then
      fail "$command of $program: $(cat said)"
    fi
  done
done
"$calltap" report fibers.cbor 2>/dev/null | tail -1 | grep -q '; 5 calls ended while later ones stayed open$' ||
  fail "$("$calltap" report fibers.cbor)"
