#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Pointers that lead nowhere, as `char *` and as pointers to structs: the program lives and gives the same results, what
# cannot be read is said to be so, and what can be read is right, up to the last byte of a mapping.
. "$(dirname "$0")/../../support/lib.sh"
calls=${CALLTAP_WILD_CALLS:-1000000}

# The program prints regular expressions; each line of the trace must match its own.
cases() {
  CALLTAP='text; thing' CALLTAP_LIMIT=budget=0,expand=1 CALLTAP_OUT=t.cbor ./wild cases >expected || fail "$1: the program failed"
  normal t.cbor | sed 's/^#[0-9]* wild_pointers://' >shown
  [ "$(wc -l <shown)" = "$(wc -l <expected)" ] || fail "$1: $(wc -l <shown) calls of $(wc -l <expected)"
  while IFS= read -r pattern <&3 && IFS= read -r line <&4; do
    printf '%s\n' "$line" | grep -qxE "$pattern" || fail "$1: expected $pattern, found $line"
  done 3<expected 4<shown
}

# What a line of the storm may say: the text, the start of it if the memory went away in the middle, or that there is none.
storm() {
  ./wild storm "$calls" >untraced
  CALLTAP='text; thing' CALLTAP_LIMIT=budget=0,bytes=4G,expand=1 CALLTAP_OUT=s.cbor ./wild storm "$calls" >traced ||
    fail "$1: the program failed"
  cmp untraced traced || fail "$1: tracing changed the result"
  normal s.cbor | sed -E 's/^#[0-9]+ wild_pointers://; s/number=[0-9]+, //' | sort | uniq -c | sort -rn >shown
  [ "$(awk '{ n += $1 } END { print n }' shown)" = "$calls" ] || fail "$1: events are missing"
  text='text\(p=(NULL|0xP <unreadable>|"the text of every line"|"the[a-z ]*"\.\.\. \(more than [0-9]+ bytes\))\)'
  # The bytes of "the text of every line", read as a struct.
  thing='thing\(p=(NULL|0xP <unreadable>|0xP \{a=543516788, b=8243124869678919456, next=0xP\})\)'
  ! grep -vE "^ *[0-9]+ ($text|$thing)\$" shown || fail "$1: something that nobody passed"
  for form in 'text(p=0xP <unreadable>)' 'text(p="the text of every line")' 'text(p=NULL)' 'thing(p=0xP <unreadable>)' \
    'thing(p=0xP {a='; do
    grep -qF "$form" shown || fail "$1: never $form"
  done
}

for level in O0 O2; do
  cc 14 "-$level" -pthread "$CALLTAP_SOURCE/tests/e2e/programs/wild_pointers.c" -o wild "${with_runtime[@]}"
  cases "$level"
done
storm O2
