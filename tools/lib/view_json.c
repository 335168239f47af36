/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One JSON object a line. The keys are an interface: docs/json.md. */
#include <errno.h>
#include <stdlib.h>

#include "view.h"

/* How one function's objects read, from `"mfa"` on. */
struct objects {
  struct calltap__template call; /* with args, up to the last bracket of args */
  struct calltap__builder exit;  /* the mfa */
  struct calltap__gap result;
};

struct json_view {
  struct calltap__view view;
  struct calltap__out *out;
  struct objects *objects;        /* by the function's index */
  struct calltap__prefix *prefix; /* by the thread's index */
  size_t functions;
  size_t threads;
  struct calltap__second second;
  struct calltap__writer writer;
  struct calltap__decoder decoder;
};

/* --- values --- */

static void put_value(struct calltap__view *base, const struct calltap_event *event, unsigned index,
                      const struct calltap__gap *gap) {
  struct json_view *view = (struct json_view *)base;
  calltap__json_value(&view->writer, &view->decoder, event, index, gap);
}

/* --- templates --- */

/* A type as C writes it, as a JSON string. */
static void add_type(struct calltap__builder *builder, const char *type) {
  struct calltap__builder spelled = {0};
  calltap__build_type(&spelled, type);
  calltap__build_json(builder, (struct calltap_text){spelled.bytes, spelled.size});
  builder->failed |= spelled.failed;
  calltap__builder_free(&spelled);
}

static void add_argument(struct calltap__template_maker *maker, const struct calltap_trace_function *function,
                         const struct calltap_trace_value *value) {
  calltap__build(&maker->builder, "{\"name\":");
  calltap__build_json(&maker->builder, value->name);
  calltap__build(&maker->builder, ",\"type\":");
  add_type(&maker->builder, value->type);
  calltap__build(&maker->builder, ",\"value\":");
  calltap__json_gap(maker, function, value);
  calltap__build(&maker->builder, "}");
}

static void add_mfa(struct calltap__builder *builder, const struct calltap_trace_function *function, uint32_t number) {
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, function, number);
  calltap__build(builder, ",\"mfa\":");
  calltap__build_json(builder, (struct calltap_text){mfa.bytes, mfa.size});
  builder->failed |= mfa.failed;
  calltap__builder_free(&mfa);
}

static bool make_call(const struct calltap_trace_function *function, struct calltap__template *made) {
  struct calltap__template_maker maker = {0};
  add_mfa(&maker.builder, function, 0);
  calltap__build(&maker.builder, ",\"args\":[");
  for (uint32_t i = 0; i < function->parameters; i++) {
    if (i > 0)
      calltap__build(&maker.builder, ",");
    add_argument(&maker, function, &function->parameter[i]);
  }
  calltap__build(&maker.builder, "]");
  return calltap__template_done(&maker, made);
}

static void free_objects(struct objects *objects) {
  calltap__template_free(&objects->call);
  calltap__builder_free(&objects->exit);
}

static bool make_objects(struct json_view *view, const struct calltap_trace_function *function,
                         struct objects *objects) {
  add_mfa(&objects->exit, function, 0);
  objects->result = calltap__gap(function, &function->result);
  if (!objects->exit.failed && make_call(function, &objects->call))
    return true;
  free_objects(objects);
  view->out->error = ENOMEM;
  return false;
}

/* --- parts of an object --- */

static void put_signed(struct calltap__out *out, int64_t value) {
  if (value < 0)
    CALLTAP__OUT(out, "-");
  calltap__out_decimal(out, value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value);
}

static void build_text(struct calltap__builder *builder, const char *key, struct calltap_text text) {
  calltap__build(builder, key);
  calltap__build_json(builder, text);
}

static void build_number(struct calltap__builder *builder, const char *key, uint64_t number) {
  calltap__build(builder, key);
  calltap__build_number(builder, number);
}

/* From `"host"` to `"session"`. Stream 0 is no thread. */
static void make_prefix(struct json_view *view, const struct calltap_event *event, struct calltap__prefix *prefix) {
  struct calltap__builder builder = {0};
  build_text(&builder, ",\"host\":", event->file->host);
  build_text(&builder, ",\"program\":", event->file->program);
  build_number(&builder, ",\"pid\":", event->file->pid);
  if (event->thread->stream != 0) {
    build_number(&builder, ",\"tid\":", event->thread->tid);
    build_text(&builder, ",\"thread\":", event->thread->name);
  }
  build_text(&builder, ",\"session\":", event->file->session);
  calltap__build(&builder, ",\"event\":\"");
  free(prefix->bytes);
  prefix->bytes = builder.bytes;
  prefix->size = builder.size;
  if (builder.failed)
    view->out->error = ENOMEM;
}

static void put_start(struct json_view *view, const struct calltap_event *event) {
  struct calltap__out *out = view->out;
  struct calltap__prefix *prefix = &view->prefix[event->thread->index];
  if (calltap__prefix_stale(prefix, event->thread))
    make_prefix(view, event, prefix);
  uint32_t ns = calltap__second(&view->second, event->real_ns, true, "{\"time\":\"%Y-%m-%dT%H:%M:%S.");
  calltap__out(out, view->second.text, view->second.size);
  calltap__format_padded(calltap__out_room(out, 9), ns, 9);
  out->at += 9;
  CALLTAP__OUT(out, "Z\",\"t_ns\":");
  put_signed(out, event->t_ns);
  calltap__out(out, prefix->bytes, prefix->size);
}

static void put_call_number(struct calltap__out *out, uint64_t call) {
  if (call == 0)
    return;
  CALLTAP__OUT(out, ",\"call\":");
  calltap__out_decimal(out, call);
}

/* Functions that are not known have no template: their numbers may be many. */
static void put_unknown_mfa(struct json_view *view, const struct calltap_event *event) {
  struct calltap__builder builder = {0};
  add_mfa(&builder, event->function, event->number);
  if (builder.failed)
    view->out->error = ENOMEM;
  calltap__out(view->out, builder.bytes, builder.size);
  calltap__builder_free(&builder);
}

/* --- events --- */

static void put_call(struct json_view *view, const struct calltap_event *event, const struct objects *objects) {
  CALLTAP__OUT(view->out, "call\"");
  put_call_number(view->out, event->call);
  if (event->function->index == 0) {
    put_unknown_mfa(view, event);
  } else {
    calltap__out_template(view->out, &objects->call, &view->view, event, put_value);
  }
  CALLTAP__OUT(view->out, ",\"depth\":");
  calltap__out_decimal(view->out, event->depth);
  if (event->open_ns > 0) {
    CALLTAP__OUT(view->out, ",\"open_ns\":");
    calltap__out_decimal(view->out, event->open_ns);
  }
}

static void put_exit_kind(struct calltap__out *out, uint8_t exit) {
  static const char *const names[] = {
      [CALLTAP_EXIT_RETURN] = ",\"exit\":\"return\"",   [CALLTAP_EXIT_TAIL] = ",\"exit\":\"tail\"",
      [CALLTAP_EXIT_OTHER] = ",\"exit\":\"unknown\"",   [CALLTAP_EXIT_SKIPPED] = ",\"exit\":\"skipped\"",
      [CALLTAP_EXIT_UNWOUND] = ",\"exit\":\"unwound\"", [CALLTAP_EXIT_THREAD_END] = ",\"exit\":\"thread_end\"",
  };
  calltap__out(out, names[exit], strlen(names[exit]));
}

/* `of` is the function whose result it is. */
static void put_result(struct json_view *view, const struct calltap_event *event,
                       const struct calltap_trace_function *of) {
  const struct calltap_trace_value *result = &of->result;
  const struct objects *objects = &view->objects[of->index];
  if (event->exit != CALLTAP_EXIT_RETURN || objects->result.type.kind == CALLTAP_TYPE_VOID)
    return;
  CALLTAP__OUT(view->out, ",\"result\":");
  if (result->presence == CALLTAP_WIRE_PRESENT) {
    put_value(&view->view, event, 0, &objects->result);
  } else {
    const char *why = calltap__json_unknown[calltap__absent(result->presence)];
    calltap__out(view->out, why, strlen(why));
    CALLTAP__OUT(view->out, "}");
  }
}

static void put_exception(struct json_view *view, struct calltap_text mangled) {
  struct calltap__builder words = {0};
  char *name = calltap__demangle(mangled);
  build_text(&words, ",\"exception\":", (struct calltap_text){name, name != NULL ? strlen(name) : 0});
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
  free(name);
}

/* False without memory. */
static bool has_objects(struct json_view *view, const struct calltap_trace_function *function) {
  struct objects *objects = &view->objects[function->index];
  return function->index == 0 || objects->call.bytes != NULL || make_objects(view, function, objects);
}

/* What came out of a call that ended in a tail call, as that of the function which ended then. */
static void put_by(struct json_view *view, const struct calltap_event *event) {
  struct calltap__builder words = {0}, mfa = {0};
  calltap__build_mfa(&mfa, event->by, 0);
  build_text(&words, ",\"by\":", (struct calltap_text){mfa.bytes, mfa.size});
  build_number(&words, ",\"by_call\":", event->by_call);
  words.failed |= mfa.failed;
  calltap__out_words(view->out, &words);
  calltap__builder_free(&mfa);
  calltap__builder_free(&words);
}

static void put_exit(struct json_view *view, const struct calltap_event *event, const struct objects *objects) {
  struct calltap__out *out = view->out;
  bool is_late = event->kind == CALLTAP_EVENT_RESULT;
  const char *kind = is_late ? "result\"" : "exit\"";
  calltap__out(out, kind, strlen(kind));
  put_call_number(out, event->call);
  put_exit_kind(out, event->exit);
  if (event->function->index == 0) {
    put_unknown_mfa(view, event);
  } else {
    calltap__out(out, objects->exit.bytes, objects->exit.size);
  }
  put_result(view, event, is_late ? event->by : event->function);
  if (event->extra != NULL && event->extra->exception.size > 0)
    put_exception(view, event->extra->exception);
  if (is_late)
    put_by(view, event);
  if (calltap_event_has_elapsed(event)) {
    CALLTAP__OUT(out, ",\"elapsed_ns\":");
    calltap__out_decimal(out, event->elapsed_ns);
  }
}

static void put_function_event(struct json_view *view, const struct calltap_event *event) {
  const struct objects *objects = &view->objects[event->function->index];
  if (!has_objects(view, event->function) || (event->by != NULL && !has_objects(view, event->by)))
    return;
  if (event->kind == CALLTAP_EVENT_CALL) {
    put_call(view, event, objects);
  } else {
    put_exit(view, event, objects);
  }
}

static void put_lost(struct json_view *view, const struct calltap_event *event) {
  struct calltap__builder cause = {0};
  build_text(&cause, "lost\",\"cause\":", event->cause);
  if (cause.failed)
    view->out->error = ENOMEM;
  calltap__out(view->out, cause.bytes, cause.size);
  CALLTAP__OUT(view->out, ",\"count\":");
  calltap__out_decimal(view->out, event->count);
  calltap__builder_free(&cause);
}

static void put_texts(struct json_view *view, const struct calltap_event *event, const char *first,
                      const char *second) {
  struct calltap__builder words = {0};
  build_text(&words, first, event->cause);
  build_text(&words, second, event->text);
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

/* A file that grows gets more functions and threads. */
static __attribute__((noinline)) bool make_room(struct json_view *view, uint32_t function, uint32_t thread) {
  if (function >= view->functions) {
    struct objects *grown = calltap__view_room(view->objects, &view->functions, function, sizeof *grown);
    if (grown == NULL)
      return false;
    view->objects = grown;
  }
  if (thread >= view->threads) {
    struct calltap__prefix *grown = calltap__view_room(view->prefix, &view->threads, thread, sizeof *grown);
    if (grown == NULL)
      return false;
    view->prefix = grown;
  }
  return true;
}

static bool has_room(struct json_view *view, const struct calltap_event *event) {
  uint32_t function = event->function != NULL ? event->function->index : 0, thread = event->thread->index;
  if (function < view->functions && thread < view->threads)
    return true;
  bool good = make_room(view, function, thread);
  if (!good)
    view->out->error = ENOMEM;
  return good;
}

static void json_event(struct calltap__view *base, const struct calltap_event *event) {
  struct json_view *view = (struct json_view *)base;
  if (!has_room(view, event))
    return;
  put_start(view, event);
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
    CALLTAP__OUT(view->out, "pause\"");
    break;
  case CALLTAP_EVENT_DISARMED:
    put_texts(view, event, "disarmed\",\"module\":", ",\"function\":");
    break;
  case CALLTAP_EVENT_MARK:
    put_texts(view, event, "mark\",\"name\":", ",\"text\":");
    break;
  default:
    CALLTAP__OUT(view->out, "resume\"");
    break;
  }
  if (event->tag.at != NULL) {
    CALLTAP__OUT(view->out, ",\"tag\":");
    calltap__decode_bare(&view->decoder, event->tag);
  }
  if (event->extra != NULL)
    calltap__json_extra(&view->writer, &view->decoder, event);
  CALLTAP__OUT(view->out, "}\n");
}

static void json_tables(struct calltap__view *base, const struct calltap_trace_file *file) {
  struct json_view *view = (struct json_view *)base;
  calltap__json_tables(&view->writer, &view->decoder, file);
}

static void json_free(struct calltap__view *base) {
  struct json_view *view = (struct json_view *)base;
  for (size_t i = 0; view->objects != NULL && i < view->functions; i++)
    free_objects(&view->objects[i]);
  for (size_t i = 0; view->prefix != NULL && i < view->threads; i++)
    free(view->prefix[i].bytes);
  calltap__decoder_free(&view->decoder);
  calltap__builder_free(&view->writer.words);
  free(view->objects);
  free(view->prefix);
  free(view);
}

struct calltap__view *calltap__view_json(const struct calltap_reader *reader, struct calltap__out *out,
                                         struct calltap__view_options options) {
  struct json_view *view = calloc(1, sizeof *view);
  if (view == NULL)
    return NULL;
  view->view = (struct calltap__view){json_event, json_tables, NULL, json_free};
  view->out = out;
  calltap__json_writer(&view->writer, out, options.namer);
  view->decoder.sink = &view->writer.sink;
  view->functions = calltap_reader_functions(reader) + 1;
  view->threads = calltap_reader_threads(reader);
  view->objects = calloc(view->functions, sizeof *view->objects);
  view->prefix = calloc(view->threads + 1, sizeof *view->prefix);
  if (view->objects == NULL || view->prefix == NULL) {
    json_free(&view->view);
    return NULL;
  }
  return &view->view;
}
