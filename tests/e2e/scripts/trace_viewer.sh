#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Chromium's own trace viewer (catapult, what chrome://tracing is) reads what decode writes for it: no warning, and every call is a slice
# with the name, thread, depth, time, duration and values that decode --format json gives it. Debian's Chromium is built without
# that page; Debian's sources of Go have the same viewer, in one file, which runs in Chromium here.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
command -v chromium >/dev/null || skip "chromium is not installed; scripts/deps test installs it"
viewer=
for viewer in /usr/share/go-*/src/cmd/trace/static /usr/share/go-*/misc/trace; do
  [ -f "$viewer/trace_viewer_full.html" ] && [ -f "$viewer/webcomponents.min.js" ] && break
  viewer=
done
[ -n "$viewer" ] || skip "no trace viewer: scripts/deps test installs golang-1.19-src, which has it"
traces=$CALLTAP_SOURCE/tests/golden/v1

# import FILE...: what the viewer makes of Chrome's trace events in them, one JSON object for each file, in `models`.
import() {
  python3 - "$viewer" "$@" >page.html <<'END'
import json, sys

viewer, *names = sys.argv[1:]
texts = json.dumps([open(name, encoding="utf-8").read() for name in names]).replace("<", "\\u003c")
print(f"""<!DOCTYPE html><meta charset="utf-8"><script src="file://{viewer}/webcomponents.min.js"></script>
{open(viewer + "/trace_viewer_full.html", encoding="utf-8").read()}
<script type="application/json" id="models"></script>
<script>
const depth = slice => slice ? 1 + depth(slice.parentSlice) : 0;
const plain = slice => ({{title: slice.title, start: slice.start, duration: slice.duration, args: slice.args, depth: depth(slice),
  open: !!slice.didNotFinish}});
function read(text) {{
  const model = new tr.Model();
  try {{
    new tr.importer.Import(model, new tr.importer.ImportOptions()).importTraces([text]);
  }} catch (error) {{
    return {{error: String(error)}};
  }}
  return {{
    warnings: model.importWarnings.map(warning => warning.message),
    threads: model.getAllThreads().map(thread =>
      ({{pid: thread.parent.pid, process: thread.parent.name, tid: thread.tid, name: thread.name,
         slices: thread.sliceGroup.slices.map(plain)}})),
  }};
}}
document.getElementById("models").textContent = JSON.stringify({texts}.map(read)).replaceAll("<", "\\\\u003c");
</script>""")
END
  timeout 120 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
    --virtual-time-budget=20000 --dump-dom "file://$work/page.html" >page 2>log </dev/null ||
    fail "chromium: $? $(tail -n 3 log)"
  python3 - >models <<'END' || fail "the viewer did not run: $(tail -n 3 log)"
import json, re

found = re.search(r'<script type="application/json" id="models">(.*?)</script>', open("page", encoding="utf-8").read(), re.S)
for model in json.loads(found.group(1)):
    print(json.dumps(model))
END
}

# agrees NAME...: each model is what decode says of the trace NAME in NAME.json.
agrees() {
  python3 - "$@" <<'END' || fail "the viewer and decode --format json differ"
import collections, json, sys

def plain_args(call, exit):
    """The values of a call as Chrome's trace events have them: by name, or by place from 1."""
    args = {value.get("name") or str(place): value.get("value") for place, value in enumerate(call["args"], 1)}
    if exit and exit["exit"] != "return":
        args["exit"] = exit["exit"]
    elif exit and "result" in exit:
        args["result"] = exit["result"]
    return args

def expected(events):
    """For each thread the slices that its calls are, and its losses and marks, which have no depth of their own."""
    start = events[0]["t_ns"]
    exits = {(e["pid"], e["tid"], e["call"]): e for e in events if e["event"] == "exit"}
    threads = collections.defaultdict(list)
    for e in events:
        key = (e["pid"], e["program"], e["tid"], e["thread"]) if "tid" in e else None
        if e["event"] == "call":
            exit = exits.get((e["pid"], e["tid"], e["call"]))
            duration = exit and exit["t_ns"] - e["t_ns"]
            threads[key].append((e["t_ns"] - start, e["mfa"], e["depth"], duration, plain_args(e, exit)))
        elif e["event"] == "lost":
            threads[key].append((e["t_ns"] - start, "lost", None, 0, {"cause": e["cause"], "count": e["count"]}))
        elif e["event"] == "mark":
            threads[key].append((e["t_ns"] - start, e["name"], None, 0, {"text": e["text"]}))
    return threads

def seen(model):
    threads = {}
    for thread in model["threads"]:
        threads[thread["pid"], thread["process"], thread["tid"], thread["name"]] = [
            (round(s["start"] * 1e6), s["title"], s["depth"] if ":" in s["title"] else None,
             None if s["open"] else round(s["duration"] * 1e6), s["args"]) for s in thread["slices"]]
    return threads

order = lambda slices: sorted(slices, key=lambda s: (s[0], s[2] or 0, json.dumps(s)))
for name, line in zip(sys.argv[1:], open("models"), strict=True):
    model = json.loads(line)
    assert "error" not in model, (name, model)
    assert model["warnings"] == [], (name, model["warnings"][:3])
    want, have = expected([json.loads(line) for line in open(name + ".json")]), seen(model)
    assert want.keys() == have.keys(), (name, want.keys(), have.keys())
    for thread, slices in want.items():
        assert len(slices) == len(have[thread]), (name, thread, len(slices), len(have[thread]))
        for one, other in zip(order(slices), order(have[thread])):
            assert one == other, (name, thread, one, other)
    print(f"{name}: {sum(map(len, want.values()))} slices in {len(want)} threads")
END
}

cc 14 -O1 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
"$calltap" run -o many.cbor '*:* -> return' -- ./threads 4 1000 >/dev/null 2>&1
names=(many)
for trace in "$traces"/{exceptions,killed,lossy,threads,values}.cbor; do
  cp "$trace" .
  names+=("$(basename "$trace" .cbor)")
done
for name in "${names[@]}"; do
  # A trace with losses is 3.
  "$calltap" decode --format chrome "$name.cbor" >"$name.chrome.json" 2>said || [ $? = 3 ] || fail "$name: $(cat said)"
  "$calltap" decode --format json "$name.cbor" >"$name.json" 2>said || [ $? = 3 ] || fail "$name: $(cat said)"
done
import "${names[@]/%/.chrome.json}"
agrees "${names[@]}"

echo "== The judge takes not everything"
# An end under another name is a warning; a trace that is no JSON an error.
sed '0,/"ph":"E"\(.*\)"name":"[^"]*"/s//"ph":"E"\1"name":"other"/' threads.chrome.json >renamed.json
cut -c 1-40 threads.chrome.json >broken.json
import renamed.json broken.json
head -n 1 models | grep -q '"warnings": \["' || fail "an end with another name is no warning: $(head -c 300 models)"
tail -n 1 models | grep -q '"error"' || fail "half a trace is no error: $(tail -n 1 models | head -c 300)"
