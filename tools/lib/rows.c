/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

const char *const calltap__sort_names[] = {
    [CALLTAP__SORT_SELF] = "self",       [CALLTAP__SORT_TOTAL] = "total",   [CALLTAP__SORT_CALLS] = "calls",
    [CALLTAP__SORT_MEAN] = "mean",       [CALLTAP__SORT_MIN] = "min",       [CALLTAP__SORT_P50] = "p50",
    [CALLTAP__SORT_P90] = "p90",         [CALLTAP__SORT_P99] = "p99",       [CALLTAP__SORT_MAX] = "max",
    [CALLTAP__SORT_THREADS] = "threads", [CALLTAP__SORT_ERRORS] = "errors", [CALLTAP__SORT_NAME] = "name",
};

/* --- adding up --- */

struct sums {
  const struct calltap__profile *profile;
  struct calltap__row *row; /* by group */
  uint64_t *known;          /* by group: the time of calls whose time is known */
  uint32_t *above;          /* by group: how many of its paths lead to where the walk is */
  uint64_t total;
};

/* Roots are no calls. */
static bool is_path(const struct calltap__profile_node *node) {
  return node->function >= CALLTAP__FUNCTION_UNKNOWN && node->calls > 0;
}

static void enter(struct sums *sums, const struct calltap__profile_node *node, bool is_outermost) {
  struct calltap__row *row = &sums->row[node->group];
  if (is_outermost && !node->is_beyond)
    sums->total += node->total_ns;
  if (sums->above[node->group]++ == 0 && !node->is_beyond)
    row->total += node->total_ns;
  row->calls += node->calls;
  row->self += node->self_ns;
  row->tails += node->tails;
  row->errors += node->errors;
  row->open += node->open;
  sums->known[node->group] += node->total_ns - node->vague_ns;
}

/* Nothing that was called on this path is counted twice: the walk goes down and comes back. Paths can be deep, so it keeps no stack. */
static void walk(struct sums *sums) {
  const struct calltap__profile_node *nodes = sums->profile->node;
  uint32_t at = nodes[0].child;
  while (at != 0) {
    const struct calltap__profile_node *node = &nodes[at];
    if (is_path(node))
      enter(sums, node, !is_path(&nodes[node->parent]));
    if (node->child != 0) {
      at = node->child;
      continue;
    }
    for (;; node = &nodes[at]) {
      if (is_path(node))
        sums->above[node->group]--;
      if (node->sibling != 0 || node->parent == 0)
        break;
      at = node->parent;
    }
    at = node->sibling;
  }
}

static void describe_times(struct calltap__row *row, uint64_t known_ns) {
  const struct calltap__distribution *times = &row->group->times;
  row->timed = calltap__distribution_values(times);
  if (row->timed == 0)
    return;
  row->mean = known_ns / row->timed;
  row->least = times->least;
  row->p50 = calltap__distribution_quantile(times, 500);
  row->p90 = calltap__distribution_quantile(times, 900);
  row->p99 = calltap__distribution_quantile(times, 990);
  row->most = times->most;
}

/* Group 0 is none. */
static size_t finish(const struct sums *sums) {
  size_t count = 0;
  for (size_t i = 1; i < sums->profile->groups; i++) {
    struct calltap__row row = sums->row[i];
    row.group = &sums->profile->group[i];
    row.threads = row.group->threads;
    row.unmatched = row.group->unmatched;
    describe_times(&row, sums->known[i]);
    if (row.calls > 0 || row.unmatched > 0)
      sums->row[count++] = row;
  }
  return count;
}

bool calltap__rows_make(struct calltap__rows *rows, const struct calltap__profile *profile) {
  struct sums sums = {.profile = profile};
  sums.row = calloc(profile->groups, sizeof *sums.row);
  sums.known = calloc(profile->groups, sizeof *sums.known);
  sums.above = calloc(profile->groups, sizeof *sums.above);
  bool good = sums.row != NULL && sums.known != NULL && sums.above != NULL;
  *rows = (struct calltap__rows){0};
  if (good) {
    walk(&sums);
    *rows = (struct calltap__rows){sums.row, finish(&sums), sums.total};
  } else {
    free(sums.row);
  }
  free(sums.known);
  free(sums.above);
  return good;
}

void calltap__rows_free(struct calltap__rows *rows) {
  free(rows->row);
  *rows = (struct calltap__rows){0};
}

/* --- order --- */

uint64_t calltap__row_key(const struct calltap__row *row, enum calltap__sort sort) {
  switch (sort) {
  case CALLTAP__SORT_SELF:
    return row->self;
  case CALLTAP__SORT_TOTAL:
    return row->total;
  case CALLTAP__SORT_CALLS:
    return row->calls;
  case CALLTAP__SORT_MEAN:
    return row->mean;
  case CALLTAP__SORT_MIN:
    return row->least;
  case CALLTAP__SORT_P50:
    return row->p50;
  case CALLTAP__SORT_P90:
    return row->p90;
  case CALLTAP__SORT_P99:
    return row->p99;
  case CALLTAP__SORT_MAX:
    return row->most;
  case CALLTAP__SORT_THREADS:
    return row->threads;
  case CALLTAP__SORT_ERRORS:
    return row->errors;
  default:
    return 0;
  }
}

struct order {
  const struct calltap__profile *profile;
  enum calltap__sort sort;
};

static int compare_text(struct calltap_text a, struct calltap_text b) {
  size_t size = a.size < b.size ? a.size : b.size;
  int order = size > 0 ? memcmp(a.bytes, b.bytes, size) : 0;
  return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static struct calltap_text mfa(const struct calltap__profile *profile, uint32_t function) {
  return profile->function[function].mfa;
}

/* In the order of their names, or of their threads. */
static int compare_groups(const struct calltap__profile *profile, const struct calltap__profile_group *a,
                          const struct calltap__profile_group *b) {
  if (a->thread != b->thread)
    return a->thread < b->thread ? -1 : 1;
  int order = compare_text(mfa(profile, a->function), mfa(profile, b->function));
  return order != 0 ? order : compare_text(mfa(profile, a->caller), mfa(profile, b->caller));
}

static int compare_rows(const void *left, const void *right, void *data) {
  const struct calltap__row *a = left, *b = right;
  const struct order *order = data;
  uint64_t x = calltap__row_key(a, order->sort), y = calltap__row_key(b, order->sort);
  if (x == y && order->sort != CALLTAP__SORT_NAME) { /* where no times are known, all are equal */
    x = a->calls;
    y = b->calls;
  }
  if (x != y)
    return x > y ? -1 : 1;
  return compare_groups(order->profile, a->group, b->group);
}

void calltap__rows_sort(struct calltap__rows *rows, const struct calltap__profile *profile, enum calltap__sort sort) {
  struct order order = {profile, sort};
  if (rows->rows > 1)
    qsort_r(rows->row, rows->rows, sizeof *rows->row, compare_rows, &order);
}

/* --- names --- */

static void build_function(struct calltap__builder *out, const struct calltap__profile *profile, uint32_t function) {
  struct calltap_text name = mfa(profile, function);
  calltap__build_bytes(out, name.bytes, name.size);
}

static void build_thread(struct calltap__builder *out, const struct calltap__profile_thread *thread) {
  calltap__build_bytes(out, thread->thread->name.bytes, thread->thread->name.size);
  calltap__build(out, "/");
  calltap__build_number(out, thread->thread->tid);
}

static void build_module(struct calltap__builder *out, const struct calltap__profile *profile, uint32_t function) {
  const struct calltap_trace_function *first = profile->function[function].function;
  if (first == NULL) {
    build_function(out, profile, function);
  } else {
    calltap__build_bytes(out, first->module.bytes, first->module.size);
  }
}

bool calltap__function_is_part(const struct calltap__profile *profile, uint32_t function) {
  const struct calltap_trace_function *first = profile->function[function].function;
  return first != NULL && first->disarmed;
}

bool calltap__group_is_part(const struct calltap__profile *profile, const struct calltap__profile_group *group) {
  bool is_function = profile->options.by == CALLTAP__BY_FUNCTION || profile->options.by == CALLTAP__BY_CALLER;
  return is_function && calltap__function_is_part(profile, group->function);
}

void calltap__group_name(struct calltap__builder *out, const struct calltap__profile *profile,
                         const struct calltap__profile_group *group) {
  switch (profile->options.by) {
  case CALLTAP__BY_MODULE:
    build_module(out, profile, group->module);
    break;
  case CALLTAP__BY_THREAD:
    if (group->thread != 0) {
      build_thread(out, &profile->thread[group->thread]);
    } else {
      build_function(out, profile, CALLTAP__FUNCTION_BEYOND);
    }
    break;
  case CALLTAP__BY_CALLER:
    build_function(out, profile, group->function);
    calltap__build(out, " <- ");
    if (group->caller == CALLTAP__FUNCTION_NONE) {
      calltap__build(out, "(none)");
    } else {
      build_function(out, profile, group->caller);
    }
    break;
  default:
    build_function(out, profile, group->function);
    break;
  }
}
