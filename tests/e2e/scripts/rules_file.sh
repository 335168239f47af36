#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# @FILE in place of a rule: in CALLTAP, and on the command lines of run and check. What cannot be read is told with what to do, and the
# program runs as if nothing had been asked.
. "$(dirname "$0")/../../support/lib.sh"
cat >p.c <<'EOF'
__attribute__((noinline)) int one(int n) { return n + 1; }
__attribute__((noinline)) int two(int n) { return n + 2; }
__attribute__((noinline)) int three(int n) { return n + 3; }
int main(void) { return one(1) + two(2) + three(3) == 12 ? 0 : 1; }
EOF
cc 14 -O0 p.c -o p "${with_runtime[@]}"
printf '# what is slow\none -> return\n\ntwo(n) when\n  n == 2\n' >broken.txt
printf '# two of them\none -> return\n\ntwo(n) when n == 2 # all' >two.txt
printf 'one\ntwo when size > 1\n' >types.txt
printf 'two when size > 1\n' >only.txt
printf 'one\n@two.txt\n' >nested.txt
printf 'one\0two' >zeros.txt
{ printf 'one #' && head -c 65536 /dev/zero | tr '\0' '-'; } >large.txt
mkdir -p "a b" && cp two.txt "a b/c;d"
ln -s two.txt link.txt
mkfifo pipe

# traces EXPECTED RULES: what a program with these in CALLTAP, and one that is run with them, has recorded.
traces() {
  rm -f t.cbor
  CALLTAP=$2 CALLTAP_OUT=t.cbor ./p 2>errors || fail "CALLTAP=$2: the program"
  [ ! -s errors ] || fail "CALLTAP=$2: $(cat errors)"
  [ "$(normal t.cbor | tr '\n' ' ')" = "$1" ] || fail "CALLTAP=$2: $(normal t.cbor)"
  rm -f t.cbor
  "$calltap" run -q -o t.cbor "$2" -- ./p || fail "run $2"
  [ "$(normal t.cbor | tr '\n' ' ')" = "$1" ] || fail "run $2: $(normal t.cbor)"
}
both='#1 p:one(n=1) #1 p:one/1 --> 2 #2 p:two(n=2) '
traces "$both" '@two.txt'
traces "$both#3 p:three(n=3) " 'three; @two.txt'
traces "$both#3 p:three(n=3) " $'@two.txt # mine\nthree'
traces "$both" '@"a b/c;d"'
traces "$both" '@link.txt;@two.txt'
traces "$both" "@$PWD/two.txt"

# The rules of `run` are read by it: the program may start elsewhere, and its children too.
rm -f t.cbor
mkdir -p away
"$calltap" run -q -o "$PWD/t.cbor" @two.txt -- sh -c "cd away && exec '$PWD/p'" || fail "elsewhere"
traced=(t.cbor*)
"$calltap" decode "${traced[@]}" | grep -q 'p:two(n=2)' || fail "nothing from elsewhere"
"$calltap" run -q -o t2.cbor @<(echo two) -- ./p || fail "a pipe"
[ "$(normal t2.cbor)" = '#1 p:two(n=2)' ] || fail "a pipe: $(normal t2.cbor)"
"$calltap" decode --json t2.cbor >/dev/null

# RULES|WHERE AND WHAT in the variable|the same of check, if it differs: the program runs untraced.
while IFS='|' read -r rules said checked; do
  rm -f t.cbor
  CALLTAP=$rules CALLTAP_OUT=t.cbor timeout 10 ./p 2>errors || fail "CALLTAP=$rules: the program: $?"
  [ ! -e t.cbor ] || fail "CALLTAP=$rules: a trace"
  # shellcheck disable=SC2053
  [[ $(cat errors) == *CALLTAP:\ $said ]] || fail "CALLTAP=$rules: $(cat errors)"
  status=0
  timeout 10 "$calltap" check "$rules" </dev/null >/dev/null 2>errors || status=$?
  [ $status = 1 ] || fail "check $rules: status $status"
  # shellcheck disable=SC2053
  [[ $(cat errors) == "calltap: check: "${checked:-$said} ]] || fail "check $rules: $(cat errors)"
done <<'EOF'
@broken.txt|broken.txt: line 4, column 12: the rule ends here*two(n) when*^*
one; @broken.txt|broken.txt: line 4, column 12: the rule ends here*two(n) when*^*
@nested.txt|nested.txt: line 2, column 1: a file of rules names no other file*
@none.txt|column 1: none.txt: the rules cannot be read: there is no such file*whole path*untraced*|column 1: none.txt: the rules cannot be read: No such file*@none.txt*^
one; @away|column 6: away: the rules cannot be read: it is no regular file*untraced*|column 6: away: the rules cannot be read: Is a directory*
@large.txt|column 1: large.txt: the rules cannot be read: it is larger than 64 kB*
@zeros.txt|column 1: zeros.txt: the rules cannot be read: the file is no text*
@two.txt -> stop|column 10: behind @FILE stands nothing*
EOF
CALLTAP=@pipe CALLTAP_OUT=t.cbor timeout 10 ./p 2>errors || fail "a pipe stops the program"
grep -q 'no regular file' errors || fail "$(cat errors)"
if [ "$(id -u)" != 0 ]; then
  chmod 000 two.txt
  CALLTAP=@two.txt ./p 2>errors || fail "no rights"
  grep -q 'may not read it' errors || fail "$(cat errors)"
  chmod 644 two.txt
fi

# What only the types tell has its place in the file as well.
CALLTAP=@only.txt CALLTAP_OUT=t.cbor ./p 2>errors || fail "types"
[[ $(cat errors) == *'CALLTAP: only.txt: line 1, column 10: there is no parameter size;'* ]] || fail "$(cat errors)"
status=0
"$calltap" check @types.txt --in p >out 2>errors || status=$?
[ $status = 1 ] && grep -q '^1 not, types.txt, line 2, column 10: there is no parameter size' out || fail "$(cat out errors)"
grep -q '^calltap: check: of p:two/1: types.txt: line 2, column 10: there is no parameter size' errors || fail "$(cat errors)"
"$calltap" check --json @types.txt --in p >out 2>/dev/null || true
grep -q '"file":"types.txt","line":2,"column":10' out || fail "$(cat out)"
"$calltap" check three @two.txt --in p --call 'two(1)' >out 2>&1 && fail "it matches"
grep -q 'clause 1 does not match, two.txt, line 4, column 15: ' out || fail "$(cat out)"
status=0
"$calltap" run -q @only.txt -- ./p 2>errors || status=$?
[ $status = 125 ] && grep -q 'only.txt: line 1, column 10' errors || fail "run: $status: $(cat errors)"

# Rules too long for the environment.
for i in 1 2 3; do { head -c 50000 /dev/zero | tr '\0' '#' && echo && echo one; } >"long$i.txt"; done
status=0
"$calltap" run -q @long1.txt @long2.txt @long3.txt -- ./p 2>errors || status=$?
[ $status = 125 ] && grep -q 'set CALLTAP=@FILE yourself' errors || fail "run: $status: $(cat errors)"
CALLTAP='@long1.txt;@long2.txt;@long3.txt' CALLTAP_OUT=t3.cbor ./p || fail "long rules"
[ "$(normal t3.cbor)" = '#1 p:one(n=1)' ] || fail "long rules: $(normal t3.cbor)"
