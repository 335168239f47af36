#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Sources that are odd but valid: names of thousands of characters, a file name with a newline, a template that was
# declared before it was defined.
. "$(dirname "$0")/../support/lib.sh"
major=$1
long=$(printf 'x%.0s' $(seq 500))
{
  printf 'volatile int sink;\n__attribute__((noinline)) int wide(int first'
  for i in $(seq 40); do printf ', int p%s%s' "$i" "$long"; done
  printf ') { sink = first; return first; }\nint main(void) { return wide(3'
  for i in $(seq 40); do printf ', %s' "$i"; done
  printf ') - 3; }\n'
} >wide.c
cc "$major" -O0 wide.c -o wide "${with_runtime[@]}"
CALLTAP='wide -> return' CALLTAP_OUT=t.cbor ./wide || fail "a function with long names: status $?"
normal t.cbor >text
grep -q '^#1 wide:wide(' text && grep -q '^#1 wide:wide/41 --> 3$' text || fail "a function with long names: $(head -c 300 text)"

# Rules of 18 kB.
rules=$(for i in $(seq 60); do printf 'r%s%0280d;' "$i" 0; done)
CALLTAP="$rules wide" CALLTAP_OUT=r.cbor ./wide || fail "long rules: status $?"
normal r.cbor | grep -c 'wide:wide(' >/dev/null || fail "long rules: no event"

printf '#line 1 "a\\nb\\"c.c"\nstatic int gone(int n) { return n; }\nint main(void) { return gone(0); }\n' >newline.c
cc "$major" -O2 newline.c -o newline 2>errors || fail "a file name with a newline: $(cat errors)"
[ ! -s errors ] || fail "a file name with a newline: $(cat errors)"

cat >template.cpp <<'C'
template <class T> T uu(T);

template <class T>
__attribute__((noinline)) T uu(T t) {
  return t;
}
int main() { return uu(0); }
C
cxx "$major" -O0 template.cpp -o template
"$calltap" list template uu | grep -q 'template.cpp:4 ' || fail "the line of a template: $("$calltap" list template uu)"
