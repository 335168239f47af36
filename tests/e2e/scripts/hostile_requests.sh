#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Requests that no command would leave: the process is unharmed, answers the next one, and takes nothing that others could have left.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
clang-14 -I"$CALLTAP_SOURCE/include" "$CALLTAP_SOURCE/tests/e2e/programs/send_request.c" -o send_request
start_asked 2 300
directory=/tmp/calltap-$(id -u)
nonce=$(printf '%08x' "$(od -An -tu4 -N4 /dev/urandom | tr -d ' ')")
ask=$directory/$nonce.ask
made() { chmod 600 "$1" && ./send_request "$pid" "$nonce" && "$calltap" info "$pid" >/dev/null || fail "$2"; }
unanswered() {
  made "$ask" "$1"
  [ ! -e "$directory/$nonce.said" ] || fail "$1 was answered"
  rm -rf "$ask"
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
done
"$calltap" trace "$pid" one -n 2 >/dev/null 2>errors || fail "the next question: $(cat errors)"
clean "hostile requests"
end_asked
