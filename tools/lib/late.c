/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Events that were held back and written when it was known that they are wanted: older than events before them in their
 * stream, by any distance. They are found in a first pass and sorted; stream.c then puts them where they belong. Most
 * streams have none and are read once only: the writer puts a clock record before them, and a clock that does not go
 * forward is quickly looked for. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A clock record up to its ticks, and the letter of it that is sought. */
static const char clock_head[] = "\x82\x65" CALLTAP_WIRE_CLOCK;
enum { HEAD = sizeof clock_head - 1, SOUGHT = 'k' };

/* Finds the next clock record, or what looks like one, and gives the byte behind its head. */
static const uint8_t *find_clock(const uint8_t *at, const uint8_t *end) {
  while (at < end && (at = memchr(at, SOUGHT, (size_t)(end - at))) != NULL) {
    at++;
    if (memcmp(at - HEAD, clock_head, HEAD) == 0)
      return at;
  }
  return NULL;
}

/* Whether a clock record of the chunk leaves the upper half of the ticks as it is, or sets it back. The chunk record before the
 * first byte is longer than the head that is compared. */
static bool goes_back(const struct calltap__file *file, const struct calltap__chunk *chunk) {
  const uint8_t *at = file->input.bytes + chunk->start, *end = file->input.bytes + chunk->end;
  uint64_t upper = chunk->ticks >> 32;
  while ((at = find_clock(at, end)) != NULL) {
    struct calltap__bytes bytes = {at, end};
    struct calltap__list one = {1};
    uint64_t ticks;
    if (!calltap__take_uint(&bytes, &one, &ticks))
      continue;
    if (ticks >> 32 <= upper)
      return true;
    upper = ticks >> 32;
  }
  return false;
}

static bool may_have_late(const struct calltap__stream *stream) {
  for (size_t i = stream->first_chunk; i < stream->last_chunk; i++) {
    const struct calltap__chunk *chunk = &stream->file->chunk[i];
    bool found = goes_back(stream->file, chunk);
    calltap__input_release(&stream->file->input, chunk->start, chunk->end);
    if (found)
      return true;
  }
  return false;
}

/* Those of one time stay in the order of the file. */
static int by_ticks(const void *left, const void *right) {
  const struct calltap__late_event *a = left, *b = right;
  if (a->ticks != b->ticks)
    return a->ticks < b->ticks ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

bool calltap__late_add(struct calltap__late *late, struct calltap__late_event event) {
  if (late->count == late->room) {
    size_t room = late->room == 0 ? 64 : late->room * 2;
    struct calltap__late_event *grown = realloc(late->event, room * sizeof *grown);
    if (grown == NULL)
      return false;
    late->event = grown;
    late->room = room;
  }
  late->event[late->count++] = event;
  return true;
}

void calltap__late_prepare(struct calltap__stream *stream) {
  struct calltap__late *late = &stream->late;
  if (late->looked)
    return;
  late->looked = true;
  if (!may_have_late(stream))
    return;
  if (!calltap__stream_find_late(stream))
    calltap__late_free(late);
  if (late->count > 1)
    qsort(late->event, late->count, sizeof *late->event, by_ticks);
}

void calltap__late_free(struct calltap__late *late) {
  free(late->event);
  late->event = NULL;
  late->count = late->room = 0;
}
