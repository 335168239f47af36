#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Requests that no command would leave: the process is unharmed, answers the next one, and takes nothing that others could have left.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
clang-14 -I"$CALLTAP_SOURCE/include" "$CALLTAP_SOURCE/tests/e2e/programs/send_request.c" -o send_request
start_asked 2 300
directory=/tmp/calltap-$(id -u)
# Each has a name of its own: the signal of the last one may come late, to a thread that has to wait for its turn.
renew() {
  nonce=$(printf '%08x' "$(od -An -tu4 -N4 /dev/urandom | tr -d ' ')")
  ask=$directory/$nonce.ask
}
renew
made() { chmod 600 "$1" && ./send_request "$pid" "$nonce" && "$calltap" info "$pid" >/dev/null || fail "$2"; }
unanswered() {
  made "$ask" "$1"
  [ ! -e "$directory/$nonce.said" ] || fail "$1 was answered"
  rm -rf "$ask"
  renew
}
(umask 077 && mkdir "$ask") && chmod 700 "$ask" && unanswered "a directory"
mkfifo "$ask" && unanswered "a FIFO"
head -c 1000000 /dev/urandom >"$ask" && unanswered "1 MB"
printf 'calltap 1 info\n' >file && chmod 600 file
ln -s "$PWD/file" "$ask" && unanswered "a link"
ln file "$directory/$nonce.other" 2>/dev/null && ln file "$ask" && unanswered "a hard link"
rm -f "$directory/$nonce.other"
for round in $(seq 20); do
  { [ $((round % 2)) = 0 ] || printf 'calltap 1 start\nsession x\nrules\n'; head -c $((RANDOM % 3000)) /dev/urandom; } >"$ask"
  made "$ask" "random bytes, round $round"
  rm -f "$ask" "$directory/$nonce.said"
  renew
done
"$calltap" trace "$pid" one -n 2 >/dev/null 2>errors || fail "the next question: $(cat errors)"
clean "hostile requests"
end_asked

# Nor what lies in a directory that is not its own alone. Its name is fixed: this takes a /tmp of its own.
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || exit 0
cp "$calltap" command
cp "$runtime"/libcalltap.so* .
cat >unsafe.sh <<'SH'
set -euo pipefail
mount --bind "$1" /mnt
mount -t tmpfs none /tmp
export LD_LIBRARY_PATH=/mnt
/mnt/asked 2 300 >/dev/null &
pid=$!
trap 'kill -9 $pid' EXIT
for _ in $(seq 500); do /mnt/command info $pid >/dev/null 2>&1 && break || sleep 0.02; done
rm -rf /tmp/calltap-0
mkdir -m 700 /tmp/calltap-0
printf 'calltap 1 info\n' >/tmp/calltap-0/0badcafe.ask
chmod 600 /tmp/calltap-0/0badcafe.ask
eval "$2"
/mnt/send_request $pid 0badcafe
eval "$3"
/mnt/command info $pid >/dev/null
[ "$4" = "$(ls -A /tmp/calltap-0)" ]
SH
# unsafe PREPARATION REPAIR LEFT
unsafe() { unshare -m bash unsafe.sh "$work" "$@" >out 2>&1 || fail "$1: taken, or it harmed: $(cat out)"; }
# shellcheck disable=SC2016
unsafe : 'for _ in $(seq 500); do [ ! -e /tmp/calltap-0/0badcafe.said ] || break; sleep 0.02; done' 0badcafe.said # the test itself
unsafe 'chmod 750 /tmp/calltap-0' 'chmod 700 /tmp/calltap-0' 0badcafe.ask
unsafe 'chmod 707 /tmp/calltap-0' 'chmod 700 /tmp/calltap-0' 0badcafe.ask
unsafe 'chown 65534 /tmp/calltap-0' 'chown 0 /tmp/calltap-0' 0badcafe.ask
unsafe 'mv /tmp/calltap-0 /tmp/there; ln -s there /tmp/calltap-0' 'rm /tmp/calltap-0; mv /tmp/there /tmp/calltap-0' 0badcafe.ask
unsafe 'chown 65534 /tmp/calltap-0/0badcafe.ask' : 0badcafe.ask
unsafe 'chmod 620 /tmp/calltap-0/0badcafe.ask' : 0badcafe.ask
