/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The call paths of a profile, the most expensive first, as text: a tree for people, or folded stacks for other programs. */
#ifndef CALLTAP_TREE_H
#define CALLTAP_TREE_H

#include "out.h"
#include "profile.h"
#include "text.h"

enum calltap__weight {
  CALLTAP__WEIGHT_TIME,  /* nanoseconds */
  CALLTAP__WEIGHT_CALLS, /* calls of the path, and of all below it */
};

/* By enum calltap__weight: "time", "calls". */
extern const char *const calltap__weight_names[];

/* What each path weighs, with what is below it; by node. Those of its children and its own are the whole. */
struct calltap__weights {
  uint64_t *total;
  uint64_t *self;
};

/* Which of a node's children is the first. */
enum calltap__order {
  CALLTAP__ORDER_WEIGHT, /* the heaviest */
  CALLTAP__ORDER_NAME,
};

/* Gives the weights of a finished profile, and puts the children of every node in order. False without memory. */
bool calltap__weigh(struct calltap__weights *weights, struct calltap__profile *profile, enum calltap__weight weight,
                    enum calltap__order order);
void calltap__weights_free(struct calltap__weights *weights);

/* Adds the name of a node: its function, its thread at the root of one, or "all". */
void calltap__node_name(struct calltap__builder *out, const struct calltap__profile *profile, uint32_t node);

struct calltap__tree {
  const struct calltap__profile *profile; /* weighed */
  const struct calltap__weights *weights;
  enum calltap__weight weight;
  uint32_t deepest; /* calls below each other, at most; 0: all */
  double least;     /* a path is shown if it has so many percent of everything */
  uint64_t lost;    /* events that the files tell of */
  bool colour;
};

/* Calls, total, self, percent and the path, one a line; then how much was left out. */
void calltap__tree_text(const struct calltap__tree *tree, struct calltap__out *out);

/* `main:main/0;f;g 1234`: each path that weighs something itself. */
void calltap__tree_folded(const struct calltap__tree *tree, struct calltap__out *out);

#endif
