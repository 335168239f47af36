/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the requests of fuzz_request may ask about: compiled with the plugin. */
#include <string.h>

int fuzz_sum(int a, int b);
long fuzz_length(const char *text);

__attribute__((noinline)) int fuzz_sum(int a, int b) { return a + b; }
__attribute__((noinline)) long fuzz_length(const char *text) { return (long)strlen(text); }
