#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Where the plugin has nothing to do it does nothing: other targets, runs without code, other tools, another clang. Its output is
# reproducible and carries no path that was mapped away.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >p.c <<'C'
int f(int n) { return n; }
int main(void) { return f(0); }
C
hooks() { readelf -SW "$1" | grep -c calltap_sites || true; }

cc "$major" -m32 -O2 -ffreestanding -c p.c -o m32.o 2>errors || fail "-m32: $(cat errors)"
[ "$(grep -c 'x86_64 ELF targets only' errors)" = 1 ] || fail "-m32: said $(cat errors)"
[ "$(hooks m32.o)" = 0 ] || fail "-m32: put hooks in"
cc "$major" --target=aarch64-linux-gnu -O2 -ffreestanding -c p.c -o arm.o 2>errors || fail "aarch64: $(cat errors)"
[ "$(hooks arm.o)" = 0 ] || fail "aarch64: put hooks in"
cc "$major" -mcmodel=large -c p.c -o large.o 2>errors || fail "large: $(cat errors)"
[ "$(hooks large.o)" = 0 ] || fail "-mcmodel=large: put hooks in"

cc "$major" -fsyntax-only p.c || fail "-fsyntax-only"
cc "$major" -E p.c >/dev/null || fail "-E"
cc "$major" -x c-header p.c -o p.pch || fail "a precompiled header"
cc "$major" -O2 -S -emit-llvm p.c -o p.ll && "clang-$major" p.ll -o from_ll && ./from_ll || fail "through LLVM IR"
cc "$major" -O2 -S p.c -o p.s && "clang-$major" p.s -o from_s && ./from_s || fail "through assembly"
cc "$major" -O2 -fno-integrated-as -c p.c -o gas.o && [ "$(hooks gas.o)" -gt 0 ] || fail "through the GNU assembler"
cc "$major" -O2 -masm=intel -c p.c -o intel.o && [ "$(hooks intel.o)" -gt 0 ] || fail "-masm=intel"
cc "$major" -O2 -g -c p.c -o g.o && [ "$(hooks g.o)" -gt 0 ] || fail "-g"
if [ "$major" = 14 ] && command -v clang-tidy-14 >/dev/null; then
  clang-tidy-14 p.c -- "-fplugin=$CALLTAP_BUILD/plugin/calltap-14.so" >/dev/null 2>&1 || fail "clang-tidy"
fi

for other in 14 19; do
  [ "$other" != "$major" ] && command -v "clang-$other" >/dev/null || continue
  if "clang-$other" "-fplugin=$CALLTAP_BUILD/plugin/calltap-$major.so" -c p.c -o other.o 2>errors; then
    fail "clang $other took the plugin for $major"
  fi
  grep -q "is for clang $major, but this is clang $other: use calltap-$other.so" errors || fail "clang $other: $(cat errors)"
done

mkdir a b
cp p.c a && cp p.c b
for d in a b; do (cd $d && cc "$major" -O2 -g "-ffile-prefix-map=$PWD=/src" -c "$PWD/p.c" -o p.o); done
cmp a/p.o b/p.o || fail "the output depends on where it is built"
! grep -q "$work" a/p.o || fail "a mapped path is in the object"
