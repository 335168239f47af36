#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/golden/show.sh CALLTAP TRACE
#
# Prints what every command that reads traces, in every format, says of TRACE: a heading with the command, its output, and what it
# says on stderr, with its exit status. What is in the way of comparing is left out: the style and scripts of pictures, and how pages
# are packed.
set -euo pipefail
calltap=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=$(basename "$2" .cbor)
work=$(mktemp -d "${TMPDIR:-/tmp}/calltap-golden.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$2")"
export TZ=UTC LC_ALL=C
unset NO_COLOR TERM

# show ARGUMENTS...: OUT in them is a file for the output of the command.
show() {
  local status=0
  echo "== calltap $*"
  "$calltap" "${@//OUT/$work/out}" 2>"$work/said" || status=$?
  sed "s|$work/||g; s/^/stderr: /" "$work/said"
  [ $status = 0 ] || echo "exit status: $status"
}
# then_by COMMAND...: what a program of ours makes of the file OUT.
then_by() { [ ! -e "$work/out" ] || "$@" "$work/out"; }

for option in '' --tree --json --format={csv,chrome,speedscope,folded,cbor-diag}; do
  # shellcheck disable=SC2086 # no word, or one
  show decode $option "$name.cbor"
done
show decode --format=folded --by calls "$name.cbor"
show decode --where 'exit() != return' --event exit "$name.cbor"
for option in '' --json --format=csv; do
  # shellcheck disable=SC2086
  show decode --open $option "$name.cbor"
done
show report "$name.cbor"
show report --json "$name.cbor"
for by in module thread caller; do
  show report --by $by "$name.cbor"
done
[ ! -e "$name-before.cbor" ] || for option in '' --json; do
  # shellcheck disable=SC2086
  show report $option "$name.cbor" --diff "$name-before.cbor"
done
show tree --share 0 "$name.cbor"
show tree --as-it-happened "$name.cbor"
show tree --share 0 --threads --by calls "$name.cbor"
show info "$name.cbor"
show info --json "$name.cbor"
show flame --share 0 -o OUT "$name.cbor"
then_by sed -E '/<style/,/<\/style>/d; /<script/,/<\/script>/d'
show view -o OUT "$name.cbor"
then_by python3 "$here/page.py"
rm -f "$work/out"
show cut --event call,mark,lost --noargs --nohost -o OUT "$name.cbor"
then_by "$calltap" decode --format=cbor-diag
