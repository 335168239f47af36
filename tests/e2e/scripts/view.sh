#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The page of calltap view in a real Chromium, without a screen: it draws every call, finds functions, shows the values of a call, says
# what was lost, and writes nothing into the console. What it should show, decode --format json says. The page says what it did
# in attributes of its root element; its address says what it is to show.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
command -v chromium >/dev/null || skip "chromium is not installed; scripts/deps test installs it"

cc 14 -O1 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
"$calltap" run -o t.cbor '*:* -> return' -- ./threads 4 3000 >/dev/null 2>&1
"$calltap" decode --format json t.cbor >t.json
"$calltap" view t.cbor -o t.html

# browse PAGE ADDRESS: the page as it is then, in `page`; what Chromium says, in `said`.
browse() {
  timeout 120 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
    --enable-logging=stderr --window-size=1400,3000 --virtual-time-budget=20000 --dump-dom "file://$work/$1#$2" >page 2>said </dev/null ||
    fail "chromium: $? $(tail -n 3 said)"
  if grep CONSOLE said; then fail "$1#$2: the page writes into the console"; fi
  grep -q '^<html[^>]* data-ready="true"' page || fail "$1#$2: the page is not ready: $(grep -m1 '<html' page)"
}
# has NAME VALUE: the root element has that attribute.
has() { grep -q "^<html[^>]* data-$1=\"$2\"" page || fail "data-$1 is not $2: $(grep -m1 '^<html' page)"; }
shows() { grep -qF -- "$1" page || fail "the page does not show: $1"; }
calls() { grep -c "\"event\":\"call\".*\"mfa\":\"$1" t.json; }

echo "== All calls are drawn"
browse t.html ''
has calls "$(calls '')"
has drawn "$(calls '')"
[ "$(calls '')" -gt 12000 ] || fail "only $(calls '') calls"
[ "$(grep -c 'https\?://' t.html)" = 0 ] || fail "the page names an address"

echo "== Search"
name=$(sed -nE 's/.*"event":"call".*"mfa":"([^"]*)".*/\1/p' t.json | sort | uniq -c | sort -n | awk 'END {print $2}')
browse t.html "search=$name"
has found "$(calls "$name")"
browse t.html "search=nosuchfunction"
has found 0
shows 'nothing found'

echo "== A call has its values, its callers, and a histogram"
cat >some.c <<'END'
#include <stdio.h>
struct point {
  int x, y;
};
__attribute__((noinline)) const char *inner(struct point p, const char *text) {
  __asm__ volatile("" ::"r"(p.x), "r"(text) : "memory");
  return text + 1;
}
__attribute__((noinline)) int outer(int n) { return inner((struct point){n, -n}, "<b>&\"x\"")[0]; }
int main(void) { return outer(7) == 0; }
END
cc 14 -O1 some.c -o some "${with_runtime[@]}"
"$calltap" run -o s.cbor '*:* -> return; inner -> return, stack' -- ./some 2>/dev/null || true
"$calltap" view s.cbor -o s.html
browse s.html 'call=2&theme=dark'
has chosen 2
has theme dark
has calls 3
shows '{x=7, y=-7}'
shows '"&lt;b&gt;&amp;\"x\""'
shows '<button title="Choose this call">some:outer/1</button>'
shows '<button title="Choose this call">some:main/0</button>'
shows 'some.c:5'
shows '1 call in view'

echo "== A part of the time, the table of functions"
browse t.html 'from=1000&to=40000&tab=functions'
grep -q 'aria-sort="descending">Self' page || fail "the table is not sorted by time"
drawn=$(sed -nE 's/^<html[^>]* data-drawn="([0-9]+)".*/\1/p' page)
[ "$drawn" -lt "$(calls '')" ] || fail "a part of the time shows all calls"

echo "== Losses"
cat >loses.c <<'C'
#include <unistd.h>
__attribute__((noinline)) int f(int a) { __asm__ volatile(""); return a; }
int main(void) {
  for (int i = 0; i < 100; i++) f(i);
  usleep(150000); // longer than the rate's window: the next call tells what was lost
  return f(0);
}
C
cc 14 -O1 loses.c -o loses "${with_runtime[@]}"
CALLTAP='f' CALLTAP_LIMIT=budget=0,rate=10/100ms,policy=drop CALLTAP_OUT=l.cbor ./loses
status=0
"$calltap" view l.cbor -o l.html 2>/dev/null || status=$?
[ $status = 3 ] || fail "a trace with losses: status $status"
browse l.html 'tab=losses'
"$calltap" decode --format json --event lost l.cbor >l.json 2>/dev/null || true
lost=$(sed -nE '1s/.*"count":([0-9]+).*/\1/p' l.json)
[ "$lost" -gt 0 ] || fail "nothing was lost"
grep -q "id=\"alarm\"[^>]*>[0-9,]* events lost<" page || fail "no alarm: $(grep 'id="alarm"' page)"
tr -d , <page | grep -q "lost $lost event" || fail "the page does not tell of $lost lost events"

echo "== Limits, and no half a page"
"$calltap" view t.cbor -o t.html --calls 100 --text 0 2>said.txt
grep -q 'note: [0-9]* calls are left out' said.txt || fail "calls are left out in silence: $(cat said.txt)"
browse t.html 'call=5'
has calls 100
shows 'not in this page'
shows 'calls are left out'
echo old >kept.html
status=0
"$calltap" view t.cbor -o kept.html --function main --min 1min 2>said.txt || status=$?
[ $status = 4 ] && [ "$(cat kept.html)" = old ] || fail "nothing to show: $status, $(cat said.txt)"
