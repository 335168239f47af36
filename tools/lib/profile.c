/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "profile_work.h"

/* --- what was seen before --- */

static inline uint32_t function_of(struct calltap__profile *profile, const struct calltap_trace_function *function) {
  const struct calltap__profile_work *work = profile->work;
  uint32_t number = function->index < work->functions ? work->function[function->index] : 0;
  return number != 0 ? number : calltap__profile_new_function(profile, function);
}

static inline uint32_t child_of(struct calltap__profile *profile, uint32_t parent, uint32_t function) {
  uint32_t recent = profile->node[parent].recent;
  return profile->node[recent].function == function ? recent : calltap__profile_find_child(profile, parent, function);
}

static inline struct calltap__profile_stream *stream_of(struct calltap__profile *profile,
                                                        const struct calltap_event *event) {
  struct calltap__profile_work *work = profile->work;
  uint32_t index = event->thread->index;
  if (index < work->streams && work->stream[index].thread != 0)
    return &work->stream[index];
  return calltap__profile_new_stream(profile, event);
}

/* --- events --- */

/* The reader has forgotten the outermost calls of a very deep stack. */
static __attribute__((noinline)) void forget(struct calltap__profile *profile, struct calltap__profile_stream *stream,
                                             uint32_t depth) {
  uint32_t gone = stream->count > depth ? stream->count - depth : 0;
  for (uint32_t i = 0; i < gone; i++)
    profile->node[stream->frame[i].node].open++;
  profile->open += gone;
  memmove(stream->frame, stream->frame + gone, (stream->count - gone) * sizeof *stream->frame);
  stream->count -= gone;
}

static __attribute__((noinline)) bool stream_room(struct calltap__profile_stream *stream) {
  size_t room = stream->room;
  void *array = stream->frame;
  bool good = calltap__profile_room(&array, stream->count, &room, sizeof *stream->frame);
  stream->frame = array;
  stream->room = (uint32_t)room;
  return good;
}

/* Gives the time of an open call to its path and to its caller. */
static inline struct calltap__profile_node *
give_time(struct calltap__profile *profile, struct calltap__profile_stream *stream, uint32_t at, uint64_t elapsed_ns) {
  const struct calltap__profile_frame *frame = &stream->frame[at];
  struct calltap__profile_node *node = &profile->node[frame->node];
  node->total_ns += elapsed_ns;
  node->self_ns += elapsed_ns > frame->below_ns ? elapsed_ns - frame->below_ns : 0;
  if (at > 0)
    stream->frame[at - 1].below_ns += elapsed_ns;
  return node;
}

/* The time of an open call so far is known; when it ended, or will end, is not. */
static void close_open(struct calltap__profile *profile, struct calltap__profile_stream *stream) {
  int64_t start_ns = stream->frame[stream->count - 1].start_ns;
  uint64_t elapsed_ns = stream->last_ns > start_ns ? (uint64_t)stream->last_ns - (uint64_t)start_ns : 0;
  struct calltap__profile_node *node = give_time(profile, stream, --stream->count, elapsed_ns);
  node->vague_ns += elapsed_ns;
  node->open++;
  profile->open++;
}

/* The exits of calls that are deeper than that were left out. */
static __attribute__((noinline)) void settle(struct calltap__profile *profile, struct calltap__profile_stream *stream,
                                             uint32_t depth) {
  while (stream->count > 0 && stream->frame[stream->count - 1].depth > depth)
    close_open(profile, stream);
}

static inline void take_call(struct calltap__profile *profile, struct calltap__profile_stream *stream,
                             const struct calltap_event *event) {
  if (profile->options.is_part) {
    settle(profile, stream, event->depth - 1);
  } else if (stream->count != event->depth - 1) {
    forget(profile, stream, event->depth - 1);
  }
  uint32_t parent = stream->count > 0 ? stream->frame[stream->count - 1].node : stream->root;
  uint32_t number = child_of(profile, parent, function_of(profile, event->function));
  struct calltap__profile_node *node = &profile->node[number];
  node->calls++;
  if (node->thread != stream->thread)
    calltap__profile_note_thread(profile, number, stream->thread);
  if (!event->function->exits) {
    profile->untimed++;
  } else if (stream->count < stream->room || stream_room(stream)) {
    stream->frame[stream->count++] =
        (struct calltap__profile_frame){number, event->depth, event->call, 0, event->real_ns};
  } else {
    profile->failed = true;
  }
}

static __attribute__((noinline)) void take_batch(const struct calltap__profile *profile,
                                                 const struct calltap__profile_stream *stream,
                                                 struct calltap__batches *batches, uint64_t elapsed_ns) {
  if (profile->options.batches == CALLTAP__BATCHES_BY_FILE) {
    calltap__batches_add_to(batches, stream->file, elapsed_ns);
  } else {
    calltap__batches_add(batches, elapsed_ns);
  }
}

static inline void take_time(struct calltap__profile *profile, const struct calltap__profile_stream *stream,
                             const struct calltap__profile_node *node, uint64_t elapsed_ns) {
  struct calltap__profile_group *group = &profile->group[node->group];
  if (!calltap__distribution_add(&group->times, elapsed_ns))
    profile->failed = true;
  if (group->batches != NULL)
    take_batch(profile, stream, group->batches, elapsed_ns);
}

/* The place of a call that is not the innermost one: of several stacks in one thread, each may go on. UINT32_MAX: it is not there. */
static __attribute__((noinline)) uint32_t find_call(const struct calltap__profile_stream *stream, uint64_t call) {
  uint32_t at = stream->count;
  while (at > 0 && stream->frame[at - 1].call > call)
    at--;
  return at > 0 && stream->frame[at - 1].call == call ? at - 1 : UINT32_MAX;
}

/* Before a call is taken from between others: the time of the one above it is not its own, up to now, and will be given to its caller once
 * more. */
static __attribute__((noinline)) void share_time(struct calltap__profile_stream *stream, uint32_t at) {
  int64_t start_ns = stream->frame[at + 1].start_ns;
  uint64_t both_ns = stream->last_ns > start_ns ? (uint64_t)stream->last_ns - (uint64_t)start_ns : 0;
  stream->frame[at].below_ns += both_ns;
  if (at > 0)
    stream->frame[at - 1].below_ns -= both_ns; /* may be below zero until the call that is taken is added */
}

/* Takes a call from between others; those above stay open. */
static __attribute__((noinline)) void take_from(struct calltap__profile_stream *stream, uint32_t at) {
  for (uint32_t i = at + 1; i < stream->count; i++) {
    stream->frame[i - 1] = stream->frame[i];
    stream->frame[i - 1].depth--;
  }
}

/* The place of the call that an exit ends, UINT32_MAX if it was not seen. */
static inline uint32_t ended_call(struct calltap__profile *profile, struct calltap__profile_stream *stream,
                                  const struct calltap_event *event) {
  if (!event->paired)
    return UINT32_MAX;
  if (profile->options.is_part) {
    settle(profile, stream, event->depth);
  } else if (stream->count != event->depth) {
    forget(profile, stream, event->depth);
  }
  bool is_innermost = stream->count > 0 && stream->frame[stream->count - 1].call == event->call;
  return is_innermost ? stream->count - 1 : find_call(stream, event->call);
}

static inline void take_exit(struct calltap__profile *profile, struct calltap__profile_stream *stream,
                             const struct calltap_event *event) {
  uint32_t at = ended_call(profile, stream, event);
  if (at == UINT32_MAX) {
    calltap__profile_note_unmatched(profile, stream->root, function_of(profile, event->function));
    return;
  }
  bool is_between = at + 1 < stream->count;
  if (is_between)
    share_time(stream, at);
  struct calltap__profile_node *node = give_time(profile, stream, at, event->elapsed_ns);
  if (is_between)
    take_from(stream, at);
  profile->between += is_between;
  stream->count--;
  node->tails += event->exit == CALLTAP_EXIT_TAIL;
  node->errors += event->exit != CALLTAP_EXIT_TAIL && event->exit != CALLTAP_EXIT_RETURN;
  if (calltap_event_has_elapsed(event)) {
    take_time(profile, stream, node, event->elapsed_ns);
  } else {
    profile->skipped++;
    node->vague_ns += event->elapsed_ns;
  }
}

void calltap__profile_event(struct calltap__profile *profile, const struct calltap_event *event) {
  if (event->kind != CALLTAP_EVENT_CALL && event->kind != CALLTAP_EVENT_EXIT)
    return;
  struct calltap__profile_stream *stream = stream_of(profile, event);
  if (stream == NULL) {
    profile->failed = true;
    return;
  }
  stream->last_ns = event->real_ns;
  if (event->kind == CALLTAP_EVENT_CALL) {
    take_call(profile, stream, event);
  } else {
    take_exit(profile, stream, event);
  }
}

/* --- begin and end --- */

struct calltap__profile *calltap__profile_new(struct calltap__profile_options options) {
  struct calltap__profile *profile = calloc(1, sizeof *profile);
  if (profile == NULL)
    return NULL;
  profile->options = options;
  profile->first_ns = INT64_MAX;
  profile->last_ns = INT64_MIN;
  profile->work = calloc(1, sizeof *profile->work);
  profile->node = calloc(1, sizeof *profile->node);
  profile->thread = calloc(1, sizeof *profile->thread);
  profile->group = calloc(1, sizeof *profile->group);
  if (profile->work == NULL || profile->node == NULL || profile->thread == NULL || profile->group == NULL) {
    calltap__profile_free(profile);
    return NULL;
  }
  profile->nodes = profile->threads = profile->groups = 1;
  profile->work->node_room = profile->work->thread_room = profile->work->group_room = 1;
  calltap__profile_add_named(profile, "all");
  calltap__profile_add_named(profile, "?:?/?");
  calltap__profile_add_named(profile, "(beyond the limit of call paths)");
  if (profile->functions == CALLTAP__FUNCTIONS)
    return profile;
  calltap__profile_free(profile);
  return NULL;
}

/* What follows from the paths need not be counted with every event. Calls are open, have no exits, or ended. */
static void add_up(struct calltap__profile *profile) {
  for (size_t i = 0; i < profile->nodes; i++) {
    profile->calls += profile->node[i].calls;
    profile->beyond += profile->node[i].is_beyond ? profile->node[i].calls : 0;
  }
  profile->exits = profile->calls - profile->untimed - profile->open + profile->unmatched;
}

void calltap__profile_finish(struct calltap__profile *profile) {
  for (size_t i = 0; i < profile->work->streams; i++) {
    struct calltap__profile_stream *stream = &profile->work->stream[i];
    if (stream->thread == 0)
      continue;
    profile->first_ns = stream->first_ns < profile->first_ns ? stream->first_ns : profile->first_ns;
    profile->last_ns = stream->last_ns > profile->last_ns ? stream->last_ns : profile->last_ns;
    settle(profile, stream, 0);
  }
  add_up(profile);
}

static void free_work(struct calltap__profile_work *work) {
  for (size_t i = 0; i < work->streams; i++)
    free(work->stream[i].frame);
  for (size_t i = 0; i < work->seen_room; i++)
    free(work->seen[i].bits);
  calltap__numbering_free(&work->names);
  calltap__numbering_free(&work->modules);
  calltap__numbering_free(&work->tids);
  calltap__numbering_free(&work->paths);
  calltap__numbering_free(&work->keys);
  free(work->function);
  free(work->stream);
  free(work->seen);
  free(work);
}

void calltap__profile_free(struct calltap__profile *profile) {
  if (profile == NULL)
    return;
  for (size_t i = 0; i < profile->functions; i++)
    free((char *)(uintptr_t)profile->function[i].mfa.bytes);
  for (size_t i = 0; profile->group != NULL && i < profile->groups; i++) {
    calltap__distribution_free(&profile->group[i].times);
    free(profile->group[i].batches);
  }
  if (profile->work != NULL)
    free_work(profile->work);
  free(profile->function);
  free(profile->thread);
  free(profile->node);
  free(profile->group);
  free(profile);
}
