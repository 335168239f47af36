/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Switching sites: one byte each, so that no core ever sees half an instruction. Code is made writable for
 * a run of pages at a time, and is executable all the while, because other threads run in it. Where a policy
 * forbids that, /proc/self/mem writes through. */
#include "internal.h"

enum { RUN_GAP = 16 * OS_PAGE }; /* pages between two sites that are not worth another system call */

static uintptr_t page_of(const uint8_t *p) { return (uintptr_t)p & ~(uintptr_t)(OS_PAGE - 1); }

/* The number of sites from `first` on that lie in one run of pages, and the run. */
static size_t find_run(uint8_t *const *sites, size_t count, uintptr_t *start, uintptr_t *end) {
  *start = page_of(sites[0]);
  *end = *start + OS_PAGE;
  size_t n = 1;
  for (; n < count; n++) {
    uintptr_t page = page_of(sites[n]);
    if (page < *start || page > *end + RUN_GAP)
      break;
    if (page + OS_PAGE > *end)
      *end = page + OS_PAGE;
  }
  return n;
}

static long store_run(uint8_t *const *sites, size_t count, uint8_t expected, uint8_t wanted) {
  long written = 0;
  for (size_t i = 0; i < count; i++) {
    if (__atomic_load_n(sites[i], __ATOMIC_RELAXED) != expected)
      continue;
    cpu_store_code(sites[i], wanted);
    written++;
  }
  return written;
}

static long store_by_file(uint8_t *const *sites, size_t count, uint8_t expected, uint8_t wanted) {
  int fd = calltap__os_open("/proc/self/mem", true);
  if (fd < 0)
    return fd;
  long written = 0;
  for (size_t i = 0; i < count; i++)
    if (__atomic_load_n(sites[i], __ATOMIC_RELAXED) == expected)
      written += calltap__os_write_at(fd, &wanted, 1, (uintptr_t)sites[i]) == 1;
  calltap__os_close(fd);
  return written;
}

static long patch_run(uint8_t *const *sites, size_t count, uintptr_t start, uintptr_t end, uint8_t expected,
                      uint8_t wanted) {
  if (calltap__os_protect((void *)start, end - start, OS_CODE_WRITABLE) < 0)
    return store_by_file(sites, count, expected, wanted);
  long written = store_run(sites, count, expected, wanted);
  (void)calltap__os_protect((void *)start, end - start, OS_CODE);
  return written;
}

long calltap__patch(uint8_t *const *sites, size_t count, uint8_t expected, uint8_t wanted) {
  long written = 0;
  for (size_t i = 0; i < count;) {
    uintptr_t start, end;
    size_t n = find_run(sites + i, count - i, &start, &end);
    long result = patch_run(sites + i, n, start, end, expected, wanted);
    if (result < 0)
      return result;
    written += result;
    i += n;
  }
  (void)calltap__os_barrier();
  return written;
}
