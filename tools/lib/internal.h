/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the files of the reader share, grouped by the file that defines it.
 *
 *   input.c   a file as bytes in memory
 *   chunk.c   bytes -> the places of the chunks, by stream
 *   core.c    where the traces are in a core file
 *   record.c  the bytes of rare records -> structures
 *   declare.c types, units, functions, objects: what events refer to
 *   table.c   what rules say and count: messages, tables, their rows
 *   extra.c   what an event says beside its values
 *   clock.c   ticks -> nanoseconds
 *   snapshot.c  a ring that is still written -> a copy that stands still
 *   stream.c  the chunks of one stream -> its records in order (the hot path)
 *   late.c    which records of a stream are older than those before them
 *   pair.c    calls and exits of one thread -> which belong together
 *   merge.c   streams -> one order
 *   reader.c  the public functions
 *   cut.c     events -> a smaller trace
 *
 * Names: calltap__x crosses files inside tools/lib, bare x is static. Nothing here keeps pointers to
 * anything but the mapped file and its own allocations. */
#ifndef CALLTAP_READER_INTERNAL_H
#define CALLTAP_READER_INTERNAL_H

#include "calltap/reader.h"
#include "cbor_item.h"

/* input.c */

struct calltap__input {
  const uint8_t *bytes;
  size_t size;
  size_t mapped;  /* the file may have become shorter since */
  int fd;         /* -1: the bytes are the caller's */
  size_t offset;  /* of `bytes` in the file: not 0 in a core file */
  void *snapshot; /* what `bytes` are, or were, instead of `living`; NULL: none was made */
  size_t snapshot_size;
  const uint8_t *living;
  uint64_t *copied_ns; /* of each page where a chunk starts: CLOCK_MONOTONIC before it was copied */
  size_t passed;       /* bytes that were read and not yet released; from where to where they are: */
  size_t passed_from;
  size_t passed_to;
};

/* Maps a regular file; of a core file the trace of that number, from 0. On failure nothing is left open. */
enum calltap_reader_code calltap__input_open(struct calltap__input *input, const char *path, size_t number,
                                             struct calltap_reader_error *error);
void calltap__input_close(struct calltap__input *input);

/* The first multiple of CALLTAP_WIRE_PAGE at or after `offset` (itself such a multiple) whose page
 * does not start with a zero; the size of the input if there is none. Holes are passed quickly. */
size_t calltap__input_data(const struct calltap__input *input, size_t offset);

/* Looks whether the file has become shorter, which is what its writer does at the end. */
bool calltap__input_shrink(struct calltap__input *input);

/* To be called for each chunk that was read, with its offsets: before long its pages are no longer part of the process's memory, until they
 * are read again. What points there stays valid. */
void calltap__input_release(struct calltap__input *input, size_t start, size_t end);

/* core.c */

bool calltap__core_is(const struct calltap__input *input);

/* Where the trace of that number is, from 0. False: there are no more. */
bool calltap__core_trace(const struct calltap__input *input, size_t number, size_t *offset, size_t *size);

/* clock.c */

/* One moment on two clocks. */
struct calltap__pair {
  uint64_t ticks;
  uint64_t mono_ns;
};

/* What a chunk record says. */
struct calltap__chunk_head {
  uint64_t size;
  uint64_t stream;
  struct calltap__pair pair;
  uint64_t ordinal; /* the next ones are only in rings, else 0 */
  uint64_t overwritten;
  uint64_t overwritten_to;
};

struct calltap__clock {
  uint64_t base_ticks;
  int64_t base_real_ns;
  uint64_t hz;                /* as the header says, 0: it does not */
  struct calltap__pair first; /* the earliest and the latest pair seen */
  struct calltap__pair last;
  bool some;       /* any pair was seen */
  uint64_t factor; /* ns = ticks * factor >> shift */
  unsigned shift;
};

void calltap__clock_pair(struct calltap__clock *clock, struct calltap__pair pair);

/* Chooses the rate from all pairs and hz. Returns false if neither makes sense. */
bool calltap__clock_settle(struct calltap__clock *clock);

/* Nanoseconds from the moment of the header to `ticks`; below zero for earlier ones. */
static inline int64_t calltap__clock_ns(const struct calltap__clock *clock, uint64_t ticks) {
  __int128 wide = (__int128)(int64_t)(ticks - clock->base_ticks) * (__int128)clock->factor;
  return (int64_t)(wide >> clock->shift);
}

/* These wrap around: times of a hostile file can be anything. */
static inline int64_t calltap__add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

static inline int64_t calltap__subtract(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }

/* chunk.c */

struct calltap__chunk {
  uint64_t stream;
  size_t start; /* of the first record after the chunk record; offsets in the file */
  size_t end;   /* not past the end of the file */
  uint64_t ticks;
  uint32_t turn;    /* the how-manieth of its stream that was begun; CALLTAP__NO_TURN: it was not yet */
  uint64_t mono_ns; /* when it was begun */
  uint64_t ordinal; /* of a ring: the how-manieth of its stream; 0: not known */
  bool broken;      /* of a ring: what came last in it may be missing, and more of its stream follows */
  bool cut;         /* the file ends before the chunk does */
};

enum { CALLTAP__NO_TURN = INT32_MAX };

/* A part of a file in which there is no chunk yet. */
struct calltap__blank {
  size_t start;
  size_t end; /* SIZE_MAX: as far as the file goes */
};

struct calltap__file;

/* What a ring says in its chunks of those that they took the place of. */
struct calltap__overwritten {
  uint64_t events;
  uint64_t to; /* ticks before which all of them were; 0: not known */
};

/* Reads the chunk that starts at `at`, a multiple of CALLTAP_WIRE_PAGE. False: none starts there. */
bool calltap__chunk_at(const struct calltap__file *file, size_t at, struct calltap__chunk *chunk,
                       struct calltap__chunk_head *head);

/* How many bytes a writer of a ring covers there to begin a chunk in them; 0: none. */
size_t calltap__chunk_covered(const struct calltap__file *file, size_t at);

/* Finds all chunks of a file whose header has been read, and sorts them by stream, then time. Returns false without
 * memory. */
bool calltap__chunks_index(struct calltap__file *file);

/* Finds those that have come since, where there were none. */
bool calltap__chunks_refresh(struct calltap__file *file);

/* stream.c */

/* An open call. */
struct calltap__frame {
  uint32_t number;
  uint32_t
      callers; /* which ended in a tail call of this one: in `waiting`, counted from 1, the last of them; 0: none */
  uint64_t call;
  uint64_t ticks; /* while a file grows, what is known of its clock gets better */
};

/* A call that ended in a tail call: its result is that of another. */
struct calltap__waiting {
  uint64_t call;
  uint64_t ticks;
  uint32_t number;
  uint32_t before; /* the one that ended in a tail call of this one; also links what is free */
  uint32_t count;  /* with all before it */
};

/* The recorded calls of one thread that have not ended. */
struct calltap__stack {
  struct calltap__frame *frame;
  uint32_t count;
  uint32_t room;
  uint32_t
      callers; /* after a tail call of a function that is known, until the next event: who made it; 0: there is none */
  uint32_t callee; /* the number of that function */
  struct calltap__waiting *waiting;
  uint32_t waiting_count; /* with those that are free */
  uint32_t waiting_room;
  uint32_t waiting_free;
};

/* The first four are the two low bits of an event's id. */
enum calltap__record_kind {
  CALLTAP__RECORD_CALL = CALLTAP_WIRE_CALL,
  CALLTAP__RECORD_RETURN = CALLTAP_WIRE_RETURN,
  CALLTAP__RECORD_TAIL = CALLTAP_WIRE_TAIL,
  CALLTAP__RECORD_OTHER_EXIT = CALLTAP_WIRE_OTHER_EXIT,
  CALLTAP__RECORD_LOST,
  CALLTAP__RECORD_PAUSE,
  CALLTAP__RECORD_RESUME,
  CALLTAP__RECORD_DISARMED,
  CALLTAP__RECORD_MARK,
  CALLTAP__RECORD_SKIPPED,
};

/* An event that is older than one before it in its stream. */
struct calltap__late_event {
  uint64_t ticks;
  const uint8_t *at;
  struct calltap_items tag; /* in force there */
};

/* All of a stream, by time. None are looked for in a stream whose clock only goes forward. */
struct calltap__late {
  struct calltap__late_event *event;
  size_t count;
  size_t room;
  bool looked;
  size_t next;
  uint64_t latest; /* ticks of the latest event that did not come late */
  /* Where the stream goes on in its own order, while it stands at an event that came late. */
  bool is_away;
  const uint8_t *at;
  const uint8_t *end;
  uint64_t upper;
  struct calltap_items tag;
};

/* A stream stands at a record that is an event: `record` says of what kind, and those parts of `event` that its bytes
 * alone tell are filled in. reader.c adds what follows from the records before. */
struct calltap__stream {
  struct calltap_event event;
  uint8_t record;      /* enum calltap__record_kind */
  bool skips_values;   /* events need no values */
  const uint8_t *from; /* the first byte of the record; `at` is behind its last */
  const uint8_t *at;   /* next byte to read, in the current chunk */
  const uint8_t *end;
  uint64_t upper; /* ticks of the last chunk or clock record without their low 32 bits */
  uint64_t ticks; /* of the event */
  struct calltap__file *file;
  struct calltap_trace_counts *counts; /* of the file, but while it is read for something else */
  size_t first_chunk;                  /* index in file->chunk */
  size_t last_chunk;                   /* one past */
  size_t begun;                        /* so many of these */
  uint64_t ordinal;                    /* that the next chunk has if nothing is missing between; 0: not known */
  bool tells_overwritten;              /* before its first record */
  bool cut;                            /* the current chunk is cut */
  bool is_merged;                      /* it stands at an event, in the reader's heap */
  const uint8_t *zeros;                /* of a file that grows: where it stood before zeros */
  uint64_t zeros_look;                 /* and when, as in file->look */
  uint64_t calls;                      /* seen so far, of all streams that have this one as their `first` */
  bool has_place;                      /* before its event there are so many: */
  uint64_t place;
  struct calltap__stream *first; /* of the thread's streams: it has a second if a signal came as it got its first */
  struct calltap_trace_thread thread;
  struct calltap__stack stack;
  uint32_t
      results; /* of its event, whose result is theirs too: in the stack's `waiting`, those that were not told yet */
  struct calltap__late late;
  struct calltap_trace_extra extra;
  uint64_t value[CALLTAP_MAX_PARAMETERS];
  const uint8_t *item[CALLTAP_MAX_PARAMETERS + 1];
};

/* Things by their numbers, which the file chooses. */
struct calltap__numbered {
  void **at; /* NULL where there is none */
  size_t room;
};

struct calltap__file {
  struct calltap_trace_file open; /* first: the public part */
  struct calltap__input input;
  struct calltap__clock clock;
  size_t header_end;
  struct calltap__chunk *chunk;
  size_t chunks;
  size_t chunk_room;
  struct calltap__blank *blank;
  size_t blanks;
  size_t blank_room;
  struct calltap__overwritten overwritten;
  bool tells_results;
  bool follows;       /* what comes after the end of what is written may still be written */
  uint64_t awaits_ns; /* for so long, at most, what was not finished when the session ended is waited for */
  uint64_t look;      /* how often it was refreshed */
  size_t
      declared_chunk; /* the place in stream 0 up to which it was read for what it declares: a chunk of file->chunk, */
  size_t declared;    /* an offset in the file, 0: where the chunk starts */
  struct calltap_trace_counts indexed; /* what was counted before the first event */
  struct calltap__stream **stream;     /* by their numbers */
  size_t streams;
  struct calltap__numbered functions;   /* struct calltap_trace_function */
  struct calltap__numbered definitions; /* struct calltap_trace_definition */
  struct calltap__numbered units;       /* struct calltap_trace_unit */
  struct calltap__numbered messages;    /* struct calltap_trace_message */
  struct calltap__numbered tables;      /* struct calltap_trace_table */
  struct calltap_trace_object *object;
  struct calltap_trace_row *row;
  struct calltap_trace_disarmed *disarmed;
  size_t marked_disarmed; /* of these, so many functions have their marks */
  char *path;
};

/* reader.c */

/* The stream that a thread of the reader is. It stands at the event that was given last. */
struct calltap__stream *calltap__reader_stream(const struct calltap_reader *reader, size_t thread);

/* snapshot.c */

/* Lets the file be read from a copy, in which nothing changes any more. False without memory. */
bool calltap__snapshot(struct calltap__file *file);

/* To be called when its chunks are known: completes those that were written while they were copied. False without memory. */
bool calltap__snapshot_complete(struct calltap__file *file);

/* Lets it be read as it grows again; what was found in the copy stays valid. */
void calltap__snapshot_leave(struct calltap__file *file);

/* stream.c */

/* Puts the stream before its first record. */
void calltap__stream_start(struct calltap__stream *stream);

/* Reads on to the next record that is an event, into stream->record. False at the end. */
bool calltap__stream_advance(struct calltap__stream *stream);

/* Works out the time of the event that it stands at again. */
void calltap__stream_retime(struct calltap__stream *stream);

/* Reads the whole stream and adds its events that came late to stream->late. False without memory. */
bool calltap__stream_find_late(struct calltap__stream *stream);

/* fresh.c */

/* The first byte that is not zero, or `end`. */
const uint8_t *calltap__skip_zeros(const uint8_t *at, const uint8_t *end);

/* The same of a file that is written meanwhile. While zeros are passed, a record may be begun where they were, and what is found then be in
 * the middle of it. Records are begun in their order: once something is seen, nothing before it is begun later, and a second look finds
 * the first. */
const uint8_t *calltap__first_written(const uint8_t *at, const uint8_t *end);

/* A record is finished by one store over the up to four bytes of its head. Where these lie in two lines of the cache, another processor may see
 * the first part before the second. */
static inline bool calltap__is_split(const uint8_t *at, const uint8_t *end) {
  enum { CACHE_LINE = 64, HEAD = 4 };
  return __builtin_expect((uintptr_t)at % CACHE_LINE > CACHE_LINE - HEAD, false) && end - at >= HEAD;
}

/* Whether the record that was begun there, in a file that is written meanwhile, is finished, and all of its head seen. May take 2 us. */
bool calltap__is_finished(const uint8_t *at, const uint8_t *end);

/* The session has ended, and perhaps a thread was interrupted while it wrote the record at `at`: waits until that is finished, and uses up what
 * file->awaits_ns says. False: it is not finished. */
bool calltap__await(struct calltap__file *file, const uint8_t *at);

/* late.c */

/* To be called before the stream is started. Without memory the events stay in the order of the file. */
void calltap__late_prepare(struct calltap__stream *stream);

bool calltap__late_add(struct calltap__late *late, struct calltap__late_event event);
void calltap__late_free(struct calltap__late *late);

/* extra.c */

/* Reads the map behind an event's values. False: a part of it is not as it should be, and was left out. */
bool calltap__extra(struct calltap_trace_extra *extra, struct calltap__bytes map);

/* record.c */

/* Reads tag and header at the start of the file. */
enum calltap_reader_code calltap__header(struct calltap__file *file, struct calltap_reader_error *error);

/* Goes on through stream 0 for what events refer to, session records and pairs of times. False without
 * memory. */
bool calltap__declarations(struct calltap__file *file);

/* Whether the record at `bytes` is a chunk record, whose end is `after`. */
bool calltap__chunk_record(struct calltap__bytes bytes, struct calltap__chunk_head *head, const uint8_t **after);

/* Each takes what follows the record's kind. False: the contents are not as they should be. */
bool calltap__lost_record(struct calltap__bytes bytes, struct calltap__list list, struct calltap_text *cause,
                          uint64_t *count, uint64_t *from);
bool calltap__thread_record(struct calltap__bytes bytes, struct calltap__list list,
                            struct calltap_trace_thread *thread);

/* declare.c */

enum calltap__added {
  CALLTAP__ADDED,
  CALLTAP__MISSHAPEN, /* the record is not as it should be, and was left out */
  CALLTAP__NO_MEMORY,
};

/* Each takes what follows the record's kind and keeps the first record of a number. */
enum calltap__added calltap__add_function(struct calltap__file *file, struct calltap__bytes bytes,
                                          struct calltap__list list);
enum calltap__added calltap__add_definition(struct calltap__file *file, struct calltap__bytes bytes,
                                            struct calltap__list list);
enum calltap__added calltap__add_unit(struct calltap__file *file, struct calltap__bytes bytes,
                                      struct calltap__list list);
enum calltap__added calltap__add_object(struct calltap__file *file, struct calltap__bytes bytes,
                                        struct calltap__list list);

/* Frees what they and those of table.c added. */
void calltap__declarations_free(struct calltap__file *file);

/* Makes room for that number. False without memory. */
bool calltap__numbered_room(struct calltap__numbered *numbered, uint64_t number);

static inline void *calltap__numbered_at(const struct calltap__numbered *numbered, uint64_t number) {
  return number < numbered->room ? numbered->at[number] : NULL;
}

/* Larger numbers are taken for damage: there is room for every smaller one. */
enum { CALLTAP__MOST_NUMBERS = 1 << 22 };

/* The function that stands for all that are not known. */
extern const struct calltap_trace_function calltap__unknown_function;

/* disarmed.c */

/* Marks the functions of the records that came since the last time. */
void calltap__mark_disarmed(struct calltap__file *file);

/* Takes the map of the session record; without memory the functions are not named. */
void calltap__add_disarmed(struct calltap__file *file, struct calltap__bytes bytes, struct calltap__list list);

/* table.c */

enum calltap__added calltap__add_message(struct calltap__file *file, struct calltap__bytes bytes,
                                         struct calltap__list list);
enum calltap__added calltap__add_table(struct calltap__file *file, struct calltap__bytes bytes,
                                       struct calltap__list list);
/* False without memory: some rows of 0 are missing then. */
bool calltap__forget_rows(struct calltap__file *file);
enum calltap__added calltap__add_row(struct calltap__file *file, struct calltap__bytes bytes,
                                     struct calltap__list list);

static inline void calltap__misshapen(struct calltap_trace_counts *counts, uint64_t offset) {
  if (counts->misshapen++ == 0)
    counts->misshapen_offset = offset;
}

/* The unit of functions that have none. */
extern const struct calltap_trace_unit calltap__no_unit;

static inline struct calltap_trace_function *calltap__function(const struct calltap__file *file, size_t number) {
  return number < file->functions.room ? file->functions.at[number] : NULL;
}

/* pair.c */

/* Makes room for one more call; at the bound, far below the top, the oldest calls are forgotten. False without memory. */
bool calltap__stack_room(struct calltap__stack *stack);

/* Notes an open call and gives its depth. */
static inline uint32_t calltap__stack_push(struct calltap__stack *stack, struct calltap__frame frame) {
  if (stack->count == stack->room && !calltap__stack_room(stack))
    return 1;
  stack->frame[stack->count++] = frame;
  return stack->count;
}

/* Takes the innermost call but `above` off a stack that has so many. */
struct calltap__frame calltap__stack_take(struct calltap__stack *stack, uint32_t above);

/* How many calls stand above the innermost open call of that function; UINT32_MAX: none is open. */
uint32_t calltap__stack_above(const struct calltap__stack *stack, uint32_t number);

/* Forgets all calls. */
void calltap__stack_clear(struct calltap__stack *stack);

void calltap__stack_free(struct calltap__stack *stack);

/* The call of that frame, which was taken off the stack, ended in a tail call of that function: so its result comes with the call that is the
 * next event, if that is one of this function. Of a chain of tail calls as many wait as there is room for, the first ones. */
void calltap__tail_wait(struct calltap__stack *stack, struct calltap__frame frame, uint32_t callee);

/* Takes the last one of those that wait there, and leaves there who is before it. */
struct calltap__waiting calltap__tail_take(struct calltap__stack *stack, uint32_t *callers);

/* Nobody will know their result. */
void calltap__tail_forget(struct calltap__stack *stack, uint32_t callers);

/* The same of those whose tail call was the last event: another one came than its call, or one may be missing. */
static inline void calltap__tail_miss(struct calltap__stack *stack) {
  calltap__tail_forget(stack, stack->callers);
  stack->callers = 0;
}

/* Takes what follows the kind of a record that says where a thread stands in a trace that was made smaller: the innermost calls are
 * left until `keep` are open, then those that it tells are entered; `calls` receives how many calls there were before. */
bool calltap__stack_place(struct calltap__stack *stack, struct calltap__bytes bytes, struct calltap__list list,
                          uint64_t *calls);

/* merge.c */

/* A heap of streams, the one with the earliest record first. */
struct calltap__merge {
  struct calltap__stream **heap;
  size_t count;
  size_t room;
};

bool calltap__merge_reserve(struct calltap__merge *merge, size_t streams);
void calltap__merge_add(struct calltap__merge *merge, struct calltap__stream *stream);

/* Restores the order after the first stream moved on (`more`) or ended. */
void calltap__merge_moved(struct calltap__merge *merge, bool more);

#endif
