#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Where threads are that compute, wait for each other, and wait in a call that a signal would end; once, and often.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
cat >p.c <<'C'
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
static _Atomic int over, interrupted;
#define INNER __attribute__((noinline))
INNER long deep(long n) {
  volatile long sum = n;
  for (int i = 0; i < 1000 && !over; i++) sum += i;
  return sum;
}
INNER long recurse(long n) { return n ? recurse(n - 1) + 1 : deep(n) + 1; }
INNER long computes(void) { long sum = 0; while (!over) sum += recurse(5); return sum; }
INNER int polls(int fd) {
  struct pollfd one = {fd, POLLIN, 0};
  int got;
  while ((got = poll(&one, 1, -1)) < 0 && errno == EINTR) interrupted++;
  return got + 1;
}
static void *work(void *p) { pthread_setname_np(pthread_self(), "worker"); return computes() ? p : NULL; }
static void *wait_for(void *p) { pthread_setname_np(pthread_self(), "poller"); return polls(*(int *)p) ? p : NULL; }
static void on_term(int n) { (void)n; over = 1; }
int main(void) {
  int fd[2];
  pthread_t a, b;
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  if (pipe(fd)) return 2;
  sigprocmask(SIG_BLOCK, &term, NULL);
  pthread_create(&b, NULL, wait_for, fd);
  sigprocmask(SIG_UNBLOCK, &term, NULL);
  signal(SIGTERM, on_term);
  pthread_create(&a, NULL, work, NULL);
  pthread_join(a, NULL);
  write(fd[1], "x", 1);
  pthread_join(b, NULL);
  printf("interrupted %d\n", interrupted);
  return 0;
}
C
cc 14 -D_GNU_SOURCE -w -O1 -pthread p.c -o p "${with_runtime[@]}"
./p >said &
pid=$!
named() { cat /proc/"$pid"/task/*/comm | grep -qx "$1"; }
waits 10 named worker
waits 10 named poller
# By /proc, and before anything is asked: a thread that is asked on its way into the call is interrupted there.
in_poll() { cat /proc/"$pid"/task/*/syscall | grep -q '^7 '; }
waits 10 in_poll
waits 10 is_ready
# seen ARGS: the functions of each thread, innermost first, of the program only.
seen() {
  "$calltap" stacks --json "$@" "$pid" | python3 -c 'import json,sys
for t in map(json.loads, sys.stdin):
    own = [f["function"].split(":")[1].split("/")[0] for f in t.get("stack", []) if f.get("function", "").startswith("p:")]
    print(t["thread"], t.get("call", "-"), t.get("partial", False), *own)'
}
seen >out
grep -qx 'p futex False main' out || fail "main: $(cat out)"
grep -qx 'poller poll True polls wait_for' out || fail "poller: $(cat out)"
stack='worker - False deep recurse recurse recurse recurse recurse recurse computes work'
grep -Eqx "worker - False (deep )?(recurse )*computes work" out || fail "worker: $(cat out)"
deepest() { seen >out && grep -qx "$stack" out; }
waits 20 deepest
# Until here nobody was interrupted; now one is.
seen --interrupt >out
grep -qx 'poller poll False polls wait_for' out || fail "poller, interrupted: $(cat out)"
waits 10 in_poll
# Often: the thread that computes is nearly always at the bottom; nobody else moves.
"$calltap" stacks --every 1ms --for 500ms --folded "$pid" >folded 2>errors || fail "samples: $(cat errors)"
grep -Eq '^worker;.*p:computes/0;(p:recurse/1;){6}p:deep/1 [0-9]+$' folded || fail "folded: $(cat folded)"
grep -Eq '^poller;.*p:polls/1;.*poll.* [0-9]+$' folded || fail "folded: $(cat folded)"
"$calltap" stacks --every 1ms --for 100ms "$pid" 2>errors | grep -Eq '^[0-9]+ of [0-9]+ \([0-9.]+ %\)  worker$' || fail "samples as text"
clean "stacks"
kill "$pid"
wait "$pid" || fail "the program"
pid=
grep -qx 'interrupted 1' said || fail "$(cat said)"
# What makes no sense.
for wrong in '' '--folded 1' '--for 1s 1' '--every 0s 1' '--every 1ms --json 1' '1 2' '4194305'; do
  status=0
  # shellcheck disable=SC2086
  "$calltap" stacks $wrong >out 2>errors || status=$?
  [ $status = 1 ] && [ -s errors ] || fail "stacks $wrong: status $status: $(cat errors)"
done
