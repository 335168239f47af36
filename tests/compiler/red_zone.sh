#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A hook pushes a return address, so no function that holds a site may keep data below the stack pointer: not when sites are
# inlined (`inlined`), not under LTO into a function that was compiled without the plugin.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >callee.c <<'C'
int callee(int n) { return n * 3; }
C
# A leaf once callee is inlined, with an array that the red zone would hold across the sites.
cat >caller.c <<'C'
int callee(int n);
int caller(volatile int *in) {
  volatile int kept[24];
  for (int i = 0; i < 24; i++)
    kept[i] = in[i];
  int sum = callee(in[0]) + callee(in[1]);
  for (int i = 0; i < 24; i++)
    if (kept[i] != in[i])
      return -1;
  return sum;
}
C
cat >main.c <<'C'
#include <stdio.h>
int caller(volatile int *in);
int main(void) {
  int in[24];
  for (int i = 0; i < 24; i++)
    in[i] = i + 1;
  for (int i = 0; i < 1000; i++)
    if (caller(in) != 9)
      return puts("the red zone was overwritten"), 1;
  return 0;
}
C
traced() { # NAME: the program has inlined sites of callee, and they are on
  CALLTAP='callee -> return' CALLTAP_OUT=t.cbor ./program || fail "$1"
  [ "$(normal t.cbor | grep -c 'callee(')" = 2000 ] || fail "$1: $(normal t.cbor | grep -c 'callee(') calls of callee"
  ! objdump -d program | awk '/<caller>:/ { on = 1 } /^$/ { on = 0 } on' | grep -q 'call.*<callee>' ||
    fail "$1: callee was not inlined, the test shows nothing"
  echo "ok: $1"
}
cat callee.c caller.c >both.c
lld=--ld-path=/usr/bin/ld.lld-$major
cc "$major" -O2 -fplugin-arg-calltap-inlined both.c main.c -o program "${with_runtime[@]}"
traced 'inlined'
for lto in -flto -flto=thin; do
  cc "$major" -O2 $lto -c callee.c main.c
  "clang-$major" -O2 $lto -c caller.c
  cc "$major" -O2 $lto "$lld" callee.o caller.o main.o -o program "${with_runtime[@]}"
  traced "$lto, caller without the plugin"
  cc "$major" -O2 $lto -fplugin-arg-calltap-inlined -c callee.c
  cc "$major" -O2 $lto "$lld" callee.o caller.o main.o -o program "${with_runtime[@]}"
  traced "$lto and inlined, caller without the plugin"
done
