/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every structure of the runtime, and the invariants between them.
 *
 *   object   a linked object (the program, a shared library) with sites in it
 *   shape    how the events of one site look in the file; what the hook reads
 *   capture  how one value of an event is taken
 *   stream   one writer's place in the trace: every thread has one, the session has one
 *   chunk    a piece of the trace file that belongs to one stream
 *   gate     a page with the number of the running session, which children of fork see as zeros
 *
 * Invariants
 *   stream.cursor <= stream.end, or the chunk is used up and the next event takes a new one.
 *   A stream's chunk stays mapped as long as the process lives: a writer may be interrupted anywhere.
 *   stream.clock_high is the upper half of the last clock or chunk record before stream.cursor.
 *   A thread writes only while its stream's generation equals the gate's; 0 is never a generation.
 *   The control lock is held with all signals blocked, so its holder is never interrupted by its own thread.
 *
 * Words for safety, used on every function that crosses files
 *   signal-safe   may be called in a signal handler that interrupts anything, this runtime included
 *   wait-free     finishes in a bounded number of its own steps
 *   control       the caller holds the control lock */
#ifndef CALLTAP_TYPES_H
#define CALLTAP_TYPES_H

#include "calltap/abi.h"
#include "calltap/rule.h"
#include "calltap/type.h"
#include "calltap/wire.h"
#include "os.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers as the hook found them. trampoline_x86_64.S pushes them in this order. Vector registers still hold the
 * program's values: nothing here touches them. */
struct registers {
  uint64_t value[7]; /* by enum calltap_place: rdi rsi rdx rcx r8 r9 rax */
  uint64_t r10, r11, rbx, rbp;
  uint64_t return_address; /* of the site's call: the site is 5 bytes before */
};

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
};

struct capture {
  uint8_t op;       /* enum capture_op */
  uint8_t place[2]; /* enum calltap_place; of members: not used */
  uint8_t bytes;    /* 1, 2, 4, 8 */
  bool is_signed;
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
  NO_FRAME = 0xFF,
};

/* What rules ask of the calls of one function. Clauses of one rule stand together; the first that holds counts. */
struct filter_clause {
  const struct calltap_operation *program;      /* null: always */
  const struct calltap_operation *exit_program; /* of `return when`, null: none */
  uint32_t actions;                             /* enum calltap_action */
  bool is_last;                                 /* of its rule */
};
struct filter {
  const struct shape *bare; /* the call without values, if a rule may want it so */
  uint32_t number;          /* of the function */
  uint32_t count;
  struct filter_clause clause[];
};
enum { FILTER_TAKEN = 1 << 30 /* beside actions: the call is recorded */, MAX_EXIT_CLAUSES = 64 };

/* What is done with a call. */
struct decision {
  uint32_t actions; /* enum calltap_action, FILTER_TAKEN; 0: nothing now */
  uint64_t waiting; /* bit i: clause i wants the call if its exit program says so */
};

/* A call that has not come back, of a function whose rules choose among its calls. */
struct open_call {
  uintptr_t stack;  /* the stack pointer at its entry */
  uint32_t number;  /* of the function */
  uint32_t held;    /* where its struct held stands in stream.hold, plus 1; 0: there is none */
  uint64_t waiting; /* as in its decision */
  bool is_written;  /* the call is recorded already */
  bool has_exit;    /* and so will be its exit */
};

/* The entry of a call that waits for its exit: its registers, and its event. */
struct held {
  struct registers registers;
  uint64_t vector[8]; /* the lower halves */
  uint64_t ticks;
  uint32_t bytes;
  uint8_t event[];
};
enum { HOLD_BYTES = 64 * 1024 }; /* a thread's held calls, all together */

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
} __attribute__((aligned(64)));

/* A writer's place in the trace. Only its own thread (its own holder, for the session's) changes it. */
struct stream {
  uintptr_t cursor, end;
  uint32_t clock_high;
  uint32_t generation;
  uint64_t calls, exits;       /* written in this generation */
  uint64_t open;               /* paired calls that have not come back, in sessions with a limit of calls */
  uint64_t rejected, faults;   /* calls that no rule wanted; programs that met memory that cannot be read */
  struct open_call *open_call; /* null: none yet */
  uintptr_t open_calls;
  uint8_t *hold; /* HOLD_BYTES, null: none yet */
  uintptr_t hold_used;
  uint64_t unnoted;  /* calls that are open above those that are noted */
  uint64_t not_held; /* calls that were wanted at their exit, perhaps, and for which there was no room */
  uint64_t nested;   /* calls that were not taken, inside one that was: their exits are not taken either */
  uint64_t lost, lost_from, lost_to; /* not yet reported, and the ticks of the first and the last */
  uint32_t number;
  uint32_t next_chunk;             /* bytes */
  uint32_t refills;                /* chunks taken: tells that a signal handler took one in between */
  uintptr_t stack_low, stack_high; /* of the thread's stack as far as it was looked at (peek.c); 0: not at all */
  uint32_t stack_misses, stack_failures;
  struct stream *next; /* all streams of the process */
};

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
  bool gone;
  struct object *next;
};

enum session_state {
  SESSION_NONE,    /* no rules */
  SESSION_WAITING, /* rules, but nothing they match yet */
  SESSION_ON,
  SESSION_DRAINING, /* the last call was taken; exits of open calls still arrive */
  SESSION_OFF,      /* switched off by the signal */
  SESSION_ENDED,
};

#endif
