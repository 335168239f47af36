#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/redis/test.sh MAJOR BUILD_DIRECTORY WORK_DIRECTORY
#
# Redis, built with the plugin by clang MAJOR, is asked while it serves: what is shown is what was asked for, and when
# the one who asks is killed, nothing stays armed.
set -euo pipefail
major=$1 build=$2 work=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
calltap=$build/bin/calltap
unset CALLTAP CALLTAP_OUT CALLTAP_LIMIT CALLTAP_START CALLTAP_SIGNAL CALLTAP_RUN LD_PRELOAD

source=$("$root/scripts/get-source" redis) || exit 77
mkdir -p "$work"
cd "$work"
fail() {
  echo "FAILED: $*"
  exit 1
}

plugin=$build/plugin/calltap-$major.so
if [ ! -e redis/src/redis-server ] || [ "$plugin" -nt redis/src/redis-server ]; then
  CC=clang-$major CFLAGS=-fplugin=$plugin LDFLAGS="-L$build/rt -Wl,-rpath,$build/rt -Wl,-u,calltap_version -lcalltap" \
    "$root/scripts/build-redis" "$source" redis
fi
program=$work/redis/src/redis-server
benchmark=$work/redis/src/redis-benchmark

# The path of a socket is short, that of a build may be long.
directory=$(mktemp -d "${TMPDIR:-/tmp}/calltap-redis.XXXXXX")
server='' load='' asking=''
clean_up() {
  local pid
  for pid in $asking $load $server; do
    kill -9 "$pid" 2>/dev/null || true
  done
  wait
  rm -rf "$directory"
}
trap clean_up EXIT

# waits SECONDS COMMAND: until the command succeeds.
waits() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "waited too long for: $*"
    sleep 0.02
  done
}

socket=$directory/redis.socket
"$program" --port 0 --unixsocket "$socket" --save '' --appendonly no --dir "$directory" >server.txt 2>&1 &
server=$!
answers() { [ "$("$work/redis/src/redis-cli" -s "$socket" ping)" = PONG ]; }
waits 20 answers

# Requests a second.
throughput() { "$benchmark" -s "$socket" -t set -n 40000 -c 10 --csv | awk -F '"' '$2 == "SET" { print $4 }'; }
before=$(throughput)

(
  trap 'exit 0' TERM
  while "$benchmark" -s "$socket" -t set,get -n 5000 -c 5 -q; do :; done >load.txt 2>&1
) &
load=$!

# ask COMMAND...: into out.txt and err.txt; the exit status is to be 0.
ask() {
  local status=0
  timeout 60 "$calltap" "$@" >out.txt 2>err.txt || status=$?
  [ $status = 0 ] || fail "calltap $*: status $status, $(cat out.txt err.txt)"
}

# lines NUMBER PATTERN: how many lines of out.txt there must be.
lines() { [ "$(grep -cE "$2" out.txt)" = "$1" ] || fail "not $1 lines of $2: $(cat out.txt err.txt)"; }

echo "== What can be asked"
ask list "$server" setCommand
name=$(sed -n 's/^\([a-z_]*:setCommand\)\/1 .*/\1/p' out.txt)
[ "$name" = t_string:setCommand ] || fail "$(cat out.txt)"

echo "== The next five calls, with their exits"
ask trace "$server" 'setCommand(c) -> return' -n 5
lines 5 't_string:setCommand\(c=0x[0-9a-f]+\)'
lines 5 't_string:setCommand/1 -->'
cat out.txt

echo "== A guard on a field"
ask trace "$server" 'processCommand(c) when c->argc > 2 -> return, message(c->argc)' -n 5
lines 5 'server:processCommand\(c=0x[0-9a-f]+\)'
lines 5 'server:processCommand/1 --> 0 '
lines 5 'message +c->argc=3$'

echo "== Counted"
ask count --for 1s "$server" setCommand getCommand
cat out.txt
for function in setCommand getCommand; do
  awk -v name="t_string:$function/1" '$NF == name && $1 > 0 { found = 1 } END { exit !found }' out.txt || fail "no $function: $(cat out.txt err.txt)"
done

# unarmed: no session, and the code that is mapped is the file's.
unarmed() {
  local range offset start end
  "$calltap" info "$server" >info.txt 2>&1 || true
  ! grep 'state: ' info.txt | grep -qv ended || return 1
  while read -r range _ offset _; do
    start=$((0x${range%-*})) end=$((0x${range#*-}))
    cmp <(dd if="/proc/$server/mem" bs=64K iflag=skip_bytes,count_bytes skip=$start count=$((end - start)) status=none) \
      <(dd if="$program" bs=64K iflag=skip_bytes,count_bytes skip=$((0x$offset)) count=$((end - start)) status=none) || return 1
  done < <(awk -v program="$program" '$2 ~ /x/ && $6 == program' "/proc/$server/maps")
}

# killed COMMAND...: is killed once it has armed something.
killed() {
  "$calltap" "$@" >out.txt 2>err.txt &
  asking=$!
  waits 10 grep -q '^armed: ' err.txt
  ! unarmed >/dev/null 2>&1 || fail "nothing was armed by: $* $(cat err.txt info.txt)"
  kill -9 $asking
  wait $asking 2>/dev/null || true
  asking=''
  waits 2 unarmed
}

echo "== The one who asks is killed"
waits 2 unarmed
killed trace -n 0 --for 0 "$server" 'flushallCommand -> return'
killed trace -n 0 --for 0 "$server" 'setCommand(c) -> return'
killed record -n 0 --for 0 -o "$directory/record.cbor" "$server" 't_string:* -> return'

kill $load
wait $load 2>/dev/null || true
load=''

echo "== Requests a second"
"$calltap" record --for 0 -n 0 -o "$directory/during.cbor" "$server" 'setCommand -> return' 2>err.txt &
asking=$!
waits 10 grep -q '^armed: ' err.txt
during=$(throughput)
kill -INT $asking
wait $asking || true
cat err.txt
asking=''
waits 2 unarmed
echo "before $before, while all calls of setCommand were recorded $during, after $(throughput)"

answers || fail "the server does not answer any more: $(tail server.txt)"
"$work/redis/src/redis-cli" -s "$socket" shutdown nosave || true
status=0
wait $server || status=$?
server=''
[ $status = 0 ] || fail "the server ended with $status: $(tail server.txt)"
echo "done"
