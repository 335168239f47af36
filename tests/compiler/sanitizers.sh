#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Programs built with a sanitizer and the plugin run as they do without, hooks off and on. MemorySanitizer would check
# the operands of assembler, and abort valid programs.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >p.c <<'C'
#include <stdio.h>
#include <string.h>
struct pair { int set, unset; };
__attribute__((noinline)) int pick(struct pair *p, int unset, int which) { return which ? p->set : unset; }
__attribute__((noinline)) int pass(int uninitialised) { return uninitialised; }
int main(int argc, char **argv) {
  struct pair p;
  p.set = argc;
  volatile int unset;
  int copy = pass(unset); /* passing on what is not set is valid as long as nobody looks */
  (void)copy;
  printf("%d\n", pick(&p, argc, 1) + (int)strlen(argv[0]) * 0);
  return 0;
}
C
# From clang 15 on passing on what is not set is an error by itself.
eager=()
[ "$major" -lt 15 ] || eager=(-fno-sanitize-memory-param-retval)
for sanitizer in memory address undefined thread; do
  [ "$sanitizer" = memory ] || eager=()
  [ "$sanitizer" = thread ] && command -v setarch >/dev/null && run=(setarch -R) || run=()
  "clang-$major" -O1 "-fsanitize=$sanitizer" "${eager[@]}" -Wno-uninitialized p.c -o plain 2>/dev/null || skip "no runtime of $sanitizer"
  "${run[@]}" ./plain >expected || skip "$sanitizer does not run here"
  # Inlined hooks are there before the sanitizer looks.
  for mode in '' -fplugin-arg-calltap-inlined; do
    cc "$major" -O1 $mode "-fsanitize=$sanitizer" "${eager[@]}" -Wno-uninitialized p.c -o program \
      -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a || fail "$sanitizer: does not build"
    "${run[@]}" ./program >off || fail "$sanitizer $mode: fails with hooks off"
    CALLTAP='p:* -> return' CALLTAP_OUT=t.cbor "${run[@]}" ./program >on || fail "$sanitizer $mode: fails with hooks on"
    cmp expected off && cmp expected on || fail "$sanitizer $mode: other output"
    normal t.cbor | grep -q 'p:pick(p=0xP, unset=' || fail "$sanitizer $mode: $(normal t.cbor)"
    echo "ok: $sanitizer $mode"
  done
done
