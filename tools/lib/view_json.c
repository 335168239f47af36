/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One JSON object a line. The keys are an interface: docs/json.md. */
#include <errno.h>
#include <stdlib.h>

#include "view.h"

/* How one function's objects read, from `"mfa"` on. */
struct objects {
  struct calltap__template call; /* with args, up to the last bracket of args */
  struct calltap__builder exit;  /* the mfa */
};

struct json_view {
  struct calltap__view view;
  struct calltap__out *out;
  struct objects *objects;        /* by the function's index */
  struct calltap__prefix *prefix; /* by the thread's index */
  size_t functions;
  size_t threads;
  struct calltap__second second;
};

static const char unknown_optimized[] = "{\"unknown\":\"optimized out\"}";
static const char unknown_captured[] = "{\"unknown\":\"not captured\"}";
static const char unknown_unreadable[] = "{\"unknown\":\"unreadable\"}";

/* --- values --- */

/* Beyond 2^53 JavaScript's numbers have gaps: then as a string. */
static size_t format_integer(char *out, uint64_t value, bool negative) {
  uint64_t magnitude = negative ? ~value + 1 : value;
  bool quoted = magnitude > (uint64_t)1 << 53;
  size_t size = 0;
  if (quoted)
    out[size++] = '"';
  if (negative)
    out[size++] = '-';
  size += calltap__format_decimal(out + size, magnitude);
  if (quoted)
    out[size++] = '"';
  return size;
}

static size_t format_pointer(char *out, uint64_t value) {
  out[0] = '"';
  size_t size = 1 + calltap__format_hex(out + 1, value);
  out[size] = '"';
  return size + 1;
}

static void put_value(struct calltap__out *out, const struct calltap_event *event, unsigned index, uint8_t kind) {
  if (index >= event->values) {
    calltap__out(out, unknown_captured, sizeof unknown_captured - 1);
    return;
  }
  if ((event->unreadable >> index & 1) != 0) {
    calltap__out(out, unknown_unreadable, sizeof unknown_unreadable - 1);
    return;
  }
  uint64_t value = event->value[index];
  char *at = calltap__out_room(out, 32);
  if (kind == CALLTAP_KIND_POINTER) {
    out->at += format_pointer(at, value);
  } else if (kind == CALLTAP_KIND_BOOL && value <= 1) {
    memcpy(at, value ? "true" : "false", 5);
    out->at += value ? 4 : 5;
  } else {
    out->at += format_integer(at, value, event->negative >> index & 1);
  }
}

/* --- templates --- */

static void add_value(struct calltap__template_maker *maker, const struct calltap_trace_value *value) {
  switch (value->presence) {
  case CALLTAP_WIRE_PRESENT:
    calltap__template_gap(maker, value->kind);
    break;
  case CALLTAP_WIRE_OPTIMIZED_OUT:
    calltap__build(&maker->builder, unknown_optimized);
    break;
  default:
    calltap__build(&maker->builder, unknown_captured);
    break;
  }
}

static void add_argument(struct calltap__template_maker *maker, const struct calltap_trace_value *value) {
  calltap__build(&maker->builder, "{\"name\":");
  calltap__build_json(&maker->builder, value->name);
  calltap__build(&maker->builder, ",\"type\":\"");
  calltap__build_type(&maker->builder, value->kind, value->bytes);
  calltap__build(&maker->builder, "\",\"value\":");
  add_value(maker, value);
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
    add_argument(&maker, &function->parameter[i]);
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
    calltap__out_template(view->out, &objects->call, event, put_value);
  }
  CALLTAP__OUT(view->out, ",\"depth\":");
  calltap__out_decimal(view->out, event->depth);
}

static void put_exit_kind(struct calltap__out *out, uint8_t exit) {
  static const char *const names[] = {
      [CALLTAP_EXIT_RETURN] = ",\"exit\":\"return\"",
      [CALLTAP_EXIT_TAIL] = ",\"exit\":\"tail\"",
      [CALLTAP_EXIT_OTHER] = ",\"exit\":\"unknown\"",
      [CALLTAP_EXIT_SKIPPED] = ",\"exit\":\"skipped\"",
  };
  calltap__out(out, names[exit], strlen(names[exit]));
}

static void put_result(struct calltap__out *out, const struct calltap_event *event) {
  const struct calltap_trace_value *result = &event->function->result;
  if (event->exit != CALLTAP_EXIT_RETURN || result->kind == CALLTAP_KIND_VOID)
    return;
  CALLTAP__OUT(out, ",\"result\":");
  if (result->presence == CALLTAP_WIRE_PRESENT) {
    put_value(out, event, 0, result->kind);
  } else if (result->presence == CALLTAP_WIRE_OPTIMIZED_OUT) {
    calltap__out(out, unknown_optimized, sizeof unknown_optimized - 1);
  } else {
    calltap__out(out, unknown_captured, sizeof unknown_captured - 1);
  }
}

static void put_exit(struct json_view *view, const struct calltap_event *event, const struct objects *objects) {
  struct calltap__out *out = view->out;
  CALLTAP__OUT(out, "exit\"");
  put_call_number(out, event->call);
  put_exit_kind(out, event->exit);
  if (event->function->index == 0) {
    put_unknown_mfa(view, event);
  } else {
    calltap__out(out, objects->exit.bytes, objects->exit.size);
  }
  put_result(out, event);
  if (event->paired && event->exit != CALLTAP_EXIT_SKIPPED) {
    CALLTAP__OUT(out, ",\"elapsed_ns\":");
    calltap__out_decimal(out, event->elapsed_ns);
  }
}

static void put_function_event(struct json_view *view, const struct calltap_event *event) {
  struct objects *objects = &view->objects[event->function->index];
  if (event->function->index != 0 && objects->call.bytes == NULL && !make_objects(view, event->function, objects)) {
    return;
  }
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

static void json_event(struct calltap__view *base, const struct calltap_event *event) {
  struct json_view *view = (struct json_view *)base;
  put_start(view, event);
  switch (event->kind) {
  case CALLTAP_EVENT_CALL:
  case CALLTAP_EVENT_EXIT:
    put_function_event(view, event);
    break;
  case CALLTAP_EVENT_LOST:
    put_lost(view, event);
    break;
  case CALLTAP_EVENT_PAUSE:
    CALLTAP__OUT(view->out, "pause\"");
    break;
  default:
    CALLTAP__OUT(view->out, "resume\"");
    break;
  }
  CALLTAP__OUT(view->out, "}\n");
}

static void json_free(struct calltap__view *base) {
  struct json_view *view = (struct json_view *)base;
  for (size_t i = 0; view->objects != NULL && i <= view->functions; i++)
    free_objects(&view->objects[i]);
  for (size_t i = 0; view->prefix != NULL && i < view->threads; i++)
    free(view->prefix[i].bytes);
  free(view->objects);
  free(view->prefix);
  free(view);
}

struct calltap__view *calltap__view_json(const struct calltap_reader *reader, struct calltap__out *out,
                                         struct calltap__view_options options) {
  (void)options;
  struct json_view *view = calloc(1, sizeof *view);
  if (view == NULL)
    return NULL;
  view->view = (struct calltap__view){json_event, json_free};
  view->out = out;
  view->functions = calltap_reader_functions(reader);
  view->threads = calltap_reader_threads(reader);
  view->objects = calloc(view->functions + 1, sizeof *view->objects);
  view->prefix = calloc(view->threads + 1, sizeof *view->prefix);
  if (view->objects == NULL || view->prefix == NULL) {
    json_free(&view->view);
    return NULL;
  }
  return &view->view;
}
