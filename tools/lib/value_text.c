/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values for people: {len=8192, name="SET"}, 0x7f8810 {...}, [1, 2, ... (1000)]. */
#include "view.h"

/* More elements of an array than this are of no use on one line. */
enum { MOST_ELEMENTS = 64 };

const char *const calltap__text_unknown[] = {
    [CALLTAP__NOT_CAPTURED] = "...",
    [CALLTAP__UNREADABLE] = "<unreadable>",
    [CALLTAP__SENSITIVE] = "<sensitive>",
    [CALLTAP__OPTIMIZED_OUT] = "<optimized out>",
};

static void put_terminated(struct calltap__out *out, const char *text) { calltap__out(out, text, strlen(text)); }

static void put_plain(struct calltap__writer *w, struct calltap_text text) {
  calltap__build_plain(&w->words, text);
  calltap__out_words(w->out, &w->words);
}

static void put_address(struct calltap__out *out, uint64_t address) {
  if (address == 0) {
    CALLTAP__OUT(out, "NULL");
  } else {
    out->at += calltap__format_hex(calltap__out_room(out, 18), address);
  }
}

static void put_function(struct calltap__writer *w, uint64_t address) {
  put_address(w->out, address);
  struct calltap__builder name = {0};
  if (w->namer != NULL && w->namer->name(w->namer, w->file, address, &name)) {
    CALLTAP__OUT(w->out, " <");
    put_plain(w, (struct calltap_text){name.bytes, name.size});
    CALLTAP__OUT(w->out, ">");
  }
  calltap__builder_free(&name);
}

static void put_string(struct calltap__writer *w, const struct calltap__leaf *leaf) {
  calltap__build_quoted(&w->words, leaf->text);
  calltap__out_words(w->out, &w->words);
  if (!leaf->cut)
    return;
  bool is_known = leaf->length != CALLTAP__NO_LENGTH;
  put_terminated(w->out, is_known ? "... (" : "... (more than ");
  calltap__out_decimal(w->out, is_known ? leaf->length : leaf->text.size);
  CALLTAP__OUT(w->out, " bytes)");
}

static void put_complex(struct calltap__out *out, const struct calltap__leaf *leaf) {
  calltap__out(out, leaf->text.bytes, leaf->text.size);
  if (leaf->imaginary.bytes[0] != '-')
    CALLTAP__OUT(out, "+");
  calltap__out(out, leaf->imaginary.bytes, leaf->imaginary.size);
  CALLTAP__OUT(out, "i");
}

static void put_unknown(struct calltap__out *out, const struct calltap__leaf *leaf) {
  if (leaf->address != 0) {
    put_address(out, leaf->address);
    CALLTAP__OUT(out, " ");
  }
  put_terminated(out, calltap__text_unknown[leaf->unknown]);
}

static void leaf(struct calltap__sink *sink, const struct calltap__leaf *leaf) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  struct calltap__out *out = w->out;
  switch (leaf->kind) {
  case CALLTAP__LEAF_UNKNOWN:
    put_unknown(out, leaf);
    break;
  case CALLTAP__LEAF_INTEGER:
    out->at += calltap__format_wide(calltap__out_room(out, 40), leaf->magnitude, leaf->negative);
    break;
  case CALLTAP__LEAF_BOOL:
    put_terminated(out, leaf->magnitude != 0 ? "true" : "false");
    break;
  case CALLTAP__LEAF_CHAR: {
    unsigned char byte = (unsigned char)leaf->magnitude;
    out->at += calltap__format_char(calltap__out_room(out, 6), leaf->negative ? (unsigned char)(0 - byte) : byte);
    break;
  }
  case CALLTAP__LEAF_NAMES:
    put_plain(w, leaf->text);
    break;
  case CALLTAP__LEAF_REAL:
    calltap__out(out, leaf->text.bytes, leaf->text.size);
    break;
  case CALLTAP__LEAF_COMPLEX:
    put_complex(out, leaf);
    break;
  case CALLTAP__LEAF_POINTER:
  case CALLTAP__LEAF_TEXTUAL:
    put_address(out, leaf->address);
    break;
  case CALLTAP__LEAF_FUNCTION:
    put_function(w, leaf->address);
    break;
  case CALLTAP__LEAF_STRING:
    put_string(w, leaf);
    break;
  case CALLTAP__LEAF_NOTHING:
    CALLTAP__OUT(out, "nullopt");
    break;
  }
}

static void open_group(struct calltap__sink *sink, const struct calltap__group *group) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  w->depth++;
  switch (group->kind) {
  case CALLTAP__GROUP_RECORD:
  case CALLTAP__GROUP_VECTOR:
    CALLTAP__OUT(w->out, "{");
    break;
  case CALLTAP__GROUP_ARRAY:
    CALLTAP__OUT(w->out, "[");
    break;
  case CALLTAP__GROUP_POINTER:
    put_address(w->out, group->address);
    put_terminated(w->out, group->is_record ? " " : " -> ");
    break;
  }
}

static void member(struct calltap__sink *sink, size_t index, struct calltap_text name) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  if (index > 0)
    CALLTAP__OUT(w->out, ", ");
  if (name.size == 0)
    return;
  put_plain(w, name);
  CALLTAP__OUT(w->out, "=");
}

static bool element(struct calltap__sink *sink, size_t index) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  if (index == MOST_ELEMENTS)
    return false;
  if (index > 0)
    CALLTAP__OUT(w->out, ", ");
  return true;
}

static void put_rest(struct calltap__out *out, const struct calltap__group *group) {
  if (group->given == group->length)
    return;
  put_terminated(out, group->given > 0 ? ", ... (" : "... (");
  calltap__out_decimal(out, group->length);
  CALLTAP__OUT(out, ")");
}

static void close_group(struct calltap__sink *sink, const struct calltap__group *group) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  w->depth--;
  switch (group->kind) {
  case CALLTAP__GROUP_RECORD:
    CALLTAP__OUT(w->out, "}");
    if (w->by_value && w->depth == 0)
      CALLTAP__OUT(w->out, " (by value)");
    break;
  case CALLTAP__GROUP_VECTOR:
    put_rest(w->out, group);
    CALLTAP__OUT(w->out, "}");
    break;
  case CALLTAP__GROUP_ARRAY:
    put_rest(w->out, group);
    CALLTAP__OUT(w->out, "]");
    break;
  case CALLTAP__GROUP_POINTER:
    break;
  }
}

void calltap__text_writer(struct calltap__writer *writer, struct calltap__out *out, struct calltap__namer *namer) {
  *writer = (struct calltap__writer){{leaf, open_group, member, element, close_group}, .out = out, .namer = namer};
}
