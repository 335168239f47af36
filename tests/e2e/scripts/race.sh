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
  case ${source##*/} in
    trial.c) continue ;; # it stands in the command, in place of the hook
    birth.c) continue ;; # its pthread_create would be the program's own, in place of the sanitizer's
  esac
  clang-14 -std=gnu11 -O1 -g -fsanitize=thread -fno-builtin -DCALLTAP_HOOK_SAVES_VECTORS \
    -I"$CALLTAP_SOURCE/include" -I"$CALLTAP_BUILD/include" -c "$source"
done
build() {
  cc 14 -O1 -pthread -fsanitize=thread "$CALLTAP_SOURCE/tests/e2e/programs/$1.c" ./*.o -o "$1"
}
build toggle
build threads
# What threads count is read while they count, and is of some moment.
printf 'race:^%s$\n' now end_threads >counts
export TSAN_OPTIONS=suppressions=$PWD/counts
CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,bytes=2G CALLTAP_OUT=t.cbor "${run[@]}" ./toggle 5 4 2>report || fail "$(cat report)"
! grep -q 'WARNING: ThreadSanitizer' report || fail "$(cat report)"
"$calltap" decode -o text t.cbor || fail "decode said $?"
[ "$(wc -l <text)" -gt 1000 ] || fail "only $(wc -l <text) events"
# Chunks of a ring go from thread to thread.
CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,ring=256k CALLTAP_OUT=o.cbor "${run[@]}" ./toggle 5 4 2>report || fail "$(cat report)"
! grep -q 'WARNING: ThreadSanitizer' report || fail "ring: $(cat report)"
"$calltap" decode -o text o.cbor 2>errors || fail "ring: decode said $?: $(cat errors)"
grep -q 'older events were overwritten' errors || fail "ring: nothing was overwritten: $(cat errors)"
# Files take turns while threads write, and while they are switched.
CALLTAP='*:* -> return' CALLTAP_LIMIT='budget=0,rotate=256k*3' CALLTAP_OUT=p.cbor "${run[@]}" ./toggle 5 4 2>report || fail "$(cat report)"
! grep -q 'WARNING: ThreadSanitizer' report || fail "turns: $(cat report)"
"$calltap" decode -o text p.[123].cbor 2>errors || fail "turns: decode said $?: $(cat errors)"
grep -q 'older events are gone' errors || fail "turns: nothing is gone: $(cat errors)"
CALLTAP='*:* -> return' CALLTAP_LIMIT='budget=0,rotate=256k*2' CALLTAP_OUT=q.cbor "${run[@]}" ./threads 8 20000 2>report || fail "$(cat report)"
! grep -q 'WARNING: ThreadSanitizer' report || fail "turns: $(cat report)"
for calls in 5 3000; do
  CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,calls=$calls CALLTAP_OUT=l.cbor "${run[@]}" ./threads 8 2000 2>report || fail "$(cat report)"
  ! grep -q 'WARNING: ThreadSanitizer' report || fail "$(cat report)"
done
# Rows are read at the end while other threads count; held and kept calls are each thread's own.
for rule in '*:* -> return -> hist(elapsed) by stack(3), count by thread()' \
  '*:* under (work return when elapsed > 0s) -> return when depth() > 0, message(tid())'; do
  CALLTAP=$rule CALLTAP_LIMIT=budget=0,calls=3000,bytes=512M CALLTAP_OUT=r.cbor "${run[@]}" ./threads 8 2000 2>report || fail "$(cat report)"
  ! grep -q . report || fail "$rule: $(cat report)"
  "$calltap" decode -o text r.cbor || [ $? -eq 3 ] || fail "decode said $?"
  [ -s text ] || fail "$rule: nothing came"
done
