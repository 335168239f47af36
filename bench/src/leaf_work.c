/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
int leaf(int a, int b);
int leaf(int a, int b) { return a ^ b; }
