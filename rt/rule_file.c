/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules in files: what stands in a file takes the place of its name, and errors are told by the file's own lines. */
#include "calltap/rule.h"
#include "text.h"

/* `column` stays as it was. */
static bool wrong(struct calltap_rule_error *error, const char *file, const char *what, const char *why) {
  struct builder b = calltap__builder(error->message, sizeof error->message);
  calltap__put(&b, file);
  calltap__put(&b, what);
  calltap__put(&b, why);
  calltap__put_end(&b);
  return false;
}

static char *copy_name(const struct calltap_rule_files *files, struct calltap_span name) {
  size_t bytes = (size_t)(name.end - name.start);
  char *copy = files->memory(files->context, bytes + 1);
  if (copy) {
    calltap__bytes_copy(copy, name.start, bytes);
    copy[bytes] = 0;
  }
  return copy;
}

/* The whole with `bytes` of contents, and a line end, from `from` to `to`. False: no memory. */
static bool splice(const struct calltap_rule_files *files, struct calltap_rule_text *text, size_t from, size_t to,
                   const char *contents, size_t bytes) {
  size_t rest = calltap__text_length(text->text + to);
  char *whole = files->memory(files->context, from + bytes + 1 + rest + 1);
  if (!whole)
    return false;
  calltap__bytes_copy(whole, text->text, from);
  calltap__bytes_copy(whole + from, contents, bytes);
  whole[from + bytes] = '\n';
  calltap__bytes_copy(whole + from + bytes + 1, text->text + to, rest + 1);
  text->text = whole;
  return true;
}

static size_t part_of(const struct calltap_rule_text *text, size_t at) {
  size_t i = 0;
  while (i + 1 < text->parts && at >= text->part[i].to)
    i++;
  return i;
}

/* The part that the name stands in becomes three. */
static void split(struct calltap_rule_text *text, size_t from, size_t to, const char *contents, size_t bytes,
                  struct calltap_span name) {
  size_t i = part_of(text, from), grown = from + bytes + 1;
  for (size_t k = text->parts; k-- > i + 1;) {
    text->part[k + 2] = text->part[k];
    text->part[k + 2].from += grown - to;
    text->part[k + 2].to += grown - to;
  }
  text->parts += 2;
  text->part[i + 2] = text->part[i];
  text->part[i + 2].offset += to - text->part[i].from;
  text->part[i + 2].from = grown;
  text->part[i + 2].to += grown - to;
  text->part[i].to = from;
  text->part[i + 1].from = from;
  text->part[i + 1].to = grown;
  text->part[i + 1].origin = contents;
  text->part[i + 1].offset = 0;
  text->part[i + 1].file = name;
}

/* Puts the rules of the file at which parsing ended into the text. What is wrong in them is told of them alone: a bracket that is open at
 * their end takes nothing of what follows. */
static bool expand(const struct calltap_rule_files *files, struct calltap_rules *rules, struct calltap_rule_text *text,
                   struct calltap_rule_error *error) {
  size_t from = rules->file_from, to = rules->file_to, bytes = 0;
  const char *name = copy_name(files, rules->file), *why = "there is no memory";
  if (text->part[part_of(text, from)].file.start)
    return wrong(error, "", "a file of rules names no other file", "");
  if (text->parts + 2 > sizeof text->part / sizeof text->part[0])
    return wrong(error, "", "these are too many files of rules: at most 16", "");
  const char *contents = name ? files->read(files->context, name, &bytes, &why) : NULL;
  if (!contents)
    return wrong(error, name ? name : "", ": the rules cannot be read: ", why);
  if (calltap__text_length(contents) != bytes)
    return wrong(error, name, ": the rules cannot be read: ", "the file is no text");
  if (!splice(files, text, from, to, contents, bytes))
    return wrong(error, "", "there is no memory", "");
  split(text, from, to, contents, bytes, (struct calltap_span){name, name + calltap__text_length(name)});
  bool good = calltap_rules_parse(contents, rules, error);
  if (good)
    return true;
  if (rules->file.start)
    (void)wrong(error, "", "a file of rules names no other file", "");
  error->column += error->column ? from : 0;
  return false;
}

bool calltap_rules_read(const char *given, const struct calltap_rule_files *files, struct calltap_rules *rules,
                        struct calltap_rule_text *text, struct calltap_rule_error *error) {
  *text = (struct calltap_rule_text){.text = given, .parts = 1};
  text->part[0].to = calltap__text_length(given);
  text->part[0].origin = given;
  while (!calltap_rules_parse(text->text, rules, error))
    if (!rules->file.start || !expand(files, rules, text, error))
      return false;
  return true;
}

void calltap_rule_text_place(const struct calltap_rule_text *text, const struct calltap_rule_error *error,
                             struct calltap_rule_place *place) {
  struct calltap_rule_error there = {.column = error->column};
  size_t i = error->column ? part_of(text, error->column - 1) : 0;
  if (error->column)
    there.column = error->column - text->part[i].from + text->part[i].offset;
  calltap_rule_place(text->part[i].origin, &there, place);
  place->file = text->part[i].file;
}
