// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A library that is loaded and unloaded.
__attribute__((noinline)) int plug(int n) {
  __asm__ volatile("" : "+r"(n));
  return n * 2;
}
__attribute__((constructor)) static void constructed(void) { plug(1); }
__attribute__((destructor)) static void destructed(void) { plug(2); }
