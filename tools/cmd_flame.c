/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap flame: trace files -> a flame graph. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "flame.h"
#include "lib/report.h"
#include "lib/twins.h"
#include "lib/view.h"
#include "message.h"
#include "output.h"
#include "profiled.h"

enum { OPTION_OUTPUT, OPTION_BY, OPTION_DIFF, OPTION_DEPTH, OPTION_SHARE, OPTION_THREADS, OPTION_TITLE, OPTION_FILTER };

static const struct option table[] = {
    [OPTION_OUTPUT] = {'o', "output", "FILE", "write to FILE, as in flame.svg"},
    [OPTION_BY] = {0, "by", "time|calls", "what the width of a frame means; time if nothing is said"},
    [OPTION_DIFF] = {0, "diff", "OTHER", "colours say what changed since the trace OTHER: red more, blue less"},
    [OPTION_DEPTH] = {0, "depth", "N", "only so many frames above each other; 200 if nothing is said"},
    [OPTION_SHARE] = {0, "share", "PERCENT", "only frames with so much of everything; 0.01 if nothing is said"},
    [OPTION_THREADS] = {0, "threads", NULL, "a flame for each thread"},
    [OPTION_TITLE] = {0, "title", "TEXT", "what stands above it; program and process if nothing is said"},
    FILTER_OPTIONS(OPTION_FILTER),
    {0},
};

struct graph {
  struct inputs inputs;
  struct inputs before;
  char *before_path[1];
  struct calltap__profile_options options;
  struct filter_question question;
  enum calltap__weight weight;
  uint64_t depth;
  double least;
  const char *title;  /* NULL: not said */
  const char *output; /* NULL: stdout */
};

/* --- the command line --- */

static bool set_option(void *data, int option, const char *value) {
  struct graph *graph = data;
  int weight;
  if (option >= OPTION_FILTER)
    return filter_set(&graph->question, option - OPTION_FILTER, value);
  switch (option) {
  case OPTION_BY:
    weight = profiled_choice(value, "--by", calltap__weight_names, 2);
    graph->weight = weight > 0 ? CALLTAP__WEIGHT_CALLS : CALLTAP__WEIGHT_TIME;
    return weight >= 0;
  case OPTION_DIFF:
    graph->before_path[0] = (char *)(uintptr_t)value;
    graph->before.count = 1;
    return true;
  case OPTION_DEPTH:
    return options_number(value, "--depth", &graph->depth);
  case OPTION_SHARE:
    return profiled_percent(value, "--share", &graph->least);
  case OPTION_THREADS:
    graph->options.threads = true;
    return true;
  case OPTION_TITLE:
    graph->title = value;
    return true;
  default:
    graph->output = value;
    return true;
  }
}

static bool read_command_line(struct graph *graph, struct options *options) {
  if (!inputs_command_line(&graph->inputs, options, set_option, graph))
    return false;
  graph->before.paths = graph->before_path;
  if (graph->before.count > 0 && graph->options.threads) {
    message("--diff and --threads do not go together: threads of two runs are not the same");
    return false;
  }
  if (graph->output == NULL && isatty(STDOUT_FILENO)) {
    message("say where to write to, as in -o flame.svg");
    return false;
  }
  return true;
}

/* --- words --- */

static void build_files(struct calltap__builder *words, const struct inputs *inputs) {
  for (size_t i = 0; i < calltap_reader_files(inputs->reader); i++) {
    const struct calltap_trace_file *file = calltap_reader_file(inputs->reader, i);
    calltap__build(words, i > 0 ? ", " : "");
    calltap__build_bytes(words, file->program.bytes, file->program.size);
    calltap__build(words, " ");
    calltap__build_number(words, file->pid);
  }
}

static void build_count(struct calltap__builder *words, const char *before, uint64_t count, const char *what) {
  char text[CALLTAP__CELL];
  calltap__build(words, before);
  calltap__build_bytes(words, text, calltap__format_commas(text, count));
  calltap__build(words, what);
  calltap__build(words, count == 1 ? "" : "s");
}

static void build_subtitle(struct calltap__builder *words, const struct graph *graph,
                           const struct calltap__profile *profile) {
  char text[CALLTAP__CELL];
  build_count(words, "", profile->calls, " call");
  build_count(words, " of ", profile->functions - CALLTAP__FUNCTIONS, " function");
  build_count(words, " in ", profile->threads - 1, " thread");
  if (profile->last_ns > profile->first_ns) {
    uint64_t ns = (uint64_t)profile->last_ns - (uint64_t)profile->first_ns;
    calltap__build(words, ", ");
    calltap__build_bytes(words, text, calltap__format_duration(text, ns));
  }
  if (profile->open > 0)
    build_count(words, "; still open: ", profile->open, " call");
  uint64_t lost = profiled_lost(&graph->inputs);
  if (lost > 0)
    build_count(words, "; lost: ", lost, " event");
  calltap__build(words, graph->weight == CALLTAP__WEIGHT_TIME ? ". Width: time" : ". Width: calls");
  if (graph->before.count > 0) {
    calltap__build(words, graph->weight == CALLTAP__WEIGHT_TIME ? ". Red: more time itself than in "
                                                                : ". Red: more calls than in ");
    const char *path = graph->before.paths[0], *slash = strrchr(path, '/');
    calltap__build(words, slash != NULL ? slash + 1 : path);
    calltap__build(words, ", blue: less");
  }
}

/* --- the work --- */

static void say_no_memory(struct graph *graph) {
  message("this needs more memory than there is");
  inputs_worsen(&graph->inputs, STATUS_FAULT);
}

static void write_flame(struct graph *graph, struct flame *flame) {
  struct calltap__builder title = {0}, subtitle = {0};
  struct output output;
  if (graph->title != NULL) {
    calltap__build(&title, graph->title);
  } else {
    build_files(&title, &graph->inputs);
  }
  calltap__build_bytes(&title, "", 1);
  build_subtitle(&subtitle, graph, flame->profile);
  calltap__build_bytes(&subtitle, "", 1);
  flame->title = title.bytes;
  flame->subtitle = subtitle.bytes;
  if (title.failed || subtitle.failed) {
    say_no_memory(graph);
  } else if (output_open_whole(&output, graph->output, &graph->inputs)) {
    flame_write(flame, &output.out);
    output_close(&output, &graph->inputs);
  }
  calltap__builder_free(&title);
  calltap__builder_free(&subtitle);
}

/* `before` is NULL if there is nothing to compare with. */
static void draw(struct graph *graph, struct calltap__profile *profile, struct calltap__profile *before) {
  struct calltap__weights weights = {0}, before_weights = {0};
  struct flame flame = {.profile = profile, .weights = &weights, .weight = graph->weight, .least = graph->least};
  uint32_t *twins = NULL;
  flame.deepest = graph->depth > UINT32_MAX ? UINT32_MAX : (uint32_t)graph->depth;
  bool good = calltap__weigh(&weights, profile, graph->weight, CALLTAP__ORDER_NAME);
  if (good && before != NULL) {
    twins = calltap__twin_nodes(profile, before);
    good = twins != NULL && calltap__weigh(&before_weights, before, graph->weight, CALLTAP__ORDER_NAME);
    flame.before = before;
    flame.before_weights = &before_weights;
    flame.twin = twins;
  }
  if (!good) {
    say_no_memory(graph);
  } else if (weights.total[0] == 0) {
    message("no time to show: the exits of these calls were not recorded; --by calls shows how many there were");
    inputs_worsen(&graph->inputs, STATUS_NOTHING);
  } else {
    write_flame(graph, &flame);
  }
  free(twins);
  calltap__weights_free(&weights);
  calltap__weights_free(&before_weights);
}

static void run_graph(struct graph *graph) {
  struct calltap__profile *before = NULL, *profile = profiled(&graph->inputs, graph->options, &graph->question);
  if (profile != NULL && graph->before.count > 0)
    before = profiled(&graph->before, graph->options, &graph->question);
  if (profile != NULL && (before != NULL || graph->before.count == 0))
    draw(graph, profile, before);
  inputs_worsen(&graph->inputs, graph->before.status);
  calltap__profile_free(profile);
  calltap__profile_free(before);
  inputs_close(&graph->inputs);
  inputs_close(&graph->before);
}

static int run(struct options *options) {
  struct graph graph = {.depth = 200, .least = 0.01};
  if (!read_command_line(&graph, options))
    return STATUS_QUESTION;
  run_graph(&graph);
  return (int)graph.inputs.status;
}

const struct command command_flame = {
    .name = "flame",
    .usage = "[OPTIONS] FILE... -o OUT.svg",
    .summary = "Draws trace files as a flame graph, to be looked at in a browser",
    .text = "Frames stand on their callers; the width of a frame is the time of its call path, with what it called, or "
            "with\n"
            "--by calls, the number of calls. A click zooms, / or Ctrl-F finds, Esc goes back. The file needs nothing "
            "else.\n"
            "With --diff, red frames took more time themselves than in the other trace, blue ones less.\n"
            "\n"
            "Exit status: 0 done, 1 a wrong option, 2 a file that cannot be read or is damaged, 3 events were lost\n"
            "or cut off, 4 no calls.\n",
    .options = table,
    .run = run,
};
