/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "cut_declared.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

/* --- sets --- */

static bool add(struct calltap__set *set, uint64_t number) {
  if (number > CALLTAP__MOST_NUMBERS)
    return true;
  if (number >= set->room) {
    size_t room = (size_t)number + (size_t)number / 2 + 64;
    uint8_t *grown = realloc(set->has, room);
    if (grown == NULL)
      return false;
    memset(grown + set->room, 0, room - set->room);
    set->has = grown;
    set->room = room;
  }
  set->has[number] = 1;
  return true;
}

static bool has(const struct calltap__set *set, uint64_t number) { return number < set->room && set->has[number] != 0; }

bool calltap__declared_want(struct calltap__declared *declared, uint64_t function) {
  return add(&declared->functions, function);
}

void calltap__declared_exit(struct calltap__declared *declared, uint64_t function) {
  (void)add(&declared->exits, function);
}

bool calltap__declared_exits(const struct calltap__declared *declared, uint64_t function) {
  return has(&declared->exits, function);
}

/* --- the header --- */

static void copy(struct calltap__builder *to, const uint8_t *from, const uint8_t *end) {
  calltap__build_bytes(to, (const char *)from, (size_t)(end - from));
}

static bool tells_of_host(struct calltap_text key) {
  return calltap__text_is(key, "host") || calltap__text_is(key, "argv") || calltap__text_is(key, "who");
}

/* Adds the pairs of a map that are to stay; returns how many. */
static uint64_t copy_pairs(struct calltap__builder *to, struct calltap__bytes bytes, struct calltap__list list) {
  uint64_t pairs = 0;
  while (calltap__more(&bytes, &list)) {
    const uint8_t *start = bytes.at;
    struct calltap__item key = {0};
    if (calltap__item(&bytes, &key) != CALLTAP__GOOD || calltap__skip(&bytes) != CALLTAP__GOOD)
      break;
    if (key.type == CALLTAP__TEXT && tells_of_host(key.text))
      continue;
    copy(to, start, bytes.at);
    pairs++;
  }
  return pairs;
}

/* What stands before the map is copied as it is: the tag, and an array with the magic word and the version. */
static void header_without_host(struct calltap__builder *to, const uint8_t *start, struct calltap__bytes bytes) {
  struct calltap__item tag = {0};
  struct calltap__list list, map;
  struct calltap_text magic;
  struct calltap__builder pairs = {0};
  uint64_t version;
  unsigned char head[9];
  bool good = calltap__item(&bytes, &tag) == CALLTAP__GOOD && calltap__list(&bytes, CALLTAP__ARRAY, &list) &&
              calltap__take_text(&bytes, &list, &magic) && calltap__take_uint(&bytes, &list, &version) &&
              calltap__more(&bytes, &list);
  const uint8_t *before = bytes.at;
  if (!good || !calltap__list(&bytes, CALLTAP__MAP, &map)) {
    to->failed = true;
    return;
  }
  uint64_t count = copy_pairs(&pairs, bytes, map);
  copy(to, start, before);
  calltap__build_bytes(to, (const char *)head, cbor_encode_map_start((size_t)count, head, sizeof head));
  calltap__build_bytes(to, pairs.bytes, pairs.size);
  to->failed |= pairs.failed;
  calltap__builder_free(&pairs);
}

void calltap__declared_header(struct calltap__builder *to, const struct calltap__file *file, bool no_host) {
  const uint8_t *start = file->input.bytes, *end = start + file->header_end;
  if (no_host)
    header_without_host(to, start, (struct calltap__bytes){start, end});
  else
    copy(to, start, end);
}

/* --- the records of stream 0 --- */

/* One of them, and its parts behind the kind. */
struct record {
  struct calltap__bytes whole;
  struct calltap_text kind;
  struct calltap__bytes rest;
  struct calltap__list list;
};

typedef bool visitor(void *context, const struct record *record);

static bool read_record(struct calltap__bytes whole, struct record *record) {
  *record = (struct record){.whole = whole, .rest = whole};
  return calltap__list(&record->rest, CALLTAP__ARRAY, &record->list) &&
         calltap__take_text(&record->rest, &record->list, &record->kind);
}

/* Visits those that have a kind. A place that is no CBOR ends its chunk. */
static bool visit_all(const struct calltap__file *file, visitor *visit, void *context) {
  for (size_t i = 0; i < file->chunks; i++) {
    const struct calltap__chunk *chunk = &file->chunk[i];
    struct calltap__bytes bytes = {file->input.bytes + chunk->start, file->input.bytes + chunk->end};
    while (chunk->stream == 0 && (bytes.at = calltap__skip_zeros(bytes.at, bytes.end)) < bytes.end) {
      struct calltap__bytes whole = bytes;
      struct record record;
      if (calltap__skip(&bytes) != CALLTAP__GOOD)
        break;
      whole.end = bytes.at;
      if (read_record(whole, &record) && !visit(context, &record))
        return false;
    }
  }
  return true;
}

static bool is(const struct record *record, const char *kind) { return calltap__text_is(record->kind, kind); }

/* Takes number `index` behind the kind, an unsigned integer. */
static bool number_at(const struct record *record, unsigned index, uint64_t *number) {
  struct calltap__bytes bytes = record->rest;
  struct calltap__list list = record->list;
  for (unsigned i = 0; i < index; i++) {
    if (!calltap__more(&bytes, &list) || calltap__skip(&bytes) != CALLTAP__GOOD)
      return false;
  }
  return calltap__take_uint(&bytes, &list, number);
}

/* Where these stand in their records. */
enum { FUNCTION_UNIT = 7, FUNCTION_RESULT = 8, MESSAGE_FUNCTION = 1, TABLE_FUNCTION = 1 };

static bool want_of_tables(void *context, const struct record *record) {
  struct calltap__declared *declared = context;
  uint64_t number;
  return !is(record, CALLTAP_WIRE_TABLE) || !number_at(record, TABLE_FUNCTION, &number) ||
         add(&declared->functions, number);
}

static bool want_units(void *context, const struct record *record) {
  struct calltap__declared *declared = context;
  uint64_t number, unit;
  bool wanted = is(record, CALLTAP_WIRE_FUNCTION) && number_at(record, 0, &number) &&
                has(&declared->functions, number) && number_at(record, FUNCTION_UNIT, &unit);
  return !wanted || add(&declared->units, unit);
}

static bool want_types(void *context, const struct record *record) {
  struct calltap__declared *declared = context;
  struct calltap__bytes bytes = record->rest;
  struct calltap__list list = record->list, types;
  uint64_t number;
  if (!is(record, CALLTAP_WIRE_UNIT) || !calltap__take_uint(&bytes, &list, &number) || !has(&declared->units, number) ||
      !calltap__more(&bytes, &list) || !calltap__list(&bytes, CALLTAP__ARRAY, &types))
    return true;
  while (calltap__take_uint(&bytes, &types, &number)) {
    if (!add(&declared->types, number))
      return false;
  }
  return true;
}

/* --- writing --- */

struct writing {
  const struct calltap__declared *declared;
  struct calltap__declared_options options;
  void (*put)(void *context, bool is_last, const void *bytes, size_t size);
  void *context;
  struct calltap__bytes end; /* the record of the session's end */
};

static void put(const struct writing *writing, bool is_last, struct calltap__bytes bytes) {
  writing->put(writing->context, is_last, bytes.at, (size_t)(bytes.end - bytes.at));
}

/* [name, type, presence]: what is present becomes not captured. */
static void copy_value(struct calltap__builder *to, struct calltap__bytes bytes) {
  struct calltap__bytes inner = bytes;
  struct calltap__list list;
  struct calltap_text name, type;
  uint64_t presence;
  bool good = calltap__list(&inner, CALLTAP__ARRAY, &list) && calltap__take_text(&inner, &list, &name) &&
              calltap__take_text(&inner, &list, &type);
  const uint8_t *before = inner.at;
  static const char not_captured[] = {CALLTAP_WIRE_NOT_CAPTURED};
  if (!good || !calltap__take_uint(&inner, &list, &presence) || presence != CALLTAP_WIRE_PRESENT) {
    copy(to, bytes.at, bytes.end);
    return;
  }
  copy(to, bytes.at, before);
  calltap__build_bytes(to, not_captured, 1);
  copy(to, inner.at, bytes.end);
}

static void copy_values(struct calltap__builder *to, struct calltap__bytes bytes) {
  struct calltap__list list;
  const uint8_t *start = bytes.at, *end = bytes.end;
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list)) {
    copy(to, start, end);
    return;
  }
  copy(to, start, bytes.at);
  while (calltap__more(&bytes, &list)) {
    struct calltap__bytes one = bytes;
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      break;
    one.end = bytes.at;
    copy_value(to, one);
  }
  copy(to, bytes.at, end);
}

/* The function without its values. False without memory. */
static bool put_bare_function(const struct writing *writing, const struct record *record) {
  struct calltap__builder bare = {0};
  struct calltap__bytes bytes = record->rest, result, parameters;
  struct calltap__list list = record->list;
  for (unsigned i = 0; i < FUNCTION_RESULT; i++) {
    if (!calltap__more(&bytes, &list) || calltap__skip(&bytes) != CALLTAP__GOOD)
      return true;
  }
  result = bytes;
  if (calltap__skip(&bytes) != CALLTAP__GOOD)
    return true;
  result.end = bytes.at;
  parameters = bytes;
  if (calltap__skip(&bytes) != CALLTAP__GOOD)
    return true;
  parameters.end = bytes.at;
  copy(&bare, record->whole.at, result.at);
  copy_value(&bare, result);
  copy_values(&bare, parameters);
  copy(&bare, parameters.end, record->whole.end);
  bool good = !bare.failed;
  if (good)
    put(writing, false, (struct calltap__bytes){(const uint8_t *)bare.bytes, (const uint8_t *)bare.bytes + bare.size});
  calltap__builder_free(&bare);
  return good;
}

static bool is_wanted(const struct writing *writing, const struct record *record) {
  const struct calltap__declared *declared = writing->declared;
  uint64_t number;
  if (is(record, CALLTAP_WIRE_FUNCTION))
    return number_at(record, 0, &number) && has(&declared->functions, number);
  if (is(record, CALLTAP_WIRE_UNIT))
    return number_at(record, 0, &number) && has(&declared->units, number);
  if (is(record, CALLTAP_WIRE_TYPE))
    return number_at(record, 0, &number) && has(&declared->types, number);
  if (is(record, CALLTAP_WIRE_MESSAGE))
    return !writing->options.no_values && number_at(record, MESSAGE_FUNCTION, &number) &&
           has(&declared->functions, number);
  if (is(record, CALLTAP_WIRE_TABLE) || is(record, CALLTAP_WIRE_ROW))
    return writing->options.tables;
  return is(record, CALLTAP_WIRE_OBJECT);
}

/* Those of them that are events were written as such, if they are wanted. */
static bool is_session(struct writing *writing, const struct record *record) {
  struct calltap__bytes bytes = record->rest;
  struct calltap__list list = record->list;
  struct calltap_text what;
  if (!is(record, CALLTAP_WIRE_SESSION) || !calltap__take_text(&bytes, &list, &what))
    return false;
  if (calltap__text_is(what, "end"))
    writing->end = record->whole;
  return calltap__text_is(what, "start") || (calltap__text_is(what, "tables") && writing->options.tables);
}

static bool write_record(void *context, const struct record *record) {
  struct writing *writing = context;
  if (!is_wanted(writing, record) && !is_session(writing, record))
    return true;
  if (writing->options.no_values && is(record, CALLTAP_WIRE_FUNCTION))
    return put_bare_function(writing, record);
  put(writing, false, record->whole);
  return true;
}

bool calltap__declared_write(struct calltap__declared *declared, const struct calltap__file *file,
                             struct calltap__declared_options options,
                             void (*put_one)(void *context, bool is_last, const void *bytes, size_t size),
                             void *context) {
  struct writing writing = {.declared = declared, .options = options, .put = put_one, .context = context};
  bool good = (!options.tables || visit_all(file, want_of_tables, declared)) && visit_all(file, want_units, declared) &&
              visit_all(file, want_types, declared) && visit_all(file, write_record, &writing);
  if (good && writing.end.at != NULL)
    put(&writing, true, writing.end);
  return good;
}

void calltap__declared_free(struct calltap__declared *declared) {
  free(declared->functions.has);
  free(declared->exits.has);
  free(declared->units.has);
  free(declared->types.has);
}
