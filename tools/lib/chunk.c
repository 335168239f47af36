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

static size_t record_of(const struct calltap__file *file, size_t start) {
  return start == 0 ? file->header_end : start;
}

bool calltap__chunk_at(const struct calltap__file *file, size_t start, struct calltap__chunk *chunk,
                       struct calltap__chunk_head *head) {
  const struct calltap__input *input = &file->input;
  size_t offset = record_of(file, start);
  struct calltap__chunk_head found;
  const uint8_t *after;
  if (offset >= input->size ||
      !calltap__chunk_record((struct calltap__bytes){input->bytes + offset, input->bytes + input->size}, &found,
                             &after))
    return false;
  if (found.size == 0 || found.size % CALLTAP_WIRE_PAGE != 0)
    return false;
  chunk->stream = found.stream;
  chunk->start = (size_t)(after - input->bytes);
  chunk->cut = found.size > input->size - start;
  chunk->end = chunk->cut ? input->size : start + (size_t)found.size;
  chunk->ticks = found.pair.ticks;
  chunk->mono_ns = found.pair.mono_ns;
  chunk->ordinal = found.ordinal;
  chunk->broken = false;
  chunk->turn = CALLTAP__NO_TURN;
  if (head != NULL)
    *head = found;
  return chunk->start <= chunk->end;
}

/* Reads a chunk and keeps what its record says of all. */
static bool parse(struct calltap__file *file, size_t start, struct calltap__chunk *chunk) {
  struct calltap__chunk_head head;
  if (!calltap__chunk_at(file, start, chunk, &head))
    return false;
  calltap__clock_pair(&file->clock, head.pair);
  if (head.overwritten > file->overwritten.events)
    file->overwritten = (struct calltap__overwritten){head.overwritten, head.overwritten_to};
  return true;
}

/* A byte string of whole pages, which only a ring has at the start of a chunk. */
size_t calltap__chunk_covered(const struct calltap__file *file, size_t start) {
  enum { HEAD = 5 };
  const struct calltap__input *input = &file->input;
  const uint8_t *at = input->bytes + start;
  if (file->open.ring == 0 || input->size - start < HEAD || *at != (CALLTAP__MAJOR_BYTES << 5 | 26))
    return 0;
  uint32_t length = (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];
  size_t whole = (size_t)length + HEAD;
  return whole % CALLTAP_WIRE_PAGE == 0 && whole <= input->size - start ? whole : 0;
}

/* The chunks of threads in a ring that is written are not followed: they are overwritten while they are read. */
static bool is_followed(const struct calltap__file *file, const struct calltap__chunk *chunk) {
  return !file->follows || file->open.ring == 0 || chunk->stream == 0;
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

/* Whether the stamp there was being written when the session ended, and is there now. */
static bool is_just_finished(struct calltap__file *file, size_t record) {
  const uint8_t *at = file->input.bytes + record;
  return *at >> 5 == CALLTAP__MAJOR_BYTES && file->awaits_ns > 0 && calltap__await(file, at);
}

/* Looks for chunks in a part of the file, and keeps as blank what is none. While the file grows, what is no chunk is not damage:
 * the page may be inside one that was stamped meanwhile. */
static bool scan(struct calltap__file *file, struct calltap__blank part) {
  size_t limit = part.end < file->input.size ? part.end : file->input.size;
  size_t at = part.start, from = part.start;
  bool lost_track = file->follows;
  while (at < limit && (at = calltap__input_data(&file->input, at)) < limit) {
    struct calltap__chunk chunk;
    size_t record = record_of(file, at), covered = calltap__chunk_covered(file, at);
    if (record >= file->input.size)
      break;
    if (parse(file, at, &chunk) || covered != 0) {
      bool is_wanted = covered == 0 && is_followed(file, &chunk);
      if ((is_wanted && !add(file, chunk)) || !add_blank(file, from, at))
        return false;
      from = covered != 0 ? at + covered : chunk.end;
      calltap__input_release(&file->input, at, from);
      at = from;
      lost_track = file->follows;
      continue;
    }
    if (!lost_track && is_just_finished(file, record))
      continue;
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
