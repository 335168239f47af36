#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A trace that is cut anywhere (by a full disk somewhere else, a broken copy) never reads as a whole one: what is left is shown, and
# the status and the last lines say that something is missing.
. "$(dirname "$0")/../../support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
status_of() {
  status=0
  "$calltap" decode "$1" >text 2>errors || status=$?
}

# cut_at BYTES: what is shown of the first bytes of whole.cbor.
cut_at() {
  local bytes=$1
  head -c "$bytes" whole.cbor >part.cbor
  status_of part.cbor
  [ $status -ne 0 ] || fail "$rules: cut at $bytes of $size: status 0"
  [ -s errors ] || fail "$rules: cut at $bytes of $size: nothing is said"
  [ "$bytes" -lt 4096 ] || grep -q 'incomplete: ' errors || fail "$rules: cut at $bytes of $size: $(cat errors)"
  [ $status -lt 4 ] || fail "$rules: cut at $bytes of $size: status $status: $(cat errors)"
  LC_ALL=C sort text >shown
  # Losses and notes in the text of a part are its own.
  [ -z "$(LC_ALL=C comm -23 shown all | grep -E '\(|-->' | grep -v 'entered before\|still open' | head -n 1)" ] ||
    fail "$rules: cut at $bytes of $size: $(LC_ALL=C comm -23 shown all | head -n 3)"
  places=$((places + 1))
}

# What whole.cbor is, at every page, which is between chunks and in them, and near its ends and its middle.
cut_everywhere() {
  local at off
  places=0
  size=$(stat -c %s whole.cbor)
  status_of whole.cbor
  [ $status -eq 0 ] || fail "$rules: the whole trace: status $status: $(cat errors)"
  LC_ALL=C sort text >all
  for ((at = size - 4096; at > 0; at -= 4096)); do
    cut_at $at
  done
  for off in 1 7 100 2000; do
    cut_at $((size - off))
    cut_at $((size / 2 - off))
    cut_at $off
  done
  echo "$rules: $places places"
}

for rules in 'mix' '*:* -> count'; do
  CALLTAP=$rules CALLTAP_OUT=whole.cbor ./threads 4 3000 >/dev/null
  cut_everywhere
done

# A file that another one follows.
rules='mix, in turns'
CALLTAP=mix CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=turns.cbor ./threads 4 20000 >/dev/null
rm whole.cbor
for file in turns.*.cbor; do
  ! "$calltap" info "$file" 2>/dev/null | grep -c '^  end: goes on in the next file$' >/dev/null || cp "$file" whole.cbor
done
cut_everywhere
