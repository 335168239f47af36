#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What report, tree, flame and the formats for other programs say of a program is what the program says of itself.
. "$CALLTAP_SOURCE/tests/support/lib.sh"

cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/counted.c" -o counted -pthread "${with_runtime[@]}"
CALLTAP='*:* -> return' CALLTAP_OUT=t.cbor ./counted >said
"$calltap" report --json t.cbor >report.json
"$calltap" report --by thread --json t.cbor >threads.json
"$calltap" decode --json t.cbor >events.json
"$calltap" decode --json --open t.cbor >open.json
"$calltap" info --json t.cbor >info.json
"$calltap" decode --format chrome t.cbor >chrome.json
"$calltap" decode --format speedscope t.cbor >speedscope.json
"$calltap" decode --format folded --by calls t.cbor >folded.txt
"$calltap" tree --share 0 --depth 0 t.cbor >tree.txt
"$calltap" tree --as-it-happened --depth 0 t.cbor >happened.txt
"$calltap" flame t.cbor -o flame.svg

python3 - <<'END'
import collections, json, xml.etree.ElementTree

said = {name: (int(calls), int(threads)) for name, calls, threads in map(str.split, open("said"))}
rows = [json.loads(line) for line in open("report.json")]
summary = rows.pop()
def name(mfa):
    return mfa.split(":")[1].split("/")[0]
report = {name(row["mfa"]): row for row in rows}
assert {f: (row["calls"], row["threads"]) for f, row in report.items()} == said, report

# finish and main have not ended; jump was left; every tail ended in a tail call.
assert report["main"]["open"] == report["finish"]["open"] == 1 and summary["open"] == 2, (report["main"], report["finish"], summary)
assert report["jump"]["errors"] == report["jump"]["calls"] == summary["skipped"]
assert report["tail"]["tails"] == report["tail"]["calls"]
assert report["fib"]["timed"] == report["fib"]["calls"] and "mean_ns" not in report["jump"]
for row in rows:
    assert row["self_ns"] <= row["total_ns"] or row["calls"] == 0, row
    if row["timed"]:
        times = [row[key] for key in ("min_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns")]
        assert times == sorted(times) and row["min_ns"] <= row["mean_ns"] <= row["max_ns"], row
# Recursion counts once: the outermost calls of fib are three.
events = [json.loads(line) for line in open("events.json")]
outermost = sum(e["elapsed_ns"] for e in events if e["event"] == "exit" and e["call"] == 2 and name(e["mfa"]) == "fib")
assert report["fib"]["total_ns"] == report["fib"]["self_ns"] == outermost, (report["fib"], outermost)

# What is open at the end is what has no exit, for as long as there were events.
def key(event):
    return event["tid"], event["call"]
ended = {key(e) for e in events if e["event"] == "exit" and "call" in e}
unended = [dict(e, open_ns=events[-1]["t_ns"] - e["t_ns"]) for e in events if e["event"] == "call" and key(e) not in ended]
shown = [json.loads(line) for line in open("open.json")]
assert [name(e["mfa"]) for e in shown] == ["main", "finish"] and len(shown) == len(unended), shown
for a, b in zip(shown, unended):
    assert abs(a.pop("open_ns") - b.pop("open_ns")) <= 1 and a == b, (a, b)
listed = json.load(open("info.json"))
assert listed["open_at_end"] == 2 and [key(call) for call in listed["open_calls"]] == [key(e) for e in shown], listed

# Everything adds up to the same.
calls = sum(calls for calls, _ in said.values())
threads = [json.loads(line) for line in open("threads.json")]
assert summary["calls"] == calls == sum(row["calls"] for row in threads[:-1]) and len(threads) == 5
assert sum(row["self_ns"] for row in rows) == sum(row["total_ns"] for row in threads[:-1])
assert sum(int(line.rsplit(" ", 1)[1]) for line in open("folded.txt")) == calls
assert sum(int(line.split()[0].replace(",", "")) for line in open("tree.txt") if "counted:" in line) == calls

# In their order, each below its caller: the calls of the events, with lines for runs of equal ones.
entered = collections.defaultdict(list)
for e in events:
    if e["event"] == "call":
        entered[f'{e["thread"]}/{e["tid"]}'].append((e["depth"], e["mfa"]))
thread, listed_calls = None, collections.defaultdict(list)
for line in open("happened.txt").read().splitlines()[1:]:
    path = line[32:]
    if not line[:30].strip():
        thread = path
        continue
    words = path.split()
    times = int(words[2]) if words[1:2] == ["x"] else 1
    listed_calls[thread] += [((len(path) - len(path.lstrip())) // 2 + 1, words[0])] * times
assert listed_calls == entered and sum(map(len, entered.values())) == calls

# Every thread's begins and ends are balanced, but for what is open at the end.
depth = collections.Counter()
for event in json.load(open("chrome.json"))["traceEvents"]:
    depth[event["tid"]] += {"B": 1, "E": -1}.get(event["ph"], 0)
    assert depth[event["tid"]] >= 0
assert sorted(depth.values()) == [0, 0, 0, 2], depth
speedscope = json.load(open("speedscope.json"))
frames = [frame["name"] for frame in speedscope["shared"]["frames"]]
opened = collections.Counter()
for profile in speedscope["profiles"]:
    stack, at = [], profile["startValue"]
    for event in profile["events"]:
        assert at <= event["at"] <= profile["endValue"]
        at = event["at"]
        if event["type"] == "O":
            stack.append(event["frame"])
            opened[name(frames[event["frame"]])] += 1
        else:
            assert stack.pop() == event["frame"]
    assert not stack
assert opened == {f: calls for f, (calls, _) in said.items()}
assert xml.etree.ElementTree.parse("flame.svg").getroot().tag.endswith("svg")
END
cat >calls.c <<'C'
#define KEEP __attribute__((noinline))
KEEP int alpha(int n) { __asm__ volatile(""); return n; }
KEEP int zeta(int n) { __asm__ volatile(""); return n; }
int main(void) { return zeta(1) + zeta(2) + zeta(3) + alpha(1) + alpha(2) - 9; }
C
cc 14 -O1 calls.c -o calls "${with_runtime[@]}"
# Without exits there are no times, and calls say the order.
"$calltap" run -q -o calls.cbor '*:*' -- ./calls || fail "a trace of calls: $?"
[ "$("$calltap" report calls.cbor | sed -n 's/.*  calls:\(.*\)$/\1/p' | paste -sd' ')" = 'zeta/1 alpha/1 main/0' ] ||
  fail "report of calls: $("$calltap" report calls.cbor)"
[ "$("$calltap" tree --share 0 calls.cbor | sed -n 's/.*calls:\([a-z]*\).*$/\1/p' | paste -sd' ')" = 'zeta alpha main' ] ||
  fail "tree of calls: $("$calltap" tree calls.cbor)"
echo "all agree"
