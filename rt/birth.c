/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Threads being made: what their creators hand on to them. Only in the shared runtime, whose pthread_create stands before that of the C
 * library; it has no version, so that it answers to any. Where there is nothing to hand on it does no more than call the other. */
#define _GNU_SOURCE
#include "calltap/calltap.h"
#include "internal.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef int pthread_creator(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* What the new thread starts with. */
struct birth {
  void *(*begin)(void *);
  void *argument;
  struct inheritance inheritance;
  int64_t tag;
  bool has_tag;
};

static pthread_creator *_Atomic libc_create;

static pthread_creator *find_libc_create(void) {
  pthread_creator *found = atomic_load_explicit(&libc_create, memory_order_relaxed);
  if (!found) {
    *(void **)&found = dlsym(RTLD_NEXT, "pthread_create");
    atomic_store_explicit(&libc_create, found, memory_order_relaxed);
  }
  return found;
}

static void *live(void *context) {
  struct birth birth = *(struct birth *)context;
  free(context);
  calltap__inheritance = birth.inheritance;
  if (birth.has_tag)
    (void)calltap__thread_tag(birth.tag);
  return birth.begin(birth.argument);
}

static void hand_on(struct stream *s, void *context) {
  struct inheritance *inheritance = context;
  inheritance->session[s->session->index] = s->session->number;
}

/* Null: there is nothing to hand on, or no memory. */
static struct birth *prepare(void *(*begin)(void *), void *argument) {
  struct thread *t = calltap__self;
  if (!calltap__follows_children() && !t->has_tag)
    return NULL;
  struct birth *birth = calloc(1, sizeof *birth);
  if (!birth)
    return NULL;
  birth->begin = begin;
  birth->argument = argument;
  birth->tag = t->tag;
  birth->has_tag = t->has_tag;
  calltap__for_each_stream(hand_on, &birth->inheritance);
  return birth;
}

CALLTAP_API int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*begin)(void *),
                               void *argument) {
  pthread_creator *create = find_libc_create();
  if (!create)
    return 11; /* EAGAIN */
  struct birth *birth = prepare(begin, argument);
  if (!birth)
    return create(thread, attributes, begin, argument);
  int result = create(thread, attributes, live, birth);
  if (result)
    free(birth);
  return result;
}

/* Another library's may stand before this one. */
bool calltap__sees_births(void) {
  void *first = dlsym(RTLD_DEFAULT, "pthread_create");
  pthread_creator *own = pthread_create;
  return find_libc_create() && first == *(void **)&own;
}
