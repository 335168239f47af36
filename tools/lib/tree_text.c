/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The tree for people:
 *
 *       calls     total      self       %  path
 *           1     6.7 s    521 ns  100.00  lua:main/2
 *           1     6.7 s   12.0 us   99.98  └─lapi:lua_pcallk/6
 *         500     3.1 s    1.2 ms   46.27    ├─ldo:luaD_call/3 */
#include <errno.h>
#include <stdlib.h>

#include "report.h"
#include "tree.h"
#include "view.h"

enum { CALLS = 11, TIME = 8, PERCENT = 6 };

/* Goes through the tree from the top. */
struct walk {
  const struct calltap__tree *tree;
  struct calltap__out *out;
  uint64_t least; /* in units of weight */
  uint32_t *path; /* from the root's child to the current node; what is left out is not on it */
  size_t depth;   /* nodes on it */
  size_t room;
  uint64_t hidden; /* paths that were left out */
  struct calltap__builder words;
};

static bool is_shown(const struct walk *walk, uint32_t node) { return walk->tree->weights->total[node] >= walk->least; }

static bool enter(struct walk *walk, uint32_t node) {
  if (walk->path == NULL || walk->depth == walk->room) {
    size_t room = walk->room * 2 + 64;
    uint32_t *grown = realloc(walk->path, room * sizeof *grown);
    if (grown == NULL) {
      walk->out->error = ENOMEM;
      return false;
    }
    walk->path = grown;
    walk->room = room;
  }
  walk->path[walk->depth++] = node;
  return true;
}

/* Calls `show` for each path that is shown, the node last on walk->path. */
static void go(struct walk *walk, void (*show)(struct walk *walk, uint32_t node)) {
  const struct calltap__profile_node *nodes = walk->tree->profile->node;
  uint32_t at = nodes[0].child;
  while (at != 0 && walk->out->error == 0) {
    bool is_too_deep = walk->tree->deepest != 0 && walk->depth >= walk->tree->deepest;
    if (!is_too_deep && is_shown(walk, at)) {
      if (!enter(walk, at))
        return;
      show(walk, at);
      if (nodes[at].child != 0) {
        at = nodes[at].child;
        continue;
      }
      walk->depth--;
    } else {
      walk->hidden++;
    }
    while (nodes[at].sibling == 0 && nodes[at].parent != 0) {
      at = nodes[at].parent;
      walk->depth--;
    }
    at = nodes[at].sibling;
  }
}

static void build_name(struct walk *walk, uint32_t node) {
  struct calltap__builder name = {0};
  calltap__node_name(&name, walk->tree->profile, node);
  calltap__build_plain(&walk->words, (struct calltap_text){name.bytes, name.size});
  walk->words.failed |= name.failed;
  calltap__builder_free(&name);
}

/* --- the tree --- */

/* Siblings that are shown come first. */
static bool has_next(const struct walk *walk, uint32_t node) {
  uint32_t next = walk->tree->profile->node[node].sibling;
  return next != 0 && is_shown(walk, next);
}

static void put_branches(struct walk *walk) {
  for (size_t i = 1; i + 1 < walk->depth; i++)
    calltap__build(&walk->words, has_next(walk, walk->path[i]) ? "\u2502 " : "  ");
  if (walk->depth > 1)
    calltap__build(&walk->words, has_next(walk, walk->path[walk->depth - 1]) ? "\u251c\u2500" : "\u2514\u2500");
}

static void put_line(struct walk *walk, uint32_t number) {
  const struct calltap__tree *tree = walk->tree;
  const struct calltap__profile_node *node = &tree->profile->node[number];
  bool is_call = node->calls > 0;
  char cell[CALLTAP__CELL];
  size_t size = is_call ? calltap__format_commas(cell, node->calls) : 0;
  calltap__out_right(walk->out, cell, size, CALLS);
  CALLTAP__OUT(walk->out, "  ");
  size = is_call ? calltap__format_duration(cell, node->total_ns) : 0;
  calltap__out_right(walk->out, cell, size, TIME);
  CALLTAP__OUT(walk->out, "  ");
  size = is_call ? calltap__format_duration(cell, node->self_ns) : 0;
  calltap__out_right(walk->out, cell, size, TIME);
  CALLTAP__OUT(walk->out, "  ");
  size = calltap__format_percent(cell, tree->weights->total[number], tree->weights->total[0]);
  calltap__out_right(walk->out, cell, size, PERCENT);
  CALLTAP__OUT(walk->out, "  ");
  calltap__build(&walk->words, tree->colour ? "\033[2m" : "");
  put_branches(walk);
  calltap__build(&walk->words, tree->colour ? "\033[0m" : "");
  build_name(walk, number);
  calltap__build(&walk->words, calltap__function_is_part(tree->profile, node->function) ? "  (a part)\n" : "\n");
  calltap__out_words(walk->out, &walk->words);
}

static void put_hidden(struct walk *walk) {
  char cell[CALLTAP__CELL];
  if (walk->hidden == 0)
    return;
  calltap__build(&walk->words, "... and ");
  calltap__build_bytes(&walk->words, cell, calltap__format_commas(cell, walk->hidden));
  calltap__build(&walk->words, walk->hidden == 1 ? " lesser branch" : " lesser or deeper branches");
  calltap__build(&walk->words, " (--share, --depth)\n");
  calltap__out_words(walk->out, &walk->words);
}

void calltap__tree_text(const struct calltap__tree *tree, struct calltap__out *out) {
  static const char head[] = "      calls     total      self       %  path";
  struct walk walk = {.tree = tree, .out = out};
  struct calltap__report report = {.profile = tree->profile, .lost = tree->lost, .colour = tree->colour};
  walk.least = (uint64_t)((double)tree->weights->total[0] * tree->least / 100);
  calltap__build(&walk.words, tree->colour ? "\033[1m" : "");
  calltap__build(&walk.words, head);
  calltap__build(&walk.words, tree->colour ? "\033[0m\n" : "\n");
  calltap__out_words(out, &walk.words);
  go(&walk, put_line);
  put_hidden(&walk);
  CALLTAP__OUT(out, "\n");
  calltap__report_end(&report, out);
  calltap__builder_free(&walk.words);
  free(walk.path);
}

/* --- folded stacks --- */

/* Names stand between semicolons, so a semicolon in one becomes a comma. The deepest that is shown has what all below it weigh. */
static void put_folded(struct walk *walk, uint32_t node) {
  const struct calltap__weights *weights = walk->tree->weights;
  bool is_deepest = walk->tree->deepest != 0 && walk->depth >= walk->tree->deepest;
  uint64_t self = is_deepest ? weights->total[node] : weights->self[node];
  if (self == 0)
    return;
  for (size_t i = 0; i < walk->depth; i++) {
    size_t start = walk->words.size;
    build_name(walk, walk->path[i]);
    for (size_t at = start; at < walk->words.size; at++)
      walk->words.bytes[at] = walk->words.bytes[at] == ';' ? ',' : walk->words.bytes[at];
    calltap__build(&walk->words, i + 1 < walk->depth ? ";" : " ");
  }
  calltap__build_number(&walk->words, self);
  calltap__build(&walk->words, "\n");
  calltap__out_words(walk->out, &walk->words);
}

void calltap__tree_folded(const struct calltap__tree *tree, struct calltap__out *out) {
  struct walk walk = {.tree = tree, .out = out};
  go(&walk, put_folded);
  calltap__builder_free(&walk.words);
  free(walk.path);
}
