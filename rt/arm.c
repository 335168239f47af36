/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From rules to switched sites. A function that the rules ask for is prepared once, with the shapes of
 * its events; its sites go into two lists, entries and exits, in the order of the code. */
#include "internal.h"

struct function {
  const struct calltap_function *about; /* null: it went with its object */
  uint32_t number;
  bool has_exits; /* armed */
  bool has_exit_events;
  uint8_t framed; /* bit i: the shape of that kind of site has the frame of one */
  const struct filter *filter;
  struct shape *shape; /* by kind of site; only the entry's if exits are not armed */
  struct function *next;
};

size_t calltap__armed_sites(const struct session *session) {
  return session->armed.entries.count + session->armed.exits.count;
}

static bool add_site(struct sites *list, uint8_t *site) {
  if (list->count == list->space) {
    size_t space = list->space ? list->space * 2 : 64;
    uint8_t **at = calltap__memory(space * sizeof *at);
    if (!at)
      return false;
    calltap__bytes_copy(at, list->at, list->count * sizeof *at);
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
  const uint8_t *tail_site;      /* of which the entry before this one spoke */
  const struct function *callee; /* which it calls; null: it is not armed */
};

static bool answers_init(struct answers *a, size_t sites) {
  size_t size = 64;
  while (size < sites * 2)
    size *= 2;
  a->mask = size - 1;
  a->slot = calltap__os_map_whole(size * sizeof *a->slot);
  return a->slot != NULL;
}

static struct answer *answer_of(struct answers *a, const struct calltap_function *f) {
  size_t i = ((uintptr_t)f / 8 * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
  while (a->slot[i & a->mask].about && a->slot[i & a->mask].about != f)
    i++;
  return &a->slot[i & a->mask];
}

/* The shape of the call without values. False: no memory. */
static bool init_bare(struct shape *shape, const struct calltap_function *f, uint32_t number) {
  struct calltap_function none = *f;
  const struct limits limits = {0};
  none.parameters = 0;
  return calltap__shape_init(shape, &none, number, CALLTAP_SITE_ENTRY, &limits);
}

/* False: no memory. */
static bool complete_filter(struct function *armed, struct filter *filter) {
  struct shape *bare = calltap__memory(sizeof *bare);
  armed->filter = filter;
  filter->number = armed->number;
  filter->bare = bare;
  return bare && init_bare(bare, armed->about, armed->number);
}

static struct function *prepare(struct session *session, const struct calltap_function *f, const struct asked *asked) {
  struct armed *all = &session->armed;
  int last_kind = asked->exits ? CALLTAP_SITE_UNWIND : CALLTAP_SITE_ENTRY;
  struct function *armed = calltap__memory(sizeof *armed);
  struct shape *shapes = armed ? calltap__memory((size_t)(last_kind + 1) * sizeof *shapes) : NULL;
  if (!shapes)
    return NULL;
  armed->shape = shapes;
  armed->about = f;
  armed->number = all->functions++;
  armed->has_exits = asked->exits;
  armed->has_exit_events = asked->has_exit_events;
  if (asked->filter && !complete_filter(armed, asked->filter))
    return NULL;
  for (int kind = CALLTAP_SITE_ENTRY; kind <= last_kind; kind++) {
    struct shape *shape = &armed->shape[kind];
    bool is_bare = kind == CALLTAP_SITE_ENTRY && asked->is_bare && !asked->filter;
    if (!(is_bare
              ? init_bare(shape, f, armed->number)
              : calltap__shape_init(shape, f, armed->number, (enum calltap_site_kind)kind, &session->request.limits)))
      return NULL;
    shape->paired = asked->exits;
    shape->filter = asked->filter;
    if (!asked->exits)
      shape->note = NOT_NOTED;
    else if (shape->note && asked->filter)
      shape->note |= NOTE_FILTERED;
    shape->needs_frame |= asked->filter != NULL; /* its programs may look at the stack */
  }
  *(all->last ? &all->last->next : &all->first) = armed;
  all->last = armed;
  return armed;
}

/* False: no memory. */
static bool ask(struct session *session, struct answer *answer, const struct calltap_function *f, const char *object) {
  struct asked asked;
  answer->about = f;
  if (!calltap__filter_ask(session, f, object, &asked))
    return false;
  if (asked.calls)
    answer->armed = prepare(session, f, &asked);
  return !asked.calls || answer->armed;
}

/* A site that does not look like one is left alone: the table may be damaged, or the code patched by others. */
static bool is_sound(const struct object *o, const uint8_t *site) {
  int32_t distance;
  __builtin_memcpy(&distance, site + 1, sizeof distance);
  return (*site == CALLTAP_SITE_OFF || *site == CALLTAP_SITE_ON) &&
         site + CALLTAP_SITE_BYTES + distance == o->trampoline;
}

static bool has_equal_frame(const struct shape *a, const struct shape *b) {
  return a->frame_base == b->frame_base && a->frame_offset == b->frame_offset;
}

/* The shape of a site that says where its frame is: the function's, or one of its own. `known`: the function's has one, of another site.
 * Null: no memory. */
static const struct shape *with_frame(struct shape *shape, bool known, const struct calltap_site *entry, uintptr_t site,
                                      struct stream *s) {
  struct shape own = *shape;
  if (own.note)
    calltap__frame_find(site, &own, s);
  if (entry && own.frame_base == NO_FRAME)
    calltap__frame_read((const uint8_t *)(entry + 1), &own);
  if (own.note && (own.frame_base < FRAME_RBX ||
                   own.frame_base > FRAME_RBP)) { /* not where registers can be relied on at every site */
    own.frame_base = NO_FRAME;
    own.frame_offset = 0;
  }
  if (!known)
    *shape = own;
  if (has_equal_frame(shape, &own))
    return shape;
  struct shape *kept = calltap__memory(sizeof *kept);
  if (kept)
    *kept = own;
  return kept;
}

static bool asks_for_exits(const struct calltap_rules *rules) {
  return rules->does & (CALLTAP_DOES(RETURN) | CALLTAP_DOES(TIME)) || rules->unders || rules->uses_depth;
}

/* Where exceptions arrive in functions that no rule is about, what they went through is known to be gone. */
static bool arm_landing(struct session *session, uint8_t *site) {
  struct armed *all = &session->armed;
  if (!asks_for_exits(session->rules) || all->landings == MOST_LANDINGS)
    return true;
  struct shape *shape = calltap__memory(sizeof *shape);
  if (!shape)
    return false;
  calltap__shape_landing(shape);
  calltap__frame_find((uintptr_t)site, shape, &session->stream);
  all->landings++;
  return calltap__site_add(session, (uintptr_t)site, shape) && add_site(&all->exits, site);
}

/* What the next entry, of the same site, is to know. False: no memory. */
static bool note_callee(const struct object *o, struct answers *answers, struct session *session, const uint8_t *site,
                        const struct calltap_function *f) {
  struct answer *answer = answer_of(answers, f);
  if (!answer->about && !ask(session, answer, f, calltap__object_name(o->path)))
    return false;
  answers->tail_site = site;
  answers->callee = answer->armed;
  return true;
}

/* The shape of a tail call whose exit is that of another function. The call that comes next in the thread is to be that one's for sure: so
 * nothing may choose among its calls. Null: no memory. */
static const struct shape *with_callee(const struct answers *answers, const struct function *armed, const uint8_t *site,
                                       const struct shape *shape) {
  const struct function *callee = answers->tail_site == site ? answers->callee : NULL;
  if (!callee || callee->filter || !callee->has_exit_events || armed->filter)
    return shape;
  struct shape *kept = calltap__memory(sizeof *kept);
  if (!kept)
    return NULL;
  *kept = *shape;
  return calltap__shape_calls(kept, callee->number) ? kept : NULL;
}

static bool arm_site(const struct object *o, const struct calltap_site *entry, struct answers *answers,
                     struct session *session) {
  uint8_t *site = calltap__site_address(entry);
  if (!site || !is_sound(o, site))
    return true;
  enum calltap_site_kind kind;
  const struct calltap_function *f = calltap__site_function(entry, &kind);
  if (kind == CALLTAP_SITE_CALLEE)
    return note_callee(o, answers, session, site, f);
  bool has_frame = kind == CALLTAP_SITE_ENTRY_FRAME;
  if (has_frame)
    kind = CALLTAP_SITE_ENTRY;
  struct answer *answer = answer_of(answers, f);
  if (!answer->about && !ask(session, answer, f, calltap__object_name(o->path)))
    return false;
  struct function *armed = answer->armed;
  if (kind == CALLTAP_SITE_LANDING && (!armed || !armed->has_exits))
    return arm_landing(session, site);
  if (!armed || kind > CALLTAP_SITE_UNWIND || (kind != CALLTAP_SITE_ENTRY && !armed->has_exits) ||
      (kind >= CALLTAP_SITE_LANDING && !armed->shape[kind].note))
    return true;
  const struct shape *shape = &armed->shape[kind];
  if ((shape->needs_frame && has_frame) || shape->note) {
    shape = with_frame(&armed->shape[kind], armed->framed >> kind & 1, has_frame ? entry : NULL, (uintptr_t)site,
                       &session->stream);
    armed->framed |= (uint8_t)(1U << kind);
  }
  if (shape && kind == CALLTAP_SITE_TAIL)
    shape = with_callee(answers, armed, site, shape);
  return shape && calltap__site_add(session, (uintptr_t)site, shape) &&
         add_site(kind == CALLTAP_SITE_ENTRY ? &session->armed.entries : &session->armed.exits, site);
}

long calltap__arm_prepare(const struct object *o, struct session *session) {
  struct answers answers = {0};
  if (!answers_init(&answers, (size_t)(o->sites_end - o->sites)))
    return -1;
  uint32_t before = session->armed.functions;
  bool done = true;
  for (const struct calltap_site *s = o->sites; s < o->sites_end && done; s = calltap__site_next(s))
    done = arm_site(o, s, &answers, session);
  calltap__os_unmap(answers.slot, (answers.mask + 1) * sizeof *answers.slot);
  return done ? (long)(session->armed.functions - before) : -1;
}

bool calltap__arm_describe(struct session *session, uint32_t from, record_writer *write) {
  const struct function *first = session->armed.first;
  struct stream *stream = session->own;
  bool follows = session->request.limits.expand;
  calltap__describe_restart(session, !from);
  for (const struct function *f = first; f; f = f->next)
    if (f->about && f->number >= from &&
        (!calltap__describe_types(f->about, follows, stream, write) ||
         (f->filter && !calltap__describe_message_types(f->about, f->filter, follows, stream, write))))
      return false;
  for (const struct function *f = first; f; f = f->next)
    if (f->about && f->number >= from &&
        !calltap__describe_function(f->about, f->number, f->has_exit_events, stream, write))
      return false;
  for (const struct function *f = first; f; f = f->next)
    if (f->about && f->number >= from && f->filter &&
        !calltap__describe_messages(f->filter, session->rules, stream, write))
      return false;
  return true;
}

/* -- switching -------------------------------------------------------------------------------------------------- */

static void point_trampolines(void (*target)(void)) {
  for (struct object *o = calltap__objects(); o; o = o->next)
    if (!o->gone)
      __atomic_store_n(&o->slot->target, (void *)(uintptr_t)target, __ATOMIC_RELEASE);
}

static bool is_on(const struct session *session) {
  return session->state == SESSION_ON || session->state == SESSION_DRAINING;
}

int calltap__arm_on(struct session *session) {
  const struct armed *a = &session->armed;
  point_trampolines(calltap__hook);
  long result = calltap__patch(a->exits.at, a->exits.count, CALLTAP_SITE_OFF, CALLTAP_SITE_ON);
  if (result >= 0)
    result = calltap__patch(a->entries.at, a->entries.count, CALLTAP_SITE_OFF, CALLTAP_SITE_ON);
  return result < 0 ? (int)result : 0;
}

/* A site stays on while another session needs it. */
static bool is_needed(const struct session *but, const uint8_t *site) {
  for (unsigned i = 0; i < calltap__sessions_used; i++) {
    const struct session *other = &calltap__sessions[i];
    if (other != but && is_on(other) && calltap__site_find(other, (uintptr_t)site))
      return true;
  }
  return false;
}

static bool is_alone(const struct session *session) {
  for (unsigned i = 0; i < calltap__sessions_used; i++)
    if (&calltap__sessions[i] != session && is_on(&calltap__sessions[i]))
      return false;
  return true;
}

void calltap__arm_switch_off(struct session *session, uint8_t **site, size_t count) {
  static uint8_t *batch[512]; /* control: one at a time, and hooks have little stack */
  bool alone = is_alone(session);
  for (size_t i = 0; i < count && !alone;) {
    size_t found = 0;
    for (; i < count && found < sizeof batch / sizeof batch[0]; i++)
      if (!is_needed(session, site[i]))
        batch[found++] = site[i];
    if (found)
      (void)calltap__patch(batch, found, CALLTAP_SITE_ON, CALLTAP_SITE_OFF);
  }
  if (alone)
    (void)calltap__patch(site, count, CALLTAP_SITE_ON, CALLTAP_SITE_OFF);
}

/* The trampolines first: they return at once even if the code can no longer be written. */
void calltap__arm_off(struct session *session) {
  if (is_alone(session))
    point_trampolines(calltap__hook_off);
  calltap__arm_switch_off(session, session->armed.entries.at, session->armed.entries.count);
  calltap__arm_switch_off(session, session->armed.exits.at, session->armed.exits.count);
}

/* -- functions whose limit is used up: their sites go off a few at a time --------------------------------------------------- */

void calltap__arm_used_up(struct session *session, uintptr_t site) {
  struct armed *a = &session->armed;
  unsigned i = 0;
  for (; i < USED_UP; i++) {
    uintptr_t there = atomic_load_explicit(&a->used_up[i], memory_order_relaxed);
    if (there == site || (!there && atomic_compare_exchange_strong(&a->used_up[i], &there, site)))
      break;
  }
  if (i == USED_UP || atomic_fetch_add_explicit(&a->calls_of_used_up, 1, memory_order_relaxed) % USED_UP == USED_UP - 1)
    calltap__session_switch_off(session);
}

/* -- one function of many ------------------------------------------------------------------------------------------------------- */

/* Takes the sites of one function off a list. False: there were none. */
static bool drop_function(struct session *session, struct sites *list, uint32_t number) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    uint8_t *site = list->at[i];
    const struct shape *shape = calltap__site_find(session, (uintptr_t)site);
    if (shape && calltap__shape_number(shape) == number) {
      calltap__arm_switch_off(session, &site, 1);
      calltap__site_forget(session, (uintptr_t)site); /* it may be on for others: this session needs it no more */
    } else {
      list->at[kept++] = site;
    }
  }
  bool some = kept < list->count;
  list->count = kept;
  return some;
}

const struct calltap_function *calltap__arm_drop(struct session *session, uintptr_t site) {
  const struct shape *shape = calltap__site_find(session, site);
  const struct function *f = session->armed.first;
  while (shape && f && f->number != calltap__shape_number(shape))
    f = f->next;
  if (!shape || !f)
    return NULL;
  bool some = drop_function(session, &session->armed.entries, f->number);
  if (!atomic_load(&session->open)) /* else the session waits for calls that were taken */
    some |= drop_function(session, &session->armed.exits, f->number);
  return some ? f->about : NULL;
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
void calltap__arm_forget(struct session *session, const struct object *o) {
  struct armed *a = &session->armed;
  uintptr_t low = UINTPTR_MAX, high = 0, first = UINTPTR_MAX, last = 0; /* of its sites, and of its descriptors */
  for (const struct calltap_site *s = o->sites; s < o->sites_end; s = calltap__site_next(s)) {
    uintptr_t site = (uintptr_t)calltap__site_address(s);
    low = site && site < low ? site : low;
    high = site > high ? site : high;
    enum calltap_site_kind kind;
    uintptr_t about = site ? (uintptr_t)calltap__site_function(s, &kind) : 0;
    first = about && about < first ? about : first;
    last = about > last ? about : last;
  }
  for (unsigned i = 0; i < USED_UP; i++) {
    uintptr_t site = atomic_load(&a->used_up[i]);
    if (site >= low && site <= high)
      (void)atomic_compare_exchange_strong(&a->used_up[i], &site, 0);
  }
  for (struct function *f = a->first; f; f = f->next)
    if ((uintptr_t)f->about >= first && (uintptr_t)f->about <= last)
      f->about = NULL;
  drop_range(&a->entries, (const uint8_t *)low, (const uint8_t *)high + 1);
  drop_range(&a->exits, (const uint8_t *)low, (const uint8_t *)high + 1);
}
