/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What depends on the processor: system calls, the tick counter, and the one atomic step the event
 * path needs. Everything here is signal-safe, wait-free (but for the system calls themselves) and
 * touches neither errno nor a vector register. */
#ifndef CALLTAP_CPU_H
#define CALLTAP_CPU_H

#include <stdint.h>

/* A raw system call. Returns its value, or -errno. */
static inline long cpu_syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* The absolute tick counter. */
static inline uint64_t cpu_ticks(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
  return (uint64_t)high << 32 | low;
}

/* Adds to a word of this thread and returns what it held before, in one instruction: a signal handler of the same
 * thread finds it done or not done. Not atomic between threads. */
static inline uintptr_t cpu_local_add(uintptr_t *word, uintptr_t amount) {
  __asm__ volatile("xaddq %0, %1" : "+r"(amount), "+m"(*word)::"memory", "cc");
  return amount;
}

/* Writes one byte of code in one store. (In assembler: sanitizers hold code for read-only.) */
static inline void cpu_store_code(uint8_t *at, uint8_t byte) {
  __asm__ volatile("movb %1, %0" : "=m"(*at) : "q"(byte));
}

static inline void cpu_cpuid(uint32_t leaf, uint32_t out[4]) {
  __asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(0));
}

static inline void cpu_relax(void) { __asm__ volatile("pause"); }

/* Keeps the compiler from moving memory accesses across. A signal handler of the same thread, and a
 * reader of a file whose writer was killed, see the stores in the order of the program; the processor needs no
 * more for that. */
static inline void compiler_barrier(void) { __asm__ volatile("" ::: "memory"); }

#endif
