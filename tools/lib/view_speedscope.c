/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A file for speedscope: an evented profile for each thread, in nanoseconds since the first event of all. Its reader wants every frame closed, in order:
 * a call that is open at the end is closed at the last event of its thread, and an exit without its call is left out. */
#include <errno.h>
#include <stdlib.h>

#include "calltap/version.h"
#include "spool.h"
#include "view.h"

/* An open call. */
struct opened {
  uint32_t frame;
  uint32_t depth;
};

/* A thread's stream. */
struct lane {
  const struct calltap_trace_thread *thread; /* NULL: nothing was written */
  const struct calltap_trace_file *file;
  struct opened *opened; /* its open calls */
  uint32_t count;
  uint32_t room;
  bool some; /* an event was written */
  uint64_t first_ns;
  uint64_t last_ns;
};

struct speedscope_view {
  struct calltap__view view;
  struct calltap__out *out;
  const struct calltap_reader *reader;
  struct calltap__spool *spool; /* a lane for each of `lane` */
  struct lane *lane;            /* by the thread's index */
  size_t lanes;
  bool some;
  int64_t start_ns;
};

/* --- events --- */

/* Times never go back in a lane, whatever the clock did. */
static void put(struct speedscope_view *view, size_t index, char kind, uint32_t frame) {
  char *start = calltap__spool_room(view->spool, index, 96), *at = start;
  if (start == NULL) {
    view->out->error = calltap__spool_error(view->spool);
    return;
  }
  bool is_first = !view->lane[index].some;
  view->lane[index].some = true;
  memcpy(at, ",\n{\"type\":\"O\",\"frame\":", 22); // NOLINT(bugprone-not-null-terminated-result): it goes on
  at[11] = kind;
  at[0] = is_first ? ' ' : ',';
  at += 22;
  at += calltap__format_decimal(at, frame);
  memcpy(at, ",\"at\":", 6); // NOLINT(bugprone-not-null-terminated-result): it goes on
  at += 6;
  at += calltap__format_decimal(at, view->lane[index].last_ns);
  *at++ = '}';
  calltap__spool_wrote(view->spool, index, (size_t)(at - start));
}

static bool push(struct lane *lane, struct opened opened) {
  if (lane->count == lane->room) {
    uint32_t room = lane->room * 2 + 64;
    struct opened *grown = realloc(lane->opened, room * sizeof *grown);
    if (grown == NULL)
      return false;
    lane->opened = grown;
    lane->room = room;
  }
  lane->opened[lane->count++] = opened;
  return true;
}

static void note_time(struct speedscope_view *view, struct lane *lane, const struct calltap_event *event) {
  if (!view->some)
    view->start_ns = event->real_ns;
  view->some = true;
  uint64_t ns = event->real_ns > view->start_ns ? (uint64_t)event->real_ns - (uint64_t)view->start_ns : 0;
  if (lane->thread == NULL)
    *lane = (struct lane){.thread = event->thread, .file = event->file, .first_ns = ns, .last_ns = ns};
  lane->last_ns = ns > lane->last_ns ? ns : lane->last_ns;
}

/* Calls that are deeper than that have ended, though their exits may have been left out. */
static void close_deeper(struct speedscope_view *view, size_t index, uint32_t depth) {
  struct lane *lane = &view->lane[index];
  while (lane->count > 0 && lane->opened[lane->count - 1].depth > depth)
    put(view, index, 'C', lane->opened[--lane->count].frame);
}

/* Of several stacks in one thread a call that is not the innermost may end; that cannot be said here, and it stays open for longer. */
static bool is_exit_of(const struct opened *opened, const struct calltap_event *event) {
  return opened->depth == event->depth && opened->frame == event->function->index;
}

static void speedscope_event(struct calltap__view *base, const struct calltap_event *event) {
  struct speedscope_view *view = (struct speedscope_view *)base;
  bool is_call = event->kind == CALLTAP_EVENT_CALL;
  if (!is_call && (event->kind != CALLTAP_EVENT_EXIT || !event->paired))
    return;
  uint32_t index = event->thread->index, frame = event->function->index;
  struct lane *lane = &view->lane[index];
  note_time(view, lane, event);
  close_deeper(view, index, is_call ? event->depth - 1 : event->depth);
  if (is_call) {
    put(view, index, 'O', frame);
    if (!event->function->exits)
      put(view, index, 'C', frame);
    else if (!push(lane, (struct opened){frame, event->depth}))
      view->out->error = ENOMEM;
  } else if (lane->count > 0 && is_exit_of(&lane->opened[lane->count - 1], event)) {
    close_deeper(view, index, event->depth - 1);
  }
}

/* What rules counted has no time. */
static void speedscope_tables(struct calltap__view *base, const struct calltap_trace_file *file) {
  (void)base, (void)file;
}

/* --- the file --- */

static void build_frame(struct calltap__builder *words, const struct calltap_trace_function *function) {
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, function, 0);
  calltap__build(words, "{\"name\":");
  calltap__build_json(words, (struct calltap_text){mfa.bytes, mfa.size});
  if (function->file.size > 0) {
    calltap__build(words, ",\"file\":");
    calltap__build_json(words, function->file);
  }
  if (function->line > 0) {
    calltap__build(words, ",\"line\":");
    calltap__build_number(words, function->line);
  }
  calltap__build(words, "}");
  words->failed |= mfa.failed;
  calltap__builder_free(&mfa);
}

static void put_frames(struct speedscope_view *view) {
  struct calltap__builder words = {0};
  CALLTAP__OUT(view->out, "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
                          "\"exporter\":\"calltap " CALLTAP_VERSION "\",\n\"shared\":{\"frames\":[\n");
  for (size_t i = 0; i <= calltap_reader_functions(view->reader); i++) {
    calltap__build(&words, i > 0 ? ",\n" : "");
    if (i > 0) {
      build_frame(&words, calltap_reader_function(view->reader, i));
    } else {
      calltap__build(&words, "{\"name\":\"(unknown)\"}");
    }
    calltap__out_words(view->out, &words);
  }
  calltap__builder_free(&words);
  CALLTAP__OUT(view->out, "]},\n\"profiles\":[");
}

static void build_name(struct calltap__builder *words, const struct lane *lane) {
  struct calltap__builder name = {0};
  calltap__build_bytes(&name, lane->file->program.bytes, lane->file->program.size);
  calltap__build(&name, " ");
  calltap__build_number(&name, lane->file->pid);
  calltap__build(&name, " ");
  calltap__build_bytes(&name, lane->thread->name.bytes, lane->thread->name.size);
  calltap__build(&name, "/");
  calltap__build_number(&name, lane->thread->tid);
  calltap__build_json(words, (struct calltap_text){name.bytes, name.size});
  words->failed |= name.failed;
  calltap__builder_free(&name);
}

static void put_lane(struct speedscope_view *view, size_t index, bool is_first) {
  struct lane *lane = &view->lane[index];
  struct calltap__builder words = {0};
  close_deeper(view, index, 0);
  calltap__build(&words, is_first ? "\n" : ",\n");
  calltap__build(&words, "{\"type\":\"evented\",\"unit\":\"nanoseconds\",\"name\":");
  build_name(&words, lane);
  calltap__build(&words, ",\"startValue\":");
  calltap__build_number(&words, lane->first_ns);
  calltap__build(&words, ",\"endValue\":");
  calltap__build_number(&words, lane->last_ns);
  calltap__build(&words, ",\"events\":[");
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
  calltap__spool_put(view->spool, index, view->out);
  CALLTAP__OUT(view->out, "]}");
}

static void speedscope_end(struct calltap__view *base) {
  struct speedscope_view *view = (struct speedscope_view *)base;
  bool is_first = true;
  put_frames(view);
  for (size_t i = 0; i < view->lanes && view->out->error == 0; i++) {
    if (view->lane[i].thread == NULL)
      continue;
    put_lane(view, i, is_first);
    is_first = false;
  }
  CALLTAP__OUT(view->out, "]}\n");
}

static void speedscope_free(struct calltap__view *base) {
  struct speedscope_view *view = (struct speedscope_view *)base;
  for (size_t i = 0; view->lane != NULL && i < view->lanes; i++)
    free(view->lane[i].opened);
  calltap__spool_free(view->spool);
  free(view->lane);
  free(view);
}

struct calltap__view *calltap__view_speedscope(const struct calltap_reader *reader, struct calltap__out *out,
                                               struct calltap__view_options options) {
  struct speedscope_view *view = calloc(1, sizeof *view);
  (void)options;
  if (view == NULL)
    return NULL;
  view->view = (struct calltap__view){speedscope_event, speedscope_tables, speedscope_end, speedscope_free};
  view->out = out;
  view->reader = reader;
  view->lanes = calltap_reader_threads(reader);
  view->lane = calloc(view->lanes + 1, sizeof *view->lane);
  view->spool = calltap__spool_new();
  if (view->lane != NULL && view->spool != NULL)
    return &view->view;
  speedscope_free(&view->view);
  return NULL;
}
