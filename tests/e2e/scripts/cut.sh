#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What is decoded of a trace that was cut is what is decoded of the whole with the same options: text and JSON, so numbers of calls,
# depths and times too. Threads, calls that are left by longjmp, stacks, messages and tags are in the trace.
. "$CALLTAP_SOURCE/tests/support/lib.sh"

cat >work.c <<'END'
#include <calltap/calltap.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

static __thread jmp_buf out;
struct request {
  int fd;
  const char *name;
};

__attribute__((noinline)) int leaf(int n) {
  __asm__ volatile("" ::: "memory");
  return n * 2;
}
__attribute__((noinline)) void leave(int n) {
  if (n % 3 == 0)
    longjmp(out, 1);
  leaf(n);
  __asm__ volatile("" ::: "memory");
}
__attribute__((noinline)) int middle(int n) {
  leave(n);
  int sum = 0;
  for (int i = 0; i < 3; i++)
    sum += leaf(n + i);
  return sum;
}
__attribute__((noinline)) int process(struct request *r, int n) {
  __asm__ volatile("" ::"r"(r->name) : "memory");
  if (setjmp(out) != 0)
    return -r->fd;
  return middle(n) + 1;
}
__attribute__((noinline)) int deep(int n) { return n == 0 ? leaf(0) : deep(n - 1) + 1; }

static void *work(void *start) {
  struct request r = {(int)(intptr_t)start, "a name"};
  int sum = 0;
  for (int i = 0; i < 200; i++) {
    if (i % 50 == 0)
      calltap_tag((unsigned)i);
    sum += process(&r, i);
    if (i == 100) {
      sum += deep(600);
      calltap_event("half", "thread %d", r.fd);
    }
  }
  return (void *)(intptr_t)sum;
}

int main(void) {
  pthread_t thread[3];
  for (intptr_t i = 0; i < 3; i++)
    pthread_create(&thread[i], NULL, work, (void *)(i + 1));
  for (int i = 0; i < 3; i++)
    pthread_join(thread[i], NULL);
  return 0;
}
END
cc 14 -O1 -fno-optimize-sibling-calls work.c -o work -pthread -I"$CALLTAP_SOURCE/include" -I"$CALLTAP_BUILD/include" "${with_runtime[@]}"
"$calltap" run --expand 1 -o whole.cbor 'process(r, n) -> return, stack(3), message(n, r->name); *:* -> return; leaf -> count' -- ./work 2>run.txt ||
  fail "the program: $(cat run.txt)"

number=0
# same OPTIONS...: decode with options is decode of a cut with them.
same() {
  local whole=0 status=0 format
  number=$((number + 1))
  rm -f cut.cbor
  "$calltap" cut whole.cbor -o cut.cbor "$@" 2>said.txt || status=$?
  [ $status = 0 ] || fail "cut $*: status $status, $(cat said.txt)"
  for format in $formats; do
    "$calltap" decode --format "$format" whole.cbor "$@" >whole.txt 2>/dev/null || whole=$?
    "$calltap" decode --format "$format" cut.cbor >cut.txt 2>said.txt || fail "decode of cut $*: $(cat said.txt)"
    [ $whole = 0 ] || fail "decode $*: status $whole"
    cmp -s whole.txt cut.txt || fail "cut $*: $format differs: $(diff whole.txt cut.txt | head -n 6)"
  done
  [ -s cut.txt ] || fail "cut $*: nothing is left to compare"
}
formats="text csv json"
same
[ "$(wc -l <cut.txt)" -gt 5000 ] || fail "the whole has few lines: $(wc -l <cut.txt)"
grep -q '"exit":"skipped"' cut.txt || fail "no call is left by longjmp"
same --last 100
formats=json
same --last 2ms
same --from +100us
same --from +100us --to +5s
same --function leaf
same --function 'deep/1'
same --function middle --event exit
same --event call
same --event exit
same --event return
same --event skipped
same --event mark,call --function process
same --min 5us
same --where 'n > 150'
same --where 'ret < 0'
same --where 'r->fd == 2 and r->name == "a name"'
same --where 'depth() > 300'
same --thread "$("$calltap" decode whole.cbor --function process --last 1 --event call | sed -nE '1s/^[^/]*\/([0-9]+) .*/\1/p')"

echo "== A cut of a cut is a cut of the whole"
"$calltap" cut whole.cbor -o once.cbor --function 'm*'
"$calltap" cut once.cbor -o twice.cbor --min 2us
"$calltap" cut whole.cbor -o both.cbor --function 'm*' --min 2us
cmp <("$calltap" decode twice.cbor) <("$calltap" decode both.cbor) || fail "a cut of a cut differs"

echo "== It is smaller, and has nothing in it that was not asked for"
"$calltap" cut whole.cbor -o cut.cbor --last 10
[ "$(stat -c %s cut.cbor)" -lt 50000 ] || fail "ten events take $(stat -c %s cut.cbor) bytes"
"$calltap" cut whole.cbor -o bare.cbor --noargs --nohost
if grep -aq -e 'a name' -e half bare.cbor; then fail "values are in a cut without"; fi
# The name of the host may be short, and stand in any bytes: its key is looked for.
"$calltap" info whole.cbor | grep -qx "  host: $(uname -n)" || fail "the whole trace has no host"
! "$calltap" info bare.cbor | grep -q '^  host:' || fail "the host is in a cut without"
"$calltap" decode bare.cbor >bare.txt
grep -q 'work:process(r=\.\.\., n=\.\.\.)' bare.txt || fail "--noargs: $(grep -m1 process bare.txt)"
grep -q 'work:middle/1 --> \.\.\.  (' bare.txt || fail "--noargs: $(grep -m1 'middle/1' bare.txt)"
grep -q '  stack    work:work/1' bare.txt || fail "--noargs leaves no stacks"
diff <(grep -c . bare.txt) <("$calltap" decode whole.cbor --event call,exit | grep -vc '^  message') || fail "--noargs: other events"

echo "== Never half a file"
echo old >kept.cbor
status=0
"$calltap" cut whole.cbor -o kept.cbor --function leaf --event call --min 1min 2>said.txt || status=$?
[ $status = 4 ] || fail "nothing left: status $status"
[ "$(cat kept.cbor)" = old ] || fail "a cut without events replaced a file"
(
  ulimit -f 40
  trap '' XFSZ
  status=0
  "$calltap" cut whole.cbor -o kept.cbor 2>said.txt || status=$?
  [ $status = 2 ] || fail "no space: status $status"
  grep -q 'kept.cbor: cannot be written' said.txt || fail "no space: $(cat said.txt)"
) || exit 1
[ "$(cat kept.cbor)" = old ] || fail "a cut that failed replaced a file"
[ -z "$(find . -name 'kept.cbor.*')" ] || fail "a cut that failed left a file"
status=0
"$calltap" cut whole.cbor -o whole.cbor 2>said.txt || status=$?
[ $status = 2 ] && grep -q 'is one of the traces' said.txt || fail "onto itself: $status, $(cat said.txt)"

echo "== Several"
status=0
"$calltap" cut whole.cbor once.cbor -o x.cbor 2>said.txt || status=$?
[ $status = 1 ] && grep -q '{pid}' said.txt || fail "two files, one name: $status, $(cat said.txt)"
"$calltap" run -o second.cbor 'process -> return' -- ./work 2>/dev/null
"$calltap" cut whole.cbor second.cbor -o 'part.{pid}.cbor' --function process --last 50
cmp <("$calltap" decode part.*.cbor) <("$calltap" decode whole.cbor second.cbor --function process --last 50) || fail "two traces differ"
echo "$number cuts"
