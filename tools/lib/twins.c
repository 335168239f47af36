/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "twins.h"

#include <stdlib.h>
#include <string.h>

static int compare_text(struct calltap_text a, struct calltap_text b) {
  size_t size = a.size < b.size ? a.size : b.size;
  int order = memcmp(a.bytes, b.bytes, size);
  return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare(const void *left, const void *right, void *data) {
  const struct calltap__profile *profile = data;
  return compare_text(profile->function[*(const uint32_t *)left].mfa, profile->function[*(const uint32_t *)right].mfa);
}

/* The numbers of a profile's functions, by their names. */
static uint32_t *sort(const struct calltap__profile *profile) {
  uint32_t *sorted = malloc((profile->functions + 1) * sizeof *sorted);
  for (size_t i = 0; sorted != NULL && i < profile->functions; i++)
    sorted[i] = (uint32_t)i;
  if (sorted != NULL)
    qsort_r(sorted, profile->functions, sizeof *sorted, compare, (void *)(uintptr_t)profile);
  return sorted;
}

uint32_t *calltap__twin_functions(const struct calltap__profile *profile, const struct calltap__profile *other) {
  uint32_t *ours = sort(profile), *theirs = sort(other);
  uint32_t *twins = calloc(profile->functions + 1, sizeof *twins);
  bool good = ours != NULL && theirs != NULL && twins != NULL;
  for (size_t i = 0, j = 0; good && i < profile->functions && j < other->functions;) {
    int order = compare_text(profile->function[ours[i]].mfa, other->function[theirs[j]].mfa);
    if (order == 0)
      twins[ours[i]] = theirs[j];
    i += order <= 0;
    j += order >= 0;
  }
  free(ours);
  free(theirs);
  if (good)
    return twins;
  free(twins);
  return NULL;
}

static uint32_t child(const struct calltap__profile *profile, uint32_t parent, uint32_t function) {
  uint32_t at = profile->node[parent].child;
  while (at != 0 && profile->node[at].function != function)
    at = profile->node[at].sibling;
  return at;
}

uint32_t *calltap__twin_nodes(const struct calltap__profile *profile, const struct calltap__profile *other) {
  uint32_t *functions = calltap__twin_functions(profile, other);
  uint32_t *twins = calloc(profile->nodes, sizeof *twins);
  /* Parents come before their children in the array. */
  for (size_t i = 1; functions != NULL && twins != NULL && i < profile->nodes; i++) {
    const struct calltap__profile_node *node = &profile->node[i];
    uint32_t function = functions[node->function];
    bool has_parent = node->parent == 0 || twins[node->parent] != 0;
    if (has_parent && function != CALLTAP__FUNCTION_NONE)
      twins[i] = child(other, twins[node->parent], function);
  }
  if (functions == NULL) {
    free(twins);
    twins = NULL;
  }
  free(functions);
  return twins;
}
