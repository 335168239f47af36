/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values while a rule is compiled: parameters, what they point to, their members, and what is wrong with them. */
#include "rule_compile.h"
#include <limits.h>

/* -- errors ----------------------------------------------------------------------------------------------------------- */

struct calltap_span calltap__all_of(const char *text) {
  return (struct calltap_span){text, text + calltap__text_length(text)};
}

OUT_OF_LINE bool calltap__wrong(struct compiler *c, uint32_t at, const char *before, struct calltap_span about,
                                const char *behind) {
  if (c->failed)
    return false;
  c->failed = true;
  c->error->column = at + 1;
  struct builder b = calltap__builder(c->error->message, sizeof c->error->message);
  calltap__put(&b, before);
  calltap__put_span(&b, (struct span){about.start, about.end});
  calltap__put(&b, behind);
  calltap__put_end(&b);
  return false;
}

OUT_OF_LINE bool calltap__wrong_type(struct compiler *c, uint32_t at, const char *type, const char *what) {
  char spelled[NAME_BYTES];
  calltap_type_spell(type ? type : "i", "", spelled, sizeof spelled);
  return calltap__wrong(c, at, "this is of type ", calltap__all_of(spelled), what);
}

/* The same of a value, which may be of no type: a literal, or a time. */
OUT_OF_LINE bool calltap__wrong_value(struct compiler *c, uint32_t at, struct value v, const char *what) {
  if (v.type || v.shape == A_NUMBER)
    return calltap__wrong_type(c, at, v.type, what);
  return calltap__wrong(c, at, v.shape == A_TIME ? "this is a time" : "this is a decimal number", calltap__all_of(what),
                        "");
}

/* -- operations --------------------------------------------------------------------------------------------------------- */

size_t calltap__emit(struct compiler *c, enum calltap_op op, unsigned a, unsigned b, int64_t imm) {
  if (c->program->count == CALLTAP_PROGRAM_OPS) {
    calltap__wrong(c, c->clause->at, "the clause is too long for one function", calltap__all_of(""), "");
    return 0;
  }
  size_t at = c->program->count++;
  c->program->op[at] =
      (struct calltap_operation){.op = (uint8_t)op, .a = (uint8_t)a, .b = (uint16_t)b, .at = c->at, .imm = imm};
  return at;
}

/* Puts an operation before the one at `at`. Jumps that were made so far lead either behind both or to what is put in. */
void calltap__insert(struct compiler *c, size_t at, enum calltap_op op, unsigned a) {
  size_t last = calltap__emit(c, op, a, 0, 0);
  if (c->failed)
    return;
  const struct calltap_operation inserted = c->program->op[last];
  for (; last > at; last--)
    c->program->op[last] = c->program->op[last - 1];
  c->program->op[at] = inserted;
}

/* The jump at `from` leads to the next operation. */
void calltap__land(struct compiler *c, size_t from) {
  c->program->op[from].imm = (int64_t)(c->program->count - from - 1);
}

/* -- values --------------------------------------------------------------------------------------------------------------- */

struct calltap_type calltap__read_type(const struct compiler *c, const char *type) {
  return calltap_type_read(type, &c->signature->scope);
}

bool calltap__is_number(const struct calltap_type *t) {
  return ((t->kind >= CALLTAP_TYPE_BOOL && t->kind <= CALLTAP_TYPE_UINT) || t->kind == CALLTAP_TYPE_ENUM) && t->size &&
         t->size <= 8;
}

static bool is_signed(const struct calltap_type *t) {
  if (t->kind == CALLTAP_TYPE_ENUM && t->inner)
    return calltap_type_read(t->inner, NULL).kind == CALLTAP_TYPE_INT;
  return t->kind == CALLTAP_TYPE_INT || t->kind == CALLTAP_TYPE_CHAR;
}

bool calltap__is_text(const struct calltap_type *t) { return t->kind == CALLTAP_TYPE_CHAR || t->letter == 'p'; }

/* What is on the stack has `bits` bits that count: makes it a number of its type. */
static struct value number(struct compiler *c, const char *type, const struct calltap_type *t, unsigned bits) {
  bool has_sign = is_signed(t);
  if (bits < 64)
    calltap__emit(c, has_sign ? CALLTAP_OP_SIGNED : CALLTAP_OP_UNSIGNED, bits, 0, 0);
  bool is_wide = bits > 32; /* also of bit-fields: C promotes by their width */
  bool is_unsigned = !has_sign && bits >= 32;
  return (struct value){.shape = A_NUMBER,
                        .type = type,
                        .bits = is_wide ? 64 : 32,
                        .is_unsigned = is_unsigned,
                        .is_character = t->kind == CALLTAP_TYPE_CHAR};
}

/* What is on the stack are the first bytes of a scalar. */
struct value calltap__scalar(struct compiler *c, uint32_t at, const char *type, unsigned bits) {
  struct calltap_type t = calltap__read_type(c, type);
  if (calltap__is_number(&t))
    return number(c, type, &t, bits ? bits : (unsigned)t.size * 8);
  if (t.kind == CALLTAP_TYPE_FLOAT && (t.size == 4 || t.size == 8)) {
    if (t.size == 4)
      calltap__emit(c, CALLTAP_OP_WIDEN, 0, 0, 0);
    return (struct value){.shape = A_REAL, .type = type};
  }
  if (t.kind == CALLTAP_TYPE_REFERENCE && t.inner)
    return (struct value){.shape = A_PLACE, .type = t.inner};
  if (t.kind == CALLTAP_TYPE_POINTER)
    return (struct value){.shape = A_POINTER, .type = type};
  calltap__wrong_type(c, at, type, ", which rules cannot look at");
  return (struct value){.shape = A_NUMBER};
}

struct value calltap__place(const char *type) {
  return (struct value){.shape = A_PLACE, .type = type};
}

static const struct calltap_parameter *holder(const struct compiler *c, size_t index) {
  return index == RESULT ? &c->signature->result : &c->signature->parameter[index];
}

/* A record's or array's place with an offset becomes the place itself. */
struct value calltap__settle(struct compiler *c, struct value v) {
  if (v.shape == A_PLACE && v.offset && !v.field_bits) {
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, (int64_t)(v.offset / 8));
    calltap__emit(c, CALLTAP_OP_ADD, 0, 0, 0);
    v.offset = 0;
  }
  return v;
}

/* Reads what stands in memory, and only bytes that the record has: a bit-field's own, or those of its declared type around it.
 * Returns by how many bits it must be shifted. UINT_MAX: it lies across nine bytes. */
static unsigned load_memory(struct compiler *c, struct value v, uint64_t size) {
  uint64_t from = v.offset / 8, unit = size * 8;
  unsigned shift = (unsigned)(v.offset % 8), bytes = (unsigned)size;
  if (v.field_bits) {
    bytes = (shift + v.field_bits + 7) / 8;
    bool is_odd = bytes & (bytes - 1);
    if (is_odd && v.offset % unit + v.field_bits <= unit) {
      from = v.offset / unit * size;
      shift = (unsigned)(v.offset % unit);
      bytes = (unsigned)size;
    }
  }
  if (bytes > 8)
    return UINT_MAX;
  calltap__emit(c, CALLTAP_OP_LOAD, bytes <= 2 ? bytes : bytes <= 4 ? 4 : 8, 0, (int64_t)from);
  return v.field_bits ? shift : 0;
}

/* Reads what a place or piece holds, if it is a scalar; an array becomes its address. (References to references there are
 * none: this calls itself once.) */
struct value calltap__load(struct compiler *c, uint32_t at, struct value v) {
  if (c->failed || (v.shape != A_PLACE && v.shape != A_PIECE))
    return v;
  struct calltap_type t = calltap__read_type(c, v.type);
  if (t.kind == CALLTAP_TYPE_RECORD)
    return v;
  if (v.shape == A_PIECE) {
    const struct calltap_parameter *p = holder(c, v.parameter);
    unsigned half = v.offset < 128 ? (unsigned)v.offset / 64 : 2, shift = v.offset % 64;
    unsigned bits = v.field_bits ? v.field_bits : (unsigned)t.size * 8;
    if (half > 1 || shift + bits > 64 || (half && p->place[1] >= CALLTAP_PLACE_NONE)) {
      calltap__wrong_type(c, at, v.type, ", in a way of passing that rules cannot look at");
      return v;
    }
    calltap__emit(c, v.parameter == RESULT ? CALLTAP_OP_RESULT : CALLTAP_OP_VALUE, p->place[half], p->slot, 0);
    if (shift) {
      calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, shift);
      calltap__emit(c, CALLTAP_OP_SHR_U, 0, 0, 0);
    }
    return calltap__load(c, at, calltap__scalar(c, at, v.type, v.field_bits));
  }
  if (t.kind == CALLTAP_TYPE_ARRAY) {
    (void)calltap__settle(c, v);
    return (struct value){.shape = A_POINTER, .type = v.type};
  }
  bool is_scalar = t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8;
  if (!is_scalar) {
    calltap__wrong_type(c, at, v.type, ", which rules cannot look at");
    return v;
  }
  unsigned shift = load_memory(c, v, t.size);
  if (shift == UINT_MAX) {
    calltap__wrong_type(c, at, v.type, ", packed in a way that rules cannot look at");
    return v;
  }
  if (shift) {
    calltap__emit(c, CALLTAP_OP_PUSH, 0, 0, shift);
    calltap__emit(c, CALLTAP_OP_SHR_U, 0, 0, 0);
  }
  return calltap__load(c, at, calltap__scalar(c, at, v.type, v.field_bits)); /* a reference is one more place */
}

/* -- parameters -------------------------------------------------------------------------------------------------------------- */

static const char *why_unknown(unsigned where) {
  switch (where) {
  case CALLTAP_PLACE_OPTIMIZED_OUT:
    return " was removed by the optimiser, here or at the callers";
  case CALLTAP_PLACE_SENSITIVE:
    return " is sensitive, and no rule may look at it";
  case CALLTAP_PLACE_NONE:
    return " has no value";
  default:
    return " is passed in a way that is not captured";
  }
}

/* A parameter, or the result. */
struct value calltap__parameter(struct compiler *c, uint32_t at, size_t index) {
  const struct calltap_parameter *p = holder(c, index);
  enum calltap_op op = index == RESULT ? CALLTAP_OP_RESULT : CALLTAP_OP_VALUE;
  struct calltap_type t = calltap__read_type(c, p->type);
  unsigned where = p->place[0];
  if (where >= CALLTAP_PLACE_NONE) {
    calltap__wrong(c, at, index == RESULT ? "the result" : "parameter ", calltap__all_of(p->name), why_unknown(where));
    return calltap__place(p->type);
  }
  if (c->at_exit && (where & ~CALLTAP_PLACE_INDIRECT) == CALLTAP_PLACE_STACK) {
    calltap__wrong(c, at, "parameter ", calltap__all_of(p->name),
                   " is passed on the stack, which is not kept until the exit");
    return calltap__place(p->type);
  }
  if (where & CALLTAP_PLACE_INDIRECT) {
    calltap__emit(c, op, where & ~CALLTAP_PLACE_INDIRECT, p->slot, 0);
    return calltap__place(p->type);
  }
  if (where >= CALLTAP_PLACE_ST0 && where != CALLTAP_PLACE_STACK) {
    calltap__wrong_type(c, at, p->type, ", which rules cannot look at");
    return calltap__place(p->type);
  }
  bool is_whole = t.kind == CALLTAP_TYPE_RECORD || t.size > 8;
  if (is_whole && where == CALLTAP_PLACE_STACK) {
    calltap__emit(c, CALLTAP_OP_FRAME, 0, p->slot, 0);
    return calltap__place(p->type);
  }
  if (is_whole)
    return (struct value){.shape = A_PIECE, .type = p->type, .parameter = index};
  calltap__emit(c, op, where, p->slot, 0);
  return calltap__scalar(c, at, p->type, 0);
}

bool calltap__same(struct calltap_span a, const char *b, size_t bytes) {
  return (size_t)(a.end - a.start) == bytes && calltap__bytes_equal(a.start, b, bytes);
}

bool calltap__same_text(struct calltap_span a, const char *b) { return calltap__same(a, b, calltap__text_length(b)); }

bool calltap__same_span(struct calltap_span a, struct calltap_span b) {
  return calltap__same(a, b.start, (size_t)(b.end - b.start));
}

/* By its name in the head, else by its name in the source. SIZE_MAX: there is none. */
size_t calltap__parameter_named(const struct compiler *c, struct calltap_span name) {
  size_t count = c->signature->parameters < MAX_NAMES ? c->signature->parameters : MAX_NAMES;
  for (size_t i = 0; i < count; i++)
    if (c->name[i].start && calltap__same_span(c->name[i], name))
      return i;
  for (size_t i = 0; i < count; i++)
    if (calltap__same_text(name, c->signature->parameter[i].name))
      return i;
  return SIZE_MAX;
}

OUT_OF_LINE bool calltap__wrong_name(struct compiler *c, uint32_t at, struct calltap_span name) {
  char text[NAME_BYTES * 2];
  struct builder b = calltap__builder(text, sizeof text);
  calltap__put_span(&b, (struct span){name.start, name.end});
  calltap__put(&b, "; the function has ");
  for (size_t i = 0; i < c->signature->parameters; i++) {
    calltap__put(&b, i ? ", " : "");
    calltap__put(&b, c->signature->parameter[i].name);
  }
  calltap__put(&b, c->signature->parameters ? "" : "none");
  calltap__put_end(&b);
  return calltap__wrong(c, at, "there is no parameter ", calltap__all_of(text), "");
}

/* -- members ---------------------------------------------------------------------------------------------------------------- */

/* Finds a member by name, in anonymous members and bases too; `offset` in bits. */
static bool find_member(const struct compiler *c, const struct calltap_type *record, struct calltap_span name,
                        unsigned depth, struct calltap_member *found, uint64_t *offset) {
  struct calltap_member m;
  /* Its own members first: they hide those of its bases, which are described before them. */
  for (const char *at = record->members; at && calltap_type_member(&at, &m);)
    if (m.name_bytes && calltap__same(name, m.name, m.name_bytes)) {
      *found = m;
      *offset += m.bit_offset;
      return true;
    }
  for (const char *at = record->members; at && depth < MAX_PATH && calltap_type_member(&at, &m);) {
    struct calltap_type inner = m.name_bytes ? (struct calltap_type){0} : calltap__read_type(c, m.type);
    uint64_t within = *offset + m.bit_offset;
    if (inner.kind == CALLTAP_TYPE_RECORD && find_member(c, &inner, name, depth + 1, found, &within)) {
      found->is_sensitive |= m.is_sensitive;
      *offset = within;
      return true;
    }
  }
  return false;
}

OUT_OF_LINE static bool wrong_member(struct compiler *c, uint32_t at, const char *type, struct calltap_span name) {
  char before[NAME_BYTES + 24];
  size_t n = calltap_type_spell(type, "", before, NAME_BYTES);
  calltap__text_copy(before + (n < NAME_BYTES ? n : NAME_BYTES - 1), 24, " has no member ");
  return calltap__wrong(c, at, before, name, "");
}

OUT_OF_LINE struct value calltap__member(struct compiler *c, uint32_t at, struct value v, struct calltap_span name) {
  v = calltap__load(c, at, v);
  if (c->failed)
    return v;
  struct calltap_type t = v.type ? calltap__read_type(c, v.type) : (struct calltap_type){0};
  if (v.shape == A_POINTER && t.inner) { /* "." also goes through pointers */
    v = calltap__place(t.inner);
    t = calltap__read_type(c, v.type);
  }
  if (t.kind != CALLTAP_TYPE_RECORD || (v.shape != A_PLACE && v.shape != A_PIECE)) {
    calltap__wrong_value(c, at, v, ", which has no members");
    return v;
  }
  if (!t.members) {
    calltap__wrong_type(c, at, v.type,
                        t.definition ? ", whose members are not described" : ", which is incomplete here");
    return v;
  }
  struct calltap_member m = {0};
  uint64_t offset = v.offset;
  if (!find_member(c, &t, name, 0, &m, &offset)) {
    wrong_member(c, at, v.type, name);
    return v;
  }
  if (m.is_sensitive)
    calltap__wrong(c, at, "member ", name, " is sensitive, and no rule may look at it");
  v.type = m.type;
  v.offset = offset;
  v.field_bits = m.bits;
  return v;
}
