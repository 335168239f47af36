# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the end-to-end tests share. Sourced. CALLTAP_BUILD and CALLTAP_SOURCE come from ctest.
set -euo pipefail
: "${CALLTAP_BUILD:?run this by ctest}" "${CALLTAP_SOURCE:?}"

work=$(mktemp -d "${TMPDIR:-/tmp}/calltap-test.XXXXXX")
pid= # the program that a test has running in the background: a test that fails does not leave it behind
clean_up() {
  [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
cd "$work"

calltap=$CALLTAP_BUILD/bin/calltap
runtime=$CALLTAP_BUILD/rt
# The program under test must not inherit a session of whoever runs the tests.
unset CALLTAP CALLTAP_OUT CALLTAP_START CALLTAP_SIGNAL CALLTAP_RUN CALLTAP_THREADS CALLTAP_ALLOW LD_PRELOAD
# Whole traces, however busy the machine is. Tests of the budget set their own.
export CALLTAP_LIMIT=budget=0

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# Status 77 is ctest's "skipped" here: SKIP_RETURN_CODE is set for every test.
skip() {
  printf 'SKIPPED: %s\n' "$*" >&2
  exit 77
}

# cc MAJOR ARGS: clang or clang++ of that major with the plugin of that major.
cc() { "clang-$1" "-fplugin=$CALLTAP_BUILD/plugin/calltap-$1.so" "${@:2}"; }
cxx() { "clang++-$1" "-fplugin=$CALLTAP_BUILD/plugin/calltap-$1.so" "${@:2}"; }
# What links a program with the runtime of this build.
# shellcheck disable=SC2034,SC2054
with_runtime=(-L"$runtime" -lcalltap -Wl,-rpath,"$runtime")

# Text of a trace without what differs from run to run: time, process, thread, durations, addresses. What follows a `|`
# is the rest of flags, not an address.
normal() {
  "$calltap" decode "$@" | sed -E 's/^[0-9:.]+ [0-9]+ [^ ]+ //; s/  \([^)]*\)$//; s/(^|[^|])0x[0-9a-f]+/\10xP/g'
}

# npm_package NAME: its directory, where scripts/deps puts what comes from npm. Skips the test where it is missing.
npm_package() {
  local directory=${CALLTAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/calltap}/npm/node_modules/$1
  [ -d "$directory" ] || skip "$1, of npm, is not installed; scripts/deps test installs it"
  echo "$directory"
}

# waits SECONDS COMMAND: until the command succeeds; every wait has a limit.
waits() {
  local end=$((SECONDS + $1))
  shift
  until "$@" 2>/dev/null; do
    [ $SECONDS -lt $end ] || fail "waited too long for: $*"
    sleep 0.02
  done
}
