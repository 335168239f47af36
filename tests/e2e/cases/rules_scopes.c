// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is below a call: recursion, scopes with heads and guards, scopes that decide at their exit, inside each other and two at once.
// rules: plain under top
// rules: top under top
// rules: guarded under (gate(n, _) when n > 1)
// rules: counted(n) under depths/1 when n < 2
// rules: leaf under (work(_, keep) return when ret == keep) -> return
// rules: first under (outer(_, ...) return when ret > 10); second under (inner return when ret > 10)
// rules: both under (outer return when ret > 10); both(_, 20) under (inner return when ret > 10) -> return
// rules: direct(1); direct under (late return when ret == 1) -> return
// rules: self under (self(3) return when ret == 3) -> return
// expect:
//| #1 rules_scopes:top(n=2)
//| #2 rules_scopes:plain(n=2)
//| #3 rules_scopes:top(n=1)
//| #4 rules_scopes:plain(n=1)
//| #5 rules_scopes:top(n=0)
//| #6 rules_scopes:plain(n=0)
//| #7 rules_scopes:plain(n=10)
//| #8 rules_scopes:plain(n=11)
//| #9 rules_scopes:plain(n=12)
//| #10 rules_scopes:guarded(n=2)
//| #11 rules_scopes:guarded(n=2)
//| #12 rules_scopes:counted(n=0)
//| #13 rules_scopes:counted(n=1)
//| #14 rules_scopes:counted(n=1)
//| #15 rules_scopes:leaf(n=200)
//| #15 rules_scopes:leaf/1 --> 200
//| #16 rules_scopes:leaf(n=201)
//| #16 rules_scopes:leaf/1 --> 201
//| #17 rules_scopes:leaf(n=100)
//| #17 rules_scopes:leaf/1 --> 100
//| #18 rules_scopes:leaf(n=100)
//| #18 rules_scopes:leaf/1 --> 100
//| #19 rules_scopes:leaf(n=300)
//| #19 rules_scopes:leaf/1 --> 300
//| #20 rules_scopes:leaf(n=301)
//| #20 rules_scopes:leaf/1 --> 301
//| #21 rules_scopes:leaf(n=302)
//| #21 rules_scopes:leaf/1 --> 302
//| #22 rules_scopes:leaf(n=100)
//| #22 rules_scopes:leaf/1 --> 100
//| #23 rules_scopes:leaf(n=101)
//| #23 rules_scopes:leaf/1 --> 101
//| #24 rules_scopes:leaf(n=100)
//| #24 rules_scopes:leaf/1 --> 100
//| #25 rules_scopes:leaf(n=100)
//| #25 rules_scopes:leaf/1 --> 100
//| #26 rules_scopes:second(n=2)
//| #27 rules_scopes:both(n=2, which=20)
//| #27 rules_scopes:both/2 --> 22
//| #28 rules_scopes:both(n=3, which=0)
//| #29 rules_scopes:first(n=3)
//| #30 rules_scopes:both(n=3, which=0)
//| #31 rules_scopes:both(n=3, which=7)
//| #32 rules_scopes:first(n=103)
//| #33 rules_scopes:both(n=4, which=0)
//| #34 rules_scopes:first(n=4)
//| #35 rules_scopes:second(n=4)
//| #36 rules_scopes:both(n=4, which=20)
//| #36 rules_scopes:both/2 --> 24
//| #37 rules_scopes:both(n=4, which=7)
//| #38 rules_scopes:first(n=104)
//| #39 rules_scopes:second(n=5)
//| #40 rules_scopes:both(n=5, which=20)
//| #40 rules_scopes:both/2 --> 25
//| #41 rules_scopes:direct(n=1)
//| #42 rules_scopes:direct(n=1)
//| #43 rules_scopes:direct(n=0)
//| #43 rules_scopes:direct/1 --> 0
//| #44 rules_scopes:direct(n=1)
//| #44 rules_scopes:direct/1 --> 1
//| #45 rules_scopes:direct(n=2)
//| #45 rules_scopes:direct/1 --> 2
//| #46 rules_scopes:self(n=3)
//| #47 rules_scopes:self(n=4)
//| #48 rules_scopes:self(n=5)
//| #48 rules_scopes:self/1 --> 5
//| #47 rules_scopes:self/1 --> 4
//| #46 rules_scopes:self/1 --> 3
#include <stdio.h>

#define KEEP __attribute__((noinline))
volatile int sink;

KEEP int plain(int n) { return sink = n; }
KEEP int top(int n) {
  plain(n);
  if (n > 0)
    top(n - 1);
  return sink = n + plain(10 + n);
}

KEEP int guarded(int n) { return sink = n; }
KEEP int gate(int n, int below) {
  if (below)
    gate(n + below, 0);
  return sink = n + guarded(n);
}

KEEP int counted(int n) { return sink = n; }
KEEP int depths(int n) { return sink = counted(n) + counted(n + 1); }

KEEP int leaf(int n) { return sink = n; }
KEEP int work(int n, int keep) {
  sink = keep;
  for (int i = 0; i < n; i++)
    leaf(100 * keep + i);
  if (n > 1)
    work(n - 1, 1);
  sink = n;
  return n;
}

KEEP int first(int n) { return sink = n; }
KEEP int second(int n) { return sink = n; }
KEEP int both(int n, int which) { return sink = n + which; }
KEEP int inner(int n, int result) {
  first(n);
  second(n);
  both(n, result);
  sink = n;
  return result;
}
KEEP int outer(int n, int inner_result, int result) {
  both(n, 0);
  inner(n, inner_result);
  both(n, 7);
  first(n + 100);
  sink = n;
  return result;
}

KEEP int direct(int n) { return sink = n; }
KEEP int late(int n) {
  direct(0);
  direct(1);
  direct(2);
  sink = n;
  return n;
}

KEEP int self(int n) {
  if (n < 5)
    self(n + 1);
  sink = n;
  return n;
}

int main(void) {
  plain(1000);
  top(2);
  plain(2000);
  gate(1, 0);
  gate(1, 1);
  gate(2, 0);
  guarded(9);
  counted(0);
  depths(0);
  depths(1);
  depths(5);
  work(2, 2); /* wanted, and the work below it as well */
  work(2, 3); /* not wanted, but that below it is */
  work(3, 3); /* wanted, and with it all of the second, which is not, and of the third */
  work(2, 1); /* not wanted, but that below it is */
  leaf(9);
  outer(1, 0, 0);
  outer(2, 20, 0);
  outer(3, 0, 20);
  outer(4, 20, 20);
  inner(5, 20);
  direct(1);
  late(0);
  late(1);
  self(0);
  self(4);
  printf("%d\n", sink != 0);
  return 0;
}
