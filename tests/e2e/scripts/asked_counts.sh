#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `calltap count` and `time` show of a running process: one table, whatever was not called; and rules and limits that mean nothing there
# are refused.
. "$(dirname "$0")/../../support/lib.sh"
. "$(dirname "$0")/../../support/asked.sh"
build_asked asked
start_asked 2 500

# Far more functions that nobody calls than are shown.
python3 - >many.c <<'P'
print("#include <unistd.h>\n#define KEEP __attribute__((noinline))")
for i in range(100):
    print(f"KEEP int f{i}(int n) {{ __asm__ volatile(\"\"); return n + {i}; }}")
print("int main(int argc, char **argv) { while (argc < 100) { f3(1); f4(1); usleep(500); } return", end=" ")
print(" + ".join(f"f{i}(2)" for i in range(100)), end="; }\n")
P
cc 14 -w -O1 many.c -o many "${with_runtime[@]}"
./many &
others+=($!)
waits 10 is_ready "${others[0]}"
for command in count time; do
  "$calltap" $command "${others[0]}" '*:*' --for 100ms >out 2>errors || fail "$command: $?: $(cat errors)"
  [ "$(grep -c "^$command " out)" = 1 ] || fail "$command: not one table: $(cat out)"
  [ "$(grep -c many:f out)" = 22 ] && grep -qx '  ... and 79 more functions that nobody called' out || fail "$command: $(cat out)"
  grep -q '^stopped: --for 100ms, 0 rejected' errors || fail "$command: $(cat errors)"
done

# Copies of one function, as of a static one in a header, are one row; others of its name are told apart.
mkdir one two
echo 'static __attribute__((noinline)) int shared(int n) { __asm__ volatile(""); return n; }' >shared.h
cat >one/util.c <<'C'
#include <unistd.h>
#include <shared.h>
static __attribute__((noinline)) int own(int n) { __asm__ volatile(""); return n; }
int other(int n);
int main(void) { for (;;) { shared(1); own(1); other(1); usleep(500); } }
C
cat >two/util.c <<'C'
#include <shared.h>
static __attribute__((noinline)) int own(int n) { __asm__ volatile(""); return n; }
int other(int n) { return shared(n) + own(n); }
C
cat >types.cpp <<'C'
#include <unistd.h>
template <class T> __attribute__((noinline)) T twice(T v) { asm volatile(""); return v + v; }
int main() { for (;;) { twice(1); twice(2.0); usleep(500); } }
C
cc 14 -w -O1 -I. one/util.c two/util.c -o copies "${with_runtime[@]}"
cxx 14 -w -O1 types.cpp -o types "${with_runtime[@]}"
./copies &
others+=($!)
./types &
others+=($!)
waits 10 is_ready "${others[1]}"
waits 10 is_ready "${others[2]}"
# rows: names, without numbers.
rows() { sed -nE 's/^ +[0-9]+  ([a-z]+:.*)/\1/p' out | sort | paste -sd'|'; }
"$calltap" count "${others[1]}" shared own --for 100ms >out 2>errors || fail "copies: $(cat errors)"
[ "$(rows)" = 'shared:shared/1|util:own/1  one/util.c:3|util:own/1  two/util.c:2' ] || fail "copies: $(cat out)"
"$calltap" count "${others[1]}" 'shared -> count by n' 'shared(1) -> count by n' --for 100ms >out 2>errors || fail "copies by key: $(cat errors)"
[ "$(rows)" = 'shared:shared/1  n=1|shared:shared/1  n=1' ] || fail "copies, two rules: $(cat out)"
"$calltap" count "${others[2]}" twice --for 100ms >out 2>errors || fail "instances: $(cat errors)"
[ "$(rows)" = 'types:twice/1  (double)|types:twice/1  (int)' ] || fail "instances: $(cat out)"
"$calltap" count "${others[2]}" twice --for 100ms --json >out 2>errors || fail "instances: $(cat errors)"
[ "$(grep -c '"mfa":"types:twice/1","which":"(\(int\|double\))",' out)" = 2 ] || fail "instances: $(cat out)"

# refused TEXT COMMAND...
refused() {
  local status=0
  "$calltap" "${@:2}" >out 2>errors || status=$?
  [ $status = 1 ] && grep -qF -- "$1" errors && ! grep -q armed errors || fail "${*:2}: status $status: $(cat errors)"
}
refused "the rule of 'asked:one/1' counts nothing" count "$pid" 'two; asked:one/1 -> return' --for 1s
refused "end it in \`-> time\`" time "$pid" 'one -> stack' --for 1s
echo one >rules
refused "the rule of 'one' counts nothing" count "$pid" @rules --for 1s
refused 'use --for TIME' count "$pid" one -n 5
refused 'use --for TIME' count "$pid" one --limit calls=5
refused '--for TIME' count "$pid" one --detach --limit bytes=1M
refused "no function matches 'asked:onne/1'; did you mean asked:one/1?" count "$pid" 'one; asked:onne/1'
refused "no function matches '*:onne'" trace "$pid" '*:onne'
refused "under: no function matches 'turns/1'" trace "$pid" 'one under turns/1'
# Threads that nobody is are told of, and the question stands.
"$calltap" count "$pid" one -t 'nobody,w-[01],1,new,-log*' --for 100ms >out 2>errors || fail "nobody: $(cat errors)"
[ "$(grep -c 'note: .*no thread has the' errors)" = 2 ] && grep -q "the name 'nobody' so far" errors && grep -q "the number '1' so far" errors ||
  fail "nobody: $(cat errors)"
"$calltap" count "$pid" one -t nobody --silent --for 100ms >out 2>errors || [ $? = 4 ]
[ ! -s errors ] || fail "nobody, silent: $(cat errors)"
# Those that others depend on, and those that record beside counting, are not.
"$calltap" count "$pid" 'one -> tcw(1), message(false); two when tcw() == 1 -> count' --for 100ms >out 2>errors || fail "tcw: $(cat errors)"
grep -Eq '^ +[1-9][0-9]*  asked:two/1$' out || fail "tcw: $(cat out)"
"$calltap" count "$pid" 'one -> count, return' -n 5 >out 2>errors || fail "with events: $(cat errors)"
grep -q '^stopped: 5 calls (-n 5)' errors || fail "with events: $(cat errors)"
# A histogram of times says their units, one of numbers has none.
"$calltap" time "$pid" 'one -> return, message(false) -> hist(elapsed)' 'two -> hist(n)' --for 100ms >out 2>errors || fail "hist: $(cat errors)"
grep -Eq '^    \[[0-9.]+ [nu]s, [0-9.]+ [nu]s\) +[0-9]+ \|@+ *\|$' out && grep -Eq '^    \[[0-9]+K?, [0-9]+K?\) +[0-9]+ \|@+ *\|$' out ||
  fail "hist: $(cat out)"
clean counts
end_asked
