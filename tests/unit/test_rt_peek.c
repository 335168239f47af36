/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading through pointers that may be wild. */
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

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
  is_long[4000] = 0;
  ck_assert_uint_eq(text(to, is_long, 64, &found), 64);
  ck_assert_uint_eq(found.length, 4000);
  ck_assert_uint_eq(text(to, (char *)8, 64, &found), 0);
  ck_assert(found.faulted);
  map();
  memset(pages, 'y', OS_PAGE);
  ck_assert_uint_eq(text(to, pages + OS_PAGE - 10, 64, &found), 10);
  ck_assert(!found.ended && !found.faulted && !found.length);
  munmap(pages, OS_PAGE);
}
END_TEST

/* Often enough that the thread learns where its stack is; the answers stay the same. */
static void *from_stack(void *unused) {
  char here[100] = "on the stack", to[64];
  struct stream own = {0};
  struct text_peek found;
  for (int i = 0; i < 50; i++) {
    found = (struct text_peek){0};
    memset(to, 0, sizeof to);
    ck_assert_uint_eq(calltap__peek_text(to, (uintptr_t)here, 64, &own, &found), 12);
    ck_assert_str_eq(to, here);
  }
  ck_assert(own.stack_low <= (uintptr_t)here && own.stack_high > (uintptr_t)here);
  ck_assert_uint_eq(calltap__peek(to, own.stack_high - 8, 8, &own), 8);
  return unused;
}

START_TEST(the_stack_of_every_thread_is_learned) {
  pthread_t thread;
  (void)from_stack(NULL);
  ck_assert_int_eq(pthread_create(&thread, NULL, from_stack, NULL), 0);
  ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_peek", memory_that_ends, wild_addresses, pages_in_a_row, texts,
                   the_stack_of_every_thread_is_learned);
}
