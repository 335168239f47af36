/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The records of functions, and of those types that their values need: docs/format.md. */
#include "internal.h"

enum { RECORD_BYTES = 64 * 1024, NAME_BYTES = 4096 };

/* control: one at a time */
static uint8_t record[RECORD_BYTES];

/* -- what was described ------------------------------------------------------------------------------------------------ */

/* Definitions and units by their addresses: equal texts of an object are one. */
struct known {
  const void *about;
  uint32_t number;
};

static struct {
  struct known *slot;
  size_t mask, count;
} known;
static uint32_t *types, *units; /* numbers of the session */

/* Another session's file, or a new one: nothing is described there yet. What a session describes later, when objects are loaded, may then be
 * there twice, which readers allow. */
void calltap__describe_restart(struct session *session, bool is_new) {
  static uint32_t about;
  if (!is_new && about == session->number)
    return;
  about = session->number;
  if (known.slot)
    calltap__os_unmap(known.slot, (known.mask + 1) * sizeof *known.slot);
  known.slot = NULL;
  known.mask = known.count = 0;
  types = &session->described_types;
  units = &session->described_units;
}

static struct known *find(const void *about) {
  size_t i = ((uintptr_t)about * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
  while (known.slot[i & known.mask].about && known.slot[i & known.mask].about != about)
    i++;
  return &known.slot[i & known.mask];
}

static bool grow(void) {
  struct known *old = known.slot;
  size_t old_size = old ? known.mask + 1 : 0, size = old ? old_size * 2 : 1024;
  struct known *slot = calltap__os_map(size * sizeof *slot);
  if (!slot)
    return false;
  known.slot = slot;
  known.mask = size - 1;
  for (size_t i = 0; i < old_size; i++)
    if (old[i].about)
      *find(old[i].about) = old[i];
  if (old)
    calltap__os_unmap(old, old_size * sizeof *old);
  return true;
}

/* The entry of something, new (without `about`) if it was not there. Null: no memory. */
static struct known *entry(const void *about) {
  if ((!known.slot || known.count * 2 > known.mask) && !grow())
    return NULL;
  return find(about);
}

static const struct known *look_up(const void *about) { return known.slot && find(about)->about ? find(about) : NULL; }

/* -- types ----------------------------------------------------------------------------------------------------------------- */

struct writer {
  struct stream *session;
  record_writer *write;
  struct calltap_scope scope;
  bool follows; /* pointers */
};

static void put_view(struct cbor *c, const struct view *view) {
  static const char *const names[] = {
      [VIEW_STRING] = "string", [VIEW_SEQUENCE] = "sequence", [VIEW_POINTER] = "pointer", [VIEW_OPTIONAL] = "optional"};
  bool has_offset = view->kind != VIEW_OPTIONAL, has_other = view->kind != VIEW_POINTER;
  calltap__cbor_array(c, 1u + has_offset + has_other);
  calltap__cbor_text(c, names[view->kind]);
  if (has_offset)
    calltap__cbor_uint(c, view->offset);
  if (has_other)
    calltap__cbor_uint(c, view->other);
}

static bool write_type(const struct writer *w, const struct calltap_type *t, uint32_t number) {
  struct cbor c = calltap__cbor(record, sizeof record);
  struct view view;
  bool is_viewed = calltap__library_view(t, &w->scope, &view);
  calltap__cbor_array(&c, 3 + is_viewed);
  calltap__cbor_text(&c, CALLTAP_WIRE_TYPE);
  calltap__cbor_uint(&c, number);
  calltap__cbor_text(&c, t->definition);
  if (is_viewed)
    put_view(&c, &view);
  return c.full || w->write(w->session, &c); /* what is too long to be written is shown without names */
}

/* Types that were written and whose members were not looked at yet: a queue, because pointers lead far, and a type that was met
 * once is not looked at again. */
static struct {
  const char **type;
  size_t count, room;
} waiting;

static bool wait_for(const char *type) {
  if (waiting.count == waiting.room) {
    size_t room = waiting.room ? waiting.room * 2 : 512;
    const char **grown = calltap__os_map(room * sizeof *grown);
    if (!grown)
      return false;
    calltap__bytes_copy(grown, waiting.type, waiting.count * sizeof *grown);
    if (waiting.type)
      calltap__os_unmap(waiting.type, waiting.room * sizeof *grown);
    waiting.type = grown;
    waiting.room = room;
  }
  waiting.type[waiting.count++] = type;
  return true;
}

static bool leads_on(const struct writer *w, const struct calltap_type *t) {
  bool holds = t->kind == CALLTAP_TYPE_REFERENCE || t->kind == CALLTAP_TYPE_ARRAY || t->kind == CALLTAP_TYPE_VECTOR;
  return t->inner && (holds || (t->kind == CALLTAP_TYPE_POINTER && w->follows));
}

/* Writes the definition that a type needs, if it was not written before. */
static bool write_needed(const struct writer *w, const char *text) {
  struct calltap_type t = calltap_type_read(text, &w->scope);
  for (; leads_on(w, &t); t = calltap_type_read(text, &w->scope))
    text = t.inner;
  if (!t.definition)
    return true;
  struct known *k = entry(t.definition);
  if (!k || k->about)
    return k != NULL;
  *k = (struct known){t.definition, (*types)++};
  known.count++;
  return write_type(w, &t, k->number) && wait_for(text);
}

static bool write_members(const struct writer *w, const char *text) {
  struct calltap_type t = calltap_type_read(text, &w->scope);
  const char *at = t.members;
  struct calltap_member m;
  if (t.kind != CALLTAP_TYPE_RECORD)
    return true;
  if (t.inner && !write_needed(w, t.inner))
    return false;
  while (at && calltap_type_member(&at, &m))
    if (!write_needed(w, m.type))
      return false;
  return true;
}

bool calltap__describe_types(const struct calltap_function *f, bool follows, struct stream *session,
                             record_writer *write) {
  const struct writer w = {session, write, {calltap__unit_find, calltap__unit_of(f)}, follows};
  waiting.count = 0;
  bool done = write_needed(&w, calltap__string(&f->result.type));
  for (unsigned i = 0; done && i < f->parameters; i++)
    done = write_needed(&w, calltap__string(&f->parameter[i].type));
  for (size_t i = 0; done && i < waiting.count; i++)
    done = write_members(&w, waiting.type[i]);
  return done;
}

bool calltap__describe_type(const struct calltap_function *f, const char *type, bool follows, struct stream *session,
                            record_writer *write) {
  const struct writer w = {session, write, {calltap__unit_find, calltap__unit_of(f)}, follows};
  waiting.count = 0;
  bool done = write_needed(&w, type);
  for (size_t i = 0; done && i < waiting.count; i++)
    done = write_members(&w, waiting.type[i]);
  return done;
}

/* -- units ----------------------------------------------------------------------------------------------------------------- */

static uint32_t count_known(const struct calltap_unit *unit) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < unit->types; i++)
    count += look_up(calltap__unit_definition(unit, i)) != NULL;
  return count;
}

/* All types of the functions at hand are described by now; functions that come later bring a new record. */
static bool write_unit(const struct calltap_unit *unit, uint32_t number, struct stream *session, record_writer *write) {
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 3);
  calltap__cbor_text(&c, CALLTAP_WIRE_UNIT);
  calltap__cbor_uint(&c, number);
  calltap__cbor_array(&c, count_known(unit));
  for (uint32_t i = 0; i < unit->types; i++) {
    const struct known *k = look_up(calltap__unit_definition(unit, i));
    if (k)
      calltap__cbor_uint(&c, k->number);
  }
  return c.full || write(session, &c);
}

/* The number of the unit's record, which is written if it is not there yet. False: no room. */
static bool unit_number(const struct calltap_unit *unit, struct stream *session, record_writer *write,
                        uint32_t *number) {
  *number = 0;
  struct known *k = unit ? entry(unit) : NULL;
  if (!k)
    return !unit;
  if (!k->about) {
    *k = (struct known){unit, ++*units};
    known.count++;
    if (!write_unit(unit, k->number, session, write))
      return false;
    k = entry(unit);
  }
  *number = k->number;
  return true;
}

/* -- functions ------------------------------------------------------------------------------------------------------------- */

static void put_value(struct cbor *c, const struct calltap_value *v, bool with_name) {
  calltap__cbor_array(c, 3);
  calltap__cbor_text(c, with_name ? calltap__string(&v->name) : "");
  calltap__cbor_text(c, calltap__string(&v->type));
  calltap__cbor_uint(c, calltap__capture_presence(v));
}

/* Cut where it is absurdly long, so that a record always has room for it. */
static void put_name(struct cbor *c, const char *name) {
  size_t bytes = calltap__text_length(name);
  calltap__cbor_text_span(c, name, bytes < NAME_BYTES ? bytes : NAME_BYTES);
}

static void put_function(struct cbor *c, const struct calltap_function *f, uint32_t number, bool has_exits,
                         uint32_t unit, bool with_names) {
  calltap__cbor_array(c, 11);
  calltap__cbor_text(c, CALLTAP_WIRE_FUNCTION);
  calltap__cbor_uint(c, number);
  put_name(c, calltap__string(&f->module));
  put_name(c, calltap__string(&f->name));
  calltap__cbor_uint(c, f->arity);
  put_name(c, calltap__string(&f->file));
  calltap__cbor_uint(c, f->line < 0 ? 0 : (uint64_t)f->line);
  calltap__cbor_uint(c, (f->flags & ~(unsigned)CALLTAP_FUNCTION_SHARED) | (has_exits ? CALLTAP_WIRE_HAS_EXITS : 0u));
  calltap__cbor_uint(c, unit);
  put_value(c, &f->result, false);
  calltap__cbor_array(c, f->parameters);
  for (unsigned i = 0; i < f->parameters; i++)
    put_value(c, &f->parameter[i], with_names);
}

bool calltap__describe_function(const struct calltap_function *f, uint32_t number, bool has_exits,
                                struct stream *session, record_writer *write) {
  uint32_t unit;
  if (!unit_number(calltap__unit_of(f), session, write, &unit))
    return false;
  struct cbor c = calltap__cbor(record, sizeof record);
  put_function(&c, f, number, has_exits, unit, true);
  if (c.full) { /* names of many thousand bytes: the values are worth more than the names of the parameters */
    c = calltap__cbor(record, sizeof record);
    put_function(&c, f, number, has_exits, unit, false);
  }
  return write(session, &c);
}
