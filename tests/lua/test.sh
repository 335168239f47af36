#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/lua/test.sh MAJOR BUILD_DIRECTORY WORK_DIRECTORY
#
# Builds Lua 5.4 plainly and with the plugin, with clang MAJOR, and compares what two scripts print: one goes through
# all of the standard library, errors included, the other is the workload of the demo. Modes: uninstrumented;
# instrumented without the runtime; with the runtime, nothing armed; every function armed, calls and returns.
set -euo pipefail
major=$1 build=$2 work=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CC=clang-$major

source=$("$root/scripts/get-source" lua5.4) || exit 77
mkdir -p "$work"
cd "$work"
plugin=$build/plugin/calltap-$major.so
runtime="-L$build/rt -Wl,-rpath,$build/rt -Wl,-u,calltap_version -lcalltap"
"$root/scripts/build-lua" "$source" lua-plain
CFLAGS="-fplugin=$plugin" "$root/scripts/build-lua" "$source" lua-alone
CFLAGS="-fplugin=$plugin" LDFLAGS="$runtime" "$root/scripts/build-lua" "$source" lua-traced
# Without optimisation other functions, other frames and other exits have hooks.
CFLAGS="-O0 -fplugin=$plugin" LDFLAGS="$runtime" "$root/scripts/build-lua" "$source" lua-unoptimized

failures=0
# Runs a script in a mode and compares its output with the uninstrumented one's: script, mode, command...
compare() {
  local name=$1 mode=$2
  shift 2
  if ! "$@" "$root/examples/lua/$name.lua" 1 >"$name-$mode.txt" 2>&1; then
    echo "FAILED: $name, $mode: the interpreter did not end well"
    tail -n 3 "$name-$mode.txt"
    failures=$((failures + 1))
  elif ! diff "$name-plain.txt" "$name-$mode.txt"; then
    echo "FAILED: $name, $mode: the output differs"
    failures=$((failures + 1))
  else
    echo "same output: $name, $mode"
  fi
}

# A command with every function armed: limit, command...
# shellcheck disable=SC2317 # called by compare
on() { env CALLTAP='*:* -> return' CALLTAP_LIMIT="budget=0,$1" CALLTAP_OUT="$work/trace.cbor" "${@:2}"; }

for script in stdlib workload; do
  "./lua-plain" "$root/examples/lua/$script.lua" 1 >"$script-plain.txt" 2>&1
  compare $script alone ./lua-alone
  compare $script off ./lua-traced
  compare $script unoptimized-off ./lua-unoptimized
  compare $script limited on calls=1000 ./lua-traced
  compare $script unoptimized-on on bytes=64M ./lua-unoptimized
  compare $script on on bytes=4G ./lua-traced
done

echo "== The trace of the last run is whole, and says what we know of it"
# Every part of the workload prints a line, and catches 1,500 calls, half of which throw.
calls() {
  "$build/bin/calltap" decode --format json --function "$1" trace.cbor | grep -c '"event":"call"'
}
printed=$(calls lbaselib:luaB_print/1)
thrown=$(calls lbaselib:luaB_error/1)
caught=$(calls lbaselib:luaB_pcall/1)
echo "calls of print: $printed, of error: $thrown, of pcall: $caught"
if [ "$printed $thrown $caught" != "7 750 1500" ]; then
  echo "FAILED: expected 7, 750 and 1500"
  failures=$((failures + 1))
fi
rm -f trace.cbor
exit $((failures > 0))
