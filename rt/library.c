/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types of the C++ library that are better read by what they mean than by their members: by the layouts of libstdc++ and
 * libc++. To add a type is to add a line. */
#include "internal.h"

enum { SIZE_OF_ELEMENT = UINT32_MAX }; /* an offset: right behind a value of the first template argument */

static const struct {
  const char *name; /* up to the first template argument, which may go on unless it ends in a letter */
  uint8_t kind;     /* enum view_kind */
  uint32_t size;    /* of the type, 0: any. Other sizes have another layout */
  uint32_t offset, other;
  bool has_short; /* a string may stand inside the object, behind a byte with twice its length */
} table[] = {
    /* libstdc++ */
    {"std::__cxx11::basic_string<char", VIEW_STRING, 32, 0, 8, false},
    {"std::basic_string_view<char", VIEW_STRING, 16, 8, 0, false},
    {"std::vector<bool", VIEW_NONE, 0, 0, 0, false},
    {"std::vector<", VIEW_SEQUENCE, 24, 0, 8, false},
    {"std::unique_ptr<", VIEW_POINTER, 8, 0, 0, false},
    {"std::shared_ptr<", VIEW_POINTER, 16, 0, 0, false},
    {"std::optional<", VIEW_OPTIONAL, 0, 0, SIZE_OF_ELEMENT, false},
    /* libc++ */
    {"std::__1::basic_string<char", VIEW_STRING, 24, 16, 8, true},
    {"std::__1::basic_string_view<char", VIEW_STRING, 16, 0, 8, false},
    {"std::__1::vector<bool", VIEW_NONE, 0, 0, 0, false},
    {"std::__1::vector<", VIEW_SEQUENCE, 24, 0, 8, false},
    {"std::__1::unique_ptr<", VIEW_POINTER, 8, 0, 0, false},
    {"std::__1::shared_ptr<", VIEW_POINTER, 16, 0, 0, false},
    {"std::__1::optional<", VIEW_OPTIONAL, 0, 0, SIZE_OF_ELEMENT, false},
};

static bool is_named(const struct calltap_type *t, const char *name) {
  size_t bytes = calltap__text_length(name);
  if (t->name_bytes <= bytes || !calltap__bytes_equal(t->name, name, bytes))
    return false;
  return name[bytes - 1] == '<' || t->name[bytes] == ',' || t->name[bytes] == '>';
}

/* -- types that the user names ---------------------------------------------------------------------------------------- */

enum { MAX_NAMED = 32 };

static struct named {
  struct span name; /* its last character may be a star */
  struct view view;
} named[MAX_NAMED];
static size_t named_count;

static const struct {
  const char *word;
  enum view_kind kind;
  bool has_other;
} words[] = {{"string", VIEW_STRING, true},
             {"sequence", VIEW_SEQUENCE, true},
             {"pointer", VIEW_POINTER, false},
             {"optional", VIEW_OPTIONAL, false}};

static const char *skip_blanks(const char *at) {
  while (*at == ' ' || *at == '\n' || *at == '\t')
    at++;
  return at;
}

/* "(OFFSET)" or "(OFFSET, OFFSET)". Null: it is none. */
static const char *read_offsets(const char *at, bool has_other, uint64_t *offset, uint64_t *other) {
  if (*at != '(' || !(at = calltap__text_number(skip_blanks(at + 1), offset)))
    return NULL;
  at = skip_blanks(at);
  if (has_other && (*at != ',' || !(at = calltap__text_number(skip_blanks(at + 1), other))))
    return NULL;
  at = skip_blanks(at);
  return *at == ')' && *offset <= UINT16_MAX && *other <= UINT16_MAX ? at + 1 : NULL;
}

/* "KIND(OFFSETS)" */
static const char *read_view(const char *at, struct view *view) {
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t bytes = calltap__text_length(words[i].word);
    bool same = true;
    for (size_t k = 0; same && k < bytes; k++)
      same = at[k] == words[i].word[k];
    uint64_t offset = 0, other = 0;
    const char *end = same ? read_offsets(at + bytes, words[i].has_other, &offset, &other) : NULL;
    if (!end)
      continue;
    *view = (struct view){words[i].kind, (uint32_t)offset, (uint32_t)other, false};
    if (words[i].kind == VIEW_OPTIONAL) /* the value comes first, and the flag is where the user says */
      *view = (struct view){VIEW_OPTIONAL, 0, (uint32_t)offset, false};
    return end;
  }
  return NULL;
}

const char *calltap__library_add(const char *text) {
  for (text = skip_blanks(text); *text; text = skip_blanks(text)) {
    struct named *n = &named[named_count];
    if (named_count == MAX_NAMED)
      return "there are more than 32 types";
    n->name = (struct span){text, text};
    while (*n->name.end && *n->name.end != '=')
      n->name.end++;
    if (!*n->name.end || n->name.end == text)
      return "a type reads NAME=KIND(OFFSET,OFFSET), as in my::String=string(0,8)";
    text = read_view(skip_blanks(n->name.end + 1), &n->view);
    while (n->name.end[-1] == ' ')
      n->name.end--;
    if (!text)
      return "what a type is read as is string(POINTER,LENGTH), sequence(BEGIN,END), pointer(OFFSET) or "
             "optional(FLAG), "
             "with offsets in bytes";
    named_count++;
    text = skip_blanks(text);
    if (*text && *text++ != ';')
      return "types are separated by ;";
  }
  return NULL;
}

static bool has_name(const struct calltap_type *t, struct span name) {
  size_t bytes = (size_t)(name.end - name.start);
  bool is_prefix = name.end[-1] == '*';
  bytes -= is_prefix;
  bool fits = is_prefix ? t->name_bytes >= bytes : t->name_bytes == bytes;
  return fits && calltap__bytes_equal(t->name, name.start, bytes);
}

static bool find_named(const struct calltap_type *t, struct view *view) {
  for (size_t i = 0; i < named_count; i++)
    if (has_name(t, named[i].name)) {
      *view = named[i].view;
      return true;
    }
  return false;
}

/* -- all of them ------------------------------------------------------------------------------------------------------- */

bool calltap__library_view(const struct calltap_type *t, const struct calltap_scope *scope, struct view *view) {
  if (t->kind != CALLTAP_TYPE_RECORD || !t->name)
    return false;
  if (find_named(t, view)) /* members that are sensitive are worth more than the view */
    return !calltap_type_holds_sensitive(t, scope);
  for (size_t i = 0; !t->members && i < sizeof table / sizeof table[0]; i++) {
    if (!is_named(t, table[i].name) || (table[i].size && table[i].size != t->size))
      continue;
    uint64_t other = table[i].other;
    if (other == SIZE_OF_ELEMENT)
      other = t->inner ? calltap_type_read(t->inner, scope).size : 0;
    *view =
        (struct view){(enum view_kind)table[i].kind, table[i].offset, (uint32_t)other, .has_short = table[i].has_short};
    bool is_whole = view->kind != VIEW_OPTIONAL || (other && other < t->size);
    return view->kind != VIEW_NONE && is_whole;
  }
  return false;
}
