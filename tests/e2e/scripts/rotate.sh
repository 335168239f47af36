#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# rotate=SIZE*N: files take turns, at most N of them stay, each can be read alone, and all together have the newest events of each thread
# without a gap; what went with older files is counted. Threads that sleep, end, fork and are interrupted; objects that come and go; kill -9; a disk
# that is full, and a directory that is gone.
. "$(dirname "$0")/../../support/lib.sh"
programs=$CALLTAP_SOURCE/tests/e2e/programs
cc 14 -O2 -pthread "$programs/recorder.c" -o recorder "${with_runtime[@]}"
rules='step -> return; inner -> return; wait_inside -> return'
check() { python3 "$programs/recorded.py" "$@"; }
number() { sed -n "s/^  $1: //p" said; }
# add_up FILE...: of the parts of one session: `events` that are in them, the `newest` and its number, `part`, what is `gone`, `lost`, and how it `ended`.
add_up() {
  local file
  events=0 part=0
  for file in "$@"; do
    "$calltap" info "$file" >said 2>info-errors || [ $? = 3 ] || fail "info $file: $(cat info-errors)"
    events=$((events + $(number calls) + $(number exits)))
    [ -n "$(number part)" ] || fail "$file is no part: $(cat said)"
    [ "$(number part)" -le "$part" ] || { part=$(number part) newest=$file gone=$(number gone) lost=$(number lost) ended=$(number end); }
  done
}
# alone FILE...: each part can be read without the others.
alone() {
  local file
  for file in "$@"; do
    "$calltap" decode "$file" >part.text 2>errors || fail "$file alone: $? $(cat errors)"
    ! grep -q 'has no end' errors || fail "$file: $(cat errors)"
    check part.text any >/dev/null 2>errors || grep -q 'no event' errors || fail "$file alone: $(cat errors)"
  done
}
# no_more PREFIX: neither the file that was made ahead nor an old one is left.
no_more() { [ ! -e "$1.next" ] || fail "$1.next is left"; }

# Busy threads, and three that stay inside of a call through all turns and then call again.
for size in '256k*2' '256k*3' '512k*5' '1M*100'; do
  rm -f t.*
  CALLTAP=$rules CALLTAP_LIMIT="budget=0,rotate=$size" CALLTAP_OUT=t.cbor ./recorder counts 8 20000 3 || fail "$size: the program: $?"
  no_more t
  [ "$(echo t.*.cbor | wc -w)" -le "${size#*\*}" ] || fail "$size: $(echo t.*)"
  alone t.*.cbor
  "$calltap" decode t.*.cbor >text 2>errors || fail "$size: decode: $? $(cat errors)"
  check text 20000 >/dev/null || fail "$size: all of them"
  add_up t.*.cbor
  made=$((8 * 20000 * 4 + 3 * 2 * 2))
  [ $((events + gone)) = $made ] && [ "$lost" = 0 ] || fail "$size: $events in files and $gone gone, of $made events; $lost lost"
  [ "$ended" = exit ] || fail "$size: it ended by $ended"
  [ "$gone" = 0 ] || [ "$(grep -c "note: $gone older events are gone" errors)" = 1 ] || fail "$size: $(cat errors)"
  [ "$(grep -c 'older events* .*gone' errors)" -le 1 ] || fail "$size: it is said twice: $(cat errors)"
  [ "$size" = '1M*100' ] || [ "$(grep -c '  (entered before what this file has)' text)" -gt 0 ] || fail "$size: all exits have their calls"
  [ "$(stat -c %s t.1.cbor)" -le $((2200 << 10)) ] || fail "$size: a file has $(stat -c %s t.1.cbor) bytes"
done
[ "$part" -gt 5 ] || fail "all are in $part files"
# What no file has lost is as in one file.
[ "$gone" = 0 ] && [ "$(grep -c 'wait_inside(thread=' text)" = 6 ] || fail "$gone gone"

# Some threads only; what they are called when they make their first event counts.
rm -f t.*
CALLTAP=$rules CALLTAP_THREADS=new CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor ./recorder counts 3 20000
add_up t.*.cbor
[ $((events + gone)) = $((3 * 20000 * 4)) ] || fail "new threads: $events and $gone"
rm -f t.*
CALLTAP=$rules CALLTAP_THREADS=main CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor ./recorder counts 3 20000
add_up t.*.cbor
[ "$events $gone" = '0 0' ] || fail "the main thread: $events and $gone"

# The next run takes the places of all, a file of another name stays.
rm -f t.*
touch t.4.cbor t.txt
for calls in 20000 1; do
  CALLTAP=$rules CALLTAP_LIMIT='budget=0,rotate=256k*3' CALLTAP_OUT=t.cbor ./recorder counts 2 $calls
done
[ "$(echo t.*)" = 't.1.cbor t.4.cbor t.txt' ] || fail "after a second run: $(echo t.*)"

# Threads that end, and others in their places.
rm -f t.*
CALLTAP=$rules CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor ./recorder counts 2 2000 1 100 || fail "ended threads: $?"
alone t.*.cbor
"$calltap" decode t.*.cbor >text 2>errors || fail "ended threads: $(cat errors)"
check text 2000 >/dev/null
add_up t.*.cbor
[ $((events + gone)) = $((100 * (2 * 2000 * 4 + 4))) ] || fail "ended threads: $events and $gone"

# A signal handler in the middle of hooks, of taking chunks, and of turns.
cc 14 -O2 "$programs/handler.c" -o handler "${with_runtime[@]}"
rm -f t.*
CALLTAP='in_main; in_handler -> return' CALLTAP_LIMIT='budget=0,rotate=256k*3' CALLTAP_OUT=t.cbor ./handler >made || fail "a wrong result"
read -r calls handled <made
"$calltap" decode --function in_main -o text t.*.cbor 2>errors || fail "handler: $(cat errors)"
awk '/in_main\(/ { split($0, v, /[=)]/); if (n++ && v[2] != (last + 1) % 65536) exit 1; last = v[2] } END { exit n < 1000 }' text ||
  fail "handler: a gap in $(wc -l <text) lines"
add_up t.*.cbor
# A handler between a hook's count and its event may have that event counted in the file before.
off=$((events + gone - calls - 2 * 20 * handled))
[ "${off#-}" -le 8 ] || fail "handler: $events and $gone, of $((calls + 2 * 20 * handled))"

# One that makes files turn several times while a hook of its thread is interrupted, which then writes into one that is gone.
cat >long.c <<'C'
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
static char text[] = "a text that takes a system call to be read";
__attribute__((noinline)) long in_main(long n, const char *text) { __asm__ volatile("" : "+r"(n) : "r"(text)); return n; }
__attribute__((noinline)) long in_handler(long n) { __asm__ volatile("" : "+r"(n)); return n; }
static volatile sig_atomic_t handled;
static const struct itimerval soon = {{0, 0}, {0, 50}};
static void on_alarm(int number) {
  (void)number;
  for (long n = 0; n < 80000; n++)
    in_handler(n);
  handled++;
  setitimer(ITIMER_REAL, &soon, NULL);
}
int main(void) {
  long n = 0;
  signal(SIGALRM, on_alarm);
  setitimer(ITIMER_REAL, &soon, NULL);
  for (; handled < 100; n++)
    in_main(n, text);
  setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
  printf("%ld\n", n + handled * 80000L);
  return 0;
}
C
cc 14 -O2 long.c -o long "${with_runtime[@]}"
rm -f t.*
CALLTAP='in_main; in_handler' CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor ./long >made || fail "a long handler: $?"
add_up t.*.cbor
off=$((events + gone - $(cat made)))
"$calltap" decode t.*.cbor >text 2>errors || fail "a long handler: $(cat errors)"
! grep -q 'does not know' errors || fail "a long handler: $(cat errors)"
! grep -Ev 'in_handler\(n=[0-9]*\)$|in_main\(n=[0-9]*, text="a text that takes a system call to be read"\)$' text >wrong || fail "a long handler: $(head -3 wrong)"
[ "$lost" = 0 ] && [ "${off#-}" -le 8 ] || fail "a long handler: $events and $gone, of $(cat made), and $lost lost"

# What was counted when somebody asked stands in a file, and counts on in the next: all of them together have it once.
rm -f t.* counts
started() { [ "$(od -An -tu8 -j 512 -N 8 counts)" -gt 20000 ]; }
rows() { "$calltap" decode "$@" 2>/dev/null | grep '  recorder:inner/3  thread=' | sort; }
./recorder counts 2 0 &
pid=$!
waits 20 started
"$calltap" record $pid 'step -> return' 'inner(thread, n, text) -> count by thread' --rotate '2M*100' --detach --session S -o t.cbor 2>errors || fail "tables: $(cat errors)"
"$calltap" info $pid S >said 2>errors && grep -q 'thread=' said || fail "tables: $(cat said errors)"
before=$(echo t.*.cbor | wc -w)
went_on() { [ "$(echo t.*.cbor | wc -w)" -gt $((before + 1)) ]; }
waits 20 went_on
"$calltap" stop $pid S >said 2>&1 || fail "tables: $(cat said)"
kill -9 $pid
wait $pid 2>/dev/null || true
pid=
add_up t.*.cbor
[ -n "$(rows "$newest")" ] || fail "tables: nothing is in $newest"
diff <(rows t.*.cbor) <(rows "$newest") >differences || fail "tables: $(cat differences)"

# A child has files of its own.
cc 14 -O2 "$programs/forked.c" -o forked "${with_runtime[@]}"
rm -f t.*
CALLTAP='before; in_parent; in_child' CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor ./forked 100000 || fail "fork: $?"
for kind in own others; do
  [ $kind = own ] && files=(t.[12].cbor) || files=(t.cbor.*.[12])
  [ ${#files[@]} = 2 ] || fail "fork: $(echo t.*)"
  "$calltap" decode "${files[@]}" >text 2>errors || fail "fork: $(cat errors)"
  add_up "${files[@]}"
  [ $((events + gone)) = 200000 ] || fail "fork, $kind: $events and $gone"
  [ $kind = own ] && mine='before|in_parent' || mine=in_child
  ! grep '(n=' text | grep -Evq "forked:($mine)\(" || fail "fork: $kind has others' events"
  awk -F'[=)]' '/\(n=/ { if (n++ && $2 != last + 1 && $2 != 0) exit 1; last = $2 }' text || fail "fork: a gap in $kind"
done

# A fork that has the control lock, and waits for a lock that a thread has which needs the next file: it is not waited for without an end.
cc 14 -O2 -pthread "$programs/flushed.c" -o flushed "${with_runtime[@]}"
rm -f t.*
CALLTAP=step CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor timeout 60 ./flushed 400000 || fail "a fork that waits: $?"
add_up t.[12].cbor
[ $((events + gone + lost)) = 800000 ] || fail "a fork that waits: $events, $gone gone, $lost lost"

# What the thread is tagged with holds in the next file.
rm -f t.*
CALLTAP='step(thread, n) when n < 2 -> tag(thread + 7); inner' CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=t.cbor ./recorder counts 1 50000
for file in t.*.cbor; do
  "$calltap" decode "$file" >text 2>errors || fail "tags: $(cat errors)"
  grep -q 'inner(' text || fail "tags: $(head text)"
  ! grep 'inner(' text | grep -qv '\[7\]' || fail "an event without its tag: $(grep 'inner(' text | grep -v '\[7\]' | head -1)"
done

# Objects that come and go: each file knows the functions of those that have come, also of what has gone.
cc 14 -O2 -fPIC -shared "$programs/library.c" -o liba.so "${with_runtime[@]}"
cc 14 -O2 -fPIC -shared -DPLUG_OTHER "$programs/library.c" -o libb.so "${with_runtime[@]}"
cat >come.c <<'C'
#include <dlfcn.h>
__attribute__((noinline)) long turn(long n) { __asm__ volatile("" : "+r"(n)); return n; }
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    for (long n = 0; n < 20000; n++)
      turn(n);
    void *library = dlopen(argv[i], RTLD_NOW);
    int (*plug)(int) = library ? (int (*)(int))dlsym(library, "plug") : 0;
    if (!plug || plug(10) != 20)
      return 1;
    for (long n = 0; n < 10000; n++)
      plug(10);
    dlclose(library);
  }
  for (long n = 0; n < 200000; n++)
    turn(n);
  return 0;
}
C
# Each library calls once more when it comes, and when it goes.
cc 14 -O2 come.c -o come "${with_runtime[@]}" -ldl
rm -f t.*
CALLTAP='come:turn; plug -> return' CALLTAP_LIMIT='budget=0,rotate=256k*100' CALLTAP_OUT=t.cbor ./come "$PWD/liba.so" "$PWD/libb.so" || fail "libraries: $?"
for file in t.*.cbor; do
  "$calltap" decode "$file" >text 2>errors || fail "libraries: $file: $? $(cat errors)"
  ! grep -Evq ' (come:turn|lib[ab][^ ]*:plug|library:plug)[(/]' text || fail "libraries: $file: $(grep -Ev 'turn|plug' text | head -3)"
done
"$calltap" decode t.*.cbor >text 2>errors || fail "libraries: $(cat errors)"
[ "$(grep -c 'plug(' text)" = 20006 ] && [ "$(grep -c 'turn(' text)" = 240000 ] || fail "libraries: $(grep -c 'plug(' text) and $(grep -c 'turn(' text)"

# Killed at a random moment.
for round in $(seq "${CALLTAP_KILLS:-4}"); do
  rm -f counts t.*
  CALLTAP=$rules CALLTAP_LIMIT="budget=0,rotate=256k*$((round % 3 + 2))" CALLTAP_OUT=t.cbor ./recorder counts 2 0 &
  pid=$!
  waits 20 started
  sleep "0.0$((RANDOM % 90 + 10))"
  kill -9 $pid
  wait $pid 2>/dev/null || true
  pid=
  "$calltap" decode t.*.cbor >text 2>errors || [ $? = 3 ] || fail "round $round: $(cat errors)"
  [ "$(grep -c 'has no end' errors)" = 1 ] || fail "round $round: which file is the last? $(cat errors)"
  check text counts 1 1 >/dev/null || fail "round $round: $(cat errors)"
done
rm -f t.*

# The directory is gone, or the name of the next file is not to be had: the session ends, and the program does not notice.
is_over() { "$calltap" info "$pid" env | grep -q '^    reason: rotate$'; }
goes_on() { [ "$(od -An -tu8 -j 512 -N 8 counts)" -gt "$done" ]; }
ends() {
  rm -rf counts d
  mkdir d
  CALLTAP=$rules CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=d/t.cbor ./recorder counts 2 0 &
  pid=$!
  waits 20 test -s d/t.2.cbor
  waits 20 "$@"
  waits 20 is_over
  done=$(od -An -tu8 -j 512 -N 8 counts)
  waits 20 goes_on
  kill -9 $pid
  wait $pid 2>/dev/null || true
  pid=
}
ends mv d e
add_up e/t.*.cbor
[ "$ended" = rotate ] || fail "where the directory is gone: $ended"
alone e/t.*.cbor
rm -rf e
ends mkdir d/t.next
add_up d/t.*.cbor
[ "$ended" = rotate ] || fail "where the next file cannot be made: $ended"
alone d/t.*.cbor
rm -rf d
( ulimit -f 1000; CALLTAP=step CALLTAP_LIMIT='budget=0,rotate=1M*2' CALLTAP_OUT=n.cbor ./recorder counts 1 1 2>errors ) || fail "ulimit -f"
grep -q 'too small' errors && [ ! -e n.1.cbor ] || fail "ulimit -f: $(cat errors)"

# `run` says where they are.
"$calltap" run --rotate '256k*3' -o run.cbor step -- ./recorder counts 4 50000 2>errors || fail "run: $(cat errors)"
add_up run.*.cbor
grep -q "trace: .*/run\.\*\.cbor (3 files that took turns, 200000 calls, $gone older events gone)" errors || fail "run: $(cat errors)"

# By a command, which does not follow the files.
CALLTAP_LIMIT=budget=0 ./recorder counts 2 0 &
pid=$!
waits 20 started
"$calltap" record $pid step --rotate '256k*2' -o r.cbor 2>errors && fail "record follows the files"
grep -q -e --detach errors || fail "$(cat errors)"
"$calltap" trace $pid step --limit 'rotate=256k*2' 2>errors && fail "files that are read as they come"
grep -q 'calltap record --detach' errors || fail "$(cat errors)"
"$calltap" record $pid step inner --rotate '256k*2' --limit budget=0 --detach --session turns -o r.cbor 2>errors || fail "record: $? $(cat errors)"
grep -q 'r.1.cbor' errors || fail "$(cat errors)"
waits 20 test -s r.2.cbor
turned() { "$calltap" info "$pid" | grep -q 'r.1.cbor'; }
waits 20 turned
# Paused and resumed, and asked of other threads, in the middle.
for what in pause resume reset threads=new threads=all tcw=1 pause resume; do
  "$calltap" change $pid turns $what >/dev/null 2>errors || fail "change $what: $(cat errors)"
  turn=$(stat -c %i r.1.cbor)
  turned() { [[ $what = @(pause|threads=new) ]] || [ "$(stat -c %i r.1.cbor)" != "$turn" ]; }
  waits 20 turned
done
"$calltap" stop $pid turns >/dev/null 2>errors || fail "stop: $(cat errors)"
kill -9 $pid
wait $pid 2>/dev/null || true
pid=
no_more r
add_up r.*.cbor
[ "$ended" = asked ] || fail "stopped: $ended"
"$calltap" decode r.*.cbor >text 2>errors || fail "record: $(cat errors)"

# A full disk: the session says so, no signal comes.
unshare -rm true 2>/dev/null || skip "no mount namespaces here"
mkdir disk
unshare -rm bash -euc '
  mount -t tmpfs -o size=1m none disk
  CALLTAP="step; inner" CALLTAP_LIMIT="budget=0,rotate=256k*8" CALLTAP_OUT=disk/t.cbor ./recorder counts 4 100000
  cp --sparse=always disk/t.*.cbor .
  [ ! -e disk/t.next ]
' || fail "on a full disk: $?"
"$calltap" decode t.*.cbor >text 2>errors || { [ $? = 3 ] && grep -q lost errors; } || fail "on a full disk: $(cat errors)"
add_up t.*.cbor
[ "$ended" = disk ] || fail "on a full disk: $ended"
