/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_text.h"
#include "internal.h"

struct calltap_reader {
  struct calltap__file **file;
  size_t files;
  const struct calltap_trace_function **function; /* by index; the first is the unknown one */
  size_t functions;                               /* with the unknown one */
  struct calltap__stream **thread;                /* by index */
  size_t threads;
  struct calltap__merge merge;
  bool started;
  struct calltap__stream *current; /* whose record is the last event; to be moved on first */
  struct calltap_event skipped;    /* stands for an exit, or a result, that has no record */
  bool tells_results;
  struct calltap__event_text text, json; /* opened when the first is asked for */
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

/* --- streams --- */

static struct calltap__stream *new_stream(struct calltap__file *file, uint64_t number, size_t index) {
  struct calltap__stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL)
    return NULL;
  stream->file = file;
  stream->thread.index = (uint32_t)index;
  stream->thread.stream = number;
  stream->event.file = &file->open;
  stream->event.thread = &stream->thread;
  stream->event.value = stream->value;
  stream->event.item = stream->item;
  calltap__stream_start(stream);
  return stream;
}

static size_t count_streams(const struct calltap__file *file) {
  size_t count = 0;
  for (size_t i = 0; i < file->chunks; i++)
    count += i == 0 || file->chunk[i].stream != file->chunk[i - 1].stream;
  return count;
}

/* Makes room for all streams of the file, so that adding them can fail only one by one. */
static bool reserve_streams(struct calltap_reader *reader, struct calltap__file *file, size_t streams) {
  size_t threads = reader->threads + streams;
  struct calltap__stream **by_number = realloc(file->stream, (streams + 1) * sizeof(void *));
  if (by_number != NULL)
    file->stream = by_number;
  struct calltap__stream **by_index = realloc(reader->thread, (threads + 1) * sizeof(void *));
  if (by_index != NULL)
    reader->thread = by_index;
  return by_number != NULL && by_index != NULL && calltap__merge_reserve(&reader->merge, threads);
}

static int by_number(const void *left, const void *right) {
  const struct calltap__stream *a = *(struct calltap__stream *const *)left,
                               *b = *(struct calltap__stream *const *)right;
  return a->thread.stream < b->thread.stream ? -1 : a->thread.stream > b->thread.stream;
}

/* The chunks are sorted, so a stream is a run of them. The first `known` streams were there before. `threads` grows by the number of
 * those that are new. */
static bool make_streams(struct calltap_reader *reader, struct calltap__file *file, size_t *threads) {
  size_t known = file->streams, at = 0;
  struct calltap__stream *stream = NULL;
  if (!reserve_streams(reader, file, count_streams(file)))
    return false;
  for (size_t i = 0; i < file->chunks; i++) {
    uint64_t number = file->chunk[i].stream;
    bool is_other = stream == NULL || stream->thread.stream != number;
    if (is_other && at < known && file->stream[at]->thread.stream == number) {
      stream = file->stream[at++];
    } else if (is_other) {
      stream = new_stream(file, number, *threads);
      if (stream == NULL)
        return false;
      file->stream[file->streams++] = stream;
      reader->thread[(*threads)++] = stream;
    }
    if (is_other)
      stream->first_chunk = i;
    stream->last_chunk = i + 1;
  }
  if (file->streams > 1)
    qsort(file->stream, file->streams, sizeof(void *), by_number);
  return true;
}

/* --- functions --- */

static size_t count_new_functions(const struct calltap__file *file) {
  size_t count = 0;
  for (size_t i = 0; i < file->functions.room; i++) {
    const struct calltap_trace_function *function = file->functions.at[i];
    count += function != NULL && function->index == 0;
  }
  return count;
}

/* Gives an index to each function that has none. `functions` grows by their number. */
static bool list_functions(struct calltap_reader *reader, struct calltap__file *file, size_t *functions) {
  size_t added = count_new_functions(file);
  calltap__mark_disarmed(file);
  if (added == 0)
    return true;
  const struct calltap_trace_function **grown = realloc(reader->function, (*functions + added) * sizeof(void *));
  if (grown == NULL)
    return false;
  reader->function = grown;
  for (size_t i = 0; i < file->functions.room; i++) {
    struct calltap_trace_function *function = file->functions.at[i];
    if (function == NULL || function->index != 0)
      continue;
    function->index = (uint32_t)*functions;
    function->exits = function->asked;
    grown[(*functions)++] = function;
  }
  return true;
}

/* --- one file --- */

static bool reserve_file(struct calltap_reader *reader) {
  struct calltap__file **files = realloc(reader->file, (reader->files + 1) * sizeof(void *));
  if (files != NULL)
    reader->file = files;
  return files != NULL;
}

/* All is looked for in the file anew. */
static bool index_file(struct calltap__file *file) {
  file->open.rows = file->open.objects = file->open.disarmed_count = 0;
  file->indexed = (struct calltap_trace_counts){0};
  file->declared_chunk = file->declared = 0;
  return calltap__chunks_index(file) && calltap__declarations(file);
}

/* The file stays as it is from here on, whoever writes it. */
static bool settle(struct calltap__file *file) {
  bool may_change = file->open.ring != 0 && !file->open.ended && file->input.fd >= 0 && file->input.offset == 0;
  return !may_change || (calltap__snapshot(file) && index_file(file) && calltap__snapshot_complete(file));
}

/* The reader is only changed at the end, where nothing can fail any more. */
static enum calltap_reader_code read_file(struct calltap_reader *reader, struct calltap__file *file,
                                          struct calltap_reader_error *error) {
  size_t threads = reader->threads, functions = reader->functions;
  if (calltap__header(file, error) != CALLTAP_READER_OK)
    return error->code;
  if (!calltap__chunks_index(file) || !calltap__declarations(file) || !settle(file) ||
      !make_streams(reader, file, &threads) || !list_functions(reader, file, &functions) || !reserve_file(reader)) {
    return no_memory(error);
  }
  file->open.clock_guessed = !calltap__clock_settle(&file->clock);
  file->open.counts = file->indexed;
  file->tells_results = reader->tells_results;
  reader->threads = threads;
  reader->functions = functions;
  reader->file[reader->files++] = file;
  return CALLTAP_READER_OK;
}

static void free_stream(struct calltap__stream *stream) {
  calltap__stack_free(&stream->stack);
  calltap__late_free(&stream->late);
  free(stream);
}

static void free_file(struct calltap__file *file) {
  for (size_t i = 0; i < file->streams; i++)
    free_stream(file->stream[i]);
  calltap__declarations_free(file);
  free(file->stream);
  free(file->chunk);
  free(file->blank);
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
  if (code != CALLTAP_READER_OK)
    free_file(file);
  return code; // NOLINT(clang-analyzer-unix.Malloc): the reader has it
}

enum calltap_reader_code calltap_reader_open(struct calltap_reader *reader, const char *path,
                                             struct calltap_reader_error *error) {
  struct calltap__input input;
  *error = (struct calltap_reader_error){0};
  enum calltap_reader_code code = calltap__input_open(&input, path, 0, error);
  bool is_core = code == CALLTAP_READER_OK && input.offset > 0;
  code = code == CALLTAP_READER_OK ? add_file(reader, path, input, error) : code;
  struct calltap_reader_error ignored; /* there are no more */
  for (size_t i = 1; is_core && code == CALLTAP_READER_OK; i++) {
    if (calltap__input_open(&input, path, i, &ignored) != CALLTAP_READER_OK)
      break;
    code = add_file(reader, path, input, error);
  }
  return code;
}

enum calltap_reader_code calltap_reader_open_memory(struct calltap_reader *reader, const char *name, const void *bytes,
                                                    size_t size, struct calltap_reader_error *error) {
  *error = (struct calltap_reader_error){0};
  if (size == 0) {
    error->code = CALLTAP_READER_EMPTY;
    snprintf(error->text, sizeof error->text, "is empty");
    return error->code;
  }
  return add_file(reader, name, (struct calltap__input){.bytes = bytes, .size = size, .mapped = size, .fd = -1}, error);
}

void calltap_reader_close(struct calltap_reader *reader) {
  if (reader == NULL)
    return;
  for (size_t i = 0; i < reader->files; i++)
    free_file(reader->file[i]);
  free(reader->file);
  free(reader->function);
  free(reader->thread);
  free(reader->merge.heap);
  calltap__event_text_close(&reader->text);
  calltap__event_text_close(&reader->json);
  free(reader);
}

/* --- events as text --- */

static const char *text_of(struct calltap_reader *reader, struct calltap__event_text *text, calltap__view_maker *make,
                           const struct calltap_event *event) {
  bool is_open = text->view != NULL || calltap__event_text_open(text, make, reader, NULL);
  return is_open ? calltap__event_text(text, event) : "";
}

const char *calltap_reader_text(struct calltap_reader *reader, const struct calltap_event *event) {
  return text_of(reader, &reader->text, calltap__view_text, event);
}

const char *calltap_reader_json(struct calltap_reader *reader, const struct calltap_event *event) {
  return text_of(reader, &reader->json, calltap__view_json, event);
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
    sorted[i] = file->stream[i];
  qsort(sorted, file->streams, sizeof(void *), by_tid);
  for (size_t i = 1; i < file->streams; i++) {
    bool same = sorted[i]->thread.tid == sorted[i - 1]->thread.tid && sorted[i]->thread.tid != 0;
    if (same)
      sorted[i]->first = sorted[i - 1]->first;
  }
  free(sorted);
}

/* Lets the stream go on if it stood at the end. */
static void go_on(struct calltap_reader *reader, struct calltap__stream *stream) {
  stream->is_merged = calltap__stream_advance(stream);
  if (stream->is_merged)
    calltap__merge_add(&reader->merge, stream);
}

static void start_file(struct calltap_reader *reader, struct calltap__file *file) {
  file->open.counts = file->indexed;
  for (size_t i = 0; i < file->functions.room; i++) {
    struct calltap_trace_function *function = file->functions.at[i];
    if (function != NULL)
      function->exits = function->asked;
  }
  for (size_t i = 0; i < file->streams; i++) {
    struct calltap__stream *stream = file->stream[i];
    if (!file->follows)
      calltap__late_prepare(stream);
    calltap__stream_start(stream);
    go_on(reader, stream);
  }
  share_numbers(file);
}

void calltap_reader_rewind(struct calltap_reader *reader) {
  reader->started = false;
  reader->current = NULL;
  reader->merge.count = 0;
  for (size_t i = 0; i < reader->threads; i++)
    reader->thread[i]->is_merged = false;
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

/* Whether it is the call for whose exit those wait that made the tail call before it. One that was left out of a trace that was made smaller
 * may have stood between. */
static bool is_awaited(const struct calltap__stream *stream) {
  return stream->record == CALLTAP__RECORD_CALL && stream->event.number == stream->stack.callee && !stream->has_place;
}

static void push(struct calltap_event *event, struct calltap__stream *stream) {
  struct calltap__stack *stack = &stream->stack;
  struct calltap__frame frame = {
      .number = event->number, .callers = stack->callers, .call = event->call, .ticks = stream->ticks};
  event->depth = calltap__stack_push(stack, frame);
  if (stack->count > 0 && stack->frame[stack->count - 1].call == event->call)
    stack->callers = 0; /* it has them */
}

static void complete_call(struct calltap_event *event, struct calltap__stream *stream) {
  stream->file->open.counts.calls++;
  event->kind = CALLTAP_EVENT_CALL;
  if (stream->has_place)
    stream->first->calls = stream->place;
  stream->has_place = false;
  event->call = ++stream->first->calls;
  event->depth = stream->stack.count + 1;
  set_function(event, stream);
  if (event->function->exits)
    push(event, stream);
  if (stream->stack.callers != 0)
    calltap__tail_miss(&stream->stack);
}

static uint64_t elapsed_since(const struct calltap_event *event, const struct calltap__stream *stream, uint64_t ticks) {
  int64_t elapsed = calltap__subtract(event->t_ns, calltap__clock_ns(&stream->file->clock, ticks));
  return elapsed > 0 ? (uint64_t)elapsed : 0;
}

/* Takes an open call off the stack, the innermost but so many: `event` is its exit. */
static struct calltap__frame pair(struct calltap_event *event, struct calltap__stream *stream, uint32_t above) {
  struct calltap__stack *stack = &stream->stack;
  event->depth = stack->count;
  const struct calltap__frame frame = calltap__stack_take(stack, above);
  event->paired = true;
  event->call = frame.call;
  event->elapsed_ns = elapsed_since(event, stream, frame.ticks);
  return frame;
}

/* The same where nobody learns how it ended. */
static void pair_silently(struct calltap_event *event, struct calltap__stream *stream) {
  const struct calltap__frame frame = pair(event, stream, 0);
  calltap__tail_forget(&stream->stack, frame.callers);
}

/* Whether the event has an integer, as nothing else stands there. */
static bool has_number(const struct calltap_event *event) {
  return event->values > 0 && ((event->negative | event->floats | event->composite | event->unreadable) & 1) == 0;
}

/* Which function was called by the tail call that ends a call. */
static bool has_callee(const struct calltap_event *event, const struct calltap__stream *stream) {
  return event->exit == CALLTAP_EXIT_TAIL && stream->file->tells_results && has_number(event) &&
         event->value[0] <= UINT32_MAX;
}

/* An exit, with those that wait for it. */
static void pair_exit(struct calltap_event *event, struct calltap__stream *stream, uint32_t above) {
  const struct calltap__frame frame = pair(event, stream, above);
  if (has_callee(event, stream))
    calltap__tail_wait(&stream->stack, frame, (uint32_t)event->value[0]);
  else if (event->exit == CALLTAP_EXIT_RETURN || event->exit == CALLTAP_EXIT_UNWOUND)
    stream->results = frame.callers;
  else
    calltap__tail_forget(&stream->stack, frame.callers);
}

static uint8_t way_of(const struct calltap_event *event) {
  static const uint8_t exits[] = {
      [CALLTAP_WIRE_WAY_UNWOUND] = CALLTAP_EXIT_UNWOUND,
      [CALLTAP_WIRE_WAY_SKIPPED] = CALLTAP_EXIT_SKIPPED,
      [CALLTAP_WIRE_WAY_THREAD_END] = CALLTAP_EXIT_THREAD_END,
  };
  return has_number(event) && event->value[0] < sizeof exits ? exits[event->value[0]] : CALLTAP_EXIT_OTHER;
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
  if (stream->record == CALLTAP__RECORD_OTHER_EXIT) {
    event->exit = way_of(event);
    event->values = 0;
  }
  uint32_t above = event->extra != NULL ? event->extra->above : 0;
  bool is_unknown = event->extra != NULL && event->extra->call_unknown;
  if (!is_unknown && stack->count > above && stack->frame[stack->count - 1 - above].number == event->number) {
    pair_exit(event, stream, above);
  } else {
    event->paired = false;
    event->call = 0;
    event->depth = 0;
    event->elapsed_ns = 0;
  }
  if (event->exit == CALLTAP_EXIT_TAIL)
    event->values = 0;
}

/* Hooks were off, so calls may be missing. */
static void miss_tails(struct calltap__file *file) {
  for (size_t i = 0; i < file->streams; i++)
    calltap__tail_miss(&file->stream[i]->stack);
}

static void complete_other(struct calltap_event *event, struct calltap__stream *stream) {
  event->call = 0;
  event->values = 0;
  if (stream->record == CALLTAP__RECORD_LOST) {
    struct calltap_trace_counts *counts = &stream->file->open.counts;
    event->kind = CALLTAP_EVENT_LOST;
    *(calltap__text_is(event->cause, CALLTAP_WIRE_LOST_OVERWRITTEN) ? &counts->overwritten : &counts->lost) +=
        event->count;
  } else {
    event->kind = stream->record == CALLTAP__RECORD_PAUSE      ? CALLTAP_EVENT_PAUSE
                  : stream->record == CALLTAP__RECORD_RESUME   ? CALLTAP_EVENT_RESUME
                  : stream->record == CALLTAP__RECORD_DISARMED ? CALLTAP_EVENT_DISARMED
                                                               : CALLTAP_EVENT_MARK;
    if (event->kind != CALLTAP_EVENT_MARK)
      miss_tails(stream->file);
  }
}

static bool is_exit(uint8_t record) { return record >= CALLTAP__RECORD_RETURN && record <= CALLTAP__RECORD_OTHER_EXIT; }

/* How many calls have to end as skipped before the exit that `stream` stands at. */
static uint32_t skipped_before(struct calltap__stream *stream) {
  const struct calltap__stack *stack = &stream->stack;
  uint32_t number = stream->event.number;
  const struct calltap_trace_extra *extra = stream->event.extra;
  if (extra != NULL && (extra->above > 0 || extra->call_unknown)) /* calls above stay open */
    return 0;
  const struct calltap_trace_file *file = &stream->file->open;
  bool has_own = file->ring == 0 && file->part <= 1; /* else it may be gone, and none of those that are left */
  if (extra != NULL && extra->gone > 0 && stack->count > has_own)
    return extra->gone;
  if (stack->count == 0 || stack->frame[stack->count - 1].number == number)
    return 0;
  uint32_t above = calltap__stack_above(stack, number);
  return above == UINT32_MAX ? 0 : above;
}

/* Ends the innermost open call as skipped, or as the exit says, at the time of the exit that shows it. */
static const struct calltap_event *skip_one(struct calltap_reader *reader, struct calltap__stream *stream) {
  struct calltap_event *event = &reader->skipped;
  *event = stream->event;
  event->number = stream->stack.frame[stream->stack.count - 1].number;
  event->kind = CALLTAP_EVENT_EXIT;
  event->exit = CALLTAP_EXIT_SKIPPED;
  if (stream->extra.gone > 0 && event->extra != NULL) {
    stream->extra.gone--;
    event->exit = way_of(event);
  }
  event->values = 0;
  event->extra = NULL;
  set_function(event, stream);
  pair_silently(event, stream);
  return event;
}

/* The same where a record says so. */
static void complete_skipped(struct calltap_event *event, struct calltap__stream *stream) {
  const struct calltap__stack *stack = &stream->stack;
  event->kind = CALLTAP_EVENT_EXIT;
  event->exit = CALLTAP_EXIT_SKIPPED;
  event->values = 0;
  event->paired = false;
  event->number = 0;
  event->call = 0;
  event->depth = 0;
  event->elapsed_ns = 0;
  event->function = &calltap__unknown_function;
  if (stack->count == 0)
    return;
  event->number = stack->frame[stack->count - 1].number;
  set_function(event, stream);
  pair_silently(event, stream);
}

/* A function whose exit arrives has exits, whatever its rules seemed to say. */
static void expect_exits(struct calltap__stream *stream) {
  struct calltap_trace_function *function = declared(stream, stream->event.number);
  if (function != NULL && !function->exits)
    function->exits = true;
}

static const struct calltap_event *complete(struct calltap__stream *stream) {
  if (stream->stack.callers != 0 && !is_awaited(stream))
    calltap__tail_miss(&stream->stack);
  if (stream->record == CALLTAP__RECORD_CALL) {
    complete_call(&stream->event, stream);
  } else if (is_exit(stream->record)) {
    expect_exits(stream);
    complete_exit(&stream->event, stream);
  } else if (stream->record == CALLTAP__RECORD_SKIPPED) {
    complete_skipped(&stream->event, stream);
  } else {
    complete_other(&stream->event, stream);
  }
  return &stream->event;
}

static bool returns_nothing(const struct calltap_trace_function *function) {
  struct calltap_scope scope = calltap_trace_scope(function->unit);
  return calltap_type_read(function->result.type, &scope).kind == CALLTAP_TYPE_VOID;
}

/* Of a call that had ended before, in a tail call, what came out of it: the stream stands at the exit that says so. */
static const struct calltap_event *tell_result(struct calltap_reader *reader, struct calltap__stream *stream) {
  struct calltap_event *event = &reader->skipped;
  const struct calltap__waiting of = calltap__tail_take(&stream->stack, &stream->results);
  *event = stream->event;
  event->kind = CALLTAP_EVENT_RESULT;
  event->by = stream->event.function;
  event->by_call = stream->event.call;
  event->number = of.number;
  event->call = of.call;
  event->elapsed_ns = elapsed_since(event, stream, of.ticks);
  set_function(event, stream);
  return event;
}

/* The next result that the last event brings. One that returns nothing has none. */
static const struct calltap_event *next_result(struct calltap_reader *reader) {
  struct calltap__stream *stream = reader->current;
  while (stream != NULL && stream->results != 0) {
    const struct calltap_event *event = tell_result(reader, stream);
    if (event->exit != CALLTAP_EXIT_RETURN || !returns_nothing(event->function))
      return event;
  }
  return NULL;
}

/* Moves the stream of the last event on. */
static void move_on(struct calltap_reader *reader) {
  struct calltap__stream *stream = reader->current;
  if (stream == NULL)
    return;
  calltap__tail_forget(&stream->stack, stream->results);
  stream->results = 0;
  stream->is_merged = calltap__stream_advance(stream);
  calltap__merge_moved(&reader->merge, stream->is_merged);
  reader->current = NULL;
}

const struct calltap_event *calltap_reader_next_until(struct calltap_reader *reader, int64_t real_ns) {
  if (!reader->started)
    start(reader);
  const struct calltap_event *result = next_result(reader);
  if (result != NULL)
    return result;
  move_on(reader);
  if (reader->merge.count == 0 || reader->merge.heap[0]->event.real_ns > real_ns)
    return NULL;
  struct calltap__stream *stream = reader->merge.heap[0];
  if (is_exit(stream->record) && skipped_before(stream) > 0)
    return skip_one(reader, stream);
  reader->current = stream;
  return complete(stream);
}

const struct calltap_event *calltap_reader_next(struct calltap_reader *reader) {
  return calltap_reader_next_until(reader, INT64_MAX);
}

/* --- files that grow --- */

static bool index_anew(struct calltap_reader *reader, struct calltap__file *file) {
  calltap__snapshot_leave(file);
  bool good = index_file(file) && make_streams(reader, file, &reader->threads) &&
              list_functions(reader, file, &reader->functions);
  file->open.counts = file->indexed;
  return good;
}

/* What was taken for torn or damaged at the opening may just not be finished, and chunks may have come since that are older than an end that
 * was seen: all is looked for again. */
bool calltap_reader_follow(struct calltap_reader *reader) {
  bool good = true;
  calltap_reader_rewind(reader);
  for (size_t i = 0; i < reader->files; i++) {
    struct calltap__file *file = reader->file[i];
    file->follows = !file->open.ended;
    good = index_anew(reader, file) && good;
  }
  return good;
}

/* Takes away what the file does not have any more. */
static void shrink(struct calltap__file *file) {
  const uint8_t *end = file->input.bytes + file->input.size;
  for (size_t i = 0; i < file->chunks; i++) {
    struct calltap__chunk *chunk = &file->chunk[i];
    chunk->start = chunk->start < file->input.size ? chunk->start : file->input.size;
    chunk->end = chunk->end < file->input.size ? chunk->end : file->input.size;
  }
  for (size_t i = 0; i < file->streams; i++) {
    struct calltap__stream *stream = file->stream[i];
    stream->end = stream->end > end ? end : stream->end;
    stream->at = stream->at > stream->end ? stream->end : stream->at;
  }
}

/* The streams of this file stand at other times than it seemed, but in the same order. */
static void settle_clock(struct calltap_reader *reader, struct calltap__file *file) {
  file->open.clock_guessed = !calltap__clock_settle(&file->clock);
  reader->merge.count = 0;
  for (size_t i = 0; i < reader->threads; i++) {
    struct calltap__stream *stream = reader->thread[i];
    if (stream->is_merged && stream->file == file)
      calltap__stream_retime(stream);
    if (stream->is_merged)
      calltap__merge_add(&reader->merge, stream);
  }
}

static void add_counts(struct calltap_trace_counts *counts, const struct calltap_trace_counts *before,
                       const struct calltap_trace_counts *after) {
  if (counts->misshapen == 0)
    counts->misshapen_offset = after->misshapen_offset;
  counts->misshapen += after->misshapen - before->misshapen;
  if (counts->damaged == 0) {
    counts->damage = after->damage;
    counts->damage_offset = after->damage_offset;
  }
  counts->damaged += after->damaged - before->damaged;
  counts->torn += after->torn - before->torn;
  if (after->cut && !before->cut) {
    counts->cut = true;
    counts->cut_offset = after->cut_offset;
  }
}

/* Looks for what has come to stream 0 and to the list of chunks. */
static bool look(struct calltap_reader *reader, struct calltap__file *file) {
  struct calltap__pair latest = file->clock.last;
  struct calltap_trace_counts before = file->indexed;
  size_t chunks = file->chunks;
  if (calltap__input_shrink(&file->input))
    shrink(file);
  bool good = calltap__chunks_refresh(file);
  if (file->chunks != chunks)
    good = make_streams(reader, file, &reader->threads) && good;
  good = calltap__declarations(file) && good;
  good = list_functions(reader, file, &reader->functions) && good;
  add_counts(&file->open.counts, &before, &file->indexed);
  if (file->clock.last.ticks != latest.ticks)
    settle_clock(reader, file);
  return good;
}

/* A stream whose thread had one before goes on with its numbers. */
static void find_first(struct calltap__stream *stream) {
  const struct calltap__file *file = stream->file;
  if (stream->calls > 0 || stream->first != stream || stream->thread.tid == 0)
    return;
  for (size_t i = 0; i < file->streams; i++) {
    struct calltap__stream *other = file->stream[i];
    if (other != stream && other->thread.tid == stream->thread.tid && other->calls > 0)
      stream->first = other->first;
  }
}

static void wake(struct calltap_reader *reader, struct calltap__file *file) {
  file->look++;
  for (size_t i = 0; i < file->streams; i++) {
    struct calltap__stream *stream = file->stream[i];
    if (stream->is_merged)
      continue;
    go_on(reader, stream);
    find_first(stream);
  }
}

/* What is not finished a second after the end of the session never will be. */
enum { PATIENCE_NS = 1000000000 };

static bool refresh(struct calltap_reader *reader, struct calltap__file *file) {
  bool good = look(reader, file);
  if (file->open.ended) {
    file->follows = false;
    file->awaits_ns = file->open.ring == 0 ? PATIENCE_NS : 0;
    good = look(reader, file) && good;
  }
  wake(reader, file);
  return good;
}

bool calltap_reader_refresh(struct calltap_reader *reader) {
  bool good = true;
  if (!reader->started) { /* what there is now is looked at for the first time */
    start(reader);
    return true;
  }
  move_on(reader);
  for (size_t i = 0; i < reader->files; i++) {
    struct calltap__file *file = reader->file[i];
    if (file->follows)
      good = refresh(reader, file) && good;
  }
  return good;
}

void calltap_reader_finish(struct calltap_reader *reader, size_t at) {
  struct calltap__file *file = reader->file[at];
  if (!reader->started)
    start(reader);
  move_on(reader);
  if (!file->follows)
    return;
  look(reader, file);
  file->follows = false;
  look(reader, file);
  wake(reader, file);
}

void calltap_reader_skip_values(struct calltap_reader *reader) {
  for (size_t i = 0; i < reader->threads; i++)
    reader->thread[i]->skips_values = true;
}

void calltap_reader_tell_results(struct calltap_reader *reader) {
  reader->tells_results = true;
  for (size_t i = 0; i < reader->files; i++)
    reader->file[i]->tells_results = true;
}

/* --- what a reader holds --- */

size_t calltap_reader_files(const struct calltap_reader *reader) { return reader->files; }

const struct calltap_trace_file *calltap_reader_file(const struct calltap_reader *reader, size_t at) {
  return &reader->file[at]->open;
}

void calltap_reader_forget_rows(struct calltap_reader *reader, size_t at) {
  (void)calltap__forget_rows(reader->file[at]); /* without memory there are none, too */
}

size_t calltap_reader_functions(const struct calltap_reader *reader) { return reader->functions - 1; }

const struct calltap_trace_function *calltap_reader_function(const struct calltap_reader *reader, size_t index) {
  return reader->function[index];
}

size_t calltap_reader_threads(const struct calltap_reader *reader) { return reader->threads; }

const struct calltap_trace_thread *calltap_reader_thread(const struct calltap_reader *reader, size_t index) {
  return index < reader->threads ? &reader->thread[index]->thread : NULL;
}

const struct calltap_trace_file *calltap_reader_thread_file(const struct calltap_reader *reader, size_t index) {
  return index < reader->threads ? &reader->thread[index]->file->open : NULL;
}

void calltap_reader_progress(const struct calltap_reader *reader, uint64_t *done, uint64_t *all) {
  *done = *all = 0;
  for (size_t i = 0; i < reader->threads; i++) {
    const struct calltap__stream *stream = reader->thread[i];
    for (size_t at = stream->first_chunk; at < stream->last_chunk; at++) {
      const struct calltap__chunk *chunk = &stream->file->chunk[at];
      *all += chunk->end - chunk->start;
      *done += at < stream->first_chunk + stream->begun ? chunk->end - chunk->start : 0;
    }
  }
}

struct calltap__stream *calltap__reader_stream(const struct calltap_reader *reader, size_t thread) {
  return thread < reader->threads ? reader->thread[thread] : NULL;
}
