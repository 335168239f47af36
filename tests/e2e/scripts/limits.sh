#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A limit of calls is exact with many threads, and the exits of those calls arrive; a limit of bytes ends the session
# and the program goes on.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
./threads 8 20000 >untraced
for calls in 1 7 1000 9999; do
  CALLTAP='mix -> return; fib -> return' CALLTAP_LIMIT=budget=0,calls=$calls CALLTAP_OUT=t.cbor ./threads 8 20000 >traced
  cmp untraced traced || fail "tracing changed the result"
  normal t.cbor >text
  [ "$(grep -c '(' text)" = "$calls" ] || fail "calls=$calls gave $(grep -c '(' text)"
  [ "$(grep -c -- '-->' text)" = "$calls" ] || fail "calls=$calls gave $(grep -c -- '-->' text) exits"
done
CALLTAP='*:*' CALLTAP_LIMIT=budget=0,bytes=1M CALLTAP_OUT=b.cbor ./threads 8 2000000 >traced
[ "$(stat -c %s b.cbor)" -le $((1 << 20)) ] || fail "the file is larger than its limit"
"$calltap" decode b.cbor >text || fail "decode said $?"
[ "$(wc -l <text)" -gt 10000 ] || fail "the file holds only $(wc -l <text) events"
# The last call of a session ends when it ended, not when the session was switched off.
CALLTAP='mix -> return when elapsed < 300us' CALLTAP_LIMIT=budget=0,calls=1 CALLTAP_OUT=e.cbor ./threads 1 20000 >traced
"$calltap" decode --format json e.cbor >text
elapsed=$(sed -n 's/.*"event":"exit".*"elapsed_ns":\([0-9]*\).*/\1/p' text)
[ "$elapsed" -lt 301000 ] || fail "a call of less than 300 us took $elapsed ns"

# Calls that end by exceptions and jumps are as good: the session ends with the last of them.
cxx 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/ways.cpp" -o ways "${with_runtime[@]}"
for rules in 'throws -> return; jumps -> return' 'throws(n) when n > 2 -> return; jumps(n) when n > 2 -> return'; do
  for calls in 1 20 300; do
    CALLTAP=$rules CALLTAP_LIMIT=budget=0,calls=$calls CALLTAP_OUT=w.cbor ./ways 1 500 >traced
    normal w.cbor >text 2>errors
    [ "$(grep -c '(n=' text)" = "$calls" ] || fail "$rules: calls=$calls gave $(grep -c '(n=' text)"
    [ "$(grep -c -- '-->' text)" = "$calls" ] || fail "$rules: calls=$calls gave $(grep -c -- '-->' text) exits"
    grep -a -q 'freasonecalls' w.cbor || fail "$rules: calls=$calls: the session did not end by its limit"
  done
  grep -q unwound text || fail "$rules: no call was unwound"
done

# A call that waited for a scope and was one too many takes no exit from one that was taken, if it has none of its own.
cat >nested.c <<'END'
__attribute__((noinline)) int inner(int n) { __asm__ volatile(""); return n; }
__attribute__((noinline)) int middle(int n) { return inner(n) + 1; }
__attribute__((noinline)) int outer(int n) { return middle(n) + 1; }
int main(void) { return outer(1) != 3; }
END
cc 14 -O1 nested.c -o nested "${with_runtime[@]}"
CALLTAP='middle under (outer return when ret == 3) -> return; inner under (outer return when ret == 3); inner -> time' \
  CALLTAP_LIMIT=budget=0,calls=1 CALLTAP_OUT=n.cbor ./nested
normal n.cbor >text
[ "$(grep -c 'middle/1 -->' text)" = 1 ] || fail "the exit of the call that was taken: $(cat text)"

# What the rate dropped last, with no call behind it that could say so, has its place in the trace too.
cat >many.c <<'C'
__attribute__((noinline)) int f(int n) {
  __asm__ volatile("" : "+r"(n));
  return n;
}
int main(void) {
  for (int i = 0; i < 100; i++) f(i);
  return 0;
}
C
cc 14 -O2 many.c -o many "${with_runtime[@]}"
CALLTAP='f' CALLTAP_LIMIT=budget=0,rate=5/1000s,policy=drop CALLTAP_OUT=many.cbor ./many || fail "many: $?"
status=0
"$calltap" decode --json many.cbor >text 2>errors || status=$?
[ $status = 3 ] || fail "dropped: status $status: $(cat errors)"
[ "$(grep -c '"event":"call"' text)" = 5 ] || fail "dropped: $(cat text)"
[ "$(grep '"event":"lost"' text | grep -c '"cause":"rate","count":95')" = 1 ] || fail "dropped: $(grep lost text)"
# Behind the calls that were recorded.
tail -1 text | grep -q '"event":"lost"' || fail "dropped: $(tail -2 text)"
