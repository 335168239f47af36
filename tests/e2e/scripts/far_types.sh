#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A type that is met first at the end of a long chain of pointers is described as well as one that stands in a parameter.
. "$(dirname "$0")/../../support/lib.sh"
{
  for ((i = 40; i > 0; i--)); do
    echo "struct held$i { int value; };"
    echo "struct link$i { struct held$i held; $([ $i = 40 ] || echo "struct link$((i + 1)) *next;") };"
  done
  echo 'volatile int sink;'
  echo '__attribute__((noinline)) void far(struct link1 *one) { sink += one->held.value; }'
  echo 'int main(void) {'
  echo '  far(&(struct link1){{1}, 0});'
  for ((i = 1; i <= 40; i++)); do
    echo "  at$i(&(struct link$i){{$i}});"
  done
  echo '  return 0;'
  echo '}'
} >p.c
for ((i = 1; i <= 40; i++)); do
  sed -i "/^int main/i __attribute__((noinline)) void at$i(struct link$i *p) { sink += p->held.value; }" p.c
  echo "#$((i + 1)) p:at$i(p=0xP {held={value=$i}$([ $i = 40 ] || echo ', next=NULL')})"
done >expected
cc 14 -O2 p.c -o p "${with_runtime[@]}"
CALLTAP='far; at*' CALLTAP_LIMIT=budget=0,expand=1 CALLTAP_OUT=t.cbor ./p
normal t.cbor | tail -n +2 >actual
diff -u expected actual || fail "a type is not described"
