// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scopes and counters across exceptions, longjmp and signal handlers, on another stack as well; and a session that ends at an exit.
// rules: leaf under (thrower return when ret == 1); leaf under (jumper return when ret == 1)
// rules: mark under jumper; mark under thrower
// rules: thrower -> count by n; jumper -> return when ret == 1, message(n), sum(ret)
// rules: inside under (outer return when ret == 1) -> return; handled under (outer return when ret == 1) -> message(n)
// rules: handled -> count by depth(); handled under (handler return when ret == 12)
// rules: last(n) -> return when ret == 3, message(n), stop; after
// rules: leaf(99)
// levels: O0 O2
// expect:
//| #1 rules_stop:leaf(n=1)
//| #2 rules_stop:leaf(n=2)
//| #3 rules_stop:leaf(n=99)
//| #4 rules_stop:leaf(n=1)
//| #5 rules_stop:leaf(n=2)
//| #6 rules_stop:jumper(n=1)
//|   message  n=1
//| #7 rules_stop:leaf(n=1)
//| #8 rules_stop:leaf(n=2)
//| #6 rules_stop:jumper/1 --> 1
//| #9 rules_stop:jumper(n=1)
//|   message  n=1
//| #10 rules_stop:leaf(n=1)
//| #11 rules_stop:leaf(n=2)
//| #9 rules_stop:jumper/1 --> 1
//| #12 rules_stop:inside(n=10)
//| #13 rules_stop:handled(n=10)
//|   message  n=10
//| #12 rules_stop:inside/1 --> 10
//| #14 rules_stop:handled(n=10)
//|   message  n=10
//| #15 rules_stop:handled(n=12)
//|   message  n=12
//| #16 rules_stop:handled(n=12)
//|   message  n=12
//| #17 rules_stop:inside(n=12)
//| #18 rules_stop:handled(n=12)
//|   message  n=12
//| #17 rules_stop:inside/1 --> 12
//| #19 rules_stop:handled(n=12)
//|   message  n=12
//| #20 rules_stop:after(n=1)
//| #21 rules_stop:after(n=2)
//| #22 rules_stop:last(n=3)
//|   message  n=3
//| #22 rules_stop:last/1 --> 3
//|
//| count by depth()
//|      count  function
//|          4  rules_stop:handled/1  depth()=3
//|          4  rules_stop:handled/1  depth()=4
//|
//| sum of ret
//|      count     total   average       min       max  function
//|          2         2       1.0         1         1  rules_stop:jumper/1
//|
//| count by n
//|      count  function
//|          2  rules_stop:thrower/1  n=1
//|          1  rules_stop:thrower/1  n=5
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#define KEEP __attribute__((noinline))
volatile int sink;
static jmp_buf place;

KEEP int leaf(int n) { return sink = n; }
KEEP int mark(int n) { return sink = n; }

KEEP int thrower(int n) {
  leaf(n);
  if (n > 1)
    throw n;
  leaf(n + 1);
  sink = n;
  return n;
}
KEEP int jumper(int n) {
  leaf(n);
  if (n > 1)
    longjmp(place, 1);
  leaf(n + 1);
  sink = n;
  return n;
}
KEEP void catches(int n) {
  try {
    thrower(n);
  } catch (int) {
    sink = 0;
  }
}
KEEP void lands(int n) {
  if (setjmp(place) == 0)
    jumper(n);
}

KEEP int handled(int n) { return sink = n; }
KEEP int handler(int n) {
  handled(n);
  sink = n;
  return n;
}
__attribute__((no_instrument_function)) static void on_signal(int number) { handler(number); }

KEEP int inside(int n) {
  raise(n);
  return sink = n;
}
KEEP int outer(int n, int signal) {
  inside(signal);
  raise(signal);
  sink = n;
  return n;
}

KEEP int last(int n) {
  sink = n;
  return n;
}
KEEP int after(int n) { return sink = n; }

int main() {
  catches(1);
  catches(5); /* left: what it kept is not wanted */
  leaf(99);
  mark(1); /* it is not below thrower, as its place on the stack shows */
  catches(1);
  lands(1);
  lands(5);
  mark(2);
  lands(1);
  mark(3);

  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, nullptr);
  stack_t other = {};
  other.ss_size = 64 * 1024;
  other.ss_sp = malloc(other.ss_size);
  sigaltstack(&other, nullptr);
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR2, &action, nullptr);
  outer(0, SIGUSR1);
  outer(1, SIGUSR1);
  outer(0, SIGUSR2);
  outer(1, SIGUSR2);

  for (int n = 1; n < 5; n++) {
    last(n);
    after(n);
  }
  printf("%d\n", sink);
  return 0;
}
