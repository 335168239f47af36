#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Children by _Fork and by system call do not touch the parent's file, not even at their exit; fork handlers of the program
# may reach a limit; a program that writes over its environment keeps its rules and file names.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 "$CALLTAP_SOURCE/tests/e2e/programs/strange_children.c" -o p "${with_runtime[@]}"
CALLTAP=f CALLTAP_OUT=t.cbor timeout 60 ./p raw || fail "raw: status $?"
normal t.cbor >text
[ "$(grep -c 'f(x=' text)" = 300000 ] || fail "raw: $(grep -c 'f(x=' text) calls"
CALLTAP='f -> return' CALLTAP_LIMIT=budget=0,calls=150 CALLTAP_OUT=h.cbor timeout -s KILL 60 ./p handler || fail "handler: status $?"
[ "$(normal h.cbor | grep -c 'f(x=')" = 150 ] || fail "handler: $(normal h.cbor | grep -c 'f(x=') calls"
CALLTAP='f; in_child' CALLTAP_OUT='title.{pid}.cbor' timeout 60 ./p title || fail "title: status $?"
for file in title.*.cbor; do normal "$file" | sed 's/^#[0-9]* //; s/(.*//' | sort | uniq -c; done | sort | awk '{ print $1, $2 }' >text
diff - text <<'T' || fail "title: the children's traces are not where they should be: $(ls)"
1 strange_children:in_child
100 strange_children:f
T
