/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap tree: trace files -> the tree of their calls. */
#include <inttypes.h>

#include "command.h"
#include "happened.h"
#include "lib/tree.h"
#include "message.h"
#include "output.h"
#include "profiled.h"
#include "progress.h"

enum { MOST_CALLS = 2000000 }; /* as they happened: 120 MB */

enum { OPTION_BY, OPTION_DEPTH, OPTION_SHARE, OPTION_THREADS, OPTION_HAPPENED, OPTION_OUTPUT, OPTION_FILTER };

static const struct option table[] = {
    [OPTION_BY] = {0, "by", "time|calls", "what a branch weighs; time if nothing is said, and there is any"},
    [OPTION_DEPTH] = {0, "depth", "N", "only so many calls below each other, 0: all; 40 if nothing is said"},
    [OPTION_SHARE] = {0, "share", "PERCENT", "only branches with so much of everything; 0.5 if nothing is said"},
    [OPTION_THREADS] = {0, "threads", NULL, "a tree for each thread"},
    [OPTION_HAPPENED] = {0, "as-it-happened", NULL, "every call of each thread in its order, not merged"},
    [OPTION_OUTPUT] = {'o', "output", "FILE", "write to FILE"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

struct tree {
  struct inputs inputs;
  struct calltap__profile_options options;
  struct filter_question question;
  enum calltap__weight weight;
  bool has_weight; /* it was given */
  uint64_t depth;
  double least;
  bool as_it_happened;
  const char *merging; /* an option that was given and is about merged branches */
  const char *output;  /* NULL: stdout */
};

static bool set_option(void *data, int option, const char *value) {
  struct tree *tree = data;
  int weight;
  if (option >= OPTION_FILTER)
    return filter_set(&tree->question, option - OPTION_FILTER, value);
  if (option == OPTION_BY || option == OPTION_SHARE || option == OPTION_THREADS)
    tree->merging = table[option].name;
  switch (option) {
  case OPTION_BY:
    weight = profiled_choice(value, "--by", calltap__weight_names, 2);
    tree->weight = weight > 0 ? CALLTAP__WEIGHT_CALLS : CALLTAP__WEIGHT_TIME;
    tree->has_weight = true;
    return weight >= 0;
  case OPTION_DEPTH:
    return options_number(value, "--depth", &tree->depth);
  case OPTION_SHARE:
    return profiled_percent(value, "--share", &tree->least);
  case OPTION_THREADS:
    tree->options.threads = true;
    return true;
  case OPTION_HAPPENED:
    tree->as_it_happened = true;
    return true;
  default:
    tree->output = value;
    return true;
  }
}

static uint32_t deepest(const struct tree *tree) { return tree->depth > UINT32_MAX ? 0 : (uint32_t)tree->depth; }

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
        .deepest = deepest(tree),
        .least = tree->least,
        .lost = profiled_lost(&tree->inputs),
        .colour = output_is_coloured(&output),
    };
    calltap__tree_text(&shown, &output.out);
    output_close(&output, &tree->inputs);
  }
  calltap__weights_free(&weights);
}

static void write_merged(struct tree *tree) {
  struct calltap__profile *profile = profiled(&tree->inputs, tree->options, &tree->question);
  if (profile != NULL && !tree->has_weight && profile->untimed == profile->calls)
    tree->weight = CALLTAP__WEIGHT_CALLS; /* exits are not recorded, and all times are 0 */
  if (profile != NULL)
    write_tree(tree, profile);
  calltap__profile_free(profile);
}

/* --- as it happened --- */

static void write_spans(struct tree *tree, struct spans *spans, const struct filter *filter) {
  struct output output;
  if (spans->count > 0 && output_open(&output, tree->output, &tree->inputs)) {
    happened_write(spans, tree->inputs.reader, deepest(tree), output_is_coloured(&output), &output.out);
    output_close(&output, &tree->inputs);
  }
  inputs_say(&tree->inputs);
  inputs_say_stacks(spans->between);
  filter_say(filter);
  if (spans->dropped > 0)
    message("note: %" PRIu64 " calls are left out, those that began last; --from, --min and other filters choose",
            spans->dropped);
  if (spans->count > 0)
    return;
  filter_say_nothing(filter, tree->inputs.reader);
  inputs_worsen(&tree->inputs, STATUS_NOTHING);
}

static void read_spans(struct tree *tree, struct filter *filter) {
  const struct calltap_event *event;
  struct spans spans;
  bool good = spans_start(&spans, tree->inputs.reader, NULL, MOST_CALLS, 0);
  while (good && !spans.failed && (event = progress_next(tree->inputs.reader)) != NULL) {
    bool is_call = event->kind == CALLTAP_EVENT_CALL || event->kind == CALLTAP_EVENT_EXIT;
    if (filter_wants(filter, event) && is_call)
      spans_add(&spans, event);
  }
  progress_end();
  spans_end(&spans);
  if (good && !spans.failed) {
    write_spans(tree, &spans, filter);
  } else {
    message("this needs more memory than there is");
    inputs_worsen(&tree->inputs, STATUS_FAULT);
  }
  spans_free(&spans);
}

static void write_happened(struct tree *tree) {
  progress_start(false);
  if (!inputs_open(&tree->inputs))
    return;
  struct filter *filter = filter_make(tree->inputs.reader, &tree->question);
  if (filter == NULL)
    tree->inputs.status = STATUS_QUESTION;
  else
    read_spans(tree, filter);
  filter_free(filter);
}

static int run(struct options *options) {
  struct tree tree = {.depth = 40, .least = 0.5};
  if (!inputs_command_line(&tree.inputs, options, set_option, &tree))
    return STATUS_QUESTION;
  if (tree.as_it_happened && tree.merging != NULL) {
    message("--%s is about merged branches; --as-it-happened has none", tree.merging);
    return STATUS_QUESTION;
  }
  if (tree.as_it_happened)
    write_happened(&tree);
  else
    write_merged(&tree);
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
            "With --as-it-happened every call has its line, below its caller, thread by thread: when it began, since\n"
            "the first event, its time with and without what it called, and how it ended. Calls of one function that\n"
            "follow each other and made no calls are one line.\n"
            "\n"
            "Exit status: 0 done, 1 a wrong option, 2 a file that cannot be read or is damaged, 3 events were lost\n"
            "or cut off, 4 no calls.\n",
    .options = table,
    .run = run,
};
