/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

enum calltap_reader_code calltap__input_open(struct calltap__input *input, const char *path,
                                             struct calltap_reader_error *error) {
  /* O_NONBLOCK: opening a pipe without a writer would wait for ever. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return fail(error, CALLTAP_READER_SYSTEM, errno, "cannot be opened");
  enum calltap_reader_code code = map(input, fd, error);
  if (code != CALLTAP_READER_OK)
    close(fd);
  return code;
}

void calltap__input_close(struct calltap__input *input) {
  if (input->fd < 0)
    return;
  munmap((void *)(uintptr_t)input->bytes, input->mapped);
  close(input->fd);
  input->fd = -1;
}

/* Asks the system where the next data is, which passes a hole of any size in one step. */
static size_t after_hole(const struct calltap__input *input, size_t offset) {
  if (input->fd < 0)
    return offset;
  off_t data = lseek(input->fd, (off_t)offset, SEEK_DATA);
  if (data < 0)
    return errno == ENXIO ? input->size : offset;
  size_t page = (size_t)data / CALLTAP_WIRE_PAGE * CALLTAP_WIRE_PAGE;
  return page > offset ? page : offset;
}

/* The system is asked before each look: a page that is not there any more cannot be touched, and one of a file in memory that was never
 * written would be there for its being looked at. */
size_t calltap__input_data(const struct calltap__input *input, size_t offset) {
  while ((offset = after_hole(input, offset)) < input->size && input->bytes[offset] == 0)
    offset += CALLTAP_WIRE_PAGE;
  return offset < input->size ? offset : input->size;
}

bool calltap__input_shrink(struct calltap__input *input) {
  struct stat status;
  if (input->fd < 0 || fstat(input->fd, &status) != 0 || (size_t)status.st_size >= input->size)
    return false;
  input->size = (size_t)status.st_size;
  return true;
}
