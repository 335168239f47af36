/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values become items as a trace has them, and are decoded as those are. */
#include "shown.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 4, MOST_ELEMENTS = 64, MOST_DEFINITIONS = 4096, MOST_DEPTH = 32, BUDGET = 1 << 14 };

/* --- definitions --- */

static bool is_known(const struct shown *shown, const char *text) {
  for (size_t i = 0; i < shown->definitions; i++) {
    if (shown->definition[i].text == text)
      return true;
  }
  return false;
}

static bool add_definition(struct shown *shown, const struct calltap_type *t) {
  struct calltap_trace_definition *grown = realloc(shown->definition, (shown->definitions + 1) * sizeof *grown);
  if (grown == NULL) {
    shown->failed = true;
    return false;
  }
  shown->definition = grown;
  grown[shown->definitions++] =
      (struct calltap_trace_definition){t->definition, t->name, t->name_bytes, CALLTAP_VIEW_NONE, 0, 0};
  return true;
}

static void add_named(struct shown *shown, const char *type) {
  struct calltap_type t = calltap_type_read(type, &shown->scope);
  while (t.inner != NULL && t.kind >= CALLTAP_TYPE_POINTER && t.kind <= CALLTAP_TYPE_VECTOR &&
         t.kind != CALLTAP_TYPE_FUNCTION)
    t = calltap_type_read(t.inner, &shown->scope);
  if (t.definition != NULL && shown->definitions < MOST_DEFINITIONS && !is_known(shown, t.definition))
    add_definition(shown, &t);
}

/* What the members of one name. */
static void add_members(struct shown *shown, size_t number) {
  struct calltap_trace_definition definition = shown->definition[number];
  struct calltap__builder named = {0};
  calltap__build(&named, "N");
  calltap__build_number(&named, definition.name_bytes);
  calltap__build(&named, ".");
  calltap__build_bytes(&named, definition.name, definition.name_bytes);
  calltap__build_bytes(&named, "", 1);
  shown->failed |= named.failed;
  struct calltap_type t = named.failed ? (struct calltap_type){0} : calltap_type_read(named.bytes, &shown->scope);
  struct calltap_member member;
  const char *at = t.kind == CALLTAP_TYPE_RECORD ? t.members : NULL;
  while (at != NULL && calltap_type_member(&at, &member))
    add_named(shown, member.type);
  calltap__builder_free(&named);
}

static int by_name(const void *left, const void *right) {
  const struct calltap_trace_definition *a = *(const struct calltap_trace_definition *const *)left;
  const struct calltap_trace_definition *b = *(const struct calltap_trace_definition *const *)right;
  int order = memcmp(a->name, b->name, a->name_bytes < b->name_bytes ? a->name_bytes : b->name_bytes);
  return order != 0 ? order : (a->name_bytes > b->name_bytes) - (a->name_bytes < b->name_bytes);
}

/* A type that values will be shown in, and all that it leads to. The list grows while it is gone through. */
static void add_type(struct shown *shown, const char *type) {
  size_t before = shown->definitions;
  add_named(shown, type);
  for (size_t i = before; i < shown->definitions && !shown->failed; i++)
    add_members(shown, i);
  if (shown->definitions == before && shown->unit != NULL)
    return;
  free(shown->unit);
  shown->unit = malloc(sizeof *shown->unit + shown->definitions * sizeof(void *));
  shown->failed |= shown->unit == NULL;
  if (shown->unit == NULL)
    return;
  shown->unit->definitions = shown->definitions;
  for (size_t i = 0; i < shown->definitions; i++)
    shown->unit->definition[i] = &shown->definition[i];
  if (shown->definitions > 0)
    qsort(shown->unit->definition, shown->definitions, sizeof(void *), by_name);
}

bool shown_start(struct shown *shown, const struct made_call *made, const struct calltap_scope *scope) {
  *shown = (struct shown){.made = made, .scope = *scope};
  return calltap__out_open(&shown->out, -1);
}

void shown_free(struct shown *shown) {
  free(shown->definition);
  free(shown->unit);
  free(shown->out.start);
  calltap__decoder_free(&shown->decoder);
}

void shown_value_free(struct shown_value *value) {
  calltap__builder_free(&value->text);
  calltap__builder_free(&value->json);
}

/* --- items --- */

static void put_head(struct calltap__builder *item, unsigned major, uint64_t number) {
  uint8_t head[9] = {(uint8_t)(major << 5 | 27)};
  for (unsigned i = 0; i < 8; i++)
    head[1 + i] = (uint8_t)(number >> (56 - 8 * i));
  calltap__build_bytes(item, (const char *)head, sizeof head);
}

static void put_bytes(struct calltap__builder *item, const void *bytes, size_t size) {
  put_head(item, CALLTAP__MAJOR_BYTES, size);
  calltap__build_bytes(item, bytes, size);
}

/* What the pointers of an object lead to: an item each. */
struct follows {
  struct calltap__builder items;
  size_t count;
};

static void follow(struct shown *shown, const char *type, const uint8_t *bytes, uint64_t offset, unsigned levels,
                   struct follows *out);

static void put_follows(struct calltap__builder *item, struct follows *follows) {
  calltap__build_bytes(item, follows->items.bytes, follows->items.size);
  item->failed |= follows->items.failed;
  calltap__builder_free(&follows->items);
}

/* [address, contents, ...]; null where nothing can be read. */
static void put_pointed(struct shown *shown, struct calltap__builder *item, const struct calltap_type *pointee,
                        const char *type, uint64_t address, unsigned levels) {
  size_t there = 0;
  const uint8_t *bytes = call_memory(shown->made, address, &there);
  bool is_text = pointee->kind == CALLTAP_TYPE_CHAR || pointee->letter == 'p';
  size_t size = is_text && bytes != NULL ? strnlen((const char *)bytes, there) : (size_t)pointee->size;
  struct follows inner = {0};
  bool is_readable = bytes != NULL && size <= there;
  if (is_readable && !is_text)
    follow(shown, type, bytes, 0, levels - 1, &inner);
  put_head(item, CALLTAP__MAJOR_ARRAY, 2 + inner.count);
  put_head(item, CALLTAP__MAJOR_UINT, address);
  if (is_readable)
    put_bytes(item, bytes, size);
  else
    calltap__build_bytes(item, "\xf6", 1);
  put_follows(item, &inner);
}

static void follow_pointer(struct shown *shown, const struct calltap_type *t, const uint8_t *bytes, uint64_t offset,
                           unsigned levels, struct follows *out) {
  struct calltap_type pointee =
      t->inner != NULL ? calltap_type_read(t->inner, &shown->scope) : (struct calltap_type){0};
  uint64_t address;
  memcpy(&address, bytes, sizeof address);
  bool is_text = (pointee.kind == CALLTAP_TYPE_CHAR || pointee.letter == 'p') && t->kind == CALLTAP_TYPE_POINTER;
  if (address == 0 || pointee.size == 0 || (levels == 0 && !is_text))
    return;
  put_head(&out->items, CALLTAP__MAJOR_ARRAY, 2);
  put_head(&out->items, CALLTAP__MAJOR_UINT, offset);
  put_pointed(shown, &out->items, &pointee, t->inner, address, levels);
  out->count++;
}

static void follow(struct shown *shown, const char *type, const uint8_t *bytes, uint64_t offset, unsigned levels,
                   struct follows *out) {
  struct calltap_type t = calltap_type_read(type, &shown->scope);
  struct calltap_member member;
  if (t.size == 0 || shown->budget == 0 || shown->depth == MOST_DEPTH)
    return;
  shown->budget--;
  shown->depth++;
  switch (t.kind) {
  case CALLTAP_TYPE_POINTER:
  case CALLTAP_TYPE_REFERENCE:
    follow_pointer(shown, &t, bytes, offset, levels, out);
    break;
  case CALLTAP_TYPE_ARRAY: {
    uint64_t size = calltap_type_read(t.inner, &shown->scope).size;
    for (uint64_t i = 0; i < t.count && i < MOST_ELEMENTS && size > 1; i++)
      follow(shown, t.inner, bytes + i * size, offset + i * size, levels, out);
    break;
  }
  case CALLTAP_TYPE_RECORD:
    for (const char *at = t.members; at != NULL && calltap_type_member(&at, &member);) {
      uint64_t within = member.bit_offset / 8;
      if (member.bits == 0 && !member.is_sensitive &&
          within + calltap_type_read(member.type, &shown->scope).size <= t.size)
        follow(shown, member.type, bytes + within, offset + within, levels, out);
    }
    break;
  default:
    break;
  }
  shown->depth--;
}

/* --- showing --- */

static void write_item(struct shown *shown, const char *type, const struct calltap__builder *item,
                       struct calltap__writer *writer, struct calltap__builder *out) {
  struct calltap_type t = calltap_type_read(type, &shown->scope);
  const uint8_t *bytes = (const uint8_t *)item->bytes;
  shown->decoder.sink = &writer->sink;
  calltap__decode(&shown->decoder, shown->unit, &t, (struct calltap__bytes){bytes, bytes + item->size});
  calltap__builder_free(&writer->words);
  if (shown->out.error == 0)
    calltap__build_bytes(out, shown->out.start, (size_t)(shown->out.at - shown->out.start));
  else
    calltap__build(out, "null"); /* longer than the buffer */
  shown->out.at = shown->out.start;
  shown->out.error = 0;
}

static void show(struct shown *shown, const char *type, const struct calltap__builder *item, struct shown_value *out) {
  struct calltap__writer writer;
  add_type(shown, type);
  shown->failed |= item->failed;
  if (shown->failed)
    return;
  calltap__text_writer(&writer, &shown->out, NULL);
  write_item(shown, type, item, &writer, &out->text);
  calltap__json_writer(&writer, &shown->out, NULL);
  write_item(shown, type, item, &writer, &out->json);
  shown->failed |= out->text.failed || out->json.failed;
}

static void show_object(struct shown *shown, const char *type, const uint8_t *bytes, unsigned levels,
                        struct shown_value *out) {
  struct calltap__builder item = {0};
  struct follows follows = {0};
  uint64_t size = calltap_type_read(type, &shown->scope).size;
  shown->budget = BUDGET;
  follow(shown, type, bytes, 0, levels, &follows);
  put_head(&item, CALLTAP__MAJOR_ARRAY, 1 + follows.count);
  put_bytes(&item, bytes, (size_t)size);
  put_follows(&item, &follows);
  show(shown, type, &item, out);
  calltap__builder_free(&item);
}

void shown_object(struct shown *shown, const char *type, const uint8_t *bytes, struct shown_value *out) {
  show_object(shown, type, bytes, MOST_LEVELS, out);
}

static void show_unreadable(uint64_t address, struct shown_value *out) {
  char number[80];
  snprintf(number, sizeof number, "0x%" PRIx64 " <unreadable>", address);
  calltap__build(&out->text, number);
  snprintf(number, sizeof number, "{\"unknown\":\"unreadable\",\"pointer\":\"0x%" PRIx64 "\"}", address);
  calltap__build(&out->json, number);
}

/* At most `most` bytes; a text ends at its NUL as well. */
static void show_span(struct shown *shown, uint64_t address, int64_t most, bool is_text, struct shown_value *out) {
  size_t size = 0;
  const uint8_t *bytes = call_memory(shown->made, address, &size);
  size = most < 0 ? 0 : (uint64_t)most < size ? (size_t)most : size;
  if (address == 0) {
    calltap__build(&out->text, "NULL");
    calltap__build(&out->json, "null");
  } else if (bytes == NULL) {
    show_unreadable(address, out);
  } else {
    struct calltap__builder item = {0};
    char type[32];
    size = is_text ? strnlen((const char *)bytes, size) : size;
    snprintf(type, sizeof type, "A%zu_%c", size, is_text ? 'c' : 'h');
    put_bytes(&item, bytes, size);
    show(shown, type, &item, out);
    calltap__builder_free(&item);
  }
}

void shown_time(uint64_t ns, struct shown_value *out) {
  char text[25];
  calltap__build_bytes(&out->text, text, calltap__format_duration(text, ns));
  calltap__build_number(&out->json, ns);
}

void shown_given(struct shown *shown, const struct calltap_given *given, const int64_t words[2],
                 struct shown_value *out) {
  size_t there = 0;
  const uint8_t *bytes;
  switch (given->kind) {
  case CALLTAP_GIVEN_TIME:
    shown_time((uint64_t)words[0], out);
    break;
  case CALLTAP_GIVEN_TEXT:
  case CALLTAP_GIVEN_BYTES:
    show_span(shown, (uint64_t)words[0], words[1], given->kind == CALLTAP_GIVEN_TEXT, out);
    break;
  case CALLTAP_GIVEN_WHOLE:
    bytes = call_memory(shown->made, (uint64_t)words[0], &there);
    if (bytes != NULL && calltap_type_read(given->type, &shown->scope).size <= there)
      show_object(shown, given->type, bytes, 0, out);
    else
      show_unreadable((uint64_t)words[0], out);
    break;
  default:
    show_object(shown, given->type, (const uint8_t *)words, 0, out);
    break;
  }
}
