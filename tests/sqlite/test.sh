#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/sqlite/test.sh MAJOR BUILD_DIRECTORY WORK_DIRECTORY
#
# Rules on SQLite, built with the plugin by clang MAJOR: what they say of a workload is compared with what a trace of
# all its calls says.
set -euo pipefail
major=$1 build=$2 work=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
calltap=$build/bin/calltap

source=$("$root/scripts/get-source" sqlite3) || exit 77
mkdir -p "$work"
cd "$work"
fail() {
  echo "FAILED: $*"
  exit 1
}

flags="-O1 -fplugin=$build/plugin/calltap-$major.so"
if [ ! -e shell ] || [ "$build/plugin/calltap-$major.so" -nt shell ]; then
  CC=clang-$major CFLAGS=$flags LDFLAGS="-L$build/rt -Wl,-rpath,$build/rt -Wl,-u,calltap_version -lcalltap" \
    "$root/scripts/build-sqlite" "$source" shell
fi

# In memory: every run makes the same calls.
ask() {
  CALLTAP=$1 CALLTAP_LIMIT=bytes=2G,budget=0 CALLTAP_OUT=trace.cbor ./shell :memory: <"$root/examples/sqlite/workload.sql" >"$2-output.txt"
  "$calltap" decode trace.cbor >"$2.txt" || fail "$2: decode said $?"
}

CALLTAP='' ./shell :memory: <"$root/examples/sqlite/workload.sql" >plain.txt

# Without the time, the address of what is traced, and what it returned: the functions in order, with their exits.
functions() { sed -n 's/^[^#]*#[0-9]* \([^(/]*\)[(/].*/\1/p'; }

echo "== Every statement has its text"
ask 'sqlite3_step(p) -> return when elapsed > 0s -> message(as(Vdbe, p)->zSql), usage' statements
cmp plain.txt statements-output.txt
# The shell asks for one statement at a time, and a text is cut where --str says.
grep -v '^--' "$root/examples/sqlite/workload.sql" | cut -c 1-64 >expected.txt
while read -r statement; do
  grep -qF "zSql=\"$statement" statements.txt || fail "no call has the statement '$statement'"
done <expected.txt
[ "$(grep -c '^  usage ' statements.txt)" = "$(grep -c -- '-->' statements.txt)" ] || fail "usage is not with every exit"

echo "== What is below a statement is kept if that is wanted at its exit"
ask '*:sqlite3Pager* -> return; sqlite3_step -> return' all
ask '*:sqlite3Pager* under (sqlite3_step return when ret == 100) -> return' kept
cmp plain.txt kept-output.txt
# From all of it: what stands between a step and its exit, where that is 100.
awk '
  / sqlite3:sqlite3_step\(/ { inside = 1; n = 0; next }
  / sqlite3:sqlite3_step\/1 --> / { if (/ --> 100 /) for (i = 0; i < n; i++) print line[i]; inside = 0; next }
  inside { line[n++] = $0 }' all.txt | functions >wanted.txt
functions <kept.txt >found.txt
[ -s wanted.txt ] || fail "the workload does not show it"
cmp wanted.txt found.txt

echo "== Bytes by call path add up to those of all calls"
ask 'sqlite3Malloc' calls
sum=$(sed -n 's/.*sqlite3Malloc(n=\([0-9]*\)).*/\1/p' calls.txt | awk '{ sum += $1 } END { print NR, sum }')
ask 'sqlite3Malloc(n) -> sum(n) by stack(6)' sum
cmp plain.txt sum-output.txt
found=$(awk '/ sqlite3:sqlite3Malloc\/1$/ { count += $1; sum += $2 } END { print count, sum }' sum.txt)
[ "$sum" = "$found" ] || fail "calls and bytes are $sum, the table says $found"
grep -A 6 -m 1 'stack(6)  ' sum.txt | grep -q 'sqlite3:.*/[0-9]*+0x' || fail "the paths have no names: $(head -n 9 sum.txt)"
# Rows of one path are one.
awk '/^ +[0-9]+ +[0-9]+ / { if (path) print path; path = ""; next } { path = path $0 "|" }' sum.txt | tail -n +2 | sort | uniq -d >twice.txt
[ ! -s twice.txt ] || fail "a path stands twice: $(head -n 1 twice.txt)"

echo "== The three questions of the example"
"$root/examples/sqlite/questions" "$calltap" ./shell >questions.txt || fail "$(cat questions.txt)"
[ "$(grep -c '^== ' questions.txt)" = 3 ] || fail "$(cat questions.txt)"
echo "done"
