#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# bench/test_peer.sh PROGRAM: what bench/peer adds to what a program prints, and what it refuses. The tracers themselves
# are in no test: they are installed where the benchmark runs.
set -euo pipefail
program=$1
peer=$(dirname "$0")/peer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
check() {
  if [ "$2" != "$3" ]; then
    printf 'FAILED: %s\nexpected: %s\nfound:    %s\n' "$1" "$3" "$2"
    failures=$((failures + 1))
  fi
}

mkdir "$work/trace"
echo old >"$work/trace/old"
said=$("$peer" none "$work/trace" sh -c "echo hello; head -c 1000 /dev/zero >$work/trace/new")
check "the program's words come first" "$(head -n 1 <<<"$said")" hello
check "what it measured" "$(awk 'NR > 1 { print $1, $2, $4 }' <<<"$said" | paste -sd ,)" "@ run.wall ms,@ run.cpu ms,@ bytes bytes"
check "bytes of this run only" "$(awk '$2 == "bytes" { print $3 }' <<<"$said")" 1000
check "nothing stays" "$(ls "$work")" trace.log

PEER_KEEP=yes "$peer" none "$work/kept" sh -c "head -c 10 /dev/zero >$work/kept/new" >/dev/null
check "a trace that is kept" "$(ls "$work/kept")" new

# It says what the program says of itself, too.
check "measurements of the program" "$("$peer" none "$work/trace" "$program" 1000 0 | grep -c '^@ cpu/event ')" 1

refuses() { { "$peer" "$@" >/dev/null && echo accepted; } 2>&1 || true; }
check "an unknown tracer" "$(refuses nobody "$work/trace" true)" "peer: unknown tracer 'nobody' (see -h)"
check "a program that fails" "$(refuses none "$work/trace" sh -c 'echo why >&2; exit 3')" $'why\npeer: none: the program failed'
exit $((failures > 0))
