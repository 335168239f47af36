#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# bench/test_runner.sh RUNNER: what the runner says of programs whose figures are known, and what it refuses.
set -euo pipefail
runner=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# Counts its runs in a file, and prints 1, 2, 3, ... times a factor as its measurement: the first run is thrown away.
cat >"$work/counts" <<'PROGRAM'
#!/bin/sh
echo x >>"$1"
echo "the same for all"
echo "@ count $(($(wc -l <"$1") * ${FACTOR:-1})) runs"
PROGRAM
chmod +x "$work/counts"

line() {
  local IFS=$'\t'
  echo "$*"
}

check() {
  if [ "$2" != "$3" ]; then
    printf 'FAILED: %s\nexpected: %s\nfound:    %s\n' "$1" "$3" "$2"
    failures=$((failures + 1))
  fi
}

table=$({
  line one "$work/counts" "$work/one"
  line twice FACTOR=2 "$work/counts" "$work/two"
} | "$runner" -n 5 | grep count)
check "minimum, median, ratio" "$table" \
  "$(printf 'one\tcount\truns\t5\t2\t4\t1.0000\ntwice\tcount\truns\t5\t4\t8\t2.0000')"

table=$(line writes "!$work/file" sh -c "head -c 1000 /dev/zero >$work/file" | "$runner" -n 2 | grep file)
check "size of a written file" "$table" "$(printf 'writes\tfile\tbytes\t2\t1000\t1000\t1.0000')"
check "the file is removed" "$([ -e "$work/file" ] || echo gone)" gone

# shellcheck disable=SC2016 # for the shell that runs it
memory=$(line reads sh -c 'x=$(head -c 20000000 /dev/zero | tr "\0" x)' | "$runner" -n 1 | awk '$2 == "memory" { print ($5 >= 19000) }')
check "resident memory" "$memory" 1

# Says how it refuses the input.
refuses() {
  { "$runner" -n 1 >/dev/null && echo "accepted"; } 2>&1 || true
}
check "outputs that differ" "$({ line a echo one && line b echo two; } | refuses)" \
  "runner: the output of b differs from that of a"
check "a program that fails" "$(line a sh -c "exit 3" | refuses)" "runner: a ended with status 3"
check "a program that crashes" "$(line a sh -c "kill -SEGV \$\$" | refuses)" "runner: a ended with signal 11"
check "no variants" "$(refuses </dev/null)" "runner: no variants"
check "a bad measurement" "$(line a echo "@ nonsense" | refuses)" \
  "runner: a printed a measurement that is none: @ nonsense"
exit $((failures > 0))
