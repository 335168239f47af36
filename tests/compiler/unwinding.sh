#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Where unwinding arrives and goes on there are sites, and nothing else changes: no instruction of the normal path.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >unwinding.cpp <<'C'
#include <cstdio>
#include <stdexcept>
#define KEEP __attribute__((noinline))
volatile int sink;
struct guard {
  int n;
  KEEP ~guard() { sink = n; }
};
KEEP int throws(int n) { if (n) throw n; return sink; }
KEEP int passes(int n) { int r = throws(n); sink = r; return r; }
KEEP int cleans(int n) { guard g{n}; return passes(n) + 1; }
KEEP int catches(int n) { try { return cleans(n); } catch (int v) { return v; } }
KEEP int ends(int n) noexcept { return cleans(n); }
int main() { printf("%d\n", catches(3) + catches(0) + ends(0)); }
C
# sites FUNCTION: how many there are in the IR
sites() { sed -n "/^define[^@]*@$1(/,/^}/p" unwinding.ll | grep -c 'calltap_sites' || true; }
for level in O0 O1 O2; do
  cxx "$major" "-$level" -S -emit-llvm unwinding.cpp -o unwinding.ll
  for expected in _Z6throwsi=2 _Z6passesi=2 _Z6cleansi=4 _Z7catchesi=3 _Z4endsi=2; do
    function=${expected%=*}
    actual=$(sites "$function")
    case $level:$function in
    # Without optimisation what no catch takes goes on, and each return stands alone.
    O0:_Z7catchesi) [ "$actual" -ge 3 ] ;;
    *) [ "$actual" = "${expected#*=}" ] ;;
    esac || fail "-$level: $function has $actual sites, not ${expected#*=}"
  done
  cxx "$major" "-$level" unwinding.cpp -o program
  "clang++-$major" "-$level" -w unwinding.cpp -o plain
  [ "$(./program)" = "$(./plain)" ] || fail "-$level: the program says $(./program), not $(./plain)"
  "$calltap" list program unwinding:cleans >listed
  grep -q '2 unwindings' listed || fail "-$level: $(cat listed)"
done

# The normal path, up to the return, is as it was: but for the tests, the same instructions.
normal_path() { objdump -d --no-show-raw-insn "$1" | sed -n '/<_Z6cleansi>:/,/ret/p' | awk 'NR > 1 { print $2 }' | grep -v '^test$'; }
[ "$(normal_path program)" = "$(normal_path plain)" ] || fail "the normal path changed: $(normal_path program | paste -sd' '), not $(normal_path plain | paste -sd' ')"
