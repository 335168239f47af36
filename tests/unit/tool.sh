#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/unit/tool.sh CALLTAP WRITE_TRACES LISTED_SO LISTED_O
#
# The command's own behaviour, on traces and tables that were made by hand: what it prints, what it says on stderr, how it
# ends. No runtime and no plugin is needed.
set -uo pipefail
shopt -s extglob
calltap=$1 write_traces=$2 listed=$3 object=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset CALLTAP_RUNTIME NO_COLOR
failures=0

# expect STATUS STDOUT STDERR COMMAND...: the two texts are bash patterns.
expect() {
  local status=$1 out=$2 err=$3 found
  shift 3
  found=0
  "$@" >out 2>err || found=$?
  # shellcheck disable=SC2053 # patterns
  if [ "$found" != "$status" ] || [[ $(cat out) != $out ]] || [[ $(cat err) != $err ]]; then
    printf 'FAILED: %s\nexpected %s, out %s, err %s\nfound %s, out:\n%s\nerr:\n%s\n' \
      "$*" "$status" "$out" "$err" "$found" "$(cat out)" "$(cat err)"
    failures=$((failures + 1))
  fi
}

lines() { wc -l <out | tr -d ' '; }

"$write_traces" .

# Help and mistakes.
expect 0 'calltap: dynamic tracing*calltap run*calltap decode*calltap list*' '' "$calltap" --help
expect 0 'calltap decode *--last*' '' "$calltap" help decode
expect 0 'calltap decode *--last*' '' "$calltap" decode --help
expect 0 'calltap [0-9]*.[0-9]*.[0-9]*' '' "$calltap" --version
expect 1 '' 'calltap: no command*' "$calltap"
expect 1 '' "calltap: there is no command 'decodee'; did you mean decode[?]*" "$calltap" decodee
expect 1 '' 'calltap: decode: there is no option --lsat; did you mean --last[?]' "$calltap" decode --lsat 3 good.cbor
expect 1 '' 'calltap: trace: name a process: *' "$calltap" trace
expect 1 '' 'calltap: trace: give a rule after the process*' "$calltap" trace 1
expect 1 '' 'calltap: trace: -n 0/1s: a rate is at least one call*' "$calltap" trace 1 f -n 0/1s
expect 1 '' 'calltap: trace: --policy takes stop or drop, not *' "$calltap" trace 1 f --policy keep
expect 1 '' 'calltap: record: --detach needs a limit*' "$calltap" record 1 f --detach
expect 1 '' 'calltap: decode: --last needs its N|TIME' "$calltap" decode good.cbor --last
expect 1 '' 'calltap: decode: --utc takes no argument' "$calltap" decode --utc=1 good.cbor
expect 1 '' 'calltap: decode: name a trace file*' "$calltap" decode
expect 1 '' "calltap: decode: --format takes text (if nothing is said), json, csv, chrome, speedscope, folded or cbor-diag, not 'xml'" "$calltap" decode --format xml good.cbor

# Decoding.
expect 0 '*m:slow(n=1)*m:fast/1 --> 4  (10 ns)*m:slow/1 -->  (1.0 us)' '' "$calltap" decode good.cbor
expect 0 '22:13:20.000001 10 main/11 #1 m:slow(n=1)*' '' "$calltap" decode --utc good.cbor
expect 0 '{"time":"2023-11-14T22:13:20.000001000Z",*' '' "$calltap" decode --json good.cbor
expect 0 '*#3 m:fast/1 --> 6*' '' "$calltap" decode --last 2 good.cbor
[ "$(lines)" = 2 ] || { echo "FAILED: --last 2"; failures=$((failures + 1)); }
expect 0 '*#3 m:fast(n=3)*' '' "$calltap" decode --last 800ns good.cbor
[ "$(lines)" = 3 ] || { echo "FAILED: --last 800ns"; failures=$((failures + 1)); }
expect 0 '*m:fast(n=2)*' '' "$calltap" decode good.cbor --function 'f*/1'
[ "$(lines)" = 4 ] || { echo "FAILED: --function"; failures=$((failures + 1)); }
expect 0 '*m:slow(n=1)*#3 m:fast(n=3)*' '' "$calltap" decode --min 20ns good.cbor
[ "$(lines)" = 4 ] || { echo "FAILED: --min"; failures=$((failures + 1)); }
expect 4 '' 'calltap: decode: no event to show: the options leave out all 6 of the trace' "$calltap" decode --thread other good.cbor
expect 0 '*m:slow*' '' "$calltap" decode --thread 11 good.cbor
expect 1 '' "calltap: decode: --function: no function of the trace matches 'fsat'; did you mean m:fast/1[?]" \
  "$calltap" decode --function fsat good.cbor
expect 0 '' '' "$calltap" decode -o text good.cbor

# Filters. shown LINES OPTIONS...: so many lines are left of good.cbor; the last command's output is in `out`.
shown() {
  local wanted=$1
  shift
  expect 0 '*' '' "$calltap" decode --utc good.cbor "$@"
  [ "$(lines)" = "$wanted" ] || { echo "FAILED: $* leaves $(lines) lines, not $wanted"; failures=$((failures + 1)); }
}
shown 1 --from +1us
shown 3 --to +110ns
shown 2 --from +100ns --to +110ns
shown 6 --from 22:13:20.000001 --to 22:13:20.000002
shown 5 --to 22:13:20.000001
shown 5 --to 2023-11-14T22:13:20.000001Z
shown 6 --from 2023-11-14T22:13
shown 1 --from '2023-11-14 22:13:20.0000015' --to +1s
expect 4 '' '*no event*' "$calltap" decode --utc --from 22:14 good.cbor
shown 3 --event exit
shown 4 --event call,return --function fast
shown 2 --event call --last 2
shown 2 --where 'n == 2'
shown 4 --where 'n < 3'
shown 2 --where 'ret > 4'
shown 4 --where 'elapsed > 15ns'
shown 2 --where 'ret == n * 2 and n > 2'
shown 4 --where 'depth() > 1' --where 'depth() > 1 and tid() == 11 and thread() == "main"'
expect 1 '' 'calltap: decode: --from takes +1.5s *, not *' "$calltap" decode --from soon good.cbor
expect 1 '' 'calltap: decode: --to takes +1.5s *, not *' "$calltap" decode --to 25:00 good.cbor
expect 1 '' "calltap: decode: --event: 'tails' is no kind of event; *" "$calltap" decode --event call,tails good.cbor
expect 1 '' 'calltap: decode: --where: column 7: there is no parameter len; the function has n*' \
  "$calltap" decode --where '1 and len > 1' good.cbor
expect 1 '' 'calltap: decode: --where: column 1: a trace cannot answer caller()*' "$calltap" decode --where 'tcw() == 1' good.cbor
expect 1 '' 'calltap: decode: --where takes a guard*and nothing else' "$calltap" decode --where 'n > 1 -> stack' good.cbor
expect 1 '' 'calltap: decode: --where: column 4: *' "$calltap" decode --where 'n >' good.cbor

expect 0 '' '' "$calltap" decode -o text good.cbor
expect 0 '' '' diff text <("$calltap" decode good.cbor)
expect 0 '*m:slow(n=1)*m:slow(n=1)*' '' "$calltap" decode good.cbor good.cbor
[ "$(lines)" = 12 ] || { echo "FAILED: two files"; failures=$((failures + 1)); }

# Pointers to functions have names while the object is the same.
file=$(realpath "$listed")
id=$(readelf -n "$file" | sed -n 's/.*Build ID: //p')
address() { nm "$file" | sed -n "s/^0*\([0-9a-f]*\) T $1\$/\1/p"; }
"$write_traces" . "$file" "$id" "$(address twice)" "$(address send_it)"
expect 0 '*m:take(cb=0x[1-9a-f]* <listed:twice/2>)*m:take(cb=0x[1-9a-f]* <send_it>)*m:take(cb=0x999)*' '' "$calltap" decode named.cbor
expect 0 '*"value":{"pointer":"0x[1-9a-f]*","function":"listed:twice/2"}*"value":"0x999"*' '' "$calltap" decode --json named.cbor
expect 0 '*m:take(cb=0x999)
  stack    libcalltap_listed.so+0x10
           0x999
           listed:twice/2+0x5  listed.S:[1-9]*
           send_it+0x5  listed.S:[1-9]*' '' "$calltap" decode named.cbor
expect 0 '*{"address":"0x999"},{"address":"0x7f*","function":"listed:twice/2","object":"libcalltap_listed.so","offset":5,"file":"*/listed.S","line":*' \
  '' "$calltap" decode --json named.cbor
"$write_traces" . "$file" "00$id" "$(address twice)" "$(address send_it)"
expect 0 '*m:take(cb=0x+([0-9a-f]))*m:take(cb=0x+([0-9a-f]))*
           libcalltap_listed.so+0x*' '' "$calltap" decode named.cbor
"$write_traces" . ./nowhere "$id" "$(address twice)" "$(address send_it)"
expect 0 '*m:take(cb=0x+([0-9a-f]))*' '' "$calltap" decode named.cbor

expect 0 '*main/11
      0 ns    1.0 us    970 ns  m:slow/1
    100 ns     30 ns     30 ns    m:fast/1 x 2' '' "$calltap" tree --as-it-happened good.cbor
expect 1 '' 'calltap: tree: --share is about merged branches; *' "$calltap" tree --as-it-happened --share 3 good.cbor
expect 4 '' 'calltap: tree: no event to show*' "$calltap" tree --as-it-happened --thread other good.cbor

# Calls that are open at the end.
expect 4 '' 'calltap: decode: no call is open at the end, of those that the options leave' "$calltap" decode --open good.cbor
expect 3 '*main/11 #1 m:slow(n=1)
  open     *' '*cut.cbor: incomplete: the file was cut, at byte *' "$calltap" decode --open cut.cbor
expect 1 '' 'calltap: decode: --open is for text, json and csv:*' "$calltap" decode --open --format folded good.cbor

# Traces with something wrong.
expect 4 '' 'calltap: decode: no event to show' "$calltap" decode nothing.cbor
expect 3 '*main/11 ... lost 7 events (disk)*' 'calltap: decode: lost.cbor: incomplete: 7 events lost' "$calltap" decode lost.cbor
expect 0 '*m:slow*' 'calltap: decode: rejected.cbor: note: the rules rejected 48112 calls
calltap: decode: rejected.cbor: note: 1 time a rule met memory*' "$calltap" decode rejected.cbor
expect 0 '
count  (p 10)
     count  function
     48112  m:fast/1' '' "$calltap" decode tables.cbor
expect 0 '{*"event":"row","kind":"count","mfa":"m:fast/1","keys":\[\],"count":48112}' '' "$calltap" decode --json tables.cbor
expect 3 '*m:fast(n=...)*' 'calltap: decode: misshapen.cbor: incomplete: 1 record does not hold what it should, first at byte *' \
  "$calltap" decode misshapen.cbor
expect 3 '*m:slow*' '*cut.cbor: note: the trace has no end*incomplete: the file was cut, at byte *' "$calltap" decode cut.cbor
expect 2 '*m:slow*' '*damaged.cbor: damaged at byte *' "$calltap" decode damaged.cbor
expect 2 '*m:slow*' '*nowhere: cannot be opened: No such file*' "$calltap" decode nowhere good.cbor
expect 2 '' 'calltap: decode: -: a trace is read in place*' "$calltap" decode -
expect 2 '' 'calltap: decode: .: is a directory, not a trace' "$calltap" decode .
expect 2 '' '*is not a Calltap trace, at byte 0' "$calltap" decode "$listed"
expect 2 '' '*-o good.cbor: is one of the traces*' "$calltap" decode -o good.cbor good.cbor
expect 2 '' '*standard output: cannot be written: No space left*' bash -c "'$calltap' decode good.cbor >/dev/full"
expect 0 '' '' bash -c "set -o pipefail; '$calltap' decode good.cbor | true"

# Listing.
expect 0 'listed:pick/5  void (\*(int number, int, int, int, int))(int)  src/listed.c:12  1 entry
listed:tiny/1  src/listed.c:3  inlined away
listed:twice/2  int (int number, struct client \*unused)  src/listed.c:7  1 entry, 2 returns
net::Conn:send/1  void (net::Conn \*this, const char \*format, ...)  src/listed.c:9  1 entry, 1 tail call
3 functions, 6 sites, 1 object; 1 inlined away' '' "$calltap" list "$listed"
expect 0 'net::Conn:send/1 *1 function, 2 sites, 1 object' '' "$calltap" list "$listed" 'net::*:send'
expect 0 '{"mfa":"listed:twice/2","parameters":\[{"name":"number","type":"int"},{"name":"unused","type":"struct client \*"}\],'\
'"result":"int",*"entries":1,"returns":2,"tails":0,"unwinds":0}' '' "$calltap" list --json "$listed" twice
expect 0 '3 functions, 6 sites, 1 object; 1 inlined away
9 parameters: 66.7% available, 11.1% optimized out, 11.1% not captured, 11.1% sensitive
2 results: 100.0% available, 0.0% optimized out, 0.0% not captured, 0.0% sensitive
[1-9]* bytes of tables' '' "$calltap" list --stats "$listed"
expect 0 '{"functions":1,"inlined":0,"objects":1,"sites":2,"parameters":{"count":2,"available":2,"optimized_out":0,*},'\
'"results":{"count":0,*},"table_bytes":[1-9]*}' '' "$calltap" list --stats --json "$listed" send
expect 1 '' "*no function matches 'twcie'; did you mean listed:twice/2[?]" "$calltap" list "$listed" twcie
expect 1 '' '*not built with the calltap plugin*' "$calltap" list /bin/true
expect 2 '' '*is not linked yet*' "$calltap" list "$object"
expect 2 '' '*is no ELF file*' "$calltap" list good.cbor
expect 2 '' '*nowhere: cannot be opened*' "$calltap" list nowhere
expect 1 '' '*999999999: there is no such process' "$calltap" list 999999999
expect 1 '' '*' "$calltap" list $$

# Patterns are those of rules, quotes included, and mistakes in them have a place.
expect 0 'listed:twice/2 *' '' "$calltap" list "$listed" '"twice"/2'
expect 1 '' '*no function matches*' "$calltap" list "$listed" '"twic*"'
expect 1 '' 'calltap: list: column 6: *
    twice when
         ^' "$calltap" list "$listed" 'twice when'
expect 1 '' 'calltap: decode: --function: column 3: the arity *
    m/x
      ^' "$calltap" decode --function m/x good.cbor

# Checking rules.
expect 0 '\*:process: a head and a guard -> return, stop; a head -> noargs
m:f/2: every call' '' "$calltap" check 'process(c, n) when n > 4 -> return, stop; (_, 3) -> noargs' m:f/2
expect 1 '' 'calltap: check: column 18: comparisons bind tighter than & ^ |: put brackets around what you mean
    process when len & 1 == 0
                     ^' "$calltap" check 'process when len & 1 == 0'
expect 1 '' $'calltap: check: line 2, column 18: *\n    \tg when ä == "ü" x\n    \t                ^' "$calltap" check $'f\n\tg when ä == "ü" x'
expect 1 '' 'calltap: check: give a rule*' "$calltap" check
expect 1 '' 'calltap: check: --compiled needs --in*' "$calltap" check --compiled f
expect 0 '\*:twice: a guard -> return
1 function
  listed:twice/2' '' "$calltap" check 'twice when number > 4 -> return' --in "$listed"
expect 0 '*listed:twice/2, clause 1
    at the entry:
        0  CHECK a=0 b=* imm=5 *# ends the program with no unless*
        1  ACCEPT *' '' "$calltap" check 'twice(number=..4)' --compiled --in "$listed"
expect 0 '\*:twice: every call -> return when a guard holds
*at the exit:
        0  RESULT a=6 *ACCEPT *' '' "$calltap" check 'twice -> return when ret < 0' --compiled --in "$listed"
expect 0 '*2 functions
  listed:pick/5
  listed:twice/2
1 not, column 5: there is no parameter number; the function has this, format
    \*:\*(number=_)
        ^
  net::Conn:send/1
1 inlined away
  listed:tiny/1' '' "$calltap" check '*:*(number=_)' --in "$listed"
expect 1 '\*:twice: a guard
0 functions*' 'calltap: check: of listed:twice/2: column 12: parameter unused was removed by the optimiser*' \
  "$calltap" check 'twice when unused.fd' --in "$listed"
expect 1 '*0 functions*' '*column 11: parameter number is sensitive*' "$calltap" check 'pick when number' --in "$listed"
expect 1 '*0 functions' "*no function matches 'twcie'; did you mean listed:twice/2[?]" "$calltap" check twcie --in "$listed"
expect 1 '*1 inlined away*' "*every call of 'tiny' was inlined*listed:tiny/1*" "$calltap" check tiny --in "$listed"
expect 1 '*' '*not built with the calltap plugin*' "$calltap" check f --in /bin/true
expect 2 '' '*nowhere: cannot be opened*' "$calltap" check f --in nowhere
expect 1 '' '*999999999: there is no such process' "$calltap" check f --in 999999999
expect 2 '' '*standard output: cannot be written: No space left*' bash -c "'$calltap' check f >/dev/full"
expect 0 '{"module":"\*","function":"f","arity":2,"clauses":\[{"head":false,"guard":false,"actions":\["return"\],"return_guard":false}\]}' '' \
  "$calltap" check --json 'f/2 -> return'
expect 0 '*"functions":\["listed:twice/2"\],"refused":\[\],"inlined":\[\]}
*"refused":\[{"reason":"there is no parameter n;*","line":2,"column":11,"functions":\["net::Conn:send/1"\]}\],*' '*' \
  "$calltap" check --json --in "$listed" twice 'send when n; (...)'

# Scopes are checked as patterns are.
expect 0 '\*:twice in lis\*.c under (\*:send: a head and a guard, return when a guard holds): every call -> return -> sum(number) by (number, stack(3)), trace(+silent -call)
1 function
  listed:twice/2
under: 1 function
  net::Conn:send/1' '' "$calltap" check --in "$listed" \
  'twice in lis*.c under (send(f) when f return when elapsed > 1s) -> return -> sum(number) by (number, stack(3)), trace(+silent -call)'
expect 0 '\*:f under a:b/2: every call -> count, no event' '' "$calltap" check 'f under a:b/2 -> message(false), count'
expect 1 '*1 function
  listed:twice/2
under: 0 functions' "*: under: no function matches 'sned'; did you mean net::Conn:send/1[?]" "$calltap" check 'twice under sned' --in "$listed"
expect 1 '*under: 0 functions
1 not, column 25: there is no parameter size;*' '*of net::Conn:send/1: column 25: there is no parameter size;*
                            ^' "$calltap" check 'twice under (send when (size))' --in "$listed"
expect 1 '*under: 0 functions
1 inlined away*' '*: under: every call of *tiny*' "$calltap" check 'twice under tiny' --in "$listed"
expect 1 '*0 functions' "*: no object or source is named 'other.c'" "$calltap" check 'twice in other.c' --in "$listed"
expect 1 '*0 functions' "*: no function matches 'twcie' in 'listed.c'" "$calltap" check 'twcie in listed.c' --in "$listed"
expect 0 '*listed:twice/2, clause 1
    at the entry: every call
    at the exit:
        0  RESULT *
    number of message, at the exit:
        0  VALUE a=0 *GIVE *
    number + 1 of count, at the exit:
        0  VALUE a=0 *ADD *
under: 1 function
*programs
  net::Conn:send/1
    at the entry:
        0  VALUE a=1 *' '' "$calltap" check --compiled --in "$listed" \
  'twice under (send(f) when f) -> return when ret -> message(number), count by (number + 1, stack(2))'
expect 0 '*"clauses":\[*\],"in":"listed.c","functions":\["listed:twice/2"\],*,"under":{"module":"\*","function":"send","functions":\["net::Conn:send/1"\],"refused":\[\],"inlined":\[\]}}' '' \
  "$calltap" check --json --in "$listed" 'twice in listed.c under send'
expect 125 '' 'calltap: run: of net::Conn:send/1: column 25: there is no parameter size;*' "$calltap" run 'twice under (send when (size))' -- "$listed"

# A damaged object does no harm, wherever the damage is.
size=$(stat -c %s "$listed")
for ((offset = 64; offset < size && offset < 64 + 37 * 200; offset += 37)); do
  cp "$listed" damaged.so
  printf '\xff\xff\xff\x7f' | dd of=damaged.so bs=1 seek="$offset" conv=notrunc status=none
  found=0
  "$calltap" list damaged.so >/dev/null 2>&1 || found=$?
  "$calltap" check '*:* when this->x' --in damaged.so >/dev/null 2>&1 || found=$((found > $? ? found : $?))
  status=0
  "$calltap" check '*:* -> return when ret' --in damaged.so --call '*:*(...) = _' >/dev/null 2>&1 || status=$?
  [ $status = 4 ] || found=$((found > status ? found : status))
  [ "$found" -le 2 ] || { echo "FAILED: list or check of damage at $offset" && failures=$((failures + 1)); }
done

# Running, as far as it goes without a runtime.
expect 125 '' "calltap: run: column 3: *cut by the shell*quote the rule
    f -
      ^" "$calltap" run 'f -' -- true
expect 125 '' '*there is no rule*' "$calltap" run '' -- true
expect 125 '' 'calltap: run: of listed:twice/2: column 12: there is no parameter n; the function has number, unused
    twice when n
               ^' "$calltap" run 'twice when n' -- "$listed"
expect 125 '' '*give the program after*' "$calltap" run 'f'
expect 125 '' "calltap: run: '-' is no rule: *quote the whole rule*" "$calltap" run f - -- true
expect 1 '' "calltap: trace: '-' is no rule: *quote the whole rule*" "$calltap" trace 1 f -
expect 1 '' "calltap: trace: --limit: there is no limit 'call'; did you mean calls[?]" "$calltap" trace 1 f --limit time=1s,call=5
expect 125 '' "calltap: run: --limit: there is no limit 'foo'; there are calls=N, *" "$calltap" run --limit foo=1 -- true
expect 125 '' "*'$listed' is a program, and stands where rules do: put \`--\` before it*" "$calltap" run f "$listed"
expect 125 '' "calltap: run: -o nowhere/t.cbor: there is no directory 'nowhere'" "$calltap" run -o nowhere/t.cbor -- true
expect 125 '' "calltap: run: -o takes the name of a file, not 'here/'" "$calltap" run -o here/ -- true
expect 125 '' '*there is no option --qiet; did you mean --quiet[?]' "$calltap" run --qiet -- true
expect 125 '' '*--str is at most 4096' "$calltap" run --str 4097 -- true
expect 125 '' "*--str takes a number, not '-1'" "$calltap" run --str=-1 -- true
expect 125 '' '*--expand is at most 4' "$calltap" run --expand 5 -- true
touch libnone.so
export CALLTAP_RUNTIME=$work/libnone.so
expect 127 '' '*nowhere: there is no such program' "$calltap" run -q -- ./nowhere
expect 126 '' '*good.cbor: cannot be started: Permission denied' "$calltap" run -q -- ./good.cbor
expect 0 'str=4096,expand=0,calls=3' '*' "$calltap" run -q --str 4096 --expand=0 -n 3 -- printenv CALLTAP_LIMIT

echo "$failures failures"
exit $((failures > 0))
