/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading through pointers that may be wild. */
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

static struct stream stream;
static char *pages; /* one that is mapped, then one that is not */

static void map(void) {
  pages = mmap(NULL, 2 * OS_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(pages, MAP_FAILED);
  ck_assert_int_eq(munmap(pages + OS_PAGE, OS_PAGE), 0);
}

static size_t peek(char to[64], const char *from, size_t bytes) {
  memset(to, '#', 64);
  return calltap__peek(to, (uintptr_t)from, bytes, &stream);
}

START_TEST(memory_that_ends) {
  char to[64];
  map();
  strcpy(pages + OS_PAGE - 6, "hello");
  ck_assert_uint_eq(peek(to, pages + OS_PAGE - 6, 64), 6);
  ck_assert_mem_eq(to, "hello\0#", 7);
  ck_assert_uint_eq(peek(to, pages + OS_PAGE, 64), 0);
  ck_assert_uint_eq(peek(to, pages + OS_PAGE - 1, 1), 1);
  ck_assert_uint_eq(mprotect(pages, OS_PAGE, PROT_NONE), 0);
  ck_assert_uint_eq(peek(to, pages + 100, 8), 0);
  munmap(pages, OS_PAGE);
}
END_TEST

START_TEST(wild_addresses) {
  static const uintptr_t wild[] = {
      0, 1, 0xdead, UINT64_C(0x800000000000), UINT64_C(0xffff800000000000), UINTPTR_MAX - 7, UINTPTR_MAX};
  char to[64];
  for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++)
    ck_assert_uint_eq(calltap__peek(to, wild[i], 64, &stream), 0);
}
END_TEST

START_TEST(pages_in_a_row) {
  static char many[3 * OS_PAGE];
  static char to[3 * OS_PAGE];
  for (size_t i = 0; i < sizeof many; i++)
    many[i] = (char)(i * 7);
  ck_assert_uint_eq(calltap__peek(to, (uintptr_t)many + 5, OS_PAGE, &stream), OS_PAGE);
  ck_assert_mem_eq(to, many + 5, OS_PAGE);
}
END_TEST

static size_t text(char *to, const char *from, size_t limit, struct text_peek *found) {
  *found = (struct text_peek){0};
  return calltap__peek_text(to, (uintptr_t)from, limit, &stream, found);
}

START_TEST(texts) {
  char to[4096];
  static char is_long[5000];
  struct text_peek found;
  ck_assert_uint_eq(text(to, "hello", 64, &found), 5);
  ck_assert(found.ended && !found.faulted);
  ck_assert_uint_eq(text(to, "", 64, &found), 0);
  ck_assert(found.ended && !found.faulted);
  ck_assert_uint_eq(text(to, "hello", 5, &found), 5); /* its NUL is right behind the limit */
  ck_assert(found.ended);
  ck_assert_uint_eq(text(to, "hello", 4, &found), 4);
  ck_assert(!found.ended);
  ck_assert_uint_eq(found.length, 5);
  memset(is_long, 'x', sizeof is_long - 1);
  ck_assert_uint_eq(text(to, is_long, 64, &found), 64);
  ck_assert(!found.ended);
  ck_assert_uint_eq(found.length, 0); /* longer than is looked at */
  is_long[200] = 0;
  ck_assert_uint_eq(text(to, is_long, 64, &found), 64);
  ck_assert_uint_eq(found.length, 200);
  is_long[200] = 'x';
  is_long[600] = 0; /* for its length one would have to ask the kernel again */
  ck_assert_uint_eq(text(to, is_long, 64, &found), 64);
  ck_assert_uint_eq(found.length, 0);
  ck_assert_uint_eq(text(to, is_long, 700, &found), 600);
  ck_assert(found.ended);
  is_long[512] = 0; /* where a piece and the limit end */
  ck_assert_uint_eq(text(to, is_long, 512, &found), 512);
  ck_assert(found.ended);
  ck_assert_uint_eq(text(to, is_long, 256, &found), 256);
  ck_assert(!found.ended);
  is_long[512] = 'x';
  is_long[600] = 'x';
  is_long[sizeof to] = 0; /* also at the largest limit */
  ck_assert_uint_eq(text(to, is_long, sizeof to, &found), sizeof to);
  ck_assert(found.ended);
  is_long[600] = 0;
  is_long[4000] = 0;
  calltap__peek_constant((uintptr_t)is_long, (uintptr_t)(is_long + sizeof is_long));
  ck_assert_uint_eq(text(to, is_long + 700, 64, &found), 64); /* for this one not */
  ck_assert_uint_eq(found.length, 3300);
  ck_assert_uint_eq(text(to, (char *)8, 64, &found), 0);
  ck_assert(found.faulted);
  map();
  memset(pages, 'y', OS_PAGE);
  ck_assert_uint_eq(text(to, pages + OS_PAGE - 10, 64, &found), 10);
  ck_assert(!found.ended && !found.faulted && !found.length);
  munmap(pages, OS_PAGE);
}
END_TEST

/* -- stacks: read directly where they are known, and no other memory is ------------------------------------------------- */

enum { OFTEN = 50 };

static void check_text(const char *from, const char *want, struct stream *s) {
  char to[64] = "";
  struct text_peek found = {0};
  ck_assert_uint_eq(calltap__peek_text(to, (uintptr_t)from, 64, s, &found), strlen(want));
  ck_assert_str_eq(to, want);
  ck_assert_int_eq(found.faulted, !*want);
}

static bool is_known(const void *at, const struct stream *s) {
  return s->stack_low <= (uintptr_t)at && s->stack_high > (uintptr_t)at;
}

/* Often enough that the thread learns where its stack is; the answers stay the same. */
static __attribute__((noinline)) void peek_here(struct stream *s, bool is_learned) {
  char here[100] = "on the stack";
  for (int i = 0; i < OFTEN; i++)
    check_text(here, "on the stack", s);
  ck_assert_int_eq(is_known(here, s), is_learned);
}

/* So many bytes further down, a page after the other. */
static __attribute__((noinline)) void peek_below(struct stream *s, size_t bytes, bool is_learned) {
  char frame[OS_PAGE];
  __asm__ volatile("" ::"r"(frame) : "memory"); /* all of it is there */
  if (bytes > sizeof frame)
    peek_below(s, bytes - sizeof frame, is_learned);
  else
    peek_here(s, is_learned);
  __asm__ volatile("" ::"r"(frame) : "memory");
}

/* Nothing is opened: the next descriptor is the same before and after, and there may be none. */
static void *from_stack(void *unused) {
  static const struct rlimit none = {0, 0};
  struct rlimit usual;
  char to[8];
  struct stream own = {0};
  ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){none.rlim_cur, usual.rlim_max}), 0);
  peek_here(&own, true);
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
  ck_assert_uint_eq(calltap__peek(to, own.stack_high - 8, 8, &own), 8);
  return unused;
}

/* Runs a function in a thread, by default with the stack that the C library gives it. */
static void in_thread(void *(*run)(void *), void *with, const pthread_attr_t *how) {
  pthread_t thread;
  ck_assert_int_eq(pthread_create(&thread, how, run, with), 0);
  ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

START_TEST(the_stack_of_every_thread_is_learned) {
  (void)from_stack(NULL);
  in_thread(from_stack, NULL, NULL);
  pthread_attr_t how;
  pthread_attr_init(&how);
  ck_assert_int_eq(pthread_attr_setstacksize(&how, 1 << 15), 0);
  for (int i = 0; i < 100; i++) /* stacks that were those of other threads */
    in_thread(from_stack, NULL, &how);
}
END_TEST

/* In steps that are small enough, the known part follows. */
static void *deep(void *unused) {
  struct stream own = {0};
  peek_below(&own, 4000000, false); /* too far for a first look */
  ck_assert_uint_eq(own.stack_high, 0);
  own.stack_failures = 0;
  peek_here(&own, true);
  for (size_t bytes = 100000; bytes < 4000000; bytes += 100000)
    peek_below(&own, bytes, true);
  return unused;
}

START_TEST(stacks_that_grow) {
  (void)deep(NULL);
  in_thread(deep, NULL, NULL);
}
END_TEST

/* A page of its own frames that it may not read. */
static void *guarded(void *unused) {
  struct stream own = {0};
  _Alignas(OS_PAGE) char guard[2 * OS_PAGE];
  strcpy(guard + OS_PAGE, "beside it");
  ck_assert_int_eq(mprotect(guard, OS_PAGE, PROT_NONE), 0);
  peek_here(&own, false);
  for (int i = 0; i < OFTEN; i++) {
    check_text(guard, "", &own);
    check_text(guard + OS_PAGE, "beside it", &own);
  }
  ck_assert_int_eq(mprotect(guard, OS_PAGE, PROT_READ | PROT_WRITE), 0);
  own.stack_failures = 0;
  peek_here(&own, true);
  return unused;
}

START_TEST(stacks_with_a_guard_in_them) {
  (void)guarded(NULL);
  in_thread(guarded, NULL, NULL);
}
END_TEST

/* Others: [a guard | a coroutine's | a page that goes away | a thread's]. */
enum { LARGEST = 64 * OS_PAGE };

static struct {
  size_t size, bytes;     /* of a stack, of them all */
  char *area, *gap, *own; /* own: of the thread */
  struct stream stream;
  ucontext_t thread, coroutine;
} others;

static void map_others(size_t size) {
  others.size = size;
  others.bytes = 2 * (OS_PAGE + size);
  others.area = mmap(NULL, others.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(others.area, MAP_FAILED);
  ck_assert_int_eq(mprotect(others.area, OS_PAGE, PROT_NONE), 0);
  others.gap = others.area + OS_PAGE + size;
  others.own = others.gap + OS_PAGE;
  strcpy(others.gap, "in the gap");
  others.stream = (struct stream){0};
}

static void coroutine(void) {
  char here[] = "in the coroutine";
  for (int i = 0; i < OFTEN; i++) {
    check_text(here, here, &others.stream);
    check_text(others.gap, "in the gap", &others.stream);
  }
  ck_assert(!is_known(here, &others.stream));
  ck_assert_int_eq(munmap(others.gap, OS_PAGE), 0);
  for (int i = 0; i < OFTEN; i++)
    check_text(others.gap, "", &others.stream);
  ck_assert_int_eq(mprotect(others.own, OS_PAGE, PROT_NONE), 0); /* the thread's is not so deep */
  for (int i = 0; i < OFTEN; i++)
    check_text(others.own, "", &others.stream);
}

/* The coroutine is first, or the thread's own stack is known by then. */
static void *switches(void *is_second) {
  strcpy(others.own, "below the thread's frames");
  if (is_second)
    peek_here(&others.stream, true);
  ck_assert_int_eq(getcontext(&others.coroutine), 0);
  others.coroutine.uc_stack = (stack_t){.ss_sp = others.area + OS_PAGE, .ss_size = others.size};
  others.coroutine.uc_link = &others.thread;
  makecontext(&others.coroutine, coroutine, 0);
  ck_assert_int_eq(swapcontext(&others.thread, &others.coroutine), 0);
  others.stream.stack_failures = 0;
  peek_here(&others.stream, true);
  return NULL;
}

static void run_on_own(void *(*run)(void *), void *with) {
  pthread_attr_t how;
  pthread_attr_init(&how);
  ck_assert_int_eq(pthread_attr_setstack(&how, others.own, others.size), 0);
  in_thread(run, with, &how);
}

static void run_all(void *(*run)(void *)) {
  for (size_t size = LARGEST / 8; size <= LARGEST; size *= 2)
    for (int is_second = 0; is_second < 2; is_second++) {
      map_others(size);
      run_on_own(run, is_second ? &others : NULL);
      munmap(others.area, others.bytes);
    }
}

START_TEST(coroutines) { run_all(switches); }
END_TEST

static void handler(int signal) {
  (void)signal;
  coroutine();
}

static void *is_interrupted(void *is_second) {
  const stack_t stack = {.ss_sp = others.area + OS_PAGE, .ss_size = others.size};
  const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  if (is_second)
    peek_here(&others.stream, true);
  ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
  ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
  raise(SIGUSR1);
  others.stream.stack_failures = 0;
  peek_here(&others.stream, true);
  return NULL;
}

START_TEST(stacks_of_signal_handlers) { run_all(is_interrupted); }
END_TEST

/* A guard, or a hole, anywhere between. */
START_TEST(pages_that_cannot_be_read) {
  char *area = mmap(NULL, 64 * OS_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(area, MAP_FAILED);
  uintptr_t start = (uintptr_t)area;
  int pid = calltap__os_pid();
  ck_assert(calltap__os_readable(pid, start, start + 64 * OS_PAGE));
  for (int i = 0; i < 64; i++) {
    char *page = area + (size_t)i * OS_PAGE;
    ck_assert_int_eq(i % 2 ? mprotect(page, OS_PAGE, PROT_NONE) : munmap(page, OS_PAGE), 0);
    ck_assert(!calltap__os_readable(pid, start, start + 64 * OS_PAGE));
    ck_assert_ptr_ne(mmap(page, OS_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), MAP_FAILED);
    ck_assert(calltap__os_readable(pid, start, start + 64 * OS_PAGE));
  }
  ck_assert(calltap__os_readable(pid, start, start));
  munmap(area, 64 * OS_PAGE);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_peek", memory_that_ends, wild_addresses, pages_in_a_row, texts,
                   the_stack_of_every_thread_is_learned, stacks_that_grow, stacks_with_a_guard_in_them, coroutines,
                   stacks_of_signal_handlers, pages_that_cannot_be_read);
}
