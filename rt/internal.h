/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every function that crosses files, by the file that defines it. The words for safety are in types.h. */
#ifndef CALLTAP_INTERNAL_H
#define CALLTAP_INTERNAL_H

#include "cbor.h"
#include "cpu_x86_64.h"
#include "text.h"
#include "types.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* -- trampoline_x86_64.S: where an object's trampoline jumps ------------------------------------------------- */
void calltap__hook(void);     /* saves the registers and calls calltap__hook_event */
void calltap__hook_off(void); /* returns at once */

/* -- hook.c: the path of an event --------------------------------------------------------------------------- */
/* signal-safe, wait-free but for the system calls of a new chunk and of the end of a session. t: calltap__self. */
void calltap__hook_event(const struct registers *r, struct thread *t);

/* -- site.c: from the address of a site to the shape of its events ------------------------------------------ */
struct session;
/* control. False: no memory. */
void calltap__site_forget(struct session *session, uintptr_t site); /* its events are not the session's any more */
bool calltap__site_add(struct session *session, uintptr_t site, const struct shape *shape);

/* -- limit.c: what a session may take ---------------------------------------------------------------------------- */
struct limits {
  uint64_t bytes;               /* of the file, without a ring */
  uint64_t ring;                /* bytes: the newest events are kept; 0: the session ends where the file does */
  uint64_t rotate, files;       /* so many files of so many bytes take turns; 0: there is one */
  uint64_t calls;               /* 0: no limit */
  uint64_t text;                /* bytes of a string or sequence */
  uint64_t expand;              /* levels of pointers that are followed */
  uint64_t rate_calls, rate_ns; /* so many calls in so long a time; 0: no limit */
  uint64_t time_ns;             /* 0: no limit */
  uint32_t budget;              /* percent of the CPU, 0: no limit */
  bool drops;                   /* what is too much is dropped; else it ends the session */
};

/* -- event.c ------------------------------------------------------------------------------------------------- */
/* The shape of an event of a function with this number. control. False: no memory. */
bool calltap__shape_init(struct shape *shape, const struct calltap_function *f, uint32_t number,
                         enum calltap_site_kind kind, const struct limits *limits);
/* Where unwinding arrives in any function. */
void calltap__shape_landing(struct shape *shape);
/* Makes the shape of a tail call one of a function that is known by its number. control. False: no memory. */
bool calltap__shape_calls(struct shape *shape, uint32_t callee);
uint32_t calltap__shape_number(const struct shape *shape); /* of its function. signal-safe */
/* Writes one event, or counts it as lost. signal-safe, wait-free but for a new chunk. */
void calltap__event_write(const struct shape *shape, struct stream *s, const struct registers *r);
/* Makes an event of these ticks, somewhere else. Returns its length, at most that of the shape. signal-safe. */
size_t calltap__event_make(uint8_t *at, const struct shape *shape, struct stream *s, uint64_t ticks,
                           const struct registers *r);
/* Both write an event that was made before, with its time: now, or so long ago that others stand before it by now. False: there is no
 * chunk. signal-safe. */
bool calltap__event_write_made(struct stream *s, const uint8_t *event, size_t bytes, uint64_t ticks);
bool calltap__event_write_late(struct stream *s, const uint8_t *event, size_t bytes, uint64_t ticks);

/* -- clock.c -------------------------------------------------------------------------------------------------- */
/* All: signal-safe, wait-free. */
static inline uint64_t calltap__ticks(void); /* of the sessions' clock */
struct moment {
  uint64_t ticks, mono_ns, real_ns;
};
struct moment calltap__moment(void); /* now */
/* Ticks in a second. The first call finds out what the ticks are, too: it takes a fifth of a millisecond (and each look at the processor traps
 * into the hypervisor of a virtual machine), so it comes when a session begins. All the others hold from then on. control. */
uint64_t calltap__tick_rate(void);
uint64_t calltap__ticks_in(uint64_t ns);
uint64_t calltap__ns_of(uint64_t ticks);

/* -- frame.c -------------------------------------------------------------------------------------------------- */
/* Sets the frame of a shape from the eight bytes behind an entry of kind CALLTAP_SITE_ENTRY_FRAME. */
void calltap__frame_read(const uint8_t code[8], struct shape *shape);
/* Sets it from what the object's unwind tables say of a site. control. */
void calltap__frame_find(uintptr_t site, struct shape *shape, struct stream *s);

/* -- capture.c: what of a function's values goes into its events --------------------------------------------- */
/* Sets the values and the length of a shape, or of its values only. control. False: no memory. */
bool calltap__capture_plan(struct shape *shape, const struct calltap_function *f, enum calltap_site_kind kind,
                           const struct limits *limits);
/* Sets them to a number that is known before the call. control. False: no memory. */
bool calltap__capture_number(struct shape *shape, uint32_t number);
enum calltap_wire_presence calltap__capture_presence(const struct calltap_value *v);
/* The capture of a value that a rule computes, and the bytes of its item. is_key: without addresses. control. False: no memory. */
bool calltap__capture_given(struct given_value *value, const struct calltap_given *given,
                            const struct calltap_function *f, const struct limits *limits, bool is_key);

/* -- value.c: from registers and memory to the items of an event ----------------------------------------------- */
/* The first returns eight bytes of a value, the last the byte behind the last item. signal-safe; wait-free but for the system calls of peek.c. */
uint64_t calltap__place_word(const struct registers *r, uintptr_t frame, unsigned place, unsigned slot);
/* Where the return address stands, 0: not known. */
uintptr_t calltap__frame_of(const struct shape *shape, const struct registers *r);
uint8_t *calltap__values_write(uint8_t *at, const struct shape *shape, struct stream *s, const struct registers *r);
/* The same for one value that a program gave as one or two words. */
uint8_t *calltap__given_write(uint8_t *at, const struct capture *c, const uint64_t *words, struct stream *s);

/* -- peek.c: the program's memory, through pointers that may be wild ------------------------------------------- */
/* Both: signal-safe; one system call at least where the memory might go away. Return how many bytes from the front could
 * be read; nothing is written behind them. */
size_t calltap__peek(void *to, uintptr_t address, size_t bytes, struct stream *s);
/* A text that ends with a NUL: the bytes before it, at most `limit`. One system call for each 256 bytes of them. */
size_t calltap__peek_text(void *to, uintptr_t address, size_t limit, struct stream *s, struct text_peek *out);
/* Whether an address is on the stack that the thread was made with, as far as that is known. */
bool calltap__peek_own_stack(struct stream *s, uintptr_t address);
/* Memory that stays mapped and readable as long as the process lives. Before main. */
void calltap__peek_constant(uintptr_t start, uintptr_t end);
extern uintptr_t calltap__peek_stack_top; /* an address above all frames of the first thread */

/* -- library.c: types of the C++ library, and others that the user names ----------------------------------------- */
/* Takes "NAME=KIND(OFFSETS);...", which must live as long as the process. Null, or what is wrong. Before main. */
const char *calltap__library_add(const char *text);
bool calltap__library_view(const struct calltap_type *t, const struct calltap_scope *scope, struct view *view);

/* -- unit.c: definitions of types ------------------------------------------------------------------------------- */
const struct calltap_unit *calltap__unit_of(const struct calltap_function *f);
const char *calltap__unit_definition(const struct calltap_unit *unit, size_t at);
/* For struct calltap_scope; the context is the unit, or null. */
const char *calltap__unit_find(const void *context, const char *name, size_t bytes);

typedef bool record_writer(struct stream *, const struct cbor *); /* false: no room */

/* -- chunk.c ------------------------------------------------------------------------------------------------- */
enum chunk_result {
  CHUNK_TAKEN,
  CHUNK_LIMIT, /* the trace has reached its size, or is closed */
  CHUNK_DISK,  /* there is no space */
  CHUNK_HELD,  /* all of the ring is held by other threads just now, or the record is longer than a chunk */
};
enum { NO_CLOCK = UINT32_MAX }; /* of stream.clock_high: a clock record comes before the next event */
static inline uintptr_t stream_end(const struct stream *s) { return *(const volatile uintptr_t *)&s->end; }
/* Space in the file, with its memory and disk blocks. bytes: wanted, a multiple of a page, and what is left if that is less. signal-safe. */
enum chunk_result calltap__space_take(struct trace *t, uint64_t *offset, uint64_t *bytes);
/* Gives the stream a new chunk of that many bytes, or of what is left of the file. The header, if there is one,
 * goes before everything else. pending: events that the stream counts already, and has not written. signal-safe; the stream's own
 * thread only. */
enum chunk_result calltap__chunk_take(struct stream *s, uint32_t bytes, const struct cbor *header, unsigned pending);
/* Copies a finished record into a stream with the two-step commit. False: it did not fit anywhere. */
bool calltap__record_write(struct stream *s, const struct cbor *record);
/* The same at a fixed place. */
void calltap__record_commit(uint8_t *at, const uint8_t *record, size_t bytes);

/* -- ring.c: the part of a trace where the newest events take the place of the oldest ---------------------------- */
struct ring_slot {
  _Atomic uint64_t word;            /* see ring.c */
  struct stream *_Atomic owner;     /* null: nobody, or just being taken */
  uint64_t begin, events, finished; /* events of its stream before it, and in it; ticks when it was given back */
};
struct ring {
  uint64_t start; /* offset in the file */
  uint32_t bytes; /* of a slot */
  uint32_t slots; /* 0: there is no ring */
  struct ring_slot *slot;
  _Atomic uint64_t numbers;
  _Atomic uint64_t overwritten, overwritten_to; /* events, and the ticks before which all of them were */
};
/* Takes the session's ring out of its file. False: the file is too small, or there is no memory. control. */
bool calltap__ring_make(struct session *session);
/* As calltap__chunk_take. The new chunk, whose record says now, starts at `start`, and is empty from `at` on. */
enum chunk_result calltap__ring_take(struct stream *s, uint32_t bytes, unsigned pending, const struct moment *now,
                                     uint8_t **start, uint8_t **at);
/* Stamps the chunk anew, while it is empty. */
void calltap__ring_stamp(struct stream *s, uint8_t *start, const struct moment *now);
/* The stream, which has another chunk by now, does not need the one that ended there: 0, none. */
void calltap__ring_leave(struct stream *s, uintptr_t old_end);
/* A tag record that is about to be written. */
void calltap__ring_keep_tag(struct stream *s, const struct cbor *record);

/* -- trace.c: the file -------------------------------------------------------------------------------------- */
struct trace {
  uint8_t *base;
  uint64_t limit;        /* bytes mapped */
  _Atomic uint64_t used; /* bytes given out, or TRACE_CLOSED */
  struct os_identity identity;
  char path[4096]; /* absolute */
};
#define TRACE_CLOSED (UINT64_C(1) << 63)
/* Creates, sizes and maps the file of its path; the descriptor is closed again. 0 or -errno; -EFBIG: RLIMIT_FSIZE is too small. replace:
 * an older file of that name goes. control. */
int calltap__trace_open(struct trace *t, uint64_t limit, bool replace);
/* Gives back what is behind so many bytes, whole pages: nobody has a chunk there. control. */
void calltap__trace_shrink(struct trace *t, uint64_t bytes);
/* Nobody gets a chunk any more; threads may still write into theirs. cuts: the file, to what was given out. control. */
void calltap__trace_close(struct trace *t, bool cuts);
/* Nobody writes into it any more. control. */
void calltap__trace_forget(const struct trace *t); /* removes its name, if that still leads to it. control */
void calltap__trace_unmap(struct trace *t);
/* Takes the disk blocks of a range where madvise cannot. signal-safe. */
bool calltap__trace_reserve(const struct trace *t, uint64_t offset, uint64_t bytes);

/* -- part.c: a trace in files that take turns ------------------------------------------------------------------------------------ */
struct part {
  struct trace trace;
  struct stream stream; /* its stream 0 */
  uint64_t number;      /* 1, 2, 3 ... */
  uint32_t generation;  /* a hook that began with it does not use this part any more */
  struct part *next;
};
struct told; /* records that every part begins with */
struct parts {
  uint64_t size; /* of a file; 0: there is one, session.trace */
  uint64_t count;
  uint32_t largest;              /* of a chunk */
  struct part *_Atomic current;  /* null: none yet */
  _Atomic bool is_asked;         /* somebody makes, or has made, the next one */
  _Atomic uint64_t waited_since; /* ticks: when somebody began to wait for a turn; 0: nobody did */
  /* control */
  char *name;                       /* what their names are made of */
  struct os_identity directory;     /* that they are in */
  struct part *ready, *old, *spare; /* made ahead; those that somebody may still write into; to be used again */
  struct told *told, *told_last;
  uint64_t told_bytes;
  uint64_t held_since; /* ticks: too many are old; 0: they are not */
};
/* Opens the first file. 0 or -errno, with session.trace.path the name that failed. control. */
int calltap__parts_open(struct session *session, bool is_child);
/* Keeps a record for the parts to come. False: no memory, or more than they have room for. control. */
bool calltap__parts_tell(struct session *session, const struct cbor *record);
/* Writes what was kept. False: no room. control. */
bool calltap__parts_retell(const struct session *session, struct stream *s, record_writer *write);
/* What is ready lacks something by now: it is made anew. control. */
void calltap__parts_renew(struct session *session);
/* Before much is said of the session: where the file is full, it goes on in the next one. control, on a stack with room for it. */
void calltap__parts_make_room(struct session *session);
/* How many events of all threads are in files that are gone. control. */
uint64_t calltap__parts_gone(const struct session *session);
/* The session has ended. control. */
void calltap__parts_close(struct session *session);
/* Nobody writes any more, or it is the child of a fork: then those that a hook may be in stay mapped. control. */
void calltap__parts_forget(struct session *session, bool unmaps);
/* As calltap__space_take, for a thread's stream, in the part that it returns; that may be the next one. CHUNK_LIMIT: the session has ended. signal-safe;
 * waits a second at most, and only where the file behind is not ready in time. */
enum chunk_result calltap__part_take(struct stream *s, struct part **part, uint64_t *offset, uint64_t *bytes);
static inline bool calltap__part_is_current(const struct stream *s, const struct part *part);
/* The stream goes on in this part, and had written so many events before. */
void calltap__part_begin(struct stream *s, const struct part *part, uint64_t events);
/* The stream's next event takes a chunk, in the part that is current then. Its own thread, or control for one that has ended. */
void calltap__part_leave(struct stream *s);

/* -- thread.c ------------------------------------------------------------------------------------------------ */
extern _Thread_local struct thread *calltap__self;
extern struct thread calltap__no_thread __attribute__((visibility("hidden"))); /* of threads that have none yet */
/* The calling thread's own; null: no memory. signal-safe. */
struct thread *calltap__thread_make(void);
/* Makes it ready for a session that has this generation: with a stream, or without if the session does not ask it. False: the session
 * does not run, or there is no memory. signal-safe. */
bool calltap__thread_attach(struct thread *t, struct session *session, uint32_t generation);
/* If no session that runs asks it, its hooks return at once until one might. signal-safe, wait-free. */
void calltap__thread_rest(struct thread *t);
/* Tags the calling thread for sessions that ask it later. False: no memory. signal-safe. */
bool calltap__thread_tag(int64_t tag);
/* Sets the tag of a thread in a session, and writes it. signal-safe. */
void calltap__tag_write(struct stream *s, int64_t tag);
/* Calls `use` with the thread's stream, as a hook would, if the session runs and asks it. signal-safe. */
typedef void stream_user(struct stream *s, void *context);
void calltap__thread_in_session(struct thread *t, struct session *session, stream_user *use, void *context);
/* The same of the calling thread in each session that runs and asks it. */
void calltap__for_each_stream(stream_user *use, void *context);
/* What a thread has from its creator: the numbers of the sessions that asked that one, by their places. */
struct inheritance {
  uint32_t session[CALLTAP_SESSIONS];
};
extern _Thread_local struct inheritance calltap__inheritance;
/* Whether some session wants to know who creates a thread. signal-safe. */
bool calltap__follows_children(void);

/* -- birth.c: threads being made; only in the shared runtime --------------------------------------------------------- */
/* Whether the program's threads are made by it. Before main. */
bool calltap__sees_births(void) __attribute__((weak));
extern bool calltap__births_are_seen;
/* Whether a hook may still work for the session of that number. Its gate is closed, and all cores have passed a barrier since. control. */
bool calltap__thread_is_inside(unsigned session);
/* The generation that all hooks at work for that session began with, or a newer one; `newest` if there are none. All cores have passed a barrier since that one
 * was published. control. */
uint32_t calltap__threads_settled(unsigned session, uint32_t newest);
/* Frees what threads have left that have ended. control. */
void calltap__threads_sweep(void);
/* In the child of a fork: the parent's are forgotten. */
void calltap__threads_forget(void);

/* -- object.c ------------------------------------------------------------------------------------------------ */
/* Finds the objects that are loaded and claims those that no other runtime has. Once, before main. */
void calltap__objects_find(void);
/* The objects that were loaded then, sites or not. */
struct loaded {
  const char *path; /* "": the program itself */
  uintptr_t bias, start, end;
  const uint8_t *build_id;
  size_t build_id_bytes;                      /* 0: it has none */
  uintptr_t unwind, unwind_start, unwind_end; /* .eh_frame_hdr and the read-only segment around it; 0: it has none */
};
const struct loaded *calltap__objects_loaded(size_t *count);
struct object *calltap__objects(void);
/* Another runtime owns objects of this process. */
bool calltap__objects_shared(void);
/* control. Null: not ours. */
struct object *calltap__object_add(const struct calltap_note *note, const char *path);
/* The name that the loader has for the object that an address lies in: "" for the program itself; "?": not known. Not in a handler. */
const char *calltap__object_path(const void *address);
/* The path of an object by that name. control. */
const char *calltap__object_name(const char *path);
/* That of the program, "" if the system does not say. It is looked up when somebody asks: at the start of a process that takes 15 us. control. */
const char *calltap__program_path(void);
struct object *calltap__object_of(const struct calltap_note *note);
const struct calltap_function *calltap__site_function(const struct calltap_site *site, enum calltap_site_kind *kind);
/* Entries are of different lengths. */
const struct calltap_site *calltap__site_next(const struct calltap_site *site);
uint8_t *calltap__site_address(const struct calltap_site *site);
const char *calltap__string(const int32_t *distance);

/* -- walk.c: who called ------------------------------------------------------------------------------------------- */
/* The return addresses of the functions on the stack, innermost first: pc[0] is that of the function whose site this is, so it
 * is in its caller. Returns how many, at most `most`. It ends earlier where the way up is not known. signal-safe; wait-free but
 * for the system calls of peek.c. */
size_t calltap__walk(uintptr_t *pc, size_t most, const struct registers *r, struct stream *s);
/* Where a thread was interrupted; registers that are not known are 0. */
struct walk_start {
  uintptr_t pc, rsp, rbp, rbx;
};
/* The same from there; pc[0] is that place itself. */
size_t calltap__walk_interrupted(uintptr_t *pc, size_t most, const struct walk_start *start, struct stream *s);

/* -- stack.c: where a thread is just now ----------------------------------------------------------------------------- */
/* Answers for the calling thread, which was interrupted there (null: it asks itself), or for another one that sleeps, by its number in
 * decimal. control. */
void calltap__stack_answer(struct builder *b, const struct walk_start *own, const char *thread);

/* -- filter.c: what rules ask of a function -------------------------------------------------------------------- */
struct asked {
  bool calls, exits;
  bool has_exit_events;  /* some exits are recorded; others are armed for what is done then */
  bool is_event;         /* false: it is only a scope of rules about others */
  bool is_bare;          /* without the values of calls, if there is no filter */
  struct filter *filter; /* null: of all calls */
};
/* control. False: no memory. `object`: the path of the one it is in. The first clause that cannot be asked of a function that its rule names
 * is noted in the session's error, if its message is empty. */
bool calltap__filter_ask(struct session *session, const struct calltap_function *f, const char *object,
                         struct asked *asked);

/* -- open.c: calls that are open -------------------------------------------------------------------------------- */
/* All: signal-safe. Where the return address of the function stands, and so which of two frames of a stack is the inner one; where that
 * is not known, the stack pointer, which is nearly as good. */
static inline uintptr_t calltap__open_frame(const struct shape *shape, const struct registers *r) {
  uintptr_t base = (uintptr_t)(r + 1);
  if (shape->frame_base == FRAME_RBP)
    base = r->rbp;
  else if (unlikely(shape->frame_base == FRAME_RBX))
    base = r->rbx;
  return base + (uintptr_t)(intptr_t)shape->frame_offset;
}
/* The word that a call of this shape has, entered or left here. */
static inline uint64_t calltap__open_word(const struct shape *shape, const struct registers *r) {
  return (uint64_t)shape->note << NOTE_STACK_BITS | calltap__open_frame(shape, r) >> 3;
}
static inline uint64_t calltap__open_stack(uint64_t word) { return word & ((UINT64_C(1) << NOTE_STACK_BITS) - 1); }
/* Before a call is recorded: whether it is plainly inside the innermost that is noted, and there is room. */
static inline bool calltap__open_is_inside(const struct stream *s, uint64_t word) {
  uintptr_t n = s->noted_count;
  return likely(n - 1 < NOTE_ROOM - 1) && likely(calltap__open_stack(s->noted[n - 1]) > calltap__open_stack(word));
}
/* The same where it is not plain: reports calls that are gone. False: there is no room, it cannot be noted. wait-free but for the first use. */
bool calltap__open_prepare(struct stream *s, uint64_t word, const struct registers *r);
/* Notes it, after it was recorded: whoever jumps out of the hook in between leaves a call that nobody will report twice. */
static inline void calltap__open_note(struct stream *s, uint64_t word) {
  uintptr_t n = s->noted_count;
  s->noted[n] = word;
  compiler_barrier();
  s->noted_count = n + 1;
  compiler_barrier();
  s->noted[n] = word; /* a signal handler may have used the place */
}
/* At an exit: whether its call is the innermost one, which then is not noted any more. */
static inline bool calltap__open_is_innermost(struct stream *s, uint64_t word) {
  uintptr_t n = s->noted_count;
  if (unlikely(n - 1 >= NOTE_ROOM) || unlikely(s->noted[n - 1] != word))
    return false;
  s->noted_count = n - 1;
  return true;
}
/* The same where it is not plain: reports calls that are gone. `above`: how many stay open above it. */
enum open_end {
  OPEN_NOT_NOTED,
  OPEN_DEEPER,    /* it is not noted, for want of room */
  OPEN_NOT_TAKEN, /* by the session's limit of calls */
  OPEN_ENDED,
};
enum open_end calltap__open_end(struct stream *s, uint64_t word, const struct registers *r, uint32_t *above);
/* Where unwinding arrives, or goes on: reports the calls that it has ended. */
void calltap__open_unwound(struct stream *s, uint64_t word, struct way *way);
/* Reports what a thread left open that has ended. control. */
void calltap__open_thread_ended(struct stream *s);

/* -- way.c: exits that are no return and no tail call ------------------------------------------------------------- */
enum { WAY_BYTES = 16, EXTRAS_OF_WAY = MAX_EXCEPTION + 32, CALL_UNKNOWN = UINT32_MAX };
/* All: signal-safe; wait-free but for the system calls of peek.c. From a site where unwinding arrives or goes on. */
void calltap__way_begin(struct way *way, const struct shape *shape, const struct registers *r);
/* Learns the kind, and the exception's type, if that was not done yet. */
void calltap__way_look(struct way *way, struct stream *s);
/* The exit of a function, at most WAY_BYTES; it looks, too. Returns the end. */
uint8_t *calltap__way_put(uint8_t *at, uint32_t number, uint64_t ticks, struct way *way, struct stream *s);
/* Writes one, with extras of its own. above: as in struct extras. */
void calltap__way_report(struct stream *s, uint32_t number, struct way *way, uint32_t above);

/* -- call.c: calls that rules choose among ---------------------------------------------------------------------- */
/* All: signal-safe. An entry, and any kind of exit, of a function that has a filter. way: null, it is a return or a tail call. above: as in
 * struct extras. */
void calltap__call_enter(const struct shape *shape, struct stream *s, const struct registers *r);
void calltap__call_leave(const struct shape *shape, struct stream *s, const struct registers *r, struct way *way,
                         uint32_t above);
/* A call of a function that has a filter is gone. */
void calltap__call_left(struct stream *s, uint32_t number, uintptr_t stack, struct way *way);
/* The exit of a function without a filter, with what is to be said of its call. */
void calltap__call_put_exit(const struct shape *shape, struct stream *s, const struct registers *r, uint32_t above);
/* Ends what a call has kept and opened, without an exit. signal-safe. */
void calltap__call_forget(struct stream *s, struct open_call *call);
/* An event that was made before it is written. */
struct made_event {
  const uint8_t *event;
  size_t bytes;
  uint64_t ticks;
  bool is_call, has_exit; /* has_exit: of a call */
};
/* Writes one that was held or kept, if the session's limit of calls allows. signal-safe. */
void calltap__call_write_late(struct stream *s, const struct made_event *made);

/* -- decide.c: which clauses a call matches, and what they do --------------------------------------------------- */
struct match_input;
/* Both: signal-safe. They do what is to be done now, and add the rest to the decision. */
void calltap__filter_enter(const struct filter *filter, const struct match_input *in, struct decision *d);
bool calltap__filter_has_left(const struct filter *filter); /* of a limited one: whether it takes another call */
void calltap__filter_leave(const struct filter *filter, const struct open_call *call, const struct match_input *in,
                           struct decision *d);

/* -- extras.c: what an event has beside its values -------------------------------------------------------------- */
bool calltap__extras_any(const struct extras *e);
size_t calltap__extras_most(const struct extras *e); /* bytes */
/* Both: signal-safe; return the end. usage: of the call, or null. */
uint8_t *calltap__extras_put(uint8_t *at, const struct extras *e, const struct match_input *in, const uint64_t *usage);
uint8_t *calltap__given_put(uint8_t *at, const struct given_value *v, const struct match_input *in);

/* -- scope.c: `under` --------------------------------------------------------------------------------------------- */
/* All: signal-safe. Opens the scopes that this call is one of. Returns them, bit by bit. */
uint32_t calltap__scope_open(const struct filter *filter, const struct match_input *in, struct decision *d);
/* Closes them at its exit, of which `yes` want what was kept. */
void calltap__scope_close(struct stream *s, const struct open_call *call, uint32_t yes);
/* Keeps an event until one of the scopes says yes, or all have said no. Returns where it stands, plus 1; 0: no room. */
uint32_t calltap__scope_keep(struct stream *s, const struct made_event *made, uint32_t scopes);
/* Writes a kept event now, unless it was written since. */
void calltap__scope_release(struct stream *s, uint32_t kept);
/* Of a call that is kept: its exit is, too. */
void calltap__scope_keeps_exit(struct stream *s, uint32_t kept);

/* -- count.c: counters ---------------------------------------------------------------------------------------------- */
struct counted {
  uint32_t table;
  uint16_t key_bytes;
  const uint8_t *key; /* encoded */
  bool has_value, has_buckets;
  int64_t value;
};
/* signal-safe; wait-free but for memory of new rows. */
void calltap__count(struct stream *s, const struct counted *c);
/* A call of a function of which nothing but the number of its calls is asked. False: it must go the long way. */
static inline bool calltap__count_call(struct stream *s, const struct filter *filter) {
  const struct row_table *t = (const struct row_table *)*(const volatile uintptr_t *)&s->row_table;
  struct row *row = t ? t->at[filter->tally_hash & (t->slots - 1)] : NULL;
  if (unlikely(!row) || unlikely(row->table != filter->tally - 1) || unlikely(row->key_bytes) || unlikely(s->flags))
    return false;
  (void)cpu_local_add(&row->count, 1);
  return true;
}
uint32_t calltap__count_hash(uint32_t table); /* of the row without a key */
/* Writes a thread's rows. Returns how often something was counted that is lost. control. */
uint64_t calltap__count_write(const struct stream *s, struct stream *session, record_writer *write);

/* -- hold.c: calls that are open, and what waits for their exits ------------------------------------------------ */
/* All: signal-safe; wait-free but for the first use, which maps memory. Memory in a stack: what was taken last is given back
 * first. Null: there is no room. */
void *calltap__hold_take(struct stream *s, size_t bytes, uintptr_t *mark);
void calltap__hold_give_back(struct stream *s, uintptr_t mark);
struct held *calltap__hold_of(const struct stream *s, const struct open_call *call); /* null: nothing is held */
/* Around all of it, with the stack pointer, and what the first returned. */
uintptr_t calltap__hold_begin(struct stream *s, uintptr_t stack);
void calltap__hold_end(struct stream *s, uintptr_t outer);
/* Whether one more call can be noted, of this site, with this stack pointer. Forgets calls that were left without an exit. */
bool calltap__hold_has_room(struct stream *s, uintptr_t stack, uintptr_t site);
/* Notes a call, wanted or not, of a function whose exits are armed. There is room. */
void calltap__hold_open(struct stream *s, const struct open_call *call);
/* Takes the innermost one, if it is this. */
bool calltap__hold_take_innermost(struct stream *s, uint32_t number, uintptr_t stack, struct open_call *call);
/* Finds the call that ends here and forgets it, and all that were left without an exit. What it holds stays, and is the caller's to
 * give back. False: it is not noted. */
bool calltap__hold_close(struct stream *s, uint32_t number, uintptr_t stack, struct open_call *call);

/* -- match.c: runs programs ----------------------------------------------------------------------------------------- */
/* What a program sees of a call. */
struct match_input {
  const struct shape *shape;
  struct stream *stream;
  const struct registers *entry;
  const uint64_t *vector;       /* lower halves at the entry; null: they are in the registers still */
  const struct registers *exit; /* null: it is the entry */
  struct way *way;              /* of an exit that is no return and no tail call, else null */
  uint64_t elapsed_ns;
  size_t depth; /* armed calls that are open on the thread, this one included */
};
/* signal-safe; bounded by the program's length and the texts it may look at. `given`: what GIVE gives; may be null for programs that end
 * in ACCEPT. */
enum match calltap__match(const struct calltap_operation *program, const struct match_input *in, int64_t given[2]);
/* The operation CHECK, on the value of its register. */
static inline bool calltap__match_check(const struct calltap_operation *o, uint64_t raw) {
  unsigned unused = 64 - (o->b & CALLTAP_CHECK_BITS);
  int64_t up = (int64_t)(raw << unused);
  int64_t v = o->b & CALLTAP_CHECK_SIGNED ? up >> unused : (int64_t)((uint64_t)up >> unused);
  bool yes = o->b & CALLTAP_CHECK_LESS    ? v < o->imm
             : o->b & CALLTAP_CHECK_BELOW ? (uint64_t)v < (uint64_t)o->imm
                                          : v == o->imm;
  return yes != !!(o->b & CALLTAP_CHECK_NOT);
}

/* -- limit.c ------------------------------------------------------------------------------------------------- */
enum { MAX_TEXT = 4096, MAX_EXPAND = 4 };
struct limits calltap__limits_usual(void); /* what holds where nothing is said */
/* Reads "calls=N,rate=N/DURATION,time=DURATION,bytes=SIZE,ring=SIZE,str=SIZE,expand=N,budget=PERCENT,policy=drop" over what is set. Null, or what is
 * wrong. signal-safe. */
const char *calltap__limits_parse(const char *text, struct limits *limits);

/* -- thread_spec.c: which threads are asked ------------------------------------------------------------------------ */
enum { MAX_THREAD_PARTS = 32 };
enum thread_part_kind { THREADS_ALL, THREADS_EXISTING, THREADS_NEW, THREADS_MAIN, THREADS_TID, THREADS_NAMED };
struct thread_spec {
  size_t count;
  bool follows_children; /* +children: threads that a selected thread creates are selected too */
  bool includes;         /* some part does; else all threads are meant, but those that are excluded */
  struct thread_part {
    enum thread_part_kind kind;
    bool excludes;
    int tid;          /* of THREADS_TID */
    struct span glob; /* of THREADS_NAMED */
  } part[MAX_THREAD_PARTS];
};
struct thread_facts {
  int tid;
  const char *name;
  bool is_main, existed; /* existed: before the session began */
  bool is_child;         /* created by a thread that was asked */
};
/* Reads "all,-log*,+children". Null, or what is wrong. The text must live as long as the spec. signal-safe. */
const char *calltap__thread_spec_parse(const char *text, struct thread_spec *spec);
/* Whether some part includes the thread, +children for one, and none excludes it. signal-safe; bounded by the lengths of
 * the globs and the name. */
bool calltap__thread_spec_selects(const struct thread_spec *spec, const struct thread_facts *facts);

/* -- allow.c: the ceiling that the owner of a service sets ----------------------------------------------------------- */
enum allow {
  ALLOW_OFF,     /* nothing is asked */
  ALLOW_COUNT,   /* counters, by places in the code and threads */
  ALLOW_SCALARS, /* events, without texts and objects that pointers lead to */
  ALLOW_VALUES,  /* everything */
};
/* Null, or what is wrong. signal-safe. */
const char *calltap__allow_parse(const char *text, enum allow *allow);
/* Null, or why the rules exceed the ceiling, as far as their text tells: what a name's type is, is known when they are compiled for a
 * function. Limits are lowered, not refused. signal-safe. */
const char *calltap__allow_check(enum allow allow, const struct calltap_rules *rules, const struct limits *limits);
/* Lowers what the ceiling does not allow. signal-safe. */
void calltap__allow_lower(enum allow allow, struct limits *limits);

/* -- patch.c ------------------------------------------------------------------------------------------------- */
/* Writes one byte at each address, grouped by page, and makes every core see it. `expected` is compared first: what
 * holds another byte (a debugger's breakpoint) is left alone and counted. Returns the number of bytes
 * written, or -errno if the code may not be written at all. control. */
long calltap__patch(uint8_t *const *sites, size_t count, uint8_t expected, uint8_t wanted);

/* -- path.c: the name of the trace file --------------------------------------------------------------------- */
/* Where files take turns: they are NAME.1.cbor and so on, and the one that is made ready is NAME.next, number 0. All are free then. */
enum { PATH_BYTES = 4096 };
struct turns {
  uint64_t count;
  char *name; /* PATH_BYTES */
};
/* Opens the trace file by the template: {pid} and {name} stand for the process's. A name with {pid} never replaces a file. One
 * without gets the pid behind it in a child, and where a living process writes that file. Null: the default
 * template, and /tmp where the working directory cannot be written. 0 or -errno, with the trace's path the
 * name that failed. control. */
int calltap__path_open(struct trace *t, const char *out, uint64_t limit, bool is_child, const struct turns *turns);
/* The path of one of the files that take turns. False: it is too long. */
bool calltap__path_turn(struct trace *t, const char *name, uint64_t which);

/* -- arm.c: which sites a session has switched; control, but where it says so ----------------------------------- */
/* Addresses of sites, in memory that doubles. */
struct sites {
  uint8_t **at;
  size_t count, space;
};
enum { USED_UP = 32, MOST_LANDINGS = 1 << 14 };
struct armed {
  struct function *first, *last;
  uint32_t functions;
  struct sites entries, exits; /* in the order of the code */
  uint32_t landings;           /* among the exits, those of functions that no rule asks for; at most MOST_LANDINGS */
  uintptr_t _Atomic used_up[USED_UP];
  _Atomic uint32_t calls_of_used_up;
};
/* Prepares every function of the object that the session's rules ask for. Returns how many, or -1: no memory. */
long calltap__arm_prepare(const struct object *o, struct session *session);
/* Describes the prepared functions from number `from` on in the session's stream. False: no room. */
bool calltap__arm_describe(struct session *session, uint32_t from, record_writer *write);
/* Puts off a site of a function whose calls are used up. signal-safe. */
void calltap__arm_used_up(struct session *session, uintptr_t site);
/* Takes the function of a site out of the session. Returns the name of what was disarmed; null: there is none such. */
const struct calltap_function *calltap__arm_drop(struct session *session, uintptr_t site);
/* 0 or -errno: code may not be written. */
int calltap__arm_on(struct session *session);
/* Sites that no other session needs. */
void calltap__arm_off(struct session *session);
void calltap__arm_switch_off(struct session *session, uint8_t **site, size_t count);
void calltap__arm_forget(struct session *session, const struct object *o);
size_t calltap__armed_sites(const struct session *session);

/* -- mapping.c ------------------------------------------------------------------------------------------------ */
/* Reads the mappings of code. control. */
void calltap__mappings_read(void);
/* The mapping of an address as it was read last, or null: not known. control. */
const struct mapping *calltap__mapping_of(uintptr_t address);

/* -- lock.c: the control lock, and the gate ---------------------------------------------------------------------- */
/* No generation. Nor is 0, which threads have that were never in a session of this place: so that they leave a closed gate as one that is not
 * theirs, and clear up. */
#define GATE_CLOSED UINT32_MAX
/* The page that children see as zeros. */
struct gate_page {
  _Atomic uint32_t epoch;                        /* another one whenever a thread may be asked that was not, never 0 */
  _Atomic uint32_t active;                       /* bit i: session i runs */
  _Atomic uint32_t ours;                         /* this is no child */
  _Atomic uint32_t generation[CALLTAP_SESSIONS]; /* of the running sessions, or GATE_CLOSED */
  uint8_t rest[OS_PAGE - (CALLTAP_SESSIONS + 3) * sizeof(uint32_t)];
} __attribute__((aligned(4096)));
extern struct gate_page calltap__gate;
/* What the event path reads of the process; written on the control path only. */
struct process {
  bool ticks_are_ns;    /* no usable tick counter: CLOCK_MONOTONIC in nanoseconds */
  uint64_t tick_factor; /* nanoseconds are ticks times this, shifted right by 32; 0: not known yet */
  uint64_t ns_factor;   /* ticks are nanoseconds times this, shifted right by 24 */
  int pid;              /* of this process, 0: not known yet */
};
extern struct process calltap__process;
static inline uint64_t calltap__ticks(void) {
  return unlikely(calltap__process.ticks_are_ns) ? calltap__os_monotonic_ns() : cpu_ticks();
}
/* Blocks all signals and takes the lock. False: this thread has it already. (Other libraries' fork handlers run while we hold it, and may be
 * traced.) Both signal-safe. */
bool calltap__lock(uint64_t *saved);
/* The same without waiting; signals are blocked only if it is taken. */
enum lock { LOCK_TAKEN, LOCK_OWN, LOCK_BUSY };
enum lock calltap__lock_now(uint64_t *saved);
void calltap__unlock(const uint64_t *saved); /* first ends the sessions whose end came meanwhile */
/* From here on children see it as zeros. False: a kernel before Linux 4.14. control. */
bool calltap__gate_make(void);

/* -- session.c ------------------------------------------------------------------------------------------------ */
struct session_request {
  const char *rules, *name; /* name: of the session */
  const char *given;        /* the rules as they were given; what stands for @FILE is in `rules` */
  const char *threads;      /* as it was given, or null: all */
  const char *who;          /* who asks, or null */
  const char *given_limits; /* or null */
  struct limits limits;
  const char *out; /* template of the file's name, or null */
  bool start_off;
  bool is_child;   /* not the first process of a `calltap run` */
  bool is_live;    /* its trace is read while it is written: it is not cut at the end */
  bool is_later;   /* begins also where nothing matches yet: objects may come */
  bool is_command; /* from a running command: ends in children, and where nothing matches */
};

struct totals {
  uint64_t calls, exits, rejected, faults, not_held, lost, lost_told, lost_from, lost_to, dropped, dropped_untold,
      dropped_from, dropped_to;
  uint64_t cost; /* ticks that all events took, as far as they stand to those that were measured (budget.c) */
};

/* What the event path reads comes first. */
struct session {
  struct site_table *_Atomic sites;
  unsigned index;
  uint32_t number;      /* of all sessions that were: 0 is none */
  uint64_t deadline;    /* ticks, 0: none */
  uint32_t keeping;     /* bit i: events below scope i wait for its exit */
  uint32_t budget;      /* percent, 0: none */
  bool is_limited;      /* in its calls */
  _Atomic uint32_t tcw; /* the session's control word */
  _Atomic int64_t calls_left;
  _Atomic int64_t open;                        /* paired calls that have not come back */
  _Atomic bool is_spent;                       /* no entry is on any more: the budget took the last */
  _Atomic uint64_t window_start, window_taken; /* of the rate: ticks, calls */
  _Atomic uint64_t looked;                     /* ticks: when it was looked for threads that have ended */
  uint64_t window_ticks;
  const struct thread_spec *_Atomic threads; /* null: all. Replaced as a whole */
  _Atomic bool follows_children;             /* of the same */
  struct stream *_Atomic streams;            /* newest first */
  _Atomic uint32_t stream_numbers;           /* stream 0 is the session's */
  struct arena memory;
  struct trace trace;
  struct ring ring;
  struct parts parts;
  /* control */
  enum session_state state;
  uint32_t generation;
  uint32_t selected; /* the generation from which on these threads are asked */
  struct session_request request;
  struct {
    const int32_t *tid; /* when it started, sorted */
    size_t count;
  } existing;
  struct calltap_rules *rules;
  struct calltap_rule_text text;
  struct calltap_rule_error error; /* the first rule that cannot be asked of a function it names */
  struct stream stream;            /* stream 0 */
  struct stream *own;              /* the same, or that of the current part */
  struct armed armed;
  uint32_t messages, tables, described_types, described_units;
  uint32_t disarmed;         /* functions, by the budget */
  const char *ending_reason; /* an end that came while its own thread held the lock */
  const char *reason;        /* of its end */
  const char *problem;       /* why it did not go on when it was switched on, or asks nothing so far; or null */
  uint64_t began_ns;         /* real time */
  uint64_t ended;            /* ticks */
  struct totals last;        /* at its end */
  char name[CALLTAP_SESSION_NAME];
} __attribute__((aligned(64)));
extern struct session calltap__sessions[CALLTAP_SESSIONS];

static inline bool calltap__part_is_current(const struct stream *s, const struct part *part) {
  return atomic_load_explicit(&s->session->parts.current, memory_order_acquire) == part;
}
extern unsigned
    calltap__sessions_used; /* so many of them from the first on: a process that is not asked touches none */

void calltap__session_reclaim(
    struct session *session); /* signal-safe: gives back what one that has ended holds, if it can */

/* Around what a thread does for a session. Others read it; a signal handler in between leaves it as it was. The gate is read behind it: see
 * types.h. The second takes what the first returned. */
static inline uint32_t thread_enter(struct thread *t, unsigned i) {
  uint32_t outer = t->in[i].inside;
  __atomic_store_n(&t->in[i].inside, outer + 1, __ATOMIC_RELAXED);
  compiler_barrier();
  return outer;
}

static inline void thread_leave(struct thread *t, unsigned i, uint32_t outer) {
  compiler_barrier();
  __atomic_store_n(&t->in[i].inside, outer, __ATOMIC_RELEASE);
  compiler_barrier();
  if (unlikely(atomic_load_explicit(&calltap__gate.generation[i], memory_order_relaxed) != t->in[i].generation))
    calltap__session_reclaim(&calltap__sessions[i]); /* it ended meanwhile, and who leaves it last clears up */
}

struct site_table {
  unsigned shift; /* 64 minus the binary logarithm of the size */
  size_t mask;    /* size - 1 */
  size_t count;
  struct site_entry {
    _Atomic uintptr_t site; /* 0: empty. Written after the shape. */
    const struct shape *_Atomic shape;
  } entry[];
};

static inline size_t site_home(const struct site_table *t, uintptr_t site) {
  return (site * UINT64_C(0x9E3779B97F4A7C15)) >> t->shift;
}

/* signal-safe, wait-free. Null if the session has not armed the site. */
static inline const struct shape *calltap__site_find(const struct session *session, uintptr_t site) {
  const struct site_table *t = atomic_load_explicit(&session->sites, memory_order_acquire);
  if (unlikely(!t))
    return NULL;
  for (size_t i = site_home(t, site);; i = (i + 1) & t->mask) {
    uintptr_t found = atomic_load_explicit(&t->entry[i].site, memory_order_acquire);
    if (likely(found == site))
      return atomic_load_explicit(&t->entry[i].shape, memory_order_relaxed);
    if (!found)
      return NULL;
  }
}

/* control: a session of that name, in a place that is free, or null, and why. */
struct session *calltap__session_new(const char *name, const char **why);
/* control: reads the request's rules, which stay. False: `error` says what is wrong. */
bool calltap__session_read(struct session *session, const char *given, const struct calltap_rule_files *files,
                           struct calltap_rule_error *error);
/* Starts the session if anything matches; waits for objects that do if not, unless a command asks. The texts must live as long as the
 * session. Null, or what is wrong, with `detail` more of it. A session that does not start is given up. control. */
const char *calltap__session_start(struct session *session, const struct session_request *request, const char **detail,
                                   const struct calltap_rule_error **rule_error);
struct session *calltap__session_find(const char *name); /* control */
bool calltap__session_is_alive(const struct session *session);
void calltap__session_pause(struct session *session);  /* control */
void calltap__session_resume(struct session *session); /* control */
void calltap__session_reset(struct session *session);  /* control: its limits count anew */
/* control: which threads are asked, null: all. The text must live as long as the session. Each thread is asked anew, at its next event. Null,
 * or what is wrong. */
const char *calltap__session_select(struct session *session, const char *text);
void calltap__session_end_now(struct session *session, const char *reason); /* control */
/* control: each thread meets it anew, at its next event. Returns its generation, which all cores see. */
uint32_t calltap__session_renew(struct session *session);
void calltap__sessions_end_pending(void);                               /* control */
void calltap__sessions_end_late(void);                                  /* control: whose time is over */
void calltap__session_give_up(struct session *session);                 /* control: one that has not started */
void calltap__session_last_call(struct session *session);               /* signal-safe: a limit of calls was reached */
void calltap__session_end(struct session *session, const char *reason); /* signal-safe */
void calltap__sessions_end(const char *reason);                         /* all of them */
/* signal-safe: its last calls were taken, and may be of threads that have ended. */
void calltap__session_look_for_ended(struct session *session);
/* Switches sites off while the session goes on, and takes them from its list. signal-safe. */
void calltap__session_switch_off(struct session *session);
/* The busiest function costs more than the session may. signal-safe. */
void calltap__session_over_budget(struct session *session, uintptr_t site);
/* The path is that of its file, and stays as long as the object. */
void calltap__session_object_loaded(const struct calltap_note *note, const char *path);
void calltap__session_object_unloaded(const struct calltap_note *note);
/* Around fork, so that the child finds no half-changed session; then in the child. */
void calltap__session_before_fork(void);
void calltap__session_after_fork(bool is_child);

/* -- report.c: the records of a session's life; all control ------------------------------------------------------ */
/* Opens its file and writes all that events will refer to. 0 or -errno. */
int calltap__report_open(struct session *session, bool is_child);
bool calltap__report_functions(struct session *session, uint32_t from); /* false: no room */
int calltap__report_part(struct session *session, struct part *part);   /* what it begins with. 0 or -errno */
/* That the session goes on in the next one, from which on so many events are gone; the first one was not made for that. */
void calltap__report_turn(struct session *session, struct part *next, uint64_t gone);
void calltap__report_next(struct session *session);
void calltap__report_mark(struct session *session, const char *what);
void calltap__report_disarmed(struct session *session, const struct calltap_function *f);
void calltap__report_tables(struct session *session); /* what is counted so far */
void calltap__report_end(struct session *session, const char *reason);
/* Other threads may be counting: the sum is of some moment. */
struct totals calltap__report_totals(const struct session *session);

/* -- take.c: limits of calls; all signal-safe ------------------------------------------------------------------- */
enum take { NOT_TAKEN, TAKEN, LAST_TAKEN };
enum take calltap__take_call(struct stream *s);
/* A call that was taken, and awaited, has come back: the last one ends the session. */
void calltap__take_back(struct session *session);

/* -- budget.c: what a session may cost; all signal-safe ---------------------------------------------------------- */
/* Before one: whether it may have to be measured; if not, it has been counted. signal-safe, wait-free. */
static inline bool calltap__budget_is_due(struct stream *s) {
  uint64_t n = s->measured;
  if (n % BUDGET_SAMPLE <= 1)
    return true;
  s->measured = n + 1;
  return false;
}
uint64_t calltap__budget_begin(struct stream *s); /* ticks, 0: this event is not measured */
void calltap__budget_end(struct stream *s, uint64_t begun, uintptr_t site);

/* -- toggle.c: the session of the variable, off and on -------------------------------------------------------------- */
/* On a stack with room for reading rules. Its state then, or null: there is none. `problem`: why it is not on, or asks nothing. control. */
const char *calltap__toggle_now(const char **problem);

/* -- control.c: questions from outside ----------------------------------------------------------------------------- */
/* A request in the request directory, by the cookie that came with the signal. signal-safe. */
void calltap__control_signal(uint64_t cookie, const struct walk_start *where);
/* Does what a request says. Returns the length of the reply, which is terminated. signal-safe. */
size_t calltap__control_request(const char *text, size_t bytes, char *reply, size_t size);
void calltap__control_late(void);   /* the timer's signal came. signal-safe */
void calltap__control_toggle(void); /* the signal of kill(2) came. signal-safe */
/* Calls it on a stack with room for describing a process. False: no memory. control, and not on that stack already. */
bool calltap__control_on_stack(void (*function)(void *), void *context);
extern bool calltap__control_ready; /* the process may be asked */
extern int calltap__control_number; /* of the control signal, 0: none */
extern enum allow calltap__allowed; /* by the owner of the process */
extern const struct calltap_rule_files calltap__rule_files;

/* -- elder.c: another runtime in the process, which was there first ------------------------------------------------------ */
/* Whether the handler of a signal is another runtime's. Then this one has nothing to do but to pass on what it hears of objects. Before main,
 * once the answer was yes no more. */
bool calltap__elder_find(uintptr_t handler);
/* False: there is no elder one of this version. control */
bool calltap__elder_loaded(const struct calltap_note *note);
bool calltap__elder_unloaded(const struct calltap_note *note);

/* -- on_stack_x86_64.S: calls a function on another stack, whose top this is */
void calltap__on_stack(void (*function)(void *), void *context, void *top);

/* -- timer.c: the deadline, also when no event ever comes ----------------------------------------------------------- */
#define TIMER_COOKIE (UINT64_C(0xCA18) << 48)
/* The control signal comes at the nearest deadline of all sessions, once, with this cookie. control. */
void calltap__timer_update(void);
void calltap__timer_aim(void); /* at the calling thread, which takes that signal. control */

/* -- describe.c: records about the process and its functions ------------------------------------------------- */
/* part: of the file, 0: there is one. */
void calltap__describe_header(struct cbor *c, const struct session *session, uint64_t part);
/* Objects whose addresses events may hold. False: no room. control. */
bool calltap__describe_objects(struct stream *session, record_writer *write);

/* -- describe_function.c: records about functions and their types; all control. False: no room --------------- */
/* Before anything is described in the file of a session. is_new: the file is. */
void calltap__describe_restart(struct session *session, bool is_new);
/* The types that a function's values need, where they are not described yet. follows: what pointers lead to as well. */
bool calltap__describe_types(const struct calltap_function *f, bool follows, struct stream *session,
                             record_writer *write);
bool calltap__describe_function(const struct calltap_function *f, uint32_t number, bool has_exits,
                                struct stream *session, record_writer *write);
/* The type of a value that a rule computes, as the function's own. */
bool calltap__describe_type(const struct calltap_function *f, const char *type, bool follows, struct stream *session,
                            record_writer *write);

/* -- describe_rule.c: records about the messages and tables of a function's rules; control. False: no room ------- */
bool calltap__describe_messages(const struct filter *filter, const struct calltap_rules *rules, struct stream *session,
                                record_writer *write);
bool calltap__describe_message_types(const struct calltap_function *f, const struct filter *filter, bool follows,
                                     struct stream *session, record_writer *write);

/* -- memory.c ------------------------------------------------------------------------------------------------ */
/* Zeroed memory of an arena, aligned to 64 bytes, or null. signal-safe. */
void *calltap__arena_take(struct arena *arena, size_t bytes);
void calltap__arena_free(struct arena *arena); /* control: nobody may be in it */
extern struct arena calltap__process_memory;   /* is never given back */
/* Memory for the control path, of the arena that was set last: that of the process, or of the session that is made ready. control. */
void *calltap__memory(size_t bytes);
/* A copy there; null: no memory, or no text. (The environment belongs to the program, which may write over it.) control. */
const char *calltap__memory_text(const char *text);
struct arena *calltap__memory_from(struct arena *arena); /* returns the one before */

/* -- say.c: the few words the runtime may say, on stderr before main ----------------------------------------- */
void calltap__say(const char *subject, const char *what, const char *detail);

#endif
