/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One line an event:
 *
 *     13:14:55.365157 4711 worker-3/4713 #17 server:process(c=0x7f31c0, cmd={len=3, name="SET"} (by value))
 *     13:14:55.365201 4711 worker-3/4713 #17 server:process/2 --> -1  (44.1 us)
 *
 * and below it, indented, what the event says beside its values.
 *
 * What does not change from one event of a function or a thread to the next is made once and copied. */
#include <errno.h>
#include <stdlib.h>

#include "view.h"

/* How one function's lines read. */
struct lines {
  struct calltap__template call; /* module:function(a=, b=) and the end of the line */
  struct calltap__builder exit;  /* module:function/arity --> */
  struct calltap__gap result;
};

struct text_view {
  struct calltap__view view;
  struct calltap__out *out;
  struct calltap__view_options options;
  struct lines *lines;            /* by the function's index */
  struct calltap__prefix *prefix; /* by the thread's index */
  size_t functions;
  size_t threads;
  struct calltap__second second;
  struct calltap__writer writer;
  struct calltap__decoder decoder;
};

static const char dim[] = "\033[2m", bold[] = "\033[1m", plain[] = "\033[0m";

static void colour(struct text_view *view, struct calltap__builder *builder, const char *code) {
  if (view->options.colour)
    calltap__build(builder, code);
}

/* --- values --- */

static size_t format_signed(char *out, uint64_t value, bool negative) {
  if (!negative)
    return calltap__format_decimal(out, value);
  *out = '-';
  return 1 + calltap__format_decimal(out + 1, ~value + 1);
}

static size_t format_bool(char *out, uint64_t value) {
  if (value > 1)
    return calltap__format_decimal(out, value);
  memcpy(out, value ? "true" : "false", 5);
  return value ? 4 : 5;
}

static size_t format_pointer(char *out, uint64_t value) {
  if (value != 0)
    return calltap__format_hex(out, value);
  memcpy(out, "NULL", 5);
  return 4;
}

static void put_plain_value(struct calltap__out *out, uint64_t value, bool negative, enum calltap__gap_kind kind) {
  char *at = calltap__out_room(out, 32);
  switch (kind) {
  case CALLTAP__GAP_POINTER:
    out->at += format_pointer(at, value);
    break;
  case CALLTAP__GAP_CHAR:
    out->at += calltap__format_char(at, (unsigned char)value);
    break;
  case CALLTAP__GAP_BOOL:
    out->at += format_bool(at, value);
    break;
  default:
    out->at += format_signed(at, value, negative);
    break;
  }
}

static void put_value(struct calltap__view *base, const struct calltap_event *event, unsigned index,
                      const struct calltap__gap *gap) {
  struct text_view *view = (struct text_view *)base;
  if (gap->kind != CALLTAP__GAP_DECODED && calltap__is_plain(event, index)) {
    put_plain_value(view->out, event->value[index], event->negative >> index & 1, gap->kind);
    return;
  }
  view->writer.file = event->file;
  view->writer.by_value = event->kind == CALLTAP_EVENT_CALL;
  calltap__decode_event(&view->decoder, event, index, &gap->type);
}

/* --- templates --- */

static void add_value(struct calltap__template_maker *maker, const struct calltap_trace_function *function,
                      const struct calltap_trace_value *value) {
  if (value->presence == CALLTAP_WIRE_PRESENT) {
    calltap__template_gap(maker, calltap__gap(function, value));
  } else {
    calltap__build(&maker->builder, calltap__text_unknown[calltap__absent(value->presence)]);
  }
}

static void add_parameters(struct calltap__template_maker *maker, const struct calltap_trace_function *function) {
  struct calltap__builder *builder = &maker->builder;
  for (uint32_t i = 0; i < function->parameters; i++) {
    if (i > 0)
      calltap__build(builder, ", ");
    if (function->parameter[i].name.size > 0) {
      calltap__build_plain(builder, function->parameter[i].name);
      calltap__build(builder, "=");
    }
    add_value(maker, function, &function->parameter[i]);
  }
  uint32_t described = function->parameters - ((function->flags & CALLTAP_FUNCTION_METHOD) != 0);
  bool more = (function->flags & CALLTAP_FUNCTION_VARIADIC) != 0 || function->arity > described;
  if (more)
    calltap__build(builder, function->parameters > 0 ? ", ..." : "...");
}

static bool make_call(struct text_view *view, const struct calltap_trace_function *function,
                      struct calltap__template *made) {
  struct calltap__template_maker maker = {0};
  colour(view, &maker.builder, bold);
  calltap__build_plain(&maker.builder, function->module);
  calltap__build(&maker.builder, ":");
  calltap__build_plain(&maker.builder, function->name);
  colour(view, &maker.builder, plain);
  calltap__build(&maker.builder, "(");
  add_parameters(&maker, function);
  calltap__build(&maker.builder, ")\n");
  return calltap__template_done(&maker, made);
}

static bool make_exit(struct text_view *view, const struct calltap_trace_function *function,
                      struct calltap__builder *made) {
  colour(view, made, bold);
  calltap__build_plain(made, function->module);
  calltap__build(made, ":");
  calltap__build_plain(made, function->name);
  calltap__build(made, "/");
  calltap__build_number(made, function->arity);
  colour(view, made, plain);
  calltap__build(made, " -->");
  return !made->failed;
}

static void free_lines(struct lines *lines) {
  calltap__template_free(&lines->call);
  calltap__builder_free(&lines->exit);
}

static bool make_lines(struct text_view *view, const struct calltap_trace_function *function, struct lines *lines) {
  lines->result = calltap__gap(function, &function->result);
  if (make_call(view, function, &lines->call) && make_exit(view, function, &lines->exit))
    return true;
  free_lines(lines);
  view->out->error = ENOMEM;
  return false;
}

/* --- parts of a line --- */

static void put_time(struct text_view *view, int64_t real_ns) {
  uint32_t ns = calltap__second(&view->second, real_ns, view->options.utc, "%H:%M:%S.");
  char *at = calltap__out_room(view->out, sizeof view->second.text + 8);
  /* A fixed-size copy of the nine bytes a time of day has is much cheaper than one of its size. */
  memcpy(at, view->second.text, 16);
  calltap__format_padded(at + view->second.size, ns / 1000, 6);
  view->out->at += view->second.size + 6;
}

/* " 4711 worker-3/4713 " */
static void make_prefix(struct text_view *view, const struct calltap_event *event, struct calltap__prefix *prefix) {
  struct calltap__builder builder = {0};
  calltap__build(&builder, " ");
  calltap__build_number(&builder, event->file->pid);
  calltap__build(&builder, " ");
  if (event->thread->stream != 0) {
    calltap__build_plain(&builder, event->thread->name);
    calltap__build(&builder, "/");
    calltap__build_number(&builder, event->thread->tid);
    calltap__build(&builder, " ");
  }
  colour(view, &builder, plain);
  free(prefix->bytes);
  prefix->bytes = builder.bytes;
  prefix->size = builder.size;
  if (builder.failed)
    view->out->error = ENOMEM;
}

static void put_start(struct text_view *view, const struct calltap_event *event) {
  struct calltap__prefix *prefix = &view->prefix[event->thread->index];
  if (calltap__prefix_stale(prefix, event->thread))
    make_prefix(view, event, prefix);
  if (view->options.colour)
    calltap__out(view->out, dim, sizeof dim - 1);
  put_time(view, event->real_ns);
  calltap__out(view->out, prefix->bytes, prefix->size);
}

static void put_call_number(struct calltap__out *out, uint64_t call) {
  char *at = calltap__out_room(out, 24);
  *at++ = '#';
  if (call == 0) {
    *at++ = '?';
  } else {
    at += calltap__format_decimal(at, call);
  }
  *at++ = ' ';
  out->at = at;
}

enum { TREE_NUMBER = 7, TREE_STEP = 2, TREE_DEEPEST = 64 };

/* In a tree the number of the call has a width that stays put, and what stands behind it goes in with the depth. */
static void put_indent(struct calltap__out *out, const char *number, uint32_t depth) {
  size_t written = (size_t)(out->at - number);
  size_t levels = depth == 0 ? 0 : depth - 1 < TREE_DEEPEST ? depth - 1 : TREE_DEEPEST;
  size_t spaces = TREE_STEP * levels + (written < TREE_NUMBER ? TREE_NUMBER - written : 0);
  memset(calltap__out_room(out, spaces), ' ', spaces);
  out->at += spaces;
}

static void put_duration(struct calltap__out *out, uint64_t ns) {
  CALLTAP__OUT(out, "  (");
  out->at += calltap__format_duration(calltap__out_room(out, 25), ns);
  CALLTAP__OUT(out, ")\n");
}

/* Of a call that is open at the end. */
static void put_open(struct calltap__out *out, uint64_t ns) {
  CALLTAP__OUT(out, "  open     ");
  out->at += calltap__format_duration(calltap__out_room(out, 25), ns);
  CALLTAP__OUT(out, "\n");
}

/* --- events --- */

/* Functions that are not known have no texts of their own: their numbers may be many. */
static void put_unknown(struct calltap__out *out, const struct calltap_event *event) {
  CALLTAP__OUT(out, "?:#");
  calltap__out_decimal(out, event->number);
  if (event->kind == CALLTAP_EVENT_CALL) {
    CALLTAP__OUT(out, "(...)\n");
  } else {
    CALLTAP__OUT(out, "/? -->");
  }
}

static void put_result(struct text_view *view, const struct calltap_event *event, const struct lines *lines) {
  const struct calltap_trace_value *result = &event->function->result;
  if (lines->result.type.kind == CALLTAP_TYPE_VOID)
    return;
  CALLTAP__OUT(view->out, " ");
  if (result->presence == CALLTAP_WIRE_PRESENT) {
    put_value(&view->view, event, 0, &lines->result);
  } else {
    const char *why = calltap__text_unknown[calltap__absent(result->presence)];
    calltap__out(view->out, why, strlen(why));
  }
}

static void put_exception(struct text_view *view, struct calltap_text mangled) {
  struct calltap__builder words = {0};
  char *name = calltap__demangle(mangled);
  calltap__build(&words, " (");
  calltap__build_plain(&words, (struct calltap_text){name, name != NULL ? strlen(name) : 0});
  calltap__build(&words, ")");
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
  free(name);
}

static void put_outcome(struct text_view *view, const struct calltap_event *event, const struct lines *lines) {
  struct calltap__out *out = view->out;
  switch (event->exit) {
  case CALLTAP_EXIT_RETURN:
    put_result(view, event, lines);
    break;
  case CALLTAP_EXIT_TAIL:
    CALLTAP__OUT(out, " tail call");
    break;
  case CALLTAP_EXIT_SKIPPED:
    CALLTAP__OUT(out, " skipped");
    break;
  case CALLTAP_EXIT_UNWOUND:
    CALLTAP__OUT(out, " unwound");
    if (event->extra != NULL && event->extra->exception.size > 0)
      put_exception(view, event->extra->exception);
    break;
  case CALLTAP_EXIT_THREAD_END:
    CALLTAP__OUT(out, " thread ended");
    break;
  default:
    CALLTAP__OUT(out, " left in a way this version does not know");
    break;
  }
}

/* "module:function/arity -->" */
static void put_name(struct text_view *view, const struct calltap_event *event, const struct lines *lines) {
  if (event->function->index == 0) {
    put_unknown(view->out, event);
  } else {
    calltap__out(view->out, lines->exit.bytes, lines->exit.size);
  }
}

static void put_exit(struct text_view *view, const struct calltap_event *event, const struct lines *lines) {
  struct calltap__out *out = view->out;
  put_name(view, event, lines);
  put_outcome(view, event, lines);
  if (event->exit == CALLTAP_EXIT_SKIPPED || event->exit == CALLTAP_EXIT_THREAD_END) {
    /* When it really ended is not known, only that it had ended by now. */
    CALLTAP__OUT(out, "\n");
  } else if (event->paired) {
    put_duration(out, event->elapsed_ns);
  } else if (event->file->limit_calls != 0) {
    /* It may have been one call too many. */
    CALLTAP__OUT(out, "  (call not recorded)\n");
  } else if (event->file->ring != 0) {
    CALLTAP__OUT(out, "  (entered before what the ring keeps)\n");
  } else if (event->file->part > 1) {
    CALLTAP__OUT(out, "  (entered before what this file has)\n");
  } else {
    CALLTAP__OUT(out, "  (entered before tracing)\n");
  }
}

/* False without memory. */
static bool has_lines(struct text_view *view, const struct calltap_trace_function *function) {
  struct lines *lines = &view->lines[function->index];
  return function->index == 0 || lines->call.bytes != NULL || make_lines(view, function, lines);
}

/* What came out of a call that ended in a tail call, as that of the function which ended then. */
static void put_late_result(struct text_view *view, const struct calltap_event *event, const struct lines *lines) {
  struct calltap_event exit = *event;
  struct calltap__builder by = {0};
  if (!has_lines(view, event->by))
    return;
  put_name(view, event, lines);
  exit.kind = CALLTAP_EVENT_EXIT;
  exit.function = event->by;
  put_outcome(view, &exit, &view->lines[event->by->index]);
  calltap__build(&by, " (by ");
  calltap__build_mfa(&by, event->by, 0);
  calltap__build(&by, ")");
  calltap__out_words(view->out, &by);
  calltap__builder_free(&by);
  put_duration(view->out, event->elapsed_ns);
}

static void put_function_event(struct text_view *view, const struct calltap_event *event) {
  const struct lines *lines = &view->lines[event->function->index];
  bool known = event->function->index != 0;
  if (!has_lines(view, event->function))
    return;
  const char *number = calltap__out_room(view->out, 24);
  put_call_number(view->out, event->call);
  if (view->options.tree)
    put_indent(view->out, number, event->depth);
  if (event->kind == CALLTAP_EVENT_EXIT) {
    put_exit(view, event, lines);
  } else if (event->kind == CALLTAP_EVENT_RESULT) {
    put_late_result(view, event, lines);
  } else if (known) {
    calltap__out_template(view->out, &lines->call, &view->view, event, put_value);
  } else {
    put_unknown(view->out, event);
  }
}

/* Two texts, what stands between them and behind. */
static void put_texts(struct text_view *view, const struct calltap_event *event, const char *between,
                      const char *behind) {
  struct calltap__builder words = {0};
  calltap__build_plain(&words, event->cause);
  calltap__build(&words, between);
  calltap__build_plain(&words, event->text);
  calltap__build(&words, behind);
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

static void put_overwritten(struct text_view *view, const struct calltap_event *event) {
  CALLTAP__OUT(view->out, "... ");
  calltap__out_decimal(view->out, event->count);
  if (event->count == 1) {
    CALLTAP__OUT(view->out, " older event overwritten\n");
  } else {
    CALLTAP__OUT(view->out, " older events overwritten\n");
  }
}

static void put_lost(struct text_view *view, const struct calltap_event *event) {
  struct calltap__builder cause = {0};
  if (calltap__text_is(event->cause, CALLTAP_WIRE_LOST_OVERWRITTEN)) {
    put_overwritten(view, event);
    return;
  }
  calltap__build_plain(&cause, event->cause);
  CALLTAP__OUT(view->out, "... lost ");
  calltap__out_decimal(view->out, event->count);
  if (event->count == 1) {
    CALLTAP__OUT(view->out, " event (");
  } else {
    CALLTAP__OUT(view->out, " events (");
  }
  calltap__out(view->out, cause.bytes, cause.size);
  CALLTAP__OUT(view->out, ")\n");
  calltap__builder_free(&cause);
}

/* "[42] ", "[GET /] ": of one line. */
static __attribute__((noinline)) void put_tag(struct text_view *view, struct calltap_items tag) {
  struct calltap__bytes bytes = {tag.at, tag.end};
  struct calltap__item item = {0};
  CALLTAP__OUT(view->out, "[");
  if (calltap__item(&bytes, &item) == CALLTAP__GOOD && item.type == CALLTAP__BYTES) {
    calltap__build_plain(&view->writer.words, item.text);
    calltap__out_words(view->out, &view->writer.words);
  } else {
    calltap__decode_bare(&view->decoder, tag);
  }
  CALLTAP__OUT(view->out, "] ");
}

/* A file that grows gets more functions and threads. */
static __attribute__((noinline)) bool make_room(struct text_view *view, uint32_t function, uint32_t thread) {
  if (function >= view->functions) {
    struct lines *grown = calltap__view_room(view->lines, &view->functions, function, sizeof *grown);
    if (grown == NULL)
      return false;
    view->lines = grown;
  }
  if (thread >= view->threads) {
    struct calltap__prefix *grown = calltap__view_room(view->prefix, &view->threads, thread, sizeof *grown);
    if (grown == NULL)
      return false;
    view->prefix = grown;
  }
  return true;
}

static bool has_room(struct text_view *view, const struct calltap_event *event) {
  uint32_t function = event->function != NULL ? event->function->index : 0, thread = event->thread->index;
  if (function < view->functions && thread < view->threads)
    return true;
  bool good = make_room(view, function, thread);
  if (!good)
    view->out->error = ENOMEM;
  return good;
}

static void text_event(struct calltap__view *base, const struct calltap_event *event) {
  struct text_view *view = (struct text_view *)base;
  if (!has_room(view, event))
    return;
  put_start(view, event);
  if (event->tag.at != NULL)
    put_tag(view, event->tag);
  switch (event->kind) {
  case CALLTAP_EVENT_CALL:
  case CALLTAP_EVENT_EXIT:
  case CALLTAP_EVENT_RESULT:
    put_function_event(view, event);
    break;
  case CALLTAP_EVENT_LOST:
    put_lost(view, event);
    break;
  case CALLTAP_EVENT_PAUSE:
    CALLTAP__OUT(view->out, "... paused\n");
    break;
  case CALLTAP_EVENT_DISARMED:
    CALLTAP__OUT(view->out, "... disarmed ");
    put_texts(view, event, ":", ", which cost more than the budget\n");
    break;
  case CALLTAP_EVENT_MARK:
    put_texts(view, event, ": ", "\n");
    break;
  default:
    CALLTAP__OUT(view->out, "... resumed\n");
    break;
  }
  if (event->extra != NULL)
    calltap__text_extra(&view->writer, &view->decoder, event);
  if (event->open_ns > 0)
    put_open(view->out, event->open_ns);
}

static void text_tables(struct calltap__view *base, const struct calltap_trace_file *file) {
  struct text_view *view = (struct text_view *)base;
  calltap__text_tables(&view->writer, &view->decoder, file, view->options.colour);
}

static void text_free(struct calltap__view *base) {
  struct text_view *view = (struct text_view *)base;
  for (size_t i = 0; view->lines != NULL && i < view->functions; i++)
    free_lines(&view->lines[i]);
  for (size_t i = 0; view->prefix != NULL && i < view->threads; i++)
    free(view->prefix[i].bytes);
  calltap__decoder_free(&view->decoder);
  calltap__builder_free(&view->writer.words);
  free(view->lines);
  free(view->prefix);
  free(view);
}

struct calltap__view *calltap__view_text(const struct calltap_reader *reader, struct calltap__out *out,
                                         struct calltap__view_options options) {
  struct text_view *view = calloc(1, sizeof *view);
  if (view == NULL)
    return NULL;
  view->view = (struct calltap__view){text_event, text_tables, NULL, text_free};
  view->out = out;
  view->options = options;
  calltap__text_writer(&view->writer, out, options.namer);
  view->decoder.sink = &view->writer.sink;
  view->functions = calltap_reader_functions(reader) + 1;
  view->threads = calltap_reader_threads(reader);
  view->lines = calloc(view->functions, sizeof *view->lines);
  view->prefix = calloc(view->threads + 1, sizeof *view->prefix);
  if (view->lines == NULL || view->prefix == NULL) {
    text_free(&view->view);
    return NULL;
  }
  return &view->view;
}
