/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which threads are asked: all existing new main TID GLOB, with - before what is left out. */
#include "internal.h"

static bool is_word(struct span s, const char *word) {
  size_t length = calltap__text_length(word);
  return (size_t)(s.end - s.start) == length && calltap__bytes_equal(s.start, word, length);
}

/* The end of a part. A backslash quotes the comma behind it, as it does what else stands in a glob. */
static const char *part_end(const char *at) {
  for (; *at && *at != ','; at++)
    if (*at == '\\' && at[1])
      at++;
  return at;
}

static bool is_number(struct span s) {
  for (const char *p = s.start; p < s.end; p++)
    if (*p < '0' || *p > '9')
      return false;
  return true;
}

static const char *read_tid(struct span s, struct thread_part *part) {
  uint64_t tid;
  if (!calltap__text_number(s.start, &tid) || !tid || tid > INT32_MAX)
    return "there is no thread of that number; for a name of digits, quote the first: \\1";
  part->kind = THREADS_TID;
  part->tid = (int)tid;
  return NULL;
}

static const char *read_part(struct span s, struct thread_part *part) {
  static const struct {
    const char *word;
    enum thread_part_kind kind;
  } words[] = {{"all", THREADS_ALL}, {"existing", THREADS_EXISTING}, {"new", THREADS_NEW}, {"main", THREADS_MAIN}};
  part->excludes = s.start < s.end && *s.start == '-';
  s.start += part->excludes;
  if (s.start == s.end)
    return "a thread is expected at every comma: all, existing, new, main, a number or the glob of a name";
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (is_word(s, words[i].word)) {
      part->kind = words[i].kind;
      return NULL;
    }
  if (is_number(s))
    return read_tid(s, part);
  if (*s.start == '+')
    return "behind + stands children, as in main,+children; for a name that begins so, quote it: \\+";
  part->kind = THREADS_NAMED;
  part->glob = s;
  return NULL;
}

static const char *add_part(struct span s, struct thread_spec *spec) {
  if (is_word(s, "+children")) {
    spec->follows_children = true;
    return NULL;
  }
  if (spec->count == MAX_THREAD_PARTS)
    return "at most 32 threads can be named; use globs";
  struct thread_part *part = &spec->part[spec->count++];
  const char *wrong = read_part(s, part);
  spec->includes |= !part->excludes;
  return wrong;
}

/* Not an initializer: the compiler would make a call of memset of one so large. */
static void clear(struct thread_spec *spec) {
  spec->count = 0;
  spec->follows_children = spec->includes = false;
}

const char *calltap__thread_spec_parse(const char *text, struct thread_spec *spec) {
  clear(spec);
  for (;; text++) {
    struct span s = {text, part_end(text)};
    const char *wrong = add_part(s, spec);
    text = s.end;
    if (wrong || !*text)
      return wrong;
  }
}

static bool is_about(const struct thread_part *part, const struct thread_facts *facts) {
  switch (part->kind) {
  case THREADS_ALL:
    return true;
  case THREADS_EXISTING:
    return facts->existed;
  case THREADS_NEW:
    return !facts->existed;
  case THREADS_MAIN:
    return facts->is_main;
  case THREADS_TID:
    return facts->tid == part->tid;
  default:
    return calltap__glob(part->glob, facts->name);
  }
}

bool calltap__thread_spec_selects(const struct thread_spec *spec, const struct thread_facts *facts) {
  bool selected = !spec->includes || (spec->follows_children && facts->is_child);
  for (size_t i = 0; i < spec->count; i++) {
    const struct thread_part *part = &spec->part[i];
    if (part->excludes && is_about(part, facts))
      return false;
    selected |= !part->excludes && is_about(part, facts);
  }
  return selected;
}
