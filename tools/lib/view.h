/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Views: events -> output. A view sees events and knows nothing of the file format. */
#ifndef CALLTAP_VIEW_H
#define CALLTAP_VIEW_H

#include "calltap/reader.h"
#include "out.h"
#include "text.h"
#include "value.h"

/* Where in a program an address is. What is not known is empty or 0. */
struct calltap__location {
  struct calltap__builder function;
  struct calltap_text object;   /* its file's name without the directory */
  uint64_t offset;              /* in the function, else in the object */
  struct calltap__builder file; /* of the source */
  uint32_t line;
};

/* Knows the functions of traced programs by their addresses. */
struct calltap__namer {
  /* Says where the call was that returns to an address of the process of `file`. The location lives until the next is
   * asked for. */
  const struct calltap__location *(*locate)(struct calltap__namer *namer, const struct calltap_trace_file *file,
                                            uint64_t address);
  /* Adds the name of the function at an address of the process of `file`. False: it is not known. */
  bool (*name)(struct calltap__namer *namer, const struct calltap_trace_file *file, uint64_t address,
               struct calltap__builder *out);
};

struct calltap__view {
  /* Writes one event. Trouble is kept in the output's error. */
  void (*event)(struct calltap__view *view, const struct calltap_event *event);
  /* Writes the tables of a file. To be called after all events. */
  void (*tables)(struct calltap__view *view, const struct calltap_trace_file *file);
  /* Writes what can only be written behind everything else. NULL: there is nothing. */
  void (*end)(struct calltap__view *view);
  void (*free)(struct calltap__view *view);
};

struct calltap__view_options {
  bool utc;                     /* times of day in UTC, not local; JSON always has UTC */
  bool colour;                  /* text only */
  bool tree;                    /* text only: calls stand further to the right the deeper they are */
  bool calls;                   /* folded only: numbers are of calls, not nanoseconds */
  struct calltap__namer *namer; /* NULL: pointers to functions are addresses only */
};

/* Makes a view, which keeps `reader` and `out`: both must outlive it. NULL without memory. */
typedef struct calltap__view *calltap__view_maker(const struct calltap_reader *reader, struct calltap__out *out,
                                                  struct calltap__view_options options);
calltap__view_maker calltap__view_text;
calltap__view_maker calltap__view_json;
calltap__view_maker calltap__view_csv;
calltap__view_maker calltap__view_chrome;     /* trace events, for Perfetto and chrome://tracing */
calltap__view_maker calltap__view_speedscope; /* for speedscope.app */
calltap__view_maker calltap__view_folded;     /* stacks, for flame graphs of other tools */

/* --- shared by the views, in view.c --- */

/* How a value is written. Most values are small integers, and their way is short. */
enum calltap__gap_kind {
  CALLTAP__GAP_DECODED, /* by value.h; the way of all values that are not as usual, too */
  CALLTAP__GAP_INTEGER,
  CALLTAP__GAP_BOOL,
  CALLTAP__GAP_CHAR,
  CALLTAP__GAP_POINTER,
};

struct calltap__gap {
  enum calltap__gap_kind kind;
  struct calltap_type type;
};

/* How a value of that function is written. */
struct calltap__gap calltap__gap(const struct calltap_trace_function *function,
                                 const struct calltap_trace_value *value);

/* Whether value `index` can go the short way of its gap. */
static inline bool calltap__is_plain(const struct calltap_event *event, unsigned index) {
  return index < event->values && ((event->floats | event->composite | event->unreadable) >> index & 1) == 0;
}

/* The fixed text of a call or exit with gaps for its values: text 0, value 0, text 1, value 1, ... text n. */
struct calltap__template {
  char *bytes;              /* all texts, one after the other; NULL: not made yet */
  uint32_t *ends;           /* of text i in `bytes`; values + 1 of them */
  struct calltap__gap *gap; /* of value i */
  unsigned values;
};

/* Collects a template. The text of `builder` grows in between. */
struct calltap__template_maker {
  struct calltap__builder builder;
  uint32_t ends[CALLTAP_MAX_PARAMETERS + 1];
  struct calltap__gap gap[CALLTAP_MAX_PARAMETERS];
  unsigned values;
};

/* Ends the current text with the gap for a value. */
void calltap__template_gap(struct calltap__template_maker *maker, struct calltap__gap gap);

/* Turns what was collected into a template and frees the maker. False without memory. */
bool calltap__template_done(struct calltap__template_maker *maker, struct calltap__template *made);

void calltap__template_free(struct calltap__template *made);

/* Writes the template with the event's values; `value` writes one. */
typedef void calltap__value_writer(struct calltap__view *view, const struct calltap_event *event, unsigned index,
                                   const struct calltap__gap *gap);

/* The part of a line that says which thread it is, kept until the thread gets another name. */
struct calltap__prefix {
  char *bytes; /* NULL: not made yet */
  size_t size;
  struct calltap_text name; /* what it was made for */
  uint64_t tid;
};

/* Whether the prefix has to be made anew for this thread; then notes what for. */
bool calltap__prefix_stale(struct calltap__prefix *prefix, const struct calltap_trace_thread *thread);

/* Makes room for element `index` of what a view keeps by function or thread, whose numbers grow with a file: the array, perhaps moved,
 * with zeros in what is new. NULL without memory; then the array is as before. */
void *calltap__view_room(void *array, size_t *count, size_t index, size_t size);

/* A second of wall-clock time as text, so that most events only add their fraction. */
struct calltap__second {
  int64_t start_ns; /* since 1970 */
  bool some;
  size_t size;
  char text[64];
};

/* Makes `second` the one of `real_ns` by an strftime `format`; returns the nanoseconds within it. */
uint32_t calltap__second(struct calltap__second *second, int64_t real_ns, bool utc, const char *format);

static inline void calltap__out_template(struct calltap__out *out, const struct calltap__template *made,
                                         struct calltap__view *view, const struct calltap_event *event,
                                         calltap__value_writer *value) {
  uint32_t start = 0;
  for (unsigned i = 0; i < made->values; i++) {
    calltap__out(out, made->bytes + start, made->ends[i] - start);
    start = made->ends[i];
    value(view, event, i, &made->gap[i]);
  }
  calltap__out(out, made->bytes + start, made->ends[made->values] - start);
}

/* The sinks that write values, in value_text.c and value_json.c. */
struct calltap__writer {
  struct calltap__sink sink;
  struct calltap__out *out;
  struct calltap__namer *namer;
  const struct calltap_trace_file *file; /* of the value */
  struct calltap__builder words;
  unsigned depth; /* of groups */
  bool by_value;  /* text only: to say so if the value is a record */
};

void calltap__text_writer(struct calltap__writer *writer, struct calltap__out *out, struct calltap__namer *namer);
void calltap__json_writer(struct calltap__writer *writer, struct calltap__out *out, struct calltap__namer *namer);

/* Both know how to write an item that has a label, and what an event says beside its values. `decoder` gives to the writer. */
void calltap__text_extra(struct calltap__writer *writer, struct calltap__decoder *decoder,
                         const struct calltap_event *event);
void calltap__text_label(struct calltap__writer *writer, struct calltap__decoder *decoder,
                         const struct calltap_trace_function *function, const struct calltap_trace_value *label,
                         struct calltap_items item);
void calltap__json_extra(struct calltap__writer *writer, struct calltap__decoder *decoder,
                         const struct calltap_event *event);
void calltap__json_label(struct calltap__writer *writer, struct calltap__decoder *decoder,
                         const struct calltap_trace_function *function, const struct calltap_trace_value *label,
                         struct calltap_items item);

/* JSON only: a value of an event, and where it goes in a template, with the reason if it is never there. */
void calltap__json_value(struct calltap__writer *writer, struct calltap__decoder *decoder,
                         const struct calltap_event *event, unsigned index, const struct calltap__gap *gap);
void calltap__json_gap(struct calltap__template_maker *maker, const struct calltap_trace_function *function,
                       const struct calltap_trace_value *value);

/* Text only: frames one below the other, each behind `indent` spaces, the first behind `name`, which begins there. */
void calltap__text_frames(struct calltap__writer *writer, struct calltap_items stack, const char *name,
                          unsigned indent);

/* The tables of a file. */
void calltap__text_tables(struct calltap__writer *writer, struct calltap__decoder *decoder,
                          const struct calltap_trace_file *file, bool colour);
void calltap__json_tables(struct calltap__writer *writer, struct calltap__decoder *decoder,
                          const struct calltap_trace_file *file);

/* Text only: whether a key of a row is a stack, which has lines of its own; these lines of a row, as calltap__text_frames writes them. */
bool calltap__text_key_is_below(const struct calltap_trace_value *key, struct calltap_items item);
void calltap__text_keys_below(struct calltap__writer *writer, const struct calltap_trace_row *row);

/* One digit after the point from a microsecond on: 850 ns, 44.1 us, 1.2 ms, 61.0 s. At most 25 bytes. */
size_t calltap__format_duration(char *out, uint64_t ns);

/* Why a value is not known, in the words of each view. */
extern const char *const calltap__text_unknown[];
extern const char *const calltap__json_unknown[];

/* The reason for a value that is never among those of an event. */
enum calltap__unknown calltap__absent(uint8_t presence);

/* Writes what a builder holds, and empties it. */
void calltap__out_words(struct calltap__out *out, struct calltap__builder *words);

/* An integer of any size, at most 40 bytes; in JSON as a string if it is beyond what its readers can hold, at most 42. */
size_t calltap__format_wide(char *out, calltap__wide magnitude, bool negative);
size_t calltap__format_json_integer(char *out, calltap__wide magnitude, bool negative);

static inline void calltap__out_decimal(struct calltap__out *out, uint64_t number) {
  out->at += calltap__format_decimal(calltap__out_room(out, 20), number);
}

#endif
