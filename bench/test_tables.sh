#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# bench/test_tables.sh: tables and plots of figures that are known.
set -euo pipefail
bench=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
check() {
  if [ "$2" != "$3" ]; then
    printf 'FAILED: %s\nexpected: %s\nfound:    %s\n' "$1" "$3" "$2"
    failures=$((failures + 1))
  fi
}

line() {
  local IFS=$'\t'
  echo "$*"
}
{
  line leaf plain op ns 5 2 2.5 1
  line leaf calltap op ns 5 3 4 1.6
  line fib plain op ns 5 100 110 1
  line fib calltap op ns 5 150 200 1.6
  line peers-event plain cpu/event ns 2 1 2 1
  line peers-event uftrace cpu/event ns 2 80 90 40
  line peers-event uftrace wall/event ns 2 81 91 40
  line peers-event uftrace rdtsc ns 2 11 12 1
  line peers-event uftrace events count 2 1000 1000 1
  line peers-event uftrace bytes bytes 2 16000 16000 0
  line decode-events calltap events count 1 4000000 4000000 0
  line decode-report calltap cpu ms 2 200 250 1
} >"$work/table.tsv"
tables=$(awk -f "$bench/table.awk" -f "$bench/tables.awk" "$work/table.tsv")
row() { grep -F "| $1 |" <<<"$tables"; }
check "a row" "$(row 'leaf, ns a call')" "| leaf, ns a call | 2.00 / 2.50 (1.000) | 3.00 / 4.00 (1.600) | - | - | - |"
check "the mean of the ratios of minima" "$(row 'small ones, geometric mean of the ratios of minima')" \
  "| small ones, geometric mean of the ratios of minima | 1.000 | 1.500 | - | - | - |"
check "another tracer" "$(row 'uftrace | 80.00 / 90.00')" "| uftrace | 80.00 / 90.00 | 81.00 / 91.00 | 16.0 | 11.00 / 12.00 |"
check "a reader" "$(grep -F '| report' <<<"$tables")" \
  "| report (\`report\`, \`report\`, \`account\`) | 20.0 M/s (200.0 / 250.0 ms) | - | - | - | - |"

awk -F '\t' 'BEGIN { printf "{\"results\":[" }
  { printf "%s{\"workload\":\"%s\",\"variant\":\"%s\",\"metric\":\"%s\",\"min\":%s,\"ratio\":%s}", (NR > 1 ? "," : ""), $1, $2, $3, $6, $8 }
  END { printf "]}" }' "$work/table.tsv" >"$work/x.json"
python3 "$bench/plot.py" "$work/x.json"
check "which plots" "$(cd "$work" && echo x-*.svg)" "x-decode.svg x-event.svg x-off.svg"
for plot in "$work"/x-*.svg; do
  python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$plot" || failures=$((failures + 1))
done
check "a bar as long as the scale" "$(grep -c 'width="420.0"' "$work/x-decode.svg")" 1
check "what it stands for" "$(grep -o '20.0 M/s' "$work/x-decode.svg")" "20.0 M/s"
exit $((failures > 0))
