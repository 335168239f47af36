/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "view.h"

#include <stdlib.h>
#include <time.h>

enum { SECOND_NS = 1000000000 };

void calltap__template_gap(struct calltap__template_maker *maker, uint8_t kind) {
  if (maker->values == CALLTAP_MAX_PARAMETERS)
    return;
  maker->ends[maker->values] = (uint32_t)maker->builder.size;
  maker->kinds[maker->values] = kind;
  maker->values++;
}

bool calltap__template_done(struct calltap__template_maker *maker, struct calltap__template *made) {
  unsigned values = maker->values;
  maker->ends[values] = (uint32_t)maker->builder.size;
  made->ends = malloc((values + 1) * sizeof *made->ends + values);
  if (maker->builder.failed || made->ends == NULL) {
    free(made->ends);
    calltap__builder_free(&maker->builder);
    *made = (struct calltap__template){0};
    return false;
  }
  memcpy(made->ends, maker->ends, (values + 1) * sizeof *made->ends);
  made->kinds = (uint8_t *)(made->ends + values + 1);
  memcpy(made->kinds, maker->kinds, values);
  made->bytes = maker->builder.bytes;
  made->values = values;
  return true;
}

void calltap__template_free(struct calltap__template *made) {
  free(made->bytes);
  free(made->ends);
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
