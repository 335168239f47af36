#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A flame graph in a real Chromium, without a screen: it takes the width of the window, zooms to a frame, finds functions and says
# their share, and writes nothing into the console. Its address says what it is to show.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
command -v chromium >/dev/null || skip "chromium is not installed; scripts/deps test installs it"

cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/counted.c" -o counted -pthread "${with_runtime[@]}"
CALLTAP='*:* -> return' CALLTAP_OUT=t.cbor ./counted >said
"$calltap" flame --by calls t.cbor -o t.svg
"$calltap" report --json t.cbor >report.json

# browse ADDRESS: the picture as it is then, in `page`.
browse() {
  timeout 120 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
    --enable-logging=stderr --window-size=1000,800 --virtual-time-budget=5000 --dump-dom "file://$work/t.svg#$1" >page 2>log </dev/null ||
    fail "chromium: $? $(tail -n 3 log)"
  if grep CONSOLE log; then fail "#$1: it writes into the console"; fi
}

work_index=$(python3 - <<'END'
import xml.etree.ElementTree as tree
groups = next(g for g in tree.parse("t.svg").getroot() if g.get("class") == "frames")
print(next(i for i, g in enumerate(groups) if g[0].text.startswith("counted:work/1")))
END
)
browse ''
cp page whole
browse "at=$work_index&find=%5Ecounted:(leaf%7Ctail)/"
python3 - <<'END'
import json, re, sys

def frames(name):
    text = open(name, encoding="utf-8").read()
    width = float(re.search(r'<svg[^>]* width="([\d.]+)"', text).group(1))
    found = {}
    for cls, style, body in re.findall(r'<g class="(k\d+[^"]*)"([^>]*)>(.*?)</g>', text, re.S):
        title = re.search(r"<title>([^\n]*)\n", body).group(1)
        label = re.search(r"<text[^>]*>([^<]*)<", body)
        hidden = "none" in style
        found.setdefault(title, (cls, hidden, float(re.search(r' width="([\d.]+)"', body).group(1)), label and label.group(1)))
    share = re.search(r"<span[^>]*>([^<]*)</span>", text)
    return width, found, share and share.group(1)

width, whole, share = frames("whole")
assert 900 <= width <= 1000, width
assert abs(whole["all"][2] - (width - 20)) < 0.1, whole["all"]
assert share in (None, ""), share
rows = {r["mfa"]: r["calls"] for r in map(json.loads, open("report.json")) if "mfa" in r}
everything = sum(rows.values())
works = everything - rows["counted:main/0"] - rows["counted:finish/0"]
assert abs(whole["counted:work/1"][2] - works / everything * (width - 20)) < 0.1

width, zoomed, share = frames("page")
assert "above" in zoomed["all"][0] and abs(zoomed["all"][2] - (width - 20)) < 0.1
assert abs(zoomed["counted:work/1"][2] - (width - 20)) < 0.1 and zoomed["counted:work/1"][3] == "counted:work/1"
assert zoomed["counted:finish/0"][1], "what is beside the frame is hidden"
tails = rows["counted:tail/1"] + rows["counted:leaf/1"]
assert abs(zoomed["counted:leaf/1"][2] - rows["counted:leaf/1"] / works * (width - 20)) < 0.1
assert "hit" in zoomed["counted:leaf/1"][0] and "hit" in zoomed["counted:tail/1"][0] and "hit" not in zoomed["counted:fib/1"][0]
assert share == f"{100 * tails / everything:.2f} %", share
END
echo "zooms and finds"
