/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
int pair(int a, int b);
int pair(int a, int b) { return a ^ b; }
