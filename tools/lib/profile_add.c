/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a profile numbers, when it meets it for the first time: functions, groups, call paths, threads. */
#include <stdlib.h>
#include <string.h>

#include "profile_work.h"
#include "text.h"

/* Makes room for one more of `count` things of `size` bytes; zeros. False without memory. */
bool calltap__profile_room(void **array, size_t count, size_t *room, size_t size) {
  if (count < *room)
    return true;
  size_t wanted = *room == 0 ? 64 : *room * 2;
  char *grown = realloc(*array, wanted * size);
  if (grown == NULL)
    return false;
  memset(grown + *room * size, 0, (wanted - *room) * size);
  *array = grown;
  *room = wanted;
  return true;
}

/* --- functions --- */

static uint64_t hash(struct calltap_text text) {
  uint64_t value = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < text.size; i++)
    value = (value ^ (unsigned char)text.bytes[i]) * UINT64_C(0x100000001b3);
  return value;
}

static bool same(struct calltap_text a, struct calltap_text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/* The first function of the same module; modules with equal hashes are told apart. */
static uint32_t module_of(struct calltap__profile *profile, uint32_t number) {
  struct calltap__numbering *modules = &profile->work->modules;
  const struct calltap_trace_function *function = profile->function[number].function;
  uint64_t key = hash(function->module);
  uint32_t found;
  for (; (found = calltap__numbering_find(modules, key)) != 0; key++) {
    if (same(profile->function[found].function->module, function->module))
      return found;
  }
  if (!calltap__numbering_add(modules, key, number))
    profile->failed = true;
  return number;
}

/* Takes the text over. Returns the new number, or that of unknown functions without memory. */
static uint32_t add_function(struct calltap__profile *profile, struct calltap__builder *mfa,
                             const struct calltap_trace_function *function) {
  void *array = profile->function;
  bool good = !mfa->failed && calltap__profile_room(&array, profile->functions, &profile->work->function_room,
                                                    sizeof *profile->function);
  profile->function = array;
  if (!good) {
    calltap__builder_free(mfa);
    profile->failed = true;
    return CALLTAP__FUNCTION_UNKNOWN;
  }
  uint32_t number = (uint32_t)profile->functions++;
  profile->function[number] = (struct calltap__profile_function){{mfa->bytes, mfa->size - 1}, function, number};
  if (function != NULL)
    profile->function[number].module = module_of(profile, number);
  return number;
}

uint32_t calltap__profile_add_named(struct calltap__profile *profile, const char *name) {
  struct calltap__builder mfa = {0};
  calltap__build_bytes(&mfa, name, strlen(name) + 1);
  return add_function(profile, &mfa, NULL);
}

/* Functions of several files, and overloads, may have the same MFA. */
static uint32_t number_function(struct calltap__profile *profile, const struct calltap_trace_function *function) {
  struct calltap__numbering *names = &profile->work->names;
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, function, 0);
  calltap__build_bytes(&mfa, "", 1);
  struct calltap_text text = {mfa.bytes, mfa.failed ? 0 : mfa.size - 1};
  uint64_t key = hash(text);
  uint32_t found;
  for (; (found = calltap__numbering_find(names, key)) != 0; key++) {
    if (!same(profile->function[found].mfa, text))
      continue;
    calltap__builder_free(&mfa);
    return found;
  }
  found = add_function(profile, &mfa, function);
  if (found >= CALLTAP__FUNCTIONS && !calltap__numbering_add(names, key, found))
    profile->failed = true;
  return found;
}

uint32_t calltap__profile_new_function(struct calltap__profile *profile,
                                       const struct calltap_trace_function *function) {
  struct calltap__profile_work *work = profile->work;
  if (function->index == 0)
    return CALLTAP__FUNCTION_UNKNOWN;
  if (function->index >= work->functions) {
    size_t wanted = function->index + function->index / 2 + 64;
    uint32_t *grown = realloc(work->function, wanted * sizeof *grown);
    if (grown == NULL) {
      profile->failed = true;
      return CALLTAP__FUNCTION_UNKNOWN;
    }
    memset(grown + work->functions, 0, (wanted - work->functions) * sizeof *grown);
    work->function = grown;
    work->functions = wanted;
  }
  return work->function[function->index] = number_function(profile, function);
}

/* --- groups --- */

/* What calls of a function are added up with, below that parent. */
static struct calltap__profile_group group_like(const struct calltap__profile *profile, uint32_t parent,
                                                uint32_t function, uint64_t *key) {
  struct calltap__profile_group group = {0};
  switch (profile->options.by) {
  case CALLTAP__BY_MODULE:
    group.function = group.module = profile->function[function].module;
    *key = group.module;
    break;
  case CALLTAP__BY_THREAD:
    group.thread = profile->node[parent].thread;
    *key = group.thread;
    break;
  case CALLTAP__BY_CALLER:
    group.function = function;
    group.caller = profile->node[parent].function;
    *key = (uint64_t)group.caller << 32 | function;
    break;
  default:
    group.function = function;
    *key = function;
    break;
  }
  return group;
}

static uint32_t group_of(struct calltap__profile *profile, uint32_t parent, uint32_t function) {
  struct calltap__profile_work *work = profile->work;
  uint64_t key;
  struct calltap__profile_group group = group_like(profile, parent, function, &key);
  uint32_t number = calltap__numbering_find(&work->keys, key);
  if (number != 0)
    return number;
  void *array = profile->group;
  bool good = calltap__profile_room(&array, profile->groups, &work->group_room, sizeof group);
  profile->group = array;
  if (!good || !calltap__numbering_add(&work->keys, key, (uint32_t)profile->groups)) {
    profile->failed = true;
    return 0;
  }
  if (profile->options.batches != CALLTAP__NO_BATCHES) {
    group.batches = calloc(1, sizeof *group.batches);
    profile->failed |= group.batches == NULL;
  }
  profile->group[profile->groups] = group;
  return (uint32_t)profile->groups++;
}

void calltap__profile_note_unmatched(struct calltap__profile *profile, uint32_t root, uint32_t function) {
  profile->unmatched++;
  uint32_t group = group_of(profile, root, function);
  profile->group[group].unmatched++;
}

/* --- which threads were seen in a group --- */

static bool seen_room(struct calltap__profile *profile, struct calltap__profile_seen *seen, uint32_t group) {
  size_t words = group / 64 + 1 + profile->groups / 64;
  uint64_t *grown = realloc(seen->bits, words * sizeof *grown);
  if (grown == NULL) {
    profile->failed = true;
    return false;
  }
  memset(grown + seen->words, 0, (words - seen->words) * sizeof *grown);
  *seen = (struct calltap__profile_seen){grown, words};
  return true;
}

void calltap__profile_note_thread(struct calltap__profile *profile, uint32_t node, uint32_t thread) {
  struct calltap__profile_work *work = profile->work;
  uint32_t group = profile->node[node].group;
  profile->node[node].thread = thread;
  while (thread >= work->seen_room) {
    void *array = work->seen;
    bool good = calltap__profile_room(&array, work->seen_room, &work->seen_room, sizeof *work->seen);
    work->seen = array;
    if (!good) {
      profile->failed = true;
      return;
    }
  }
  struct calltap__profile_seen *seen = &work->seen[thread];
  if (group / 64 >= seen->words && !seen_room(profile, seen, group))
    return;
  uint64_t bit = (uint64_t)1 << group % 64;
  profile->group[group].threads += (seen->bits[group / 64] & bit) == 0;
  seen->bits[group / 64] |= bit;
}

/* --- nodes --- */

static uint64_t path_key(uint32_t parent, uint32_t function) { return (uint64_t)parent << 32 | function; }

/* The root without memory: its numbers are not shown. */
static uint32_t add_node(struct calltap__profile *profile, uint32_t parent, uint64_t key,
                         struct calltap__profile_node node) {
  struct calltap__profile_work *work = profile->work;
  void *array = profile->node;
  bool good = calltap__profile_room(&array, profile->nodes, &work->node_room, sizeof node);
  profile->node = array;
  if (!good || !calltap__numbering_add(&work->paths, key, (uint32_t)profile->nodes)) {
    profile->failed = true;
    return 0;
  }
  uint32_t number = (uint32_t)profile->nodes++;
  node.parent = parent;
  node.sibling = profile->node[parent].child;
  profile->node[parent].child = number;
  profile->node[number] = node;
  return number;
}

static uint32_t add_path(struct calltap__profile *profile, uint32_t parent, uint32_t function) {
  struct calltap__profile_node node = {.function = function, .is_beyond = profile->node[parent].is_beyond};
  node.group = group_of(profile, parent, function);
  uint32_t number = add_node(profile, parent, path_key(parent, function), node);
  if (profile->options.threads)
    calltap__profile_note_thread(profile, number, profile->node[parent].thread);
  return number;
}

/* The node below which all calls beyond the limit stand. */
static uint32_t beyond(struct calltap__profile *profile) {
  struct calltap__profile_work *work = profile->work;
  if (work->beyond == 0) {
    struct calltap__profile_node node = {.function = CALLTAP__FUNCTION_BEYOND, .is_beyond = true};
    work->beyond = add_node(profile, 0, path_key(0, CALLTAP__FUNCTION_BEYOND), node);
  }
  return work->beyond;
}

uint32_t calltap__profile_find_child(struct calltap__profile *profile, uint32_t parent, uint32_t function) {
  const struct calltap__profile_work *work = profile->work;
  uint32_t child = calltap__numbering_find(&work->paths, path_key(parent, function));
  if (child == 0 && (profile->nodes >= CALLTAP__MOST_NODES || profile->node[parent].is_beyond)) {
    parent = beyond(profile);
    child = calltap__numbering_find(&work->paths, path_key(parent, function));
  }
  if (child == 0)
    child = add_path(profile, parent, function);
  profile->node[parent].recent = child;
  return child;
}

/* --- threads --- */

static uint32_t number_thread(struct calltap__profile *profile, const struct calltap_event *event) {
  struct calltap__profile_work *work = profile->work;
  uint64_t file = (uint64_t)(uintptr_t)event->file, tid = event->thread->tid;
  uint64_t key = (file << 8) ^ (tid != 0 ? tid : ((uint64_t)event->thread->index + 1) << 40);
  uint32_t number;
  for (; (number = calltap__numbering_find(&work->tids, key)) != 0; key++) {
    const struct calltap__profile_thread *other = &profile->thread[number];
    if (tid != 0 && other->file == event->file && other->thread->tid == tid)
      return number;
  }
  void *array = profile->thread;
  bool good = calltap__profile_room(&array, profile->threads, &work->thread_room, sizeof *profile->thread);
  profile->thread = array;
  if (!good || !calltap__numbering_add(&work->tids, key, (uint32_t)profile->threads)) {
    profile->failed = true;
    return 0;
  }
  profile->thread[profile->threads] = (struct calltap__profile_thread){event->file, event->thread};
  return (uint32_t)profile->threads++;
}

/* The root of a thread is a node whose function is none. Functions have no such numbers. */
static uint32_t root_of(struct calltap__profile *profile, uint32_t thread) {
  uint64_t key = path_key(0, UINT32_MAX - thread);
  uint32_t root = profile->options.threads ? calltap__numbering_find(&profile->work->paths, key) : 0;
  if (root == 0 && profile->options.threads)
    root =
        add_node(profile, 0, key, (struct calltap__profile_node){.function = CALLTAP__FUNCTION_NONE, .thread = thread});
  return root;
}

static uint32_t number_file(struct calltap__profile_work *work, const struct calltap_trace_file *file) {
  uint32_t number = 0;
  while (number < work->files && work->file[number] != file)
    number++;
  if (number == CALLTAP__BATCHES)
    return CALLTAP__BATCHES - 1;
  if (number == work->files)
    work->file[work->files++] = file;
  return number;
}

struct calltap__profile_stream *calltap__profile_new_stream(struct calltap__profile *profile,
                                                            const struct calltap_event *event) {
  struct calltap__profile_work *work = profile->work;
  uint32_t index = event->thread->index;
  if (index >= work->streams) {
    size_t wanted = (size_t)index + index / 2 + 16;
    struct calltap__profile_stream *grown = realloc(work->stream, wanted * sizeof *grown);
    if (grown == NULL)
      return NULL;
    memset(grown + work->streams, 0, (wanted - work->streams) * sizeof *grown);
    work->stream = grown;
    work->streams = wanted;
  }
  struct calltap__profile_stream *stream = &work->stream[index];
  stream->thread = number_thread(profile, event);
  stream->root = root_of(profile, stream->thread);
  stream->file = number_file(work, event->file);
  stream->first_ns = event->real_ns;
  return stream;
}
