/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Records of events are copied as they stand. Between them go `place` records where calls were left out: how many there were, and which
 * are open. What a reader of the cut trace knows of a thread is followed here, so that these records are only written where it would be
 * wrong. Every stream has a chunk in memory that grows until it is large enough to be written. */
#include "cut.h"

#include <cbor.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cut_declared.h"
#include "internal.h"
#include "text.h"

enum {
  CHUNK = 4 * CALLTAP_WIRE_PAGE, /* as large as a chunk gets, but for one record that is larger */
  PLACE_FRAMES = 256,            /* of one record */
};

/* What becomes of one stream. */
struct lane {
  struct calltap__builder chunk; /* empty: none is begun */
  uint64_t upper;                /* of the ticks, as a reader has it here */
  struct calltap_text name;      /* of its thread, as it was written last */
  uint64_t tid;
  bool has_thread;
  struct calltap_items tag; /* as it was written last */
  uint64_t *open;           /* numbers of the calls that a reader takes to be open */
  size_t depth;
  size_t room;
  uint64_t calls; /* as a reader has counted; of the first stream of a thread */
};

struct calltap__cut {
  const struct calltap_reader *reader;
  const struct calltap_trace_file *open;
  struct calltap__file *file;
  struct calltap__out *out;
  struct calltap__cut_options options;
  struct lane *lane; /* by the thread's index in the reader */
  size_t lanes;
  struct calltap__declared declared;
  struct calltap__builder record; /* the one that is being made */
};

/* --- records --- */

static void add_head(struct calltap__builder *to, size_t (*encode)(uint64_t, unsigned char *, size_t),
                     uint64_t number) {
  unsigned char head[9];
  size_t size = encode(number, head, sizeof head);
  calltap__build_bytes(to, (const char *)head, size);
}

static size_t encode_bytes(uint64_t size, unsigned char *to, size_t room) {
  return cbor_encode_bytestring_start((size_t)size, to, room);
}

static size_t encode_array(uint64_t count, unsigned char *to, size_t size) {
  return cbor_encode_array_start((size_t)count, to, size);
}

static size_t encode_text(uint64_t bytes, unsigned char *to, size_t size) {
  return cbor_encode_string_start((size_t)bytes, to, size);
}

static void add_array(struct calltap__builder *to, uint64_t count) { add_head(to, encode_array, count); }

static void add_uint(struct calltap__builder *to, uint64_t number) { add_head(to, cbor_encode_uint, number); }

static void add_text(struct calltap__builder *to, struct calltap_text text) {
  add_head(to, encode_text, text.size);
  calltap__build_bytes(to, text.bytes, text.size);
}

/* The head of a record of so many elements, its kind among them. */
static struct calltap__builder *start_record(struct calltap__cut *cut, uint64_t elements, const char *kind) {
  cut->record.size = 0;
  add_array(&cut->record, elements);
  add_text(&cut->record, calltap__text(kind));
  return &cut->record;
}

/* --- chunks --- */

/* The other clock at some ticks. It is never before the first or behind the last pair of the file, which a reader takes the rate from. */
static uint64_t mono_at(const struct calltap__clock *clock, uint64_t ticks) {
  if (ticks <= clock->first.ticks || clock->last.ticks <= clock->first.ticks)
    return clock->first.mono_ns;
  if (ticks >= clock->last.ticks)
    return clock->last.mono_ns;
  unsigned __int128 span = clock->last.mono_ns - clock->first.mono_ns;
  return clock->first.mono_ns +
         (uint64_t)(span * (ticks - clock->first.ticks) / (clock->last.ticks - clock->first.ticks));
}

/* The size is filled in when the chunk is written: it has four bytes, in front of the stream. */
static void begin_chunk(struct lane *lane, uint64_t stream, struct calltap__pair pair) {
  struct calltap__builder *chunk = &lane->chunk;
  unsigned char size[5];
  add_array(chunk, 5);
  add_text(chunk, calltap__text(CALLTAP_WIRE_CHUNK));
  calltap__build_bytes(chunk, (const char *)size, cbor_encode_uint32(0, size, sizeof size));
  add_uint(chunk, stream);
  add_uint(chunk, pair.ticks);
  add_uint(chunk, pair.mono_ns);
  lane->upper = pair.ticks >> 32;
}

enum { SIZE_PLACE = 1 + 6 }; /* in the chunk record: behind the head of the array and "chunk" */

static void flush(struct calltap__cut *cut, struct lane *lane, size_t record) {
  static const char zeros[CALLTAP_WIRE_PAGE];
  struct calltap__builder *chunk = &lane->chunk;
  size_t pages = (chunk->size + CALLTAP_WIRE_PAGE - 1) / CALLTAP_WIRE_PAGE, size = pages * CALLTAP_WIRE_PAGE;
  if (chunk->failed) {
    cut->out->error = ENOMEM;
  } else if (chunk->size > 0) {
    cbor_encode_uint32((uint32_t)size, (unsigned char *)chunk->bytes + record + SIZE_PLACE, 5);
    calltap__out(cut->out, chunk->bytes, chunk->size);
    calltap__out(cut->out, zeros, size - chunk->size);
  }
  chunk->size = 0;
}

/* Adds a record at those ticks to the chunk of a stream. */
static void put(struct calltap__cut *cut, struct lane *lane, uint64_t stream, uint64_t ticks, const void *bytes,
                size_t size) {
  if (lane->chunk.size > 0 && lane->chunk.size + size > CHUNK)
    flush(cut, lane, 0);
  if (lane->chunk.size == 0)
    begin_chunk(lane, stream, (struct calltap__pair){ticks, mono_at(&cut->file->clock, ticks)});
  calltap__build_bytes(&lane->chunk, bytes, size);
}

static void put_record(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane) {
  if (cut->record.failed)
    cut->out->error = ENOMEM;
  put(cut, lane, stream->thread.stream, stream->ticks, cut->record.bytes, cut->record.size);
}

/* --- what stands before an event --- */

static bool same_bytes(const void *a, size_t a_size, const void *b, size_t b_size) {
  return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static void put_thread(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane) {
  const struct calltap_trace_thread *thread = &stream->thread;
  bool same = lane->has_thread && lane->tid == thread->tid &&
              same_bytes(lane->name.bytes, lane->name.size, thread->name.bytes, thread->name.size);
  if (same || thread->stream == 0)
    return;
  struct calltap__builder *record = start_record(cut, 4, CALLTAP_WIRE_THREAD);
  add_uint(record, thread->stream);
  add_uint(record, thread->tid);
  add_text(record, thread->name);
  put_record(cut, stream, lane);
  lane->has_thread = true;
  lane->tid = thread->tid;
  lane->name = thread->name;
}

static void put_tag(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane) {
  struct calltap_items tag = stream->event.tag, last = lane->tag;
  static const unsigned char null = 0xf6;
  if (cut->options.no_values || same_bytes(tag.at, (size_t)(tag.end - tag.at), last.at, (size_t)(last.end - last.at)))
    return;
  struct calltap__builder *record = start_record(cut, 2, CALLTAP_WIRE_EVENT_TAG);
  if (tag.at != NULL)
    calltap__build_bytes(record, (const char *)tag.at, (size_t)(tag.end - tag.at));
  else
    calltap__build_bytes(record, (const char *)&null, 1);
  put_record(cut, stream, lane);
  lane->tag = tag;
}

static void put_clock(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane) {
  if (lane->chunk.size == 0 || lane->upper == stream->ticks >> 32)
    return; /* a chunk begins with the clock of its first record */
  add_uint(start_record(cut, 2, CALLTAP_WIRE_CLOCK), stream->ticks);
  put_record(cut, stream, lane);
  lane->upper = stream->ticks >> 32;
}

/* --- where a thread stands --- */

static bool make_room(struct lane *lane, size_t depth) {
  if (depth <= lane->room)
    return true;
  size_t room = depth + depth / 2 + 16;
  uint64_t *grown = realloc(lane->open, room * sizeof *grown);
  if (grown == NULL)
    return false;
  lane->open = grown;
  lane->room = room;
  return true;
}

/* `keep` of the calls that a reader takes to be open are, and those behind them of `depth` frames. */
static void put_places(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane,
                       uint64_t calls, size_t keep, size_t depth) {
  const struct calltap__frame *frame = stream->stack.frame;
  do {
    size_t more = depth - keep < PLACE_FRAMES ? depth - keep : PLACE_FRAMES;
    struct calltap__builder *record = start_record(cut, 4, CALLTAP_WIRE_PLACE);
    add_uint(record, calls);
    add_uint(record, keep);
    add_array(record, more);
    for (size_t end = keep + more; keep < end; keep++) {
      add_array(record, 3);
      add_uint(record, frame[keep].number);
      add_uint(record, frame[keep].call);
      add_uint(record, frame[keep].ticks);
      lane->open[keep] = frame[keep].call;
    }
    put_record(cut, stream, lane);
  } while (keep < depth);
  lane->depth = depth;
}

/* Brings a reader to where the thread stood before the event: `calls` so far, `depth` of them open. */
static void put_place(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane,
                      struct lane *first, uint64_t calls, size_t depth) {
  const struct calltap__frame *frame = stream->stack.frame;
  size_t keep = depth < lane->depth ? depth : lane->depth;
  if (!make_room(lane, depth + 1)) {
    cut->out->error = ENOMEM;
    return;
  }
  /* A call has its number for itself: with the innermost all others are the same. */
  bool same = depth == lane->depth && (depth == 0 || lane->open[depth - 1] == frame[depth - 1].call);
  while (!same && keep > 0 && lane->open[keep - 1] != frame[keep - 1].call)
    keep--;
  if (!same || first->calls != calls)
    put_places(cut, stream, lane, calls, same ? depth : keep, depth);
  first->calls = calls;
}

/* --- events --- */

/* The elements of an event behind its time: values, or the way in which a call ended. Returns how many. */
static uint64_t copy_elements(struct calltap__builder *to, struct calltap__bytes bytes, struct calltap__list list) {
  uint64_t copied = 0;
  while (calltap__more(&bytes, &list)) {
    struct calltap__bytes head = bytes;
    struct calltap__item item = {0};
    if (calltap__item(&head, &item) != CALLTAP__GOOD || item.type == CALLTAP__MAP)
      break;
    const uint8_t *start = bytes.at;
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      break;
    calltap__build_bytes(to, (const char *)start, (size_t)(bytes.at - start));
    copied++;
  }
  return copied;
}

/* Takes the values away unless they are kept, and of what stands beside them all that may hold values; and what is said of other calls:
 * those above that stay open, a `place` tells, and those that are gone have records. */
static void make_bare(struct calltap__cut *cut, struct calltap__bytes bytes, const struct calltap_trace_extra *extra,
                      bool keeps_values) {
  struct calltap__builder *record = &cut->record;
  struct calltap__list list;
  uint64_t id = 0, time = 0;
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list) || !calltap__take_uint(&bytes, &list, &id) ||
      !calltap__take_uint(&bytes, &list, &time))
    return;
  bool has_stack = extra != NULL && extra->stack.at != NULL, has_caller = extra != NULL && extra->has_caller;
  bool has_usage = extra != NULL && extra->has_usage;
  bool is_unknown = extra != NULL && extra->call_unknown, has_exception = extra != NULL && extra->exception.size > 0;
  unsigned keys = (unsigned)has_caller + has_stack + has_usage + is_unknown + has_exception;
  unsigned char word[5];
  bool copies = keeps_values || id % 4 == CALLTAP_WIRE_OTHER_EXIT;
  record->size = 0;
  uint64_t copied = copies ? copy_elements(record, bytes, list) : 0;
  record->size = 0;
  add_array(record, 2 + copied + (keys > 0));
  add_uint(record, id);
  calltap__build_bytes(record, (const char *)word, cbor_encode_uint32((uint32_t)time, word, sizeof word));
  if (copies)
    (void)copy_elements(record, bytes, list);
  if (keys > 0)
    calltap__build_bytes(record, (const char *)word, cbor_encode_map_start(keys, word, sizeof word));
  if (has_caller) {
    add_uint(record, CALLTAP_WIRE_EXTRA_CALLER);
    add_uint(record, extra->caller);
  }
  if (has_stack) {
    struct calltap_items left = extra->stack;
    uint64_t frames = 0, address;
    while (calltap_trace_take_address(&left, &address))
      frames++;
    add_uint(record, CALLTAP_WIRE_EXTRA_STACK);
    add_array(record, frames);
    for (left = extra->stack; calltap_trace_take_address(&left, &address);)
      add_uint(record, address);
  }
  if (is_unknown) {
    add_uint(record, CALLTAP_WIRE_EXTRA_ABOVE);
    calltap__build_bytes(record, "\xf6", 1);
  }
  if (has_exception) {
    add_uint(record, CALLTAP_WIRE_EXTRA_EXCEPTION);
    add_head(record, encode_bytes, extra->exception.size);
    calltap__build_bytes(record, extra->exception.bytes, extra->exception.size);
  }
  if (has_usage) {
    const struct calltap_trace_usage *usage = &extra->usage;
    add_uint(record, CALLTAP_WIRE_EXTRA_USAGE);
    add_array(record, 5);
    add_uint(record, usage->cpu_ns);
    add_uint(record, usage->minor_faults);
    add_uint(record, usage->major_faults);
    add_uint(record, usage->voluntary_switches);
    add_uint(record, usage->involuntary_switches);
  }
}

static bool has_stacks(const struct calltap_trace_extra *extra) {
  return extra != NULL && (extra->above > 0 || extra->gone > 0);
}

static void put_event(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane,
                      const struct calltap_event *event) {
  bool is_function = event->kind <= CALLTAP_EVENT_EXIT;
  put_clock(cut, stream, lane);
  bool is_skipped = event->kind == CALLTAP_EVENT_EXIT && event->exit == CALLTAP_EXIT_SKIPPED;
  if (is_skipped || event != &stream->event) { /* of what one record said of several calls, the others are skipped */
    add_uint(start_record(cut, 2, CALLTAP_WIRE_SKIPPED), stream->ticks);
    put_record(cut, stream, lane);
  } else if (is_function && (cut->options.no_values || has_stacks(event->extra))) {
    make_bare(cut, (struct calltap__bytes){stream->from, stream->at}, event->extra, !cut->options.no_values);
    put_record(cut, stream, lane);
  } else if (event->kind == CALLTAP_EVENT_LOST && stream->from == stream->at) { /* there is no record of it */
    struct calltap__builder *record = start_record(cut, 5, CALLTAP_WIRE_LOST);
    add_text(record, event->cause);
    add_uint(record, event->count);
    add_uint(record, stream->ticks);
    add_uint(record, cut->file->overwritten.to);
    put_record(cut, stream, lane);
  } else {
    put(cut, lane, stream->thread.stream, stream->ticks, stream->from, (size_t)(stream->at - stream->from));
  }
}

/* Whether a reader of the cut trace expects an exit, as it will count the call as open then. */
static bool expects_exit(const struct calltap__cut *cut, const struct calltap_event *event) {
  return event->function->index != 0 &&
         (event->function->asked || calltap__declared_exits(&cut->declared, event->number));
}

static void put_call(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane,
                     const struct calltap_event *event) {
  const struct calltap__stack *stack = &stream->stack;
  bool is_open = stack->count > 0 && stack->frame[stack->count - 1].call == event->call;
  struct lane *first = &cut->lane[stream->first->thread.index];
  size_t depth = stack->count - is_open;
  put_place(cut, stream, lane, first, event->call - 1, depth);
  put_event(cut, stream, lane, event);
  first->calls = event->call;
  if (expects_exit(cut, event) && cut->out->error == 0)
    lane->open[lane->depth++] = event->call;
}

static void put_exit(struct calltap__cut *cut, const struct calltap__stream *stream, struct lane *lane,
                     const struct calltap_event *event) {
  struct lane *first = &cut->lane[stream->first->thread.index];
  /* The call that it took off the stack is still there. */
  size_t depth = stream->stack.count + event->paired;
  put_place(cut, stream, lane, first, first->calls, depth);
  put_event(cut, stream, lane, event);
  if (event->paired && lane->depth > 0)
    lane->depth--;
  if (event->exit != CALLTAP_EXIT_SKIPPED)
    calltap__declared_exit(&cut->declared, event->number);
}

void calltap__cut_event(struct calltap__cut *cut, const struct calltap_event *event) {
  const struct calltap__stream *stream = calltap__reader_stream(cut->reader, event->thread->index);
  struct lane *lane = &cut->lane[event->thread->index];
  if (cut->options.no_values && event->kind == CALLTAP_EVENT_MARK)
    return;
  put_thread(cut, stream, lane);
  if (stream->thread.stream != 0)
    put_tag(cut, stream, lane);
  if (event->kind <= CALLTAP_EVENT_EXIT && !calltap__declared_want(&cut->declared, event->number))
    cut->out->error = ENOMEM;
  if (event->kind == CALLTAP_EVENT_CALL)
    put_call(cut, stream, lane, event);
  else if (event->kind == CALLTAP_EVENT_EXIT)
    put_exit(cut, stream, lane, event);
  else
    put_event(cut, stream, lane, event);
}

/* --- begin and end --- */

/* The header and the first chunk, which is the session's, with the first pair of times. */
static void put_header(struct calltap__cut *cut) {
  struct lane lane = {0};
  calltap__declared_header(&lane.chunk, cut->file, cut->options.no_host);
  size_t record = lane.chunk.size;
  begin_chunk(&lane, 0, cut->file->clock.first);
  flush(cut, &lane, record);
  calltap__builder_free(&lane.chunk);
}

struct calltap__cut *calltap__cut_new(const struct calltap_reader *reader, size_t file, struct calltap__out *out,
                                      struct calltap__cut_options options) {
  struct calltap__cut *cut = calloc(1, sizeof *cut);
  if (cut == NULL)
    return NULL;
  cut->reader = reader;
  cut->open = calltap_reader_file(reader, file);
  cut->file = (struct calltap__file *)(uintptr_t)cut->open; /* the public part is first in it */
  cut->out = out;
  cut->options = options;
  cut->lanes = calltap_reader_threads(reader);
  cut->lane = calloc(cut->lanes + 1, sizeof *cut->lane);
  if (cut->lane == NULL) {
    calltap__cut_free(cut);
    return NULL;
  }
  put_header(cut);
  return cut;
}

static void put_declared(void *context, bool is_last, const void *bytes, size_t size) {
  struct calltap__cut *cut = context;
  struct lane *lane = &cut->lane[cut->lanes];
  const struct calltap__clock *clock = &cut->file->clock;
  /* The last pair of times comes with the last record. */
  if (is_last)
    flush(cut, lane, 0);
  put(cut, lane, 0, is_last ? clock->last.ticks : clock->first.ticks, bytes, size);
}

void calltap__cut_end(struct calltap__cut *cut, bool tables) {
  for (size_t i = 0; i < cut->lanes; i++)
    flush(cut, &cut->lane[i], 0);
  struct calltap__declared_options options = {.no_values = cut->options.no_values,
                                              .tables = tables && !cut->options.no_values};
  if (!calltap__declared_write(&cut->declared, cut->file, options, put_declared, cut))
    cut->out->error = ENOMEM;
  struct lane *lane = &cut->lane[cut->lanes];
  /* Without an end of the session there is still the last pair. */
  if (!cut->open->ended) {
    flush(cut, lane, 0);
    begin_chunk(lane, 0, cut->file->clock.last);
  }
  flush(cut, lane, 0);
}

void calltap__cut_free(struct calltap__cut *cut) {
  if (cut == NULL)
    return;
  for (size_t i = 0; cut->lane != NULL && i <= cut->lanes; i++) {
    calltap__builder_free(&cut->lane[i].chunk);
    free(cut->lane[i].open);
  }
  calltap__declared_free(&cut->declared);
  calltap__builder_free(&cut->record);
  free(cut->lane);
  free(cut);
}
