/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>

#include "internal.h"

static bool add(struct calltap__file *file, struct calltap__chunk chunk) {
  if (file->chunks == file->chunk_room) {
    size_t wanted = file->chunk_room == 0 ? 64 : file->chunk_room * 2;
    struct calltap__chunk *grown = realloc(file->chunk, wanted * sizeof *grown);
    if (grown == NULL)
      return false;
    file->chunk = grown;
    file->chunk_room = wanted;
  }
  file->chunk[file->chunks++] = chunk;
  return true;
}

static bool add_blank(struct calltap__file *file, size_t start, size_t end) {
  if (start >= end)
    return true;
  if (file->blanks == file->blank_room) {
    size_t wanted = file->blank_room == 0 ? 64 : file->blank_room * 2;
    struct calltap__blank *grown = realloc(file->blank, wanted * sizeof *grown);
    if (grown == NULL)
      return false;
    file->blank = grown;
    file->blank_room = wanted;
  }
  file->blank[file->blanks++] = (struct calltap__blank){start, end};
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
  chunk->turn = CALLTAP__NO_TURN;
  if (chunk->start > chunk->end)
    return false;
  calltap__clock_pair(&file->clock, pair);
  return true;
}

/* A stream's chunks follow each other by their ticks: a signal handler may have taken a chunk between another's
 * taking and its use. Those that were begun stay before those that were not. */
static int by_stream_then_ticks(const void *left, const void *right) {
  const struct calltap__chunk *a = left, *b = right;
  if (a->stream != b->stream)
    return a->stream < b->stream ? -1 : 1;
  if (a->turn != b->turn)
    return a->turn < b->turn ? -1 : 1;
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

static size_t data_from(const struct calltap__file *file, size_t offset) {
  return calltap__input_data(&file->input, offset);
}

/* Looks for chunks in a part of the file, and keeps as blank what is none. While the file grows, what is no chunk is not damage:
 * the page may be inside one that was stamped meanwhile. */
static bool scan(struct calltap__file *file, struct calltap__blank part) {
  size_t limit = part.end < file->input.size ? part.end : file->input.size;
  size_t at = part.start, from = part.start;
  bool lost_track = file->follows;
  while (at < limit && (at = data_from(file, at)) < limit) {
    struct calltap__chunk chunk;
    size_t record = at == 0 ? file->header_end : at;
    if (record >= file->input.size)
      break;
    if (parse(file, at, record, &chunk)) {
      if (!add(file, chunk) || !add_blank(file, from, at))
        return false;
      from = at = chunk.end;
      lost_track = file->follows;
      continue;
    }
    if (!lost_track && file->input.bytes[record] != 0) {
      not_a_chunk(file, record);
      lost_track = true;
    }
    at += CALLTAP_WIRE_PAGE;
  }
  return add_blank(file, from, part.end);
}

static void sort(struct calltap__file *file) {
  if (file->chunks > 1)
    qsort(file->chunk, file->chunks, sizeof *file->chunk, by_stream_then_ticks);
}

bool calltap__chunks_index(struct calltap__file *file) {
  file->chunks = file->blanks = 0;
  bool good = scan(file, (struct calltap__blank){0, SIZE_MAX});
  sort(file);
  return good;
}

bool calltap__chunks_refresh(struct calltap__file *file) {
  size_t blanks = file->blanks, chunks = file->chunks;
  struct calltap__blank *blank = file->blank;
  file->blank = NULL;
  file->blanks = file->blank_room = 0;
  bool good = true;
  for (size_t i = 0; i < blanks && good; i++)
    good = scan(file, blank[i]);
  free(blank);
  if (file->chunks > chunks)
    sort(file);
  return good;
}
