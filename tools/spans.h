/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of a trace as stretches of time, with their values as text: what a picture is made of. */
#ifndef CALLTAP_SPANS_H
#define CALLTAP_SPANS_H

#include "lib/view.h"

/* How a call ended. */
enum span_end {
  SPAN_RETURN,
  SPAN_TAIL,
  SPAN_SKIPPED, /* it was left without an exit of its own: it ended then or before */
  SPAN_OTHER,
  SPAN_OPEN,   /* its exit is not in the trace */
  SPAN_MOMENT, /* exits of its function are not recorded */
  SPAN_UNWOUND,
  SPAN_THREAD_END, /* it ended then or before */
};

/* A part of spans.text. */
struct span_text {
  uint32_t at;
  uint32_t size;
};

struct span {
  int64_t start_ns; /* since 1970 */
  uint64_t elapsed_ns;
  uint32_t function; /* index */
  uint32_t thread;   /* index */
  uint32_t depth;    /* from 1 */
  uint8_t end;       /* enum span_end */
  /* The recorded parameters, one behind the other, each ended by SPAN_SEPARATOR, then lines of what the call says beside
   * them. The result, and the same of the exit. */
  struct span_text entered;
  struct span_text left;
};

#define SPAN_SEPARATOR '\x1f'

/* What happened at one moment: a loss, a pause, a mark. */
struct span_moment {
  int64_t real_ns;
  uint32_t thread;
  uint8_t kind; /* enum calltap_event_kind */
  uint64_t count;
  struct span_text text;
};

struct spans {
  struct span *span; /* in order of their starts, once spans_end was called */
  size_t count;
  size_t room;
  struct span_moment *moment;
  size_t moments;
  size_t moment_room;
  struct calltap__builder text;
  int64_t first_ns; /* of all that is here */
  int64_t last_ns;
  int64_t dropped_ns; /* when the first call began that there was no room for */
  uint64_t dropped;   /* calls there were too many of */
  uint64_t between;   /* calls that ended while later ones of their thread stayed open, as on several stacks */
  uint64_t textless;  /* calls whose values did not fit */
  uint64_t unmatched; /* exits of calls that began before tracing */
  bool failed;        /* no memory */
  /* While they are gathered. */
  size_t most;
  size_t most_text;
  struct span_stack *stack; /* by the thread's index */
  size_t threads;
  struct calltap__out out;
  struct calltap__writer writer;
  struct calltap__decoder decoder;
};

/* Starts to gather: at most so many calls, and so many bytes of text. False without memory. */
bool spans_start(struct spans *spans, const struct calltap_reader *reader, struct calltap__namer *namer, size_t most,
                 size_t most_text);

/* Takes an event that is wanted. */
void spans_add(struct spans *spans, const struct calltap_event *event);

/* To be called behind the last event: what is open stays so until the last moment of its trace. */
void spans_end(struct spans *spans);

void spans_free(struct spans *spans);

#endif
