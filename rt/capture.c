/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From types to captures, when a function is armed: how much of each value goes into an event. */
#include "internal.h"

enum {
  MAX_CAPTURES = 512, /* of one event */
  MAX_FOLLOWS = 16,   /* of one aggregate: with its own bytes they fit a short array head */
  MAX_CONTENTS = 1024,
  HEAD_BYTES = 24, /* id, time and heads of an event */
};

/* The captures of one event while they are made. control: one at a time. */
struct plan {
  struct capture capture[MAX_CAPTURES + CALLTAP_MAX_PARAMETERS]; /* there is always room for empty values */
  size_t count;
  size_t most; /* bytes of the event */
  struct calltap_scope scope;
  const struct limits *limits;
};

static struct plan plan;

static bool is_text(const struct calltap_type *t) { return t->kind == CALLTAP_TYPE_CHAR || t->letter == 'p'; }

/* Null: there are too many. */
static struct capture *add(enum capture_op op, size_t most) {
  if (plan.count >= MAX_CAPTURES || plan.most + most > MAX_EVENT_BYTES)
    return NULL;
  struct capture *c = &plan.capture[plan.count++];
  plan.most += most;
  *c = (struct capture){.op = (uint8_t)op, .span = 1};
  return c;
}

/* Takes a capture back, and all behind it. */
static void drop(struct capture *c, size_t most) {
  plan.count = (size_t)(c - plan.capture);
  plan.most -= most;
}

static uint16_t least(uint64_t a, uint64_t b) { return (uint16_t)(a < b ? a : b); }

static struct calltap_type read_type(const char *text) { return calltap_type_read(text ? text : "", &plan.scope); }

/* -- what is sensitive --------------------------------------------------------------------------------------------------------- */

/* All: false if there is no room to say what is to be erased, or if that cannot be told: then nothing of the value may be recorded. */
static bool add_erasures(struct capture *parent, const struct calltap_type *t, uint64_t base, uint64_t end,
                         unsigned depth);

/* Notes an erasure that was added, with its own behind it. */
static void adopt_erasure(struct capture *parent, struct capture *c, uint64_t offset, uint64_t size) {
  c->offset = (uint32_t)offset;
  c->size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
  c->span = (uint16_t)(&plan.capture[plan.count] - c);
  parent->erasures++;
}

/* Where a member ends whose type does not say so, as that of a flexible array: where the next one starts, or with its record. */
static uint64_t end_of_unknown(const struct calltap_member *m, const char *next, uint64_t record_bits) {
  struct calltap_member after;
  bool has_next = calltap_type_member(&next, &after) && after.bit_offset >= m->bit_offset;
  return has_next ? after.bit_offset : record_bits;
}

static bool add_erasure(struct capture *parent, const struct calltap_member *m, const char *next,
                        const struct calltap_type *record, uint64_t base) {
  uint64_t bits = m->bits ? m->bits : read_type(m->type).size * 8;
  if (!bits) {
    uint64_t end = end_of_unknown(m, next, record->size * 8);
    bits = end > m->bit_offset ? end - m->bit_offset : 0;
  }
  struct capture *c = bits ? add(CAPTURE_ERASE, 0) : NULL;
  if (c)
    adopt_erasure(parent, c, base * 8 + m->bit_offset, bits);
  return c || !bits;
}

static bool add_elements(struct capture *parent, const struct calltap_type *element, uint64_t base, uint64_t end,
                         unsigned depth) {
  bool is_plain = element->kind != CALLTAP_TYPE_RECORD && element->kind != CALLTAP_TYPE_ARRAY;
  if (!element->size || is_plain)
    return true;
  struct capture *c = add(CAPTURE_EACH, 0);
  if (!c || !add_erasures(c, element, 0, least(element->size, end - base), depth))
    return false;
  if (!c->erasures) {
    drop(c, 0);
    return true;
  }
  c->other = (uint32_t)((end - base + element->size - 1) / element->size);
  adopt_erasure(parent, c, base, element->size);
  return true;
}

static bool add_members(struct capture *parent, const struct calltap_type *record, uint64_t base, uint64_t end,
                        unsigned depth) {
  const char *at = record->members;
  struct calltap_member m;
  while (at && calltap_type_member(&at, &m)) {
    uint64_t start = base + m.bit_offset / 8;
    if (start >= end || (m.bits && !m.is_sensitive))
      continue;
    struct calltap_type t = read_type(m.type);
    uint64_t bytes = t.size && t.size < end - start ? t.size : end - start;
    if (m.is_sensitive ? !add_erasure(parent, &m, at, record, base)
                       : !add_erasures(parent, &t, start, start + bytes, depth + 1))
      return false;
  }
  return !at || *at == '}';
}

/* Of a value of type `t` that stands at bytes `base` to `end` of the parent. */
static bool add_erasures(struct capture *parent, const struct calltap_type *t, uint64_t base, uint64_t end,
                         unsigned depth) {
  struct view view;
  if (depth == CALLTAP_TYPE_DEPTH)
    return !calltap_type_holds_sensitive(t, &plan.scope);
  if (t->kind == CALLTAP_TYPE_ARRAY) {
    struct calltap_type element = read_type(t->inner);
    return add_elements(parent, &element, base, end, depth + 1);
  }
  if (t->kind != CALLTAP_TYPE_RECORD)
    return true;
  if (calltap__library_view(t, &plan.scope, &view) && view.kind == VIEW_OPTIONAL) {
    struct calltap_type inner = read_type(t->inner);
    if (!add_erasures(parent, &inner, base, end, depth + 1))
      return false;
  }
  return add_members(parent, t, base, end, depth);
}

/* -- what pointers lead to ------------------------------------------------------------------------------------------------- */

enum { FOLLOWED_BYTES = 1 + 9 + 3 + 9, MEMBER_BYTES = 1 + 5 };

static void follow_members(struct capture *parent, const struct calltap_type *record, uint64_t base, unsigned levels,
                           unsigned depth);

/* Whether readers know what to make of a type. What they do not is not recorded: it may be anything. */
static bool is_shown(const struct calltap_type *t) {
  struct view view;
  bool is_opaque = t->kind == CALLTAP_TYPE_RECORD && !t->members && !calltap__library_view(t, &plan.scope, &view);
  return t->kind != CALLTAP_TYPE_OTHER && !is_opaque;
}

/* The bytes that show what a pointer leads to. Behind the last member of a record may stand those of a class that is derived from it,
 * of which nothing is known here. */
static uint64_t shown_bytes(const struct calltap_type *t, unsigned depth) {
  struct view view;
  bool is_whole = t->kind != CALLTAP_TYPE_RECORD || depth == 8 || calltap__library_view(t, &plan.scope, &view);
  if (is_whole && is_shown(t))
    return t->size;
  uint64_t end = 1; /* tells whether there is memory */
  const char *at = t->members;
  struct calltap_member m;
  while (at && calltap_type_member(&at, &m)) {
    struct calltap_type inner = read_type(m.type);
    uint64_t bytes = m.bits ? (m.bit_offset % 8 + m.bits + 7) / 8 : shown_bytes(&inner, depth + 1);
    end = m.bit_offset / 8 + bytes > end ? m.bit_offset / 8 + bytes : end;
  }
  return end < t->size ? end : t->size;
}

static struct capture *add_text(size_t extra) {
  uint64_t limit = plan.limits->text;
  struct capture *c = limit ? add(CAPTURE_STRING, extra + FOLLOWED_BYTES + limit) : NULL;
  if (c)
    c->limit = (uint16_t)limit;
  return c;
}

/* What a pointer or reference leads to, as far as it is asked for; null: only its address is. A reference to an object of the C++
 * library that has a view is as good as the object. */
static struct capture *add_pointee(const struct calltap_type *pointer, size_t extra, unsigned levels, unsigned depth) {
  struct calltap_type to = read_type(pointer->inner);
  if (is_text(&to) && pointer->kind == CALLTAP_TYPE_POINTER)
    return add_text(extra);
  struct view view;
  bool is_viewed = pointer->kind == CALLTAP_TYPE_REFERENCE && calltap__library_view(&to, &plan.scope, &view);
  if (!to.size || !(is_viewed || levels))
    return NULL;
  uint64_t bytes = shown_bytes(&to, 0);
  uint16_t limit = least(bytes, MAX_CONTENTS);
  struct capture *c = add(CAPTURE_OBJECT, extra + FOLLOWED_BYTES + limit);
  if (!c)
    return NULL;
  if (!add_erasures(c, &to, 0, limit, 0)) {
    drop(c, extra + FOLLOWED_BYTES + limit);
    return NULL;
  }
  c->limit = limit;
  c->size = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
  if (to.kind == CALLTAP_TYPE_RECORD)
    follow_members(c, &to, 0, levels ? levels - 1 : 0, depth);
  return c;
}

/* -- members ------------------------------------------------------------------------------------------------------------------ */

/* Notes a capture that was added for a member, with its own behind it. */
static void adopt(struct capture *parent, struct capture *c, uint64_t offset) {
  c->offset = (uint32_t)offset;
  c->span = (uint16_t)(&plan.capture[plan.count] - c);
  parent->follows++;
}

static void follow_view(struct capture *parent, const struct calltap_type *record, const struct view *view,
                        uint64_t base) {
  bool is_string = view->kind == VIEW_STRING, is_sequence = view->kind == VIEW_SEQUENCE;
  uint64_t limit = plan.limits->text;
  struct calltap_type element = read_type(record->inner);
  bool is_known = is_string || (is_sequence && element.size);
  if (!is_known || !limit)
    return;
  enum capture_op op = !is_string ? CAPTURE_RANGE : view->has_short ? CAPTURE_SHORT : CAPTURE_SPAN;
  struct capture *c = add(op, MEMBER_BYTES + FOLLOWED_BYTES + (size_t)limit);
  if (!c)
    return;
  if (!add_elements(c, &element, 0, limit, 0)) {
    drop(c, MEMBER_BYTES + FOLLOWED_BYTES + (size_t)limit);
    return;
  }
  c->size = (uint32_t)base;
  c->limit = (uint16_t)limit;
  c->other = (uint32_t)(base + view->other);
  adopt(parent, c, base + view->offset);
}

static void follow_member(struct capture *parent, const struct calltap_member *m, uint64_t base, unsigned levels,
                          unsigned depth) {
  uint64_t offset = base + m->bit_offset / 8;
  struct calltap_type t = read_type(m->type);
  if (m->bits || offset + t.size > parent->limit)
    return;
  if (t.kind == CALLTAP_TYPE_RECORD) {
    follow_members(parent, &t, offset, levels, depth);
    return;
  }
  bool leads = (t.kind == CALLTAP_TYPE_POINTER && t.inner) || t.kind == CALLTAP_TYPE_REFERENCE;
  struct capture *c = leads ? add_pointee(&t, MEMBER_BYTES, levels, depth + 1) : NULL;
  if (c)
    adopt(parent, c, offset);
}

/* Not of a union: which of its pointers is one is not known. */
static void follow_members(struct capture *parent, const struct calltap_type *record, uint64_t base, unsigned levels,
                           unsigned depth) {
  struct view view;
  if (calltap__library_view(record, &plan.scope, &view)) {
    follow_view(parent, record, &view, base);
    return;
  }
  const char *at = record->is_union ? NULL : record->members;
  struct calltap_member m;
  while (at && depth < 8 && parent->follows < MAX_FOLLOWS && calltap_type_member(&at, &m))
    if (!m.is_sensitive)
      follow_member(parent, &m, base, levels, depth + 1);
}

/* -- values ------------------------------------------------------------------------------------------------------------------- */

static bool is_on_stack(const struct calltap_value *v) {
  return (v->place[0] < CALLTAP_PLACE_NONE && (v->place[0] & ~CALLTAP_PLACE_INDIRECT) == CALLTAP_PLACE_STACK) ||
         v->place[1] == CALLTAP_PLACE_STACK;
}

static bool is_integer(const struct calltap_type *t) {
  bool scalar = (t->kind >= CALLTAP_TYPE_BOOL && t->kind <= CALLTAP_TYPE_UINT) || t->kind == CALLTAP_TYPE_ENUM ||
                t->kind == CALLTAP_TYPE_POINTER || t->kind == CALLTAP_TYPE_REFERENCE;
  return scalar && (t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8);
}

static bool is_signed(const struct calltap_type *t) {
  if (t->kind == CALLTAP_TYPE_ENUM && t->inner)
    return calltap_type_read(t->inner, NULL).kind == CALLTAP_TYPE_INT;
  return t->kind == CALLTAP_TYPE_INT || t->kind == CALLTAP_TYPE_CHAR;
}

static bool is_pointer(const struct calltap_type *t) {
  return t->inner && (t->kind == CALLTAP_TYPE_POINTER || t->kind == CALLTAP_TYPE_REFERENCE);
}

/* The owner of the process may forbid all but scalars: then a struct's or an array's bytes stay where they are. */
static bool is_allowed(const struct calltap_type *t) {
  return calltap__allowed == ALLOW_VALUES || (t->kind != CALLTAP_TYPE_RECORD && t->kind != CALLTAP_TYPE_ARRAY);
}

static struct capture *add_raw(const struct calltap_type *t) {
  uint16_t limit = is_shown(t) && is_allowed(t) ? least(t->size, MAX_CONTENTS) : 0;
  struct capture *c = add(CAPTURE_RAW, 4 + (size_t)limit);
  if (c && !add_erasures(c, t, 0, limit, 0)) {
    drop(c, 4 + (size_t)limit);
    return NULL;
  }
  if (!c)
    return NULL;
  c->limit = limit;
  c->size = (uint32_t)t->size;
  if (t->kind == CALLTAP_TYPE_RECORD && is_allowed(t))
    follow_members(c, t, 0, (unsigned)plan.limits->expand, 0);
  return c;
}

static struct capture *add_scalar(enum capture_op op, const struct calltap_type *t) {
  struct capture *c = add(op, 1 + (size_t)t->size);
  if (!c)
    return NULL;
  c->bytes = (uint8_t)t->size;
  c->is_signed = is_signed(t);
  return c;
}

enum calltap_wire_presence calltap__capture_presence(const struct calltap_value *v) {
  switch (v->place[0]) {
  case CALLTAP_PLACE_OPTIMIZED_OUT:
    return CALLTAP_WIRE_OPTIMIZED_OUT;
  case CALLTAP_PLACE_SENSITIVE:
    return CALLTAP_WIRE_SENSITIVE;
  case CALLTAP_PLACE_NOT_CAPTURED:
    return CALLTAP_WIRE_NOT_CAPTURED;
  default:
    break;
  }
  struct calltap_type t = calltap_type_read(calltap__string(&v->type), NULL);
  bool is_known = t.kind != CALLTAP_TYPE_BAD && t.kind != CALLTAP_TYPE_VOID && t.kind != CALLTAP_TYPE_FUNCTION;
  return is_known ? CALLTAP_WIRE_PRESENT : CALLTAP_WIRE_NOT_CAPTURED;
}

/* A value that is present has its item, whatever becomes of the rest: if there is no room for it all, the shortest one. */
static void add_value(const char *type, const uint8_t place[2], uint16_t slot) {
  struct calltap_type t = calltap_type_read(type, &plan.scope);
  struct capture *c = NULL;
  if (is_pointer(&t) && place[1] != CALLTAP_PLACE_BARE)
    c = add_pointee(&t, 0, (unsigned)plan.limits->expand, 0);
  if (!c && is_integer(&t))
    c = add_scalar(CAPTURE_INTEGER, &t);
  else if (!c && t.kind == CALLTAP_TYPE_FLOAT && t.size <= 8)
    c = add_scalar(CAPTURE_FLOAT, &t);
  else if (!c)
    c = add_raw(&t);
  if (!c) { /* no room: an empty one, which readers show as cut */
    c = &plan.capture[plan.count++];
    *c = (struct capture){.op = CAPTURE_RAW};
    plan.most += 4;
  }
  c->place[0] = place[0];
  c->place[1] = place[1];
  c->slot = slot;
  c->span = (uint16_t)(&plan.capture[plan.count] - c);
}

/* -- values that rules compute: their words are as if they stood on the stack ----------------------------------------------- */

static void add_sized(enum capture_op op) {
  struct capture *c = add(op, FOLLOWED_BYTES + MAX_CONTENTS);
  c->limit = MAX_CONTENTS;
  c->place[0] = CALLTAP_PLACE_STACK;
  c->place[1] = CALLTAP_PLACE_NONE;
}

bool calltap__capture_given(struct given_value *value, const struct calltap_given *given,
                            const struct calltap_function *f, const struct limits *limits, bool is_key) {
  static const uint8_t word[2] = {CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE};
  static const uint8_t address[2] = {CALLTAP_PLACE_STACK | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE};
  struct limits few = *limits;
  few.expand = is_key ? 0 : few.expand;
  plan.count = plan.most = 0;
  plan.scope = (struct calltap_scope){calltap__unit_find, calltap__unit_of(f)};
  plan.limits = &few;
  switch (given->kind) {
  case CALLTAP_GIVEN_TEXT:
    add_sized(CAPTURE_SIZED_STRING);
    break;
  case CALLTAP_GIVEN_BYTES:
    add_sized(CAPTURE_SIZED);
    break;
  case CALLTAP_GIVEN_WHOLE:
    add_value(given->type, address, 0);
    break;
  default:
    add_value(given->type, word, 0);
    break;
  }
  for (size_t i = 0; i < plan.count; i++)
    plan.capture[i].is_nameless = is_key;
  struct capture *kept = calltap__memory(plan.count * sizeof *kept);
  if (kept)
    calltap__bytes_copy(kept, plan.capture, plan.count * sizeof *kept);
  value->capture = kept;
  value->most = (uint16_t)(plan.most + 8);
  return kept;
}

/* -- shapes ------------------------------------------------------------------------------------------------------------------- */

static bool is_register_integer(const struct capture *c) {
  return c->op == CAPTURE_INTEGER && c->place[0] <= CALLTAP_PLACE_RAX;
}

/* Integers in registers have a short way of their own. */
static bool set_integers(struct shape *shape) {
  if (plan.count > MAX_INTEGERS)
    return false;
  size_t length = 0;
  for (size_t i = 0; i < plan.count; i++) {
    const struct capture *c = &plan.capture[i];
    if (!is_register_integer(c))
      return false;
    shape->integer[i] = (struct integer){c->place[0], c->bytes, c->is_signed};
    length += 1u + c->bytes;
  }
  shape->count = (uint8_t)plan.count;
  shape->length = (uint16_t)length;
  return true;
}

static bool set_values(struct shape *shape, unsigned values) {
  struct capture *kept = calltap__memory(plan.count * sizeof *kept);
  if (!kept)
    return false;
  calltap__bytes_copy(kept, plan.capture, plan.count * sizeof *kept);
  shape->values = kept;
  shape->count = (uint8_t)values;
  shape->length = (uint16_t)plan.most;
  return true;
}

bool calltap__capture_number(struct shape *shape, uint32_t number) {
  struct capture *c = calltap__memory(sizeof *c);
  if (!c)
    return false;
  *c = (struct capture){.op = CAPTURE_NUMBER, .place = {CALLTAP_PLACE_NONE, CALLTAP_PLACE_NONE}, .span = 1};
  c->bytes = number <= UINT16_MAX ? 2 : 4;
  c->size = number;
  shape->values = c;
  shape->count = 1;
  shape->length = (uint16_t)(HEAD_BYTES + 1 + c->bytes);
  return true;
}

bool calltap__capture_plan(struct shape *shape, const struct calltap_function *f, enum calltap_site_kind kind,
                           const struct limits *limits) {
  plan.count = 0;
  plan.most = HEAD_BYTES;
  plan.scope = (struct calltap_scope){calltap__unit_find, calltap__unit_of(f)};
  plan.limits = limits;
  shape->frame_base = NO_FRAME;
  unsigned values = 0;
  const struct calltap_value *v = kind == CALLTAP_SITE_ENTRY ? f->parameter : &f->result;
  unsigned most = kind == CALLTAP_SITE_ENTRY ? f->parameters : kind == CALLTAP_SITE_RETURN;
  for (; most; most--, v++) {
    if (calltap__capture_presence(v) != CALLTAP_WIRE_PRESENT)
      continue;
    add_value(calltap__string(&v->type), v->place, v->slot);
    shape->needs_frame |= is_on_stack(v);
    values++;
  }
  return set_integers(shape) || set_values(shape, values);
}
