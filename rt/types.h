/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every structure of the runtime, and the invariants between them.
 *
 *   object   a linked object (the program, a shared library) with sites in it
 *   shape    how the events of one site look in the file; what the hook reads
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
#include "calltap/wire.h"
#include "os.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers as the hook found them. trampoline_x86_64.S pushes them in this order. */
struct registers {
  uint64_t value[7]; /* by enum calltap_place: rdi rsi rdx rcx r8 r9 rax */
  uint64_t r10, r11;
  uint64_t return_address; /* of the site's call: the site is 5 bytes before */
};

/* One captured value: which register, and how it is written. */
struct capture {
  uint8_t place;
  uint8_t bytes; /* 1, 2, 4, 8 */
  bool is_signed;
};

enum { MAX_CAPTURES = 6 };

/* A prepared event. All events of a site have the same length and begin with the same bytes, so that
 * writing one is a few stores (event.c). 64 bytes: one cache line. */
struct shape {
  uint64_t open;   /* the first 8 bytes, with the head of a byte string in place of the event's own */
  uint16_t close;  /* the first 2 bytes of the finished event */
  uint8_t length;  /* of the whole event, at most 64 */
  uint8_t time_at; /* offset of the four bytes of the time */
  uint8_t kind;    /* enum calltap_site_kind */
  bool paired;     /* a call whose exit is armed, or an exit whose call is */
  uint8_t captures;
  struct capture capture[MAX_CAPTURES];
} __attribute__((aligned(64)));

/* A writer's place in the trace. Only its own thread (its own holder, for the session's) changes it. */
struct stream {
  uintptr_t cursor, end;
  uint32_t clock_high;
  uint32_t generation;
  uint64_t calls, exits; /* written in this generation */
  uint64_t open;         /* paired calls that have not come back, in sessions with a limit of calls */
  uint64_t nested;       /* calls that were not taken, inside one that was: their exits are not taken either */
  uint64_t lost, lost_from, lost_to; /* not yet reported, and the ticks of the first and the last */
  uint32_t number;
  uint32_t next_chunk; /* bytes */
  uint32_t refills;    /* chunks taken: tells that a signal handler took one in between */
  struct stream *next; /* all streams of the process */
};

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
