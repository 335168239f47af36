/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "internal.h"

enum { USUAL_BYTES = 256 * 1024 * 1024, RING_LEAST = 256 * 1024, FILES_LEAST = 2, FILES_MOST = 100 };
static const uint64_t RING_MOST = UINT64_C(16) << 30; /* and of a file of several */

static const char *read_size(const char *text, uint64_t *value) {
  text = calltap__text_number(text, value);
  if (!text)
    return NULL;
  unsigned unit = *text | 0x20u; /* capital or not */
  unsigned shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
  if (*value >> (63 - shift))
    return NULL;
  *value <<= shift;
  return text + (shift != 0);
}

/* Moves behind the prefix if the text begins with it. */
static bool skip(const char **text, const char *prefix) {
  const char *t = *text;
  for (; *prefix; prefix++)
    if (*t++ != *prefix)
      return false;
  *text = t;
  return true;
}

/* -- what stands behind the words: each moves behind it, and returns null or what is wrong ---------------------- */

static const char *take_size(const char **text, uint64_t *value) {
  *text = read_size(*text, value);
  return *text ? NULL : "a limit is a number, with k, M or G behind it for 2^10, 2^20, 2^30, as in bytes=64M";
}

static const char *take_duration(const char **text, uint64_t *ns) {
  static const struct {
    const char *unit;
    uint64_t ns;
  } units[] = {{"us", 1000},
               {"ms", 1000000},
               {"s", 1000000000},
               {"min", UINT64_C(60) * 1000000000},
               {"h", UINT64_C(3600) * 1000000000}};
  const char *wrong = "a duration is a whole number with us, ms, s, min or h behind it, as in 500us or 2s";
  uint64_t count;
  const char *at = calltap__text_number(*text, &count);
  for (size_t i = 0; at && i < sizeof units / sizeof units[0]; i++) {
    if (!skip(&at, units[i].unit))
      continue;
    if (!count)
      return "a duration is longer than 0";
    if (count > INT64_MAX / units[i].ns)
      return "a duration is at most 292 years";
    *ns = count * units[i].ns;
    *text = at;
    return NULL;
  }
  return wrong;
}

static const char *take_calls(const char **text, struct limits *limits) {
  const char *wrong = take_size(text, &limits->calls);
  return wrong || limits->calls ? wrong : "calls= is at least 1; leave it out for no limit";
}

static const char *take_rate(const char **text, struct limits *limits) {
  const char *wrong = take_size(text, &limits->rate_calls);
  if (wrong)
    return wrong;
  if (!limits->rate_calls)
    return "rate= is at least 1 call; leave it out for no limit";
  return skip(text, "/") ? take_duration(text, &limits->rate_ns) : "a rate is calls in a time, as in rate=100/1s";
}

static const char *take_time(const char **text, struct limits *limits) { return take_duration(text, &limits->time_ns); }

static const char *take_bytes(const char **text, struct limits *limits) { return take_size(text, &limits->bytes); }

static const char *take_text(const char **text, struct limits *limits) { return take_size(text, &limits->text); }

static const char *take_expand(const char **text, struct limits *limits) { return take_size(text, &limits->expand); }

static const char *take_budget(const char **text, struct limits *limits) {
  uint64_t percent;
  *text = calltap__text_number(*text, &percent);
  if (!*text || percent > 100)
    return "budget= is a percentage of the CPU from 1 to 100, or 0 for none, as in budget=10";
  limits->budget = (uint32_t)percent;
  return NULL;
}

static const char *take_policy(const char **text, struct limits *limits) {
  limits->drops = skip(text, "drop");
  return limits->drops || skip(text, "stop") ? NULL : "policy= is stop or drop";
}

static const char *take_ring(const char **text, struct limits *limits) {
  const char *wrong = take_size(text, &limits->ring);
  bool fits = limits->ring >= RING_LEAST && limits->ring <= RING_MOST;
  return wrong || fits ? wrong : "ring= is from 256k to 16G";
}

static const char *take_rotate(const char **text, struct limits *limits) {
  const char *wrong = "rotate= is the size of a file and how many there are, as in rotate=64M*8";
  *text = read_size(*text, &limits->rotate);
  if (!*text || !skip(text, "*"))
    return wrong;
  *text = calltap__text_number(*text, &limits->files);
  if (!*text)
    return wrong;
  if (limits->rotate < RING_LEAST || limits->rotate > RING_MOST)
    return "rotate= is of files from 256k to 16G, as in rotate=64M*8";
  bool fits = limits->files >= FILES_LEAST && limits->files <= FILES_MOST;
  return fits ? NULL : "rotate= is of 2 to 100 files, as in rotate=64M*8";
}

/* -- the list ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *word;
  const char *(*take)(const char **text, struct limits *limits);
} words[] = {{"calls=", take_calls}, {"rate=", take_rate},     {"time=", take_time},     {"bytes=", take_bytes},
             {"str=", take_text},    {"expand=", take_expand}, {"budget=", take_budget}, {"policy=", take_policy},
             {"ring=", take_ring},   {"rotate=", take_rotate}};

static const char *take_one(const char **text, struct limits *limits) {
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (skip(text, words[i].word))
      return words[i].take(text, limits);
  return "this version knows calls=N, rate=N/DURATION, time=DURATION, bytes=SIZE, ring=SIZE, rotate=SIZE*N, str=SIZE, "
         "expand=LEVELS, budget=PERCENT and policy=stop or drop, separated by commas";
}

/* The smallest and the largest that makes sense of each. */
static const char *check(const struct limits *limits) {
  if (!limits->bytes)
    return "bytes= is at least 1";
  if (limits->ring && limits->bytes != USUAL_BYTES)
    return "bytes= ends a session when its file is full, and ring= goes on in the same file: give one of them";
  if (limits->rotate && limits->bytes != USUAL_BYTES)
    return "bytes= ends a session when its file is full, and rotate= goes on in the next one: give one of them";
  if (limits->rotate && limits->ring)
    return "ring= keeps the newest events in one file, and rotate= in several: give one of them";
  if (limits->text > MAX_TEXT)
    return "str= is at most 4096 bytes";
  return limits->expand > MAX_EXPAND ? "expand= is at most 4 levels" : NULL;
}

const char *calltap__limits_parse(const char *text, struct limits *limits) {
  while (*text) {
    const char *wrong = take_one(&text, limits);
    if (wrong)
      return wrong;
    if (*text && *text++ != ',')
      return "behind a limit stands a comma and the next one, behind a size only k, M or G, as in bytes=64M,str=200";
  }
  return check(limits);
}

struct limits calltap__limits_usual(void) {
  enum { TEXT = 64, BUDGET = 10 };
  return (struct limits){.bytes = USUAL_BYTES, .text = TEXT, .budget = BUDGET};
}
