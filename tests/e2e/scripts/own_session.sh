#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What a program asks of itself: sessions, tags, events of its own; a function that costs more than the budget is disarmed, and others go on.
. "$(dirname "$0")/../../support/lib.sh"

cat >p.c <<'C'
#include <calltap/calltap.h>
#include <string.h>
__attribute__((noinline)) int f(int a) { return a + 1; }
__attribute__((noinline)) int hot(int a) { __asm__ volatile(""); return a; }
static char reply[4096];
static int disarmed(void) {
  calltap_request("calltap 1 info\nsession admin\n", reply, sizeof reply);
  return strstr(reply, "\ndisarmed 1\n") != NULL;
}
int main(void) {
  volatile int sink;
  calltap_event("unheard", "%d", 1);
  calltap_tag(17);
  size_t n = calltap_request("calltap 1 start\nsession admin\nlimits budget=1,bytes=4G\nout own.cbor\nrules\nf -> return; hot", reply,
                             sizeof reply);
  if (n != strlen(reply) || strncmp(reply, "ok\n", 3) != 0)
    return puts(reply), 1;
  calltap_event("begin", "half %.1f", 0.5);
  sink = f(1);
  calltap_tag(-3);
  sink = f(2);
  for (long i = 0; i < 2000000000; i++) {
    sink = hot((int)i);
    if (i % 1000000 == 0 && disarmed())
      break;
  }
  if (!disarmed())
    return 2;
  sink = f(3);
  calltap_event("end", "x");
  calltap_request("calltap 1 nonsense\n", reply, sizeof reply);
  if (strncmp(reply, "wrong ", 6) != 0)
    return 3;
  if (calltap_request("calltap 1 stop\nsession admin\n", reply, 4) != 3 || strcmp(reply, "ok\n") != 0)
    return 4;
  return calltap_is_asked();
}
C
cc 14 -O1 -I"$CALLTAP_SOURCE/include" p.c -o p "${with_runtime[@]}"
./p || fail "the program's status is $?"
"$calltap" decode own.cbor >text || fail "decode: $?"
grep -v 'hot[(/]' text | sed -E 's/^[0-9:.]+ [0-9]+ //; s/^p\/[0-9]+ //; s/ +\([0-9.]+ [num]?s\)$//; s/#[0-9]+ p:f/# p:f/' >got
cat >want <<'T'
[17] begin: half 0.5
[17] # p:f(a=1)
[17] # p:f/1 --> 2
[-3] # p:f(a=2)
[-3] # p:f/1 --> 3
... disarmed p:hot, which cost more than the budget
[-3] # p:f(a=3)
[-3] # p:f/1 --> 4
[-3] end: x
T
diff want got || fail "the trace"
"$calltap" decode --json own.cbor | grep -c '"event":"mark"' | grep -qx 2 || fail "marks in JSON"
# What is shown of a function that was disarmed is only a part, and says so.
"$calltap" report own.cbor >text 2>errors || fail "report: $(cat errors)"
grep -q '  p:hot/[0-9]  (a part)$' text && ! grep -q 'p:f/1  (a part)' text || fail "report: $(cat text)"
grep -q 'the budget of CPU time disarmed 1 function, and what is shown of it is only a part: p:hot$' errors || fail "report: $(cat errors)"
"$calltap" report --json own.cbor 2>errors | grep -c '"mfa":"p:hot/[0-9]".*"partial":true}$' | grep -qx 1 || fail "report --json"
"$calltap" tree --share 0 own.cbor 2>errors | grep -q 'p:hot/[0-9]  (a part)$' || fail "tree"

# The header serves C++ as well, and a program that does not use it links without it.
printf '#include <calltap/calltap.h>\nint main() { calltap_event("a", "b"); return 0; }\n' >q.cpp
cxx 14 -Wall -Wextra -Werror -I"$CALLTAP_SOURCE/include" q.cpp -o q "${with_runtime[@]}"
./q || fail "in C++: $?"
