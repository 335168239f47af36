/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Who called. backtrace() of the C library is the judge wherever it can tell. */
#include "rt/internal.h"
#include "rt/walk.h"
#include "suite.h"
#include "walked.h"
#include <check.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

extern const struct walked walked_O0, walked_O1, walked_O2, walked_O3, walked_chain, walked_no_chain, walked_bare;
static const struct walked *const with_tables[] = {&walked_O0,    &walked_O1,       &walked_O2, &walked_O3,
                                                   &walked_chain, &walked_no_chain, NULL};

enum { MOST = 64, FRAMES = 200 };

/* What one walk found, and what it should have. */
struct trail {
  struct stream stream;
  uintptr_t pc[MOST];
  void *expected[FRAMES];
  size_t count, expected_count, most;
};
static _Thread_local struct trail *trail;

static void take(const struct registers *r) {
  struct trail *t = trail;
  t->count = calltap__walk(t->pc, t->most, r, &t->stream);
  int all = backtrace(t->expected, FRAMES), from = 0;
  while (from < all && t->expected[from] != (void *)r->return_address)
    from++;
  ck_assert_int_lt(from, all);
  t->expected_count = (size_t)(all - from - 1);
  memmove(t->expected, t->expected + from + 1, t->expected_count * sizeof t->expected[0]);
}

static __attribute__((noinline)) void visit(void *context) {
  trail = context;
  at_site(take);
  __asm__ volatile("" ::: "memory");
}

static void ck_trail(const struct trail *t, const char *where) {
  size_t most = t->expected_count < t->most ? t->expected_count : t->most;
  ck_assert_msg(t->count == most, "%s: %zu, not %zu", where, t->count, most);
  for (size_t i = 0; i < most; i++)
    ck_assert_msg(t->pc[i] == (uintptr_t)t->expected[i], "%s: %zu: %lx, not %p", where, i, (unsigned long)t->pc[i],
                  t->expected[i]);
}

START_TEST(recursion) {
  for (const struct walked *const *at = with_tables, *w; (w = *at); at++)
    for (int depth = 0; depth < 30; depth++) {
      struct trail t = {.most = MOST};
      w->recurse(depth, visit, &t);
      ck_trail(&t, w->name);
      ck_assert_uint_ge(t.count, (size_t)depth + 3); /* visit's caller, the others, this, the test's and its callers */
    }
}
END_TEST

START_TEST(as_many_as_asked) {
  for (size_t most = 0; most < 12; most++) {
    struct trail t = {.most = most};
    walked_O2.recurse(10, visit, &t);
    ck_assert_uint_eq(t.count, most);
    ck_trail(&t, "most");
  }
}
END_TEST

START_TEST(frames_of_all_kinds) {
  for (const struct walked *const *at = with_tables, *w; (w = *at); at++)
    for (int i = 0; i < 100; i++) { /* looked up, and remembered */
      struct trail t = {.most = MOST};
      w->with_alloca(1 + i * 100, visit, &t);
      ck_trail(&t, w->name);
      w->with_large(i, visit, &t);
      ck_trail(&t, w->name);
      w->with_alignment(1 + i * 100, visit, &t, 1, 2, 3, 4, 5);
      ck_trail(&t, w->name);
      w->with_sort(10, visit, &t);
      ck_trail(&t, w->name);
      w->with_everything(i % 12, visit, &t);
      ck_trail(&t, w->name);
    }
}
END_TEST

static void both(void *context) { walked_no_chain.with_everything(7, visit, context); }

START_TEST(frames_of_compilations_with_and_without_frame_pointers) {
  struct trail t = {.most = MOST};
  walked_chain.with_everything(7, both, &t);
  ck_trail(&t, "both");
}
END_TEST

/* Functions without tables keep the frame pointer, and backtrace() does not know the way. */
START_TEST(code_without_tables) {
  struct trail t = {.most = MOST}, inner = {.most = MOST};
  visit(&t);
  walked_bare.recurse(10, visit, &inner);
  ck_assert_uint_eq(inner.count, t.count + 11);
  ck_assert_mem_eq(inner.pc + 12, t.pc + 1, (t.count - 1) * sizeof t.pc[0]);
  for (size_t i = 2; i < 10; i++)
    ck_assert_uint_eq(inner.pc[i], inner.pc[1]);
}
END_TEST

/* -- signal handlers -------------------------------------------------------------------------------------------------- */

static struct trail *handled;
static void on_signal(int number) {
  (void)number;
  visit(handled);
}

static void install(int number, int flags) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
  ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static void raise_signal(void *context) {
  handled = context;
  raise(SIGUSR1);
  __asm__ volatile("" ::: "memory");
}

/* At its first instruction, so that the address before is another function's. */
void interrupted(void);
__asm__(".text; .p2align 4; nop; .type interrupted, @function; interrupted: .cfi_startproc; int3; "
        "nop; ret; .cfi_endproc; .size interrupted, .-interrupted");

static void trap(void *context) {
  handled = context;
  interrupted();
  __asm__ volatile("" ::: "memory");
}

START_TEST(signal_handlers) {
  static char stack[64 * 1024];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  ck_assert_int_eq(sigaltstack(&alternate, NULL), 0);
  for (int flags = 0; flags <= SA_ONSTACK; flags += SA_ONSTACK) {
    install(SIGUSR1, flags);
    install(SIGTRAP, flags);
    for (const struct walked *const *at = with_tables, *w; (w = *at); at++) {
      struct trail t = {.most = MOST};
      w->with_everything(4, raise_signal, &t);
      ck_trail(&t, w->name);
      ck_assert_uint_gt(t.count, 12);
      w->recurse(4, trap, &t);
      ck_trail(&t, w->name);
      ck_assert_uint_gt(t.count, 8);
    }
  }
}
END_TEST

/* -- threads ---------------------------------------------------------------------------------------------------------- */

static void *in_thread(void *name) {
  for (const struct walked *const *at = with_tables, *w; (w = *at); at++) {
    struct trail t = {.most = MOST};
    for (int i = 0; i < 20; i++) { /* the stack is learned meanwhile */
      w->with_everything(i, visit, &t);
      ck_trail(&t, name);
    }
    ck_assert(t.stream.stack_low);
  }
  return NULL;
}

START_TEST(threads) {
  static char name[] = "thread";
  pthread_t thread[4];
  for (int i = 0; i < 4; i++)
    ck_assert_int_eq(pthread_create(&thread[i], NULL, in_thread, name), 0);
  for (int i = 0; i < 4; i++)
    ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
}
END_TEST

/* Handlers that walk interrupt walks, and all rows are forgotten all the time. */
static _Atomic size_t interruptions;
static struct trail interrupting;

static void walk_again(const struct registers *r) {
  interrupting.count = calltap__walk(interrupting.pc, MOST, r, &interrupting.stream);
  interruptions += interrupting.count > 3;
  if (interruptions % 4 == 0)
    calltap__walk_forget();
}
static void on_timer(int number) {
  (void)number;
  at_site(walk_again);
}

static void take_often(const struct registers *r) {
  struct trail *t = trail;
  for (size_t i = 0; i < 2000; i++) {
    memset(t->pc, 0, sizeof t->pc);
    t->count = calltap__walk(t->pc, t->most, r, &t->stream);
    ck_trail(t, "interrupted");
  }
}
static void visit_often(void *context) {
  trail = context;
  at_site(take);
  at_site(take_often);
  __asm__ volatile("" ::: "memory");
}

START_TEST(walks_that_are_interrupted) {
  const struct itimerval often = {.it_interval = {.tv_usec = 50}, .it_value = {.tv_usec = 50}}, never = {0};
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
  ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
  struct trail t = {.most = MOST};
  ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
  for (int i = 0; i < 1000 && interruptions < 300; i++)
    walked_O2.with_everything(8, visit_often, &t);
  ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
  ck_assert_uint_ge(interruptions, 100);
}
END_TEST

/* -- objects of later --------------------------------------------------------------------------------------------------- */

static const struct walked *load(void **library) {
  *library = dlopen(WALKED_LIBRARY, RTLD_NOW);
  ck_assert_msg(*library, "%s", dlerror());
  const struct walked *w = dlsym(*library, "walked_library");
  ck_assert_ptr_nonnull(w);
  return w;
}

START_TEST(objects_that_are_loaded_later) {
  for (int round = 0; round < 3; round++) {
    void *library;
    const struct walked *w = load(&library);
    struct trail t = {.most = MOST};
    w->recurse(5, visit, &t);
    ck_trail(&t, w->name);
    ck_assert_uint_gt(t.count, 8);
    w->with_everything(12, visit, &t);
    ck_trail(&t, w->name);
    dlclose(library);
  }
}
END_TEST

/* The return address that is there no more is at worst not found. */
START_TEST(objects_that_went) {
  void *library;
  const struct walked *w = load(&library);
  struct {
    struct registers r;
    uintptr_t word[64];
  } stack = {.r = {.return_address = (uintptr_t)w->recurse + 10}};
  uintptr_t pc[MOST];
  struct stream stream = {0};
  for (size_t i = 0; i < 64; i++)
    stack.word[i] = (uintptr_t)w->recurse + 10;
  size_t before = calltap__walk(pc, MOST, &stack.r, &stream);
  ck_assert_uint_gt(before, 0);
  dlclose(library);
  (void)calltap__walk(pc, MOST, &stack.r, &stream);
  calltap__walk_forget();
  ck_assert_uint_eq(calltap__walk(pc, MOST, &stack.r, &stream), 0);
}
END_TEST

/* -- vector registers: they hold the program's values, over the call of the C library too ---------------------------- */

/* Loads all of them, calls calltap__walk with four arguments, and stores them. */
typedef uint8_t vectors[16][32];
void walk_with_vectors(const vectors *before, vectors *after, const uintptr_t arguments[4], int has_avx);
__asm__(".text\n"
        ".type walk_with_vectors, @function\n"
        "walk_with_vectors:\n"
        "  pushq %rbx; pushq %r12; pushq %r13\n"
        "  movq %rsi, %rbx; movl %ecx, %r12d; movq %rdx, %r13\n"
        "  testl %ecx, %ecx; jz 1f\n"
        "  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "  vmovdqu 32*\\n(%rdi), %ymm\\n\n"
        "  .endr\n"
        "1: .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "  movdqu 32*\\n(%rdi), %xmm\\n\n"
        "  .endr\n"
        "  movq (%r13), %rdi; movq 8(%r13), %rsi; movq 16(%r13), %rdx; movq 24(%r13), %rcx\n"
        "  call calltap__walk\n"
        "  testl %r12d, %r12d; jz 2f\n"
        "  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "  vmovdqu %ymm\\n, 32*\\n(%rbx)\n"
        "  .endr\n"
        "  jmp 3f\n"
        "2: .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "  movdqu %xmm\\n, 32*\\n(%rbx)\n"
        "  .endr\n"
        "3: popq %r13; popq %r12; popq %rbx\n"
        "  ret\n"
        ".size walk_with_vectors, .-walk_with_vectors\n");

START_TEST(vector_registers) {
  void *library;
  const struct walked *w = load(&library);
  struct {
    struct registers r;
    uintptr_t word[64];
  } stack = {.r = {.return_address = (uintptr_t)w->recurse + 10}};
  uintptr_t pc[MOST];
  struct stream stream = {.stack_misses = 100}; /* the stack is not looked for: that is peek.c's */
  const uintptr_t arguments[4] = {(uintptr_t)pc, MOST, (uintptr_t)&stack.r, (uintptr_t)&stream};
  bool has_avx = __builtin_cpu_supports("avx");
  for (size_t i = 0; i < 64; i++)
    stack.word[i] = (uintptr_t)w->recurse + 10;
  for (int round = 0; round < 50; round++) {
    vectors before = {{0}}, after = {{0}};
    for (size_t i = 0; i < sizeof before; i++)
      if (has_avx || i % 32 < 16)
        before[i / 32][i % 32] = (uint8_t)(i * 7 + (size_t)round);
    calltap__walk_forget();
    walk_with_vectors(&before, &after, arguments, has_avx);
    ck_assert_mem_eq(before, after, sizeof before);
  }
  ck_assert(calltap__keep_bytes);
  for (int round = 0; round < 2; round++) { /* and by FXSAVE, on a stack that is dirty */
    vectors before = {{7}}, after = {{0}};
    calltap__keep_mask = 0;
    calltap__keep_bytes = 512;
    calltap__walk_forget();
    walk_with_vectors(&before, &after, arguments, 0);
    ck_assert_mem_eq(before, after, sizeof before);
  }
  dlclose(library);
}
END_TEST

/* -- stacks that hold anything ------------------------------------------------------------------------------------------ */

static uint64_t random_state = 1;
static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

/* A word that may be an address in code, near the stack, or wild. */
static uintptr_t any_word(uintptr_t stack) {
  static const char *const names[] = {
      "qsort", "raise", "backtrace", "_Unwind_Backtrace", "printf", "__libc_start_main"};
  uint64_t random = next_random();
  switch (random % 8) {
  case 0:
    return next_random();
  case 1:
    return next_random() % OS_PAGE;
  case 2:
  case 3:
    return stack + (random >> 8) % (2 * OS_PAGE);
  case 4:
    return stack + (random >> 8) % OS_PAGE / 8 * 8;
  case 5:
    return (uintptr_t)calltap__walk - 0x1000 + (random >> 8) % 0x8000;
  case 6:
    return (uintptr_t)recursion + (random >> 8) % 0x4000;
  default:
    return (uintptr_t)dlsym(RTLD_DEFAULT, names[(random >> 8) % 6]) + (random >> 16) % 0x1000;
  }
}

static void wild_stack(uint8_t *page, struct stream *s) {
  uintptr_t pc[MOST];
  uint64_t *words = (uint64_t *)page;
  for (size_t i = 0; i < OS_PAGE / 8; i++)
    words[i] = any_word((uintptr_t)page);
  for (size_t at = 0; at + sizeof(struct registers) <= OS_PAGE; at += 8 * (1 + next_random() % 8)) {
    struct registers *r = (struct registers *)(page + at);
    r->return_address = any_word((uintptr_t)page);
    if (next_random() % 2) /* a place that has a row with some base */
      r->rbp = r->rbx = (uintptr_t)page + next_random() % OS_PAGE / 8 * 8;
    size_t count = calltap__walk(pc, MOST, r, s);
    ck_assert_uint_le(count, MOST);
  }
}

START_TEST(garbage) {
  struct stream stream = {0}, known = {0};
  uint8_t *pages = mmap(NULL, 2 * OS_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(pages, MAP_FAILED);
  ck_assert_int_eq(munmap(pages + OS_PAGE, OS_PAGE), 0);
  for (int round = 0; round < 300; round++)
    wild_stack(pages, &stream);
  for (int round = 0; round < 300; round++) { /* on a stack that is known */
    _Alignas(16) uint8_t here[OS_PAGE];
    wild_stack(here, &known);
  }
}
END_TEST

/* A return address that was overwritten ends the walk there. */
static void corrupt(const struct registers *r) {
  struct trail *t = trail;
  uintptr_t *top = (uintptr_t *)(r + 1);
  t->count = calltap__walk(t->pc, t->most, r, &t->stream);
  ck_assert_uint_gt(t->count, 8);
  size_t at = 0;
  for (size_t i = 0; i <= 4; i++) /* one may stand there more than once */
    for (at += i > 0; top[at] != t->pc[i];)
      at++;
  uintptr_t pc[MOST];
  static const uintptr_t wrong[] = {0, 1, 0x4141414141414141, UINTPTR_MAX, 0x7fffffffffff, 0x7ffffffff000};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    uintptr_t before = top[at];
    top[at] = wrong[i];
    size_t count = calltap__walk(pc, t->most, r, &t->stream);
    top[at] = before;
    ck_assert_uint_eq(count, 4);
    ck_assert_mem_eq(pc, t->pc, 4 * sizeof pc[0]);
  }
}
static void visit_corrupt(void *context) {
  trail = context;
  at_site(corrupt);
  __asm__ volatile("" ::: "memory");
}

START_TEST(return_addresses_that_were_overwritten) {
  struct trail t = {.most = MOST};
  for (int i = 0; i < 20; i++)
    walked_O2.with_everything(11, visit_corrupt, &t);
}
END_TEST

int main(void) {
  void *load_libgcc[1];
  (void)backtrace(load_libgcc, 1);
  return RUN_SUITE("rt_walk", recursion, as_many_as_asked, frames_of_all_kinds,
                   frames_of_compilations_with_and_without_frame_pointers, code_without_tables, signal_handlers,
                   threads, walks_that_are_interrupted, objects_that_are_loaded_later, objects_that_went,
                   vector_registers, garbage, return_addresses_that_were_overwritten);
}
