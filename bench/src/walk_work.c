/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "walk.h"

#define NOINLINE __attribute__((noinline))

static NOINLINE long plain(int depth, void (*innermost)(void)) { return walk_under(depth - 1, innermost) + 1; }

static NOINLINE long with_memory(int depth, void (*innermost)(void)) {
  char memory[100];
  __asm__ volatile("" ::"r"(memory) : "memory");
  long below = walk_under(depth - 1, innermost);
  __asm__ volatile("" ::"r"(memory) : "memory");
  return below + depth;
}

static NOINLINE long with_alloca(int depth, void (*innermost)(void)) {
  char *memory = __builtin_alloca((unsigned)depth * 8);
  __asm__ volatile("" ::"r"(memory) : "memory");
  long below = walk_under(depth - 1, innermost);
  __asm__ volatile("" ::"r"(memory) : "memory");
  return below * depth;
}

NOINLINE long walk_under(int depth, void (*innermost)(void)) {
  if (depth <= 0) {
    innermost();
    return 1;
  }
  long below = depth % 3 == 0   ? plain(depth, innermost)
               : depth % 3 == 1 ? with_memory(depth, innermost)
                                : with_alloca(depth, innermost);
  return below + depth;
}
