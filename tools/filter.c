/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "filter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "calltap/rule.h"
#include "lib/text.h"
#include "message.h"
#include "nearest.h"
#include "progress.h"
#include "where.h"

/* The calls of a thread that are not wanted, a bit each, by call number. */
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
  struct bits *unwanted;         /* by the thread's index */
  struct where *where;           /* NULL: no guard */
  size_t threads;
  unsigned events;  /* those that are wanted */
  uint64_t skip;    /* so many wanted events come before the last ones */
  int64_t since_ns; /* real time of the first moment that is wanted */
  int64_t until_ns; /* and of the last one */
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

/* --- calls that are not wanted --- */

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

static void clear_bit(struct bits *bits, uint64_t at) {
  size_t byte = (size_t)(at / 8);
  if (byte < bits->room)
    bits->bytes[byte] &= (uint8_t) ~(1U << (at % 8));
}

static bool has_bit(const struct bits *bits, uint64_t at) {
  size_t byte = (size_t)(at / 8);
  return byte < bits->room && (bits->bytes[byte] >> (at % 8) & 1) != 0;
}

/* A call that was skipped or ended with its thread did so at a time that is not known, so it was not too short. */
static bool is_too_short(const struct filter *filter, const struct calltap_event *event) {
  return calltap_event_has_elapsed(event) && event->elapsed_ns < filter->question.shortest_ns;
}

/* What a call and its exit say together is known at the exit, and the call stands before it: so the whole trace is read
 * before. False without memory. */
static bool judge(struct filter *filter, const struct calltap_event *event) {
  struct bits *bits = &filter->unwanted[event->thread->index];
  if (event->kind == CALLTAP_EVENT_CALL)
    return filter->where == NULL || where_call(filter->where, event) || set_bit(bits, event->call);
  if (event->kind != CALLTAP_EVENT_EXIT || !event->paired)
    return true;
  if (filter->where != NULL && where_exit(filter->where, event))
    clear_bit(bits, event->call);
  return !is_too_short(filter, event) || set_bit(bits, event->call);
}

static bool judge_all(struct filter *filter, struct calltap_reader *reader) {
  const struct calltap_event *event;
  bool good = true;
  while (good && (event = progress_next(reader)) != NULL)
    good = filter->functions[event->function == NULL ? 0 : event->function->index] ? judge(filter, event) : true;
  calltap_reader_rewind(reader);
  return good && (filter->where == NULL || !where_failed(filter->where));
}

/* An exit without a call cannot be judged by its arguments. */
static bool is_wanted_call(const struct filter *filter, const struct calltap_event *event) {
  if (event->call == 0)
    return filter->where == NULL;
  return !has_bit(&filter->unwanted[event->thread->index], event->call);
}

/* --- moments --- */

static const int64_t SECOND_NS = 1000000000, DAY_NS = 86400 * INT64_C(1000000000);

/* Seconds since 1970 that are told as if they were UTC -> what they really are. */
static int64_t in_zone(int64_t seconds, bool is_utc) {
  time_t told = (time_t)seconds;
  struct tm parts;
  if (is_utc || gmtime_r(&told, &parts) == NULL)
    return seconds;
  parts.tm_isdst = -1;
  return (int64_t)mktime(&parts);
}

static int64_t floor_divide(int64_t number, int64_t by) { return number / by - (number % by < 0); }

static int64_t day_of(int64_t real_ns, bool is_utc) {
  time_t seconds = (time_t)floor_divide(real_ns, SECOND_NS);
  struct tm parts = {0};
  if (is_utc ? gmtime_r(&seconds, &parts) == NULL : localtime_r(&seconds, &parts) == NULL)
    return 0;
  return floor_divide((int64_t)timegm(&parts), DAY_NS / SECOND_NS);
}

static int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

static int64_t resolve(const struct filter *filter, const struct filter_moment *moment, int64_t first_ns) {
  bool is_utc = moment->is_utc || filter->question.utc;
  if (moment->kind == FILTER_SINCE_START)
    return first_ns + moment->ns;
  int64_t within = ((moment->ns % SECOND_NS) + SECOND_NS) % SECOND_NS, whole = floor_divide(moment->ns, SECOND_NS);
  if (moment->kind == FILTER_DATE)
    return in_zone(whole, is_utc) * SECOND_NS + within;
  int64_t day = day_of(first_ns, is_utc), best = 0;
  for (int64_t next = -1; next <= 1; next++) {
    int64_t found = in_zone((day + next) * (DAY_NS / SECOND_NS) + whole, is_utc) * SECOND_NS + within;
    if (next == -1 || distance(found, first_ns) < distance(best, first_ns))
      best = found;
  }
  return best;
}

static void find_moments(struct filter *filter, struct calltap_reader *reader) {
  const struct filter_question *question = &filter->question;
  const struct calltap_event *first = progress_next(reader);
  if (first != NULL && question->from.kind != FILTER_NO_MOMENT)
    filter->since_ns = resolve(filter, &question->from, first->real_ns);
  if (first != NULL && question->to.kind != FILTER_NO_MOMENT)
    filter->until_ns = resolve(filter, &question->to, first->real_ns) + question->to.less_ns;
  calltap_reader_rewind(reader);
}

/* --- the last ones --- */

static unsigned kind_of(const struct calltap_event *event) {
  static const unsigned exits[] = {
      [CALLTAP_EXIT_RETURN] = FILTER_RETURNS,    [CALLTAP_EXIT_TAIL] = FILTER_TAILS,
      [CALLTAP_EXIT_OTHER] = FILTER_OTHER_EXITS, [CALLTAP_EXIT_SKIPPED] = FILTER_SKIPPED,
      [CALLTAP_EXIT_UNWOUND] = FILTER_UNWOUND,   [CALLTAP_EXIT_THREAD_END] = FILTER_THREAD_ENDS};
  static const unsigned events[] = {[CALLTAP_EVENT_CALL] = FILTER_CALLS,       [CALLTAP_EVENT_LOST] = FILTER_LOST,
                                    [CALLTAP_EVENT_PAUSE] = FILTER_SESSION,    [CALLTAP_EVENT_RESUME] = FILTER_SESSION,
                                    [CALLTAP_EVENT_DISARMED] = FILTER_SESSION, [CALLTAP_EVENT_MARK] = FILTER_MARKS,
                                    [CALLTAP_EVENT_RESULT] = FILTER_RESULTS};
  return event->kind == CALLTAP_EVENT_EXIT ? exits[event->exit] : events[event->kind];
}

static bool wants_apart_from_last(struct filter *filter, const struct calltap_event *event) {
  if ((kind_of(event) & filter->events) == 0)
    return false;
  if (event->real_ns < filter->since_ns || event->real_ns > filter->until_ns)
    return false;
  if (filter->question.thread != NULL && !wants_thread(filter, event->thread))
    return false;
  if (event->kind > CALLTAP_EVENT_EXIT && event->kind != CALLTAP_EVENT_RESULT)
    return true;
  return filter->functions[event->function->index] && is_wanted_call(filter, event);
}

static void find_last(struct filter *filter, struct calltap_reader *reader) {
  const struct calltap_event *event;
  uint64_t wanted = 0;
  int64_t latest = INT64_MIN;
  while ((event = progress_next(reader)) != NULL) {
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
  int64_t since = (int64_t)((uint64_t)latest - question->last_ns);
  if (question->last_ns != 0 && since > filter->since_ns)
    filter->since_ns = since;
}

bool filter_wants(struct filter *filter, const struct calltap_event *event) {
  if (!wants_apart_from_last(filter, event))
    return false;
  if (filter->skip == 0)
    return true;
  filter->skip--;
  return false;
}

bool filter_wants_tables(const struct filter *filter) { return (filter->events & FILTER_ROWS) != 0; }

bool filter_is_open(const struct filter *filter) {
  const struct filter_question *question = &filter->question;
  return question->function == NULL && question->thread == NULL && filter->where == NULL &&
         question->shortest_ns == 0 && filter->events == FILTER_ALL && filter->skip == 0 &&
         filter->since_ns == INT64_MIN && filter->until_ns == INT64_MAX;
}

void filter_say(const struct filter *filter) {
  if (filter->where != NULL)
    where_say(filter->where);
}

/* --- making --- */

static bool allocate(struct filter *filter, const struct calltap_reader *reader) {
  filter->threads = calltap_reader_threads(reader);
  filter->functions = calloc(calltap_reader_functions(reader) + 1, sizeof *filter->functions);
  filter->answers = calloc(filter->threads + 1, sizeof *filter->answers);
  filter->unwanted = calloc(filter->threads + 1, sizeof *filter->unwanted);
  return filter->functions != NULL && filter->answers != NULL && filter->unwanted != NULL;
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

/* Whether the question names a function and the trace has none of that name; then says so, with the nearest. */
static bool names_nothing(const struct filter *filter, const struct calltap_reader *reader) {
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

static bool no_memory(void) {
  message("this needs more memory than there is");
  return false;
}

static bool prepare(struct filter *filter, struct calltap_reader *reader) {
  const struct filter_question *question = &filter->question;
  if (!allocate(filter, reader))
    return no_memory();
  match_functions(filter, reader);
  if (names_nothing(filter, reader))
    return false;
  if (question->where != NULL) {
    filter->where = where_make(reader, question->where, filter->functions);
    if (filter->where == NULL)
      return false;
  }
  if ((question->shortest_ns != 0 || filter->where != NULL) && !judge_all(filter, reader))
    return no_memory();
  if (question->from.kind != FILTER_NO_MOMENT || question->to.kind != FILTER_NO_MOMENT)
    find_moments(filter, reader);
  if (question->last_events != 0 || question->last_ns != 0)
    find_last(filter, reader);
  return true;
}

struct filter *filter_make(struct calltap_reader *reader, const struct filter_question *question) {
  struct filter *filter = calloc(1, sizeof *filter);
  if (filter == NULL) {
    no_memory();
    return NULL;
  }
  filter->question = *question;
  filter->events = question->events != 0 ? question->events : FILTER_ALL;
  filter->since_ns = INT64_MIN;
  filter->until_ns = INT64_MAX;
  if (parse(filter) && prepare(filter, reader))
    return filter;
  filter_free(filter);
  return NULL;
}

void filter_say_nothing(const struct filter *filter, const struct calltap_reader *reader) {
  uint64_t events = 0;
  for (size_t i = 0; i < calltap_reader_files(reader); i++) {
    const struct calltap_trace_counts *counts = &calltap_reader_file(reader, i)->counts;
    events += counts->calls + counts->exits;
  }
  if (events > 0 && !filter_is_open(filter))
    message("no event to show: the options leave out all %" PRIu64 " of the trace", events);
  else
    message("no event to show");
}

void filter_free(struct filter *filter) {
  if (filter == NULL)
    return;
  for (size_t i = 0; filter->unwanted != NULL && i < filter->threads; i++)
    free(filter->unwanted[i].bytes);
  free(filter->functions);
  free(filter->answers);
  free(filter->unwanted);
  where_free(filter->where);
  free(filter);
}
