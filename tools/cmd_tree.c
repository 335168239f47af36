/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap tree: trace files -> the tree of their calls. */
#include "command.h"
#include "lib/tree.h"
#include "message.h"
#include "output.h"
#include "profiled.h"

enum { OPTION_BY, OPTION_DEPTH, OPTION_SHARE, OPTION_THREADS, OPTION_OUTPUT, OPTION_FILTER };

static const struct option table[] = {
    [OPTION_BY] = {0, "by", "time|calls", "what a branch weighs; time if nothing is said"},
    [OPTION_DEPTH] = {0, "depth", "N", "only so many calls below each other, 0: all; 40 if nothing is said"},
    [OPTION_SHARE] = {0, "share", "PERCENT", "only branches with so much of everything; 0.5 if nothing is said"},
    [OPTION_THREADS] = {0, "threads", NULL, "a tree for each thread"},
    [OPTION_OUTPUT] = {'o', "output", "FILE", "write to FILE"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

struct tree {
  struct inputs inputs;
  struct calltap__profile_options options;
  struct filter_question question;
  enum calltap__weight weight;
  uint64_t depth;
  double least;
  const char *output; /* NULL: stdout */
};

static bool set_option(void *data, int option, const char *value) {
  struct tree *tree = data;
  int weight;
  if (option >= OPTION_FILTER)
    return filter_set(&tree->question, option - OPTION_FILTER, value);
  switch (option) {
  case OPTION_BY:
    weight = profiled_choice(value, "--by", calltap__weight_names, 2);
    tree->weight = weight > 0 ? CALLTAP__WEIGHT_CALLS : CALLTAP__WEIGHT_TIME;
    return weight >= 0;
  case OPTION_DEPTH:
    return options_number(value, "--depth", &tree->depth);
  case OPTION_SHARE:
    return profiled_percent(value, "--share", &tree->least);
  case OPTION_THREADS:
    tree->options.threads = true;
    return true;
  default:
    tree->output = value;
    return true;
  }
}

static void write_tree(struct tree *tree, struct calltap__profile *profile) {
  struct calltap__weights weights;
  struct output output;
  if (!calltap__weigh(&weights, profile, tree->weight, CALLTAP__ORDER_WEIGHT)) {
    message("this needs more memory than there is");
    inputs_worsen(&tree->inputs, STATUS_FAULT);
    return;
  }
  if (output_open(&output, tree->output, &tree->inputs)) {
    struct calltap__tree shown = {
        .profile = profile,
        .weights = &weights,
        .weight = tree->weight,
        .deepest = tree->depth > UINT32_MAX ? 0 : (uint32_t)tree->depth,
        .least = tree->least,
        .lost = profiled_lost(&tree->inputs),
        .colour = output_is_coloured(&output),
    };
    calltap__tree_text(&shown, &output.out);
    output_close(&output, &tree->inputs);
  }
  calltap__weights_free(&weights);
}

static int run(struct options *options) {
  struct tree tree = {.depth = 40, .least = 0.5};
  if (!profiled_command_line(&tree.inputs, options, set_option, &tree))
    return STATUS_QUESTION;
  struct calltap__profile *profile = profiled(&tree.inputs, tree.options, &tree.question);
  if (profile != NULL)
    write_tree(&tree, profile);
  calltap__profile_free(profile);
  inputs_close(&tree.inputs);
  return (int)tree.inputs.status;
}

const struct command command_tree = {
    .name = "tree",
    .usage = "[OPTIONS] FILE...",
    .summary = "Shows who called whom in trace files, and what it took",
    .text = "Equal call paths are one branch, of all threads together if not said otherwise, the heaviest first:\n"
            "its calls, their time with and without what they called, and its part of everything. The last line\n"
            "counts what is not known (see calltap help report).\n"
            "\n"
            "Exit status: 0 done, 1 a wrong option, 2 a file that cannot be read or is damaged, 3 events were lost\n"
            "or cut off, 4 no calls.\n",
    .options = table,
    .run = run,
};
