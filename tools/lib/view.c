/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND_NS = 1000000000 };

static enum calltap__gap_kind kind_of_pointer(const struct calltap_type *type, const struct calltap_scope *scope) {
  struct calltap_type pointee = {0};
  if (type->inner != NULL)
    pointee = calltap_type_read(type->inner, scope);
  bool is_other = pointee.kind == CALLTAP_TYPE_FUNCTION || pointee.kind == CALLTAP_TYPE_CHAR || pointee.letter == 'p';
  return is_other ? CALLTAP__GAP_DECODED : CALLTAP__GAP_POINTER;
}

struct calltap__gap calltap__gap(const struct calltap_trace_function *function,
                                 const struct calltap_trace_value *value) {
  struct calltap_scope scope = calltap_trace_scope(function->unit);
  struct calltap__gap gap = {CALLTAP__GAP_DECODED, calltap_type_read(value->type, &scope)};
  switch (gap.type.kind) {
  case CALLTAP_TYPE_BOOL:
    gap.kind = CALLTAP__GAP_BOOL;
    break;
  case CALLTAP_TYPE_CHAR:
    gap.kind = CALLTAP__GAP_CHAR;
    break;
  case CALLTAP_TYPE_INT:
  case CALLTAP_TYPE_UINT:
    gap.kind = CALLTAP__GAP_INTEGER;
    break;
  case CALLTAP_TYPE_POINTER:
  case CALLTAP_TYPE_REFERENCE:
    gap.kind = kind_of_pointer(&gap.type, &scope);
    break;
  default:
    break;
  }
  return gap;
}

enum calltap__unknown calltap__absent(uint8_t presence) {
  switch (presence) {
  case CALLTAP_WIRE_OPTIMIZED_OUT:
    return CALLTAP__OPTIMIZED_OUT;
  case CALLTAP_WIRE_SENSITIVE:
    return CALLTAP__SENSITIVE;
  default:
    return CALLTAP__NOT_CAPTURED;
  }
}

void calltap__out_words(struct calltap__out *out, struct calltap__builder *words) {
  if (words->failed)
    out->error = ENOMEM;
  calltap__out(out, words->bytes, words->size);
  words->size = 0;
}

size_t calltap__format_wide(char *out, calltap__wide magnitude, bool negative) {
  const uint64_t piece = UINT64_C(10000000000000000000);
  size_t size = 0;
  if (negative)
    out[size++] = '-';
  if (magnitude <= UINT64_MAX)
    return size + calltap__format_decimal(out + size, (uint64_t)magnitude);
  size += calltap__format_wide(out + size, magnitude / piece, false);
  uint64_t low = (uint64_t)(magnitude % piece);
  calltap__format_padded(out + size, (uint32_t)(low / 10000000000), 9);
  calltap__format_padded(out + size + 9, (uint32_t)(low / 10 % 1000000000), 9);
  out[size + 18] = (char)('0' + low % 10);
  return size + 19;
}

size_t calltap__format_duration(char *out, uint64_t ns) {
  static const struct {
    uint64_t tenth;
    const char *name; /* three bytes */
    size_t size;
  } units[] = {{100000000, " s ", 2}, {100000, " ms", 3}, {100, " us", 3}, {1, " ns", 3}};
  size_t unit = 0;
  while (unit < 3 && ns < units[unit].tenth * 10)
    unit++;
  uint64_t tenths = ns / units[unit].tenth;
  size_t size = calltap__format_decimal(out, unit == 3 ? tenths : tenths / 10);
  if (unit < 3) {
    out[size++] = '.';
    out[size++] = (char)('0' + tenths % 10);
  }
  memcpy(out + size, units[unit].name, 3);
  return size + units[unit].size;
}

void calltap__template_gap(struct calltap__template_maker *maker, struct calltap__gap gap) {
  if (maker->values == CALLTAP_MAX_PARAMETERS)
    return;
  maker->ends[maker->values] = (uint32_t)maker->builder.size;
  maker->gap[maker->values] = gap;
  maker->values++;
}

bool calltap__template_done(struct calltap__template_maker *maker, struct calltap__template *made) {
  unsigned values = maker->values;
  maker->ends[values] = (uint32_t)maker->builder.size;
  *made = (struct calltap__template){.bytes = maker->builder.bytes, .values = values};
  made->ends = malloc((values + 1) * sizeof *made->ends);
  made->gap = malloc((values + 1) * sizeof *made->gap);
  if (maker->builder.failed || made->ends == NULL || made->gap == NULL) {
    calltap__template_free(made);
    return false;
  }
  memcpy(made->ends, maker->ends, (values + 1) * sizeof *made->ends);
  memcpy(made->gap, maker->gap, values * sizeof *made->gap);
  return true;
}

void calltap__template_free(struct calltap__template *made) {
  free(made->bytes);
  free(made->ends);
  free(made->gap);
  *made = (struct calltap__template){0};
}

bool calltap__prefix_stale(struct calltap__prefix *prefix, const struct calltap_trace_thread *thread) {
  bool same = prefix->bytes != NULL && prefix->name.bytes == thread->name.bytes &&
              prefix->name.size == thread->name.size && prefix->tid == thread->tid;
  if (same)
    return false;
  prefix->name = thread->name;
  prefix->tid = thread->tid;
  return true;
}

void *calltap__view_room(void *array, size_t *count, size_t index, size_t size) {
  size_t wanted = index + 1 + index / 2;
  char *grown = realloc(array, wanted * size);
  if (grown == NULL)
    return NULL;
  memset(grown + *count * size, 0, (wanted - *count) * size);
  *count = wanted;
  return grown;
}

static int64_t floor_second(int64_t real_ns) {
  int64_t second = real_ns / SECOND_NS;
  return real_ns % SECOND_NS < 0 ? second - 1 : second;
}

uint32_t calltap__second(struct calltap__second *second, int64_t real_ns, bool utc, const char *format) {
  uint64_t within = (uint64_t)real_ns - (uint64_t)second->start_ns;
  if (second->some && within < SECOND_NS)
    return (uint32_t)within;
  time_t seconds = (time_t)floor_second(real_ns);
  struct tm parts = {0};
  if (utc) {
    gmtime_r(&seconds, &parts);
  } else {
    localtime_r(&seconds, &parts);
  }
  second->some = true;
  /* The first second of all may start before the smallest time; the subtraction wraps back to right. */
  second->start_ns = (int64_t)((uint64_t)seconds * SECOND_NS);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  second->size = strftime(second->text, sizeof second->text, format, &parts);
#pragma GCC diagnostic pop
  return (uint32_t)((uint64_t)real_ns - (uint64_t)second->start_ns);
}
