/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>

#include "internal.h"

static bool add(struct calltap__file *file, size_t *room, struct calltap__chunk chunk) {
  if (file->chunks == *room) {
    size_t wanted = *room == 0 ? 64 : *room * 2;
    struct calltap__chunk *grown = realloc(file->chunk, wanted * sizeof *grown);
    if (grown == NULL)
      return false;
    file->chunk = grown;
    *room = wanted;
  }
  file->chunk[file->chunks++] = chunk;
  return true;
}

/* Reads the chunk record at `offset` of a chunk that starts at `start`. */
static bool parse(struct calltap__file *file, size_t start, size_t offset, struct calltap__chunk *chunk) {
  const struct calltap__input *input = &file->input;
  struct calltap__bytes bytes = {input->bytes + offset, input->bytes + input->size};
  struct calltap__pair pair;
  uint64_t size;
  const uint8_t *after;
  if (!calltap__chunk_record(bytes, &size, &chunk->stream, &pair, &after))
    return false;
  if (size == 0 || size % CALLTAP_WIRE_PAGE != 0)
    return false;
  chunk->start = (size_t)(after - input->bytes);
  chunk->cut = size > input->size - start;
  chunk->end = chunk->cut ? input->size : start + (size_t)size;
  chunk->ticks = pair.ticks;
  if (chunk->start > chunk->end)
    return false;
  calltap__clock_pair(&file->clock, pair);
  return true;
}

/* A stream's chunks follow each other by their ticks: a signal handler may have taken a chunk between another's
 * taking and its use. */
static int by_stream_then_ticks(const void *left, const void *right) {
  const struct calltap__chunk *a = left, *b = right;
  if (a->stream != b->stream)
    return a->stream < b->stream ? -1 : 1;
  if (a->ticks != b->ticks)
    return a->ticks < b->ticks ? -1 : 1;
  return a->start < b->start ? -1 : a->start > b->start;
}

/* Whether the file ends inside the record at `offset`. Only its last page is worth a look. */
static bool ends_inside(const struct calltap__input *input, size_t offset) {
  if (input->size - offset >= CALLTAP_WIRE_PAGE)
    return false;
  struct calltap__bytes bytes = {input->bytes + offset, input->bytes + input->size};
  return calltap__skip(&bytes) == CALLTAP__SHORT;
}

/* Notes bytes that stand where a chunk should start. A byte string is the stamp of a chunk whose writer was killed over
 * it: the chunk is empty. The last bytes of a file may be a stamp that was cut. */
static void not_a_chunk(struct calltap__file *file, size_t offset) {
  struct calltap_trace_counts *counts = &file->indexed;
  if (file->input.bytes[offset] >> 5 == CALLTAP__MAJOR_BYTES) {
    counts->torn++;
    return;
  }
  if (ends_inside(&file->input, offset)) {
    counts->cut = true;
    counts->cut_offset = offset;
    return;
  }
  if (counts->damaged++ > 0)
    return;
  counts->damage = "no chunk starts where one should";
  counts->damage_offset = offset;
}

bool calltap__chunks_index(struct calltap__file *file, size_t offset) {
  size_t start = 0, room = 0;
  bool lost_track = false;
  while (offset < file->input.size) {
    struct calltap__chunk chunk;
    size_t next = start + CALLTAP_WIRE_PAGE;
    if (parse(file, start, offset, &chunk)) {
      if (!add(file, &room, chunk))
        return false;
      next = chunk.end;
      lost_track = false;
    } else if (!lost_track && file->input.bytes[offset] != 0) {
      not_a_chunk(file, offset);
      lost_track = true;
    }
    if (next >= file->input.size)
      break;
    start = offset = calltap__input_data(&file->input, next);
  }
  if (file->chunks > 1)
    qsort(file->chunk, file->chunks, sizeof *file->chunk, by_stream_then_ticks);
  return true;
}
