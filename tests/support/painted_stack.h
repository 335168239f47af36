/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How much stack a function needs: it runs on a stack full of paint. */
#ifndef CALLTAP_TEST_PAINTED_STACK_H
#define CALLTAP_TEST_PAINTED_STACK_H

#include <stddef.h>
#include <string.h>
#include <ucontext.h>

enum { PAINTED_BYTES = 1 << 16, PAINT = 0xA5 };

static unsigned char painted[PAINTED_BYTES] __attribute__((aligned(16)));
static ucontext_t painted_caller, painted_context;
static void (*painted_function)(void);

static void painted_start(void) { painted_function(); }

static void painted_nothing(void) {}

static size_t painted_once(void (*function)(void)) {
  memset(painted, PAINT, sizeof painted);
  getcontext(&painted_context);
  painted_context.uc_stack.ss_sp = painted;
  painted_context.uc_stack.ss_size = sizeof painted;
  painted_context.uc_link = &painted_caller;
  painted_function = function;
  makecontext(&painted_context, painted_start, 0);
  swapcontext(&painted_caller, &painted_context);
  size_t clean = 0;
  while (clean < sizeof painted && painted[clean] == PAINT)
    clean++;
  return sizeof painted - clean;
}

/* Bytes of stack below the call. */
static inline size_t painted_bytes(void (*function)(void)) {
  size_t nothing = painted_once(painted_nothing), all = painted_once(function);
  return all > nothing ? all - nothing : 0;
}

#endif
