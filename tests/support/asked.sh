# shellcheck shell=bash
# shellcheck disable=SC2154,SC2119,SC2120 # what lib.sh sets; functions with a usual process
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the tests of asking a running process share. Sourced, behind lib.sh.

others=() # processes beside $pid that the test has in the background
end_others() {
  local other
  for other in ${others[@]+"${others[@]}"}; do kill -9 "$other" 2>/dev/null || true; done
  clean_up
}
trap end_others EXIT

# build_asked NAME: tests/e2e/programs/NAME.c, with the runtime.
build_asked() { cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/$1.c" -o "$1" "${with_runtime[@]}"; }

# Whether the code is what its file says and no trace is mapped any more.
is_clean() { python3 "$CALLTAP_SOURCE/tests/support/code.py" "${1:-$pid}" >code 2>&1; }

living_sessions() { "$calltap" info --json "${1:-$pid}" | grep -oE '"state":"(on|off|draining|waiting)"' | wc -l; }
has_sessions() { [ "$(living_sessions)" = "$1" ]; }
is_ready() { "$calltap" info "${1:-$pid}" >/dev/null; }

# What is left behind in a process.
clean() {
  waits 5 has_sessions 0
  local end=$((SECONDS + 5))
  until is_clean; do
    [ $SECONDS -lt $end ] || fail "$1: $(cat code)"
    sleep 0.02
  done
}

# start_asked ARGS: the program, in the background as $pid.
start_asked() {
  ./asked "$@" >said 2>&1 &
  pid=$!
  waits 10 is_ready
}

is_over() { [ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"; }

# It ends well and all its results were right.
end_asked() {
  kill "$pid"
  waits 100 is_over
  wait "$pid" || fail "the program: $(cat said)"
  pid=
  grep -qx right said || fail "the program: $(cat said)"
}
