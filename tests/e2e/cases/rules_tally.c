// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of which nothing is asked but how often they are called, with and without conditions, have a way of their own through the hook.
// rules: every -> count
// rules: checked(2..) -> count; both(a, b) when a == 1 and b != 2 -> count
// rules: looked(p, 1) when p->n == 3 -> count
// rules: twice -> count; twice(1) -> count
// rules: some -> sample(2), count; few -> limit(2), count
// rules: off(1) -> trace(+call); off(0) -> trace(-call)
// levels: O0 O2
// expect:
//| #1 rules_tally:off(n=0)
//|
//| count
//|      count  function
//|         12  rules_tally:every/1
//|          6  rules_tally:twice/1
//|          6  rules_tally:some/1
//|          4  rules_tally:checked/1
//|          4  rules_tally:looked/2
//|          3  rules_tally:both/2
//|          2  rules_tally:few/1
//|          1  rules_tally:twice/1
#define KEEP __attribute__((noinline))
volatile long sink;

struct pointed {
  int n;
};

KEEP void every(int n) { sink = n; }
KEEP void checked(int n) { sink = n; }
KEEP void both(int a, int b) { sink = a + b; }
KEEP void looked(const struct pointed *p, int n) { sink = p->n + n; }
KEEP void twice(int n) { sink = n; }
KEEP void some(int n) { sink = n; }
KEEP void few(int n) { sink = n; }
KEEP void off(int n) { sink = n; }

int main(void) {
  struct pointed three = {3}, four = {4};
  for (int i = 0; i < 12; i++) {
    every(i);
    some(i);
    few(i);
    if (i < 6) {
      checked(i);
      both(1, i < 2 ? 2 : i);
      both(2, i);
      twice(i);
    }
    looked(i < 4 ? &three : &four, i < 6 ? 1 : 2);
  }
  off(0);
  every(100);
  checked(100);
  return 0;
}
