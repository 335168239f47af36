/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One row an event, and one for each row of what was counted, as RFC 4180 has it: lines end with CR and LF, what holds a comma, a quote or a line's end stands in quotes. The columns
 * are an interface: docs/reading.md. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "total.h"
#include "view.h"

static const char columns[] = "time,t_ns,host,program,pid,tid,thread,session,event,call,depth,exit,mfa,args,result,"
                              "elapsed_ns,tag,cause,count,text,beside,kind,of,sum,min,max,buckets\r\n";
enum { ROW_COLUMNS = 6 }; /* those that events do not have, from `kind` on */

struct csv_view {
  struct calltap__view view;
  struct calltap__out *out;
  struct calltap__out cell; /* what a cell holds, before it has quotes */
  struct calltap__second second;
  struct calltap__writer writer; /* into the cell */
  struct calltap__decoder decoder;
};

/* --- cells --- */

static bool needs_quotes(const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] == ',' || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r')
      return true;
  }
  return false;
}

static void put_bytes(struct calltap__out *out, const char *bytes, size_t size) {
  if (!needs_quotes(bytes, size)) {
    calltap__out(out, bytes, size);
    return;
  }
  CALLTAP__OUT(out, "\"");
  for (size_t start = 0, i = 0; i <= size; i++) {
    if (i < size && bytes[i] != '"')
      continue;
    calltap__out(out, bytes + start, i - start);
    if (i < size)
      CALLTAP__OUT(out, "\"\"");
    start = i + 1;
  }
  CALLTAP__OUT(out, "\"");
}

/* Ends the cell that was written. Nobody reads what a cell had flushed: one of more than the buffer holds is cut. */
static void put_cell(struct csv_view *view) {
  struct calltap__out *cell = &view->cell;
  size_t size = (size_t)(cell->at - cell->start);
  if (cell->error != 0)
    size = 0;
  put_bytes(view->out, cell->error != 0 ? "..." : cell->start, cell->error != 0 ? 3 : size);
  cell->at = cell->start;
  cell->error = 0;
}

static void put_text(struct csv_view *view, struct calltap_text text) {
  struct calltap__builder plain = {0};
  calltap__build_plain(&plain, text);
  put_bytes(view->out, plain.bytes, plain.size);
  if (plain.failed)
    view->out->error = ENOMEM;
  calltap__builder_free(&plain);
}

static void put_number(struct csv_view *view, uint64_t number) { calltap__out_decimal(view->out, number); }

static void next(struct csv_view *view) { CALLTAP__OUT(view->out, ","); }

static void skip(struct csv_view *view, unsigned cells) {
  while (cells-- > 0)
    next(view);
}

/* --- values --- */

static void put_value(struct csv_view *view, const struct calltap_event *event, unsigned index,
                      const struct calltap_trace_value *value) {
  struct calltap__gap gap = calltap__gap(event->function, value);
  view->writer.file = event->file;
  view->writer.by_value = event->kind == CALLTAP_EVENT_CALL;
  calltap__decode_event(&view->decoder, event, index, &gap.type);
}

static void put_absent(struct csv_view *view, uint8_t presence) {
  const char *why = calltap__text_unknown[calltap__absent(presence)];
  calltap__out(&view->cell, why, strlen(why));
}

/* name=value, name=value */
static void put_arguments(struct csv_view *view, const struct calltap_event *event) {
  const struct calltap_trace_function *function = event->function;
  unsigned index = 0;
  for (uint32_t i = 0; i < function->parameters; i++) {
    const struct calltap_trace_value *value = &function->parameter[i];
    if (i > 0)
      CALLTAP__OUT(&view->cell, ", ");
    if (value->name.size > 0) {
      calltap__build_plain(&view->writer.words, value->name);
      calltap__out_words(&view->cell, &view->writer.words);
      CALLTAP__OUT(&view->cell, "=");
    }
    if (value->presence == CALLTAP_WIRE_PRESENT)
      put_value(view, event, index++, value);
    else
      put_absent(view, value->presence);
  }
  put_cell(view);
}

static void put_result(struct csv_view *view, const struct calltap_event *event) {
  const struct calltap_trace_function *of = event->kind == CALLTAP_EVENT_RESULT ? event->by : event->function;
  const struct calltap_trace_value *result = &of->result;
  struct calltap__gap gap = calltap__gap(of, result);
  bool has_result = event->kind != CALLTAP_EVENT_CALL && event->exit == CALLTAP_EXIT_RETURN && of->index != 0 &&
                    gap.type.kind != CALLTAP_TYPE_VOID;
  if (!has_result)
    return;
  if (result->presence == CALLTAP_WIRE_PRESENT)
    put_value(view, event, 0, result);
  else
    put_absent(view, result->presence);
  put_cell(view);
}

/* --- parts of a row --- */

static void put_signed(struct calltap__out *out, int64_t number) {
  out->at += calltap__format_wide(calltap__out_room(out, 40), number < 0 ? 0 - (uint64_t)number : (uint64_t)number,
                                  number < 0);
}

static void put_time(struct csv_view *view, const struct calltap_event *event) {
  struct calltap__out *out = view->out;
  uint32_t ns = calltap__second(&view->second, event->real_ns, true, "%Y-%m-%dT%H:%M:%S.");
  calltap__out(out, view->second.text, view->second.size);
  calltap__format_padded(calltap__out_room(out, 9), ns, 9);
  out->at += 9;
  CALLTAP__OUT(out, "Z,");
  put_signed(out, event->t_ns);
  next(view);
}

static void put_process(struct csv_view *view, const struct calltap_trace_file *file) {
  put_text(view, file->host);
  next(view);
  put_text(view, file->program);
  next(view);
  put_number(view, file->pid);
  next(view);
}

/* From `host` to `session`. Stream 0 is no thread. */
static void put_origin(struct csv_view *view, const struct calltap_event *event) {
  put_process(view, event->file);
  if (event->thread->stream != 0)
    put_number(view, event->thread->tid);
  next(view);
  if (event->thread->stream != 0)
    put_text(view, event->thread->name);
  next(view);
  put_text(view, event->file->session);
  next(view);
}

static void put_name(struct csv_view *view, const char *name) {
  calltap__out(view->out, name, strlen(name));
  next(view);
}

static void put_mfa(struct csv_view *view, const struct calltap_trace_function *function, uint32_t number) {
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, function, number);
  put_text(view, (struct calltap_text){mfa.bytes, mfa.size});
  calltap__builder_free(&mfa);
}

/* Whether it is of a call. */
static bool is_function(const struct calltap_event *event) {
  return event->kind <= CALLTAP_EVENT_EXIT || event->kind == CALLTAP_EVENT_RESULT;
}

/* From `call` to `elapsed_ns`. */
static void put_function(struct csv_view *view, const struct calltap_event *event) {
  static const char *const exits[] = {
      [CALLTAP_EXIT_RETURN] = "return",   [CALLTAP_EXIT_TAIL] = "tail",       [CALLTAP_EXIT_OTHER] = "unknown",
      [CALLTAP_EXIT_SKIPPED] = "skipped", [CALLTAP_EXIT_UNWOUND] = "unwound", [CALLTAP_EXIT_THREAD_END] = "thread_end"};
  bool is_exit = event->kind != CALLTAP_EVENT_CALL, has_call = event->call != 0;
  if (has_call)
    put_number(view, event->call);
  next(view);
  if (has_call)
    put_number(view, event->depth);
  next(view);
  put_name(view, is_exit ? exits[event->exit] : "");
  put_mfa(view, event->function, event->number);
  next(view);
  if (!is_exit && event->function->index != 0)
    put_arguments(view, event);
  next(view);
  put_result(view, event);
  next(view);
  if (is_exit && calltap_event_has_elapsed(event))
    put_number(view, event->elapsed_ns);
  else if (event->open_ns > 0)
    put_number(view, event->open_ns);
  next(view);
}

/* From `tag` on. */
static void put_rest(struct csv_view *view, const struct calltap_event *event) {
  bool is_other = !is_function(event);
  struct calltap__bytes bytes = {event->tag.at, event->tag.end};
  struct calltap__item item = {0};
  if (event->tag.at != NULL && calltap__item(&bytes, &item) == CALLTAP__GOOD && item.type == CALLTAP__BYTES) {
    put_text(view, item.text);
  } else if (event->tag.at != NULL) {
    calltap__decode_bare(&view->decoder, event->tag);
    put_cell(view);
  }
  next(view);
  bool has_texts = is_other && event->kind != CALLTAP_EVENT_PAUSE && event->kind != CALLTAP_EVENT_RESUME;
  if (has_texts)
    put_text(view, event->cause);
  next(view);
  if (event->kind == CALLTAP_EVENT_LOST)
    put_number(view, event->count);
  next(view);
  if (has_texts && event->kind != CALLTAP_EVENT_LOST)
    put_text(view, event->text);
  if (event->kind == CALLTAP_EVENT_RESULT)
    put_mfa(view, event->by, 0);
  next(view);
  if (!is_other && event->extra != NULL) {
    calltap__text_extra(&view->writer, &view->decoder, event);
    put_cell(view);
  }
  skip(view, ROW_COLUMNS);
  CALLTAP__OUT(view->out, "\r\n");
}

/* --- rows of what was counted --- */

/* name=value, name=value; stacks stand in `beside`. */
static void put_keys(struct csv_view *view, const struct calltap_trace_row *row) {
  const struct calltap_trace_table *table = row->table;
  struct calltap_items left = row->keys, one;
  const char *before = "";
  if (left.at == NULL)
    CALLTAP__OUT(&view->cell, "(other)");
  for (uint32_t i = 0; left.at != NULL && calltap_trace_take_item(&left, &one); i++) {
    if (calltap__text_key_is_below(&table->key[i], one))
      continue;
    calltap__out(&view->cell, before, strlen(before));
    calltap__text_label(&view->writer, &view->decoder, table->function, &table->key[i], one);
    before = ", ";
  }
  put_cell(view);
}

static void put_wide(struct calltap__out *out, calltap__signed_wide number) {
  calltap__wide magnitude = number < 0 ? (calltap__wide)-number : (calltap__wide)number;
  out->at += calltap__format_wide(calltap__out_room(out, 42), magnitude, number < 0);
}

/* from..to: count; from..to: count */
static void put_buckets(struct csv_view *view, const struct calltap__totals *totals,
                        const struct calltap__total *total) {
  struct calltap__histogram histogram;
  const char *before = "";
  calltap__histogram(totals, total, &histogram);
  for (int i = histogram.first; i <= histogram.last; i++) {
    uint64_t count = histogram.count[i + CALLTAP__BUCKET_ZERO];
    calltap__signed_wide least, most;
    if (count == 0)
      continue;
    calltap__bucket_bounds(i, &least, &most);
    calltap__out(view->out, before, strlen(before));
    put_wide(view->out, least);
    CALLTAP__OUT(view->out, "..");
    put_wide(view->out, most);
    CALLTAP__OUT(view->out, ": ");
    put_number(view, count);
    before = "; ";
  }
}

/* From `kind` on. */
static void put_measures(struct csv_view *view, const struct calltap__totals *totals,
                         const struct calltap__total *total) {
  static const char *const kinds[] = {
      [CALLTAP_TABLE_COUNT] = "count",
      [CALLTAP_TABLE_TIME] = "time",
      [CALLTAP_TABLE_SUM] = "sum",
      [CALLTAP_TABLE_HIST] = "hist",
  };
  const struct calltap_trace_table *table = total->row->table;
  put_name(view, kinds[table->kind]);
  put_text(view, table->value.name);
  next(view);
  if (total->has_sum)
    put_wide(view->out, total->sum);
  next(view);
  if (total->has_bounds)
    put_wide(view->out, total->least);
  next(view);
  if (total->has_bounds)
    put_wide(view->out, total->most);
  next(view);
  put_buckets(view, totals, total);
}

static void put_row(struct csv_view *view, const struct calltap_trace_file *file, const struct calltap__totals *totals,
                    const struct calltap__total *total) {
  skip(view, 2); /* it has no time */
  put_process(view, file);
  skip(view, 2); /* and no thread */
  put_text(view, file->session);
  next(view);
  put_name(view, "row");
  skip(view, 3);
  put_mfa(view, total->row->table->function, total->row->table->function_number);
  next(view);
  put_keys(view, total->row);
  skip(view, 5); /* to `count` */
  put_number(view, total->count);
  skip(view, 2); /* to `beside` */
  calltap__text_keys_below(&view->writer, total->row);
  put_cell(view);
  next(view);
  put_measures(view, totals, total);
  CALLTAP__OUT(view->out, "\r\n");
}

/* --- the view --- */

static void csv_event(struct calltap__view *base, const struct calltap_event *event) {
  static const char *const events[] = {
      [CALLTAP_EVENT_CALL] = "call",         [CALLTAP_EVENT_EXIT] = "exit",     [CALLTAP_EVENT_LOST] = "lost",
      [CALLTAP_EVENT_PAUSE] = "pause",       [CALLTAP_EVENT_RESUME] = "resume", [CALLTAP_EVENT_MARK] = "mark",
      [CALLTAP_EVENT_DISARMED] = "disarmed", [CALLTAP_EVENT_RESULT] = "result",
  };
  struct csv_view *view = (struct csv_view *)base;
  put_time(view, event);
  put_origin(view, event);
  put_name(view, events[event->kind]);
  if (is_function(event))
    put_function(view, event);
  else
    skip(view, 7);
  put_rest(view, event);
}

static void csv_tables(struct calltap__view *base, const struct calltap_trace_file *file) {
  struct csv_view *view = (struct csv_view *)base;
  struct calltap__totals totals;
  if (!calltap__totals_make(&totals, file)) {
    view->out->error = ENOMEM;
    return;
  }
  view->writer.file = file;
  for (size_t i = 0; i < totals.totals; i++)
    put_row(view, file, &totals, &totals.total[i]);
  calltap__totals_free(&totals);
}

static void csv_free(struct calltap__view *base) {
  struct csv_view *view = (struct csv_view *)base;
  calltap__decoder_free(&view->decoder);
  calltap__builder_free(&view->writer.words);
  free(view->cell.start);
  free(view);
}

struct calltap__view *calltap__view_csv(const struct calltap_reader *reader, struct calltap__out *out,
                                        struct calltap__view_options options) {
  struct csv_view *view = calloc(1, sizeof *view);
  (void)reader;
  if (view == NULL || !calltap__out_open(&view->cell, -1)) {
    free(view);
    return NULL;
  }
  view->view = (struct calltap__view){.event = csv_event, .tables = csv_tables, .free = csv_free};
  view->out = out;
  calltap__text_writer(&view->writer, &view->cell, options.namer);
  view->decoder.sink = &view->writer.sink;
  calltap__out(out, columns, sizeof columns - 1);
  return &view->view;
}
