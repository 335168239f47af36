/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static enum calltap_reader_code fail(struct calltap_reader_error *error, enum calltap_reader_code code, int system,
                                     const char *text) {
  *error = (struct calltap_reader_error){.code = code, .system = system};
  snprintf(error->text, sizeof error->text, "%s", text);
  return code;
}

static enum calltap_reader_code check_kind(const struct stat *status, struct calltap_reader_error *error) {
  if (S_ISDIR(status->st_mode)) {
    return fail(error, CALLTAP_READER_KIND, 0, "is a directory, not a trace");
  }
  if (!S_ISREG(status->st_mode)) {
    return fail(error, CALLTAP_READER_KIND, 0,
                "is not a regular file; a trace is read in place, so write it to a file first");
  }
  if (status->st_size == 0) {
    return fail(error, CALLTAP_READER_EMPTY, 0, "is empty");
  }
  return CALLTAP_READER_OK;
}

static enum calltap_reader_code map(struct calltap__input *input, int fd, struct calltap_reader_error *error) {
  struct stat status;
  if (fstat(fd, &status) != 0) {
    return fail(error, CALLTAP_READER_SYSTEM, errno, "cannot be examined");
  }
  if (check_kind(&status, error) != CALLTAP_READER_OK)
    return error->code;
  size_t size = (size_t)status.st_size;
  void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) {
    return fail(error, CALLTAP_READER_SYSTEM, errno, "cannot be mapped");
  }
  *input = (struct calltap__input){.bytes = bytes, .size = size, .mapped = size, .fd = fd};
  return CALLTAP_READER_OK;
}

void calltap__input_close(struct calltap__input *input) {
  if (input->snapshot != NULL)
    munmap(input->snapshot, input->snapshot_size);
  free(input->copied_ns);
  if (input->fd < 0)
    return;
  const uint8_t *mapping = input->snapshot != NULL ? input->living : input->bytes;
  munmap((void *)(uintptr_t)(mapping - input->offset), input->mapped);
  close(input->fd);
  input->fd = -1;
}

/* Leaves the trace of that number of a core file; any other file as it is. */
static enum calltap_reader_code choose(struct calltap__input *input, size_t number,
                                       struct calltap_reader_error *error) {
  size_t offset, size;
  if (!calltap__core_is(input))
    return CALLTAP_READER_OK;
  if (!calltap__core_trace(input, number, &offset, &size))
    return fail(error, CALLTAP_READER_KIND, 0,
                "is a core file without a trace: a trace whose file can still be read by its name is not in it");
  input->offset = offset;
  input->bytes += offset;
  input->size = size;
  return CALLTAP_READER_OK;
}

enum calltap_reader_code calltap__input_open(struct calltap__input *input, const char *path, size_t number,
                                             struct calltap_reader_error *error) {
  /* O_NONBLOCK: opening a pipe without a writer would wait for ever. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return fail(error, CALLTAP_READER_SYSTEM, errno, "cannot be opened");
  enum calltap_reader_code code = map(input, fd, error);
  if (code != CALLTAP_READER_OK) {
    close(fd);
    return code;
  }
  code = choose(input, number, error);
  if (code != CALLTAP_READER_OK)
    calltap__input_close(input);
  return code;
}

/* Asks the system where the next data is, which passes a hole of any size in one step. */
static size_t after_hole(const struct calltap__input *input, size_t offset) {
  if (input->fd < 0 || offset >= input->size)
    return offset;
  off_t data = lseek(input->fd, (off_t)(input->offset + offset), SEEK_DATA);
  if (data < 0)
    return errno == ENXIO ? input->size : offset;
  size_t page = ((size_t)data - input->offset) / CALLTAP_WIRE_PAGE * CALLTAP_WIRE_PAGE;
  return page > offset ? page : offset;
}

/* The writer may cut the file behind what it used, and a page that is not there any more cannot be touched: the system is asked before
 * each look. */
size_t calltap__input_data(const struct calltap__input *input, size_t offset) {
  while ((offset = after_hole(input, offset)) < input->size && input->bytes[offset] == 0)
    offset += CALLTAP_WIRE_PAGE;
  return offset < input->size ? offset : input->size;
}

bool calltap__input_shrink(struct calltap__input *input) {
  struct stat status;
  if (input->fd < 0 || input->offset > 0 || fstat(input->fd, &status) != 0 || (size_t)status.st_size >= input->size)
    return false;
  input->size = (size_t)status.st_size;
  return true;
}

enum {
  PASSED = 4 << 20,    /* so much is released at once: a call for each chunk would cost more, and release less: */
  NEIGHBOURS = 2 << 20 /* with a page that is read Linux maps its neighbours, at most a large page */
};

/* The pages of a mapped file are the system's, which may take them away at any time, but they count as the process's memory, and whoever
 * looks at that, be it a user or the kernel when memory ends, sees a trace of any size. A page stays in the system's cache, so
 * that reading it again costs a fault. Where bytes are a copy, they are nowhere else, and are not touched. */
void calltap__input_release(struct calltap__input *input, size_t start, size_t end) {
  if (input->fd < 0 || input->bytes == input->snapshot)
    return;
  bool is_first = input->passed == 0;
  input->passed += end - start;
  input->passed_from = is_first || start < input->passed_from ? start : input->passed_from;
  input->passed_to = is_first || end > input->passed_to ? end : input->passed_to;
  if (input->passed < PASSED)
    return;
  const uintptr_t bytes = (uintptr_t)input->bytes, first = bytes / CALLTAP_WIRE_PAGE * CALLTAP_WIRE_PAGE;
  uintptr_t from = (bytes + input->passed_from) / NEIGHBOURS * NEIGHBOURS;
  uintptr_t to = ((bytes + input->passed_to) / NEIGHBOURS + 1) * NEIGHBOURS;
  from = from > first ? from : first;
  to = to < bytes + input->size ? to : bytes + input->size;
  madvise((void *)from, to - from, MADV_DONTNEED);
  input->passed = 0;
}
