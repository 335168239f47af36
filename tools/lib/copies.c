/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "copies.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static int by_number(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int by_text(struct calltap_text a, struct calltap_text b) {
  size_t size = a.size < b.size ? a.size : b.size;
  int order = size > 0 ? memcmp(a.bytes, b.bytes, size) : 0;
  return order != 0 ? order : by_number(a.size, b.size);
}

/* --- orders --- */

static int by_mfa(const struct calltap__copy *a, const struct calltap__copy *b) {
  const struct calltap_trace_function *left = a->table->function, *right = b->table->function;
  int order = by_text(left->module, right->module);
  if (order == 0)
    order = by_text(left->name, right->name);
  return order != 0 ? order : by_number(left->arity, right->arity);
}

static int by_place(const struct calltap__copy *a, const struct calltap__copy *b) {
  const struct calltap_trace_function *left = a->table->function, *right = b->table->function;
  int order = by_text(left->file, right->file);
  return order != 0 ? order : by_number(left->line, right->line);
}

static int by_source(const struct calltap__copy *a, const struct calltap__copy *b) {
  int order = by_mfa(a, b);
  if (order == 0)
    order = by_place(a, b);
  return order != 0 ? order : strcmp(a->types, b->types);
}

static int by_question(const struct calltap_trace_table *a, const struct calltap_trace_table *b) {
  int order = by_number(a->kind, b->kind);
  if (order == 0)
    order = by_text(a->value.name, b->value.name);
  if (order == 0)
    order = by_number(a->keys, b->keys);
  for (uint32_t i = 0; order == 0 && i < a->keys; i++)
    order = by_text(a->key[i].name, b->key[i].name);
  return order;
}

/* Copies stand together, and the tables of each in the order of the rules. What is unknown is no copy of anything. */
static int by_copies(const void *left, const void *right) {
  const struct calltap__copy *a = left, *b = right;
  int order = by_source(a, b);
  if (order == 0)
    order = by_question(a->table, b->table);
  if (order == 0)
    order = by_number(a->table->function_number, b->table->function_number);
  return order != 0 ? order : by_number(a->table->number, b->table->number);
}

static int by_table(const void *left, const void *right) {
  const struct calltap__copy *a = left, *b = right;
  return by_number(a->table->number, b->table->number);
}

/* --- what is the same --- */

static bool is_same_question(const struct calltap__copy *a, const struct calltap__copy *b) {
  return by_source(a, b) == 0 && by_question(a->table, b->table) == 0 && a->table->function->index != 0;
}

/* Of the tables that ask the same of copies, the first one of each function are one, so are the second ones, and so on. */
static void join(struct calltap__copy *copy, size_t count) {
  size_t first = 0, own = 0;
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || !is_same_question(&copy[first], &copy[i]))
      first = own = i;
    else if (copy[i].table->function_number != copy[i - 1].table->function_number)
      own = i;
    size_t twin = first + (i - own);
    bool has_twin = twin < own && copy[twin].table->function_number == copy[first].table->function_number;
    copy[i].same = has_twin ? copy[twin].table : copy[i].table;
  }
}

/* Functions of one name are told from each other by what differs. */
static void tell_apart(struct calltap__copy *copy, size_t count) {
  for (size_t from = 0, end = 0; from < count; from = end) {
    bool has_types = false, has_places = false;
    for (end = from; end < count && by_mfa(&copy[from], &copy[end]) == 0; end++) {
      has_types |= strcmp(copy[from].types, copy[end].types) != 0;
      has_places |= by_place(&copy[from], &copy[end]) != 0;
    }
    for (size_t i = from; i < end; i++) {
      copy[i].shows_types = has_types;
      copy[i].shows_place = has_places;
    }
  }
}

/* --- all --- */

/* "(struct client *c, int n)" */
static char *types_of(const struct calltap_trace_function *function) {
  struct calltap__builder types = {0};
  calltap__build(&types, "(");
  for (uint32_t i = 0; i < function->parameters; i++) {
    calltap__build(&types, i > 0 ? ", " : "");
    calltap__build_type(&types, function->parameter[i].type);
  }
  calltap__build_bytes(&types, ")", 2);
  if (types.failed)
    calltap__builder_free(&types);
  return types.failed ? NULL : types.bytes;
}

static size_t keep_different(struct calltap__copy *copy, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (kept == 0 || copy[kept - 1].table != copy[i].table)
      copy[kept++] = copy[i];
  }
  return kept;
}

bool calltap__copies_make(struct calltap__copies *copies, const struct calltap_trace_row *row, size_t rows) {
  bool good = true;
  *copies = (struct calltap__copies){.copy = calloc(rows + 1, sizeof *copies->copy)};
  if (copies->copy == NULL)
    return false;
  for (size_t i = 0; i < rows; i++)
    copies->copy[i].table = row[i].table;
  qsort(copies->copy, rows, sizeof *copies->copy, by_table);
  copies->count = keep_different(copies->copy, rows);
  for (size_t i = 0; i < copies->count; i++) {
    copies->copy[i].types = types_of(copies->copy[i].table->function);
    good = good && copies->copy[i].types != NULL;
  }
  if (!good) {
    calltap__copies_free(copies);
    return false;
  }
  qsort(copies->copy, copies->count, sizeof *copies->copy, by_copies);
  join(copies->copy, copies->count);
  tell_apart(copies->copy, copies->count);
  qsort(copies->copy, copies->count, sizeof *copies->copy, by_table);
  return true;
}

const struct calltap__copy *calltap__copy_of(const struct calltap__copies *copies,
                                             const struct calltap_trace_table *table) {
  const struct calltap__copy wanted = {.table = table};
  return bsearch(&wanted, copies->copy, copies->count, sizeof wanted, by_table);
}

void calltap__copies_free(struct calltap__copies *copies) {
  for (size_t i = 0; i < copies->count; i++)
    free(copies->copy[i].types);
  free(copies->copy);
  *copies = (struct calltap__copies){0};
}

void calltap__build_copy(struct calltap__builder *builder, const struct calltap__copy *copy) {
  const struct calltap_trace_function *function = copy->table->function;
  if (copy->shows_types)
    calltap__build_plain(builder, calltap__text(copy->types));
  if (!copy->shows_place)
    return;
  calltap__build(builder, copy->shows_types ? "  " : "");
  calltap__build_plain(builder, function->file);
  calltap__build(builder, ":");
  calltap__build_number(builder, function->line);
}
