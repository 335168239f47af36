// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions that are declared and called before they are defined.
// rules: declared_first:*
// expect:
//| #1 declared_first:main()
//| #2 declared_first:f(x=1)
//| #3 declared_first:g(x=1)
//| #4 declared_first:h(x=1)
static __attribute__((noinline)) int g(int x);
static __attribute__((noinline)) int h(int x);

__attribute__((noinline)) int f(int x) { return g(x) + 1; }

static int g(int x) {
  __asm__ volatile("" : "+r"(x));
  return h(x) + 1;
}

static int h(int x) {
  __asm__ volatile("" : "+r"(x));
  return x + 2;
}

volatile int one = 1;
int main(void) { return f(one) - 5; }
