#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# limit(N) of a thousand functions: each is recorded so often, whatever the threads, and its hooks are off afterwards; sample(N); tables of
# many keys and of the time.
. "$(dirname "$0")/../../support/lib.sh"

# The program says how many of the functions have their hooks on, after so many rounds.
{
  cat <<'C'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#define KEEP __attribute__((noinline))
volatile int sink;
C
  for i in $(seq 1000); do echo "KEEP int f$i(int n) { return sink = n + $i; }"; done
  echo 'static int (*const all[])(int) = {'
  for i in $(seq 1000); do echo "f$i,"; done
  cat <<'C'
};
KEEP int slow(int n) { for (int i = 0; i < n; i++) sink = i; return n; }
static void *work(void *rounds) {
  for (long n = 0; n < (long)rounds; n++)
    for (int i = 0; i < 1000; i++)
      all[i]((int)n);
  return NULL;
}
int main(int argc, char **argv) {
  pthread_t thread[4];
  long rounds = argc > 1 ? atol(argv[1]) : 1;
  for (int i = 0; i < 4; i++)
    pthread_create(&thread[i], NULL, work, (void *)rounds);
  for (int i = 0; i < 4; i++)
    pthread_join(thread[i], NULL);
  for (int i = 0; i < 100; i++)
    slow(i);
  int on = 0;
  for (int i = 0; i < 1000; i++)
    on += *(const volatile unsigned char *)(const void *)all[i] == 0xE8; /* call, not test */
  fprintf(stderr, "%d\n", on);
  return sink == 0;
}
C
} >many.c
cc 14 -O1 -pthread many.c -o many "${with_runtime[@]}"

# run RULES ROUNDS
run() {
  rm -f t.cbor
  CALLTAP=$1 CALLTAP_OUT=t.cbor ./many "$2" 2>on || fail "$1: the program failed"
  normal t.cbor >text 2>notes || fail "$1: decode failed"
}

run 'f*' 1
[ "$(cat on)" = 1000 ] || fail "$(cat on) hooks are on without a limit"
run 'f* -> limit(3)' 200
[ "$(cat on)" -le 32 ] || fail "$(cat on) hooks are on after the limit"
[ "$(wc -l <text)" = 3000 ] || fail "limit(3): $(wc -l <text) calls"
sed -E 's/^#[0-9]+ many:(f[0-9]+)\(.*/\1/' text | sort | uniq -c | awk '$1 != 3' >odd
[ ! -s odd ] || fail "limit(3): $(head odd)"

# With an exit to come, and with a guard of the return, the limit is as exact; hooks stay on.
run 'f1* -> return, limit(2); f2? -> return when ret > 50, limit(4)' 50
[ "$(grep -c -- '-->' text)" = $((112 * 2 + 10 * 4)) ] || fail "limit and return: $(grep -c -- '-->' text)"
[ "$(grep -c '(' text)" = $((112 * 2 + 10 * 4)) ] || fail "limit and return: $(grep -c '(' text) calls"

# Each thread takes its first call, and then every tenth.
run 'f7 -> sample(10)' 41
[ "$(wc -l <text)" = 20 ] || fail "sample(10): $(wc -l <text)"
[ "$(grep -c 'n=30)' text)" = 4 ] || fail "sample(10): $(cat text)"

# 4,096 keys of each thread, and all others.
run 'f7 -> count by n; f8(n) -> sum(n) by n & 0xFFF' 5000
"$calltap" decode --json t.cbor >json
[ "$(grep -c '"event":"row".*"mfa":"many:f7/1"' json)" = 4097 ] || fail "keys: $(grep -c '"event":"row"' json)"
[ "$(grep -o '"mfa":"many:f7/1","keys":null,"count":[0-9]*' json)" = '"mfa":"many:f7/1","keys":null,"count":3616' ] ||
  fail "other keys: $(grep '"keys":null' json)"
[ "$(grep -c '"event":"row".*"mfa":"many:f8/1"' json)" = 4096 ] || fail "keys of f8"
grep -q '"mfa":"many:f8/1","of":"n","keys":\[{"name":"n & 0xFFF","value":3}\],"count":8,"sum":16408,"min":3,"max":4099' json ||
  fail "sums: $(grep '"value":3}' json)"

run 'slow -> time, count; slow(n) -> time by n / 50' 1
"$calltap" decode --json t.cbor >json
grep -Eq '"kind":"time","mfa":"many:slow/1","of":"elapsed","keys":\[\],"count":100,"sum":[0-9]+,"min":[0-9]+,"max":[0-9]+' json ||
  fail "time: $(cat json)"
[ "$(grep -Ec '"kind":"time".*"name":"n / 50","value":[01]}\],"count":50' json)" = 2 ] || fail "time by key: $(cat json)"
