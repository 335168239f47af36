// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes pointers that lead nowhere, to functions that do not follow them.
//
//   wild_pointers cases           each kind of pointer once; prints what the trace must say of it, an extended regular
//                                 expression a line
//   wild_pointers storm CALLS     so many calls, while another thread maps, unmaps and protects the memory; prints a sum
//                                 that no trace may change
//
// The memory that comes and goes has the same text wherever it is mapped, so a trace of the storm shows it, or a start
// of it, or says that it could not be read.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define KEEP __attribute__((noinline))
#define SKIP __attribute__((no_instrument_function))
enum { PAGE = 4096, PAGES = 64, LINE = 32 };

struct thing {
  int a;
  long b;
  const struct thing *next;
};

static volatile uintptr_t sink;

KEEP int text(int number, const char *p) {
  sink = (uintptr_t)p;
  return number ^ (p != NULL);
}

KEEP int thing(int number, const struct thing *p) {
  sink = (uintptr_t)p;
  return number ^ (p != NULL);
}

SKIP static void die(const char *what) {
  perror(what);
  exit(2);
}

SKIP static char *map(size_t size, int protection) {
  char *at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED)
    die("mmap");
  return at;
}

// So many readable bytes up to the end of a mapping that is followed by one that nobody may read.
SKIP static char *before_the_end(const void *bytes, size_t size) {
  char *pages = map(2 * PAGE, PROT_READ | PROT_WRITE);
  if (mprotect(pages + PAGE, PAGE, PROT_NONE) != 0)
    die("mprotect");
  return memcpy(pages + PAGE - size, bytes, size);
}

// ---- cases ----------------------------------------------------------------------------------------------------------

static int number;

SKIP static void shows_text(const void *pointer, const char *expected) {
  printf("text\\(number=%d, p=%s\\)\n", ++number, expected);
  text(number, pointer);
}

SKIP static void shows_thing(const void *pointer, const char *expected) {
  printf("thing\\(number=%d, p=%s\\)\n", ++number, expected);
  thing(number, pointer);
}

// The second page of a file that has less than one: SIGBUS for who reads there.
SKIP static char *behind_the_file(void) {
  int file = memfd_create("short", 0);
  if (file < 0 || write(file, "in the file", 11) != 11)
    die("memfd");
  char *at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED)
    die("mmap");
  close(file);
  return at;
}

SKIP static void texts(void) {
  static const uintptr_t nowhere[] = {
      1, 0xFFF, 0xDEAD, 0x7FFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0xDEADBEEFDEADBEEF, 0xFFFF800000000000};
  char on_stack[] = "on the stack", letters[200], *gone = map(PAGE, PROT_READ), *file = behind_the_file();
  memset(letters, 'x', sizeof(letters));
  letters[100] = 0;
  munmap(gone, PAGE);

  shows_text(NULL, "NULL");
  for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
    shows_text((const void *)nowhere[i], "0xP <unreadable>");
  shows_text(gone, "0xP <unreadable>");
  shows_text(map(PAGE, PROT_NONE), "0xP <unreadable>");
  shows_text(map(2 * PAGE, PROT_NONE) + 77, "0xP <unreadable>");
  shows_text(file, "\"in the file\"");
  shows_text(file + PAGE, "0xP <unreadable>");
  shows_text(on_stack, "\"on the stack\"");
  shows_text("read-only", "\"read-only\"");
  shows_text(strdup("on the heap"), "\"on the heap\"");
  shows_text(letters, "\"x{64}\"\\.\\.\\. \\(100 bytes\\)");

  // The end of a mapping: behind the NUL, before it, and in the middle of what would be taken.
  shows_text(before_the_end("", 1), "\"\"");
  shows_text(before_the_end("the end", 8), "\"the end\"");
  shows_text(before_the_end("cut he", 6), "\"cut he\"\\.\\.\\. \\(more than 6 bytes\\)");
  shows_text(before_the_end("x", 1), "\"x\"\\.\\.\\. \\(more than 1 bytes\\)");
  shows_text(before_the_end("x", 1) + 1, "0xP <unreadable>");
  shows_text(before_the_end(letters + 37, 64), "\"x{63}\"");
  shows_text(before_the_end(letters + 36, 65), "\"x{64}\"");
  shows_text(before_the_end(letters, 64), "\"x{64}\"\\.\\.\\. \\(more than 64 bytes\\)");
  shows_text(before_the_end(letters, 80), "\"x{64}\"\\.\\.\\. \\(more than (64|80) bytes\\)");
  shows_text(before_the_end(letters + 20, 81), "\"x{64}\"\\.\\.\\. \\(80 bytes\\)");
  char *across = map(2 * PAGE, PROT_READ | PROT_WRITE);
  strcpy(across + PAGE - 5, "across two pages");
  shows_text(across + PAGE - 5, "\"across two pages\"");
}

SKIP static void things(void) {
  struct thing last = {1, -2, NULL}, first = {3, 4, &last}, wild = {5, 6, (const struct thing *)0xDEAD};
  char room[2 * sizeof(struct thing)];
  memcpy(room + 1, &first, sizeof(first));

  shows_thing(NULL, "NULL");
  shows_thing((const void *)1, "0xP <unreadable>");
  shows_thing((const void *)0x8000000000000001, "0xP <unreadable>");
  shows_thing((const void *)UINTPTR_MAX, "0xP <unreadable>");
  shows_thing(map(PAGE, PROT_NONE), "0xP <unreadable>");
  shows_thing(behind_the_file() + PAGE, "0xP <unreadable>");
  shows_thing(&last, "0xP \\{a=1, b=-2, next=NULL\\}");
  shows_thing(&first, "0xP \\{a=3, b=4, next=0xP\\}");
  shows_thing(&wild, "0xP \\{a=5, b=6, next=0xP\\}");
  shows_thing(room + 1, "0xP \\{a=3, b=4, next=0xP\\}");
  shows_thing(before_the_end(&last, sizeof(last)), "0xP \\{a=1, b=-2, next=NULL\\}");
  // Half of it is there: what is shown is true, or none is.
  shows_thing(before_the_end(&last, 16), "0xP (<unreadable>|\\{a=1, b=-2, next=\\.\\.\\.\\})");
}

// ---- stacks ---------------------------------------------------------------------------------------------------------

enum { STACK = 16 * PAGE };
static char *gap; // a page between a coroutine's stack and the thread's
static ucontext_t thread, other;

// Often enough that the stack is known, if it is one that can be.
SKIP static void from_here(void) {
  char here[] = "on this stack", *guard = map(2 * PAGE, PROT_NONE);
  for (int i = 0; i < 20; i++)
    shows_text(here, "\"on this stack\"");
  shows_text(guard, "0xP <unreadable>");
  munmap(guard, 2 * PAGE);
}

SKIP static void below(int pages) {
  char frame[PAGE];
  __asm__ volatile("" ::"r"(frame) : "memory"); // all of it is there
  if (pages > 0)
    below(pages - 1);
  else
    from_here();
  __asm__ volatile("" ::"r"(frame) : "memory");
}

SKIP static void beside(void) {
  strcpy(gap, "in the gap");
  from_here();
  shows_text(gap, "\"in the gap\"");
  munmap(gap, PAGE);
  for (int i = 0; i < 20; i++)
    shows_text(gap, "0xP <unreadable>");
  if (mmap(gap, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
    die("mmap");
}

SKIP static void handler(int signal) {
  (void)signal;
  beside();
}

// A stack of its own below the thread's, for a coroutine and for a signal handler.
SKIP static void *with_others(void *area) {
  from_here();
  if (!area)
    return NULL;
  const stack_t stack = {.ss_sp = area, .ss_size = STACK};
  const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  getcontext(&other);
  other.uc_stack = stack;
  other.uc_link = &thread;
  makecontext(&other, beside, 0);
  swapcontext(&thread, &other);
  from_here();
  if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGUSR1, &action, NULL) != 0)
    die("sigaltstack");
  raise(SIGUSR1);
  from_here();
  return NULL;
}

SKIP static void run(const pthread_attr_t *how, void *area) {
  pthread_t id;
  if (pthread_create(&id, how, with_others, area) != 0)
    die("pthread_create");
  pthread_join(id, NULL);
}

SKIP static void stacks(void) {
  pthread_attr_t how;
  from_here();
  below(100);
  below(1000);
  pthread_attr_init(&how);
  pthread_attr_setstacksize(&how, STACK);
  for (int i = 0; i < 3; i++) // on the stack of the one before
    run(&how, NULL);
  char *area = map(2 * STACK + PAGE, PROT_READ | PROT_WRITE);
  gap = area + STACK;
  pthread_attr_setstack(&how, gap + PAGE, STACK);
  run(&how, area);
  munmap(area, 2 * STACK + PAGE);
  from_here();
}

// ---- storm ----------------------------------------------------------------------------------------------------------

static char *arena; // PAGES pages that come and go
static int lines;   // the file of the lines that they show
static atomic_bool done;

SKIP static void show_lines(char *page) {
  if (mmap(page, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, lines, 0) == MAP_FAILED)
    die("mmap");
}

SKIP static void *weather(void *none) {
  for (unsigned i = 1; !atomic_load_explicit(&done, memory_order_relaxed); i = i * 1664525 + 1013904223) {
    char *page = arena + (size_t)(i >> 8) % PAGES * PAGE;
    switch (i >> 28) {
    case 0:
    case 1:
    case 2:
    case 3:
      munmap(page, PAGE);
      break;
    case 4:
    case 5:
    case 6:
      mprotect(page, PAGE, PROT_NONE);
      break;
    case 7:
      mprotect(page, PAGE, PROT_READ);
      break;
    default:
      show_lines(page);
    }
  }
  return none;
}

SKIP static const void *wild(uint64_t random) {
  switch (random >> 60) {
  case 0:
    return NULL;
  case 1:
    return (const void *)(random << 20); // mostly not canonical
  case 2:
    return (const void *)(random >> 18); // of the lower half, mostly not mapped
  default:
    return arena + random % (PAGES * PAGE / LINE) * LINE;
  }
}

SKIP static void storm(int calls) {
  char line[LINE] = "the text of every line", page[PAGE];
  for (int i = 0; i < PAGE; i += LINE)
    memcpy(page + i, line, LINE);
  lines = memfd_create("lines", 0);
  if (lines < 0 || write(lines, page, PAGE) != PAGE)
    die("memfd");
  // One page on either side stays unmapped for ever.
  arena = map((PAGES + 2) * PAGE, PROT_NONE) + PAGE;
  // From the start: a page that is still anonymous would show zeros once the weather makes it readable.
  for (int i = 0; i < PAGES; i++)
    show_lines(arena + (size_t)i * PAGE);
  pthread_t other;
  if (pthread_create(&other, NULL, weather, NULL) != 0)
    die("pthread_create");
  uint64_t random = 88172645463325252, sum = 0;
  for (int i = 0; i < calls; i++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    const void *pointer = wild(random);
    errno = 77;
    sum = sum * 31 + (uint64_t)(i & 1 ? text(i, pointer) : thing(i, pointer)) + (uint64_t)errno;
  }
  atomic_store(&done, true);
  pthread_join(other, NULL);
  printf("%llu\n", (unsigned long long)sum);
}

int main(int count, char **arguments) {
  if (count == 3) {
    storm(atoi(arguments[2]));
  } else {
    texts();
    things();
    stacks();
  }
  return 0;
}
