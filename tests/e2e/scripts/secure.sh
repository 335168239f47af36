#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A program that runs with more rights than its caller listens to no variable and to no signal.
. "$(dirname "$0")/../../support/lib.sh"
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || skip "needs root, to make a program that is set-uid"
cat >p.c <<'C'
#include <stdio.h>
#include <sys/auxv.h>
int main(void) { return getauxval(AT_SECURE) ? 42 : 43; }
C
cc 14 -O2 p.c -o p -static -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a
chmod 777 .
status=0
CALLTAP='*:*' CALLTAP_OUT='t.{pid}.cbor' setpriv --reuid=65534 --clear-groups ./p || status=$?
[ $status = 43 ] && [ "$(find . -name "t.*.cbor" | wc -l)" = 1 ] || fail "the test itself does not work: status $status"
rm -f t.*.cbor
chmod u+s p
CALLTAP='*:*' CALLTAP_OUT='t.{pid}.cbor' setpriv --reuid=65534 --clear-groups ./p && status=0 || status=$?
[ $status != 43 ] || skip "set-uid programs do not work in $work"
[ $status = 42 ] || fail "status $status"
for file in t.*.cbor; do [ ! -e "$file" ] || fail "a set-uid program wrote $file"; done
