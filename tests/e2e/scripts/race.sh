#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The runtime itself under ThreadSanitizer: threads in hooks while signals switch them, and a limit of calls that many
# threads reach at once. Its hook saves vector registers in this build, because the sanitizer's functions use them.
. "$(dirname "$0")/../../support/lib.sh"
run=()
command -v setarch >/dev/null && run=(setarch -R) # the sanitizer's memory map does not bear every random layout
echo 'int main(void) { return 0; }' >probe.c
clang-14 -fsanitize=thread probe.c -o probe && "${run[@]}" ./probe || skip "ThreadSanitizer does not run here"
for source in "$CALLTAP_SOURCE"/rt/*.c "$CALLTAP_SOURCE"/rt/*.S; do
  [ "${source##*/}" != trial.c ] || continue # it stands in the command, in place of the hook
  clang-14 -std=gnu11 -O1 -g -fsanitize=thread -fno-builtin -DCALLTAP_HOOK_SAVES_VECTORS \
    -I"$CALLTAP_SOURCE/include" -I"$CALLTAP_BUILD/include" -c "$source"
done
build() {
  cc 14 -O1 -pthread -fsanitize=thread "$CALLTAP_SOURCE/tests/e2e/programs/$1.c" ./*.o -o "$1"
}
build toggle
build threads
CALLTAP='*:* -> return' CALLTAP_LIMIT=bytes=2G CALLTAP_OUT=t.cbor "${run[@]}" ./toggle 5 4 2>report || fail "$(cat report)"
! grep -q 'WARNING: ThreadSanitizer' report || fail "$(cat report)"
"$calltap" decode -o text t.cbor || fail "decode said $?"
[ "$(wc -l <text)" -gt 1000 ] || fail "only $(wc -l <text) events"
for calls in 5 3000; do
  CALLTAP='*:* -> return' CALLTAP_LIMIT=calls=$calls CALLTAP_OUT=l.cbor "${run[@]}" ./threads 8 2000 2>report || fail "$(cat report)"
  ! grep -q 'WARNING: ThreadSanitizer' report || fail "$(cat report)"
done
