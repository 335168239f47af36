#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What threads have from those that create them: that a session asks them, and their tag. And that a program's threads are otherwise made as
# without the runtime.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
cat >p.c <<'C'
#include <calltap/calltap.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic int over;
static _Atomic long wrong;
__attribute__((noinline)) long work(long n) { __asm__ volatile("" : "+r"(n)); return n + 1; }
static void *named(void *name) {
  pthread_setname_np(pthread_self(), name);
  for (int i = 0; i < 5; i++) wrong += work(i) != i + 1;
  return name;
}
// Creates one that creates one.
static void *parent(void *name) {
  pthread_t thread;
  void *got;
  char child[16];
  snprintf(child, sizeof child, "%s-child", (char *)name);
  named(name);
  if (pthread_create(&thread, NULL, named, child)) abort();
  pthread_join(thread, &got);
  wrong += got != child;
  return name;
}
static void *root(void *name) {
  pthread_attr_t small;
  pthread_t thread;
  pthread_setname_np(pthread_self(), name);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  for (int i = 0; !over; i++) {
    char child[16];
    snprintf(child, sizeof child, "%s-kid", (char *)name);
    calltap_tag(i % 3);
    if (pthread_create(&thread, &small, parent, child)) abort();
    pthread_join(thread, NULL);
  }
  return NULL;
}
static void on_term(int n) { (void)n; over = 1; }
int main(void) {
  pthread_t a, b;
  signal(SIGTERM, on_term);
  pthread_create(&a, NULL, root, "a");
  pthread_create(&b, NULL, root, "b");
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  pthread_attr_t foolish;
  pthread_attr_init(&foolish);
  if (pthread_attr_setstacksize(&foolish, (size_t)1 << 46) || pthread_create(&a, &foolish, named, "x") != EAGAIN) wrong++;
  puts(wrong ? "wrong" : "right");
  return 0;
}
C
cc 14 -D_GNU_SOURCE -I"$CALLTAP_SOURCE/include" -O1 -pthread p.c -o p "${with_runtime[@]}"
./p >said &
pid=$!
waits 10 is_ready
# names SPEC: of the threads that calls are from.
names() {
  "$calltap" trace "$pid" work -n 400 --for 20s -t "$1" --json >out 2>errors || fail "-t $1: $(cat errors)"
  python3 -c 'import json,sys; print(*sorted({e["thread"] for e in map(json.loads, sys.stdin) if e["event"] == "call"}))' <out
}
only() {
  local got
  got=$(names "$1")
  [ "$got" = "$2" ] || fail "-t $1: '$got', not '$2'"
}
only 'a,+children' 'a-kid a-kid-child'
only 'b,+children,-*-child' 'b-kid'
only 'a-kid,+children' 'a-kid a-kid-child'
only 'a,b,+children' 'a-kid a-kid-child b-kid b-kid-child'
status=0
"$calltap" trace "$pid" work -n 1 --for 200ms -t a >out 2>errors || status=$?
[ $status = 4 ] || fail "-t a: status $status: the others were asked, too: $(cat out)"
# Tags: a child has that of its parent, and it stays with the child.
"$calltap" trace "$pid" 'work -> tag(tag())' -n 300 --json -t '*-child' >out 2>errors || fail "tags: $(cat errors)"
python3 - out <<'PY' || fail "tags: $(head -3 out)"
import json, sys
calls = [e for e in map(json.loads, open(sys.argv[1])) if e["event"] == "call"]
tags = {}
for call in calls:
    tags.setdefault(call["tid"], set()).add(call.get("tag"))
seen = set().union(*tags.values())
sys.exit(not (seen == {0, 1, 2} and all(len(one) == 1 for one in tags.values())))
PY
clean "inheritance"
kill "$pid"
wait "$pid" || fail "the program"
pid=
grep -qx right said || fail "$(cat said)"

# Where creation is not seen, that is said.
cc 14 -D_GNU_SOURCE -I"$CALLTAP_SOURCE/include" -O1 -pthread p.c -o static -static -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a
./static >said &
pid=$!
waits 10 is_ready
status=0
"$calltap" trace "$pid" work -n 1 -t 'a,+children' >out 2>errors || status=$?
[ $status = 1 ] && grep -q 'linked statically' errors || fail "static: status $status: $(cat errors)"
kill "$pid"
wait "$pid" || fail "the static program"
pid=
grep -qx right said || fail "static: $(cat said)"
