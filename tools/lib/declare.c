/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What events refer to: types, units of them, functions, objects. All of it stands in stream 0. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const struct calltap_trace_unit calltap__no_unit = {0};

const struct calltap_trace_function calltap__unknown_function = {
    .arity = 0,
    .exits = true,
    .unit = &calltap__no_unit,
    .result = {.type = "", .presence = CALLTAP_WIRE_NOT_CAPTURED},
};

/* --- things by their numbers --- */

bool calltap__numbered_room(struct calltap__numbered *numbered, uint64_t number) {
  if (number < numbered->room)
    return true;
  size_t room = numbered->room == 0 ? 256 : numbered->room;
  while (room <= number)
    room *= 2;
  void **grown = realloc(numbered->at, room * sizeof *grown);
  if (grown == NULL)
    return false;
  memset(grown + numbered->room, 0, (room - numbered->room) * sizeof *grown);
  numbered->at = grown;
  numbered->room = room;
  return true;
}

static void free_numbered(struct calltap__numbered *numbered) {
  for (size_t i = 0; i < numbered->room; i++)
    free(numbered->at[i]);
  free(numbered->at);
}

/* --- types --- */

static enum calltap_view_kind view_of(struct calltap_text word) {
  static const char *const words[] = {
      [CALLTAP_VIEW_STRING] = "string",
      [CALLTAP_VIEW_SEQUENCE] = "sequence",
      [CALLTAP_VIEW_POINTER] = "pointer",
      [CALLTAP_VIEW_OPTIONAL] = "optional",
  };
  for (size_t i = CALLTAP_VIEW_STRING; i < sizeof words / sizeof *words; i++) {
    if (calltap__text_is(word, words[i]))
      return (enum calltap_view_kind)i;
  }
  return CALLTAP_VIEW_NONE;
}

/* A type without a view, or with one that is not known, is read as its members. */
static void take_view(struct calltap__bytes bytes, struct calltap__list list,
                      struct calltap_trace_definition *definition) {
  struct calltap__list view;
  struct calltap_text word;
  if (!calltap__more(&bytes, &list) || !calltap__list(&bytes, CALLTAP__ARRAY, &view) ||
      !calltap__take_text(&bytes, &view, &word)) {
    return;
  }
  enum calltap_view_kind kind = view_of(word);
  bool has_two = kind == CALLTAP_VIEW_STRING || kind == CALLTAP_VIEW_SEQUENCE;
  if (!calltap__take_uint(&bytes, &view, &definition->first))
    return;
  if (!has_two || calltap__take_uint(&bytes, &view, &definition->second))
    definition->view = kind;
}

enum calltap__added calltap__add_definition(struct calltap__file *file, struct calltap__bytes bytes,
                                            struct calltap__list list) {
  uint64_t number;
  struct calltap_text text;
  if (!calltap__take_uint(&bytes, &list, &number) || !calltap__take_text(&bytes, &list, &text) ||
      number >= CALLTAP__MOST_NUMBERS) {
    return CALLTAP__MISSHAPEN;
  }
  if (calltap__numbered_at(&file->definitions, number) != NULL)
    return CALLTAP__ADDED;
  struct calltap_trace_definition *definition = malloc(sizeof *definition + text.size + 1);
  if (definition == NULL || !calltap__numbered_room(&file->definitions, number)) {
    free(definition);
    return CALLTAP__NO_MEMORY;
  }
  char *copy = (char *)(definition + 1);
  memcpy(copy, text.bytes, text.size);
  copy[text.size] = '\0';
  *definition = (struct calltap_trace_definition){.text = copy};
  if (!calltap_type_definition_name(copy, &definition->name, &definition->name_bytes)) {
    free(definition);
    return CALLTAP__MISSHAPEN;
  }
  take_view(bytes, list, definition);
  file->definitions.at[number] = definition;
  return CALLTAP__ADDED;
}

/* --- units --- */

static int by_name(const void *left, const void *right) {
  const struct calltap_trace_definition *a = *(const struct calltap_trace_definition *const *)left,
                                        *b = *(const struct calltap_trace_definition *const *)right;
  return calltap_type_order(a->name, a->name_bytes, b->name, b->name_bytes);
}

static size_t count_numbers(struct calltap__bytes bytes, struct calltap__list numbers) {
  size_t count = 0;
  uint64_t number;
  while (calltap__take_uint(&bytes, &numbers, &number))
    count++;
  return count;
}

enum calltap__added calltap__add_unit(struct calltap__file *file, struct calltap__bytes bytes,
                                      struct calltap__list list) {
  uint64_t number, member;
  struct calltap__list numbers;
  if (!calltap__take_uint(&bytes, &list, &number) || !calltap__more(&bytes, &list) ||
      !calltap__list(&bytes, CALLTAP__ARRAY, &numbers) || number >= CALLTAP__MOST_NUMBERS) {
    return CALLTAP__MISSHAPEN;
  }
  if (calltap__numbered_at(&file->units, number) != NULL)
    return CALLTAP__ADDED;
  size_t most = count_numbers(bytes, numbers);
  struct calltap_trace_unit *unit = malloc(sizeof *unit + most * sizeof(void *));
  if (unit == NULL || !calltap__numbered_room(&file->units, number)) {
    free(unit);
    return CALLTAP__NO_MEMORY;
  }
  unit->definitions = 0;
  while (calltap__take_uint(&bytes, &numbers, &member)) {
    const struct calltap_trace_definition *definition = calltap__numbered_at(&file->definitions, member);
    if (definition != NULL)
      unit->definition[unit->definitions++] = definition;
  }
  qsort(unit->definition, unit->definitions, sizeof(void *), by_name);
  file->units.at[number] = unit;
  return CALLTAP__ADDED;
}

static bool name_at(const void *context, size_t index, const char **name, size_t *bytes) {
  const struct calltap_trace_unit *unit = context;
  *name = unit->definition[index]->name;
  *bytes = unit->definition[index]->name_bytes;
  return true;
}

const struct calltap_trace_definition *calltap_trace_definition(const struct calltap_trace_unit *unit, const char *name,
                                                                size_t bytes) {
  size_t at = calltap_type_find(name_at, unit, unit->definitions, name, bytes);
  return at == SIZE_MAX ? NULL : unit->definition[at];
}

static const char *find(const void *context, const char *name, size_t bytes) {
  const struct calltap_trace_definition *definition = calltap_trace_definition(context, name, bytes);
  return definition != NULL ? definition->text : NULL;
}

struct calltap_scope calltap_trace_scope(const struct calltap_trace_unit *unit) {
  return (struct calltap_scope){find, unit};
}

/* --- functions --- */

/* A value as it stands in the trace. */
struct raw_value {
  struct calltap_text name;
  struct calltap_text type;
  uint8_t presence;
};

/* Result first, then the parameters. */
struct raw_function {
  struct calltap_trace_function *function; /* without its values */
  uint64_t unit;
  struct raw_value value[1 + CALLTAP_MAX_PARAMETERS];
};

static bool take_value(struct calltap__bytes *bytes, struct calltap__list *outer, struct raw_value *value) {
  struct calltap__list list;
  uint64_t presence;
  if (!calltap__more(bytes, outer))
    return false;
  struct calltap__bytes inner = *bytes;
  if (calltap__skip(bytes) != CALLTAP__GOOD)
    return false;
  if (!calltap__list(&inner, CALLTAP__ARRAY, &list) || !calltap__take_text(&inner, &list, &value->name) ||
      !calltap__take_text(&inner, &list, &value->type) || !calltap__take_uint(&inner, &list, &presence)) {
    return false;
  }
  value->presence = presence > CALLTAP_WIRE_SENSITIVE ? CALLTAP_WIRE_NOT_CAPTURED : (uint8_t)presence;
  return true;
}

/* Everything of a function but its parameters. */
static bool take_function(struct calltap__bytes *bytes, struct calltap__list *list, struct raw_function *raw) {
  struct calltap_trace_function *function = raw->function;
  uint64_t number, arity, line, flags;
  if (!calltap__take_uint(bytes, list, &number) || !calltap__take_text(bytes, list, &function->module) ||
      !calltap__take_text(bytes, list, &function->name) || !calltap__take_uint(bytes, list, &arity) ||
      !calltap__take_text(bytes, list, &function->file) || !calltap__take_uint(bytes, list, &line) ||
      !calltap__take_uint(bytes, list, &flags) || !calltap__take_uint(bytes, list, &raw->unit) ||
      !take_value(bytes, list, &raw->value[0]) || number >= CALLTAP__MOST_NUMBERS) {
    return false;
  }
  function->number = (uint32_t)number;
  function->arity = (uint32_t)arity;
  function->line = (uint32_t)line;
  function->flags = (uint32_t)flags;
  function->asked = (flags & CALLTAP_WIRE_HAS_EXITS) != 0;
  return true;
}

static bool take_parameters(struct calltap__bytes *bytes, struct calltap__list *list, struct raw_function *raw) {
  struct calltap__list parameters;
  uint32_t count = 0;
  if (!calltap__more(bytes, list) || !calltap__list(bytes, CALLTAP__ARRAY, &parameters))
    return false;
  while (count < CALLTAP_MAX_PARAMETERS && take_value(bytes, &parameters, &raw->value[1 + count]))
    count++;
  raw->function->parameters = count;
  return true;
}

/* Copies the type of a value to `*texts`, and moves that behind it. */
static struct calltap_trace_value keep_value(const struct raw_value *raw, char **texts) {
  char *type = *texts;
  if (raw->type.size > 0)
    memcpy(type, raw->type.bytes, raw->type.size);
  type[raw->type.size] = '\0';
  *texts += raw->type.size + 1;
  return (struct calltap_trace_value){raw->name, type, raw->presence};
}

/* A function and the texts of its types in one piece of memory. */
static struct calltap_trace_function *keep_function(const struct calltap__file *file, const struct raw_function *raw) {
  uint32_t parameters = raw->function->parameters;
  size_t size = sizeof *raw->function + parameters * sizeof(struct calltap_trace_value);
  size_t texts = 0;
  for (uint32_t i = 0; i <= parameters; i++)
    texts += raw->value[i].type.size + 1;
  struct calltap_trace_function *kept = malloc(size + texts);
  if (kept == NULL)
    return NULL;
  char *text = (char *)kept + size;
  *kept = *raw->function;
  const struct calltap_trace_unit *unit = calltap__numbered_at(&file->units, raw->unit);
  kept->unit = unit != NULL ? unit : &calltap__no_unit;
  kept->result = keep_value(&raw->value[0], &text);
  for (uint32_t i = 0; i < parameters; i++)
    kept->parameter[i] = keep_value(&raw->value[1 + i], &text);
  return kept;
}

enum calltap__added calltap__add_function(struct calltap__file *file, struct calltap__bytes bytes,
                                          struct calltap__list list) {
  struct calltap_trace_function function = {0};
  struct raw_function raw;
  raw.function = &function;
  if (!take_function(&bytes, &list, &raw) || !take_parameters(&bytes, &list, &raw))
    return CALLTAP__MISSHAPEN;
  if (!calltap__numbered_room(&file->functions, function.number))
    return CALLTAP__NO_MEMORY;
  void **place = &file->functions.at[function.number];
  if (*place == NULL)
    *place = keep_function(file, &raw);
  return *place != NULL ? CALLTAP__ADDED : CALLTAP__NO_MEMORY;
}

/* --- objects --- */

enum calltap__added calltap__add_object(struct calltap__file *file, struct calltap__bytes bytes,
                                        struct calltap__list list) {
  struct calltap_trace_object object;
  struct calltap__item build_id = {0};
  if (!calltap__take_text(&bytes, &list, &object.path) || !calltap__take_uint(&bytes, &list, &object.start) ||
      !calltap__take_uint(&bytes, &list, &object.end) || !calltap__take_uint(&bytes, &list, &object.bias) ||
      !calltap__more(&bytes, &list) || calltap__item(&bytes, &build_id) != CALLTAP__GOOD ||
      build_id.type != CALLTAP__BYTES) {
    return CALLTAP__MISSHAPEN;
  }
  object.build_id = build_id.text;
  size_t count = file->open.objects;
  if ((count & (count - 1)) == 0) {
    struct calltap_trace_object *grown = realloc(file->object, (count == 0 ? 1 : 2 * count) * sizeof *grown);
    if (grown == NULL)
      return CALLTAP__NO_MEMORY;
    file->open.object = file->object = grown;
  }
  file->object[count] = object;
  file->open.objects++;
  return CALLTAP__ADDED;
}

void calltap__declarations_free(struct calltap__file *file) {
  free_numbered(&file->functions);
  free_numbered(&file->units);
  free_numbered(&file->definitions);
  free_numbered(&file->messages);
  free_numbered(&file->tables);
  free(file->object);
  free(file->row);
  free(file->disarmed);
}
