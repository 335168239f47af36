// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls without their values, where all of them are wanted so; where another rule wants the values, they are there. Results are.
// rules: quiet -> noargs; pair -> return, noargs; both -> noargs; both -> return; one(1) -> noargs; other -> noargs; other -> noargs
// levels: O0 O2
// expect:
//| #1 rules_noargs:quiet(n=...)
//| #2 rules_noargs:pair(text=..., n=...)
//| #2 rules_noargs:pair/2 --> "ext"
//| #3 rules_noargs:both(n=7)
//| #3 rules_noargs:both/1 --> 8
//| #4 rules_noargs:one(n=...)
//| #5 rules_noargs:other(n=...)
#define KEEP __attribute__((noinline))
volatile long sink;

KEEP void quiet(int n) { sink = n; }
KEEP const char *pair(const char *text, int n) {
  sink = n;
  return text + n;
}
KEEP int both(int n) { return (int)(sink = n) + 1; }
KEEP void one(int n) { sink = n; }
KEEP void other(int n) { sink = n; }

int main(void) {
  quiet(5);
  const char *rest = pair("text", 1);
  both(7);
  one(1);
  one(2);
  other(*rest);
  return 0;
}
