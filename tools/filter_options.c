/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the options of filters say. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "filter.h"
#include "message.h"

static const int64_t SECOND_NS = 1000000000;

/* --- moments --- */

/* Takes `digits` digits, a number below `limit`. */
static bool take(const char **at, unsigned digits, int limit, int *number) {
  *number = 0;
  for (unsigned i = 0; i < digits; i++, (*at)++) {
    if (**at < '0' || **at > '9')
      return false;
    *number = *number * 10 + (**at - '0');
  }
  return *number < limit;
}

static bool take_letter(const char **at, char letter) {
  bool found = **at == letter;
  *at += found;
  return found;
}

/* ".365157": up to nine digits. */
static bool take_fraction(const char **at, struct filter_moment *moment) {
  int64_t unit = SECOND_NS;
  if (take_letter(at, '.')) {
    for (; **at >= '0' && **at <= '9' && unit > 1; (*at)++) {
      unit /= 10;
      moment->ns += (**at - '0') * unit;
    }
    if (unit == SECOND_NS)
      return false;
  }
  moment->less_ns = unit - 1;
  return true;
}

/* 13:14, 13:14:55, 13:14:55.365157 */
static bool take_time(const char **at, struct filter_moment *moment) {
  int hour, minute, second = 0;
  if (!take(at, 2, 24, &hour) || !take_letter(at, ':') || !take(at, 2, 60, &minute))
    return false;
  bool has_seconds = take_letter(at, ':');
  if (has_seconds && !take(at, 2, 61, &second))
    return false;
  moment->ns += (int64_t)(hour * 3600 + minute * 60 + second) * SECOND_NS;
  moment->less_ns = 60 * SECOND_NS - 1;
  return !has_seconds || take_fraction(at, moment);
}

static bool take_date(const char **at, struct filter_moment *moment) {
  struct tm date = {0};
  int year, month;
  if (!take(at, 4, 10000, &year) || !take_letter(at, '-') || !take(at, 2, 13, &month) || !take_letter(at, '-') ||
      !take(at, 2, 32, &date.tm_mday) || !(take_letter(at, 'T') || take_letter(at, ' ')))
    return false;
  date.tm_year = year - 1900;
  date.tm_mon = month - 1;
  int64_t days = (int64_t)timegm(&date);
  moment->kind = FILTER_DATE;
  moment->ns = days * SECOND_NS;
  return days > -9000000000 && days < 9000000000;
}

static bool read_moment(const char *text, struct filter_moment *moment) {
  const char *at = text;
  if (strlen(text) > 4 && text[4] == '-') {
    if (!take_date(&at, moment))
      return false;
  } else {
    moment->kind = FILTER_TIME_OF_DAY;
  }
  if (!take_time(&at, moment))
    return false;
  moment->is_utc = take_letter(&at, 'Z');
  return *at == '\0';
}

static bool set_moment(struct filter_moment *moment, const char *text, const char *name) {
  uint64_t ns;
  *moment = (struct filter_moment){0};
  if (*text == '+') {
    bool good = options_duration(text + 1, name, &ns);
    *moment = (struct filter_moment){.kind = FILTER_SINCE_START, .ns = (int64_t)ns};
    return good;
  }
  if (read_moment(text, moment))
    return true;
  message("%s takes +1.5s (after the first event), a time of day like 13:14:55.365157, or a date and time like "
          "2026-11-22T13:14:55.365Z, not '%s'",
          name, text);
  return false;
}

/* --- kinds of events --- */

static const struct {
  const char *name;
  unsigned events;
} kinds[] = {{"call", FILTER_CALLS},
             {"exit", FILTER_EXITS},
             {"return", FILTER_RETURNS},
             {"tail", FILTER_TAILS},
             {"skipped", FILTER_SKIPPED},
             {"unwound", FILTER_UNWOUND},
             {"thread_end", FILTER_THREAD_ENDS},
             {"result", FILTER_RESULTS},
             {"lost", FILTER_LOST},
             {"session", FILTER_SESSION},
             {"mark", FILTER_MARKS},
             {"row", FILTER_ROWS}};

static unsigned kind_named(const char *name, size_t size) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strlen(kinds[i].name) == size && memcmp(kinds[i].name, name, size) == 0)
      return kinds[i].events;
  }
  return 0;
}

static bool set_events(struct filter_question *question, const char *text) {
  for (const char *at = text;;) {
    size_t size = strcspn(at, ",");
    unsigned events = kind_named(at, size);
    if (events == 0) {
      message("--event: '%.*s' is no kind of event; there are call, exit, return, tail, skipped, unwound, thread_end, "
              "result, lost, session, mark "
              "and row, several with commas",
              (int)size, at);
      return false;
    }
    question->events |= events;
    if (at[size] == '\0')
      return true;
    at += size + 1;
  }
}

/* --- all --- */

/* A time if it ends in a unit, else a number of events. */
static bool set_last(struct filter_question *question, const char *text) {
  bool is_time = text[strspn(text, "0123456789")] != '\0';
  question->last_ns = question->last_events = 0;
  bool good = is_time ? options_duration(text, "--last", &question->last_ns)
                      : options_number(text, "--last", &question->last_events);
  if (good && question->last_ns == 0 && question->last_events == 0) {
    message("--last takes at least 1");
    return false;
  }
  return good;
}

bool filter_set(struct filter_question *question, int option, const char *value) {
  switch (option) {
  case FILTER_LAST_OPTION:
    return set_last(question, value);
  case FILTER_FROM_OPTION:
    return set_moment(&question->from, value, "--from");
  case FILTER_TO_OPTION:
    return set_moment(&question->to, value, "--to");
  case FILTER_FUNCTION_OPTION:
    question->function = value;
    return true;
  case FILTER_THREAD_OPTION:
    question->thread = value;
    return true;
  case FILTER_MIN_OPTION:
    return options_duration(value, "--min", &question->shortest_ns);
  case FILTER_EVENT_OPTION:
    return set_events(question, value);
  default:
    question->where = value;
    return true;
  }
}

bool filter_asks(const struct filter_question *question) {
  return question->function != NULL || question->thread != NULL || question->where != NULL ||
         question->shortest_ns != 0 || question->last_events != 0 || question->last_ns != 0 ||
         question->from.kind != FILTER_NO_MOMENT || question->to.kind != FILTER_NO_MOMENT || question->events != 0;
}
