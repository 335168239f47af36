#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Builds a program that states its own trace, runs it, and compares. The program's comments say:
#   // rules: RULES              what is asked
#   // flags: FLAGS              for the compiler, if any
#   // levels: O0 O2             optimisation levels, all by default
#   // expect:                   the lines `//| ...` are the decoded trace, without times and threads
. "$(dirname "$0")/../support/lib.sh"
major=$1 source=$2

directive() { sed -n "s|^// $1: *||p" "$source"; }
rules=$(directive rules | paste -sd';')
levels=$(directive levels)
read -ra flags <<<"$(directive flags)"
sed -n 's@^//| \{0,1\}@@p' "$source" >expected

build() {
  case $source in
  *.cpp) cxx "$major" "$@" ;;
  *) cc "$major" "$@" ;;
  esac
}

for level in ${levels:-O0 O1 O2 O3 Os}; do
  build "-$level" "${flags[@]}" -I"$CALLTAP_SOURCE/include" "$source" -o program "${with_runtime[@]}"
  CALLTAP=$rules CALLTAP_OUT=trace.cbor ./program >output || fail "$level: the program failed"
  normal trace.cbor >actual || fail "$level: decode failed"
  diff -u expected actual || fail "$level: the trace is not as expected"
  "./program" >untraced
  diff -u untraced output || fail "$level: tracing changed the output"
done
