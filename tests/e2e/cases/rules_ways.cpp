// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules about how calls end, and what is done then: guards, messages, counters, scopes.
// rules: fails(n) -> exception, message(n); step(n) -> return when exit() != return -> message(n)
// rules: leaves(n) -> return when exit() == skipped; slow(n) -> return when elapsed > 0ns
// rules: leaf under (scope return when exit() == unwound); counted -> return, message(false) -> count by exit() == unwound
// rules: kept(n) -> return when exit() == unwound, sum(n)
// levels: O0 O2
// expect:
//| #1 rules_ways:slow(n=0)
//| #1 rules_ways:slow/1 --> 0
//| #2 rules_ways:step(n=1)
//| #3 rules_ways:fails(n=1)
//|   message  n=1
//| #3 rules_ways:fails/1 --> unwound (std::logic_error)
//| #2 rules_ways:step/1 --> unwound (std::logic_error)
//|   message  n=1
//| #4 rules_ways:leaves(n=1)
//| #4 rules_ways:leaves/1 --> skipped
//| #5 rules_ways:leaves(n=1)
//| #5 rules_ways:leaves/1 --> skipped
//| #6 rules_ways:leaf(n=1)
//| #7 rules_ways:fails(n=1)
//|   message  n=1
//| #7 rules_ways:fails/1 --> unwound (std::logic_error)
//| #8 rules_ways:fails(n=1)
//|   message  n=1
//| #8 rules_ways:fails/1 --> unwound (std::logic_error)
//| #9 rules_ways:leaves(n=11)
//| #9 rules_ways:leaves/1 --> skipped
//| #10 rules_ways:kept(n=1)
//| #11 rules_ways:fails(n=1)
//|   message  n=1
//| #11 rules_ways:fails/1 --> unwound (std::logic_error)
//| #10 rules_ways:kept/1 --> unwound (std::logic_error)
//| #12 rules_ways:slow(n=2)
//| #12 rules_ways:slow/1 --> 2
//|
//| sum of n
//|      count     total   average       min       max  function
//|          1         1       1.0         1         1  rules_ways:kept/1
//|
//| count by exit() == unwound
//|      count  function
//|          3  rules_ways:counted/1  exit() == unwound=0
//|          1  rules_ways:counted/1  exit() == unwound=1
#include <csetjmp>
#include <cstdio>
#include <stdexcept>

#define KEEP __attribute__((noinline))
volatile int sink;
static jmp_buf place;

KEEP int fails(int n) {
  sink = n;
  if (n % 2)
    throw std::logic_error("odd");
  sink = n;
  return n;
}
KEEP int step(int n) {
  int r = fails(n);
  sink = r;
  return r;
}
KEEP int leaves(int n) {
  sink = n;
  if (n % 2)
    longjmp(place, 1);
  sink = n;
  return n;
}
KEEP int slow(int n) { // of what longjmp left it is not known how long it took
  int r = leaves(n);
  sink = r;
  return r;
}
KEEP int leaf(int n) {
  sink = n;
  return n;
}
KEEP int scope(int n) {
  leaf(n);
  int r = fails(n);
  leaf(n + 10);
  return r;
}
KEEP int counted(int n) {
  int r = n < 10 ? fails(n) : leaves(n);
  sink = r;
  return r;
}
KEEP int kept(int n) {
  int r = fails(n);
  sink = r;
  return r;
}
KEEP void tries(int (*what)(int), int n) {
  try {
    if (setjmp(place) == 0)
      what(n);
  } catch (const std::exception &) {
    sink = 0;
  }
}

int main() {
  for (int n = 0; n < 2; n++) {
    tries(step, n);
    tries(leaves, n);
    tries(slow, n);
    tries(scope, n);
    tries(counted, n);
    tries(counted, n + 10);
    tries(kept, n);
  }
  tries(slow, 2);
  puts("done");
  return 0;
}
