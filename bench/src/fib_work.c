/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
int fib(int n);
int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
