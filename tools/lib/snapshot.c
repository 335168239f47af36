/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A ring that may still be written: its chunks are overwritten while they are read. So it is copied first, chunk by chunk, and a
 * copy counts if the chunk's head is the same after it: the writer changes the head before anything else of it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "internal.h"

enum {
  HEAD = 128, /* bytes that hold a chunk record, which says when the chunk was begun */
  TRIES = 4   /* each finds another chunk in the same place */
};

/* Copies `size` bytes, and says whether they belong together. */
static bool copy(uint8_t *to, const uint8_t *from, size_t size) {
  memcpy(to, from, size);
  atomic_thread_fence(memory_order_acquire);
  return memcmp(to, from, size < HEAD ? size : HEAD) == 0;
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Copies what starts at a page: a chunk, one that is being begun, or a page that is neither. Returns its size. */
static size_t copy_one(const struct calltap__file *file, uint8_t *to, size_t at) {
  const struct calltap__input *input = &file->input;
  size_t size = CALLTAP_WIRE_PAGE;
  for (unsigned i = 0; i < TRIES; i++) {
    struct calltap__chunk chunk;
    size_t covered;
    if (calltap__chunk_at(file, at, &chunk, NULL)) {
      size = chunk.end - at;
      if (copy(to + at, input->bytes + at, size) || chunk.stream == 0)
        return size;
    } else if ((covered = calltap__chunk_covered(file, at)) != 0) {
      size = covered;
    } else {
      size = smaller(CALLTAP_WIRE_PAGE, input->size - at);
      memcpy(to + at, input->bytes + at, size);
      return size;
    }
  }
  memset(to + at, 0, smaller(size, input->size - at)); /* it is as good as overwritten */
  return size;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

bool calltap__snapshot(struct calltap__file *file) {
  struct calltap__input *input = &file->input;
  uint8_t *to = mmap(NULL, input->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (to == MAP_FAILED)
    return false;
  uint64_t *times = calloc(input->size / CALLTAP_WIRE_PAGE + 1, sizeof *times);
  for (size_t at = 0; times != NULL && (at = calltap__input_data(input, at)) < input->size;) {
    times[at / CALLTAP_WIRE_PAGE] = now();
    at += copy_one(file, to, at);
  }
  input->copied_ns = times;
  input->snapshot = to;
  input->snapshot_size = input->size;
  input->living = input->bytes;
  input->bytes = to;
  return times != NULL;
}

/* --- what was being written meanwhile --- */

/* Threads' chunks begin with their records: there is no header before them. */
static size_t page_of(const struct calltap__chunk *chunk) { return chunk->start / CALLTAP_WIRE_PAGE; }

static const uint8_t *behind_last(const uint8_t *at, const uint8_t *end) {
  while (end > at && end[-1] == 0)
    end--;
  return end;
}

/* Leaves the records that begin before `limit`, of those from `at` to `end`. */
static void trim(uint8_t *at, uint8_t *end, const uint8_t *limit) {
  struct calltap__bytes bytes = {at, end};
  while (bytes.at < limit) {
    if (*bytes.at == 0)
      bytes.at = calltap__skip_zeros(bytes.at, limit);
    else if (calltap__skip(&bytes) != CALLTAP__GOOD)
      break;
  }
  memset(at + (bytes.at - at), 0, (size_t)(end - bytes.at));
}

/* The end of the records that stand one after the other, all of them finished. */
static const uint8_t *first_gap(const uint8_t *at, const uint8_t *end) {
  struct calltap__bytes bytes = {at, end};
  while (bytes.at < end && *bytes.at != 0 && *bytes.at >> 5 != CALLTAP__MAJOR_BYTES)
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      break;
  return bytes.at;
}

/* While a chunk is copied from front to back, its writer goes on, and may finish first what was copied as unfinished and then what is
 * copied after it. What was begun at the end of the first copy is there in a second one, which is taken as far as that, or as a whole
 * if the stream has gone on to the next chunk. Where there is no second one any more, the first is taken as far as it has no gap. */
static void complete_one(struct calltap__file *file, struct calltap__chunk *chunk, bool has_next, uint8_t *buffer) {
  const struct calltap__input *input = &file->input;
  uint8_t *copied = (uint8_t *)input->snapshot;
  uint8_t *from = copied + chunk->start, *end = copied + chunk->end;
  const uint8_t *living = input->living + chunk->start;
  size_t page = page_of(chunk) * CALLTAP_WIRE_PAGE, size = chunk->end - chunk->start;
  memcpy(buffer, living, size);
  atomic_thread_fence(memory_order_acquire);
  size_t begun = (size_t)(behind_last(from, end) - from);
  chunk->broken = memcmp(copied + page, input->living + page, chunk->start - page) != 0;
  if (chunk->broken) {
    size_t good = (size_t)(first_gap(from, end) - from);
    memset(from + good, 0, size - good);
  } else {
    memcpy(from, buffer, size);
    trim(from, end, has_next ? end : from + begun);
  }
}

static bool has_next(const struct calltap__file *file, size_t i) {
  return i + 1 < file->chunks && file->chunk[i + 1].stream == file->chunk[i].stream;
}

/* Its stream had gone on to the next one before it was copied. */
static bool was_full(const struct calltap__file *file, size_t i) {
  const struct calltap__chunk *chunk = &file->chunk[i];
  return has_next(file, i) && chunk[1].mono_ns < file->input.copied_ns[page_of(chunk)];
}

bool calltap__snapshot_complete(struct calltap__file *file) {
  size_t most = 0;
  for (size_t i = 0; i < file->chunks; i++)
    most = file->chunk[i].end - file->chunk[i].start > most ? file->chunk[i].end - file->chunk[i].start : most;
  uint8_t *buffer = malloc(most + 1);
  for (size_t i = 0; buffer != NULL && i < file->chunks; i++) {
    struct calltap__chunk *chunk = &file->chunk[i];
    if (chunk->stream != 0 && !chunk->cut && !was_full(file, i))
      complete_one(file, chunk, has_next(file, i), buffer);
  }
  free(buffer);
  free(file->input.copied_ns);
  file->input.copied_ns = NULL;
  return buffer != NULL;
}

void calltap__snapshot_leave(struct calltap__file *file) {
  struct calltap__input *input = &file->input;
  if (input->snapshot != NULL)
    input->bytes = input->living;
}
