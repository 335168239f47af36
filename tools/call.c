/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  FIRST_ADDRESS = 0x10000,
  GAP = 256,         /* objects begin at multiples, and bytes behind them cannot be read */
  MOST_ITEMS = 4096, /* of one array */
  MOST_BYTES = 1 << 20,
  MOST_DEPTH = 8, /* of bases and anonymous members */
};

/* What is being made of one function. */
struct maker {
  struct made_call *made;
  const struct calltap_signature *signature;
  const struct calltap_rules *values;
  struct calltap_rule_error *error;
};

/* A value on its way into an object. */
struct target {
  const char *type;
  uint8_t *bytes;
  unsigned bit, bits; /* bits: of a bit-field, else 0 */
};

static const struct calltap_node *node_of(const struct maker *m, uint16_t index) { return &m->values->node[index]; }

static struct calltap_type type_of(const struct maker *m, const char *type) {
  return calltap_type_read(type, &m->signature->scope);
}

static bool is_word(const struct calltap_node *n, const char *word) {
  size_t size = (size_t)(n->text.end - n->text.start);
  return n->kind == CALLTAP_PAT_BIND && strlen(word) == size && memcmp(n->text.start, word, size) == 0;
}

static bool same(struct calltap_span span, const char *bytes, size_t size) {
  return (size_t)(span.end - span.start) == size && memcmp(span.start, bytes, size) == 0;
}

/* --- what is wrong --- */

static bool wrong(struct maker *m, uint32_t at, const char *what) {
  m->error->column = at + 1;
  snprintf(m->error->message, sizeof m->error->message, "%s", what);
  return false;
}

static bool wrong_type(struct maker *m, uint32_t at, const char *type, const char *what) {
  char spelled[128], message[320];
  calltap_type_spell(type, "", spelled, sizeof spelled);
  snprintf(message, sizeof message, "this is of type %s%s", spelled, what);
  return wrong(m, at, message);
}

/* --- memory --- */

void call_add_memory(struct made_call *made, uint64_t address, const void *bytes, size_t size) {
  struct calltap_trial_memory *grown = realloc(made->memory, (made->trial.memories + 1) * sizeof *grown);
  if (grown == NULL) {
    made->failed = true;
    return;
  }
  grown[made->trial.memories++] = (struct calltap_trial_memory){address, size, bytes};
  made->memory = grown;
  made->trial.memory = grown;
}

const uint8_t *call_memory(const struct made_call *made, uint64_t address, size_t *size) {
  for (size_t i = 0; i < made->trial.memories; i++) {
    const struct calltap_trial_memory *memory = &made->memory[i];
    uint64_t within = address - memory->address;
    if (within >= memory->size)
      continue;
    *size = memory->size - (size_t)within;
    return (const uint8_t *)memory->bytes + within;
  }
  return NULL;
}

/* Zeros that programs can read. NULL without memory. */
static uint8_t *allocate(struct maker *m, uint64_t size, uint64_t *address) {
  struct made_call *made = m->made;
  struct call_block *block = calloc(1, sizeof *block + (size_t)size);
  if (block == NULL) {
    made->failed = true;
    return NULL;
  }
  block->next = made->block;
  made->block = block;
  made->next = made->next != 0 ? made->next : FIRST_ADDRESS;
  *address = made->next;
  made->next += (size / GAP + 2) * GAP;
  call_add_memory(made, *address, block->bytes, (size_t)size);
  return made->failed ? NULL : block->bytes;
}

/* --- scalars --- */

static void store_bits(const struct target *to, uint64_t value, unsigned bits) {
  for (unsigned i = 0; i < bits; i++) {
    unsigned bit = to->bit + i;
    uint8_t mask = (uint8_t)(1u << bit % 8);
    if (i < 64 ? value >> i & 1 : false)
      to->bytes[bit / 8] |= mask;
    else
      to->bytes[bit / 8] &= (uint8_t)~mask;
  }
}

static bool has_sign(const struct calltap_type *t) {
  if (t->kind == CALLTAP_TYPE_ENUM && t->inner != NULL)
    return calltap_type_read(t->inner, NULL).kind == CALLTAP_TYPE_INT;
  return t->kind == CALLTAP_TYPE_INT || t->kind == CALLTAP_TYPE_CHAR;
}

static bool find_enumerator(const struct calltap_type *t, struct calltap_span name, int64_t *value) {
  struct calltap_enumerator e;
  for (const char *at = t->members; at != NULL && calltap_type_enumerator(&at, &e);) {
    if (!same(name, e.name, e.name_bytes))
      continue;
    *value = e.value;
    return true;
  }
  return false;
}

/* A number that stands in a value. False: it is none, or none of that type. */
static bool take_number(struct maker *m, const struct calltap_type *t, const struct calltap_node *n, const char *type,
                        int64_t *value, bool *is_negative) {
  const struct calltap_node *literal = n->kind == CALLTAP_PAT_EQUAL ? node_of(m, n->a) : n;
  *value = literal->number;
  switch (literal->kind) {
  case CALLTAP_EXPR_INTEGER:
    if (literal->is_time)
      return wrong(m, n->at, "this is a time; write the number without a unit");
    *is_negative = literal->number < 0 && !literal->is_unsigned;
    return true;
  case CALLTAP_EXPR_CHARACTER:
    *is_negative = literal->number < 0;
    return true;
  case CALLTAP_EXPR_PIN:
    if (t->kind != CALLTAP_TYPE_ENUM)
      return wrong_type(m, n->at, type, ", which has no enumerators");
    if (!find_enumerator(t, literal->text, value))
      return wrong_type(m, n->at, type, ", which has no such enumerator");
    *is_negative = *value < 0;
    return true;
  default:
    break;
  }
  *value = is_word(n, "true");
  *is_negative = false;
  if (*value != 0 || is_word(n, "false"))
    return true;
  return wrong_type(m, n->at, type, ", and this is no whole number");
}

/* Characters, and numbers as they are written in hexadecimal, may have the highest bit of a type with a sign. */
static bool fits(int64_t value, bool is_negative, unsigned bits, bool is_signed) {
  if (bits >= 64)
    return bits > 64 || !is_negative || is_signed;
  if (is_negative)
    return is_signed && value >= -((int64_t)1 << (bits - 1));
  return (uint64_t)value < (uint64_t)1 << bits;
}

static bool fill_number(struct maker *m, const struct target *to, const struct calltap_type *t,
                        const struct calltap_node *n) {
  int64_t value;
  bool is_negative;
  unsigned bits = to->bits != 0 ? to->bits : (unsigned)t->size * 8;
  if (!take_number(m, t, n, to->type, &value, &is_negative))
    return false;
  bool is_character = n->kind == CALLTAP_PAT_EQUAL && node_of(m, n->a)->kind == CALLTAP_EXPR_CHARACTER;
  if (!is_character && !fits(value, is_negative, bits, has_sign(t)))
    return wrong_type(m, n->at, to->type, ", which cannot hold this number");
  store_bits(to, (uint64_t)value, bits);
  for (unsigned i = 64; is_negative && i < bits; i++) /* the upper half of an __int128 */
    to->bytes[(to->bit + i) / 8] = 0xFF;
  return true;
}

static bool fill_real(struct maker *m, const struct target *to, const struct calltap_type *t,
                      const struct calltap_node *n) {
  const struct calltap_node *literal = n->kind == CALLTAP_PAT_EQUAL ? node_of(m, n->a) : n;
  double value = (double)literal->number;
  if (literal->kind == CALLTAP_EXPR_REAL)
    memcpy(&value, &literal->number, sizeof value);
  else if (literal->kind != CALLTAP_EXPR_INTEGER || literal->is_time)
    return wrong_type(m, n->at, to->type, ", and this is no number");
  else if (literal->is_unsigned)
    value = (double)(uint64_t)literal->number;
  float narrow = (float)value;
  long double wide = value;
  if (t->letter == 'f') {
    memcpy(to->bytes, &narrow, sizeof narrow);
  } else if (t->letter == 'd') {
    memcpy(to->bytes, &value, sizeof value);
  } else if (t->letter == 'e') {
    memcpy(to->bytes, &wide, 10);
  } else {
    return wrong_type(m, n->at, to->type, ", of which no value can be given");
  }
  return true;
}

/* --- texts --- */

static char unescape(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? '\0' : c; }

/* Writes at most `most` bytes of a string; returns how many there are. */
static size_t put_string(struct calltap_span text, uint8_t *to, size_t most) {
  size_t size = 0;
  for (const char *at = text.start; at < text.end; at++, size++) {
    char c = *at == '\\' ? unescape(*++at) : *at;
    if (size < most)
      to[size] = (uint8_t)c;
  }
  return size;
}

static bool is_byte(const struct calltap_type *t) {
  return t->size == 1 && (t->kind == CALLTAP_TYPE_CHAR || t->kind == CALLTAP_TYPE_INT || t->kind == CALLTAP_TYPE_UINT);
}

static const struct calltap_node *string_in(const struct maker *m, const struct calltap_node *n) {
  const struct calltap_node *literal = n->kind == CALLTAP_PAT_EQUAL ? node_of(m, n->a) : NULL;
  return literal != NULL && literal->kind == CALLTAP_EXPR_STRING ? literal : NULL;
}

/* --- what is made of parts --- */

static bool fill(struct maker *m, const struct target *to, uint16_t value);

static bool is_list(const struct calltap_node *n) { return n->kind == CALLTAP_PAT_MEMBERS && n->op == 0; }

static bool is_named(const struct calltap_node *n) { return n->kind == CALLTAP_PAT_MEMBERS && n->op == 1; }

static size_t count_items(const struct maker *m, const struct calltap_node *list) {
  size_t count = 0;
  for (uint16_t i = list->a; i != 0; i = node_of(m, i)->next)
    count++;
  return count;
}

static bool fill_elements(struct maker *m, const struct calltap_node *list, const char *element, uint64_t size,
                          uint8_t *bytes) {
  for (uint16_t i = list->a; i != 0; i = node_of(m, i)->next, bytes += size) {
    if (is_named(node_of(m, i)))
      return wrong_type(m, node_of(m, i)->at, element, ", which has no members");
    if (!fill(m, &(struct target){.type = element, .bytes = bytes}, i))
      return false;
  }
  return true;
}

static bool fill_array(struct maker *m, const struct target *to, const struct calltap_type *t,
                       const struct calltap_node *n) {
  struct calltap_type element = type_of(m, t->inner);
  const struct calltap_node *string = string_in(m, n);
  if (string != NULL && is_byte(&element)) {
    if (put_string(string->text, to->bytes, (size_t)t->count) > t->count)
      return wrong_type(m, n->at, to->type, ", which is too short for this text");
    return true;
  }
  if (!is_list(n))
    return wrong_type(m, n->at, to->type, ", whose elements stand in braces, as in {1, 2}");
  if (count_items(m, n) > t->count)
    return wrong_type(m, n->at, to->type, ", which has not so many elements");
  return fill_elements(m, n, t->inner, element.size, to->bytes);
}

/* Its own members hide those of its bases. `bit` is added to. */
static bool find_member(const struct maker *m, const struct calltap_type *record, struct calltap_span name,
                        unsigned depth, struct calltap_member *found, uint64_t *bit) {
  struct calltap_member member;
  for (const char *at = record->members; at != NULL && calltap_type_member(&at, &member);) {
    if (member.name_bytes == 0 || !same(name, member.name, member.name_bytes))
      continue;
    *found = member;
    *bit += member.bit_offset;
    return true;
  }
  for (const char *at = record->members; at != NULL && depth < MOST_DEPTH && calltap_type_member(&at, &member);) {
    struct calltap_type inner = member.name_bytes != 0 ? (struct calltap_type){0} : type_of(m, member.type);
    uint64_t within = *bit + member.bit_offset;
    if (inner.kind != CALLTAP_TYPE_RECORD || !find_member(m, &inner, name, depth + 1, found, &within))
      continue;
    *bit = within;
    return true;
  }
  return false;
}

static bool fill_member(struct maker *m, const struct target *to, const struct calltap_type *t,
                        const struct calltap_node *n) {
  struct calltap_member member;
  uint64_t bit = 0;
  if (!find_member(m, t, n->text, 0, &member, &bit)) {
    char spelled[128], message[320];
    calltap_type_spell(to->type, "", spelled, sizeof spelled);
    snprintf(message, sizeof message, "%s has no member %.*s", spelled, (int)(n->text.end - n->text.start),
             n->text.start);
    return wrong(m, n->at, message);
  }
  uint64_t size = member.bits != 0 ? 0 : type_of(m, member.type).size;
  uint64_t end = member.bits != 0 ? (bit + member.bits + 7) / 8 : bit / 8 + size;
  if (end > t->size || (member.bits == 0 && size == 0))
    return wrong_type(m, n->at, member.type, ", of which no value can be given");
  const struct target inner = {member.type, to->bytes + bit / 8, (unsigned)(bit % 8), member.bits};
  return fill(m, &inner, n->a);
}

static bool fill_record(struct maker *m, const struct target *to, const struct calltap_type *t,
                        const struct calltap_node *n) {
  if (!is_list(n))
    return wrong_type(m, n->at, to->type, ", whose members stand in braces, as in {name=value}");
  if (t->members == NULL && n->a != 0)
    return wrong_type(m, n->at, to->type, ", whose members are not described");
  for (uint16_t i = n->a; i != 0; i = node_of(m, i)->next) {
    if (!is_named(node_of(m, i)))
      return wrong_type(m, node_of(m, i)->at, to->type, ", whose members have names: {name=value}");
    if (!fill_member(m, to, t, node_of(m, i)))
      return false;
  }
  return true;
}

/* --- pointers --- */

static bool store_address(const struct target *to, uint64_t address) {
  memcpy(to->bytes, &address, sizeof address);
  return true;
}

/* {...} behind a pointer: one object if it has names or nothing in it, else elements. */
static bool point_to_list(struct maker *m, const struct target *to, const struct calltap_type *pointee,
                          const char *inner, const struct calltap_node *n) {
  size_t items = count_items(m, n);
  bool is_one = n->a == 0 || is_named(node_of(m, n->a));
  uint64_t address, count = is_one ? 1 : items;
  if (pointee->size == 0)
    return wrong_type(m, n->at, inner, ", of whose values nothing is known here");
  if (is_one && pointee->kind != CALLTAP_TYPE_RECORD && n->a != 0)
    return wrong_type(m, n->at, inner, ", which has no members");
  if (count > MOST_ITEMS || pointee->size > MOST_BYTES)
    return wrong(m, n->at, "this is too large");
  uint8_t *bytes = allocate(m, pointee->size * count, &address);
  if (bytes == NULL)
    return false;
  store_address(to, address);
  if (!is_one)
    return fill_elements(m, n, inner, pointee->size, bytes);
  return n->a == 0 || fill_record(m, &(struct target){.type = inner, .bytes = bytes}, pointee, n);
}

static bool fill_pointer(struct maker *m, const struct target *to, const struct calltap_type *t,
                         const struct calltap_node *n) {
  struct calltap_type pointee = t->inner != NULL ? type_of(m, t->inner) : (struct calltap_type){0};
  const struct calltap_node *string = string_in(m, n);
  if (is_word(n, "NULL") || is_word(n, "nullptr"))
    return store_address(to, 0);
  if (string != NULL && (is_byte(&pointee) || pointee.kind == CALLTAP_TYPE_VOID)) {
    uint64_t address;
    size_t size = put_string(string->text, NULL, 0);
    uint8_t *bytes = allocate(m, size + 1, &address);
    if (bytes == NULL)
      return false;
    put_string(string->text, bytes, size);
    return store_address(to, address);
  }
  if (is_list(n) && t->inner != NULL)
    return point_to_list(m, to, &pointee, t->inner, n);
  if (n->kind == CALLTAP_PAT_EQUAL && node_of(m, n->a)->kind == CALLTAP_EXPR_INTEGER && !node_of(m, n->a)->is_time)
    return store_address(to, (uint64_t)node_of(m, n->a)->number);
  return wrong_type(m, n->at, to->type,
                    string != NULL ? ", which is no text" : ", and this is no pointer: {...} is what it points to");
}

static bool fill_reference(struct maker *m, const struct target *to, const struct calltap_type *t, uint16_t value) {
  struct calltap_type referred = type_of(m, t->inner);
  uint64_t address;
  if (referred.size == 0 || referred.size > MOST_BYTES)
    return wrong_type(m, node_of(m, value)->at, to->type, ", of which no value can be given");
  uint8_t *bytes = allocate(m, referred.size, &address);
  return bytes != NULL && store_address(to, address) &&
         fill(m, &(struct target){.type = t->inner, .bytes = bytes}, value);
}

/* --- all --- */

static bool fill(struct maker *m, const struct target *to, uint16_t value) {
  const struct calltap_node *n = node_of(m, value);
  struct calltap_type t = type_of(m, to->type);
  if (n->kind == CALLTAP_PAT_ANY && t.kind != CALLTAP_TYPE_REFERENCE)
    return true;
  switch (t.kind) {
  case CALLTAP_TYPE_BOOL:
  case CALLTAP_TYPE_CHAR:
  case CALLTAP_TYPE_INT:
  case CALLTAP_TYPE_UINT:
  case CALLTAP_TYPE_ENUM:
    return fill_number(m, to, &t, n);
  case CALLTAP_TYPE_FLOAT:
    return fill_real(m, to, &t, n);
  case CALLTAP_TYPE_POINTER:
    return fill_pointer(m, to, &t, n);
  case CALLTAP_TYPE_REFERENCE:
    return fill_reference(m, to, &t, value);
  case CALLTAP_TYPE_ARRAY:
    return fill_array(m, to, &t, n);
  case CALLTAP_TYPE_RECORD:
    return fill_record(m, to, &t, n);
  default:
    return wrong_type(m, n->at, to->type, ", of which no value can be given");
  }
}

/* --- parameters --- */

static const struct calltap_parameter *holder(const struct maker *m, size_t index) {
  return index == CALL_RESULT ? &m->signature->result : &m->signature->parameter[index];
}

/* The object of a parameter or the result: zeros. True as well if there is none. */
static bool make_object(struct maker *m, size_t index) {
  struct calltap_type t = type_of(m, holder(m, index)->type);
  if (t.size == 0 || t.size > MOST_BYTES || t.kind == CALLTAP_TYPE_BAD)
    return true;
  m->made->object[index] = calloc(1, (size_t)t.size + 16); /* room to take two registers from */
  m->made->failed |= m->made->object[index] == NULL;
  return !m->made->failed;
}

static bool fill_parameter(struct maker *m, size_t index, uint16_t value) {
  const char *type = holder(m, index)->type;
  uint8_t *bytes = m->made->object[index];
  if (bytes == NULL)
    return wrong_type(m, node_of(m, value)->at, type, ", of which no value can be given");
  return fill(m, &(struct target){.type = type, .bytes = bytes}, value);
}

static size_t parameter_named(const struct maker *m, struct calltap_span name) {
  for (size_t i = 0; i < m->signature->parameters; i++) {
    const char *known = m->signature->parameter[i].name;
    if (same(name, known, strlen(known)))
      return i;
  }
  return SIZE_MAX;
}

static bool wrong_name(struct maker *m, const struct calltap_node *n) {
  char message[320];
  int length = snprintf(message, sizeof message, "there is no parameter %.*s; the function has",
                        (int)(n->text.end - n->text.start), n->text.start);
  for (size_t i = 0; i < m->signature->parameters && length > 0 && (size_t)length < sizeof message; i++)
    length += snprintf(message + length, sizeof message - (size_t)length, "%s %s", i > 0 ? "," : "",
                       m->signature->parameter[i].name);
  return wrong(m, n->at, message);
}

/* By position, `this` left out, or by name, as in heads. */
static bool fill_parameters(struct maker *m, const struct calltap_call *call) {
  size_t position = m->signature->has_this;
  bool rest = false, named = false;
  for (uint16_t i = call->arguments; i != 0; i = node_of(m, i)->next) {
    const struct calltap_node *n = node_of(m, i);
    bool by_name = is_named(n);
    rest |= n->kind == CALLTAP_PAT_REST;
    if (n->kind == CALLTAP_PAT_REST)
      continue;
    if (rest && !by_name)
      return wrong(m, n->at, "behind ... stand only values with names, as in len=4");
    size_t index = by_name ? parameter_named(m, n->text) : position++;
    named |= by_name;
    if (by_name && index == SIZE_MAX)
      return wrong_name(m, n);
    if (index >= m->signature->parameters)
      return wrong(m, n->at, "there are more values than the function has parameters");
    if (!fill_parameter(m, index, by_name ? n->a : i))
      return false;
  }
  bool is_short = position < m->signature->parameters && (position > m->signature->has_this || !named);
  if (!rest && is_short)
    return wrong(m, call->at, "there are fewer values than the function has parameters; ... stands for zeros");
  return true;
}

/* --- where they are passed --- */

static void put_word(struct calltap_trial_registers *registers, unsigned place, uint64_t word) {
  if (place <= CALLTAP_PLACE_RAX)
    registers->word[place] = word;
  else if (place >= CALLTAP_PLACE_XMM0 && place <= CALLTAP_PLACE_XMM7)
    registers->vector[place - CALLTAP_PLACE_XMM0] = word;
}

static bool pass(struct maker *m, size_t index, uint8_t *slots) {
  const struct calltap_parameter *p = holder(m, index);
  struct calltap_trial *trial = &m->made->trial;
  struct calltap_trial_registers *registers = index == CALL_RESULT ? &trial->exit : &trial->entry;
  const uint8_t *object = m->made->object[index];
  uint64_t size = type_of(m, p->type).size, word;
  unsigned place = p->place[0] & ~(unsigned)CALLTAP_PLACE_INDIRECT;
  if (object == NULL || p->place[0] >= CALLTAP_PLACE_NONE)
    return true;
  memcpy(&word, object, sizeof word);
  if ((p->place[0] & CALLTAP_PLACE_INDIRECT) != 0) {
    uint8_t *copy = allocate(m, size, &word);
    if (copy == NULL)
      return false;
    memcpy(copy, object, (size_t)size);
    size = sizeof word;
    object = (const uint8_t *)&word;
  }
  if (place == CALLTAP_PLACE_STACK && slots == NULL)
    return true; /* no result is there */
  if (place == CALLTAP_PLACE_STACK) {
    memcpy(slots + 8 * (size_t)p->slot, object, (size_t)size);
    return true;
  }
  put_word(registers, place, word);
  if ((p->place[0] & CALLTAP_PLACE_INDIRECT) == 0 && p->place[1] < CALLTAP_PLACE_NONE) {
    memcpy(&word, object + 8, sizeof word);
    put_word(registers, p->place[1], word);
  }
  return true;
}

/* How many bytes of the frame the parameters take. */
static size_t slot_bytes(const struct maker *m) {
  size_t most = 0;
  for (size_t i = 0; i < m->signature->parameters; i++) {
    const struct calltap_parameter *p = holder(m, i);
    size_t end = 8 * (size_t)p->slot + 8 + (size_t)type_of(m, p->type).size;
    bool is_there = (p->place[0] & ~CALLTAP_PLACE_INDIRECT) == CALLTAP_PLACE_STACK && m->made->object[i] != NULL;
    most = is_there && end > most ? end : most;
  }
  return most;
}

static bool pass_all(struct maker *m) {
  uint64_t frame;
  uint8_t *bytes = allocate(m, 8 + slot_bytes(m), &frame); /* the return address, and what stands above it */
  if (bytes == NULL)
    return false;
  m->made->trial.frame = frame;
  for (size_t i = 0; i < m->signature->parameters; i++) {
    if (!pass(m, i, bytes + 8))
      return false;
  }
  return pass(m, CALL_RESULT, NULL);
}

static bool fill_result(struct maker *m, const struct calltap_call *call) {
  m->made->has_result = call->result != 0;
  if (call->result == 0)
    return true;
  if (type_of(m, m->signature->result.type).kind == CALLTAP_TYPE_VOID)
    return wrong(m, node_of(m, call->result)->at, "the function returns nothing");
  return fill_parameter(m, CALL_RESULT, call->result);
}

bool call_make(struct made_call *made, const struct calltap_signature *signature, const struct calltap_rules *values,
               const struct calltap_call *call, struct calltap_rule_error *error) {
  struct maker m = {made, signature, values, error};
  bool good = make_object(&m, CALL_RESULT);
  for (size_t i = 0; i < signature->parameters && good; i++)
    good = make_object(&m, i);
  made->trial.at_exit = call->has_exit;
  made->trial.elapsed_ns = call->elapsed_ns;
  return good && fill_parameters(&m, call) && fill_result(&m, call) && pass_all(&m) && !made->failed;
}

void call_free(struct made_call *made) {
  for (size_t i = 0; i <= CALL_RESULT; i++)
    free(made->object[i]);
  while (made->block != NULL) {
    struct call_block *block = made->block;
    made->block = block->next;
    free(block);
  }
  free(made->memory);
}
