/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "flame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report.h"
#include "lib/view.h"

/* In tools/flame/, by flame/files.S. */
extern const char flame_css[], flame_js[];

enum {
  WIDTH = 1200,
  LEFT = 10,
  PLOT = WIDTH - 2 * LEFT,
  TOP = 62,
  ROW = 18,
  FRAME = 17,
  BOTTOM = 34,
  HUES = 8,   /* by module, of a program with several */
  SHADES = 4, /* by function */
  FEW = 6,    /* of fewer modules the hue is by function, too */
  STEPS = 6,  /* of more and of less */
};

/* A character of the font, in pixels. flame.js has the same. */
#define CHAR 6.65

struct drawing {
  const struct flame *flame;
  struct calltap__out *out;
  double *x;       /* by node: where it starts, from 0 to 1 */
  uint32_t *depth; /* by node; the root is 0 */
  uint32_t rows;
  uint64_t largest_change;
  bool has_modules;
  struct calltap__builder words;
};

/* --- text --- */

/* Two characters that are UTF-8 are none in XML. */
static bool is_no_xml(const char *bytes, size_t left) {
  return left >= 3 && memcmp(bytes, "\xef\xbf", 2) == 0 && (unsigned char)bytes[2] >= 0xbe;
}

static void build_xml(struct calltap__builder *words, struct calltap_text text) {
  struct calltap__builder plain = {0};
  calltap__build_plain(&plain, text);
  for (size_t i = 0; i < plain.size; i++) {
    const char *escaped = plain.bytes[i] == '&'   ? "&amp;"
                          : plain.bytes[i] == '<' ? "&lt;"
                          : plain.bytes[i] == '>' ? "&gt;"
                          : plain.bytes[i] == '"' ? "&quot;"
                                                  : NULL;
    if (is_no_xml(plain.bytes + i, plain.size - i)) {
      calltap__build(words, "?");
      i += 2;
    } else if (escaped != NULL) {
      calltap__build(words, escaped);
    } else {
      calltap__build_bytes(words, &plain.bytes[i], 1);
    }
  }
  words->failed |= plain.failed;
  calltap__builder_free(&plain);
}

/* With `digits` digits after the point, of which trailing zeros are left out. */
static void build_decimal(struct calltap__builder *words, double value, unsigned digits) {
  uint64_t scale = 1;
  for (unsigned i = 0; i < digits; i++)
    scale *= 10;
  uint64_t scaled = (uint64_t)(value * (double)scale + 0.5);
  calltap__build_number(words, scaled / scale);
  char text[8];
  calltap__format_padded(text, (uint32_t)(scaled % scale), digits);
  while (digits > 0 && text[digits - 1] == '0')
    digits--;
  if (digits > 0)
    calltap__build(words, ".");
  calltap__build_bytes(words, text, digits);
}

static void build_commas(struct calltap__builder *words, uint64_t number) {
  char text[CALLTAP__CELL];
  calltap__build_bytes(words, text, calltap__format_commas(text, number));
}

static void build_time(struct calltap__builder *words, uint64_t ns) {
  char text[CALLTAP__CELL];
  calltap__build_bytes(words, text, calltap__format_duration(text, ns));
}

static void build_percent(struct calltap__builder *words, uint64_t part, uint64_t whole) {
  char text[CALLTAP__CELL];
  calltap__build(words, " (");
  calltap__build_bytes(words, text, calltap__format_percent(text, part, whole));
  calltap__build(words, " %)");
}

/* --- where frames stand --- */

/* Parents come before their children in the array. */
static void place(struct drawing *drawing) {
  const struct calltap__profile *profile = drawing->flame->profile;
  const uint64_t *total = drawing->flame->weights->total;
  for (size_t i = 0; i < profile->nodes; i++) {
    double x = drawing->x[i];
    for (uint32_t child = profile->node[i].child; child != 0; child = profile->node[child].sibling) {
      drawing->x[child] = x;
      drawing->depth[child] = drawing->depth[i] + 1;
      x += (double)total[child] / (double)total[0];
    }
  }
}

static bool is_shown(const struct drawing *drawing, size_t node) {
  const uint64_t *total = drawing->flame->weights->total;
  return drawing->depth[node] < drawing->flame->deepest && total[node] > 0 &&
         100.0 * (double)total[node] >= drawing->flame->least * (double)total[0];
}

static uint64_t before_self(const struct flame *flame, size_t node) {
  uint32_t twin = flame->twin[node];
  return twin == 0 && node != 0 ? 0 : flame->before_weights->self[twin];
}

static uint64_t difference(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

static bool has_modules(const struct calltap__profile *profile) {
  size_t modules = 0;
  for (size_t i = CALLTAP__FUNCTIONS; i < profile->functions; i++)
    modules += profile->function[i].module == i; /* the first of its module */
  return modules >= FEW;
}

static void measure(struct drawing *drawing) {
  const struct flame *flame = drawing->flame;
  drawing->has_modules = has_modules(flame->profile);
  for (size_t i = 0; i < flame->profile->nodes; i++) {
    if (!is_shown(drawing, i))
      continue;
    if (drawing->depth[i] >= drawing->rows)
      drawing->rows = drawing->depth[i] + 1;
    if (flame->before == NULL)
      continue;
    uint64_t change = difference(flame->weights->self[i], before_self(flame, i));
    drawing->largest_change = change > drawing->largest_change ? change : drawing->largest_change;
  }
}

/* --- colours --- */

static unsigned hash(struct calltap_text text) {
  uint32_t value = 2166136261U;
  for (size_t i = 0; i < text.size; i++)
    value = (value ^ (unsigned char)text.bytes[i]) * 16777619U;
  return value ^ value >> 15;
}

static void build_rule(struct calltap__builder *words, char letter, unsigned number, const unsigned hsl[3]) {
  const char name[] = {'.', 'f', 'l', 'a', 'm', 'e', ' ', '.', letter, '\0'};
  calltap__build(words, name);
  calltap__build_number(words, number);
  calltap__build(words, " rect{fill:hsl(");
  calltap__build_number(words, hsl[0]);
  calltap__build(words, ",");
  calltap__build_number(words, hsl[1]);
  calltap__build(words, "%,");
  calltap__build_number(words, hsl[2]);
  calltap__build(words, "%)}\n");
}

/* Warm colours; of a comparison, red for more and blue for less, the more the deeper. */
static void build_colours(struct calltap__builder *words, bool is_comparison) {
  for (unsigned i = 0; !is_comparison && i < HUES * SHADES; i++)
    build_rule(words, 'k', i, (unsigned[]){8 + i / SHADES * 7, 90 - i / SHADES * 2, 60 + i % SHADES * 3});
  for (unsigned i = 0; is_comparison && i <= STEPS; i++) {
    build_rule(words, 'm', i, (unsigned[]){6, i == 0 ? 6 : 50 + i * 7, 86 - i * 4});
    build_rule(words, 'l', i, (unsigned[]){212, i == 0 ? 6 : 50 + i * 7, 86 - i * 4});
  }
}

/* A change of a tenth of the largest one is half way: what changed less can still be seen. */
static unsigned step(uint64_t change, uint64_t largest) {
  if (change == 0 || largest == 0)
    return 0;
  double part = (double)change / (double)largest, curved = part / (part + 0.1) * 1.1;
  return (unsigned)(curved * STEPS + 0.5);
}

static void build_class(struct drawing *drawing, size_t number) {
  const struct flame *flame = drawing->flame;
  const struct calltap__profile_node *node = &flame->profile->node[number];
  const struct calltap__profile_function *function = &flame->profile->function[node->function];
  uint64_t self = flame->weights->self[number];
  if (flame->before != NULL) {
    uint64_t before = before_self(flame, number);
    calltap__build(&drawing->words, self >= before ? "m" : "l");
    calltap__build_number(&drawing->words, step(difference(self, before), drawing->largest_change));
    return;
  }
  unsigned own = hash(function->mfa), hue = HUES - 1;
  if (function->function != NULL)
    hue = (drawing->has_modules ? hash(function->function->module) : own / SHADES) % HUES;
  calltap__build(&drawing->words, "k");
  calltap__build_number(&drawing->words, hue * SHADES + own % SHADES);
}

/* --- frames --- */

static void build_numbers(struct drawing *drawing, const struct calltap__profile *profile,
                          const struct calltap__weights *weights, size_t node) {
  struct calltap__builder *words = &drawing->words;
  bool is_time = drawing->flame->weight == CALLTAP__WEIGHT_TIME;
  if (profile->node[node].calls > 0) {
    build_commas(words, profile->node[node].calls);
    calltap__build(words, profile->node[node].calls == 1 ? " call, " : " calls, ");
  }
  if (is_time) {
    build_time(words, weights->total[node]);
  } else {
    build_commas(words, weights->total[node]);
    calltap__build(words, " with those below");
  }
  build_percent(words, weights->total[node], weights->total[0]);
  if (is_time && node != 0) {
    calltap__build(words, ", self ");
    build_time(words, weights->self[node]);
    build_percent(words, weights->self[node], weights->total[0]);
  }
}

static void build_title(struct drawing *drawing, size_t node, struct calltap_text name) {
  const struct flame *flame = drawing->flame;
  struct calltap__builder *words = &drawing->words;
  calltap__build(words, "<title>");
  build_xml(words, name);
  calltap__build(words, "\n");
  build_numbers(drawing, flame->profile, flame->weights, node);
  if (flame->before != NULL) {
    calltap__build(words, "\nbefore: ");
    if (flame->twin[node] == 0 && node != 0) {
      calltap__build(words, "none");
    } else {
      build_numbers(drawing, flame->before, flame->before_weights, flame->twin[node]);
    }
  }
  calltap__build(words, "</title>");
}

/* Where a character starts. */
static bool is_start(char byte) { return ((unsigned char)byte & 0xc0) != 0x80; }

static size_t characters(struct calltap_text text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size; i++)
    count += is_start(text.bytes[i]);
  return count;
}

static struct calltap_text without_module(struct calltap_text name) {
  for (size_t i = name.size; i > 0; i--) {
    if (name.bytes[i - 1] == ':')
      return (struct calltap_text){name.bytes + i, name.size - i};
  }
  return name;
}

/* As flame.js does. */
static void build_label(struct drawing *drawing, struct calltap_text name, double x, double y, double width) {
  struct calltap__builder *words = &drawing->words;
  double fits = (width - 6) / CHAR;
  size_t room = fits > 0 ? (size_t)fits : 0;
  if (room < 3)
    return;
  if (characters(name) > room)
    name = without_module(name);
  bool is_cut = characters(name) > room;
  while (is_cut && characters(name) > room - 1)
    name.size--;
  calltap__build(words, "<text x=\"");
  build_decimal(words, x + 3, 1);
  calltap__build(words, "\" y=\"");
  build_decimal(words, y + 12, 0);
  calltap__build(words, "\">");
  build_xml(words, name);
  calltap__build(words, is_cut ? "\u2026</text>" : "</text>");
}

static void put_frame(struct drawing *drawing, size_t node) {
  const struct flame *flame = drawing->flame;
  struct calltap__builder *words = &drawing->words, name = {0};
  double x = LEFT + drawing->x[node] * PLOT, y = TOP + (double)(drawing->rows - 1 - drawing->depth[node]) * ROW;
  double width = (double)flame->weights->total[node] / (double)flame->weights->total[0] * PLOT;
  calltap__node_name(&name, flame->profile, (uint32_t)node);
  struct calltap_text text = {name.bytes, name.size};
  calltap__build(words, "<g class=\"");
  build_class(drawing, node);
  calltap__build(words, "\">");
  build_title(drawing, node, text);
  calltap__build(words, "<rect x=\"");
  build_decimal(words, x, 4);
  calltap__build(words, "\" y=\"");
  build_decimal(words, y, 0);
  calltap__build(words, "\" width=\"");
  build_decimal(words, width, 4);
  calltap__build(words, "\" height=\"");
  calltap__build_number(words, FRAME);
  calltap__build(words, "\"/>");
  build_label(drawing, text, x, y, width);
  calltap__build(words, "</g>\n");
  words->failed |= name.failed;
  calltap__builder_free(&name);
  calltap__out_words(drawing->out, words);
}

/* --- the file --- */

static void build_text(struct calltap__builder *words, const char *class, unsigned y, const char *text) {
  calltap__build(words, "<text class=\"");
  calltap__build(words, class);
  calltap__build(words, "\" x=\"10\" y=\"");
  calltap__build_number(words, y);
  calltap__build(words, "\">");
  build_xml(words, calltap__text(text));
  calltap__build(words, "</text>\n");
}

static void put_head(struct drawing *drawing) {
  struct calltap__builder *words = &drawing->words;
  unsigned height = TOP + drawing->rows * ROW + BOTTOM;
  calltap__build(words, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                        "class=\"flame\" width=\"1200\" height=\"");
  calltap__build_number(words, height);
  calltap__build(words, "\" viewBox=\"0 0 1200 ");
  calltap__build_number(words, height);
  calltap__build(words, "\">\n<title>");
  build_xml(words, calltap__text(drawing->flame->title));
  calltap__build(words, "</title>\n<style>\n");
  calltap__build(words, flame_css);
  build_colours(words, drawing->flame->before != NULL);
  calltap__build(words, "</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
  build_text(words, "head", 27, drawing->flame->title);
  build_text(words, "sub", 47, drawing->flame->subtitle);
  build_text(words, "details", height - 12, " ");
  calltap__build(words, "<g class=\"frames\">\n");
  calltap__out_words(drawing->out, words);
}

static void draw(struct drawing *drawing) {
  place(drawing);
  measure(drawing);
  put_head(drawing);
  for (size_t i = 0; i < drawing->flame->profile->nodes && drawing->out->error == 0; i++) {
    if (is_shown(drawing, i))
      put_frame(drawing, i);
  }
  calltap__build(&drawing->words, "</g>\n<script><![CDATA[\n");
  calltap__build(&drawing->words, flame_js);
  calltap__build(&drawing->words, "]]></script>\n</svg>\n");
  calltap__out_words(drawing->out, &drawing->words);
}

void flame_write(const struct flame *flame, struct calltap__out *out) {
  struct drawing drawing = {.flame = flame, .out = out};
  drawing.x = calloc(flame->profile->nodes, sizeof *drawing.x);
  drawing.depth = calloc(flame->profile->nodes, sizeof *drawing.depth);
  if (drawing.x != NULL && drawing.depth != NULL) {
    draw(&drawing);
  } else {
    out->error = ENOMEM;
  }
  free(drawing.x);
  free(drawing.depth);
  calltap__builder_free(&drawing.words);
}
