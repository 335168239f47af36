#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# examples/enum: a tracer of one's own and two lines of `calltap trace` show as many calls as they ask for; then tracing is off by itself,
# the machine code is what it was, and the program has not noticed.
. "$(dirname "$0")/../../support/lib.sh"
example=$CALLTAP_SOURCE/examples/enum
! nm -D "$CALLTAP_BUILD/tools/libcalltap-client.so" | grep -qE '__(asan|tsan)_' || skip "clients need a sanitizer in this build"
PATH=$CALLTAP_BUILD/bin:$PATH
cc 14 -O2 -pthread "$example/enum.c" -o enum "${with_runtime[@]}"
clang-14 -std=c11 -O2 -Wall -Wextra -Werror -I"$CALLTAP_SOURCE/include" "$example/tracer.c" -o tracer \
  -L"$CALLTAP_BUILD/tools" -lcalltap-client "-Wl,-rpath,$CALLTAP_BUILD/tools"

call='^[0-9:.]+ [0-9]+ worker-[123]/[0-9]+ #[0-9]+ enum:map\(list=0x[0-9a-f]+, callback=0x[0-9a-f]+ <enum:twice/1>\)$'
exit='^[0-9:.]+ [0-9]+ worker-[123]/[0-9]+ #[0-9]+ enum:map/2 --> 0x[0-9a-f]+  \([0-9.]+ .s\)$'

# is NUMBER PATTERN FILE: so many lines of the file are so.
is() { [ "$(grep -cE "$2" "$3")" = "$1" ] || fail "not $1 times $2: $(cat "$3")"; }

# The section .text: its place in the file, its size, and its place in memory.
read -r offset size < <(readelf -SW enum | sed -nE 's/.* \.text +PROGBITS +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) .*/\1 \2/p')
offset=$((16#$offset)) size=$((16#$size))
text_in_memory() {
  local start skipped
  read -r start skipped < <(sed -nE "s|^([0-9a-f]+)-[0-9a-f]+ ..x. ([0-9a-f]+) .*/enum$|\1 \2|p" "/proc/$pid/maps" | head -n 1)
  dd if="/proc/$pid/mem" iflag=skip_bytes,count_bytes skip=$((16#$start + offset - 16#$skipped)) count=$size status=none
}
dd if=enum iflag=skip_bytes,count_bytes skip=$offset count=$size status=none of=text
is_as_built() { text_in_memory | cmp -s - text; }
is_armed() { ! is_as_built; }

begin() {
  rm -f said
  ./enum "$@" >said &
  pid=$!
  waits 10 test -s said
}

# All three workers are in clock_nanosleep.
are_asleep() { [ "$(cat /proc/"$pid"/task/*/syscall 2>/dev/null | grep -c '^230 ')" = 3 ]; }

echo "== The three, on a program that counts its rounds"
begin -i 20 -n 400
is_as_built || fail "it is armed before anybody asked"

./tracer "$pid" >out 2>err || fail "tracer: $? $(cat err)"
is 5 "$call" out
is 5 '' out
[ ! -s err ] || fail "tracer said $(cat err)"
is_as_built || fail "armed after the tracer's end"

calltap trace "$pid" 'enum:map' -n 5 >out 2>err || fail "trace: $? $(cat err)"
is 5 "$call" out
is 5 '' out
is 1 '^armed: 1 function, 4 threads$' err
is 1 '^stopped: 5 calls \(-n 5\), 0 rejected, 0 faults, 0 lost, 0 open, cost .*$' err
is_as_built || fail "armed after five calls"

calltap trace "$pid" 'enum:map(_, _) -> return' -n 10 >out 2>err || fail "trace: $? $(cat err)"
is 10 "$call" out
is 10 "$exit" out
is 20 '' out
is 1 '^stopped: 10 calls \(-n 10\), 0 rejected, 0 faults, 0 lost, 0 open, cost .*$' err
is_as_built || fail "armed after ten calls"

# Every call has its exit: the same thread and number.
grep -oE 'worker-[123]/[0-9]+ #[0-9]+' out | sort | uniq -c | awk '$1 != 2 { exit 1 }' || fail "calls and exits are not pairs: $(cat out)"
wait "$pid" || fail "the program ended with $?"
[ "$(cat said)" = "$pid" ] || fail "the program said $(cat said)"

echo "== While a tracer waits the function is armed; killed, it leaves nothing"
begin -i 3600000
waits 10 are_asleep # they have called map, and will not soon again
./tracer "$pid" >out 2>err &
tracer=$!
waits 10 is_armed
kill -9 "$tracer"
wait "$tracer" 2>/dev/null || true
waits 10 is_as_built
[ ! -s out ] || fail "there were no calls, and it shows $(cat out)"

echo "== A process that ends lets the tracer end"
./tracer "$pid" >out 2>err &
tracer=$!
waits 10 is_armed
kill "$pid"
wait "$pid" 2>/dev/null || true
! wait "$tracer" || fail "the tracer thinks that it saw five calls"
! ./tracer "$pid" 2>err || fail "a process that is gone was traced"
is 1 "^tracer: $pid: there is no such process$" err
pid=

echo "== The script that shows it"
"$example/demo" "$CALLTAP_BUILD" >out 2>err || fail "demo: $? $(cat err)"
[ ! -s err ] || fail "demo said $(cat err)"
is 4 '^\$ (\./enum|\./tracer|kill|calltap trace)' <(grep -v "'enum:map'" out)
is 1 "^\\$ calltap trace [0-9]+ 'enum:map' -n 5$" out
is 20 "$call" out
is 10 "$exit" out
! kill -0 "$(sed -n 's/^\$ kill //p' out)" 2>/dev/null || fail "demo left its program behind"
