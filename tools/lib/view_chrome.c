/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Chrome's trace events, one a line: calls are B and E pairs with arguments and results; what has no length is an instant event. Times
 * are microseconds since the first event; since 1970 they would not fit in the numbers of JavaScript. A call that is open at
 * the end has no E. */
#include <errno.h>
#include <stdlib.h>

#include "view.h"

/* How one function's events read, from `"name"` on. */
struct texts {
  struct calltap__template call;
  struct calltap__builder name; /* as a JSON string; empty: not made yet */
  struct calltap__gap result;
};

struct chrome_view {
  struct calltap__view view;
  struct calltap__out *out;
  struct texts *texts;            /* by the function's index */
  struct calltap__prefix *prefix; /* by the thread's index */
  size_t functions;
  size_t threads;
  bool some; /* an event was written */
  int64_t start_ns;
  struct calltap__writer writer;
  struct calltap__decoder decoder;
};

static void put_value(struct calltap__view *base, const struct calltap_event *event, unsigned index,
                      const struct calltap__gap *gap) {
  struct chrome_view *view = (struct chrome_view *)base;
  calltap__json_value(&view->writer, &view->decoder, event, index, gap);
}

/* --- what is the same in many events --- */

static void build_argument(struct calltap__template_maker *maker, const struct calltap_trace_function *function,
                           uint32_t index) {
  const struct calltap_trace_value *value = &function->parameter[index];
  calltap__build(&maker->builder, index > 0 ? "," : "");
  if (value->name.size > 0) {
    calltap__build_json(&maker->builder, value->name);
  } else {
    calltap__build(&maker->builder, "\"");
    calltap__build_number(&maker->builder, (uint64_t)index + 1);
    calltap__build(&maker->builder, "\"");
  }
  calltap__build(&maker->builder, ":");
  calltap__json_gap(maker, function, value);
}

static bool make_texts(struct chrome_view *view, const struct calltap_trace_function *function, struct texts *texts) {
  struct calltap__template_maker maker = {0};
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, function, 0);
  calltap__build_json(&texts->name, (struct calltap_text){mfa.bytes, mfa.size});
  calltap__build(&maker.builder, ",\"name\":");
  calltap__build_bytes(&maker.builder, texts->name.bytes, texts->name.size);
  calltap__build(&maker.builder, ",\"cat\":");
  calltap__build_json(&maker.builder, function->module);
  calltap__build(&maker.builder, ",\"args\":{");
  for (uint32_t i = 0; i < function->parameters; i++)
    build_argument(&maker, function, i);
  calltap__build(&maker.builder, "}}");
  texts->result = calltap__gap(function, &function->result);
  bool failed = mfa.failed || texts->name.failed;
  calltap__builder_free(&mfa);
  if (calltap__template_done(&maker, &texts->call) && !failed)
    return true;
  view->out->error = ENOMEM;
  return false;
}

/* The name of a function without a template: there may be many numbers without a function. */
static void build_unknown(struct calltap__builder *out, const struct calltap_event *event) {
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, event->function, event->number);
  calltap__build_json(out, (struct calltap_text){mfa.bytes, mfa.size});
  out->failed |= mfa.failed;
  calltap__builder_free(&mfa);
}

static uint64_t tid_of(const struct calltap_event *event) {
  return event->thread->stream != 0 ? event->thread->tid : event->file->pid;
}

/* From the time to the kind. */
static void make_prefix(struct chrome_view *view, const struct calltap_event *event, struct calltap__prefix *prefix) {
  struct calltap__builder builder = {0};
  calltap__build(&builder, ",\"pid\":");
  calltap__build_number(&builder, event->file->pid);
  calltap__build(&builder, ",\"tid\":");
  calltap__build_number(&builder, tid_of(event));
  free(prefix->bytes);
  prefix->bytes = builder.bytes;
  prefix->size = builder.size;
  if (builder.failed)
    view->out->error = ENOMEM;
}

/* --- events --- */

/* Lines are separated, not ended, by commas. */
static void put_separator(struct chrome_view *view) {
  if (view->some) {
    CALLTAP__OUT(view->out, ",\n");
  } else {
    CALLTAP__OUT(view->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  }
  view->some = true;
}

static void put_metadata(struct chrome_view *view, const struct calltap_event *event, const char *kind,
                         struct calltap_text name) {
  const struct calltap__prefix *prefix = &view->prefix[event->thread->index];
  struct calltap__builder words = {0};
  put_separator(view);
  calltap__build(&words, "{\"ph\":\"M\"");
  calltap__build_bytes(&words, prefix->bytes, prefix->size);
  calltap__build(&words, ",\"name\":\"");
  calltap__build(&words, kind);
  calltap__build(&words, "\",\"args\":{\"name\":");
  calltap__build_json(&words, name);
  calltap__build(&words, "}}");
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

static __attribute__((noinline)) void name_thread(struct chrome_view *view, const struct calltap_event *event) {
  make_prefix(view, event, &view->prefix[event->thread->index]);
  put_metadata(view, event, "process_name", event->file->program);
  if (event->thread->stream != 0)
    put_metadata(view, event, "thread_name", event->thread->name);
}

/* Up to the place where the template of a call goes on. */
static void put_start(struct chrome_view *view, const struct calltap_event *event, char kind) {
  struct calltap__prefix *prefix = &view->prefix[event->thread->index];
  if (calltap__prefix_stale(prefix, event->thread))
    name_thread(view, event);
  put_separator(view);
  struct calltap__out *out = view->out;
  uint64_t ns = event->real_ns > view->start_ns ? (uint64_t)event->real_ns - (uint64_t)view->start_ns : 0;
  char *at = calltap__out_room(out, 64);
  memcpy(at, "{\"ph\":\"B\",\"ts\":", 15); // NOLINT(bugprone-not-null-terminated-result): it goes on
  at[7] = kind;
  at += 15;
  at += calltap__format_decimal(at, ns / 1000);
  *at++ = '.';
  calltap__format_padded(at, (uint32_t)(ns % 1000), 3);
  out->at = at + 3;
  calltap__out(out, prefix->bytes, prefix->size);
}

static void put_call(struct chrome_view *view, const struct calltap_event *event, const struct texts *texts) {
  bool ends = event->function->exits;
  put_start(view, event, ends ? 'B' : 'i');
  if (!ends)
    CALLTAP__OUT(view->out, ",\"s\":\"t\"");
  if (event->function->index != 0) {
    calltap__out_template(view->out, &texts->call, &view->view, event, put_value);
    return;
  }
  struct calltap__builder words = {0};
  calltap__build(&words, ",\"name\":");
  build_unknown(&words, event);
  calltap__build(&words, "}");
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

/* Of several stacks in one thread a call that is not the innermost may end. That is no pair of B and E. */
static bool is_between(const struct calltap_event *event) { return event->extra != NULL && event->extra->above > 0; }

/* An exit that ends nothing that can be shown. */
static void put_unmatched(struct chrome_view *view, const struct calltap_event *event) {
  struct calltap__builder words = {0};
  put_start(view, event, 'i');
  calltap__build(&words, event->paired ? ",\"s\":\"t\",\"name\":\"exit below open calls\",\"args\":{\"function\":"
                                       : ",\"s\":\"t\",\"name\":\"exit without its call\",\"args\":{\"function\":");
  build_unknown(&words, event);
  calltap__build(&words, "}}");
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

/* The name need not stand at an end too, says the format; but there are readers that only take it with its name. */
static void put_name(struct chrome_view *view, const struct calltap_event *event, const struct texts *texts) {
  CALLTAP__OUT(view->out, ",\"name\":");
  if (event->function->index != 0) {
    calltap__out(view->out, texts->name.bytes, texts->name.size);
    return;
  }
  struct calltap__builder words = {0};
  build_unknown(&words, event);
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

static void put_exit(struct chrome_view *view, const struct calltap_event *event, const struct texts *texts) {
  static const char *const kinds[] = {
      [CALLTAP_EXIT_RETURN] = "return",   [CALLTAP_EXIT_TAIL] = "tail",       [CALLTAP_EXIT_OTHER] = "unknown",
      [CALLTAP_EXIT_SKIPPED] = "skipped", [CALLTAP_EXIT_UNWOUND] = "unwound", [CALLTAP_EXIT_THREAD_END] = "thread_end",
  };
  bool has_result = event->exit == CALLTAP_EXIT_RETURN && event->function->index != 0 &&
                    event->function->result.presence == CALLTAP_WIRE_PRESENT;
  put_start(view, event, 'E');
  put_name(view, event, texts);
  if (has_result) {
    CALLTAP__OUT(view->out, ",\"args\":{\"result\":");
    put_value(&view->view, event, 0, &texts->result);
    CALLTAP__OUT(view->out, "}}");
  } else if (event->exit == CALLTAP_EXIT_RETURN) {
    CALLTAP__OUT(view->out, "}");
  } else {
    const char *kind = kinds[event->exit < sizeof kinds / sizeof *kinds ? event->exit : CALLTAP_EXIT_OTHER];
    CALLTAP__OUT(view->out, ",\"args\":{\"exit\":\"");
    calltap__out(view->out, kind, strlen(kind));
    CALLTAP__OUT(view->out, "\"}}");
  }
}

static void build_text(struct calltap__builder *builder, const char *key, struct calltap_text text) {
  calltap__build(builder, key);
  calltap__build_json(builder, text);
}

/* What happens to the session stands over all threads of the process. */
static void put_instant(struct chrome_view *view, const struct calltap_event *event) {
  struct calltap__builder words = {0};
  put_start(view, event, 'i');
  calltap__build(&words, event->thread->stream != 0 ? ",\"s\":\"t\"" : ",\"s\":\"p\"");
  switch (event->kind) {
  case CALLTAP_EVENT_LOST:
    build_text(&words, ",\"name\":\"lost\",\"args\":{\"cause\":", event->cause);
    calltap__build(&words, ",\"count\":");
    calltap__build_number(&words, event->count);
    calltap__build(&words, "}}");
    break;
  case CALLTAP_EVENT_DISARMED:
    build_text(&words, ",\"name\":\"disarmed\",\"args\":{\"module\":", event->cause);
    build_text(&words, ",\"function\":", event->text);
    calltap__build(&words, "}}");
    break;
  case CALLTAP_EVENT_MARK:
    build_text(&words, ",\"name\":", event->cause);
    build_text(&words, ",\"args\":{\"text\":", event->text);
    calltap__build(&words, "}}");
    break;
  default:
    calltap__build(&words, event->kind == CALLTAP_EVENT_PAUSE ? ",\"name\":\"pause\"}" : ",\"name\":\"resume\"}");
    break;
  }
  calltap__out_words(view->out, &words);
  calltap__builder_free(&words);
}

static void chrome_event(struct calltap__view *base, const struct calltap_event *event) {
  struct chrome_view *view = (struct chrome_view *)base;
  if (!view->some)
    view->start_ns = event->real_ns;
  if (event->kind != CALLTAP_EVENT_CALL && event->kind != CALLTAP_EVENT_EXIT) {
    put_instant(view, event);
    return;
  }
  struct texts *texts = &view->texts[event->function->index];
  if (event->function->index != 0 && texts->call.bytes == NULL && !make_texts(view, event->function, texts))
    return;
  if (event->kind == CALLTAP_EVENT_CALL) {
    put_call(view, event, texts);
  } else if (event->paired && !is_between(event)) {
    put_exit(view, event, texts);
  } else {
    put_unmatched(view, event);
  }
}

/* What rules counted has no time. */
static void chrome_tables(struct calltap__view *base, const struct calltap_trace_file *file) { (void)base, (void)file; }

static void chrome_end(struct calltap__view *base) {
  struct chrome_view *view = (struct chrome_view *)base;
  if (!view->some)
    CALLTAP__OUT(view->out, "{\"traceEvents\":[");
  CALLTAP__OUT(view->out, "\n]}\n");
}

static void chrome_free(struct calltap__view *base) {
  struct chrome_view *view = (struct chrome_view *)base;
  for (size_t i = 0; view->texts != NULL && i < view->functions; i++) {
    calltap__template_free(&view->texts[i].call);
    calltap__builder_free(&view->texts[i].name);
  }
  for (size_t i = 0; view->prefix != NULL && i < view->threads; i++)
    free(view->prefix[i].bytes);
  calltap__decoder_free(&view->decoder);
  calltap__builder_free(&view->writer.words);
  free(view->texts);
  free(view->prefix);
  free(view);
}

struct calltap__view *calltap__view_chrome(const struct calltap_reader *reader, struct calltap__out *out,
                                           struct calltap__view_options options) {
  struct chrome_view *view = calloc(1, sizeof *view);
  if (view == NULL)
    return NULL;
  view->view = (struct calltap__view){chrome_event, chrome_tables, chrome_end, chrome_free};
  view->out = out;
  calltap__json_writer(&view->writer, out, options.namer);
  view->decoder.sink = &view->writer.sink;
  view->functions = calltap_reader_functions(reader) + 1;
  view->threads = calltap_reader_threads(reader);
  view->texts = calloc(view->functions, sizeof *view->texts);
  view->prefix = calloc(view->threads + 1, sizeof *view->prefix);
  if (view->texts != NULL && view->prefix != NULL)
    return &view->view;
  chrome_free(&view->view);
  return NULL;
}
