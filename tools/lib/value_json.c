/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values as docs/json.md has them. */
#include "view.h"

const char *const calltap__json_unknown[] = {
    [CALLTAP__NOT_CAPTURED] = "{\"unknown\":\"not captured\"",
    [CALLTAP__UNREADABLE] = "{\"unknown\":\"unreadable\"",
    [CALLTAP__SENSITIVE] = "{\"unknown\":\"sensitive\"",
    [CALLTAP__OPTIMIZED_OUT] = "{\"unknown\":\"optimized out\"",
};

static void put_terminated(struct calltap__out *out, const char *text) { calltap__out(out, text, strlen(text)); }

static void put_json(struct calltap__writer *w, struct calltap_text text) {
  calltap__build_json(&w->words, text);
  calltap__out_words(w->out, &w->words);
}

static void put_address(struct calltap__out *out, uint64_t address) {
  CALLTAP__OUT(out, "\"");
  out->at += calltap__format_hex(calltap__out_room(out, 18), address);
  CALLTAP__OUT(out, "\"");
}

static void put_function(struct calltap__writer *w, uint64_t address) {
  struct calltap__builder name = {0};
  if (w->namer != NULL && w->namer->name(w->namer, w->file, address, &name)) {
    CALLTAP__OUT(w->out, "{\"pointer\":");
    put_address(w->out, address);
    CALLTAP__OUT(w->out, ",\"function\":");
    put_json(w, (struct calltap_text){name.bytes, name.size});
    CALLTAP__OUT(w->out, "}");
  } else {
    put_address(w->out, address);
  }
  calltap__builder_free(&name);
}

static void put_cut(struct calltap__out *out, uint64_t length) {
  CALLTAP__OUT(out, ",\"cut\":true");
  if (length == CALLTAP__NO_LENGTH)
    return;
  CALLTAP__OUT(out, ",\"length\":");
  calltap__out_decimal(out, length);
}

static void put_string(struct calltap__writer *w, const struct calltap__leaf *leaf) {
  bool is_utf8 = calltap__is_utf8(leaf->text);
  bool is_plain = is_utf8 && !leaf->cut;
  if (!is_plain)
    CALLTAP__OUT(w->out, "{\"value\":");
  if (is_utf8) {
    put_json(w, leaf->text);
  } else {
    calltap__build_json_escaped(&w->words, leaf->text);
    calltap__out_words(w->out, &w->words);
    CALLTAP__OUT(w->out, ",\"escaped\":true");
  }
  if (leaf->cut)
    put_cut(w->out, leaf->length);
  if (!is_plain)
    CALLTAP__OUT(w->out, "}");
}

static void put_real(struct calltap__out *out, struct calltap_text text, bool is_number) {
  if (!is_number)
    CALLTAP__OUT(out, "\"");
  calltap__out(out, text.bytes, text.size);
  if (!is_number)
    CALLTAP__OUT(out, "\"");
}

static void put_complex(struct calltap__out *out, const struct calltap__leaf *leaf) {
  CALLTAP__OUT(out, "{\"real\":");
  put_real(out, leaf->text, leaf->is_number);
  CALLTAP__OUT(out, ",\"imaginary\":");
  put_real(out, leaf->imaginary, leaf->imaginary_is_number);
  CALLTAP__OUT(out, "}");
}

static void put_textual(struct calltap__out *out, uint64_t address) {
  if (address == 0) {
    CALLTAP__OUT(out, "null");
    return;
  }
  CALLTAP__OUT(out, "{\"pointer\":");
  put_address(out, address);
  CALLTAP__OUT(out, "}");
}

static void put_unknown(struct calltap__out *out, const struct calltap__leaf *leaf) {
  put_terminated(out, calltap__json_unknown[leaf->unknown]);
  if (leaf->address != 0) {
    CALLTAP__OUT(out, ",\"pointer\":");
    put_address(out, leaf->address);
  }
  CALLTAP__OUT(out, "}");
}

static void leaf(struct calltap__sink *sink, const struct calltap__leaf *leaf) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  struct calltap__out *out = w->out;
  switch (leaf->kind) {
  case CALLTAP__LEAF_UNKNOWN:
    put_unknown(out, leaf);
    break;
  case CALLTAP__LEAF_INTEGER:
  case CALLTAP__LEAF_CHAR:
    out->at += calltap__format_json_integer(calltap__out_room(out, 42), leaf->magnitude, leaf->negative);
    break;
  case CALLTAP__LEAF_BOOL:
    put_terminated(out, leaf->magnitude != 0 ? "true" : "false");
    break;
  case CALLTAP__LEAF_NAMES:
    put_json(w, leaf->text);
    break;
  case CALLTAP__LEAF_REAL:
    put_real(out, leaf->text, leaf->is_number);
    break;
  case CALLTAP__LEAF_COMPLEX:
    put_complex(out, leaf);
    break;
  case CALLTAP__LEAF_POINTER:
    put_address(out, leaf->address);
    break;
  case CALLTAP__LEAF_TEXTUAL:
    put_textual(out, leaf->address);
    break;
  case CALLTAP__LEAF_FUNCTION:
    put_function(w, leaf->address);
    break;
  case CALLTAP__LEAF_STRING:
    put_string(w, leaf);
    break;
  case CALLTAP__LEAF_NOTHING:
    CALLTAP__OUT(out, "null");
    break;
  }
}

static void open_group(struct calltap__sink *sink, const struct calltap__group *group) {
  struct calltap__out *out = ((struct calltap__writer *)sink)->out;
  switch (group->kind) {
  case CALLTAP__GROUP_RECORD:
    CALLTAP__OUT(out, "{");
    break;
  case CALLTAP__GROUP_ARRAY:
  case CALLTAP__GROUP_VECTOR:
    if (group->cut)
      CALLTAP__OUT(out, "{\"value\":");
    CALLTAP__OUT(out, "[");
    break;
  case CALLTAP__GROUP_POINTER:
    CALLTAP__OUT(out, "{\"pointer\":");
    put_address(out, group->address);
    CALLTAP__OUT(out, ",\"value\":");
    break;
  }
}

static void member(struct calltap__sink *sink, size_t index, struct calltap_text name) {
  struct calltap__writer *w = (struct calltap__writer *)sink;
  if (index > 0)
    CALLTAP__OUT(w->out, ",");
  put_json(w, name);
  CALLTAP__OUT(w->out, ":");
}

static bool element(struct calltap__sink *sink, size_t index) {
  if (index > 0)
    CALLTAP__OUT(((struct calltap__writer *)sink)->out, ",");
  return true;
}

static void close_group(struct calltap__sink *sink, const struct calltap__group *group) {
  struct calltap__out *out = ((struct calltap__writer *)sink)->out;
  switch (group->kind) {
  case CALLTAP__GROUP_ARRAY:
  case CALLTAP__GROUP_VECTOR:
    CALLTAP__OUT(out, "]");
    if (group->cut) {
      put_cut(out, group->length);
      CALLTAP__OUT(out, "}");
    }
    break;
  default:
    CALLTAP__OUT(out, "}");
    break;
  }
}

/* Beyond 2^53 JavaScript's numbers have gaps: then as a string. */
size_t calltap__format_json_integer(char *out, calltap__wide magnitude, bool negative) {
  bool quoted = magnitude > (uint64_t)1 << 53;
  size_t size = 0;
  if (quoted)
    out[size++] = '"';
  size += calltap__format_wide(out + size, magnitude, negative);
  if (quoted)
    out[size++] = '"';
  return size;
}

void calltap__json_writer(struct calltap__writer *writer, struct calltap__out *out, struct calltap__namer *namer) {
  *writer = (struct calltap__writer){{leaf, open_group, member, element, close_group}, .out = out, .namer = namer};
}

/* --- values of events --- */

static size_t format_pointer(char *out, uint64_t value) {
  out[0] = '"';
  size_t size = 1 + calltap__format_hex(out + 1, value);
  out[size] = '"';
  return size + 1;
}

static size_t format_bool(char *out, uint64_t value) {
  memcpy(out, value ? "true" : "false", 5);
  return value ? 4 : 5;
}

static void put_plain_value(struct calltap__out *out, uint64_t value, bool negative, enum calltap__gap_kind kind) {
  char *at = calltap__out_room(out, 42);
  if (kind == CALLTAP__GAP_POINTER) {
    out->at += format_pointer(at, value);
  } else if (kind == CALLTAP__GAP_BOOL && value <= 1) {
    out->at += format_bool(at, value);
  } else {
    out->at += calltap__format_json_integer(at, negative ? ~value + 1 : value, negative);
  }
}

void calltap__json_value(struct calltap__writer *writer, struct calltap__decoder *decoder,
                         const struct calltap_event *event, unsigned index, const struct calltap__gap *gap) {
  if (gap->kind != CALLTAP__GAP_DECODED && calltap__is_plain(event, index)) {
    put_plain_value(writer->out, event->value[index], event->negative >> index & 1, gap->kind);
    return;
  }
  writer->file = event->file;
  calltap__decode_event(decoder, event, index, &gap->type);
}

void calltap__json_gap(struct calltap__template_maker *maker, const struct calltap_trace_function *function,
                       const struct calltap_trace_value *value) {
  if (value->presence == CALLTAP_WIRE_PRESENT) {
    calltap__template_gap(maker, calltap__gap(function, value));
  } else {
    calltap__build(&maker->builder, calltap__json_unknown[calltap__absent(value->presence)]);
    calltap__build(&maker->builder, "}");
  }
}
