/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "spans.h"

#include <stdlib.h>
#include <string.h>

enum {
  MOST_VALUE = 2000,     /* bytes of one value */
  MOST_MOMENTS = 100000, /* more of them cannot be looked at */
};

/* The spans of a thread that are open, the innermost last. */
struct open_span {
  uint64_t call;
  size_t span; /* SIZE_MAX: there was no room for it */
};

struct span_stack {
  struct open_span *open;
  size_t count;
  size_t room;
};

bool spans_start(struct spans *spans, const struct calltap_reader *reader, struct calltap__namer *namer, size_t most,
                 size_t most_text) {
  *spans = (struct spans){.first_ns = INT64_MAX, .last_ns = INT64_MIN, .most = most, .most_text = most_text};
  spans->threads = calltap_reader_threads(reader);
  spans->stack = calloc(spans->threads + 1, sizeof *spans->stack);
  if (spans->stack == NULL || !calltap__out_open(&spans->out, -1))
    return false;
  calltap__text_writer(&spans->writer, &spans->out, namer);
  spans->decoder.sink = &spans->writer.sink;
  return true;
}

/* Makes room for one more. NULL without memory. */
static void *grow(void *array, size_t count, size_t *room, size_t size) {
  if (count < *room)
    return array;
  size_t wanted = *room == 0 ? 1024 : *room * 2;
  void *grown = realloc(array, wanted * size);
  if (grown != NULL)
    *room = wanted;
  return grown;
}

/* --- texts --- */

/* Takes what was written since `from` into the text. A value that is very long is cut between two characters. */
static void take(struct spans *spans, char separator) {
  struct calltap__out *out = &spans->out;
  size_t size = (size_t)(out->at - out->start);
  /* Nobody reads what was flushed: what is there is then only the end of something enormous. */
  bool is_cut = size > MOST_VALUE || out->error != 0;
  if (is_cut && size > MOST_VALUE)
    size = MOST_VALUE;
  while (is_cut && size > 0 && ((unsigned char)out->start[size] & 0xC0) == 0x80)
    size--;
  calltap__build_bytes(&spans->text, out->start, size);
  if (is_cut)
    calltap__build(&spans->text, "...");
  calltap__build_bytes(&spans->text, &separator, 1);
  out->at = out->start;
  out->error = 0;
}

static void put_values(struct spans *spans, const struct calltap_event *event) {
  const struct calltap_trace_function *function = event->function;
  bool is_call = event->kind == CALLTAP_EVENT_CALL;
  const struct calltap_trace_value *value = is_call ? function->parameter : &function->result;
  unsigned values = is_call ? function->parameters : 1, index = 0;
  for (unsigned i = 0; i < values && index < event->values; i++) {
    if (value[i].presence != CALLTAP_WIRE_PRESENT)
      continue;
    struct calltap__gap gap = calltap__gap(function, &value[i]);
    spans->writer.file = event->file;
    calltap__decode_event(&spans->decoder, event, index++, &gap.type);
    take(spans, SPAN_SEPARATOR);
  }
}

static struct span_text put_texts(struct spans *spans, const struct calltap_event *event) {
  struct span_text text = {(uint32_t)spans->text.size, 0};
  if (event->values == 0 && event->extra == NULL)
    return text;
  if (spans->text.size >= spans->most_text) {
    spans->textless++;
    return text;
  }
  put_values(spans, event);
  if (event->extra != NULL) {
    calltap__text_extra(&spans->writer, &spans->decoder, event);
    take(spans, SPAN_SEPARATOR);
  }
  text.size = (uint32_t)(spans->text.size - text.at);
  return text;
}

/* --- calls --- */

static struct span *new_span(struct spans *spans, const struct calltap_event *event) {
  if (spans->count == spans->most) {
    if (spans->dropped++ == 0)
      spans->dropped_ns = event->real_ns;
    return NULL;
  }
  struct span *grown = grow(spans->span, spans->count, &spans->room, sizeof *grown);
  if (grown == NULL) {
    spans->failed = true;
    return NULL;
  }
  spans->span = grown;
  struct span *span = &grown[spans->count++];
  *span = (struct span){.start_ns = event->real_ns,
                        .function = event->function->index,
                        .thread = event->thread->index,
                        .depth = event->depth > 0 ? event->depth : 1,
                        .end = event->function->exits ? SPAN_OPEN : SPAN_MOMENT};
  return span;
}

static void enter(struct spans *spans, const struct calltap_event *event) {
  struct span_stack *stack = &spans->stack[event->thread->index];
  struct span *span = new_span(spans, event);
  if (span != NULL)
    span->entered = put_texts(spans, event);
  if (!event->function->exits)
    return;
  struct open_span *grown = grow(stack->open, stack->count, &stack->room, sizeof *grown);
  if (grown == NULL) {
    spans->failed = true;
    return;
  }
  stack->open = grown;
  grown[stack->count++] = (struct open_span){event->call, span == NULL ? SIZE_MAX : (size_t)(span - spans->span)};
}

/* A call that was left out, but whose exit is wanted, is known by that. */
static struct span *entered_before(struct spans *spans, const struct calltap_event *event) {
  struct span *span = new_span(spans, event);
  if (span == NULL)
    return NULL;
  span->start_ns = (int64_t)((uint64_t)event->real_ns - event->elapsed_ns);
  if (span->start_ns < spans->first_ns)
    spans->first_ns = span->start_ns;
  return span;
}

static struct span *find(struct spans *spans, const struct calltap_event *event) {
  struct span_stack *stack = &spans->stack[event->thread->index];
  size_t above = event->extra != NULL ? event->extra->above : 0; /* which stay open */
  while (above == 0 && stack->count > 0 && stack->open[stack->count - 1].call > event->call)
    stack->count--;
  if (stack->count <= above || stack->open[stack->count - 1 - above].call != event->call)
    return entered_before(spans, event);
  spans->between += above > 0;
  size_t at = stack->open[--stack->count - above].span;
  memmove(&stack->open[stack->count - above], &stack->open[stack->count - above + 1], above * sizeof *stack->open);
  return at == SIZE_MAX ? NULL : &spans->span[at];
}

static void leave(struct spans *spans, const struct calltap_event *event) {
  static const uint8_t ends[] = {[CALLTAP_EXIT_RETURN] = SPAN_RETURN,   [CALLTAP_EXIT_TAIL] = SPAN_TAIL,
                                 [CALLTAP_EXIT_OTHER] = SPAN_OTHER,     [CALLTAP_EXIT_SKIPPED] = SPAN_SKIPPED,
                                 [CALLTAP_EXIT_UNWOUND] = SPAN_UNWOUND, [CALLTAP_EXIT_THREAD_END] = SPAN_THREAD_END};
  if (!event->paired) {
    spans->unmatched++;
    return;
  }
  struct span *span = find(spans, event);
  if (span == NULL)
    return;
  span->elapsed_ns = event->elapsed_ns;
  span->end = ends[event->exit];
  span->left = put_texts(spans, event);
}

/* --- moments --- */

static void add_moment(struct spans *spans, const struct calltap_event *event) {
  if (spans->moments == MOST_MOMENTS)
    return;
  struct span_moment *grown = grow(spans->moment, spans->moments, &spans->moment_room, sizeof *grown);
  if (grown == NULL) {
    spans->failed = true;
    return;
  }
  spans->moment = grown;
  struct span_moment *moment = &grown[spans->moments++];
  *moment = (struct span_moment){.real_ns = event->real_ns, .thread = event->thread->index, .kind = event->kind};
  moment->count = event->kind == CALLTAP_EVENT_LOST ? event->count : 0;
  moment->text.at = (uint32_t)spans->text.size;
  if (event->kind == CALLTAP_EVENT_PAUSE || event->kind == CALLTAP_EVENT_RESUME)
    return;
  calltap__build_plain(&spans->text, event->cause);
  if (event->kind != CALLTAP_EVENT_LOST) {
    calltap__build(&spans->text, event->kind == CALLTAP_EVENT_MARK ? ": " : ":");
    calltap__build_plain(&spans->text, event->text);
  }
  moment->text.size = (uint32_t)(spans->text.size - moment->text.at);
}

/* --- all --- */

void spans_add(struct spans *spans, const struct calltap_event *event) {
  if (event->real_ns < spans->first_ns)
    spans->first_ns = event->real_ns;
  if (event->real_ns > spans->last_ns)
    spans->last_ns = event->real_ns;
  if (event->kind == CALLTAP_EVENT_CALL)
    enter(spans, event);
  else if (event->kind == CALLTAP_EVENT_EXIT)
    leave(spans, event);
  else
    add_moment(spans, event);
}

/* An outer call before the inner ones that began in the same nanosecond. */
static int by_start(const void *left, const void *right) {
  const struct span *a = left, *b = right;
  if (a->start_ns != b->start_ns)
    return a->start_ns < b->start_ns ? -1 : 1;
  if (a->thread != b->thread)
    return a->thread < b->thread ? -1 : 1;
  if (a->depth != b->depth)
    return a->depth < b->depth ? -1 : 1;
  return a->entered.at < b->entered.at ? -1 : a->entered.at > b->entered.at;
}

void spans_end(struct spans *spans) {
  for (size_t i = 0; i < spans->count; i++) {
    struct span *span = &spans->span[i];
    if (span->end == SPAN_OPEN)
      span->elapsed_ns = (uint64_t)spans->last_ns - (uint64_t)span->start_ns;
  }
  if (spans->count > 1)
    qsort(spans->span, spans->count, sizeof *spans->span, by_start);
  spans->failed |= spans->text.failed;
}

void spans_free(struct spans *spans) {
  for (size_t i = 0; spans->stack != NULL && i < spans->threads; i++)
    free(spans->stack[i].open);
  calltap__builder_free(&spans->text);
  calltap__builder_free(&spans->writer.words);
  calltap__decoder_free(&spans->decoder);
  free(spans->out.start);
  free(spans->stack);
  free(spans->moment);
  free(spans->span);
}
