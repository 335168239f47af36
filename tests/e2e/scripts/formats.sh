#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# csv, cbor-diag and --tree, on a trace with every kind of value: Python's csv module and a CBOR library are the judges, and
# decode --format json says what should be there.
. "$CALLTAP_SOURCE/tests/support/lib.sh"

cc 14 -O2 "$CALLTAP_SOURCE/examples/values/values.c" -o values -I"$CALLTAP_SOURCE/include" "${with_runtime[@]}"
"$calltap" run --expand 2 -o t.cbor '*:* -> return, stack(4), message("a \"text\",", tid()); *:* -> sum(arity()) by (arity(), stack(2)); process -> hist(elapsed) by thread(); *:* -> time' -- ./values >/dev/null 2>run.txt ||
  fail "the program: $(cat run.txt)"

echo "== csv"
"$calltap" decode --format csv t.cbor >t.csv
"$calltap" decode --format json t.cbor >t.json
"$calltap" decode t.cbor >t.txt
python3 - <<'END' || fail csv
import csv, json
rows = list(csv.DictReader(open("t.csv", newline=""), strict=True))
objects = [json.loads(line) for line in open("t.json")]
assert len(rows) == len(objects) > 10, (len(rows), len(objects))
counted = 0
for row, event in zip(rows, objects):
    assert len(row) == 27 and None not in row, row
    if event["event"] == "row":
        counted += 1
        for key in "kind", "of", "count", "sum", "min", "max":
            assert row[key] == str(event.get(key, "")), (key, row, event)
        buckets = [f"{b['from']}..{b['to']}: {b['count']}" for b in event.get("buckets", [])]
        assert row["buckets"] == "; ".join(buckets) and (row["kind"] == "hist") == bool(buckets), (row, event)
        for key in event["keys"]:
            is_stack = isinstance(key["value"], list)
            assert key["name"] in row["beside" if is_stack else "args"], (row, event)
            assert not is_stack or len(row["beside"].splitlines()) == len(key["value"]), (row, event)
    for key in "time", "t_ns", "host", "program", "pid", "tid", "thread", "session", "event", "call", "exit", "mfa", "elapsed_ns":
        assert row[key] == str(event.get(key, "")), (key, row, event)
    if event["event"] in ("call", "exit"):
        assert row["depth"] == str(event["depth"]) if "depth" in event else int(row["depth"]) > 0, (row, event)
    names = [arg["name"] for arg in event.get("args", [])]
    assert all(name + "=" in row["args"] for name in names), (row, event)
assert any("\n" in row["beside"] and 'a "text",' in row["beside"].replace("\\", "") for row in rows)
# What text shows of a call, csv shows too.
text = open("t.txt").read()
for row in rows:
    if row["event"] == "call":
        assert f'({row["args"]})\n' in text, row
    elif row["result"]:
        assert f' --> {row["result"]}  (' in text, row
assert counted > 10, counted
with open("t.csv", newline="") as file:
    assert all(line.endswith("\r\n") for line in file.read().split("\r\n") if "\r" in line)
END

echo "== tree"
"$calltap" decode --tree --event call,exit t.cbor | grep -v '^  ' | sed -E 's/^[0-9:.]+ [0-9]+ [^ ]+ (#[0-9?]+ *).*/\1/' >indents.txt
python3 - <<'END' || fail tree
import csv
depths = [int(row["depth"]) for row in csv.DictReader(open("t.csv", newline="")) if row["event"] != "row"]
lines = [line.rstrip("\n") for line in open("indents.txt")]
assert len(lines) == len(depths) and max(depths) > 1, (len(lines), depths)
for line, depth in zip(lines, depths):
    assert len(line) == 7 + 2 * (depth - 1), (line, depth)
END

echo "== pager"
# What a terminal shows of a command.
on_terminal() {
  timeout 60 python3 -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" </dev/null | tr -d '\r'
}
PAGER='sed s/^/page:/' TERM=dumb on_terminal "$calltap" decode --pager t.cbor >paged.txt || fail "pager: $?"
cmp <(sed 's/^page://' paged.txt) t.txt || fail "a pager gets something else"
grep -qv '^page:' paged.txt && fail "some of it does not go through the pager"
PAGER='head -n 1' TERM=dumb on_terminal "$calltap" decode --pager t.cbor >paged.txt || fail "a pager that ends: $?"
[ "$(wc -l <paged.txt)" = 1 ] || fail "a pager that ends: $(cat paged.txt)"
PAGER=nosuchpager TERM=dumb on_terminal "$calltap" decode --pager t.cbor >paged.txt || true
grep -q 'calltap: decode: --pager: the pager is not there' paged.txt || fail "no pager: $(cat paged.txt)"
PAGER='sed s/^/page:/' "$calltap" decode --pager t.cbor | cmp - t.txt || fail "--pager without a terminal"

echo "== cbor-diag"
# Debian's library is Debian's Python's.
debian_python=/usr/bin/python3
"$debian_python" -c 'import cbor2' 2>/dev/null || skip "python3-cbor2 is not installed"
"$calltap" decode --format cbor-diag t.cbor >t.diag || fail "cbor-diag: $?"
"$debian_python" "$CALLTAP_SOURCE/tests/support/diagnostic.py" t.diag t.cbor || fail "cbor-diag is not what the trace holds"
python3 - <<'END'
import struct
items = [b"\xd9\xd9\xf7\x01", b"\xf9\x3c\x00", b"\xf9\x7e\x00", b"\xfa\x3f\x80\x00\x00", b"\xfb\x3f\xb9\x99\x99\x99\x99\x99\x9a", b"\xfb\xff\xf0" + bytes(6),
         b"\x3b" + b"\xff" * 8, b"\x1b" + b"\xff" * 8, b"\xf4\xf5\xf6\xf7", b"\x9f\x01\x9f\xff\xff", b"\xbf\x61a\x01\xff", b"\xa1\x01\x80", b"\x40",
         b"\x67a\"\\\n\xe2\x82\xac", b"\xda\x00\x01\x00\x00\xfb" + struct.pack(">d", 1e300)]
open("odd.cbor", "wb").write(b"".join(items))
END
"$calltap" decode --format cbor-diag odd.cbor >odd.diag || fail "odd items: $?"
"$debian_python" "$CALLTAP_SOURCE/tests/support/diagnostic.py" odd.diag odd.cbor || fail "odd items: $(cat odd.diag)"
printf '\x82\x01\xff\x01' >bad.cbor
status=0
"$calltap" decode --format cbor-diag bad.cbor >bad.diag 2>said.txt || status=$?
[ $status = 2 ] && grep -q 'is not CBOR' bad.diag said.txt || fail "no CBOR: $status, $(cat bad.diag said.txt)"
status=0
"$calltap" decode --format cbor-diag --last 3 t.cbor 2>said.txt || status=$?
[ $status = 1 ] && grep -q 'calltap cut' said.txt || fail "cbor-diag with a filter: $status, $(cat said.txt)"
