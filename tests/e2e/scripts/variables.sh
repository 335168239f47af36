#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What is wrong in a variable is said once, and the program runs on untraced; a program without variables
# leaves no file.
. "$(dirname "$0")/../../support/lib.sh"
cat >p.c <<'C'
int f(int n) { return n; }
int main(void) { return f(3); }
C
cc 14 -O0 p.c -o p "${with_runtime[@]}"

# complains TEXT VARIABLE=VALUE...
complains() {
  local text=$1 status=0
  shift
  env "$@" ./p 2>errors || status=$?
  [ $status = 3 ] || fail "$*: the program's status is $status"
  [ "$(grep -c '^calltap: ' errors)" = 1 ] || fail "$*: said $(cat errors)"
  [[ $(cat errors) == *"$text"* ]] || fail "$*: said $(cat errors)"
  [ -z "$(ls ./*.cbor 2>/dev/null)" ] || fail "$*: left a file"
}
complains 'quote the rule' 'CALLTAP=f -'
complains 'column 3: this is not expected' 'CALLTAP=f whn n'
complains "
    f whn n
      ^" 'CALLTAP=f whn n'
complains "line 2, column 8: there is no parameter x; the function has n; no function can be asked so far
    f when x
           ^" $'CALLTAP=g\nf when x'
complains 'no function matches' CALLTAP=g
complains 'there is no rule' 'CALLTAP=;'
complains 'a number of parameters' CALLTAP=f/x
complains 'knows calls=N, rate=N/DURATION' CALLTAP=f CALLTAP_LIMIT=events=3
complains 'a limit is a number' CALLTAP=f CALLTAP_LIMIT=calls=
complains 'at most 4096' CALLTAP=f CALLTAP_LIMIT=str=5k
complains 'at most 4 levels' CALLTAP=f CALLTAP_LIMIT=expand=5
complains 'a limit is a number' CALLTAP=f CALLTAP_LIMIT=calls=99999999999999999999
complains 'too small' CALLTAP=f CALLTAP_LIMIT=bytes=4k
complains "is \`on\` or \`off\`, not: perhaps" CALLTAP=f CALLTAP_START=perhaps
complains 'no such signal' CALLTAP=f CALLTAP_SIGNAL=SIGNAL
complains 'cannot be written' CALLTAP=f CALLTAP_OUT=/nowhere/t.cbor
complains 'cannot be written' CALLTAP=f CALLTAP_OUT=/dev/full

./p || [ $? = 3 ]
[ -z "$(ls ./*.cbor 2>/dev/null)" ] || fail "a program that was asked nothing left a file"

# Names: the default, {name} and {pid}, an existing file, a link.
CALLTAP=f ./p || true
ls calltap.p.*.cbor >/dev/null || fail "no file by the default name"
CALLTAP=f CALLTAP_OUT='x-{name}-{pid}.t' ./p || true
ls x-p-*.t >/dev/null || fail "no file by the template"
echo old >kept
ln -s kept link.cbor
CALLTAP=f CALLTAP_OUT=link.cbor ./p 2>errors || true
[ "$(cat kept)" = old ] || fail "the runtime wrote through a link"
echo old >file.cbor
CALLTAP=f CALLTAP_OUT=file.cbor ./p || true
[ "$(normal file.cbor)" = '#1 p:f(n=3)' ] || fail "an old file was not replaced"
[ "$(stat -c %a file.cbor)" = 600 ] || fail "mode $(stat -c %a file.cbor)"

# What the options of `calltap run` take at most is what the runtime takes.
CALLTAP_RUNTIME=$runtime/libcalltap.so "$calltap" run -q --str 4096 --expand 4 -n 1 -o run.cbor f -- ./p 2>errors || [ $? = 3 ]
[ ! -s errors ] || fail "run: said $(cat errors)"
[ "$(normal run.cbor)" = '#1 p:f(n=3)' ] || fail "run: $(normal run.cbor)"

# A rule of which no function is there beside others that have some: said once, and the others are traced.
CALLTAP='f; p:nosuch(n) when n > 1 -> return; other/2' CALLTAP_OUT=some.cbor ./p 2>errors || status=$?
[ "$status" = 3 ] && [ -e some.cbor ] || fail "a rule beside another: status $status"
[ "$(cat errors)" = "calltap: CALLTAP: no function so far has the name of p:nosuch, and of 1 other rule; \`calltap list PROGRAM\` shows what there is" ] ||
  fail "a rule beside another: $(cat errors)"
"$calltap" run 'f' 'nosuch' -o run.cbor -- ./p 2>errors || status=$?
[ "$(grep -c nosuch errors)" = 1 ] && [ -e run.cbor ] || fail "run, a rule beside another: $(cat errors)"
