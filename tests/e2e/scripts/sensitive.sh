#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Nothing of what is marked CALLTAP_SENSITIVE is in the trace file, however much is asked for.
. "$(dirname "$0")/../../support/lib.sh"
# The secrets of tests/e2e/cases/sensitive.c: a text, and a number in the byte orders of the program and of CBOR.
secrets=(xyzzy-plugh $'\xe7\xc2\x5e\xe7\xc2\x5e' $'\x5e\xc2\xe7\x5e\xc2\xe7')
for level in O0 O2; do
  cc 14 "-$level" -I"$CALLTAP_SOURCE/include" "$CALLTAP_SOURCE/tests/e2e/cases/sensitive.c" -o sensitive "${with_runtime[@]}"
  CALLTAP='*:* -> return' CALLTAP_LIMIT=str=1000,expand=3 CALLTAP_OUT=t.cbor ./sensitive
  grep -qaF alice t.cbor || fail "$level: the trace has no strings at all"
  for secret in "${secrets[@]}"; do
    ! LC_ALL=C grep -qaF "$secret" t.cbor || fail "$level: a secret is in the trace"
  done
done
