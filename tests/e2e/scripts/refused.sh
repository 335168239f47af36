#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the command says of processes that cannot be asked, and of replies of every kind. A program stands in for the runtime, next to an
# empty library of its name.
. "$(dirname "$0")/../../support/lib.sh"

echo >empty.c
command cc -shared -fPIC empty.c -o libcalltap.so
command cc -pthread -I"$CALLTAP_SOURCE/include" -D_GNU_SOURCE "$CALLTAP_SOURCE/tests/support/answers.c" -o answers \
  -Wl,--no-as-needed -L. -lcalltap -Wl,-rpath,"$work"
# Without the library.
command cc -pthread -I"$CALLTAP_SOURCE/include" -D_GNU_SOURCE "$CALLTAP_SOURCE/tests/support/answers.c" -o bare

# begin MODE [PROGRAM]: sets pid.
begin() {
  rm -f said
  "./${2:-answers}" "$1" >said &
  pid=$!
  waits 10 test -s said
}
end() {
  kill -CONT "$pid"
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
}

# expect STATUS TEXT COMMAND...: what is said on either side has the text.
expect() {
  local wanted=$1 text=$2 status=0
  shift 2
  "$calltap" "$@" >out 2>err || status=$?
  [ $status = "$wanted" ] || fail "$*: status $status: $(cat out err)"
  cat out err | grep -qF -- "$text" || fail "$*: no '$text' in: $(cat out err)"
}

# refused MODE TEXT
refused() {
  begin "$1"
  expect 1 "$2" info "$pid"
  expect 1 "$2" doctor "$pid"
  end
}

# A number that nobody has.
expect 1 'no such process' info 4194305
expect 1 'no process has such a name' stop 'no-such-program-?'
expect 2 'is not a Calltap trace' info empty.c
expect 1 'is no change' change 4194305 cli jump
expect 1 'give a pid' doctor me

begin info bare
expect 1 'neither the runtime' info "$pid"
end

refused default 'does not catch SIGURG'
refused ignored 'ignores SIGURG'
refused blocked 'all its threads block SIGURG'

export CALLTAP_SIGNAL=none
refused info 'CALLTAP_SIGNAL=none'
unset CALLTAP_SIGNAL

begin info
kill -STOP "$pid"
stopped() { grep -q '^State:.T' "/proc/$pid/status"; }
waits 10 stopped
expect 1 "kill -CONT $pid" info "$pid"
end

begin zombie
child=$(cat said)
dead() { grep -q '^State:.Z' "/proc/$child/status"; }
waits 10 dead
expect 1 'a zombie' info "$child"
end

begin info
expect 0 'rules: a:b; c:d' info "$pid"
expect 0 'new: 3' info "$pid"
expect 0 '"rules":"a:b\u000ac:d","calls":17,"new":3}]}' info --json "$pid"
expect 0 'runtime 9' doctor "$pid"
expect 0 'stopped cli' stop "$pid" cli
expect 0 'session cli: pause' change "$pid" cli pause
end
begin thread # the first one blocks the signal
expect 0 'rules: a:b; c:d' info "$pid"
end
begin toggled
expect 0 'is off' toggle "$pid"
expect 1 'no session cli' info "$pid" cli
end
begin wrong
expect 1 'there is no such session: cli' stop "$pid" cli
end
begin fault
expect 2 'the system says no' info "$pid"
end
begin foreign
expect 2 'does not know' info "$pid"
end

# The directory's name is fixed: to make it unsafe takes a /tmp of its own.
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || exit 0
cp "$calltap" command # where it stands now may not be seen there
cat >unsafe.sh <<'SH'
set -euo pipefail
mount --bind "$1" /mnt
mount -t tmpfs none /tmp
export LD_LIBRARY_PATH=/mnt
rm -f /mnt/said
/mnt/answers "$3" >/mnt/said &
pid=$!
trap 'kill -9 $pid' EXIT
for _ in $(seq 500); do [ -s /mnt/said ] && break || sleep 0.02; done
eval "$2"
status=0
/mnt/command info "$pid" >/mnt/out 2>&1 || status=$?
ls -A /tmp/calltap-0 >/mnt/left 2>/dev/null || true
exit $status
SH
# unsafe STATUS TEXT PREPARATION [MODE]
unsafe() {
  local status=0
  unshare -m bash unsafe.sh "$work" "$3" "${4:-info}" 2>/dev/null || status=$?
  [ $status = "$1" ] || fail "$3: status $status: $(cat out)"
  grep -qF -- "$2" out || fail "$3: no '$2' in: $(cat out)"
}
unsafe 0 'session cli' ':'
[ ! -s left ] || fail "files are left behind: $(cat left)"
unsafe 2 'is a link' 'mkdir -m 700 /tmp/there; ln -s there /tmp/calltap-0'
unsafe 2 'open to others' 'mkdir -m 700 /tmp/calltap-0; chmod 750 /tmp/calltap-0'
unsafe 2 'belongs to another user' 'mkdir -m 700 /tmp/calltap-0; chown 65534 /tmp/calltap-0'
unsafe 0 'session cli' 'mount -o remount,ro /tmp'
unsafe 2 'no answer in 5 s' ':' silent
[ ! -s left ] || fail "files are left behind: $(cat left)"
