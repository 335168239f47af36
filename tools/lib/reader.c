/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct calltap_reader {
  struct calltap__file **file;
  size_t files;
  const struct calltap_trace_function **function; /* by index; the first is the unknown one */
  size_t functions;                               /* with the unknown one */
  size_t threads;
  struct calltap__merge merge;
  bool started;
  struct calltap__stream *current; /* whose record is the last event; to be moved on first */
  struct calltap_event skipped;    /* stands for an exit that has no record */
};

/* --- opening --- */

static enum calltap_reader_code no_memory(struct calltap_reader_error *error) {
  *error = (struct calltap_reader_error){.code = CALLTAP_READER_MEMORY};
  snprintf(error->text, sizeof error->text, "needs more memory than there is");
  return error->code;
}

struct calltap_reader *calltap_reader_new(void) {
  struct calltap_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL)
    return NULL;
  reader->function = malloc(sizeof(void *));
  if (reader->function == NULL) {
    free(reader);
    return NULL;
  }
  reader->function[0] = &calltap__unknown_function;
  reader->functions = 1;
  return reader;
}

static size_t count_streams(const struct calltap__file *file) {
  size_t count = 0;
  for (size_t i = 0; i < file->chunks; i++) {
    if (i == 0 || file->chunk[i].stream != file->chunk[i - 1].stream)
      count++;
  }
  return count;
}

/* The chunks are sorted, so a stream is a run of them. */
static bool make_streams(struct calltap__file *file, size_t first_thread) {
  file->stream = calloc(count_streams(file) + 1, sizeof *file->stream);
  if (file->stream == NULL)
    return false;
  for (size_t i = 0; i < file->chunks; i++) {
    uint64_t number = file->chunk[i].stream;
    if (i == 0 || number != file->chunk[i - 1].stream) {
      struct calltap__stream *stream = &file->stream[file->streams];
      stream->file = file;
      stream->first_chunk = i;
      stream->thread.index = (uint32_t)(first_thread + file->streams);
      stream->thread.stream = number;
      stream->event.file = &file->open;
      stream->event.thread = &stream->thread;
      stream->event.value = stream->value;
      stream->event.item = stream->item;
      file->streams++;
    }
    file->stream[file->streams - 1].last_chunk = i + 1;
  }
  return true;
}

static size_t count_functions(const struct calltap__file *file) {
  size_t count = 0;
  for (size_t i = 0; i < file->functions.room; i++)
    count += file->functions.at[i] != NULL;
  return count;
}

static bool list_functions(struct calltap_reader *reader, struct calltap__file *file) {
  size_t wanted = reader->functions + count_functions(file);
  const struct calltap_trace_function **grown = realloc(reader->function, wanted * sizeof(void *));
  if (grown == NULL)
    return false;
  reader->function = grown;
  size_t next = reader->functions;
  for (size_t i = 0; i < file->functions.room; i++) {
    struct calltap_trace_function *function = file->functions.at[i];
    if (function == NULL)
      continue;
    function->index = (uint32_t)next;
    reader->function[next++] = function;
  }
  return true;
}

/* Makes room for everything that adding the file needs, so that the adding itself cannot fail. */
static bool reserve(struct calltap_reader *reader, struct calltap__file *file) {
  struct calltap__file **files = realloc(reader->file, (reader->files + 1) * sizeof(void *));
  if (files == NULL)
    return false;
  reader->file = files;
  return calltap__merge_reserve(&reader->merge, reader->threads + file->streams) && list_functions(reader, file);
}

static enum calltap_reader_code read_file(struct calltap_reader *reader, struct calltap__file *file,
                                          struct calltap_reader_error *error) {
  size_t offset;
  if (calltap__header(file, &offset, error) != CALLTAP_READER_OK)
    return error->code;
  if (!calltap__chunks_index(file, offset) || !calltap__declarations(file) || !make_streams(file, reader->threads) ||
      !reserve(reader, file)) {
    return no_memory(error);
  }
  file->open.clock_guessed = !calltap__clock_settle(&file->clock);
  file->open.counts = file->indexed;
  return CALLTAP_READER_OK;
}

static void free_stream(struct calltap__stream *stream) {
  calltap__stack_free(&stream->stack);
  calltap__late_free(&stream->late);
}

static void free_file(struct calltap__file *file) {
  for (size_t i = 0; i < file->streams; i++)
    free_stream(&file->stream[i]);
  calltap__declarations_free(file);
  free(file->stream);
  free(file->chunk);
  free(file->path);
  calltap__input_close(&file->input);
  free(file);
}

/* Takes the input over, whatever happens. */
static enum calltap_reader_code add_file(struct calltap_reader *reader, const char *name, struct calltap__input input,
                                         struct calltap_reader_error *error) {
  struct calltap__file *file = calloc(1, sizeof *file);
  if (file == NULL) {
    calltap__input_close(&input);
    return no_memory(error);
  }
  file->input = input;
  file->path = strdup(name);
  file->open.path = file->path;
  enum calltap_reader_code code = file->path == NULL ? no_memory(error) : read_file(reader, file, error);
  if (code != CALLTAP_READER_OK) {
    free_file(file);
    return code;
  }
  reader->file[reader->files++] = file;
  reader->functions += count_functions(file);
  reader->threads += file->streams;
  return CALLTAP_READER_OK;
}

enum calltap_reader_code calltap_reader_open(struct calltap_reader *reader, const char *path,
                                             struct calltap_reader_error *error) {
  struct calltap__input input;
  *error = (struct calltap_reader_error){0};
  enum calltap_reader_code code = calltap__input_open(&input, path, error);
  return code == CALLTAP_READER_OK ? add_file(reader, path, input, error) : code;
}

enum calltap_reader_code calltap_reader_open_memory(struct calltap_reader *reader, const char *name, const void *bytes,
                                                    size_t size, struct calltap_reader_error *error) {
  *error = (struct calltap_reader_error){0};
  if (size == 0) {
    error->code = CALLTAP_READER_EMPTY;
    snprintf(error->text, sizeof error->text, "is empty");
    return error->code;
  }
  return add_file(reader, name, (struct calltap__input){bytes, size, -1}, error);
}

void calltap_reader_close(struct calltap_reader *reader) {
  if (reader == NULL)
    return;
  for (size_t i = 0; i < reader->files; i++)
    free_file(reader->file[i]);
  free(reader->file);
  free(reader->function);
  free(reader->merge.heap);
  free(reader);
}

/* --- events --- */

static int by_tid(const void *left, const void *right) {
  const struct calltap__stream *a = *(struct calltap__stream *const *)left,
                               *b = *(struct calltap__stream *const *)right;
  if (a->thread.tid != b->thread.tid)
    return a->thread.tid < b->thread.tid ? -1 : 1;
  return a->thread.index < b->thread.index ? -1 : 1;
}

/* Lets streams of one thread number their calls together. To be called when each has read its thread record. Without
 * memory they number them apart. */
static void share_numbers(struct calltap__file *file) {
  struct calltap__stream **sorted = malloc((file->streams + 1) * sizeof(void *));
  if (sorted == NULL)
    return;
  for (size_t i = 0; i < file->streams; i++)
    sorted[i] = &file->stream[i];
  qsort(sorted, file->streams, sizeof(void *), by_tid);
  for (size_t i = 1; i < file->streams; i++) {
    bool same = sorted[i]->thread.tid == sorted[i - 1]->thread.tid && sorted[i]->thread.tid != 0;
    if (same)
      sorted[i]->first = sorted[i - 1]->first;
  }
  free(sorted);
}

static void start_file(struct calltap_reader *reader, struct calltap__file *file) {
  file->open.counts = file->indexed;
  for (size_t i = 0; i < file->functions.room; i++) {
    struct calltap_trace_function *function = file->functions.at[i];
    if (function != NULL)
      function->exits = function->asked;
  }
  for (size_t i = 0; i < file->streams; i++) {
    struct calltap__stream *stream = &file->stream[i];
    calltap__late_prepare(stream);
    calltap__stream_start(stream);
    if (calltap__stream_advance(stream))
      calltap__merge_add(&reader->merge, stream);
  }
  share_numbers(file);
}

void calltap_reader_rewind(struct calltap_reader *reader) {
  reader->started = false;
  reader->current = NULL;
  reader->merge.count = 0;
}

static void start(struct calltap_reader *reader) {
  calltap_reader_rewind(reader);
  reader->started = true;
  for (size_t i = 0; i < reader->files; i++)
    start_file(reader, reader->file[i]);
}

/* The function of the record, NULL if its number was never declared. */
static struct calltap_trace_function *declared(const struct calltap__stream *stream, uint32_t number) {
  return calltap__function(stream->file, number);
}

static void set_function(struct calltap_event *event, const struct calltap__stream *stream) {
  const struct calltap_trace_function *function = declared(stream, event->number);
  event->function = function != NULL ? function : &calltap__unknown_function;
}

static void complete_call(struct calltap_event *event, struct calltap__stream *stream) {
  stream->file->open.counts.calls++;
  event->kind = CALLTAP_EVENT_CALL;
  event->call = ++stream->first->calls;
  event->depth = stream->stack.count + 1;
  set_function(event, stream);
  if (!event->function->exits)
    return;
  struct calltap__frame frame = {event->number, event->call, event->t_ns};
  event->depth = calltap__stack_push(&stream->stack, frame);
}

/* Takes the innermost open call off the stack: `event` is its exit. */
static void pair(struct calltap_event *event, struct calltap__stack *stack) {
  event->depth = stack->count;
  const struct calltap__frame *frame = &stack->frame[--stack->count];
  int64_t elapsed = calltap__subtract(event->t_ns, frame->t_ns);
  event->paired = true;
  event->call = frame->call;
  event->elapsed_ns = elapsed > 0 ? (uint64_t)elapsed : 0;
}

static void complete_exit(struct calltap_event *event, struct calltap__stream *stream) {
  static const uint8_t exits[] = {
      [CALLTAP__RECORD_RETURN] = CALLTAP_EXIT_RETURN,
      [CALLTAP__RECORD_TAIL] = CALLTAP_EXIT_TAIL,
      [CALLTAP__RECORD_OTHER_EXIT] = CALLTAP_EXIT_OTHER,
  };
  struct calltap__stack *stack = &stream->stack;
  stream->file->open.counts.exits++;
  event->kind = CALLTAP_EVENT_EXIT;
  event->exit = exits[stream->record];
  set_function(event, stream);
  if (stack->count > 0 && stack->frame[stack->count - 1].number == event->number) {
    pair(event, stack);
    return;
  }
  event->paired = false;
  event->call = 0;
  event->depth = 0;
  event->elapsed_ns = 0;
}

static void complete_other(struct calltap_event *event, struct calltap__stream *stream) {
  event->call = 0;
  event->values = 0;
  if (stream->record == CALLTAP__RECORD_LOST) {
    event->kind = CALLTAP_EVENT_LOST;
    stream->file->open.counts.lost += event->count;
  } else {
    event->kind = stream->record == CALLTAP__RECORD_PAUSE ? CALLTAP_EVENT_PAUSE : CALLTAP_EVENT_RESUME;
  }
}

static bool is_exit(uint8_t record) { return record >= CALLTAP__RECORD_RETURN && record <= CALLTAP__RECORD_OTHER_EXIT; }

/* How many calls have to end as skipped before the exit that `stream` stands at. */
static uint32_t skipped_before(struct calltap__stream *stream) {
  const struct calltap__stack *stack = &stream->stack;
  uint32_t number = stream->event.number;
  if (stack->count == 0 || stack->frame[stack->count - 1].number == number)
    return 0;
  uint32_t above = calltap__stack_above(stack, number);
  return above == UINT32_MAX ? 0 : above;
}

/* Ends the innermost open call as skipped, at the time of the exit that shows it. */
static const struct calltap_event *skip_one(struct calltap_reader *reader, struct calltap__stream *stream) {
  struct calltap_event *event = &reader->skipped;
  *event = stream->event;
  event->number = stream->stack.frame[stream->stack.count - 1].number;
  event->kind = CALLTAP_EVENT_EXIT;
  event->exit = CALLTAP_EXIT_SKIPPED;
  event->values = 0;
  event->extra = NULL;
  set_function(event, stream);
  pair(event, &stream->stack);
  return event;
}

/* A function whose exit arrives has exits, whatever its rules seemed to say. */
static void expect_exits(struct calltap__stream *stream) {
  struct calltap_trace_function *function = declared(stream, stream->event.number);
  if (function != NULL && !function->exits)
    function->exits = true;
}

static const struct calltap_event *complete(struct calltap__stream *stream) {
  if (stream->record == CALLTAP__RECORD_CALL) {
    complete_call(&stream->event, stream);
  } else if (is_exit(stream->record)) {
    expect_exits(stream);
    complete_exit(&stream->event, stream);
  } else {
    complete_other(&stream->event, stream);
  }
  return &stream->event;
}

const struct calltap_event *calltap_reader_next(struct calltap_reader *reader) {
  if (!reader->started)
    start(reader);
  if (reader->current != NULL) {
    calltap__merge_moved(&reader->merge, calltap__stream_advance(reader->current));
    reader->current = NULL;
  }
  if (reader->merge.count == 0)
    return NULL;
  struct calltap__stream *stream = reader->merge.heap[0];
  if (is_exit(stream->record) && skipped_before(stream) > 0)
    return skip_one(reader, stream);
  reader->current = stream;
  return complete(stream);
}

/* --- what a reader holds --- */

size_t calltap_reader_files(const struct calltap_reader *reader) { return reader->files; }

const struct calltap_trace_file *calltap_reader_file(const struct calltap_reader *reader, size_t at) {
  return &reader->file[at]->open;
}

size_t calltap_reader_functions(const struct calltap_reader *reader) { return reader->functions - 1; }

const struct calltap_trace_function *calltap_reader_function(const struct calltap_reader *reader, size_t index) {
  return reader->function[index];
}

size_t calltap_reader_threads(const struct calltap_reader *reader) { return reader->threads; }

const struct calltap_trace_thread *calltap_reader_thread(const struct calltap_reader *reader, size_t index) {
  for (size_t i = 0; i < reader->files; i++) {
    if (index < reader->file[i]->streams)
      return &reader->file[i]->stream[index].thread;
    index -= reader->file[i]->streams;
  }
  return NULL;
}
