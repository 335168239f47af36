#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What goes from the plugin to the back end is valid, is of types that the back end takes, and is optimised as it would be without.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >constants.cpp <<'C'
typedef float two __attribute__((vector_size(8)));
volatile int sink;
bool yes(int n) { sink = n; return true; }
two pair(int n) { sink = n; return two{1, 2}; }
long *nothing(int n) { sink = n; return nullptr; }
C
cxx "$major" -O2 -S -emit-llvm constants.cpp -o constants.ll
"clang-$major" -Wno-override-module -c constants.ll -o constants.o 2>errors || fail "constant results: $(cat errors)"

# Vectors of bfloat, which clang has from 17 on.
echo 'typedef __bf16 v __attribute__((vector_size(16))); v f(v x) { return x; }' >bfloat.c
if "clang-$major" -c bfloat.c 2>/dev/null; then
  cc "$major" -O2 -c bfloat.c 2>errors || fail "a vector of bfloat: $(cat errors)"
fi

# The result is constant, so that the optimiser takes it out; not if the address of the function seems to be taken.
cat >constant.c <<'C'
volatile int sink;
static __attribute__((noinline)) int add(int a, int b) { sink = a; return a + b; }
int main(void) { return add(3, 4); }
C
signature() { grep -o '^define internal [^(]*' "$1"; }
"clang-$major" -O2 -S -emit-llvm constant.c -o without.ll
cc "$major" -O2 -S -emit-llvm constant.c -o with.ll
[ "$(signature with.ll)" = "$(signature without.ll)" ] ||
  fail "optimised otherwise: $(signature with.ll), and without the plugin $(signature without.ll)"
