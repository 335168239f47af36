#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# speedscope, in a real Chromium, reads what decode writes as speedscope, folded and chrome, and its table of functions has the times
# of `calltap report`. It is the judge of folded stacks too, and one of two of Chrome's trace events, since it reads them as well.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
command -v chromium >/dev/null || skip "chromium is not installed; scripts/deps test installs it"
speedscope=$(npm_package speedscope)/dist/release/index.html
traces=$CALLTAP_SOURCE/tests/golden/v1

# browse FILE: the table of functions for what is in the file, in `page`; what speedscope says, in `log`.
browse() {
  printf 'speedscope.loadFileFromBase64("%s", "%s")' "$1" "$(base64 -w 0 "$1")" >profile.js
  timeout 120 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
    --use-angle=swiftshader --enable-unsafe-swiftshader --enable-logging=stderr --window-size=1400,3000 --virtual-time-budget=20000 \
    --dump-dom "file://$speedscope#view=sandwich&localProfilePath=$work/profile.js" >page 2>log </dev/null ||
    fail "chromium: $? $(tail -n 3 log)"
  if grep -E 'CONSOLE.*(Failed|Error|Doing nothing)' log; then fail "speedscope does not take all of $1"; fi
}

# agrees FILE: every function has the times that `report` gives it in times.json, or times.json has more of those without time.
agrees() {
  python3 - "$1" <<'END' || fail "$1"
import collections, html, json, re, sys

UNITS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
def nanoseconds(text):
    """The time in a cell, and what its digits leave open: two behind the point, or none."""
    number, unit = re.match(r"([\d,.]+)(ns|µs|ms|s)? ", text).groups()
    number = float(number.replace(",", ""))
    return (number * UNITS[unit], 0.005 * UNITS[unit]) if unit else (number, 0)

page = open("page", encoding="utf-8").read()
seen = collections.defaultdict(lambda: [0, 0, 0])
for cells in re.findall(r"<tr[^>]*>((?:<td.*?</td>)+)</tr>", page, re.S):
    texts = [html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S)]
    if len(texts) != 3 or ":" not in texts[2]:
        continue
    row = seen[texts[2].split(" ")[0]]
    (total, open_total), (own, open_own) = map(nanoseconds, texts[:2])
    row[0] += total
    row[1] += own
    row[2] += max(open_total, open_own) + 1
rows = {r["mfa"]: r for r in map(json.loads, open("times.json")) if "mfa" in r}
with_time = {mfa for mfa, r in rows.items() if r["total_ns"] > 0}
assert with_time <= set(seen) <= set(rows) and with_time, (set(seen), set(rows))
for mfa, (total, own, slack) in seen.items():
    # In Chrome's events a function has a row for each of its arguments; in recursion their totals lie in each other.
    if not sys.argv[1].endswith("-chrome.json") or "recurses" not in mfa:
        assert abs(total - rows[mfa]["total_ns"]) <= slack, (mfa, "total", total, rows[mfa])
    assert abs(own - rows[mfa]["self_ns"]) <= slack, (mfa, "self", own, rows[mfa])
END
  echo "the same times: $1"
}

"$calltap" report --json "$traces/exceptions.cbor" >times.json
"$calltap" decode --format speedscope "$traces/exceptions.cbor" >one.speedscope.json
browse one.speedscope.json
agrees one.speedscope.json
# The name says nothing: that Chrome's events are in it speedscope finds out.
"$calltap" decode --format chrome "$traces/exceptions.cbor" >one-chrome.json
browse one-chrome.json
grep -q 'Importing as Trace Event Format' log || fail "it is taken for something else: $(grep CONSOLE log)"
agrees one-chrome.json

"$calltap" report --json "$traces/threads.cbor" >times.json
"$calltap" decode --format folded "$traces/threads.cbor" >three.folded
browse three.folded
grep -q 'Importing as collapsed stack format' log || fail "it is taken for something else: $(grep CONSOLE log)"
agrees three.folded

echo "== Every thread is a profile"
for format in speedscope chrome; do
  "$calltap" decode --format $format "$traces/threads.cbor" >three-$format.json
  browse three-$format.json
  grep -q '(1/3)' page || fail "$format: the threads are not three profiles"
done
