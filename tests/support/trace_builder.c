/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "trace_builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UINT = 0, NEGINT = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5 };

void trace_free(struct trace *trace) {
  free(trace->bytes);
  *trace = (struct trace){0};
}

void trace_raw(struct trace *trace, const void *bytes, size_t size) {
  while (trace->room - trace->size < size) {
    trace->room = trace->room == 0 ? 65536 : trace->room * 2;
    trace->bytes = realloc(trace->bytes, trace->room);
    if (trace->bytes == NULL)
      abort();
  }
  memcpy(trace->bytes + trace->size, bytes, size);
  trace->size += size;
}

void trace_wide(struct trace *trace, unsigned major, uint64_t number, unsigned bytes) {
  uint8_t head[9];
  unsigned code = bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27;
  head[0] = (uint8_t)(major << 5 | code);
  for (unsigned i = 0; i < bytes; i++)
    head[bytes - i] = (uint8_t)(number >> (8 * i));
  trace_raw(trace, head, bytes + 1);
}

static void put_head(struct trace *trace, unsigned major, uint64_t number) {
  uint8_t small = (uint8_t)(major << 5 | (number & 31));
  if (number < 24) {
    trace_raw(trace, &small, 1);
  } else {
    trace_wide(trace, major, number, number <= 0xff ? 1 : number <= 0xffff ? 2 : number <= 0xffffffff ? 4 : 8);
  }
}

void trace_uint(struct trace *trace, uint64_t number) { put_head(trace, UINT, number); }
void trace_array(struct trace *trace, uint64_t count) { put_head(trace, ARRAY, count); }
void trace_map(struct trace *trace, uint64_t count) { put_head(trace, MAP, count); }

void trace_int(struct trace *trace, int64_t number) {
  if (number >= 0) {
    put_head(trace, UINT, (uint64_t)number);
  } else {
    put_head(trace, NEGINT, ~(uint64_t)number);
  }
}

void trace_text(struct trace *trace, const char *text) {
  put_head(trace, TEXT, strlen(text));
  trace_raw(trace, text, strlen(text));
}

void trace_bytes(struct trace *trace, const void *bytes, size_t size) {
  put_head(trace, BYTES, size);
  trace_raw(trace, bytes, size);
}

void trace_null(struct trace *trace) { trace_raw(trace, "\xf6", 1); }

void trace_float(struct trace *trace, float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  trace_wide(trace, 7, bits, 4);
}

void trace_double(struct trace *trace, double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  trace_wide(trace, 7, bits, 8);
}

static void put_key(struct trace *trace, const char *key, uint64_t number) {
  trace_text(trace, key);
  trace_uint(trace, number);
}

static void put_text_key(struct trace *trace, const char *key, const char *text) {
  if (text == NULL)
    return;
  trace_text(trace, key);
  trace_text(trace, text);
}

static void put_clock(struct trace *trace, const struct trace_header *header) {
  trace_text(trace, "clock");
  trace_map(trace, 5);
  put_text_key(trace, "kind", "tsc");
  put_key(trace, "hz", header->hz);
  put_key(trace, "ticks", header->ticks);
  put_key(trace, "mono_ns", header->mono_ns);
  put_key(trace, "real_ns", header->real_ns);
}

static void put_chunk(struct trace *trace, uint64_t stream, uint64_t ticks, uint64_t mono_ns) {
  trace_array(trace, 5);
  trace_text(trace, "chunk");
  trace_uint(trace, trace->chunk_size);
  trace_uint(trace, stream);
  trace_uint(trace, ticks);
  trace_uint(trace, mono_ns);
}

void trace_start(struct trace *trace, const struct trace_header *header, size_t chunk_size) {
  static const uint8_t tag[] = {0xd9, 0xd9, 0xf7};
  *trace = (struct trace){.chunk_size = chunk_size};
  uint64_t keys = 2;
  keys += (header->program != NULL) + (header->host != NULL) + (header->rules != NULL) + (header->session != NULL);
  trace_raw(trace, tag, sizeof tag);
  trace_array(trace, 3);
  trace_text(trace, "calltap");
  trace_uint(trace, 1);
  trace_map(trace, keys);
  put_text_key(trace, "program", header->program);
  put_text_key(trace, "host", header->host);
  put_text_key(trace, "rules", header->rules);
  put_text_key(trace, "session", header->session);
  put_key(trace, "pid", header->pid);
  put_clock(trace, header);
  put_chunk(trace, 0, header->ticks, header->mono_ns);
}

void trace_finish(struct trace *trace) {
  static const uint8_t zero;
  if (trace->size > trace->chunk_start + trace->chunk_size)
    abort();
  while (trace->size < trace->chunk_start + trace->chunk_size)
    trace_raw(trace, &zero, 1);
}

void trace_chunk(struct trace *trace, size_t size, uint64_t stream, uint64_t ticks, uint64_t mono_ns) {
  trace_finish(trace);
  trace->chunk_start = trace->size;
  trace->chunk_size = size;
  put_chunk(trace, stream, ticks, mono_ns);
}

void trace_object(struct trace *trace, const char *path, uint64_t start, uint64_t end, uint64_t bias,
                  const void *build_id, size_t build_id_size) {
  trace_array(trace, 6);
  trace_text(trace, "object");
  trace_text(trace, path);
  trace_uint(trace, start);
  trace_uint(trace, end);
  trace_uint(trace, bias);
  trace_bytes(trace, build_id, build_id_size);
}

static void put_view(struct trace *trace, struct trace_view view) {
  int has_two = strcmp(view.kind, "string") == 0 || strcmp(view.kind, "sequence") == 0;
  trace_array(trace, has_two ? 3 : 2);
  trace_text(trace, view.kind);
  trace_uint(trace, view.first);
  if (has_two)
    trace_uint(trace, view.second);
}

void trace_type(struct trace *trace, uint64_t number, const char *definition, struct trace_view view) {
  trace_array(trace, view.kind != NULL ? 4 : 3);
  trace_text(trace, "type");
  trace_uint(trace, number);
  trace_text(trace, definition);
  if (view.kind != NULL)
    put_view(trace, view);
}

void trace_unit(struct trace *trace, uint64_t number, uint64_t types) {
  trace_array(trace, 3);
  trace_text(trace, "unit");
  trace_uint(trace, number);
  trace_array(trace, types);
  for (uint64_t i = 0; i < types; i++)
    trace_uint(trace, i);
}

static void put_value(struct trace *trace, const struct trace_value *value) {
  trace_array(trace, 3);
  trace_text(trace, value->name != NULL ? value->name : "");
  trace_text(trace, value->type);
  trace_uint(trace, value->presence);
}

void trace_function(struct trace *trace, uint64_t number, const char *module, const char *name, uint64_t flags,
                    struct trace_value result, const struct trace_value *parameters) {
  uint64_t count = 0;
  while (parameters != NULL && parameters[count].type != NULL)
    count++;
  char file[256];
  snprintf(file, sizeof file, "%s.c", module);
  trace_array(trace, 11);
  trace_text(trace, "function");
  trace_uint(trace, number);
  trace_text(trace, module);
  trace_text(trace, name);
  trace_uint(trace, count - (flags & 1));
  trace_text(trace, file);
  trace_uint(trace, 10 * number + 1);
  trace_uint(trace, flags);
  trace_uint(trace, trace->unit);
  put_value(trace, &result);
  trace_array(trace, count);
  for (uint64_t i = 0; i < count; i++)
    put_value(trace, &parameters[i]);
}

static void put_label(struct trace *trace, struct trace_label label) {
  trace_text(trace, label.name);
  trace_text(trace, label.type);
}

static void put_labels(struct trace *trace, const struct trace_label *labels) {
  uint64_t count = 0;
  while (labels[count].type != NULL)
    count++;
  trace_array(trace, count);
  for (uint64_t i = 0; i < count; i++) {
    trace_array(trace, 2);
    put_label(trace, labels[i]);
  }
}

void trace_message(struct trace *trace, uint64_t number, uint64_t function, const struct trace_label *labels) {
  trace_array(trace, 4);
  trace_text(trace, "message");
  trace_uint(trace, number);
  trace_uint(trace, function);
  put_labels(trace, labels);
}

void trace_table(struct trace *trace, uint64_t number, uint64_t function, const char *kind, struct trace_label value,
                 const struct trace_label *keys) {
  trace_array(trace, 7);
  trace_text(trace, "table");
  trace_uint(trace, number);
  trace_uint(trace, function);
  trace_text(trace, kind);
  put_label(trace, value);
  put_labels(trace, keys);
}

static void put_row(struct trace *trace, uint64_t table, uint64_t stream, unsigned rest) {
  trace_array(trace, 5 + rest);
  trace_text(trace, "row");
  trace_uint(trace, table);
  trace_uint(trace, stream);
}

void trace_row_head(struct trace *trace, uint64_t table, uint64_t stream, unsigned keys, unsigned rest) {
  put_row(trace, table, stream, rest);
  trace_array(trace, keys);
}

void trace_row_other(struct trace *trace, uint64_t table, uint64_t stream, unsigned rest) {
  put_row(trace, table, stream, rest);
  trace_null(trace);
}

void trace_tag(struct trace *trace) {
  trace_array(trace, 2);
  trace_text(trace, "tag");
}

void trace_extra_caller(struct trace *trace, uint64_t address) {
  trace_uint(trace, 0);
  trace_uint(trace, address);
}

void trace_extra_stack(struct trace *trace, uint64_t count, const uint64_t *addresses) {
  trace_uint(trace, 1);
  trace_array(trace, count);
  for (uint64_t i = 0; i < count; i++)
    trace_uint(trace, addresses[i]);
}

void trace_extra_messages(struct trace *trace, uint64_t count) {
  trace_uint(trace, 2);
  trace_array(trace, count);
}

void trace_extra_message(struct trace *trace, uint64_t number, uint64_t values) {
  trace_array(trace, 1 + values);
  trace_uint(trace, number);
}

void trace_extra_usage(struct trace *trace, uint64_t cpu_ns, uint64_t minor, uint64_t major, uint64_t voluntary,
                       uint64_t involuntary) {
  trace_uint(trace, 3);
  trace_array(trace, 5);
  trace_uint(trace, cpu_ns);
  trace_uint(trace, minor);
  trace_uint(trace, major);
  trace_uint(trace, voluntary);
  trace_uint(trace, involuntary);
}

void trace_thread(struct trace *trace, uint64_t stream, uint64_t tid, const char *name) {
  trace_array(trace, 4);
  trace_text(trace, "thread");
  trace_uint(trace, stream);
  trace_uint(trace, tid);
  trace_text(trace, name);
}

void trace_clock(struct trace *trace, uint64_t ticks) {
  trace_array(trace, 2);
  trace_text(trace, "clock");
  trace_uint(trace, ticks);
}

void trace_lost(struct trace *trace, const char *cause, uint64_t count, uint64_t from, uint64_t to) {
  trace_array(trace, 5);
  trace_text(trace, "lost");
  trace_text(trace, cause);
  trace_uint(trace, count);
  trace_uint(trace, from);
  trace_uint(trace, to);
}

static void put_session(struct trace *trace, const char *what, uint64_t ticks, uint64_t mono_ns) {
  trace_array(trace, 5);
  trace_text(trace, "session");
  trace_text(trace, what);
  trace_uint(trace, ticks);
  trace_uint(trace, mono_ns);
}

void trace_session(struct trace *trace, const char *what, uint64_t ticks, uint64_t mono_ns) {
  put_session(trace, what, ticks, mono_ns);
  trace_map(trace, 0);
}

void trace_end(struct trace *trace, const char *reason, uint64_t ticks, uint64_t mono_ns, uint64_t calls,
               uint64_t exits, uint64_t lost) {
  trace_end_rejected(trace, reason, ticks, mono_ns, calls, exits, lost, 0, 0);
}

void trace_end_rejected(struct trace *trace, const char *reason, uint64_t ticks, uint64_t mono_ns, uint64_t calls,
                        uint64_t exits, uint64_t lost, uint64_t rejected, uint64_t faults) {
  put_session(trace, "end", ticks, mono_ns);
  trace_map(trace, 7);
  put_text_key(trace, "reason", reason);
  put_key(trace, "calls", calls);
  put_key(trace, "exits", exits);
  put_key(trace, "rejected", rejected);
  put_key(trace, "faults", faults);
  put_key(trace, "lost", lost);
  put_key(trace, "open", 0);
}

void trace_event_head(struct trace *trace, uint64_t function, unsigned kind, uint64_t time, unsigned values) {
  trace_array(trace, 2 + values);
  trace_uint(trace, function * 4 + kind);
  trace_wide(trace, UINT, time & 0xffffffff, 4);
}

void trace_event(struct trace *trace, uint64_t function, unsigned kind, uint64_t time, unsigned values, ...) {
  va_list arguments;
  trace_event_head(trace, function, kind, time, values);
  va_start(arguments, values);
  for (unsigned i = 0; i < values; i++)
    trace_int(trace, va_arg(arguments, int64_t));
  va_end(arguments);
}
