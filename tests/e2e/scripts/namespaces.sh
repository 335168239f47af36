#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# dlmopen: a library in a namespace of its own. One that brings a second runtime is traced by the first, in the same trace; one that
# brings none goes on untraced. The program can be asked all the while, and when the library is gone.
. "$(dirname "$0")/../../support/lib.sh"
. "$CALLTAP_SOURCE/tests/support/asked.sh"
programs=$CALLTAP_SOURCE/tests/e2e/programs
cc 14 -O2 "$programs/apart.c" -o apart -ldl "${with_runtime[@]}"
cc 14 -O2 -fPIC -shared "$programs/library.c" -o plain.so
cc 14 -O2 -fPIC -shared "$programs/library.c" -o carrying.so -Wl,--no-as-needed "${with_runtime[@]}"

for library in plain carrying; do
  rm -f ./*.cbor
  CALLTAP='plug; mine' CALLTAP_OUT='t.{pid}.cbor' ./apart ./$library.so >out 2>errors || fail "$library: $? $(cat out errors)"
  # The library comes later, if at all.
  [ "$(grep -c 'no function so far has the name of plug;' errors)" = 1 ] && [ "$(wc -l <errors)" = 1 ] && grep -qx right out ||
    fail "$library: $(cat out errors)"
  files=(t.*.cbor)
  [ ${#files[@]} = 1 ] || fail "$library: files ${files[*]}"
  normal "${files[0]}" >text || fail "$library: decode"
  [ "$(grep -c 'apart:mine(' text)" = 15 ] || fail "$library: $(cat text)"
  # Five calls a round, one of the constructor, one of the destructor.
  expected=0
  [ $library = plain ] || expected=21
  [ "$(grep -c 'library:plug(' text)" = $expected ] || fail "$library: $(cat text)"
done

for library in plain carrying; do
  ./apart ./$library.so stay >said 2>&1 &
  pid=$!
  waits 10 is_ready
  "$calltap" trace "$pid" mine -n 3 --for 20s >out 2>errors || fail "$library: mine: $(cat errors)"
  [ "$(grep -c 'apart:mine(' out)" = 3 ] || fail "$library: $(cat out errors)"
  status=0
  "$calltap" trace "$pid" 'plug -> return' -n 3 --for 20s >out 2>errors || status=$?
  if [ $library = plain ]; then
    [ $status = 1 ] && grep -q 'no function matches' errors || fail "plain: status $status: $(cat out errors)"
  else
    [ $status = 0 ] && [ "$(grep -c 'library:plug/1 --> ' out)" = 3 ] || fail "carrying: status $status: $(cat out errors)"
  fi
  clean "$library"
  # A session that begins before the library goes, and ends behind.
  "$calltap" record "$pid" 'plug; mine -> stack(2)' --for 60s -o going.cbor >out 2>&1 &
  others+=($!)
  waits 10 has_sessions 1
  kill -USR1 "$pid"
  has_left() { ! grep -q "/$library.so" "/proc/$pid/maps"; }
  waits 10 has_left
  "$calltap" trace "$pid" mine -n 3 --for 20s >out 2>errors || fail "$library: behind: $(cat errors)"
  "$calltap" stop "$pid" >/dev/null || fail "$library: stop"
  wait "${others[-1]}" || fail "$library: record: $(cat out)"
  clean "$library, unloaded"
  kill "$pid"
  wait "$pid" || fail "$library: $(cat said)"
  grep -qx right said || fail "$library: $(cat said)"
  pid=
done
