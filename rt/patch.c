/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Switching sites: one byte each, so that no core ever sees half an instruction. Code is made writable for
 * a run of pages at a time, never beyond the mapping that holds it, and is executable all the while, because other threads run
 * in it. Where a policy forbids that, /proc/self/mem writes through. */
#include "internal.h"

enum { RUN_GAP = 16 * OS_PAGE }; /* pages between two sites that are not worth another system call */

/* Sites that are written together, the pages they are on, and the mapping of those. */
struct run {
  uint8_t *const *sites;
  size_t count;
  uintptr_t start, end;
  struct mapping mapping;
};

static uintptr_t page_of(const uint8_t *p) { return (uintptr_t)p & ~(uintptr_t)(OS_PAGE - 1); }

/* Without /proc, a run is one page, of code as it usually is. */
static struct mapping mapping_of(const uint8_t *site) {
  const struct mapping *m = calltap__mapping_of((uintptr_t)site);
  return m ? *m : (struct mapping){page_of(site), page_of(site) + OS_PAGE, true, false, true};
}

static struct run find_run(uint8_t *const *sites, size_t count) {
  struct run run = {sites, 1, page_of(sites[0]), page_of(sites[0]) + OS_PAGE, mapping_of(sites[0])};
  for (; run.count < count; run.count++) {
    uintptr_t page = page_of(sites[run.count]);
    if (page < run.start || page > run.end + RUN_GAP || page >= run.mapping.end)
      break;
    if (page + OS_PAGE > run.end)
      run.end = page + OS_PAGE;
  }
  return run;
}

static long store(const struct run *run, uint8_t expected, uint8_t wanted) {
  long written = 0;
  for (size_t i = 0; i < run->count; i++) {
    if (__atomic_load_n(run->sites[i], __ATOMIC_RELAXED) != expected)
      continue;
    cpu_store_code(run->sites[i], wanted);
    written++;
  }
  return written;
}

static long store_by_file(const struct run *run, uint8_t expected, uint8_t wanted) {
  int fd = calltap__os_open("/proc/self/mem", true);
  if (fd < 0)
    return fd;
  long written = 0, result = 1;
  for (size_t i = 0; i < run->count && result > 0; i++)
    if (__atomic_load_n(run->sites[i], __ATOMIC_RELAXED) == expected) {
      result = calltap__os_write_at(fd, &wanted, 1, (uintptr_t)run->sites[i]);
      written += result > 0;
    }
  calltap__os_close(fd);
  return result < 0 ? result : written;
}

static long patch_run(const struct run *run, uint8_t expected, uint8_t wanted) {
  void *start = (void *)run->start;
  size_t bytes = run->end - run->start;
  struct mapping writable = run->mapping;
  writable.readable = writable.writable = true;
  if (!run->mapping.writable && calltap__os_protect(start, bytes, &writable) < 0)
    return store_by_file(run, expected, wanted);
  long written = store(run, expected, wanted);
  if (!run->mapping.writable)
    (void)calltap__os_protect(start, bytes, &run->mapping);
  return written;
}

long calltap__patch(uint8_t *const *sites, size_t count, uint8_t expected, uint8_t wanted) {
  long written = 0;
  if (count)
    calltap__mappings_read();
  while (count) {
    struct run run = find_run(sites, count);
    long result = patch_run(&run, expected, wanted);
    if (result < 0)
      return result;
    written += result;
    sites += run.count;
    count -= run.count;
  }
  if (written)
    (void)calltap__os_barrier();
  return written;
}
