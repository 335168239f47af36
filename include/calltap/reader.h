/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The public interface of libcalltap-reader: reads trace files, one event at a time, in the order of time. Usable from C and C++.
 *
 *     struct calltap_reader *reader = calltap_reader_new();
 *     struct calltap_reader_error error;
 *     if (calltap_reader_open(reader, "t.cbor", &error) != CALLTAP_READER_OK)
 *       fprintf(stderr, "%s at byte %" PRIu64 "\n", error.text, error.offset);
 *     const struct calltap_event *event;
 *     while ((event = calltap_reader_next(reader)) != NULL)
 *       puts(calltap_reader_text(reader, event));
 *     calltap_reader_close(reader);
 *
 * Several files opened in one reader are merged by wall-clock time. A trace is untrusted: it may be
 * cut, still growing, overwritten, or made to do harm. The reader checks every length, gives all
 * that is readable, and counts what it had to leave out in `struct calltap_trace_counts`.
 *
 * A core file is read as the traces of its process that had no name any more when it died.
 *
 * A ring (limit ring=SIZE) that has no end, and so may still be written, is copied into memory when it is opened.
 *
 * Memory: proportional to the functions, chunks, threads and rows of the files, to the depth of open
 * calls and to the events that were written late, never to the number of all events. A reader belongs
 * to one thread at a time.
 *
 * Ownership: everything reached from a reader belongs to it and lives until calltap_reader_close,
 * except events, which live until the next call on the same reader. */
#ifndef CALLTAP_READER_H
#define CALLTAP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calltap/abi.h"
#include "calltap/type.h"
#include "calltap/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

struct calltap_reader;

/* UTF-8 as it stands in the trace: not terminated, not checked. */
struct calltap_text {
  const char *bytes;
  size_t size;
};

/* How the members of a type are better read. Offsets are in bytes from its start. */
enum calltap_view_kind {
  CALLTAP_VIEW_NONE,     /* as its members */
  CALLTAP_VIEW_STRING,   /* `first`: of the pointer to its characters; `second`: of their number, 8 bytes */
  CALLTAP_VIEW_SEQUENCE, /* `first` and `second`: of the pointers to the begin and the end of its elements */
  CALLTAP_VIEW_POINTER,  /* `first`: of the pointer that it wraps */
  CALLTAP_VIEW_OPTIONAL, /* `first`: of the flag that says whether there is a value at offset 0 */
};

/* The definition of a struct, union, class or enum. */
struct calltap_trace_definition {
  const char *text; /* as calltap/type.h describes, terminated; calltap_type_definition_name accepts it */
  const char *name; /* in the text, `name_bytes` long */
  size_t name_bytes;
  enum calltap_view_kind view;
  uint64_t first;
  uint64_t second;
};

/* The definitions that the types of some functions name. */
struct calltap_trace_unit {
  size_t definitions;
  const struct calltap_trace_definition *definition[]; /* sorted by their names as bytes */
};

/* A parameter or a result. */
struct calltap_trace_value {
  struct calltap_text name; /* empty: it has none */
  const char *type;         /* as calltap/type.h describes, terminated, not checked; never null */
  uint8_t presence;         /* enum calltap_wire_presence */
};

struct calltap_trace_function {
  uint32_t index;  /* 1..calltap_reader_functions(), over all files; 0: the function is not known */
  uint32_t number; /* in its file */
  struct calltap_text module;
  struct calltap_text name;
  struct calltap_text file;
  uint32_t line;                         /* 0: unknown */
  uint32_t arity;                        /* `this` not counted */
  uint32_t flags;                        /* enum calltap_function_flag, CALLTAP_WIRE_HAS_EXITS */
  bool asked;                            /* its exits are recorded */
  bool exits;                            /* the same, or an exit has arrived all the same */
  bool disarmed;                         /* the budget of CPU time took it out: some of its calls are not there */
  const struct calltap_trace_unit *unit; /* never null; see calltap_trace_scope */
  struct calltap_trace_value result;
  uint32_t parameters; /* at most CALLTAP_MAX_PARAMETERS */
  struct calltap_trace_value parameter[];
};

/* CBOR items, one after the other; every one of them is whole. */
struct calltap_items {
  const uint8_t *at; /* NULL: there are none, and nothing that could hold them */
  const uint8_t *end;
};

/* What the values of a message are called. */
struct calltap_trace_message {
  const struct calltap_trace_function *function; /* never null; types are read with its unit */
  uint32_t labels;                               /* at most CALLTAP_MAX_PARAMETERS */
  struct calltap_trace_value label[];            /* presence: CALLTAP_WIRE_PRESENT */
};

enum calltap_table_kind {
  CALLTAP_TABLE_COUNT,
  CALLTAP_TABLE_TIME,
  CALLTAP_TABLE_SUM,
  CALLTAP_TABLE_HIST,
};

/* What a rule counts instead of writing events, for one function. */
struct calltap_trace_table {
  const struct calltap_trace_function *function; /* never null; types are read with its unit */
  uint32_t function_number;
  uint32_t number;                  /* in its file */
  uint8_t kind;                     /* enum calltap_table_kind */
  struct calltap_trace_value value; /* what is summed; type "ns" and, in a TIME, "": nanoseconds */
  uint32_t keys;                    /* at most CALLTAP_MAX_PARAMETERS */
  struct calltap_trace_value key[]; /* type "stack": an array of addresses that calls return to */
};

/* A CBOR integer. */
struct calltap_number {
  bool some;
  bool is_negative; /* it is -1 - `number` */
  uint64_t number;
};

/* Buckets of a histogram are numbered from -CALLTAP_MOST_BUCKET - 1 to CALLTAP_MOST_BUCKET: 0 has the value 0, b the values
 * from 2^(b-1) to below 2^b, -b those above -2^b to -2^(b-1). */
enum { CALLTAP_MOST_BUCKET = 64 };

/* One row of a table, as one thread wrote it once. Rows of equal keys are to be added up. */
struct calltap_trace_row {
  const struct calltap_trace_table *table;
  struct calltap_items keys; /* as many as the table has; `at` NULL: all keys that there was no room for */
  uint64_t count;
  struct calltap_number sum;
  struct calltap_number least;
  struct calltap_number most;
  struct calltap_items buckets; /* for calltap_trace_take_bucket */
};

/* What an event says beside its values. */
struct calltap_trace_usage {
  uint64_t cpu_ns;
  uint64_t minor_faults;
  uint64_t major_faults;
  uint64_t voluntary_switches;
  uint64_t involuntary_switches;
};

struct calltap_trace_extra {
  bool has_caller;
  bool has_usage;
  uint64_t caller;               /* an address that the call returns to */
  struct calltap_items stack;    /* such addresses, innermost first */
  struct calltap_items messages; /* for calltap_trace_take_message */
  struct calltap_trace_usage usage;
  bool call_unknown;             /* of an exit: the runtime knows that its call is not in the trace */
  uint32_t above;                /* of an exit: so many calls above its own stay open, on other stacks */
  uint32_t gone;                 /* of an exit: so many calls above its own ended in the same way, without records */
  struct calltap_text exception; /* what unwound the call: the mangled name of its type, or empty */
};

/* A linked object that was loaded when the trace began. */
struct calltap_trace_object {
  struct calltap_text path;
  uint64_t start; /* addresses of its code in the process */
  uint64_t end;
  uint64_t bias;                /* what was added to the addresses in its file */
  struct calltap_text build_id; /* bytes; empty: it has none */
};

/* One stream of a file. Stream 0 is the session's own and not a thread. */
struct calltap_trace_thread {
  uint32_t index;  /* 0..calltap_reader_threads() - 1, over all files */
  uint64_t stream; /* in its file */
  uint64_t tid;    /* 0: not known */
  struct calltap_text name;
};

/* What was seen so far, and what had to be left out. */
struct calltap_trace_counts {
  uint64_t calls;
  uint64_t exits;            /* records; skipped calls are not in it */
  uint64_t lost;             /* events the runtime says it lost */
  uint64_t overwritten;      /* events that were older than what a ring has room for: that is no loss */
  uint64_t missing;          /* places where chunks of a thread are missing between others, of a ring */
  uint64_t torn;             /* records whose writer was killed before they were finished */
  uint64_t unknown;          /* records of a kind this reader does not know */
  uint64_t damaged;          /* places that are not a trace; the rest of their chunk is left out */
  uint64_t misshapen;        /* records that were left out, or a part of them, as they do not hold what they should */
  uint64_t misshapen_offset; /* a byte of the first one in the file */
  struct calltap_text unknown_kind; /* the first one; empty: not even a text */
  const char *damage;               /* what the first damage was, static text, or NULL */
  uint64_t damage_offset;           /* its byte in the file */
  bool cut;                         /* the file ends inside a record */
  uint64_t cut_offset;              /* first byte of that record */
};

/* A function that the budget of CPU time took out. */
struct calltap_trace_disarmed {
  struct calltap_text module;
  struct calltap_text name;
};

struct calltap_trace_file {
  const char *path; /* as given to calltap_reader_open */
  struct calltap_text runtime;
  struct calltap_text program;
  struct calltap_text host;
  struct calltap_text rules;
  struct calltap_text session;
  struct calltap_text who; /* asked for it; empty: nobody did from outside */
  uint64_t pid;
  int64_t began_ns;     /* wall-clock time, since 1970 */
  uint64_t limit_calls; /* after so many calls only exits were recorded; 0: no limit */
  uint64_t ring;        /* bytes for events, of which the newest are kept; 0: all are */
  uint64_t rotate;      /* so many files take turns; 0: there is one */
  uint64_t part;        /* of the files that take turns, which one it is: 1, 2, 3 ... over all; 0: there is one */
  uint64_t gone;        /* events of the session that were in files that are no more, as far as this one knows */
  bool goes_on;         /* the session went on in the next file, which has its end */
  bool ended;           /* it has the record of its session's end; the next ones are from there */
  struct calltap_text reason;
  uint64_t end_calls;
  uint64_t end_exits;
  uint64_t end_lost;
  uint64_t end_open;
  uint64_t end_rejected; /* calls that no rule wanted */
  uint64_t end_faults;   /* times that a rule met memory it could not read, or a division by zero */
  uint64_t end_cost_ns;  /* that the session took of its threads' time, by a sample; 0: it was not measured */
  uint64_t end_overwritten;
  uint64_t end_disarmed;                         /* functions that the budget of CPU time had disarmed */
  const struct calltap_trace_disarmed *disarmed; /* these, as far as there is a record of each */
  size_t disarmed_count;
  const struct calltap_trace_object *object;
  size_t objects;
  const struct calltap_trace_row
      *row; /* of its tables, in the order of the file; one of 0 for each table without keys */
  size_t rows;
  size_t counted_rows; /* of these, what came from the file */
  bool clock_guessed;  /* neither hz nor the pairs of times made sense: 1 tick = 1 ns was taken */
  struct calltap_trace_counts counts;
};

enum calltap_event_kind {
  CALLTAP_EVENT_CALL,
  CALLTAP_EVENT_EXIT,
  CALLTAP_EVENT_LOST,
  CALLTAP_EVENT_PAUSE,    /* the session was switched off here */
  CALLTAP_EVENT_RESUME,   /* and on again */
  CALLTAP_EVENT_DISARMED, /* the session's budget took a function out: `cause` its module, `text` its name */
  CALLTAP_EVENT_MARK,     /* an event of the program's own: `cause` is its name, `text` what it says */
  CALLTAP_EVENT_RESULT, /* what came out of a call that had ended in a tail call before, after the exit that says so: `exit` is
                             CALLTAP_EXIT_RETURN or CALLTAP_EXIT_UNWOUND, `by` the function that ended so, whose result it is. Only after
                             calltap_reader_tell_results */
};

enum calltap_exit_kind {
  CALLTAP_EXIT_RETURN,
  CALLTAP_EXIT_TAIL,
  CALLTAP_EXIT_OTHER,   /* a kind of a later version */
  CALLTAP_EXIT_SKIPPED, /* no exit was seen, but the call is gone: by longjmp, or an exception nobody with hooks caught */
  CALLTAP_EXIT_UNWOUND,    /* by an exception */
  CALLTAP_EXIT_THREAD_END, /* its thread ended */
};

struct calltap_event {
  uint8_t kind;    /* enum calltap_event_kind */
  uint8_t exit;    /* EXIT: enum calltap_exit_kind */
  bool paired;     /* EXIT: its call is in the trace, `call` and `elapsed_ns` are known */
  uint8_t values;  /* CALL and EXIT: how many of `value` there are */
  uint32_t depth;  /* CALL and paired EXIT: open calls of the thread, this one included */
  uint32_t number; /* CALL and EXIT: the function's number, even if the function is not known */
  const struct calltap_trace_file *file;
  const struct calltap_trace_thread *thread;
  const struct calltap_trace_function *function; /* CALL and EXIT: never null, see its index */
  uint64_t call;                                 /* the how-manieth recorded call of its thread, from 1; 0: not known */
  int64_t t_ns;                                  /* since the moment of the trace's header */
  int64_t real_ns;                               /* since 1970, UTC */
  uint64_t elapsed_ns; /* EXIT and paired: since its call; until it was known to be over where the exit is
                                                    CALLTAP_EXIT_SKIPPED or CALLTAP_EXIT_THREAD_END */
  uint64_t
      open_ns; /* CALL: until the end of the trace, where somebody found that it is open there; the reader gives 0 */
  /* The values in the order of those parameters, or the result, whose presence is
   * CALLTAP_WIRE_PRESENT. Value i stands in the trace, as one whole CBOR item, from item[i] to item[i + 1]. Bit i of
   * one of these says what it is, no bit: an integer.
   *   floats      a float; value[i] has the bits of it, 2, 4 or 8 bytes of them, as its first byte 0xf9, 0xfa or 0xfb says
   *   composite   a byte string or an array: contents of memory; value[i] is 0
   *   unreadable  nothing that belongs there; value[i] is 0
   * Integers are in two's complement; bit i of `negative`: value i is below zero. */
  const uint64_t *value;
  const uint8_t *const *item;
  uint64_t negative;
  uint64_t floats;
  uint64_t composite;
  uint64_t unreadable;
  const struct calltap_trace_extra *extra; /* NULL: nothing more */
  struct calltap_items tag;                /* an integer or a byte string; `at` NULL: it has none */
  struct calltap_text cause;               /* LOST, DISARMED, MARK */
  struct calltap_text text;                /* DISARMED, MARK */
  uint64_t count;                          /* LOST: events */
  const struct calltap_trace_function
      *by;          /* RESULT: never null. `function`, `call` and `elapsed_ns`, until now, are of the call
                                              that had ended; the values are those of the exit, with the type that `by` has */
  uint64_t by_call; /* RESULT: the how-manieth call of the thread that one was */
};

/* Whether it is known how long the call of an exit took: not of one that was only found to be gone. */
__attribute__((unused)) static inline bool calltap_event_has_elapsed(const struct calltap_event *event) {
  return event->paired && event->exit != CALLTAP_EXIT_SKIPPED && event->exit != CALLTAP_EXIT_THREAD_END;
}

enum calltap_reader_code {
  CALLTAP_READER_OK = 0,
  CALLTAP_READER_SYSTEM = 1,  /* the file cannot be opened or mapped; errno is in `system` */
  CALLTAP_READER_KIND = 2,    /* a directory, pipe or device */
  CALLTAP_READER_EMPTY = 3,   /* no bytes, or only zeros: nothing was written yet */
  CALLTAP_READER_FORMAT = 4,  /* not a trace, or its header is cut or damaged */
  CALLTAP_READER_VERSION = 5, /* a trace of another format version */
  CALLTAP_READER_MEMORY = 6,
};

struct calltap_reader_error {
  enum calltap_reader_code code;
  int system;      /* errno, 0 if that is not the reason */
  uint64_t offset; /* byte in the file where the trouble is */
  char text[128];  /* a sentence without the file's name and without the offset */
};

/* Gives an empty reader, or NULL without memory. */
struct calltap_reader *calltap_reader_new(void);

/* Adds a file and reads its header, functions and the places of its chunks. To be called before
 * calltap_reader_next. The path is copied. On failure the reader is as before, and `error` is set. */
enum calltap_reader_code calltap_reader_open(struct calltap_reader *reader, const char *path,
                                             struct calltap_reader_error *error);

/* The same for a trace that is already in memory; the bytes must outlive the reader. */
enum calltap_reader_code calltap_reader_open_memory(struct calltap_reader *reader, const char *name, const void *bytes,
                                                    size_t size, struct calltap_reader_error *error);

/* From now on calls and exits may come without their values: faster, for those who do not look at them. To be called when all files are open,
 * before the first event is asked for. */
void calltap_reader_skip_values(struct calltap_reader *reader);

/* From now on there are events of kind CALLTAP_EVENT_RESULT, of calls whose tail call is known to be of a function whose exit is in the trace.
 * Of a chain of more than 64 tail calls only the first 64 have one. To be called before the first event is asked for. */
void calltap_reader_tell_results(struct calltap_reader *reader);

/* The next event of all files, or NULL at the end. */
const struct calltap_event *calltap_reader_next(struct calltap_reader *reader);

/* The next event not later than that time, in nanoseconds since 1970, or NULL. In a file that grows: a time before the last
 * calltap_reader_refresh, less what its threads may need to write an event, so that those of several threads come in
 * order. An event that appears later than its time is given all the same. */
const struct calltap_event *calltap_reader_next_until(struct calltap_reader *reader, int64_t real_ns);

/* From now on the end of what is written in the files that are open is not the end, unless their sessions have ended. To be
 * called before the first event is asked for. Events that were held back by their writer come late. False without memory. */
bool calltap_reader_follow(struct calltap_reader *reader);

/* Looks for what was written since. Rows and objects of a file may be elsewhere then. A file whose session has ended is read to
 * its end and not followed any more. Where a thread was interrupted while it wrote, this and calltap_reader_next wait for it then, for a second
 * in all. False without memory. */
bool calltap_reader_refresh(struct calltap_reader *reader);

/* The writers of a file are gone: what is written in it now is all. */
void calltap_reader_finish(struct calltap_reader *reader, size_t at);

/* The event that the reader gave last, as `calltap decode` prints it, several lines if it has a stack or messages, without the last
 * line's end; as one JSON object (docs/json.md). UTF-8, terminated; lives until the next call for the same reader. "" without
 * memory, or where it is longer than 256 kB. */
const char *calltap_reader_text(struct calltap_reader *reader, const struct calltap_event *event);
const char *calltap_reader_json(struct calltap_reader *reader, const struct calltap_event *event);

/* How many bytes of all files were read since the first event was asked for, in whole chunks. */
void calltap_reader_progress(const struct calltap_reader *reader, uint64_t *done, uint64_t *all);

/* Starts again at the first event, with all counts at zero. */
void calltap_reader_rewind(struct calltap_reader *reader);

/* Accepts NULL. */
void calltap_reader_close(struct calltap_reader *reader);

size_t calltap_reader_files(const struct calltap_reader *reader);
const struct calltap_trace_file *calltap_reader_file(const struct calltap_reader *reader, size_t at);
/* Its tables count nothing: another file has what was counted since, too. */
void calltap_reader_forget_rows(struct calltap_reader *reader, size_t at);

/* Functions are numbered from 1; 0 gives the one that stands for all that are not known. */
size_t calltap_reader_functions(const struct calltap_reader *reader);
const struct calltap_trace_function *calltap_reader_function(const struct calltap_reader *reader, size_t index);

/* Finds a definition by its name; null: the unit has none. */
const struct calltap_trace_definition *calltap_trace_definition(const struct calltap_trace_unit *unit, const char *name,
                                                                size_t bytes);

/* The scope in which calltap_type_read understands the types of a unit's functions. It lives as long as the reader. */
struct calltap_scope calltap_trace_scope(const struct calltap_trace_unit *unit);

/* Whether the item is an array of addresses, as keys of type "stack" are; `stack` receives what is in it. */
bool calltap_trace_stack(struct calltap_items item, struct calltap_items *stack);

/* Takes the next address of a stack. */
bool calltap_trace_take_address(struct calltap_items *stack, uint64_t *address);

/* Takes the next of an event's messages and what it has: one item for each label, or fewer. Null: its record is missing. */
bool calltap_trace_take_message(const struct calltap_trace_file *file, struct calltap_items *messages,
                                const struct calltap_trace_message **message, struct calltap_items *values);

/* Takes the next item, `one`. */
bool calltap_trace_take_item(struct calltap_items *items, struct calltap_items *one);

/* Takes the next bucket of a row. */
bool calltap_trace_take_bucket(struct calltap_items *buckets, int *bucket, uint64_t *count);

size_t calltap_reader_threads(const struct calltap_reader *reader);
const struct calltap_trace_thread *calltap_reader_thread(const struct calltap_reader *reader, size_t index);

/* The file that the thread is of. */
const struct calltap_trace_file *calltap_reader_thread_file(const struct calltap_reader *reader, size_t index);

#ifdef __cplusplus
}
#endif

#endif
