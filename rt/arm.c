/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From rules to switched sites. A function that the rules ask for is prepared once, with the shapes of
 * its events; its sites go into two lists, entries and exits, in the order of the code. */
#include "internal.h"

struct function {
  const struct calltap_function *about;
  uint32_t number;
  bool has_exits; /* armed */
  bool has_exit_events;
  const struct filter *filter;
  struct shape shape[CALLTAP_SITE_TAIL + 1]; /* by kind of site */
  struct function *next;
};

/* Addresses of sites, in memory that doubles. */
struct sites {
  uint8_t **at;
  size_t count, space;
};

static struct function *first_function, **last_function = &first_function;
static uint32_t functions;
static struct sites entries, exits;

uint32_t calltap__armed_functions(void) { return functions; }
size_t calltap__armed_sites(void) { return entries.count + exits.count; }

static bool add_site(struct sites *list, uint8_t *site) {
  if (list->count == list->space) {
    size_t space = list->space ? list->space * 2 : 512;
    uint8_t **at = calltap__os_map(space * sizeof *at);
    if (!at)
      return false;
    calltap__bytes_copy(at, list->at, list->count * sizeof *at);
    if (list->at)
      calltap__os_unmap(list->at, list->space * sizeof *at);
    list->at = at;
    list->space = space;
  }
  list->at[list->count++] = site;
  return true;
}

/* -- matching: every function of an object is asked once, though it has many sites ---------------------------- */

struct answer {
  const struct calltap_function *about;
  struct function *armed; /* null: no rule asks for it */
};

struct answers {
  size_t mask;
  struct answer *slot;
};

static bool answers_init(struct answers *a, size_t sites) {
  size_t size = 64;
  while (size < sites * 2)
    size *= 2;
  a->mask = size - 1;
  a->slot = calltap__os_map(size * sizeof *a->slot);
  return a->slot != NULL;
}

static struct answer *answer_of(struct answers *a, const struct calltap_function *f) {
  size_t i = ((uintptr_t)f / 8 * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
  while (a->slot[i & a->mask].about && a->slot[i & a->mask].about != f)
    i++;
  return &a->slot[i & a->mask];
}

/* The shape of the call without values. Null: no memory. */
static const struct shape *make_bare(const struct calltap_function *f, uint32_t number) {
  struct calltap_function none = *f;
  struct shape *bare = calltap__memory(sizeof *bare);
  const struct limits limits = {0};
  none.parameters = 0;
  return bare && calltap__shape_init(bare, &none, number, CALLTAP_SITE_ENTRY, &limits) ? bare : NULL;
}

/* False: no memory. */
static bool complete_filter(struct function *armed, struct filter *filter) {
  armed->filter = filter;
  filter->number = armed->number;
  filter->bare = make_bare(armed->about, armed->number);
  return filter->bare;
}

static struct function *prepare(const struct calltap_function *f, const struct asked *asked,
                                const struct limits *limits) {
  struct function *armed = calltap__memory(sizeof *armed);
  if (!armed)
    return NULL;
  armed->about = f;
  armed->number = functions++;
  armed->has_exits = asked->exits;
  armed->has_exit_events = asked->has_exit_events;
  if (asked->filter && !complete_filter(armed, asked->filter))
    return NULL;
  for (int kind = CALLTAP_SITE_ENTRY; kind <= CALLTAP_SITE_TAIL; kind++) {
    struct shape *shape = &armed->shape[kind];
    if (!calltap__shape_init(shape, f, armed->number, (enum calltap_site_kind)kind, limits))
      return NULL;
    shape->paired = asked->exits;
    shape->filter = asked->filter;
    shape->needs_frame |= asked->filter != NULL; /* its programs may look at the stack */
  }
  *last_function = armed;
  last_function = &armed->next;
  return armed;
}

/* False: no memory. */
static bool ask(struct answer *answer, const struct calltap_function *f, const char *object,
                const struct calltap_rules *rules, const struct limits *limits, struct calltap_rule_error *error) {
  struct asked asked;
  answer->about = f;
  if (!calltap__filter_ask(rules, f, object, limits, &asked, error))
    return false;
  if (asked.calls)
    answer->armed = prepare(f, &asked, limits);
  return !asked.calls || answer->armed;
}

/* A site that does not look like one is left alone: the table may be damaged, or the code patched by others. */
static bool is_sound(const struct object *o, const uint8_t *site) {
  int32_t distance;
  __builtin_memcpy(&distance, site + 1, sizeof distance);
  return (*site == CALLTAP_SITE_OFF || *site == CALLTAP_SITE_ON) &&
         site + CALLTAP_SITE_BYTES + distance == o->trampoline;
}

/* The shape of a site that knows where its frame is: one of its own. Null: no memory. */
static const struct shape *with_frame(const struct shape *shape, const struct calltap_site *entry) {
  struct shape *own = calltap__memory(sizeof *own);
  if (!own)
    return NULL;
  *own = *shape;
  calltap__frame_read((const uint8_t *)(entry + 1), own);
  return own;
}

static bool arm_site(const struct object *o, const struct calltap_site *entry, struct answers *answers,
                     const struct calltap_rules *rules, const struct limits *limits, struct calltap_rule_error *error) {
  uint8_t *site = calltap__site_address(entry);
  if (!site || !is_sound(o, site))
    return true;
  unsigned flags;
  const struct calltap_function *f = calltap__site_function(entry, &flags);
  enum calltap_site_kind kind = flags & CALLTAP_SITE_KIND_MASK;
  struct answer *answer = answer_of(answers, f);
  if (!answer->about && !ask(answer, f, o->path, rules, limits, error))
    return false;
  struct function *armed = answer->armed;
  if (!armed || kind > CALLTAP_SITE_TAIL || (kind != CALLTAP_SITE_ENTRY && !armed->has_exits))
    return true;
  const struct shape *shape = &armed->shape[kind];
  if (shape->needs_frame && flags & CALLTAP_SITE_FRAME)
    shape = with_frame(shape, entry);
  return shape && calltap__site_add((uintptr_t)site, shape) &&
         add_site(kind == CALLTAP_SITE_ENTRY ? &entries : &exits, site);
}

long calltap__arm_prepare(const struct object *o, const struct calltap_rules *rules, const struct limits *limits,
                          struct calltap_rule_error *error) {
  struct answers answers;
  if (!answers_init(&answers, (size_t)(o->sites_end - o->sites)))
    return -1;
  uint32_t before = functions;
  bool done = true;
  for (const struct calltap_site *s = o->sites; s < o->sites_end && done; s = calltap__site_next(s))
    done = arm_site(o, s, &answers, rules, limits, error);
  calltap__os_unmap(answers.slot, (answers.mask + 1) * sizeof *answers.slot);
  return done ? (long)(functions - before) : -1;
}

bool calltap__arm_describe(const struct calltap_rules *rules, struct stream *session, uint32_t from, bool follows,
                           record_writer *write) {
  if (!from)
    calltap__describe_restart();
  for (const struct function *f = first_function; f; f = f->next)
    if (f->number >= from &&
        (!calltap__describe_types(f->about, follows, session, write) ||
         (f->filter && !calltap__describe_message_types(f->about, f->filter, follows, session, write))))
      return false;
  for (const struct function *f = first_function; f; f = f->next)
    if (f->number >= from && !calltap__describe_function(f->about, f->number, f->has_exit_events, session, write))
      return false;
  for (const struct function *f = first_function; f; f = f->next)
    if (f->number >= from && f->filter && !calltap__describe_messages(f->filter, rules, session, write))
      return false;
  return true;
}

/* -- switching -------------------------------------------------------------------------------------------------- */

static void point_trampolines(void (*target)(void)) {
  for (struct object *o = calltap__objects(); o; o = o->next)
    if (!o->gone)
      __atomic_store_n(&o->slot->target, (void *)(uintptr_t)target, __ATOMIC_RELEASE);
}

int calltap__arm_on(void) {
  point_trampolines(calltap__hook);
  long result = calltap__patch(exits.at, exits.count, CALLTAP_SITE_OFF, CALLTAP_SITE_ON);
  if (result >= 0)
    result = calltap__patch(entries.at, entries.count, CALLTAP_SITE_OFF, CALLTAP_SITE_ON);
  return result < 0 ? (int)result : 0;
}

/* The trampolines first: they return at once even if the code can no longer be written. */
void calltap__arm_off(void) {
  point_trampolines(calltap__hook_off);
  (void)calltap__patch(entries.at, entries.count, CALLTAP_SITE_ON, CALLTAP_SITE_OFF);
  (void)calltap__patch(exits.at, exits.count, CALLTAP_SITE_ON, CALLTAP_SITE_OFF);
}

/* -- functions whose limit is used up: their sites go off a few at a time --------------------------------------------------- */

enum { USED_UP = 32 };
static uintptr_t _Atomic used_up[USED_UP];
static _Atomic uint32_t calls_of_used_up;

void calltap__arm_used_up(uintptr_t site) {
  unsigned i = 0;
  for (; i < USED_UP; i++) {
    uintptr_t there = atomic_load_explicit(&used_up[i], memory_order_relaxed);
    if (there == site || (!there && atomic_compare_exchange_strong(&used_up[i], &there, site)))
      break;
  }
  if (i == USED_UP || atomic_fetch_add_explicit(&calls_of_used_up, 1, memory_order_relaxed) % USED_UP == USED_UP - 1)
    calltap__session_switch_off(used_up, USED_UP);
}

/* -- objects that go ------------------------------------------------------------------------------------------------------------ */

static void drop_range(struct sites *list, const uint8_t *start, const uint8_t *end) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (list->at[i] < start || list->at[i] >= end)
      list->at[kept++] = list->at[i];
  list->count = kept;
}

/* The object's code is about to go: its sites must not be written any more. */
void calltap__arm_forget(const struct object *o) {
  uintptr_t low = UINTPTR_MAX, high = 0;
  for (const struct calltap_site *s = o->sites; s < o->sites_end; s = calltap__site_next(s)) {
    uintptr_t site = (uintptr_t)calltap__site_address(s);
    low = site && site < low ? site : low;
    high = site > high ? site : high;
  }
  for (unsigned i = 0; i < USED_UP; i++) {
    uintptr_t site = atomic_load(&used_up[i]);
    if (site >= low && site <= high)
      (void)atomic_compare_exchange_strong(&used_up[i], &site, 0);
  }
  drop_range(&entries, (const uint8_t *)low, (const uint8_t *)high + 1);
  drop_range(&exits, (const uint8_t *)low, (const uint8_t *)high + 1);
}
