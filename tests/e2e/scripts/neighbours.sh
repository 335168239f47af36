#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Switching code touches nothing but code: small libraries that lie next to each other keep their data
# writable, and pages that the program made writable stay so.
. "$(dirname "$0")/../../support/lib.sh"
for x in a b c; do
  cat >lib${x}.c <<C
int data_${x} = 5;
static int hidden_${x}[10];
__attribute__((noinline)) int f_${x}(int x) { data_${x} += x; hidden_${x}[x & 7]++; return data_${x}; }
C
  cc 14 -O2 -fPIC -shared lib${x}.c -o libz${x}.so
done
cat >main.c <<'C'
#include <stdio.h>
int f_a(int), f_b(int), f_c(int);
int main(void) {
  int s = 0;
  for (int i = 0; i < 10; i++)
    s += f_a(i) + f_b(i) + f_c(i);
  printf("%d\n", s);
  return 0;
}
C
cc 14 -O2 main.c -o program -L. -lza -lzb -lzc "${with_runtime[@]}"
export LD_LIBRARY_PATH=.
CALLTAP='*:* -> return' CALLTAP_OUT=t.cbor ./program >out || fail "status $?"
[ "$(cat out)" = 645 ] || fail "said $(cat out)"
[ "$(normal t.cbor | grep -c 'f_[abc](')" = 30 ] || fail "$(normal t.cbor | grep -c 'f_[abc](') calls"

cat >own.c <<'C'
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
__attribute__((noinline, aligned(4096))) int f(int x) { __asm__ volatile("" : "+r"(x)); return x; }
int main(void) {
  volatile unsigned char *page = (volatile unsigned char *)((uintptr_t)f & ~(uintptr_t)4095);
  if (mprotect((void *)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC))
    return 1;
  for (int i = 0; i < 4; i++) {
    page[4095] = page[4095]; /* the program patches its own code */
    kill(getpid(), SIGURG);
    f(i);
  }
  return 0;
}
C
cc 14 -O2 own.c -o own "${with_runtime[@]}"
CALLTAP=f CALLTAP_OUT=o.cbor ./own || fail "a program that writes its own code: status $?"
