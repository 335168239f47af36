/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every structure of the runtime, and the invariants between them.
 *
 *   object   a linked object (the program, a shared library) with sites in it
 *   shape    how the events of one site look in the file; what the hook reads
 *   capture  how one value of an event is taken
 *   filter   what rules ask of one function; its clauses with their actions
 *   stream   one writer's place in the trace: every thread has one, the session has one
 *   held     an entry that waits for the exit of its call
 *   kept     an event that waits for the exit of a scope
 *   row      what a thread has counted of one key
 *   chunk    a piece of the trace file that belongs to one stream
 *   session  one question and what became of it: rules, limits, trace; at most CALLTAP_SESSIONS at once
 *   gate     a page with the numbers of the running sessions, which children of fork see as zeros
 *   arena    the memory of one session, given back as a whole once no hook can be in it
 *
 * Invariants
 *   stream.cursor <= stream.end, or the chunk is used up and the next event takes a new one.
 *   Space is reserved by adding to the cursor. It is in the chunk, and the writer's, if it ends before stream.end and that has been the same
 *     before and after: else a signal handler has taken another chunk in between, and the space is left as it is, zeros.
 *   A stream and its chunk stay where they are as long as anybody is inside the session: a writer may be interrupted anywhere.
 *   stream.clock_high is the upper half of the last clock or chunk record before stream.cursor.
 *   A thread writes into a session only while its generation there equals the gate's.
 *   A hook that works for a session has counted itself in thread.inside before it reads the gate; so, after the gate was
 *     closed and all cores have passed a barrier, a session without anybody inside is left alone for good.
 *   The control lock is held with all signals blocked, so its holder is never interrupted by its own thread.
 *
 * Words for safety, used on every function that crosses files
 *   signal-safe   may be called in a signal handler that interrupts anything, this runtime included
 *   wait-free     finishes in a bounded number of its own steps
 *   control       the caller holds the control lock */
#ifndef CALLTAP_TYPES_H
#define CALLTAP_TYPES_H

#include "calltap/abi.h"
#include "calltap/request.h"
#include "calltap/rule.h"
#include "calltap/type.h"
#include "calltap/wire.h"
#include "os.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers as the hook found them. trampoline_x86_64.S pushes them in this order. Vector registers still hold the
 * program's values: nothing here touches them. A function without calls of its own may have left the stack at any byte. */
struct registers {
  uint64_t value[7]; /* by enum calltap_place: rdi rsi rdx rcx r8 r9 rax */
  uint64_t r10, r11, rbx, rbp;
  uint64_t return_address; /* of the site's call: the site is 5 bytes before */
} __attribute__((packed));

/* How one value is written into an event. The captures of what a value points to, or of what its members point to, follow it
 * directly. */
enum capture_op {
  CAPTURE_INTEGER, /* `bytes` of it, also for pointers */
  CAPTURE_FLOAT,   /* `bytes` of it */
  CAPTURE_RAW,     /* `limit` bytes of memory or registers */
  CAPTURE_STRING,  /* a pointer to a text that ends with a NUL */
  CAPTURE_OBJECT,  /* a pointer to `size` bytes */
  CAPTURE_SPAN,    /* of a member: a pointer, with the number of bytes at `other` */
  CAPTURE_RANGE,   /* of a member: a pointer, with the end at `other` */
  CAPTURE_SHORT,   /* of a member: a string of libc++, which may stand inside the object, at `size` */
  CAPTURE_ERASE,   /* `size` bits from bit `offset` on are sensitive */
  CAPTURE_EACH, /* of `other` elements of `size` bytes, from `offset` on, so much of each is, as its own erasures say */
  CAPTURE_SIZED,        /* a pointer, with the number of bytes in the slot behind it */
  CAPTURE_SIZED_STRING, /* the same, of a text that may end earlier */
  CAPTURE_NUMBER,       /* `size`, in `bytes`: known before the call */
};

struct capture {
  uint8_t op;       /* enum capture_op */
  uint8_t place[2]; /* enum calltap_place; of members: not used */
  uint8_t bytes;    /* 1, 2, 4, 8 */
  bool is_signed;
  bool is_nameless;  /* its address is not shown */
  uint8_t follows;   /* captures of members, each with its own: behind the erasures */
  uint16_t erasures; /* CAPTURE_ERASE and CAPTURE_EACH */
  uint16_t slot;     /* CALLTAP_PLACE_STACK */
  uint16_t span;     /* captures in all, this one included */
  uint16_t limit;    /* bytes of contents */
  uint32_t offset;   /* of a member */
  uint32_t size;
  uint32_t other;
};

/* An integer in a register, the usual value. */
struct integer {
  uint8_t place;
  uint8_t bytes; /* 1, 2, 4, 8 */
  bool is_signed;
};

enum {
  MAX_INTEGERS = 6, /* six registers hold at most six */
  MAX_EVENT_BYTES = 8192,
  NO_FRAME = 0xFF, /* a frame_base, or one of these: */
  FRAME_RBX = 3,
  FRAME_RSP = 4,
  FRAME_RBP = 5,
  NOT_NOTED = 0,
  NOTE_NUMBERS = 1 << 17, /* less two: functions from this number on are not noted */
  NOTE_SHARED = 1 << 17,  /* the function's sites may be in the frames of others */
  NOTE_FILTERED = 1 << 18,
  NOTE_TAKEN = 1 << 19, /* in sessions with a limit of calls: it is one of those that are recorded */
  NOTE_STACK_BITS = 44, /* below it: the place of its return address, without the three lowest bits */
  NOTE_ROOM = 1 << 14,  /* calls of a thread that are noted */
};

/* A value that a rule computes. */
struct given_value {
  const struct calltap_operation *program; /* null: return addresses, at most `frames` */
  const struct capture *capture;           /* from words: the first in slot 0 */
  uint16_t frames;
  uint16_t most; /* bytes of its item */
};

/* What one action of a clause does. */
struct action {
  uint8_t kind; /* enum calltap_action */
  uint8_t values, keys;
  uint32_t number;                      /* of the message, or of the table */
  int64_t amount;                       /* frames; flags to set, and to clear << 32 */
  const struct given_value *value;      /* `values`, and behind them `keys` */
  const struct calltap_node *node;      /* in the session's rules */
  const struct calltap_given *describe; /* as the values */
};

/* What rules ask of the calls of one function. Clauses of one rule stand together; the first that holds counts. */
struct filter_clause {
  const struct calltap_operation *program;      /* null: always */
  const struct calltap_operation *exit_program; /* of `return when`, null: none */
  const struct action *entry_action, *exit_action;
  _Atomic int64_t *left; /* of limit(N), null: no limit */
  uint32_t sample;       /* of sample(N), 0: all */
  uint32_t does;         /* CALLTAP_DOES */
  uint8_t entry_actions, exit_actions;
  uint8_t sampler;  /* which counter of the thread */
  uint8_t under;    /* the number of the scope, plus 1 */
  uint32_t kept_by; /* bit i: its events wait for the exit of scope i; 0: for none */
  bool makes_event;
  bool needs_exit;    /* there is something to do then */
  bool needs_entry;   /* and registers or usage of the entry for it */
  bool needs_vectors; /* vector registers too */
  bool is_last;       /* of its rule */
};

/* A CHECK made ready: it holds if ((register << shift ^ bias) < span) differs from is_not. If it does not, the clause is not asked further,
 * and `next` is that of the next clause, or null. */
struct quick_check {
  uint64_t bias, span;
  const struct quick_check *next;
  uint8_t place, shift;
  bool is_not, is_last; /* is_last: of its clause */
};

/* A scope that the function opens. */
struct filter_scope {
  uint8_t number;
  const struct calltap_operation *program;      /* null: always */
  const struct calltap_operation *exit_program; /* null: nothing waits */
};

struct filter {
  const struct shape *bare; /* the call without values, if a rule may want it so */
  uint32_t number;          /* of the function */
  uint32_t count;
  uint16_t scopes;
  bool is_limited;                 /* all clauses are, and nothing else is asked: when they are used up, sites go off */
  const struct quick_check *quick; /* null: not all clauses begin with CHECK, or calls that none wants must be noted */
  uint32_t tally; /* a table, plus 1: what passes `quick` is counted there, and that is all; 0: there is more to do */
  uint32_t tally_hash;
  const struct filter_scope *scope;
  struct filter_clause clause[];
};
enum { MAX_EXIT_CLAUSES = 64, MAX_MESSAGES = 8 };

/* What an event has beside its values. */
struct extras {
  bool caller, usage;
  uint16_t frames;
  uint8_t messages;
  uint32_t above; /* of an exit: open calls that are noted above its own, and stay open */
  const struct way
      *way; /* of an exit that is no return and no tail call; its exception's type is told, if it is known */
  const struct action *message[MAX_MESSAGES];
};

/* How calls ended without reaching an exit site. */
enum { MAX_EXCEPTION = 255 };
struct way {
  enum calltap_wire_way kind;
  const struct registers *r; /* of the site that shows it, null: none does */
  uintptr_t exception;       /* the _Unwind_Exception, 0: not known, or looked at already */
  uint64_t gone;             /* calls above the next one that ended in the same way, and are in the trace */
  size_t bytes;              /* of its type's name, 0: it is not known */
  char type[MAX_EXCEPTION];  /* as the compiler wrote it: mangled */
};

/* What is done with a call now. */
struct decision {
  uint64_t waiting; /* bit i: clause i wants the call if its exit program says so */
  uint64_t sure;    /* bit i: clause i has something to do at the exit */
  uint32_t kept_by; /* bit i: scope i, and no other clause, lets the event wait */
  bool makes_event, makes_exit, is_direct, has_args, needs_entry, needs_vectors, stops;
  struct extras extras;
};

/* A call that has not come back, of a function whose rules choose among its calls. */
struct open_call {
  uintptr_t stack;           /* where its return address stands, or the stack pointer at its entry */
  uintptr_t site;            /* of its entry */
  uint32_t number;           /* of the function */
  const struct shape *shape; /* of its entry */
  bool is_wanted;            /* by anybody; else nothing of what follows counts */
  bool is_written;           /* the call is recorded already, or kept */
  bool is_counted;           /* among the open calls of a session with a limit */
  uint64_t ticks;
  uint64_t waiting, sure; /* as in its decision */
  uint32_t opened;        /* bit i: scope i */
  uint32_t held;          /* where its struct held stands in stream.hold, plus 1; 0: there is none */
  uint32_t kept;          /* where its event stands in stream.kept, plus 1; 0: it is not there */
  uint32_t kept_from;     /* where events of the scopes that it opened begin there */
};

/* The entry of a call that waits for its exit. */
struct held {
  struct registers registers;
  uint64_t vector[8]; /* the lower halves */
  uint64_t usage[5];
  uint32_t bytes; /* of the event, 0: it is written */
  uint8_t event[];
};
enum { HOLD_BYTES = 128 * 1024, KEPT_BYTES = 512 * 1024 }; /* a thread's, all together */

/* A row of a table: what one thread counted of one key. Only its thread writes it; others may read. */
enum { BUCKETS = 130 }; /* 0, 64 above and 65 below */
struct row {
  struct row *next; /* of the thread */
  uint32_t table, hash;
  uint16_t key_bytes; /* UINT16_MAX: that of all keys there is no room for */
  uint8_t has_values; /* sum, min and max count */
  uintptr_t count, sum;
  uintptr_t least, most; /* of the values, as signed numbers, with the sign bit turned: so they are ordered as these */
  uintptr_t *bucket;     /* null: no histogram */
  uintptr_t keys;        /* of the table, in the row of its other keys */
  uint8_t key[];
};

struct row_table {
  uintptr_t slots; /* a power of two */
  struct row *at[];
};

enum match { MATCH_NO, MATCH_YES, MATCH_FAULT };

/* A prepared event. All events of a site begin with the same bytes, and if they have only integers, all have the same length, so
 * that writing one is a few stores (event.c). 64 bytes: one cache line. */
struct shape {
  uint64_t open;                /* the first 8 bytes, with the head of a byte string in place of the event's own */
  const struct capture *values; /* null: they are the integers below */
  const struct filter *filter;  /* null: every call is recorded */
  uint32_t close;               /* the first 4 bytes of the finished event */
  int32_t frame_offset;         /* the return address stands so far from the base */
  uint16_t length;              /* of the whole event, at most; 64 without `values` */
  uint8_t time_at;              /* offset of the four bytes of the time */
  uint8_t kind;                 /* enum calltap_site_kind */
  uint8_t frame_base;           /* number of the register in the processor's order, or NO_FRAME */
  bool paired;                  /* a call whose exit is armed, or an exit whose call is */
  bool needs_frame;
  uint8_t count; /* of the values */
  struct integer integer[MAX_INTEGERS];
  uint32_t
      note; /* what the function's calls are known by among those that are open (open.c): its number plus 1, and flags */
} __attribute__((aligned(64)));

/* Memory that is taken front to back and given back as a whole. */
struct arena {
  struct block *_Atomic block; /* the newest of the small pieces */
  struct block *_Atomic all;
};

/* A thread, in all sessions. */
struct thread {
  uint32_t unasked; /* the gate's epoch when it was seen last that no session asks the thread */
  struct {
    uint32_t generation;
    uint32_t inside;        /* hooks that work for the session just now */
    struct stream *stream;  /* null: the session does not ask this thread */
    struct stream *unasked; /* it did, and may again */
    uint32_t number;        /* of the session that these are of */
    uint32_t
        nested; /* where files take turns: the generation that a hook met in the middle of another, which still has the old one */
  } in[CALLTAP_SESSIONS];
  _Atomic int32_t tid; /* 0: the thread has ended, and another may take this */
  int64_t tag;         /* by calltap_tag */
  bool has_tag;
  struct thread *next; /* all of the process */
};

enum { BUSY_SITES = 8, BUDGET_SAMPLE = 64, BUDGET_LONGEST = 3 };

/* The tag record that is in force, for the chunks to come of a ring. */
struct kept_tag {
  uint32_t bytes, room;
  uint8_t record[];
};

/* Where files take turns: how many events the stream had written before its first chunk in one of them. Both change together. */
struct part_begin {
  uintptr_t events, part; /* part: 0, none */
} __attribute__((aligned(16)));

/* A writer's place in the trace. Only its own thread (its own holder, for the session's) changes it. */
struct stream {
  uintptr_t cursor, end; /* change together, where another chunk is taken */
  struct session *session;
  uint64_t deadline; /* ticks of the session's end, 0: it has none */
  uint32_t clock_high;
  uint64_t calls, exits; /* written */
  uint64_t open;         /* paired calls that have not come back, in sessions with a limit of calls */
  uint64_t *noted;       /* open calls of all functions whose exits are armed; the first is none. Null: none yet */
  uintptr_t noted_count;
  uint64_t undecided;          /* of those, the one that was looked at last and is on a stack that is not known */
  uint64_t deeper;             /* open calls above those for which there was room */
  uint64_t deeper_written;     /* of those, what is in the trace for sure: not chosen by values or limits */
  uint64_t rejected, faults;   /* calls that no rule wanted; programs that met memory that cannot be read */
  struct open_call *open_call; /* null: none yet */
  uintptr_t open_calls;
  uintptr_t hook; /* the stack pointer of the outermost hook that uses what follows, 0: none does */
  uint8_t *hold;  /* HOLD_BYTES, null: none yet */
  uintptr_t hold_used;
  uint8_t *kept; /* KEPT_BYTES of events that wait for the exits of scopes, null: none yet */
  uintptr_t kept_used;
  uint32_t keeping;                    /* open scopes that let events wait */
  uint32_t under_open[CALLTAP_UNDERS]; /* open calls of each scope */
  uint32_t sampled[CALLTAP_SAMPLES];   /* calls that each sample(N) has seen */
  uintptr_t rows;                      /* struct row *, the newest */
  uintptr_t row_table;                 /* struct row_table *, by their hash; 0: none yet */
  uintptr_t row_count;
  uint64_t unnoted;   /* calls that are open above those that are noted */
  uint64_t not_held;  /* calls that were wanted at their exit, perhaps, and for which there was no room */
  uint64_t skipped;   /* exits to come of kept calls that were one too many */
  uint64_t uncounted; /* what counters had no memory for */
  uint64_t lost, lost_from, lost_to; /* not yet reported, and the ticks of the first and the last */
  uint32_t number;
  uint32_t next_chunk;             /* bytes */
  uint32_t refills;                /* chunks taken: tells that a signal handler took one in between */
  uint32_t flags;                  /* enum calltap_thread_flag */
  int32_t tid;                     /* 0: not asked for yet */
  int64_t tag;                     /* of the thread, if it is a number */
  char name[16];                   /* of the thread, when it was asked for last */
  uintptr_t stack_low, stack_high; /* of the thread's stack as far as it was looked at (peek.c); 0: not at all */
  uint32_t stack_misses, stack_failures;
  uintptr_t own_low, own_high; /* of the thread's stack as a whole, high 0: not looked for; low 0: not known */
  uint64_t dropped, dropped_from,
      dropped_to; /* by the rate, not yet reported, and the ticks of the first and the last */
  uint64_t all_dropped;
  uint32_t late;                          /* calls that came after the last one was taken */
  uint64_t measured, spent, window_start; /* events; ticks that they took in this window (budget.c) */
  uint64_t longest[BUDGET_LONGEST];       /* of them, the longest first */
  uint32_t samples;
  bool was_over;                                 /* in the window before this one */
  uint64_t first_took, others_took, all_samples; /* ticks of all that were measured, and how many these were */
  struct {
    uintptr_t site;
    uint32_t count;
  } busy[BUSY_SITES];
  struct ring_slot *counts_in;  /* of a ring: its chunk, in which its events are counted */
  uint64_t unwritten;           /* of those that `calls` and `exits` count, what is lost */
  uint64_t lost_told;           /* of `lost`, what is in the stream by now */
  uint32_t left_behind;         /* full chunks that are kept while a hook of the thread is interrupted */
  struct kept_tag *tag_kept;    /* null: none */
  char own_name[16];            /* of the thread, as its last chunk has it */
  struct trace *file;           /* of stream 0 where files take turns; null: the session's */
  struct part_begin *begin;     /* where files take turns: for each of them that is kept, by its number */
  uint64_t part;                /* the number of the file of its last chunk */
  struct stream *next;          /* all streams of the session */
} __attribute__((aligned(16))); /* for cpu_local_stored_pair */

/* How a type of the C++ library is read: docs/format.md. */
enum view_kind { VIEW_NONE, VIEW_STRING, VIEW_SEQUENCE, VIEW_POINTER, VIEW_OPTIONAL };
struct view {
  enum view_kind kind;
  uint32_t offset; /* of the pointer */
  uint32_t other;  /* of the length, the end, the flag */
  bool has_short;  /* VIEW_STRING: short ones stand inside the object, as libc++ has them */
};

/* What reading a text of the program found. */
struct text_peek {
  uint64_t length; /* of the whole text; 0 if it was not ended: longer than was looked at */
  bool ended;      /* by a NUL, within the limit */
  bool faulted;    /* not even one byte can be read */
};

_Static_assert(sizeof(struct shape) == 64, "a shape is one cache line");

struct object {
  const struct calltap_note *note;
  const struct calltap_site *sites, *sites_end;
  const uint8_t *trampoline;
  struct calltap_slot *slot;
  const char *path;
  bool gone;
  struct object *next;
};

enum session_state {
  SESSION_NONE,    /* its place is free */
  SESSION_WAITING, /* rules, but nothing they match yet */
  SESSION_ON,
  SESSION_DRAINING, /* the last call was taken; exits of open calls still arrive */
  SESSION_OFF,      /* paused, or switched off by the signal */
  SESSION_ENDED,    /* its memory is kept until no hook can be in it, or the place is needed */
};

#endif
