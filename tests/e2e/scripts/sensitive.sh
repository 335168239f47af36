#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Nothing of what is marked CALLTAP_SENSITIVE is in the trace file, however much is asked for, and what is shown instead is no lie.
. "$(dirname "$0")/../../support/lib.sh"
# The secrets: a text, one of carets, and a number in the byte orders of the program and of CBOR.
secrets=(xyzzy-plugh '^^^' $'\xe7\xc2\x5e\xe7\xc2\x5e' $'\x5e\xc2\xe7\x5e\xc2\xe7')
export CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,str=1000,expand=3 CALLTAP_OUT=t.cbor
export CALLTAP_VIEWS='my::Password=string(0,8);my::Keys=sequence(0,8);my::Maybe<*=optional(16)'

keeps_secrets() {
  for secret in "${secrets[@]}"; do
    ! LC_ALL=C grep -qaF "$secret" t.cbor || fail "$1: a secret is in the trace"
  done
}

for level in O0 O2; do
  cc 14 "-$level" -I"$CALLTAP_SOURCE/include" "$CALLTAP_SOURCE/tests/e2e/cases/sensitive.c" -o sensitive "${with_runtime[@]}"
  ./sensitive
  grep -qaF alice t.cbor || fail "$level: the trace has no strings at all"
  keeps_secrets "$level"
done

# In arrays, unions, templates, bases, classes of the C++ library and of others. With fewer types less is shown, and as little recorded.
cat >full <<'T'
ring(r={keys=4, key=[[{id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}], [{id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}]]} (by value))
named(n={id=7, secret=<sensitive>, name="Ada"} (by value))
either(e={key=<sensitive>, words=<sensitive>} (by value))
box(b={id=3, content=<sensitive>} (by value))
deep(d={key=[[[[[[[[[[[[[[[[[<sensitive>]]]]]]]]]]]]]]]]]} (by value))
three(p=0xP -> [{id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}], r=0xP -> [{id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}])
behind(o=0xP {number=1, letter='c'}, n=0xP <sensitive>)
optional(o=<sensitive>)
optional(o=<sensitive>)
vector(v=0xP [{id=7, secret=<sensitive>}, {id=7, secret=<sensitive>}], o=0xP [<sensitive>, <sensitive>])
array(a=<sensitive>, p=<sensitive>)
variant(v=<sensitive>)
pointer(p=0xP 0xP)
viewed(p={characters=<sensitive>, length=7} (by value), k=0xP ..., m={id=7, secret=<sensitive>} (by value))
result(keys=4)
result/1 --> {keys=4, key=[[{id=7, secret=<sensitive>}, {id=8, secret=<sensitive>}], [{id=9, secret=<sensitive>}, {id=10, secret=<sensitive>}]]}
T
cat >params <<'T'
ring(r=<sensitive>)
named(n=<sensitive>)
either(e=<sensitive>)
box(b=<sensitive>)
deep(d=<sensitive>)
three(p=0xP -> [<sensitive>, <sensitive>, <sensitive>], r=0xP -> [<sensitive>, <sensitive>, <sensitive>])
behind(o=0xP ..., n=0xP <sensitive>)
optional(o=<sensitive>)
optional(o=<sensitive>)
vector(v=0xP [<sensitive>, <sensitive>], o=0xP [<sensitive>, <sensitive>])
array(a=<sensitive>, p=<sensitive>)
variant(v=<sensitive>)
pointer(p=0xP 0xP)
viewed(p=<sensitive>, k=0xP ..., m=<sensitive>)
result(keys=4)
result/1 --> <sensitive>
T
cat >none <<'T'
ring(r=<sensitive>)
named(n=<sensitive>)
either(e=<sensitive>)
box(b=<sensitive>)
deep(d=<sensitive>)
three(p=0xP, r=0xP)
behind(o=0xP, n=0xP)
optional(o=<sensitive>)
optional(o=<sensitive>)
vector(v=0xP, o=0xP)
array(a=<sensitive>, p=<sensitive>)
variant(v=<sensitive>)
pointer(p=0xP)
viewed(p=<sensitive>, k=0xP, m=...)
result(keys=4)
result/1 --> <sensitive>
T
# No rule looks at the bytes by another name; what it may show of them, it shows as any event does.
refuses() {
  rm -f t.cbor
  CALLTAP=$1 ./secrets 2>errors
  grep -q 'leads to sensitive members' errors || fail "$1: said $(cat errors)"
  [ ! -e t.cbor ] || keeps_secrets "$1"
}

for plugin in "$CALLTAP_BUILD"/plugin/calltap-*.so; do
  major=${plugin##*-} major=${major%.so}
  for how in O0.none O0.params O0.full O2.none O2.params O2.full; do
    cxx "$major" -std=c++17 "-${how%.*}" "-fplugin-arg-calltap-types=${how#*.}" -I"$CALLTAP_SOURCE/include" \
      "$CALLTAP_SOURCE/tests/e2e/programs/secrets.cpp" -o secrets "${with_runtime[@]}"
    ./secrets
    normal --function 'secrets:*' t.cbor | sed 's/^#[0-9]* secrets://' | grep -v -- '-->$' >shown
    diff "${how#*.}" shown || fail "clang $major, $how: not as it should be shown"
    keeps_secrets "clang $major, $how"
  done
  refuses 'secrets:three -> message(bytes(p, 48))'
  refuses 'secrets:three -> message(bytes(p[0], 16))'
  refuses 'secrets:three -> message(str(as(char *, p)))'
  refuses 'secrets:three when as(long *, p)[1] > 0'
  rm -f t.cbor
  CALLTAP='secrets:three -> message(p[0], r[0])' ./secrets
  [ -s t.cbor ] || fail "clang $major: a message is not written"
  keeps_secrets "clang $major, message"
done
