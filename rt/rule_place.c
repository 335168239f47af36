/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Shows people the place of an error in their rules. */
#include "calltap/rule.h"
#include "text.h"

enum { MOST_SHOWN = 120 }; /* characters of a line */

/* Bytes of UTF-8 behind its first are part of the same character. */
static bool starts_character(char c) { return ((unsigned char)c & 0xC0) != 0x80; }

static size_t characters(const char *from, const char *to) {
  size_t n = 0;
  for (; from < to; from++)
    n += starts_character(*from);
  return n;
}

/* `count` characters back, or the start. */
static const char *back(const char *at, const char *start, size_t count) {
  while (at > start && count > 0)
    count -= starts_character(*--at);
  return at;
}

static const char *line_end(const char *at) {
  while (*at && *at != '\n')
    at++;
  return at;
}

static void put_one(struct builder *b, char c) { calltap__put_span(b, (struct span){&c, &c + 1}); }

/* What would move the cursor becomes a question mark: one column for one character, as below it. A tab stays: the one below is as wide. */
static void put_line(struct builder *b, const char *from, const char *end) {
  calltap__put(b, "    ");
  size_t n = 0;
  for (; from < end && (n += starts_character(*from)) <= MOST_SHOWN; from++) {
    bool moves = ((unsigned char)*from < ' ' && *from != '\t') || *from == 0x7F;
    put_one(b, moves ? '?' : *from);
  }
  calltap__put(b, "\n");
}

static void put_caret(struct builder *b, const char *from, const char *at) {
  calltap__put(b, "    ");
  for (; from < at; from++)
    if (starts_character(*from))
      put_one(b, *from == '\t' ? '\t' : ' ');
  calltap__put(b, "^\n");
}

void calltap_rule_place(const char *text, const struct calltap_rule_error *error, struct calltap_rule_place *place) {
  size_t bytes = calltap__text_length(text), offset = error->column ? error->column - 1 : 0;
  const char *at = text + (offset > bytes ? bytes : offset), *line = text;
  place->lines = 1;
  place->line = place->column = 0;
  place->shown[0] = 0;
  place->file = (struct calltap_span){0};
  for (const char *p = text; *p; p++)
    place->lines += *p == '\n' && p[1];
  if (!error->column)
    return;
  place->line = 1;
  for (const char *p = text; p < at; p++)
    if (*p == '\n') {
      place->line++;
      line = p + 1;
    }
  place->column = characters(line, at) + 1;
  const char *from = back(at, line, MOST_SHOWN / 2);
  if (characters(line, line_end(at)) <= MOST_SHOWN)
    from = line;
  struct builder b = calltap__builder(place->shown, sizeof place->shown);
  put_line(&b, from, line_end(at));
  put_caret(&b, from, at);
  calltap__put_end(&b);
}
