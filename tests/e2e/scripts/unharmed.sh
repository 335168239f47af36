#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Processes that a question could harm, and does not: one that waits for all signals, one that calls exec all the time, one that may not
# read the tick counter, one whose system calls are filtered, one with more rights than its caller.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"

# -- sigwait: it would be given the signal itself --
cat >waiter.c <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) int f(int a) { return a + 1; }
int main(void) {
  sigset_t all;
  int number, seen = f(0) - 1;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  puts("ready");
  fflush(stdout);
  for (;; seen++) {
    if (sigwait(&all, &number))
      return 2;
    if (number == SIGTERM)
      return printf("saw %d\n", seen), seen != 0;
  }
}
C
cc 14 -O1 waiter.c -o waiter "${with_runtime[@]}"
./waiter >said &
pid=$!
waits 10 grep -q ready said
for verb in info trace stop doctor; do
  status=0 rule=()
  [ $verb != trace ] || rule=(f)
  "$calltap" $verb "$pid" ${rule[@]+"${rule[@]}"} >out 2>&1 || status=$?
  [ $status = 1 ] && grep -q 'block' out || fail "sigwait, $verb: status $status: $(cat out)"
done
kill "$pid"
wait "$pid" || fail "sigwait: $(cat said)"
pid=

# -- exec: the next program knows nothing of the signal --
cat >again.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) int f(int a) { return a + 1; }
int main(int argc, char **argv) {
  char next[16];
  int left = atoi(argv[1]);
  volatile unsigned sum = 0;
  for (int i = 0; i < 20000000; i++)
    sum += (unsigned)f(i);
  if (left <= 0)
    return sum != (unsigned)(20000000L * 20000001 / 2) || argc != 3;
  snprintf(next, sizeof next, "%d", left - 1);
  execl(argv[2 - left % 2 * 2], argv[0], next, argv[0 + left % 2 * 2], NULL);
  return 3;
}
C
cc 14 -O1 again.c -o with "${with_runtime[@]}"
command cc -O1 again.c -o without
./with 100 ./without &
pid=$!
alive() { kill -0 "$pid" 2>/dev/null; }
asked=0 answered=0
end=$((SECONDS + 60))
while alive && [ $SECONDS -lt $end ]; do
  status=0
  timeout 20 "$calltap" trace "$pid" f -n 2 >out 2>errors || status=$?
  asked=$((asked + 1))
  [ $status != 0 ] || answered=$((answered + 1))
  [ $status -le 4 ] || fail "exec: status $status of the command: $(cat errors)"
done
wait "$pid" || fail "exec: the program ended with $?"
pid=
[ $asked -ge 3 ] || fail "exec: only $asked questions"
echo "exec: $answered of $asked questions were answered"

# -- no tick counter: a thread that reads it would be killed --
cat >tickless.c <<'C'
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
static volatile sig_atomic_t over;
static void on_term(int number) { over = number; }
__attribute__((noinline)) int f(int a) { __asm__ volatile(""); return a + 1; }
int main(void) {
  int wrong = 0;
  signal(SIGTERM, on_term);
  if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV))
    return 77;
  puts("ready");
  fflush(stdout);
  for (int i = 0; !over; i = (i + 1) % 1000)
    wrong += f(i) != i + 1;
  return wrong != 0;
}
C
cc 14 -O1 tickless.c -o tickless "${with_runtime[@]}"
rm -f said
./tickless >said &
pid=$!
waits 10 grep -q ready said
"$calltap" info "$pid" >out 2>&1 || fail "no ticks: info: $(cat out)"
"$calltap" record "$pid" 'f -> return' -n 3 -o tickless.cbor >out 2>&1 || fail "no ticks: $(cat out)"
waits 5 has_sessions 0
kill "$pid"
wait "$pid" || fail "no ticks: the program ended with $?"
pid=
[ "$("$calltap" decode tickless.cbor | grep -c 'f/1 --> ')" = 3 ] || fail "no ticks: $("$calltap" decode tickless.cbor)"

# -- seccomp: code cannot be changed in the usual way, or not at all --
cat >filtered.c <<'C'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
static volatile sig_atomic_t over;
static void on_term(int number) { over = number; }
__attribute__((noinline)) int f(int a) { __asm__ volatile(""); return a + 1; }
int main(int argc, char **argv) {
  unsigned second = argc > 1 ? SYS_pwrite64 : SYS_mprotect;
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  int wrong = 0;
  (void)argv;
  signal(SIGTERM, on_term);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
    return 77;
  puts("ready");
  fflush(stdout);
  for (int i = 0; !over; i = (i + 1) % 1000)
    wrong += f(i) != i + 1;
  return wrong != 0;
}
C
cc 14 -O1 filtered.c -o filtered "${with_runtime[@]}"
# filtered STATUS TEXT ARGS: what a question comes to.
filtered() {
  local wanted=$1 text=$2 status=0
  shift 2
  rm -f said # what the last one said
  ./filtered "$@" >said &
  pid=$!
  waits 10 grep -q ready said
  "$calltap" trace "$pid" f -n 3 >out 2>errors || status=$?
  [ $status = "$wanted" ] && cat out errors | grep -q "$text" || fail "seccomp $*: status $status: $(cat out errors)"
  "$calltap" doctor "$pid" >out 2>&1 || true
  grep -q 'seccomp filter' out || fail "seccomp $*: doctor: $(cat out)"
  waits 5 has_sessions 0
  kill "$pid"
  wait "$pid" || fail "seccomp $*: the program ended with $?"
  pid=
}
filtered 0 'f(a=' # by /proc/self/mem
filtered 2 'forbids changing code' all

# -- set-uid: it has the runtime, which stays out --
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || exit 0
cc 14 -O1 waiter.c -o privileged -static -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a
chmod 4755 privileged
chmod 755 .
rm -f said
setpriv --reuid=65534 --clear-groups ./privileged >said &
pid=$!
waits 10 grep -q ready said
status=0
"$calltap" info "$pid" >out 2>&1 || status=$?
[ $status = 1 ] && grep -q 'more rights\|set-uid' out || fail "set-uid: status $status: $(cat out)"
status=0
cp "$calltap" asks
chmod 755 asks
setpriv --reuid=65534 --clear-groups ./asks info "$pid" >out 2>&1 || status=$?
[ $status = 1 ] || fail "set-uid, by another: status $status: $(cat out)"
kill "$pid"
wait "$pid" || fail "set-uid: $(cat said)"
pid=
