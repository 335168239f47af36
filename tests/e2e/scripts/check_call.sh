#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `calltap check --call` says of a call what happens to that call in the program: the same rules, the same values, tried both ways.
. "$(dirname "$0")/../../support/lib.sh"
cxx 14 -O1 -fno-inline "$CALLTAP_SOURCE/tests/e2e/programs/check_call.cpp" -o p "${with_runtime[@]}"

# FUNCTION: the call that the program makes.
declare -A call=(
  [numbers]="numbers(-5, 4000000000, 1099511627776, true, 'x')"
  [reals]='reals(0.5, -2.25)'
  [texts]='texts("SELECT 1", NULL)'
  [enums]='enums(^WRITE, ^LOW)'
  [by_value]='by_value({first=1, second=-2}, {a=10, b=20, c=30})'
  [pointed]='pointed({fd=3, name="bob", mode=^WRITE, load=1.5, next={fd=4, name="last", mode=^READ, tag="z"}, tag="ab", bits=17, deep=-3, pairs={{first=1, second=2}, {first=3, second=4}}, one=9})'
  [referred]='referred({fd=3, name="bob"}, 8)'
  [elements]='elements({5, 6, 7}, 3)'
  [many]='many(1, 2, 3, 4, 5, 6, 7, {a=8, b=9, c=10})'
  [net::Conn:send]='net::Conn:send(this={fd=7}, "hello", 5)'
)

# FUNCTION|REST OF THE RULE: whether a call is recorded must be the same.
tried=0 matched=0
while IFS='|' read -r function rest; do
  status=0
  "$calltap" check "$function$rest" --in p --call "${call[$function]}" >out 2>&1 || status=$?
  [ $status = 0 ] || [ $status = 4 ] || fail "$function$rest: status $status: $(cat out)"
  rm -f t.cbor
  "$calltap" run -q -o t.cbor "$function$rest" -- ./p || fail "$function$rest: the program"
  found=4
  "$calltap" decode t.cbor >decoded 2>&1 && found=0
  [ $status = $found ] || fail "$function$rest: check said $status, the run $found: $(cat out decoded)"
  tried=$((tried + 1)) matched=$((matched + (status == 0)))
done <<'EOF'
numbers|(-5, ...)
numbers|(_, 4000000000, ...)
numbers|(_, 1, ...)
numbers|(_, _, 1000M.., ...)
numbers|(_, _, _, 1, 'x')
numbers|(_, _, _, 0, 'x')
numbers|(a, b, c, d, e) when a + 5 == 0 and b > 3000000000 and c >> 40 == 1
numbers|(a, b, c, d, e) when b < 0
numbers| when b / (a + 5)
reals|(0.5, -2.25)
reals|(0.5, 0..)
reals|(a, b) when b < a
texts|("SELECT 1", _)
texts|(~"SELECT *", 0)
texts|("SELECT", _)
texts|(a, b) when b == "x"
texts| when strlen(a) == 8
texts|(a, _) when a[7] == '1' and a[8] == 0
enums|(^WRITE, ^LOW)
enums|(^READ, _)
enums|(m, l) when l < 0
by_value|({first=1}, {b=20})
by_value|(p, w) when p.second == -2 and w.c == 30
by_value|(p, w) when p.first == p.second
pointed|({fd=3, name="bob", mode=^WRITE, next={fd=4}, tag="ab", bits=17, deep=-3, one=9})
pointed|({next={next={fd=1}}})
pointed|(c) when c->load == 1.5 and c->pairs[1].first == 3
pointed|(c) when c->next->name ~ "l*t" and c->next->mode == ^READ
pointed|(c) when not c->next->next
pointed|(c) when c->next->next->fd
pointed|(c) when c->tag == "a"
referred|({fd=3}, 8)
referred|(c, out) when c.name == "bob" and out == 8
referred|(c, out) when out == 9
elements|(list, count) when list[0] == 5 and list[count - 1] == 7
elements|(list, count) when list[1] == 7
many|(1, 2, 3, 4, 5, 6, 7, {c=10})
many|(_, _, _, _, _, _, 7..8, h) when h.b == 9
many|(_, _, _, _, _, _, 8, _)
net::Conn:send|("hello", 5)
net::Conn:send|(text, size) when this->fd == 7 and text ~ "h*" and size == strlen(text)
net::Conn:send|(text, size) when this->fd == 8
net::Conn:send|(_, 4) ; (_, 5)
EOF
[ $tried -ge 40 ] && [ $matched -ge 20 ] && [ $matched -lt $((tried - 10)) ] || fail "$tried tried, $matched matched"

# says STATUS PATTERN ARGUMENTS...: what is printed, both streams, as a bash pattern.
says() {
  local status=$1 pattern=$2 found=0
  shift 2
  "$calltap" check --in p "$@" >out 2>&1 || found=$?
  # shellcheck disable=SC2053
  [ $found = "$status" ] && [[ $(cat out) == $pattern ]] || fail "$*: status $found: $(cat out)"
}

# What is done, and what the guard of the return says.
says 0 'check_call:pointed(c=0x10000 {fd=3, name="bob", mode=WRITE, *next=0x10400 {fd=4, *}, tag="ab", *) = 5 after 3.0 ms
  rule 1, \*:pointed: clause 2 matches
    the call and its exit are recorded
    at the exit: message(ret, elapsed): ret=5, elapsed=3.0 ms
    clause 1 does not match, column 13: this does not hold
*' \
  'pointed({fd=1}); (c) -> return when ret == 5 and elapsed > 2ms -> message(ret, elapsed)' --call "${call[pointed]} = 5 after 3ms"
says 0 '*clause 1 matches
    nothing is recorded: return when, column 45: this does not hold
    pointed -> return when ret == 5 and elapsed > 2ms
                                                ^' \
  'pointed -> return when ret == 5 and elapsed > 2ms' --call "${call[pointed]} = 5 after 1ms"
says 0 '*return when: it looks at the result: give one*' 'pointed -> return when ret' --call 'pointed({}) after 1ms'
says 0 '*return when: it is decided at the exit: *' 'pointed -> return when ret' --call 'pointed({})'
says 0 '*
    message(c->fd, c->pairs\[1\], str(c->name, 2)): c->fd=3, c->pairs\[1\]={first=3, second=4}, str(c->name, 2)="bo"
    sum(c->fd \* 2) by (c->mode, stack(4)): c->fd \* 2=6 by c->mode=WRITE, stack(4)=the stack
    silent(on)
    the call is recorded, without its arguments' \
  'pointed(c) -> noargs, message(c->fd, c->pairs[1], str(c->name, 2)), sum(c->fd * 2) by (c->mode, stack(4)), silent(on)' --call "${call[pointed]}"
says 0 '*
    count by a\[3\]: by a\[3\]=<this memory cannot be read>
    no event is made' 'texts -> count by a[3]' --call 'texts(NULL, "")'
says 0 '*rule 1, \*:enums: clause 1 matches, if it is below a call of \*:pointed
*scope \*:enums: what is below this call counts' 'enums under pointed' 'many under enums' --call 'enums(^READ, _)'
says 4 '*rule 1, \*:enums is about functions of other objects*' 'enums in other.c' --call 'enums(1, 1)'
says 4 '*rule 1, \*:many is about other functions*' 'many' --call 'enums(1, 1)'

# Why not.
says 4 '*clause 1 faults, column 21: this memory cannot be read
*
 *^' 'pointed when c->next->fd' --call 'pointed({})'
says 4 '*clause 1 faults, *: a division that has no result
*' 'numbers when b / a' --call 'numbers(0, ...)'
says 4 '*clause 1 cannot be asked, column *: there is no parameter size;*' 'numbers when size' --call 'numbers(0, ...)'

# What is no call of the function.
while IFS='|' read -r column why wrong; do
  says 1 "calltap: check: --call: *column $column: $why
    *
 *^" '*:*' --call "$wrong"
done <<'EOF'
6|the values stand here in brackets*|enums
7|this is no value; an enumerator is written ^WRITE|enums(WRITE, 1)
7|this is of type mode, which has no such enumerator|enums(^BOTH, 1)
6|there are fewer values than the function has parameters*|enums(1)
13|there are more values than the function has parameters|enums(1, 2, 3)
7|this is of type mode, and this is no whole number|enums("x", 1)
10|client has no member port|pointed({port=1})
10|this is of type client, *|pointed({1, {fd=2}})
13|this is of type int, which cannot hold this number|pointed({fd=5000000000})
14|a closing bracket } is expected here|pointed({fd=9
7|there is no parameter size; the function has a, b|texts(size=1)
15|the function returns nothing|enums(1, 1) = 5
19|behind after stands a time*|enums(1, 1) after 5
13|this is not expected here*|enums(1, 1) when
EOF
says 1 '*no function matches*did you mean *numbers/5*' '*:*' --call 'number(1)'
"$calltap" check numbers --call 'numbers(...)' >out 2>&1 && fail "--call without --in"
grep -q -- '--call needs --in' out || fail "$(cat out)"

# The same as JSON.
"$calltap" check --json --in p 'by_value(p, w) when w.c -> return when ret < 0 -> message(p.first), count by p.second; (...)' 'enums' --call "${call[by_value]} = -1 after 2us" >out
diff - out <<'EOF'
{"mfa":"check_call:by_value/2","args":[{"name":"p","value":{"first":1,"second":-2}},{"name":"w","value":{"a":10,"b":20,"c":30}}],"result":-1,"elapsed_ns":2000,"rules":[{"rule":1,"asked":true,"clauses":[{"outcome":"match"}],"clause":1,"return_guard":{"outcome":"match"},"call_recorded":true,"exit_recorded":true,"actions":[{"action":"message","text":"message(p.first)","at":"exit","values":[{"label":"p.first","value":1}],"keys":[]},{"action":"count","text":"count by p.second","at":"exit","values":[],"keys":[{"label":"p.second","value":-2}]}]},{"rule":2,"asked":false}]}
EOF
status=0
"$calltap" check --json --in p 'texts when a[9] == 1; ("x", ...)' --call 'texts("y", NULL)' >out || status=$?
[ $status = 4 ] || fail "status $status"
diff - out <<'EOF'
{"mfa":"check_call:texts/2","args":[{"name":"a","value":"y"},{"name":"b","value":null}],"rules":[{"rule":1,"asked":true,"clauses":[{"outcome":"fault","reason":"this memory cannot be read","line":1,"column":13},{"outcome":"no","reason":"this does not hold","line":1,"column":24}]}]}
EOF
