#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A leaf function at -O2 is its own code plus one `test eax, imm32` at its entry and one before its return; executed,
# both hooks see the true values.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >leaf.c <<'C'
int add(int a, int b) { return a * b + 7; }
int constant(void) { return 0; }
_Bool negative(int x) { return x < 0; }
void *same(void *p) { return p; }
int main(int argc, char **argv) { return add(argc, 2) - 9 + constant() + negative(argc) + (same(argv) != argv); }
C
cc "$major" -O2 -c leaf.c -o hooked.o
"clang-$major" -O2 -c leaf.c -o plain.o
objdump -d --no-show-raw-insn hooked.o >hooked.s

cat >checks <<'C'
CHECK-LABEL: <add>:
CHECK-NEXT: test $0x0,%eax
CHECK-NEXT: imul %edi,%esi
CHECK-NEXT: lea 0x7(%rsi),%eax
CHECK-NEXT: test $0x0,%eax
CHECK-NEXT: ret
CHECK-LABEL: <constant>:
CHECK-NEXT: test $0x0,%eax
CHECK-NEXT: xor %eax,%eax
CHECK-NEXT: test $0x0,%eax
CHECK-NEXT: ret
C
"/usr/lib/llvm-$major/bin/FileCheck" --input-file=hooked.s checks

# Without the tests, every function has the instructions of the uninstrumented build. (Registers may
# differ: in a product it is free which operand is overwritten.)
instructions() {
  objdump -d --no-show-raw-insn "$1" | awk -v f="<$2>:" '$2 == f { on = 1; next } /^$/ { on = 0 } on' |
    grep -vE 'test +.0x0,%eax|nop|data16|xchg +%ax,%ax' | awk '{ print $2 }'
}
for f in add constant negative same; do
  diff <(instructions plain.o $f) <(instructions hooked.o $f) || fail "$f has other code than without the plugin"
done

clang-"$major" hooked.o -o without || fail "it does not link without the runtime"
./without || fail "it does not run without the runtime"
cc "$major" -O2 leaf.c -fno-inline -o leaf "${with_runtime[@]}"
CALLTAP='add -> return; negative -> return' CALLTAP_OUT=t.cbor ./leaf || fail "it does not run"
diff - <(normal t.cbor) <<'T'
#1 leaf:add(a=1, b=2)
#1 leaf:add/2 --> 9
#2 leaf:negative(x=1)
#2 leaf:negative/1 --> false
T
