#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# CALLTAP_VIEWS says how classes are read; what is wrong in it is said, and the program runs untraced.
. "$(dirname "$0")/../../support/lib.sh"
cxx 14 -O1 "$CALLTAP_SOURCE/tests/e2e/programs/views.cpp" -o views "${with_runtime[@]}"
export CALLTAP=take CALLTAP_OUT=t.cbor
CALLTAP_VIEWS='my::String = string(0, 8); my::Array<*=sequence(0,8);
my::Handle=pointer(8);my::Maybe=optional(4)' ./views 2>errors || fail "the program failed"
[ ! -s errors ] || fail "it was not taken: $(cat errors)"
diff - <(normal t.cbor) <<'T' || fail "values are not as the views say"
#1 views:take(s="hello", r=0xP "hello world", a=[1, 2, 3], h=NULL, m=nullopt)
T

complains() {
  rm -f t.cbor
  CALLTAP_VIEWS=$2 ./views 2>errors || fail "$2: the program failed"
  grep -q "CALLTAP_VIEWS: .*$1" errors || fail "$2: said $(cat errors)"
  [ ! -e t.cbor ] || fail "$2: the program was traced"
}
complains 'NAME=KIND(OFFSET' 'my::String'
complains 'string(POINTER,LENGTH)' 'my::String=strin(0,8)'
complains 'string(POINTER,LENGTH)' 'my::String=string(0)'
complains 'string(POINTER,LENGTH)' 'my::String=string(0,99999)'
complains 'separated by ;' 'my::String=string(0,8) x'
complains 'more than 32' "$(for i in {1..33}; do printf 'T%d=pointer(0);' "$i"; done)"
