/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "calltap/rule.h"
#include "lib/text.h"
#include "message.h"
#include "nearest.h"

/* The calls of a thread that were too short, a bit each, by call number. */
struct bits {
  uint8_t *bytes;
  size_t room;
};

/* Whether a thread is wanted is found once for each of its names. */
struct thread_answer {
  struct calltap_text name;
  uint64_t tid;
  bool known;
  bool wanted;
};

struct filter {
  struct filter_question question;
  struct calltap_rule pattern;   /* points into the question */
  bool *functions;               /* by index: wanted */
  size_t matched;                /* how many of them are */
  struct thread_answer *answers; /* by the thread's index */
  struct bits *too_short;        /* by the thread's index */
  size_t threads;
  uint64_t skip;    /* so many wanted events come before the last ones */
  int64_t since_ns; /* real time of the first moment that is wanted */
};

/* --- functions and threads --- */

/* Patterns are read as those of rules are, and match strings that end. Without memory nothing matches. */
static char *terminated(struct calltap_text text) {
  return text.size == 0 ? strdup("") : strndup(text.bytes, text.size);
}

static bool names(const struct filter *filter, const struct calltap_trace_function *function) {
  if (filter->question.function == NULL)
    return true;
  char *module = terminated(function->module), *name = terminated(function->name);
  bool found =
      module != NULL && name != NULL && calltap_rule_names(&filter->pattern, module, name, (unsigned)function->arity);
  free(module);
  free(name);
  return found;
}

static void match_functions(struct filter *filter, const struct calltap_reader *reader) {
  size_t count = calltap_reader_functions(reader);
  for (size_t i = 1; i <= count; i++) {
    filter->functions[i] = names(filter, calltap_reader_function(reader, i));
    filter->matched += filter->functions[i];
  }
  filter->functions[0] = filter->question.function == NULL;
}

static bool thread_matches(const char *wanted, const struct calltap_trace_thread *thread) {
  char *end;
  unsigned long long tid = strtoull(wanted, &end, 10);
  if (*wanted >= '0' && *wanted <= '9' && *end == '\0')
    return thread->tid == tid;
  char *name = terminated(thread->name);
  bool found = name != NULL && calltap_rule_glob((struct calltap_span){wanted, wanted + strlen(wanted)}, name);
  free(name);
  return found;
}

static bool wants_thread(struct filter *filter, const struct calltap_trace_thread *thread) {
  struct thread_answer *answer = &filter->answers[thread->index];
  bool same = answer->known && answer->name.bytes == thread->name.bytes && answer->tid == thread->tid;
  if (!same) {
    answer->known = true;
    answer->name = thread->name;
    answer->tid = thread->tid;
    answer->wanted = thread->stream == 0 || thread_matches(filter->question.thread, thread);
  }
  return answer->wanted;
}

/* --- calls that were too short --- */

static bool set_bit(struct bits *bits, uint64_t at) {
  size_t byte = (size_t)(at / 8);
  if (byte >= bits->room) {
    size_t room = bits->room == 0 ? 4096 : bits->room;
    while (room <= byte)
      room *= 2;
    uint8_t *grown = realloc(bits->bytes, room);
    if (grown == NULL)
      return false;
    memset(grown + bits->room, 0, room - bits->room);
    bits->bytes = grown;
    bits->room = room;
  }
  bits->bytes[byte] |= (uint8_t)(1U << (at % 8));
  return true;
}

static bool has_bit(const struct bits *bits, uint64_t at) {
  size_t byte = (size_t)(at / 8);
  return byte < bits->room && (bits->bytes[byte] >> (at % 8) & 1) != 0;
}

/* A call that was skipped or ended with its thread did so at a time that is not known, so it was not too short. */
static bool find_short_calls(struct filter *filter, struct calltap_reader *reader) {
  const struct calltap_event *event;
  while ((event = calltap_reader_next(reader)) != NULL) {
    if (event->kind != CALLTAP_EVENT_EXIT || !event->paired || event->exit == CALLTAP_EXIT_SKIPPED ||
        event->exit == CALLTAP_EXIT_THREAD_END)
      continue;
    if (event->elapsed_ns >= filter->question.shortest_ns)
      continue;
    if (!set_bit(&filter->too_short[event->thread->index], event->call))
      return false;
  }
  calltap_reader_rewind(reader);
  return true;
}

static bool is_too_short(const struct filter *filter, const struct calltap_event *event) {
  return event->call != 0 && has_bit(&filter->too_short[event->thread->index], event->call);
}

/* --- the last ones --- */

static bool wants_apart_from_last(struct filter *filter, const struct calltap_event *event) {
  if (filter->question.thread != NULL && !wants_thread(filter, event->thread))
    return false;
  if (event->kind > CALLTAP_EVENT_EXIT)
    return true;
  return filter->functions[event->function->index] && !is_too_short(filter, event);
}

static void find_last(struct filter *filter, struct calltap_reader *reader) {
  const struct calltap_event *event;
  uint64_t wanted = 0;
  int64_t latest = INT64_MIN;
  while ((event = calltap_reader_next(reader)) != NULL) {
    if (!wants_apart_from_last(filter, event))
      continue;
    wanted++;
    if (event->real_ns > latest)
      latest = event->real_ns;
  }
  calltap_reader_rewind(reader);
  const struct filter_question *question = &filter->question;
  if (question->last_events != 0 && wanted > question->last_events)
    filter->skip = wanted - question->last_events;
  if (question->last_ns != 0)
    filter->since_ns = (int64_t)((uint64_t)latest - question->last_ns);
}

bool filter_wants(struct filter *filter, const struct calltap_event *event) {
  if (!wants_apart_from_last(filter, event))
    return false;
  if (event->real_ns < filter->since_ns)
    return false;
  if (filter->skip == 0)
    return true;
  filter->skip--;
  return false;
}

/* --- making --- */

static bool allocate(struct filter *filter, const struct calltap_reader *reader) {
  filter->threads = calltap_reader_threads(reader);
  filter->functions = calloc(calltap_reader_functions(reader) + 1, sizeof *filter->functions);
  filter->answers = calloc(filter->threads + 1, sizeof *filter->answers);
  filter->too_short = calloc(filter->threads + 1, sizeof *filter->too_short);
  return filter->functions != NULL && filter->answers != NULL && filter->too_short != NULL;
}

static bool parse(struct filter *filter) {
  if (filter->question.function == NULL)
    return true;
  struct calltap_rule_error error;
  bool good = calltap_pattern_parse(filter->question.function, &filter->pattern, &error);
  if (!good)
    message_rule("--function", filter->question.function, &error);
  return good;
}

static bool prepare(struct filter *filter, struct calltap_reader *reader) {
  const struct filter_question *question = &filter->question;
  bool good = allocate(filter, reader);
  if (good)
    match_functions(filter, reader);
  if (good && question->shortest_ns != 0)
    good = find_short_calls(filter, reader);
  if (good && (question->last_events != 0 || question->last_ns != 0))
    find_last(filter, reader);
  if (!good)
    message("this needs more memory than there is");
  return good;
}

struct filter *filter_make(struct calltap_reader *reader, const struct filter_question *question) {
  struct filter *filter = calloc(1, sizeof *filter);
  if (filter == NULL) {
    message("this needs more memory than there is");
    return NULL;
  }
  filter->question = *question;
  filter->since_ns = INT64_MIN;
  if (parse(filter) && prepare(filter, reader))
    return filter;
  filter_free(filter);
  return NULL;
}

static void offer(struct nearest *nearest, const struct calltap_trace_function *function) {
  struct calltap__builder mfa = {0}, name = {0};
  calltap__build_mfa(&mfa, function, 0);
  calltap__build_bytes(&mfa, "", 1);
  calltap__build_bytes(&name, function->name.bytes, function->name.size);
  calltap__build_bytes(&name, "", 1);
  if (!mfa.failed && !name.failed)
    nearest_offer(nearest, mfa.bytes, name.bytes);
  calltap__builder_free(&mfa);
  calltap__builder_free(&name);
}

bool filter_names_nothing(const struct filter *filter, const struct calltap_reader *reader) {
  if (filter->question.function == NULL || filter->matched > 0)
    return false;
  char hint[512];
  struct nearest nearest;
  nearest_start(&nearest, filter->pattern.name.start, (size_t)(filter->pattern.name.end - filter->pattern.name.start));
  for (size_t i = 1; i <= calltap_reader_functions(reader); i++)
    offer(&nearest, calltap_reader_function(reader, i));
  nearest_say(&nearest, hint, sizeof hint);
  message("--function: no function of the trace matches '%s'%s", filter->question.function, hint);
  return true;
}

void filter_free(struct filter *filter) {
  if (filter == NULL)
    return;
  for (size_t i = 0; filter->too_short != NULL && i < filter->threads; i++)
    free(filter->too_short[i].bytes);
  free(filter->functions);
  free(filter->answers);
  free(filter->too_short);
  free(filter);
}
