/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What an event says beside its values, below its line:
 *
 *       caller   server:main/2+0x1c  server.c:42
 *       stack    server:read_all/1+0x8  server.c:80
 *                server:main/2+0x1c  server.c:42
 *       message  c->fd=7, name="SET"
 *       usage    cpu 1.2 ms  faults 3+0  switches 1 voluntary, 0 forced */
#include "total.h"
#include "view.h"

static void put_terminated(struct calltap__out *out, const char *text) { calltap__out(out, text, strlen(text)); }

static void put_plain(struct calltap__writer *w, struct calltap_text text) {
  calltap__build_plain(&w->words, text);
  calltap__out_words(w->out, &w->words);
}

static void put_spaces(struct calltap__out *out, size_t count) {
  for (size_t i = 0; i < count; i++)
    CALLTAP__OUT(out, " ");
}

/* --- frames --- */

static void put_offset(struct calltap__out *out, uint64_t offset) {
  CALLTAP__OUT(out, "+");
  out->at += calltap__format_hex(calltap__out_room(out, 18), offset);
}

/* The directory of a source file is long and says little. */
static void put_source(struct calltap__writer *w, const struct calltap__location *location) {
  const char *name = location->file.bytes;
  size_t size = location->file.size;
  for (size_t i = size; i > 0; i--) {
    if (name[i - 1] != '/')
      continue;
    name += i;
    size -= i;
    break;
  }
  CALLTAP__OUT(w->out, "  ");
  put_plain(w, (struct calltap_text){name, size});
  CALLTAP__OUT(w->out, ":");
  calltap__out_decimal(w->out, location->line);
}

/* "server:main/2+0x1c  server.c:42", "libc.so.6+0x2724a", "0x7f8810". */
static void put_frame(struct calltap__writer *w, uint64_t address) {
  const struct calltap__location *location = w->namer != NULL ? w->namer->locate(w->namer, w->file, address) : NULL;
  if (location == NULL || (location->function.size == 0 && location->object.size == 0)) {
    w->out->at += calltap__format_hex(calltap__out_room(w->out, 18), address);
    return;
  }
  bool is_function = location->function.size > 0;
  put_plain(w,
            is_function ? (struct calltap_text){location->function.bytes, location->function.size} : location->object);
  put_offset(w->out, location->offset);
  if (location->line != 0)
    put_source(w, location);
}

void calltap__text_frames(struct calltap__writer *w, struct calltap_items stack, const char *name, unsigned indent) {
  uint64_t address;
  bool more = calltap_trace_take_address(&stack, &address);
  put_terminated(w->out, name);
  put_spaces(w->out, strlen(name) < indent ? indent - strlen(name) : 0);
  if (!more)
    put_terminated(w->out, calltap__text_unknown[CALLTAP__NOT_CAPTURED]);
  while (more) {
    put_frame(w, address);
    more = calltap_trace_take_address(&stack, &address);
    if (more) {
      CALLTAP__OUT(w->out, "\n");
      put_spaces(w->out, indent);
    }
  }
  CALLTAP__OUT(w->out, "\n");
}

/* --- items with labels --- */

static void put_inline_frames(struct calltap__writer *w, struct calltap_items item) {
  struct calltap_items stack = {0};
  uint64_t address;
  if (!calltap_trace_stack(item, &stack)) {
    put_terminated(w->out, calltap__text_unknown[CALLTAP__UNREADABLE]);
    return;
  }
  if (stack.at == stack.end)
    put_terminated(w->out, calltap__text_unknown[CALLTAP__NOT_CAPTURED]);
  for (unsigned i = 0; calltap_trace_take_address(&stack, &address); i++) {
    if (i > 0)
      CALLTAP__OUT(w->out, " <- ");
    put_frame(w, address);
  }
}

static bool put_time(struct calltap__out *out, struct calltap_items item) {
  struct calltap__bytes bytes = {item.at, item.end};
  struct calltap__list one = {1};
  uint64_t ns;
  if (!calltap__take_uint(&bytes, &one, &ns))
    return false;
  out->at += calltap__format_duration(calltap__out_room(out, 25), ns);
  return true;
}

void calltap__text_label(struct calltap__writer *w, struct calltap__decoder *decoder,
                         const struct calltap_trace_function *function, const struct calltap_trace_value *label,
                         struct calltap_items item) {
  if (label->name.size > 0) {
    put_plain(w, label->name);
    CALLTAP__OUT(w->out, "=");
  }
  w->by_value = false;
  if (calltap__is_stack(label)) {
    put_inline_frames(w, item);
  } else if (!calltap__is_time(label) || !put_time(w->out, item)) {
    calltap__decode_label(decoder, function, label, item);
  }
}

/* --- messages --- */

static void put_message(struct calltap__writer *w, struct calltap__decoder *decoder,
                        const struct calltap_trace_message *message, struct calltap_items values) {
  struct calltap_items one;
  for (uint32_t i = 0; i < message->labels; i++) {
    if (i > 0)
      CALLTAP__OUT(w->out, ", ");
    if (!calltap_trace_take_item(&values, &one))
      one = (struct calltap_items){values.end, values.end};
    calltap__text_label(w, decoder, message->function, &message->label[i], one);
  }
}

static void put_messages(struct calltap__writer *w, struct calltap__decoder *decoder,
                         const struct calltap_event *event) {
  struct calltap_items left = event->extra->messages, values;
  const struct calltap_trace_message *message;
  while (calltap_trace_take_message(event->file, &left, &message, &values)) {
    CALLTAP__OUT(w->out, "  message  ");
    if (message != NULL) {
      put_message(w, decoder, message, values);
    } else {
      CALLTAP__OUT(w->out, "...");
    }
    CALLTAP__OUT(w->out, "\n");
  }
}

/* --- all of it --- */

static void put_usage(struct calltap__out *out, const struct calltap_trace_usage *usage) {
  CALLTAP__OUT(out, "  usage    cpu ");
  out->at += calltap__format_duration(calltap__out_room(out, 25), usage->cpu_ns);
  CALLTAP__OUT(out, "  faults ");
  calltap__out_decimal(out, usage->minor_faults);
  CALLTAP__OUT(out, "+");
  calltap__out_decimal(out, usage->major_faults);
  CALLTAP__OUT(out, "  switches ");
  calltap__out_decimal(out, usage->voluntary_switches);
  CALLTAP__OUT(out, " voluntary, ");
  calltap__out_decimal(out, usage->involuntary_switches);
  CALLTAP__OUT(out, " forced\n");
}

void calltap__text_extra(struct calltap__writer *w, struct calltap__decoder *decoder,
                         const struct calltap_event *event) {
  const struct calltap_trace_extra *extra = event->extra;
  w->file = event->file;
  if (extra->has_caller) {
    CALLTAP__OUT(w->out, "  caller   ");
    put_frame(w, extra->caller);
    CALLTAP__OUT(w->out, "\n");
  }
  if (extra->stack.at != NULL)
    calltap__text_frames(w, extra->stack, "  stack", 11);
  put_messages(w, decoder, event);
  if (extra->has_usage)
    put_usage(w->out, &extra->usage);
}
