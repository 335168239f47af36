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

/* The same, but only if it still holds what is expected. */
static inline void cpu_local_replace(uintptr_t *word, uintptr_t expected, uintptr_t wanted) {
  __asm__ volatile("cmpxchgq %2, %1" : "+a"(expected), "+m"(*word) : "r"(wanted) : "memory", "cc");
}

/* As cpu_local_replace. Returns whether it held that. */
static inline int cpu_local_replaced(uintptr_t *word, uintptr_t expected, uintptr_t wanted) {
  unsigned char done;
  __asm__ volatile("cmpxchgq %3, %1; sete %0" : "=q"(done), "+m"(*word), "+a"(expected) : "r"(wanted) : "memory", "cc");
  return done;
}

/* Stores two words that stand one after the other, the first at a multiple of 16 bytes, in one instruction, as cpu_local_add, if they are what
 * they were when this began. */
static inline int cpu_local_stored_pair(uintptr_t *pair, uintptr_t first, uintptr_t second) {
  unsigned char done;
  uintptr_t low = *(volatile uintptr_t *)&pair[0], high = *(volatile uintptr_t *)&pair[1];
  __asm__ volatile("cmpxchg16b %1; sete %0"
                   : "=q"(done), "+m"(*(unsigned __int128 *)pair), "+a"(low), "+d"(high)
                   : "b"(first), "c"(second)
                   : "memory", "cc");
  return done;
}

/* The 16 bytes of a vector register, 0 to 7. */
static inline void cpu_vector_read(unsigned number, uint8_t to[16]) {
  switch (number) {
#define READ(n)                                                                                                        \
  case n:                                                                                                              \
    __asm__ volatile("movups %%xmm" #n ", %0" : "=m"(*(uint8_t(*)[16])to));                                            \
    break
    READ(0);
    READ(1);
    READ(2);
    READ(3);
    READ(4);
    READ(5);
    READ(6);
    READ(7);
#undef READ
  default:
    break;
  }
}

/* The 10 bytes at the top of the x87 stack, or right below it. The stack is as it was before. */
static inline void cpu_x87_read(unsigned below, uint8_t to[10]) {
  if (below)
    __asm__ volatile("fxch; fstpt %0; fldt %0; fxch" : "=m"(*(uint8_t(*)[10])to));
  else
    __asm__ volatile("fstpt %0; fldt %0" : "=m"(*(uint8_t(*)[10])to));
}

/* The thread's control block, which the C library keeps at the top of the stack of every thread but the first. */
static inline uintptr_t cpu_thread_block(void) {
  uintptr_t block;
  __asm__ volatile("movq %%fs:0, %0" : "=r"(block));
  return block;
}

static inline uintptr_t cpu_stack(void) {
  uintptr_t at;
  __asm__ volatile("movq %%rsp, %0" : "=r"(at));
  return at;
}

/* Without vector registers, and without the C library. */
static inline void cpu_zero(void *at, uintptr_t bytes) {
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(0) : "memory");
}

/* Writes one byte of code in one store. (In assembler: sanitizers hold code for read-only.) */
static inline void cpu_store_code(uint8_t *at, uint8_t byte) {
  __asm__ volatile("movb %1, %0" : "=m"(*at) : "q"(byte));
}

static inline void cpu_cpuid_part(uint32_t leaf, uint32_t part, uint32_t out[4]) {
  __asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(part));
}

static inline void cpu_cpuid(uint32_t leaf, uint32_t out[4]) { cpu_cpuid_part(leaf, 0, out); }

/* The kinds of registers that the system keeps for every thread, by the bits of XSAVE. Only where cpuid says OSXSAVE. */
static inline uint32_t cpu_enabled_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static inline void cpu_relax(void) { __asm__ volatile("pause"); }

/* Keeps the compiler from moving memory accesses across. A signal handler of the same thread, and a
 * reader of a file whose writer was killed, see the stores in the order of the program; the processor needs no
 * more for that. */
static inline void compiler_barrier(void) { __asm__ volatile("" ::: "memory"); }

#endif
