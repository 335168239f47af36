#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Sites and descriptors add no start-up relocation: a program of a hundred functions has as many more as one of ten. The object
# itself has four, for its announcements.
. "$(dirname "$0")/../support/lib.sh"
major=$1
program() {
  for i in $(seq "$1"); do echo "int f$i(int a, char *b) { return a + b[$i]; }"; done
  echo 'int main(void) { return 0; }'
}
relocations() { readelf -rW "$1" | grep -c R_X86_64 || true; }
for count in 10 100; do
  program $count >"p$count.c"
  cc "$major" -O2 -fPIE -pie "p$count.c" -o "hooked$count"
  "clang-$major" -O2 -fPIE -pie "p$count.c" -o "plain$count"
  echo $(($(relocations "hooked$count") - $(relocations "plain$count"))) >"extra$count"
done
cmp extra10 extra100 || fail "relocations grow with the functions: $(cat extra10 extra100)"
[ "$(cat extra100)" -le 4 ] || fail "$(cat extra100) relocations more than without the plugin"
readelf -SW hooked100 >sections
for section in calltap_sites calltap_strings calltap_functions .note.calltap; do
  grep -qE "$section +[A-Z]+ .* AM?S?L? " sections || fail "$section: $(grep $section sections)"
  ! grep -E "$section .* W" sections || fail "$section is writable"
done
