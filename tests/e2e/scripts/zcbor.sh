#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A validator that is not ours, zcbor, finds that the traces that are kept are what the CDDL in docs/format.md says. It is on PyPI, and
# in neither of the registries that scripts/deps takes from.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
command -v zcbor >/dev/null || skip "zcbor is not installed; PyPI has it"
debian_python=/usr/bin/python3
"$debian_python" -c 'import cbor2' 2>/dev/null || skip "python3-cbor2 is not installed"
cddl() { "$debian_python" "$CALLTAP_SOURCE/tests/support/cddl.py" "$@"; }
valid() { zcbor validate -c trace.cddl -t trace --input "$1" --input-as cbor --default-max-qty 1000000 >said 2>&1; }

# The format allows kinds that a reader does not know; this version writes none.
cddl print "$CALLTAP_SOURCE/docs/format.md" | sed 's| / unknown$||; /^unknown /d' >trace.cddl
for trace in "$CALLTAP_SOURCE"/tests/golden/v1/*.cbor; do
  cddl wrap "$trace" >items
  valid items || fail "$trace: $(tail -n 5 said)"
done
# The last byte ends the array: before it comes a chunk without its numbers.
head -c -1 items >broken
printf '\x82\x65chunk\x01\xff' >>broken
if valid broken; then fail "zcbor takes everything"; fi
