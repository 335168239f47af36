/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

const char *const calltap__weight_names[] = {[CALLTAP__WEIGHT_TIME] = "time", [CALLTAP__WEIGHT_CALLS] = "calls"};

/* Children come behind their parents in the array, so one pass from its end adds everything up. */
static void add_up(struct calltap__weights *weights, const struct calltap__profile *profile,
                   enum calltap__weight weight) {
  for (size_t i = profile->nodes; i-- > 0;) {
    const struct calltap__profile_node *node = &profile->node[i];
    weights->self[i] = weight == CALLTAP__WEIGHT_TIME ? node->self_ns : node->calls;
    weights->total[i] += weights->self[i];
    if (i > 0)
      weights->total[node->parent] += weights->total[i];
  }
}

struct sorting {
  const struct calltap__profile *profile;
  const struct calltap__weights *weights;
  enum calltap__order order;
};

static int compare_names(const struct calltap__profile *profile, uint32_t a, uint32_t b) {
  struct calltap_text x = profile->function[profile->node[a].function].mfa,
                      y = profile->function[profile->node[b].function].mfa;
  size_t size = x.size < y.size ? x.size : y.size;
  int order = memcmp(x.bytes, y.bytes, size);
  return order != 0 ? order : (x.size > y.size) - (x.size < y.size);
}

/* Nodes of one parent stand together. */
static int compare(const void *left, const void *right, void *data) {
  const struct sorting *sorting = data;
  const struct calltap__profile_node *nodes = sorting->profile->node;
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  uint64_t x = sorting->weights->total[a], y = sorting->weights->total[b];
  if (nodes[a].parent != nodes[b].parent)
    return nodes[a].parent < nodes[b].parent ? -1 : 1;
  if (sorting->order == CALLTAP__ORDER_WEIGHT && x != y)
    return x > y ? -1 : 1;
  int order = compare_names(sorting->profile, a, b);
  return order != 0 ? order : (a > b) - (a < b);
}

static bool order_children(struct calltap__profile *profile, struct sorting *sorting) {
  uint32_t *sorted = malloc(profile->nodes * sizeof *sorted);
  if (sorted == NULL)
    return false;
  for (size_t i = 0; i < profile->nodes; i++)
    sorted[i] = (uint32_t)i;
  if (profile->nodes > 2)
    qsort_r(sorted + 1, profile->nodes - 1, sizeof *sorted, compare, sorting);
  for (size_t i = profile->nodes - 1; i > 0; i--) {
    struct calltap__profile_node *node = &profile->node[sorted[i]];
    bool is_last = i + 1 == profile->nodes || profile->node[sorted[i + 1]].parent != node->parent;
    node->sibling = is_last ? 0 : sorted[i + 1];
    profile->node[node->parent].child = sorted[i];
  }
  free(sorted);
  return true;
}

bool calltap__weigh(struct calltap__weights *weights, struct calltap__profile *profile, enum calltap__weight weight,
                    enum calltap__order order) {
  struct sorting sorting = {profile, weights, order};
  weights->total = calloc(profile->nodes, sizeof *weights->total);
  weights->self = calloc(profile->nodes, sizeof *weights->self);
  if (weights->total != NULL && weights->self != NULL) {
    add_up(weights, profile, weight);
    if (order_children(profile, &sorting))
      return true;
  }
  calltap__weights_free(weights);
  return false;
}

void calltap__weights_free(struct calltap__weights *weights) {
  free(weights->total);
  free(weights->self);
  *weights = (struct calltap__weights){0};
}

void calltap__node_name(struct calltap__builder *out, const struct calltap__profile *profile, uint32_t number) {
  const struct calltap__profile_node *node = &profile->node[number];
  if (node->function != CALLTAP__FUNCTION_NONE || node->thread == 0) {
    const struct calltap__profile_function *function = &profile->function[node->function];
    calltap__build_bytes(out, function->mfa.bytes, function->mfa.size);
    return;
  }
  const struct calltap__profile_thread *thread = &profile->thread[node->thread];
  calltap__build_bytes(out, thread->thread->name.bytes, thread->thread->name.size);
  calltap__build(out, "/");
  calltap__build_number(out, thread->thread->tid);
}
