#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Which system calls of the program a question interrupts: none where a thread runs or sits in one that goes on by itself, and one for each
# signal where there is no such thread. None while a session lives.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/waits.c" -o waits "${with_runtime[@]}"
restarted='read write recv accept flock wait mutex cond sem'
interrupted='poll epoll select nanosleep pause semop sem_timed'

# begin ARGS: every thread is in its call; one that is asked on its way there is interrupted.
begin() {
  rm -f said # what the last one said
  ./waits "$@" >said 2>&1 &
  pid=$!
  waits 10 grep -qx ready said
  waits 10 all_wait $(($# - 1))
}
all_wait() { [ "$(cat /proc/"$pid"/task/*/stat | awk '{ print $3 }' | grep -c S)" -ge "$1" ]; }
end() {
  kill "$pid"
  wait "$pid" || fail "$*: the program"
  pid=
  grep -qx right said || fail "$*: $(cat said)"
}
# none_of CALL...: each was there, and never interrupted.
none_of() {
  for call in "$@"; do grep -qx "$call 0" said || fail "$call: $(cat said)"; done
}

# One thread runs, so that all others are left alone.
# shellcheck disable=SC2086
begin spin $restarted $interrupted
for _ in $(seq 10); do "$calltap" trace "$pid" one -n 2 >/dev/null 2>errors || fail "trace: $(cat errors)"; done
end "one runs"
# shellcheck disable=SC2086
none_of $restarted $interrupted

# One runs when it is looked at, and may sleep when the signal comes: a parked one is asked instead.
# shellcheck disable=SC2086
begin naps $interrupted sem cond
for _ in $(seq 20); do "$calltap" trace "$pid" one -n 2 >/dev/null 2>errors || fail "trace: $(cat errors)"; done
end "one naps"
# shellcheck disable=SC2086
none_of main $interrupted sem cond

# The first is in read, which goes on; a session that stays gives no signal while it lives.
# shellcheck disable=SC2086
begin read $interrupted
"$calltap" record "$pid" one --session stays --for 60s --limit budget=0 --detach -o stays.cbor >/dev/null 2>errors || fail "record: $(cat errors)"
for _ in $(seq 5); do "$calltap" info "$pid" >/dev/null; done
"$calltap" stop "$pid" stays >/dev/null
end "one reads"
# shellcheck disable=SC2086
none_of $interrupted
grep -qx 'main 0' said || fail "read did not go on: $(cat said)"

# Each call that goes on does so after a signal to its own thread.
for call in $restarted; do
  begin read "$call"
  python3 - "$pid" <<'PY'
import ctypes, os, signal, sys
pid = int(sys.argv[1])
for tid in os.listdir(f"/proc/{pid}/task"):
    ctypes.CDLL(None).syscall(234, pid, int(tid), signal.SIGURG)  # tgkill
PY
  "$calltap" info "$pid" >/dev/null
  end "$call"
  none_of main "$call"
done

# Where there is no other thread, at most one is interrupted by each signal; a command sends a second one only if the answer is late.
for call in $interrupted; do
  begin "$call"
  for _ in 1 2 3; do "$calltap" info "$pid" >/dev/null; done
  end "$call"
  count=$(sed -n 's/^main //p' said)
  [ "$count" -ge 1 ] && [ "$count" -le 6 ] || fail "$call: interrupted $count times by three questions"
done
