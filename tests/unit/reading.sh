#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/unit/reading.sh CALLTAP WRITE_TRACES
#
# report, tree, flame and the formats of decode that are made for other programs, on traces that were made by hand: what
# they print, what they say on stderr, how they end. Other programs' parsers are the judges of JSON and SVG.
set -uo pipefail
calltap=$1 write_traces=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset NO_COLOR
failures=0

failed() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}

# expect STATUS STDOUT STDERR COMMAND...: the two texts are bash patterns.
expect() {
  local status=$1 out=$2 err=$3 found=0
  shift 3
  "$@" >out 2>err || found=$?
  # shellcheck disable=SC2053 # patterns
  if [ "$found" != "$status" ] || [[ $(cat out) != $out ]] || [[ $(cat err) != $err ]]; then
    failed "$*"
    printf 'expected %s, out %s, err %s\nfound %s, out:\n%s\nerr:\n%s\n' "$status" "$out" "$err" "$found" "$(cat out)" "$(cat err)"
  fi
}

# is_true PYTHON: on `lines`, what the last command printed, `objects`, the same as JSON, and `text`.
is_true() {
  python3 - "$1" <<'END' || failed "$1, of: $(head -c 2000 out)"
import json, sys
text = open("out", encoding="utf-8").read()
lines = text.splitlines()
def parse(line):
    try:
        return json.loads(line)
    except ValueError:
        return None
objects = [parse(line) for line in lines]
sys.exit(0 if eval(sys.argv[1]) else 1)
END
}

"$write_traces" .

# Reports. slow takes 1000 ns; the two calls of fast in it take 10 and 20.
expect 0 '    self  self %     total     calls      mean       min       p50       p90       p99       max  function
  970 ns   97.00    1.0 us         1    1.0 us    1.0 us    1.0 us    1.0 us    1.0 us    1.0 us  m:slow/1
   30 ns    3.00     30 ns         2     15 ns     10 ns     10 ns     20 ns     20 ns     20 ns  m:fast/1

3 calls of 2 functions in 1 thread in 1.0 us; nothing lost, no call open' '' "$calltap" report good.cbor
expect 0 '*1 m:fast/1*... and 1 more row*' '' bash -c "'$calltap' report good.cbor --sort calls -n 1 | sed 's/20 ns  m/1 m/'"
expect 0 '*  module*  m*' '' "$calltap" report good.cbor --by module
expect 0 '*  thread*  main/11*' '' "$calltap" report good.cbor --by thread
expect 0 '*function <- caller*m:slow/1 <- (none)*m:fast/1 <- m:slow/1*' '' "$calltap" report good.cbor --by caller
expect 0 '*m:fast/1 <- m:slow/1*' '' "$calltap" report good.cbor --callers fast
is_true 'len(lines) == 4'
expect 0 '*m:fast/1 <- m:slow/1*' '' "$calltap" report good.cbor --callees 'm:slow/1'
expect 1 '' "*--callers: no function that was called matches 'fsat'; did you mean m:fast/1[?]" "$calltap" report good.cbor --callers fsat
expect 1 '' "*--sort takes self, total, *, errors or name, not 'size'" "$calltap" report good.cbor --sort size
expect 1 '' "*--by takes function, module, thread or caller, not 'line'" "$calltap" report good.cbor --by line
expect 1 '' '*report: name a trace file*' "$calltap" report
expect 0 '*' '' "$calltap" report --json good.cbor
is_true 'objects[1] == {"event": "function", "mfa": "m:fast/1", "calls": 2, "total_ns": 30, "self_ns": 30, "threads": 1, "errors": 0,
  "tails": 0, "open": 0, "unmatched": 0, "timed": 2, "mean_ns": 15, "min_ns": 10, "p50_ns": 10, "p90_ns": 20, "p99_ns": 20, "max_ns": 20}'
is_true 'objects[2]["event"] == "summary" and objects[2]["calls"] == 3 and len(objects) == 3'
expect 0 '*m:slow/1*' '' "$calltap" report --json --by caller good.cbor good.cbor
is_true 'objects[0]["calls"] == 2 and objects[1]["caller"] == "m:slow/1" and objects[1]["calls"] == 4'

# Parts of a trace: the same filters as those of decode.
expect 0 '*m:fast/1
*2 calls of 1 function*no call open' '' "$calltap" report --function fast good.cbor
expect 0 '*m:slow/1
*1 call of 1 function*' '' "$calltap" report --min 500ns good.cbor
expect 0 '*m:slow/1
*└─m:fast/1
*2 calls of 2 functions*1 call open at the end' '' "$calltap" tree --to +110ns --share 0 good.cbor
expect 0 '*1 call of 2 functions*1 exit without its call' '' "$calltap" report --from +200ns good.cbor
expect 0 'm:slow/1 100
m:slow/1;m:fast/1 100' '' "$calltap" decode --format folded --event call good.cbor
expect 0 '*1 call of 2 functions*1 exit without its call*' '' "$calltap" report --event exit,call --from +200ns good.cbor
expect 4 '' '*no event to show*' "$calltap" report --thread other good.cbor
expect 1 '' "*--function: no function of the trace matches 'fsat'*" "$calltap" flame --function fsat good.cbor -o x.svg

# Comparisons.
expect 0 '*  before     after    change *
  970 ns    970 ns    +0.0 %      1.0 us    1.0 us    +0.0 % ?             1             1  m:slow/1
*before: good.cbor. 0 means differ; *give three traces*' '' "$calltap" report good.cbor --diff good.cbor --sort name -n 2
expect 0 '*1             2  m:slow/1*' '' "$calltap" report good.cbor good.cbor --diff good.cbor
expect 0 '*' '' "$calltap" report --json good.cbor good.cbor good.cbor --diff good.cbor --diff good.cbor --diff good.cbor
is_true 'objects[0]["p"] == 1 and not objects[0]["significant"] and objects[0]["before"] == objects[0]["after"] and objects[0]["after"]["calls"] in (3, 6)'
expect 3 '*' '*lost.cbor: incomplete: 7 events lost' "$calltap" report good.cbor --diff lost.cbor
expect 1 '' "*no function that was called matches 'x'*" "$calltap" report good.cbor --diff good.cbor --callers x

# What is wrong with a trace is said, and is the exit status.
expect 4 '' '*no call to show' "$calltap" report nothing.cbor
expect 4 '' '*no call to show: the rules counted calls*' "$calltap" tree tables.cbor
expect 3 '*m:slow/1*; 7 events lost' '*lost.cbor: incomplete: 7 events lost' "$calltap" report lost.cbor
expect 3 '*m:slow/1*' '*cut.cbor: note: the trace has no end*incomplete: the file was cut, at byte *' "$calltap" tree cut.cbor
expect 2 '*m:slow/1*' '*damaged.cbor: damaged at byte *' "$calltap" report damaged.cbor
expect 2 '' '*nowhere: cannot be opened: No such file*' "$calltap" report nowhere
expect 2 '' '*is not a Calltap trace, at byte 0' "$calltap" flame "$write_traces" -o x.svg
expect 2 '' '*-o good.cbor: is one of the traces*' "$calltap" flame good.cbor -o good.cbor
expect 2 '' '*standard output: cannot be written: No space left*' bash -c "'$calltap' report good.cbor >/dev/full"

# Trees.
expect 0 '      calls     total      self       %  path
          1    1.0 us    970 ns  100.00  m:slow/1
          2     30 ns     30 ns    3.00  └─m:fast/1

3 calls*' '' "$calltap" tree good.cbor
expect 0 '*main/11
*└─m:slow/1
*  └─m:fast/1*' '' "$calltap" tree --threads good.cbor
expect 0 '*m:slow/1
... and 1 lesser branch (--share, --depth)*' '' "$calltap" tree --share 5 good.cbor
expect 1 '' "*--share takes a number of percent from 0 to 100, not 'x'" "$calltap" tree --share x good.cbor

# Formats for other programs.
expect 0 'm:slow/1 970
m:slow/1;m:fast/1 30' '' "$calltap" decode --format folded good.cbor
expect 0 'm:slow/1 1
m:slow/1;m:fast/1 2' '' "$calltap" decode --format folded --by calls good.cbor
expect 0 '*' '' "$calltap" decode --format chrome good.cbor
is_true '[(e["ph"], e.get("ts"), e.get("name"), e.get("args")) for e in json.loads(text)["traceEvents"]] == [
  ("M", None, "process_name", {"name": "p"}), ("M", None, "thread_name", {"name": "main"}),
  ("B", 0, "m:slow/1", {"n": 1}), ("B", 0.1, "m:fast/1", {"n": 2}), ("E", 0.11, "m:fast/1", {"result": 4}),
  ("B", 0.2, "m:fast/1", {"n": 3}), ("E", 0.22, "m:fast/1", {"result": 6}), ("E", 1, "m:slow/1", None)]'
expect 0 '*' '' "$calltap" decode --format speedscope good.cbor
is_true '[(p["type"], p["unit"], p["name"], p["startValue"], p["endValue"],
  [(e["type"], json.loads(text)["shared"]["frames"][e["frame"]]["name"], e["at"]) for e in p["events"]])
  for p in json.loads(text)["profiles"]] == [("evented", "nanoseconds", "p 10 main/11", 0, 1000,
  [("O", "m:slow/1", 0), ("O", "m:fast/1", 100), ("C", "m:fast/1", 110), ("O", "m:fast/1", 200), ("C", "m:fast/1", 220), ("C", "m:slow/1", 1000)])]'
# All parse, whatever the trace is.
for trace in *.cbor; do
  for format in chrome speedscope; do
    "$calltap" decode --format $format "$trace" >"$trace.$format" 2>err
  done
done
python3 -c 'import glob, json; assert len([json.load(open(f)) for f in glob.glob("*.cbor.*")]) >= 16' || failed "chrome and speedscope parse"

# Flame graphs.
expect 0 '' '' "$calltap" flame good.cbor -o good.svg
expect 0 '' '' "$calltap" flame good.cbor good.cbor --diff good.cbor -o diff.svg
expect 0 '' '' "$calltap" flame --by calls good.cbor -o calls.svg
expect 3 '' '*7 events lost' "$calltap" flame lost.cbor --title '<&">' -o lost.svg
python3 - <<'END' || failed "flame graphs"
import xml.etree.ElementTree as tree
svg = "{http://www.w3.org/2000/svg}"
def frames(name):
    root = tree.parse(name).getroot()
    assert root.find(svg + "script").text.strip() and root.find(svg + "style").text.strip()
    group = next(g for g in root.findall(svg + "g") if g.get("class") == "frames")
    found = {}
    for g in group:
        rect = g.find(svg + "rect")
        found[g.find(svg + "title").text.split("\n")[0]] = (g, float(rect.get("x")), float(rect.get("width")), int(rect.get("y")))
    return root, found
root, found = frames("good.svg")
assert root.find(svg + "title").text == "p 10"
assert set(found) == {"all", "m:slow/1", "m:fast/1"}, found.keys()
whole, slow, fast = (found[name][1:] for name in ("all", "m:slow/1", "m:fast/1"))
assert whole[2] > slow[2] > fast[2], "callees stand on their callers"
assert abs(fast[1] / slow[1] - 0.03) < 1e-4 and fast[0] >= slow[0] and whole[1] == slow[1] == 1180
assert "2 calls, 30 ns (3.00 %)" in found["m:fast/1"][0].find(svg + "title").text
root, found = frames("calls.svg")
assert abs(found["m:fast/1"][2] / found["all"][2] - 2 / 3) < 1e-4
root, found = frames("diff.svg")
assert found["m:slow/1"][0].get("class").startswith("m") and "before: 1 call, 1.0 us" in found["m:slow/1"][0].find(svg + "title").text
root, found = frames("lost.svg")
assert root.find(svg + "title").text == '<&">'
END

[ "$failures" = 0 ] && echo "all is well"
exit $((failures > 0))
