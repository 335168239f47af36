#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Children write files of their own and nothing into the parent's: fork, vfork and exec, and a raw clone, which runs no
# handlers and is not traced.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/forks.c" -o forks "${with_runtime[@]}"
CALLTAP='before; in_*; after; executed' CALLTAP_OUT='t.{pid}.cbor' ./forks || fail "the program failed: $?"
counts() { normal "$1" | sed -E 's/^#[0-9]+ //; s/\(.*//' | sort | uniq -c | awk '{ print $2 "=" $1 }' | paste -sd' '; }
for file in t.*.cbor; do counts "$file"; done | sort >actual
diff - actual <<'T' || fail "the files do not hold what they should"
forks:after=100 forks:before=100
forks:executed=1
forks:in_child=201
T

# A name without {pid}: children have their pid behind the name, and the parent's file is never touched.
rm -f t.*.cbor
CALLTAP='before; in_*; after; executed' CALLTAP_OUT=t.cbor ./forks || fail "the program failed: $?"
[ "$(counts t.cbor)" = 'forks:after=100 forks:before=100' ] || fail "t.cbor: $(counts t.cbor)"
for file in t.cbor.*; do counts "$file"; done | sort >actual
diff - actual <<'T' || fail "the children's files do not hold what they should"
forks:executed=1
forks:in_child=201
T

# `run` says where the trace of the program is, and how many others there are where each has a name of its own.
"$calltap" run -o 'r.{pid}.cbor' 'before; in_*; after; executed' -- ./forks 2>errors || fail "run: $?"
others=$(($(find . -name 'r.*.cbor' | wc -l) - 1))
[ $others -ge 2 ] && [ "$(wc -l <errors)" = 2 ] || fail "run: $others others: $(cat errors)"
grep -Eq "^calltap: trace: $PWD/r\.[0-9]+\.cbor \(200 calls\)$" errors || fail "run: $(cat errors)"
grep -qxF "calltap: traces of other processes: $others, in $PWD/r.*.cbor" errors || fail "run: $(cat errors)"
"$calltap" run -o 'one.{pid}.cbor' before -- ./forks 2>errors || fail "run: $?"
"$calltap" run -o 'one.{pid}.cbor' before -- true 2>errors || fail "run: $?"
! grep -q 'other processes' errors || fail "traces of an earlier run: $(cat errors)"
