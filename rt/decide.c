/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* For every call: which clauses match, and what they do. Of each rule the first clause that holds is done. */
#include "internal.h"

/* -- actions ------------------------------------------------------------------------------------------------------------ */

static void merge_frames(struct extras *e, int64_t frames) {
  if (frames > e->frames)
    e->frames = (uint16_t)frames;
}

/* Keys one after the other, as an array. Null: there is no room. */
static uint8_t *put_keys(const struct action *a, const struct match_input *in, uintptr_t *mark, uint16_t *bytes) {
  size_t most = 1;
  for (unsigned i = 0; i < a->keys; i++)
    most += a->value[a->values + i].most;
  uint8_t *room = calltap__hold_take(in->stream, most, mark), *at = room;
  if (!room)
    return NULL;
  *at++ = (uint8_t)(CBOR_ARRAY | a->keys);
  for (unsigned i = 0; i < a->keys; i++)
    at = calltap__given_put(at, &a->value[a->values + i], in);
  *bytes = (uint16_t)(at - room);
  return room;
}

static void count(const struct action *a, const struct match_input *in, bool has_value, int64_t value) {
  struct counted c = {
      .table = a->number, .has_value = has_value, .value = value, .has_buckets = a->kind == CALLTAP_ACTION_HIST};
  if (!a->keys) {
    calltap__count(in->stream, &c);
    return;
  }
  uintptr_t mark;
  uint8_t *key = put_keys(a, in, &mark, &c.key_bytes);
  c.key = key;
  if (key) {
    calltap__count(in->stream, &c);
    calltap__hold_give_back(in->stream, mark);
  } else {
    in->stream->uncounted++;
  }
}

/* False: it cannot be computed now, which is counted. */
static bool value_of(const struct action *a, const struct match_input *in, int64_t given[2]) {
  if (calltap__match(a->value[0].program, in, given) == MATCH_YES)
    return true;
  in->stream->faults++;
  return false;
}

/* Of a text with its address, [address, contents ...], the contents. Returns the end. */
static uint8_t *contents_only(uint8_t *item, uint8_t *end) {
  enum { HEAD_AND_ADDRESS = 10, BYTES_HEAD = 3 };
  const uint8_t *contents = item + HEAD_AND_ADDRESS;
  if (end < contents + BYTES_HEAD || *contents != (CBOR_BYTES | 25)) { /* null, or a null pointer */
    *item = CBOR_NULL;
    return item + 1;
  }
  size_t bytes = BYTES_HEAD + ((size_t)contents[1] << 8 | contents[2]);
  for (size_t i = 0; i < bytes; i++)
    item[i] = contents[i];
  return item + bytes;
}

static void set_tag(const struct action *a, const struct match_input *in) {
  uintptr_t mark;
  size_t most = 16 + a->value[0].most;
  int64_t given[2] = {0};
  uint8_t *room = calltap__hold_take(in->stream, most, &mark);
  if (!room)
    return;
  struct cbor c = calltap__cbor(room, most);
  calltap__cbor_array(&c, 2);
  calltap__cbor_text(&c, CALLTAP_WIRE_EVENT_TAG);
  if (value_of(a, in, given)) {
    bool is_text = a->describe[0].kind == CALLTAP_GIVEN_TEXT;
    uint8_t *item = c.at;
    c.at = calltap__given_write(item, a->value[0].capture, (const uint64_t *)given, in->stream);
    if (is_text)
      c.at = contents_only(item, c.at);
    in->stream->tag = is_text ? 0 : given[0];
    calltap__ring_keep_tag(in->stream, &c);
    (void)calltap__record_write(in->stream, &c);
  }
  calltap__hold_give_back(in->stream, mark);
}

static void set_flags(struct stream *s, int64_t amount) {
  s->flags = (s->flags | (uint32_t)amount) & ~(uint32_t)((uint64_t)amount >> 32);
}

/* Not where something else shows that the call is gone. */
static bool has_frame(const struct match_input *in) { return !in->way || in->shape->kind == CALLTAP_SITE_UNWIND; }

static void act(const struct action *a, const struct match_input *in, struct decision *d) {
  int64_t given[2];
  switch (a->kind) {
  case CALLTAP_ACTION_CALLER:
    d->extras.caller = has_frame(in);
    break;
  case CALLTAP_ACTION_STACK:
    merge_frames(&d->extras, has_frame(in) ? a->amount : 0);
    break;
  case CALLTAP_ACTION_MESSAGE:
    if (d->extras.messages < MAX_MESSAGES)
      d->extras.message[d->extras.messages++] = a;
    break;
  case CALLTAP_ACTION_USAGE:
    d->extras.usage = true;
    break;
  case CALLTAP_ACTION_SILENT:
  case CALLTAP_ACTION_TRACE:
    set_flags(in->stream, a->amount);
    break;
  case CALLTAP_ACTION_TCW:
    if (value_of(a, in, given))
      atomic_store_explicit(&in->stream->session->tcw, (uint32_t)given[0], memory_order_relaxed);
    break;
  case CALLTAP_ACTION_TAG:
    set_tag(a, in);
    break;
  case CALLTAP_ACTION_COUNT:
    count(a, in, false, 0);
    break;
  case CALLTAP_ACTION_TIME: /* of a call that is gone it is not known */
    if (!in->way || in->way->kind == CALLTAP_WIRE_WAY_UNWOUND)
      count(a, in, true, (int64_t)in->elapsed_ns);
    break;
  case CALLTAP_ACTION_SUM:
  case CALLTAP_ACTION_HIST:
    if (value_of(a, in, given))
      count(a, in, true, given[0]);
    break;
  default: /* CALLTAP_ACTION_STOP */
    d->stops = true;
    break;
  }
}

static void act_all(const struct action *a, unsigned actions, const struct match_input *in, struct decision *d) {
  for (; actions; actions--, a++)
    act(a, in, d);
}

/* -- clauses ------------------------------------------------------------------------------------------------------------- */

/* Whether one more call may be taken, by sample(N) and limit(N). */
static bool takes(const struct filter_clause *c, struct stream *s) {
  if (c->sample && s->sampled[c->sampler]++ % c->sample)
    return false;
  if (!c->left)
    return true;
  if (c->exit_program) /* counted when it is known */
    return atomic_load_explicit(c->left, memory_order_relaxed) > 0;
  return atomic_load_explicit(c->left, memory_order_relaxed) > 0 &&
         atomic_fetch_sub_explicit(c->left, 1, memory_order_relaxed) > 0;
}

static void want_event(const struct filter_clause *c, struct decision *d) {
  d->kept_by |= c->kept_by;
  d->is_direct |= !c->kept_by;
}

static void match_entry(const struct filter_clause *c, unsigned i, const struct match_input *in, struct decision *d) {
  d->needs_entry |= c->needs_entry;
  d->needs_vectors |= c->needs_vectors;
  d->extras.usage |= c->does & CALLTAP_DOES(USAGE);
  if (c->makes_event)
    d->has_args |= !(c->does & CALLTAP_DOES(NOARGS));
  if (c->exit_program)
    d->waiting |= UINT64_C(1) << i;
  else if (c->needs_exit)
    d->sure |= UINT64_C(1) << i;
  if (c->makes_event && !c->exit_program) {
    d->makes_event = true;
    want_event(c, d);
  }
  act_all(c->entry_action, c->entry_actions, in, d);
}

void calltap__filter_enter(const struct filter *filter, const struct match_input *in, struct decision *d) {
  struct stream *s = in->stream;
  bool skips = false, matched = false;
  for (uint32_t i = 0; i < filter->count; i++) {
    const struct filter_clause *c = &filter->clause[i];
    bool is_asked = !skips && (!c->under || s->under_open[c->under - 1]);
    enum match match = !is_asked ? MATCH_NO : c->program ? calltap__match(c->program, in, NULL) : MATCH_YES;
    s->faults += match == MATCH_FAULT;
    if (match == MATCH_YES && takes(c, s)) {
      match_entry(c, i, in, d);
      matched = true;
    }
    skips = !c->is_last && (skips || match == MATCH_YES);
  }
  s->rejected += filter->count && !matched;
}

bool calltap__filter_has_left(const struct filter *filter) {
  for (uint32_t i = 0; i < filter->count; i++)
    if (atomic_load_explicit(filter->clause[i].left, memory_order_relaxed) > 0)
      return true;
  return false;
}

/* Whether the guard of the return holds, and the limit of the clause is not used up. */
static bool holds(const struct filter_clause *c, const struct match_input *in) {
  enum match match = calltap__match(c->exit_program, in, NULL);
  in->stream->faults += match == MATCH_FAULT;
  return match == MATCH_YES && (!c->left || atomic_fetch_sub_explicit(c->left, 1, memory_order_relaxed) > 0);
}

void calltap__filter_leave(const struct filter *filter, const struct open_call *call, const struct match_input *in,
                           struct decision *d) {
  bool wanted = call->sure;
  for (uint64_t left = call->sure | call->waiting; left; left &= left - 1) {
    unsigned i = (unsigned)__builtin_ctzll(left);
    const struct filter_clause *c = &filter->clause[i];
    bool waits = call->waiting >> i & 1;
    if (waits && !holds(c, in))
      continue;
    wanted = true;
    act_all(c->exit_action, c->exit_actions, in, d);
    if (!c->makes_event)
      continue;
    d->makes_event |= waits;
    d->makes_exit |= c->does & CALLTAP_DOES(RETURN);
    d->extras.usage |= c->does & CALLTAP_DOES(USAGE);
    want_event(c, d);
  }
  in->stream->rejected += !wanted && call->waiting;
}
