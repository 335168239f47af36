/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a profile knows while it grows; for profile.c and profile_add.c only. */
#ifndef CALLTAP_PROFILE_WORK_H
#define CALLTAP_PROFILE_WORK_H

#include "profile.h"

/* An open call. */
struct calltap__profile_frame {
  uint32_t node;
  uint32_t depth;    /* as the reader counts */
  uint64_t call;     /* its number in the thread */
  uint64_t below_ns; /* the time of the calls that it made */
  int64_t start_ns;
};

/* A stream of the reader. Its open calls are those that the reader has, and their number is the depth of an event; of a part of the events, some of
 * them. */
struct calltap__profile_stream {
  uint32_t thread; /* 0: not seen yet */
  uint32_t root;
  uint32_t file; /* of the profile's files */
  uint32_t count;
  uint32_t room;
  struct calltap__profile_frame *frame;
  int64_t first_ns; /* of its first call or exit, since 1970 */
  int64_t last_ns;  /* of its last */
};

/* Which groups a thread was seen in. */
struct calltap__profile_seen {
  uint64_t *bits;
  size_t words;
};

struct calltap__profile_work {
  uint32_t *function; /* profile's number of a reader's function, 0: not known yet */
  size_t functions;
  struct calltap__profile_stream *stream; /* by the index of the reader's thread */
  size_t streams;
  const struct calltap_trace_file
      *file[CALLTAP__BATCHES]; /* in the order they were met; the last stands for all further ones */
  uint32_t files;
  struct calltap__profile_seen *seen; /* by the thread's number */
  size_t seen_room;
  size_t function_room;
  size_t thread_room;
  size_t node_room;
  size_t group_room;
  struct calltap__numbering names;   /* hash of an MFA -> function */
  struct calltap__numbering modules; /* hash of a module -> the function it was first seen with */
  struct calltap__numbering tids;    /* file and tid -> thread */
  struct calltap__numbering paths;   /* parent and function -> node */
  struct calltap__numbering keys;    /* what makes a group -> group */
  uint32_t beyond;                   /* the node; 0: not made yet */
};

/* --- profile_add.c --- */

/* Makes room for one more of `count` things of `size` bytes; zeros. False without memory. */
bool calltap__profile_room(void **array, size_t count, size_t *room, size_t size);

/* One of the functions that stand for others. */
uint32_t calltap__profile_add_named(struct calltap__profile *profile, const char *name);

/* Gives numbers to what has none; each sets profile->failed without memory, and returns what stands for all others. */
uint32_t calltap__profile_new_function(struct calltap__profile *profile, const struct calltap_trace_function *function);
uint32_t calltap__profile_find_child(struct calltap__profile *profile, uint32_t parent, uint32_t function);

/* The same for the stream of an event; NULL without memory. */
struct calltap__profile_stream *calltap__profile_new_stream(struct calltap__profile *profile,
                                                            const struct calltap_event *event);

/* Counts an exit of that function whose call is not known. */
void calltap__profile_note_unmatched(struct calltap__profile *profile, uint32_t root, uint32_t function);

/* Another thread than the last time is at the node. */
void calltap__profile_note_thread(struct calltap__profile *profile, uint32_t node, uint32_t thread);

#endif
