// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the optimiser takes away is said to be gone, not guessed.
// rules: lost_values:* -> return
// levels: O2
// expect:
//| #1 lost_values:main()
//| #2 lost_values:unused(a=7, b=<optimized out>)
//| #2 lost_values:unused/2 --> 14
//| #3 lost_values:constant(a=5)
//| #3 lost_values:constant/1 --> <optimized out>
//| #4 lost_values:ignored(a=3)
//| #4 lost_values:ignored/1 --> <optimized out>
//| #1 lost_values:main/0 --> 0
#define KEEP __attribute__((noinline))
volatile int sink;

static KEEP int unused(int a, int b) {
  sink = 0;
  return a * 2 + sink + (b - b);
}
static KEEP int constant(int a) { // one result
  sink = a;
  return 4;
}
static KEEP int ignored(int a) { // nobody looks at the result
  sink = a;
  return a + sink;
}

int main(void) {
  int seven = sink + 7;
  int total = unused(seven, sink) + constant(sink + 5);
  sink = 3;
  ignored(sink);
  return total - 18;
}
