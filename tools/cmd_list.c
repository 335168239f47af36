/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap list: what can be traced in a file or a process. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calltap/rule.h"
#include "command.h"
#include "lib/text.h"
#include "message.h"
#include "nearest.h"
#include "object.h"
#include "stats.h"
#include "target.h"

enum { OPTION_JSON, OPTION_STATS, OPTION_ALL };

static const struct option table[] = {
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a line, as docs/json.md describes"},
    [OPTION_STATS] = {0, "stats", NULL, "only counts: of functions, hooks, parameters that a trace can have"},
    [OPTION_ALL] = {0, "all", NULL, "also what was inlined away of the system's headers, where no PATTERN is given"},
    {0},
};

/* A function as it will be printed. All strings are its own. */
struct listed {
  char *mfa;
  char *name;      /* the function alone, for the search of the nearest */
  char *signature; /* "int (struct client *c, int n)", or its JSON */
  char *file;
  uint32_t line;
  uint32_t object; /* index in list.object */
  bool inlined;
  uint32_t entries;
  uint32_t returns;
  uint32_t tails;
  uint32_t unwinds;
  struct stats_values parameters;
  struct stats_values results;
};

struct list {
  bool json;
  bool stats;
  bool all;
  uint64_t table_bytes;
  const char *target;
  const char *pattern_text; /* NULL: all */
  struct calltap_rule pattern;
  struct listed *listed;
  size_t count;
  char **object; /* names of those with a note */
  uint32_t objects;
  bool failed; /* no memory */
  struct nearest nearest;
  enum status status;
};

/* --- gathering --- */

static char *finish(struct list *list, struct calltap__builder *builder) {
  calltap__build_bytes(builder, "", 1);
  list->failed |= builder->failed;
  return builder->bytes;
}

static char *copy(struct list *list, const char *text) {
  struct calltap__builder builder = {0};
  calltap__build(&builder, text);
  return finish(list, &builder);
}

/* "(struct client *c, int n)" */
static void build_parameters(struct calltap__builder *builder, const struct object_function *function) {
  calltap__build(builder, "(");
  for (uint32_t i = 0; i < function->parameters; i++) {
    if (i > 0)
      calltap__build(builder, ", ");
    calltap__build_declaration(builder, function->parameter[i].type, function->parameter[i].name);
  }
  uint32_t described = function->parameters - ((function->flags & CALLTAP_FUNCTION_METHOD) != 0);
  if ((function->flags & CALLTAP_FUNCTION_VARIADIC) != 0 || function->arity > described) {
    calltap__build(builder, function->parameters > 0 ? ", ..." : "...");
  }
  calltap__build(builder, ")");
}

/* The parameters stand where a declaration has its name: a function may return a pointer to a function. */
static char *text_signature(struct list *list, const struct object_function *function) {
  struct calltap__builder parameters = {0}, spelled = {0}, builder = {0};
  build_parameters(&parameters, function);
  calltap__build_bytes(&parameters, "", 1);
  if (!parameters.failed)
    calltap__build_declaration(&spelled, function->result.type, parameters.bytes);
  calltap__build_plain(&builder, (struct calltap_text){spelled.bytes, spelled.size});
  builder.failed |= parameters.failed || spelled.failed;
  calltap__builder_free(&parameters);
  calltap__builder_free(&spelled);
  return finish(list, &builder);
}

static void build_json_type(struct calltap__builder *builder, const char *type) {
  struct calltap__builder spelled = {0};
  calltap__build_type(&spelled, type);
  calltap__build_json(builder, (struct calltap_text){spelled.bytes, spelled.size});
  builder->failed |= spelled.failed;
  calltap__builder_free(&spelled);
}

static char *json_signature(struct list *list, const struct object_function *function) {
  struct calltap__builder builder = {0};
  calltap__build(&builder, ",\"parameters\":[");
  for (uint32_t i = 0; i < function->parameters; i++) {
    calltap__build(&builder, i > 0 ? ",{\"name\":" : "{\"name\":");
    calltap__build_json(&builder, calltap__text(function->parameter[i].name));
    calltap__build(&builder, ",\"type\":");
    build_json_type(&builder, function->parameter[i].type);
    calltap__build(&builder, "}");
  }
  calltap__build(&builder, "],\"result\":");
  build_json_type(&builder, function->result.type);
  return finish(list, &builder);
}

/* Of what was inlined away, nothing is known but its name. */
static char *signature_of(struct list *list, const struct object_function *function) {
  if (function->inlined)
    return copy(list, "");
  return list->json ? json_signature(list, function) : text_signature(list, function);
}

static void count_values(struct listed *listed, const struct object_function *function) {
  if (function->inlined)
    return;
  for (uint32_t i = 0; i < function->parameters; i++)
    stats_value(&listed->parameters, function->parameter[i].presence);
  if (calltap_type_read(function->result.type, NULL).kind != CALLTAP_TYPE_VOID)
    stats_value(&listed->results, function->result.presence);
}

static char *mfa_of(struct list *list, const struct object_function *function) {
  struct calltap__builder builder = {0};
  calltap__build(&builder, function->module);
  calltap__build(&builder, ":");
  calltap__build(&builder, function->name);
  calltap__build(&builder, "/");
  calltap__build_number(&builder, function->arity);
  return finish(list, &builder);
}

static bool make_room(struct list *list) {
  if ((list->count & (list->count - 1)) != 0)
    return true;
  size_t room = list->count == 0 ? 1 : list->count * 2;
  struct listed *grown = realloc(list->listed, room * sizeof *grown);
  if (grown == NULL)
    return false;
  list->listed = grown;
  return true;
}

static void add(struct list *list, const struct object_function *function) {
  if (!make_room(list)) {
    list->failed = true;
    return;
  }
  struct listed *listed = &list->listed[list->count++];
  *listed = (struct listed){
      .mfa = mfa_of(list, function),
      .name = copy(list, function->name),
      .signature = signature_of(list, function),
      .file = copy(list, function->file),
      .line = function->line,
      .object = list->objects,
      .inlined = function->inlined,
      .entries = function->entries,
      .returns = function->returns,
      .tails = function->tails,
      .unwinds = function->unwinds,
  };
  count_values(listed, function);
}

static bool receive(void *context, const struct object_function *function) {
  struct list *list = context;
  bool matches = list->pattern_text == NULL ||
                 calltap_rule_names(&list->pattern, function->module, function->name, function->arity);
  if (matches) {
    add(list, function);
  } else {
    char *mfa = mfa_of(list, function);
    if (mfa != NULL)
      nearest_offer(&list->nearest, mfa, function->name);
    free(mfa);
  }
  return !list->failed;
}

/* --- order --- */

/* Within an object by name; what was inlined away comes after what was not. */
static int by_name(const void *left, const void *right) {
  const struct listed *a = left, *b = right;
  if (a->object != b->object)
    return a->object < b->object ? -1 : 1;
  int order = strcmp(a->mfa, b->mfa);
  if (order == 0)
    order = strcmp(a->file, b->file);
  if (order == 0)
    order = (a->line > b->line) - (a->line < b->line);
  if (order == 0)
    order = a->inlined - b->inlined;
  return order != 0 ? order : strcmp(a->signature, b->signature);
}

static bool same_place(const struct listed *a, const struct listed *b) {
  return a->object == b->object && a->line == b->line && strcmp(a->mfa, b->mfa) == 0 && strcmp(a->file, b->file) == 0;
}

static void free_listed(struct listed *listed) {
  free(listed->mfa);
  free(listed->name);
  free(listed->signature);
  free(listed->file);
}

/* Makes one of entries for the same function; one that has sites was not inlined away. Instances of a template keep
 * their own entries if their types differ. */
static void collapse(struct list *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    struct listed *last = kept > 0 ? &list->listed[kept - 1] : NULL, *next = &list->listed[i];
    bool again =
        last != NULL && same_place(last, next) && (next->inlined || strcmp(last->signature, next->signature) == 0);
    if (!again) {
      list->listed[kept++] = *next;
      continue;
    }
    last->entries += next->entries;
    last->returns += next->returns;
    last->tails += next->tails;
    last->unwinds += next->unwinds;
    free_listed(next);
  }
  list->count = kept;
}

/* --- printing --- */

static void print_plain(const char *text) {
  struct calltap__builder builder = {0};
  calltap__build_plain(&builder, calltap__text(text));
  fwrite(builder.bytes, 1, builder.size, stdout);
  calltap__builder_free(&builder);
}

static void print_json_text(const char *key, const char *text) {
  struct calltap__builder builder = {0};
  calltap__build_json(&builder, calltap__text(text));
  fputs(key, stdout);
  fwrite(builder.bytes, 1, builder.size, stdout);
  calltap__builder_free(&builder);
}

static void print_count(const char *before, uint32_t count, const char *one, const char *many) {
  if (count > 0)
    printf("%s%" PRIu32 " %s", before, count, count == 1 ? one : many);
}

/* Steps over slashes and one component of a path; the component. */
static struct calltap_text take_component(const char **at) {
  *at += strspn(*at, "/");
  struct calltap_text component = {*at, strcspn(*at, "/")};
  *at += component.size;
  return component;
}

/* A whole path without the steps up that a compiler finds its headers by: /usr/bin/../include/x is /usr/include/x. Others as they are. */
static void build_path(struct calltap__builder *path, const char *file) {
  if (file[0] != '/') {
    calltap__build(path, file);
    return;
  }
  while (file[strspn(file, "/")] != '\0') {
    struct calltap_text component = take_component(&file);
    if (component.size == 2 && memcmp(component.bytes, "..", 2) == 0) {
      while (path->size > 0 && path->bytes[--path->size] != '/')
        ;
    } else if (component.size != 1 || component.bytes[0] != '.') {
      calltap__build(path, "/");
      calltap__build_bytes(path, component.bytes, component.size);
    }
  }
}

static void print_path(const char *file) {
  struct calltap__builder path = {0}, plain = {0};
  build_path(&path, file);
  calltap__build_plain(&plain, (struct calltap_text){path.bytes, path.size});
  fwrite(plain.bytes, 1, plain.size, stdout);
  calltap__builder_free(&path);
  calltap__builder_free(&plain);
}

/* Nobody looks for what of these was inlined away, and in C++ there is much of it. */
static bool is_of_system(const struct listed *listed) {
  static const char *const places[] = {"/usr/include/", "/usr/lib/", "/usr/local/include/"};
  struct calltap__builder path = {0};
  bool is = false;
  build_path(&path, listed->file);
  calltap__build_bytes(&path, "", 1);
  for (size_t i = 0; !path.failed && i < sizeof places / sizeof *places; i++)
    is |= strncmp(path.bytes, places[i], strlen(places[i])) == 0;
  calltap__builder_free(&path);
  return is;
}

static bool is_shown(const struct list *list, const struct listed *listed) {
  return list->json || list->all || list->pattern_text != NULL || !listed->inlined || !is_of_system(listed);
}

static void print_text(const struct listed *listed) {
  print_plain(listed->mfa);
  if (!listed->inlined)
    printf("  %s", listed->signature);
  fputs("  ", stdout);
  print_path(listed->file);
  printf(":%" PRIu32 "  ", listed->line);
  if (listed->inlined) {
    puts("inlined away");
    return;
  }
  print_count("", listed->entries, "entry", "entries");
  print_count(", ", listed->returns, "return", "returns");
  print_count(", ", listed->tails, "tail call", "tail calls");
  print_count(", ", listed->unwinds, "unwinding", "unwindings");
  putchar('\n');
}

static void print_json(const struct list *list, const struct listed *listed) {
  print_json_text("{\"mfa\":", listed->mfa);
  if (!listed->inlined)
    fputs(listed->signature, stdout);
  print_json_text(",\"file\":", listed->file);
  printf(",\"line\":%" PRIu32, listed->line);
  print_json_text(",\"object\":", list->object[listed->object]);
  if (listed->inlined) {
    puts(",\"inlined\":true}");
    return;
  }
  printf(",\"entries\":%" PRIu32 ",\"returns\":%" PRIu32 ",\"tails\":%" PRIu32 ",\"unwinds\":%" PRIu32 "}\n",
         listed->entries, listed->returns, listed->tails, listed->unwinds);
}

static struct stats sum(const struct list *list) {
  struct stats stats = {.objects = list->objects, .table_bytes = list->table_bytes};
  for (size_t i = 0; i < list->count; i++) {
    const struct listed *listed = &list->listed[i];
    stats.sites += (uint64_t)listed->entries + listed->returns + listed->tails + listed->unwinds;
    stats.inlined += listed->inlined;
    stats.functions += !listed->inlined;
    stats_add(&stats.parameters, &listed->parameters);
    stats_add(&stats.results, &listed->results);
  }
  return stats;
}

static void print(const struct list *list) {
  struct stats stats = sum(list);
  if (list->stats) {
    stats_print(&stats, list->json);
    return;
  }
  const struct listed *before = NULL;
  size_t hidden = 0;
  for (size_t i = 0; i < list->count; i++) {
    const struct listed *listed = &list->listed[i];
    if (list->json) {
      print_json(list, listed);
      continue;
    }
    if (!is_shown(list, listed)) {
      hidden++;
      continue;
    }
    if ((before == NULL || before->object != listed->object) && list->objects > 1)
      printf("%s%s:\n", before == NULL ? "" : "\n", list->object[listed->object]);
    print_text(listed);
    before = listed;
  }
  if (hidden > 0)
    printf("... and %zu function%s of the system's headers that %s inlined away (--all)\n", hidden,
           hidden == 1 ? "" : "s", hidden == 1 ? "was" : "were");
  if (!list->json)
    stats_print_line(&stats);
}

/* --- objects --- */

static void add_object(void *context, const char *name) {
  struct list *list = context;
  char **grown = realloc(list->object, (list->objects + 1) * sizeof *grown);
  if (grown == NULL) {
    list->failed = true;
    return;
  }
  list->object = grown;
  list->object[list->objects] = copy(list, name);
  list->objects++;
}

/* --- the command --- */

static bool set_pattern(struct list *list, const char *text) {
  struct calltap_rule_error error;
  if (!calltap_pattern_parse(text, &list->pattern, &error)) {
    message_rule(NULL, text, &error);
    return false;
  }
  list->pattern_text = text;
  nearest_start(&list->nearest, list->pattern.name.start, (size_t)(list->pattern.name.end - list->pattern.name.start));
  return true;
}

static bool set_word(struct list *list, const char *word) {
  if (list->target == NULL) {
    list->target = word;
    return true;
  }
  if (list->pattern_text == NULL)
    return set_pattern(list, word);
  message("'%s' is one word too many: give a target and a pattern", word);
  return false;
}

static bool read_command_line(struct list *list, struct options *options) {
  for (;;) {
    int found = options_next(options);
    if (found == OPTIONS_END)
      break;
    if (found == OPTIONS_WRONG)
      return false;
    if (found == OPTION_JSON)
      list->json = true;
    if (found == OPTION_STATS)
      list->stats = true;
    if (found == OPTION_ALL)
      list->all = true;
    if (found == OPTIONS_WORD && !set_word(list, options->value))
      return false;
  }
  if (list->target == NULL)
    message("name an executable, a shared object or a pid");
  return list->target != NULL;
}

static void gather(struct list *list) {
  struct target target = {.receive = receive, .object = add_object, .context = list};
  list->status = target_read(&target, list->target);
  list->table_bytes = target.table_bytes;
  if (list->failed && list->status == STATUS_DONE) {
    message("this needs more memory than there is");
    list->status = STATUS_FAULT;
  }
}

static void say_nothing(struct list *list) {
  char hint[512];
  list->status = STATUS_QUESTION;
  if (list->objects == 0) {
    message("%s: not built with the calltap plugin: compile it with -fplugin=calltap.so", list->target);
    return;
  }
  if (list->pattern_text == NULL) {
    message("%s: built with the calltap plugin, but it has no function that can be traced", list->target);
    return;
  }
  nearest_say(&list->nearest, hint, sizeof hint);
  message("%s: no function matches '%s'%s", list->target, list->pattern_text, hint);
}

static void free_list(struct list *list) {
  for (size_t i = 0; i < list->count; i++)
    free_listed(&list->listed[i]);
  for (uint32_t i = 0; i < list->objects; i++)
    free(list->object[i]);
  free(list->listed);
  free(list->object);
}

static int run(struct options *options) {
  struct list list = {.status = STATUS_DONE};
  if (!read_command_line(&list, options))
    return STATUS_QUESTION;
  gather(&list);
  if (!list.failed && list.count > 0) {
    qsort(list.listed, list.count, sizeof *list.listed, by_name);
    collapse(&list);
    print(&list);
  } else if (list.status == STATUS_DONE) {
    say_nothing(&list);
  }
  free_list(&list);
  if (fflush(stdout) != 0 && errno != EPIPE) {
    message_errno(errno, "standard output: cannot be written");
    list.status = STATUS_FAULT;
  }
  return list.status;
}

const struct command command_list = {
    .name = "list",
    .usage = "FILE|PID [PATTERN]",
    .summary = "Shows what can be traced in a program, a shared object or a running process",
    .text = "One line a function: module:function/arity, result and parameters, the place in the source, and\n"
            "how many hooks it has. Functions that the optimiser inlined everywhere are `inlined away`; those of the\n"
            "system's headers, as the C++ library's, are only counted, unless --all or a PATTERN asks for them.\n"
            "PATTERN is a glob [module:]function[/arity]: `process`, `server:*`, `*:handle_*/2`. One file or one pid.\n"
            "\n"
            "Exit status: 0 done, 1 nothing matched or nothing can be traced, 2 the file cannot be read.\n",
    .options = table,
    .run = run,
};
