/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "happened.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report.h"

enum { TIME = 10, STEP = 2, DEEPEST_INDENT = 64 };

struct happened {
  const struct spans *spans;
  const struct calltap_reader *reader;
  uint64_t *below_ns; /* by the span: what the calls that it made took */
  struct calltap__out *out;
  struct calltap__builder words;
  uint32_t deepest;
  bool colour;
  uint64_t hidden;
};

/* A thread's calls by their starts, an outer one before the inner ones. */
static int by_thread(const void *left, const void *right) {
  const struct span *a = left, *b = right;
  if (a->thread != b->thread)
    return a->thread < b->thread ? -1 : 1;
  if (a->start_ns != b->start_ns)
    return a->start_ns < b->start_ns ? -1 : 1;
  return a->depth < b->depth ? -1 : a->depth > b->depth;
}

/* When these ended is not known, or not at all when they do. */
static bool has_time(const struct span *span) {
  return span->end != SPAN_SKIPPED && span->end != SPAN_THREAD_END && span->end != SPAN_MOMENT;
}

/* The caller is the last call before that is less deep. */
static bool add_up(struct happened *happened) {
  const struct spans *spans = happened->spans;
  size_t depth = 0, room = 0, *open = NULL;
  for (size_t i = 0; i < spans->count; i++) {
    const struct span *span = &spans->span[i];
    while (depth > 0 &&
           (spans->span[open[depth - 1]].depth >= span->depth || spans->span[open[depth - 1]].thread != span->thread))
      depth--;
    if (depth > 0)
      happened->below_ns[open[depth - 1]] += span->elapsed_ns;
    if (depth == room) {
      size_t *grown = realloc(open, (room = room * 2 + 64) * sizeof *open);
      if (grown == NULL) {
        free(open);
        return false;
      }
      open = grown;
    }
    open[depth++] = i;
  }
  free(open);
  return true;
}

/* --- lines --- */

static void put_time(struct happened *happened, uint64_t ns, bool is_known) {
  char cell[CALLTAP__CELL] = "-";
  size_t size = is_known ? calltap__format_duration(cell, ns) : 1;
  calltap__out_right(happened->out, cell, size, TIME);
}

static void put_thread(struct happened *happened, size_t thread) {
  const struct calltap_trace_thread *of = calltap_reader_thread(happened->reader, thread);
  calltap__out_spaces(happened->out, 3 * (size_t)TIME + 2);
  calltap__build(&happened->words, happened->colour ? "\033[1m" : "");
  calltap__build_plain(&happened->words, of->name);
  calltap__build(&happened->words, "/");
  calltap__build_number(&happened->words, of->tid);
  calltap__build(&happened->words, happened->colour ? "\033[0m\n" : "\n");
  calltap__out_words(happened->out, &happened->words);
}

static void put_name(struct happened *happened, const struct span *span, size_t times) {
  static const char *const ends[] = {
      [SPAN_RETURN] = "",
      [SPAN_TAIL] = "  tail call",
      [SPAN_SKIPPED] = "  skipped",
      [SPAN_OTHER] = "  left in a way this version does not know",
      [SPAN_OPEN] = "  open at the end",
      [SPAN_MOMENT] = "",
      [SPAN_UNWOUND] = "  unwound",
      [SPAN_THREAD_END] = "  thread ended",
  };
  struct calltap__builder mfa = {0};
  uint32_t levels = span->depth - 1 < DEEPEST_INDENT ? span->depth - 1 : DEEPEST_INDENT;
  calltap__out_spaces(happened->out, 2 + STEP * (size_t)levels);
  if (span->function != 0)
    calltap__build_mfa(&mfa, calltap_reader_function(happened->reader, span->function), 0);
  else
    calltap__build(&mfa, "?:?/?");
  calltap__build_plain(&happened->words, (struct calltap_text){mfa.bytes, mfa.size});
  happened->words.failed |= mfa.failed;
  if (times > 1) {
    calltap__build(&happened->words, " x ");
    calltap__build_number(&happened->words, times);
  }
  calltap__build(&happened->words, ends[span->end]);
  calltap__build(&happened->words, "\n");
  calltap__out_words(happened->out, &happened->words);
  calltap__builder_free(&mfa);
}

/* --- calls --- */

static bool is_leaf(const struct spans *spans, size_t at) {
  const struct span *span = &spans->span[at];
  return at + 1 == spans->count || span[1].thread != span->thread || span[1].depth <= span->depth;
}

/* How many calls from there on are one line: of the same function, one behind the other, that made no calls. */
static size_t alike(const struct spans *spans, size_t at) {
  const struct span *first = &spans->span[at];
  size_t end = at;
  while (end < spans->count && is_leaf(spans, end) && spans->span[end].thread == first->thread &&
         spans->span[end].depth == first->depth && spans->span[end].function == first->function &&
         spans->span[end].end == first->end)
    end++;
  return end == at ? 1 : end - at;
}

static void put_calls(struct happened *happened, size_t at, size_t count) {
  const struct span *span = &happened->spans->span[at];
  uint64_t took = 0, below = happened->below_ns[at];
  for (size_t i = 0; i < count; i++)
    took += span[i].elapsed_ns;
  put_time(happened, (uint64_t)span->start_ns - (uint64_t)happened->spans->first_ns, true);
  put_time(happened, took, has_time(span));
  put_time(happened, took > below ? took - below : 0, has_time(span));
  put_name(happened, span, count);
}

static void put_all(struct happened *happened) {
  static const char head[] = "        at      took      self  path";
  const struct spans *spans = happened->spans;
  calltap__build(&happened->words, happened->colour ? "\033[1m" : "");
  calltap__build(&happened->words, head);
  calltap__build(&happened->words, happened->colour ? "\033[0m\n" : "\n");
  calltap__out_words(happened->out, &happened->words);
  for (size_t i = 0, count; i < spans->count && happened->out->error == 0; i += count) {
    if (i == 0 || spans->span[i].thread != spans->span[i - 1].thread)
      put_thread(happened, spans->span[i].thread);
    count = alike(spans, i);
    if (happened->deepest == 0 || spans->span[i].depth <= happened->deepest)
      put_calls(happened, i, count);
    else
      happened->hidden += count;
  }
  if (happened->hidden == 0)
    return;
  calltap__build(&happened->words, "... and ");
  calltap__build_number(&happened->words, happened->hidden);
  calltap__build(&happened->words, happened->hidden == 1 ? " deeper call (--depth)\n" : " deeper calls (--depth)\n");
  calltap__out_words(happened->out, &happened->words);
}

void happened_write(struct spans *spans, const struct calltap_reader *reader, uint32_t deepest, bool colour,
                    struct calltap__out *out) {
  struct happened happened = {.spans = spans, .reader = reader, .out = out, .deepest = deepest, .colour = colour};
  if (spans->count > 1)
    qsort(spans->span, spans->count, sizeof *spans->span, by_thread);
  happened.below_ns = calloc(spans->count + 1, sizeof *happened.below_ns);
  if (happened.below_ns != NULL && add_up(&happened))
    put_all(&happened);
  else
    out->error = ENOMEM;
  calltap__builder_free(&happened.words);
  free(happened.below_ns);
}
