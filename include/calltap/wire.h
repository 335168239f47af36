/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The contract between the runtime, which writes traces, and the tools, which read them.
 * docs/format.md is the specification; these are its constants. */
#ifndef CALLTAP_WIRE_H
#define CALLTAP_WIRE_H

#define CALLTAP_FORMAT_VERSION 1

/* Chunks start at multiples of this many bytes and are as many multiples of it long. */
#define CALLTAP_WIRE_PAGE 4096

/* The self-described CBOR tag, first in every trace. */
#define CALLTAP_WIRE_TAG 55799

/* First element of every record that is not a call or an exit. */
#define CALLTAP_WIRE_HEADER "calltap"
#define CALLTAP_WIRE_CHUNK "chunk"
#define CALLTAP_WIRE_CLOCK "clock"
#define CALLTAP_WIRE_THREAD "thread"
#define CALLTAP_WIRE_OBJECT "object"
#define CALLTAP_WIRE_TYPE "type"
#define CALLTAP_WIRE_UNIT "unit"
#define CALLTAP_WIRE_FUNCTION "function"
#define CALLTAP_WIRE_SESSION "session"
#define CALLTAP_WIRE_LOST "lost"
#define CALLTAP_WIRE_LOST_OVERWRITTEN "overwritten" /* its cause: newer events took the place */
#define CALLTAP_WIRE_LOST_RING "ring"               /* its cause: other threads had all of the ring */
#define CALLTAP_WIRE_LOST_ROTATE "rotate"           /* its cause: the next file was not ready in time */
#define CALLTAP_WIRE_MESSAGE "message"
#define CALLTAP_WIRE_EVENT_TAG "tag" /* no CBOR tag: that is CALLTAP_WIRE_TAG */
#define CALLTAP_WIRE_MARK "mark"     /* an event of the program's own: ["mark", ticks, name, text] */
/* Only in traces that `calltap cut` made smaller. */
#define CALLTAP_WIRE_PLACE "place" /* where its thread stands: ["place", calls, keep, [* [function, call, ticks]]] */
#define CALLTAP_WIRE_SKIPPED "skipped" /* the innermost open call was left: ["skipped", ticks] */
#define CALLTAP_WIRE_SIZE "size"       /* of the file, once its session is over: ["size", bytes] */
#define CALLTAP_WIRE_TABLE "table"
#define CALLTAP_WIRE_ROW "row"

/* An event's first element is the function's number times four plus one of these. */
enum calltap_wire_event {
  CALLTAP_WIRE_CALL = 0,
  CALLTAP_WIRE_RETURN = 1,
  CALLTAP_WIRE_TAIL = 2,       /* [id, time, ? number of the function it called] */
  CALLTAP_WIRE_OTHER_EXIT = 3, /* [id, time, enum calltap_wire_way] */
  CALLTAP_WIRE_EVENT_BITS = 2,
};

/* How a call ended that neither returned nor ended in a tail call. */
enum calltap_wire_way {
  CALLTAP_WIRE_WAY_UNWOUND = 0,    /* by an exception */
  CALLTAP_WIRE_WAY_SKIPPED = 1,    /* no exit was seen, but the call is gone */
  CALLTAP_WIRE_WAY_THREAD_END = 2, /* its thread ended */
};

/* What exit() is in rules: CALLTAP_WIRE_RETURN, CALLTAP_WIRE_TAIL, or this of a way. */
#define CALLTAP_WIRE_EXIT_OF(way) ((way) + 3)

/* Keys of the map that may end an event. */
enum calltap_wire_extra {
  CALLTAP_WIRE_EXTRA_CALLER = 0,
  CALLTAP_WIRE_EXTRA_STACK = 1,
  CALLTAP_WIRE_EXTRA_MESSAGES = 2,
  CALLTAP_WIRE_EXTRA_USAGE = 3,
  CALLTAP_WIRE_EXTRA_ABOVE = 4,
  CALLTAP_WIRE_EXTRA_EXCEPTION = 5,
  CALLTAP_WIRE_EXTRA_GONE = 6,
};

/* A flag of a function record, beside those of enum calltap_function_flag: its exits are recorded too. A
 * function without it has calls that never end. */
enum { CALLTAP_WIRE_HAS_EXITS = 4 };

/* Why a parameter or result is, or is not, among the values of an event. */
enum calltap_wire_presence {
  CALLTAP_WIRE_NOT_CAPTURED = 0,
  CALLTAP_WIRE_PRESENT = 1,
  CALLTAP_WIRE_OPTIMIZED_OUT = 2,
  CALLTAP_WIRE_SENSITIVE = 3,
};

#endif
