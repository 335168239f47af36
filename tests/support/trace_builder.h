/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writes traces byte by byte, good and bad ones. It knows docs/format.md and no code of ours, so that a test that reads
 * what it wrote holds the reader to the document. */
#ifndef CALLTAP_TEST_TRACE_BUILDER_H
#define CALLTAP_TEST_TRACE_BUILDER_H

#include <stddef.h>
#include <stdint.h>

struct trace {
  uint8_t *bytes;
  size_t size;
  size_t room;
  size_t chunk_start; /* of the open chunk */
  size_t chunk_size;
  uint64_t unit; /* of the functions that are added */
};

void trace_free(struct trace *trace);

/* CBOR items in their shortest form. */
void trace_uint(struct trace *trace, uint64_t number);
void trace_int(struct trace *trace, int64_t number);
void trace_text(struct trace *trace, const char *text);
void trace_bytes(struct trace *trace, const void *bytes, size_t size);
void trace_null(struct trace *trace);
/* A float of 4 or 8 bytes. */
void trace_float(struct trace *trace, float number);
void trace_double(struct trace *trace, double number);
void trace_array(struct trace *trace, uint64_t count);
void trace_map(struct trace *trace, uint64_t count);
void trace_raw(struct trace *trace, const void *bytes, size_t size);
/* A head with an argument of exactly `bytes` bytes (1, 2, 4 or 8), as fixed-width templates have it. */
void trace_wide(struct trace *trace, unsigned major, uint64_t number, unsigned bytes);

/* What the header says. Zeros and NULLs are left out of it, but for the clock. */
struct trace_header {
  const char *program;
  const char *host;
  const char *rules;
  const char *session;
  uint64_t pid;
  uint64_t hz;
  uint64_t ticks;
  uint64_t mono_ns;
  uint64_t real_ns;
};

/* Starts with tag, header and the first chunk, of stream 0. */
void trace_start(struct trace *trace, const struct trace_header *header, size_t chunk_size);

/* Ends the open chunk with zeros and starts another. */
void trace_chunk(struct trace *trace, size_t size, uint64_t stream, uint64_t ticks, uint64_t mono_ns);
/* Ends the open chunk with zeros. */
void trace_finish(struct trace *trace);

void trace_object(struct trace *trace, const char *path, uint64_t start, uint64_t end, uint64_t bias,
                  const void *build_id, size_t build_id_size);

/* How a type is better read: `kind` is "string", "sequence", "pointer" or "optional", NULL: as its members. */
struct trace_view {
  const char *kind;
  uint64_t first;
  uint64_t second; /* string and sequence only */
};

void trace_type(struct trace *trace, uint64_t number, const char *definition, struct trace_view view);

/* A unit with types 0 to types - 1. */
void trace_unit(struct trace *trace, uint64_t number, uint64_t types);

struct trace_value {
  const char *name;
  const char *type;
  uint64_t presence;
};

/* `module:name` of trace->unit with as many parameters as the list has before one without a type. */
void trace_function(struct trace *trace, uint64_t number, const char *module, const char *name, uint64_t flags,
                    struct trace_value result, const struct trace_value *parameters);

/* What a message or a table calls its values: up to one without a type. */
struct trace_label {
  const char *name;
  const char *type;
};

void trace_message(struct trace *trace, uint64_t number, uint64_t function, const struct trace_label *labels);
void trace_table(struct trace *trace, uint64_t number, uint64_t function, const char *kind, struct trace_label value,
                 const struct trace_label *keys);

/* A row up to its count: as many items as `keys` says are to follow, then the count, then as many as `rest` says. */
void trace_row_head(struct trace *trace, uint64_t table, uint64_t stream, unsigned keys, unsigned rest);
/* The same for the row without keys. */
void trace_row_other(struct trace *trace, uint64_t table, uint64_t stream, unsigned rest);

/* The start of a tag record; its item is to follow. */
void trace_tag(struct trace *trace);

void trace_thread(struct trace *trace, uint64_t stream, uint64_t tid, const char *name);
void trace_clock(struct trace *trace, uint64_t ticks);
void trace_lost(struct trace *trace, const char *cause, uint64_t count, uint64_t from, uint64_t to);
void trace_session(struct trace *trace, const char *what, uint64_t ticks, uint64_t mono_ns);
void trace_end(struct trace *trace, const char *reason, uint64_t ticks, uint64_t mono_ns, uint64_t calls,
               uint64_t exits, uint64_t lost);
void trace_end_rejected(struct trace *trace, const char *reason, uint64_t ticks, uint64_t mono_ns, uint64_t calls,
                        uint64_t exits, uint64_t lost, uint64_t rejected, uint64_t faults);

/* The start of an event; as many items as `values` says are to follow. */
void trace_event_head(struct trace *trace, uint64_t function, unsigned kind, uint64_t time, unsigned values);

/* Parts of the map that may be the last item of an event. After the messages as many are to follow, and after each as many
 * items. */
void trace_extra_caller(struct trace *trace, uint64_t address);
void trace_extra_stack(struct trace *trace, uint64_t count, const uint64_t *addresses);
void trace_extra_messages(struct trace *trace, uint64_t count);
void trace_extra_message(struct trace *trace, uint64_t number, uint64_t values);
void trace_extra_usage(struct trace *trace, uint64_t cpu_ns, uint64_t minor, uint64_t major, uint64_t voluntary,
                       uint64_t involuntary);

/* An event: `kind` is 0 call, 1 return, 2 tail call; then as many values as `values` says. */
void trace_event(struct trace *trace, uint64_t function, unsigned kind, uint64_t time, unsigned values, ...);

#endif
