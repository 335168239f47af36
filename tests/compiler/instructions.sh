#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A call takes no more instructions than instructions.txt allows, on each path that a hook can take. Instructions do not
# depend on how busy the machine is. What start and end take is not in the figure: it is the difference between a short
# run and a long one.
. "$(dirname "$0")/../support/lib.sh"
major=$1
table=$CALLTAP_SOURCE/tests/compiler/instructions.txt
command -v valgrind >/dev/null || skip "valgrind is missing"
cache=$CALLTAP_BUILD/CMakeCache.txt
grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=\(Release\|RelWithDebInfo\)$' "$cache" || skip "this build is not optimised"
! grep -q '^CMAKE_C_COMPILER:.*clang' "$cache" || skip "the ceilings are those of gcc's code"
grep -q '^CALLTAP_SANITIZE:[A-Z]*=$' "$cache" || skip "this build has sanitizers"

few=1000 more=5000

cat >work.c <<'C'
int pair(int a, int b) { return a ^ b; }
C
cat >calls.c <<'C'
#include <stdlib.h>
int pair(int a, int b);
int main(int count, char **arguments) {
  int calls = count > 1 ? atoi(arguments[1]) : 0;
  for (int i = 0; i < calls; i++)
    pair(calls, i);
  return 0;
}
C
# Only the function that is called has hooks, and where it stands does not depend on the build.
"clang-$major" -O2 -c calls.c -o calls.o
"clang-$major" -O2 calls.o work.c -o bare
cc "$major" -O2 calls.o work.c "${with_runtime[@]}" -Wl,-u,calltap_version -o hooked

# Prints the instructions of `PROGRAM CALLS` asked by rule $3 in threads $4. Code is patched while valgrind runs it, so it
# has to look at all of it again (--smc-check).
instructions() {
  CALLTAP=$3 CALLTAP_THREADS=$4 CALLTAP_OUT=t.cbor timeout 120 valgrind --tool=callgrind --smc-check=all \
    --callgrind-out-file=callgrind.out "./$1" "$2" >valgrind.txt 2>&1 || fail "valgrind: $(tail -n 5 valgrind.txt)"
  sed -n 's/^==[0-9]*== Collected : \([0-9]*\)$/\1/p' valgrind.txt
}

# Instructions of one call: program, rule, threads.
of_a_call() {
  local short long
  short=$(instructions "$1" $few "$2" "$3")
  long=$(instructions "$1" $more "$2" "$3")
  echo $(((long - short + (more - few) / 2) / (more - few)))
}

# A figure is worth something only if the path was taken: the trace of the long run has so many events a call, or, if
# $1 is `counted`, a row that counted each call.
taken() {
  if [ "$1" = counted ]; then
    "$calltap" decode t.cbor | grep -Eq "^ +$more .* work:pair/2$"
  else
    [ "$("$calltap" decode t.cbor 2>/dev/null | grep -c ' #[0-9]* work:pair')" -eq $(($1 * more)) ]
  fi
}

bare=$(of_a_call bare "" all)
disabled=$(of_a_call hooked "" all)
[ "$disabled" -eq $((bare + 2)) ] || fail "a disabled entry and return take $((disabled - bare)) instructions, not 2"

too_many=0 lines=0
while IFS='|' read -r path threads rule events ceiling _; do
  [[ $path != \#* ]] || continue
  lines=$((lines + 1))
  path=${path%"${path##*[! ]}"} threads=${threads// /} events=${events// /} ceiling=${ceiling// /}
  rm -f t.cbor
  found=$(of_a_call hooked "$rule" "$threads")
  taken "$events" || fail "$path: the trace does not have what this path leaves in it ($events)"
  [ "$found" -gt "$disabled" ] || fail "$path: no more instructions than with hooks off"
  echo "$path: $found of $ceiling"
  if [ "$found" -gt "$ceiling" ]; then
    echo "FAILED: $path takes $found instructions a call, more than $ceiling (tests/compiler/instructions.txt)"
    too_many=1
  fi
done <"$table"
[ $lines -gt 0 ] || fail "instructions.txt has no lines"
exit $too_many
