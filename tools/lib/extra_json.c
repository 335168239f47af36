/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What an event says beside its values, as docs/json.md has it. */
#include "total.h"
#include "view.h"

static void put_json(struct calltap__writer *w, struct calltap_text text) {
  calltap__build_json(&w->words, text);
  calltap__out_words(w->out, &w->words);
}

static struct calltap_text built(const struct calltap__builder *builder) {
  return (struct calltap_text){builder->bytes, builder->size};
}

/* --- frames --- */

static void put_location(struct calltap__writer *w, const struct calltap__location *location) {
  struct calltap__out *out = w->out;
  if (location->function.size > 0) {
    CALLTAP__OUT(out, ",\"function\":");
    put_json(w, built(&location->function));
  }
  if (location->object.size > 0) {
    CALLTAP__OUT(out, ",\"object\":");
    put_json(w, location->object);
    CALLTAP__OUT(out, ",\"offset\":");
    out->at += calltap__format_json_integer(calltap__out_room(out, 42), location->offset, false);
  }
  if (location->line != 0) {
    CALLTAP__OUT(out, ",\"file\":");
    put_json(w, built(&location->file));
    CALLTAP__OUT(out, ",\"line\":");
    calltap__out_decimal(out, location->line);
  }
}

static void put_frame(struct calltap__writer *w, uint64_t address) {
  CALLTAP__OUT(w->out, "{\"address\":\"");
  w->out->at += calltap__format_hex(calltap__out_room(w->out, 18), address);
  CALLTAP__OUT(w->out, "\"");
  if (w->namer != NULL)
    put_location(w, w->namer->locate(w->namer, w->file, address));
  CALLTAP__OUT(w->out, "}");
}

static void put_frames(struct calltap__writer *w, struct calltap_items stack) {
  uint64_t address;
  CALLTAP__OUT(w->out, "[");
  for (unsigned i = 0; calltap_trace_take_address(&stack, &address); i++) {
    if (i > 0)
      CALLTAP__OUT(w->out, ",");
    put_frame(w, address);
  }
  CALLTAP__OUT(w->out, "]");
}

/* --- items with labels --- */

void calltap__json_label(struct calltap__writer *w, struct calltap__decoder *decoder,
                         const struct calltap_trace_function *function, const struct calltap_trace_value *label,
                         struct calltap_items item) {
  struct calltap_items stack;
  CALLTAP__OUT(w->out, "{\"name\":");
  put_json(w, label->name);
  CALLTAP__OUT(w->out, ",\"value\":");
  if (calltap__is_stack(label) && calltap_trace_stack(item, &stack)) {
    put_frames(w, stack);
  } else {
    calltap__decode_label(decoder, function, label, item);
  }
  CALLTAP__OUT(w->out, "}");
}

/* --- messages --- */

static void put_message(struct calltap__writer *w, struct calltap__decoder *decoder,
                        const struct calltap_trace_message *message, struct calltap_items values) {
  struct calltap_items one;
  CALLTAP__OUT(w->out, "[");
  for (uint32_t i = 0; message != NULL && i < message->labels; i++) {
    if (i > 0)
      CALLTAP__OUT(w->out, ",");
    if (!calltap_trace_take_item(&values, &one))
      one = (struct calltap_items){values.end, values.end};
    calltap__json_label(w, decoder, message->function, &message->label[i], one);
  }
  CALLTAP__OUT(w->out, "]");
}

static void put_messages(struct calltap__writer *w, struct calltap__decoder *decoder,
                         const struct calltap_event *event) {
  struct calltap_items left = event->extra->messages, values;
  const struct calltap_trace_message *message;
  CALLTAP__OUT(w->out, ",\"messages\":[");
  for (unsigned i = 0; calltap_trace_take_message(event->file, &left, &message, &values); i++) {
    if (i > 0)
      CALLTAP__OUT(w->out, ",");
    put_message(w, decoder, message, values);
  }
  CALLTAP__OUT(w->out, "]");
}

/* --- all of it --- */

static void put_number(struct calltap__out *out, uint64_t number) {
  out->at += calltap__format_json_integer(calltap__out_room(out, 42), number, false);
}

static void put_usage(struct calltap__out *out, const struct calltap_trace_usage *usage) {
  CALLTAP__OUT(out, ",\"usage\":{\"cpu_ns\":");
  put_number(out, usage->cpu_ns);
  CALLTAP__OUT(out, ",\"minor_faults\":");
  put_number(out, usage->minor_faults);
  CALLTAP__OUT(out, ",\"major_faults\":");
  put_number(out, usage->major_faults);
  CALLTAP__OUT(out, ",\"voluntary_switches\":");
  put_number(out, usage->voluntary_switches);
  CALLTAP__OUT(out, ",\"involuntary_switches\":");
  put_number(out, usage->involuntary_switches);
  CALLTAP__OUT(out, "}");
}

void calltap__json_extra(struct calltap__writer *w, struct calltap__decoder *decoder,
                         const struct calltap_event *event) {
  const struct calltap_trace_extra *extra = event->extra;
  w->file = event->file;
  if (extra->has_caller) {
    CALLTAP__OUT(w->out, ",\"caller\":");
    put_frame(w, extra->caller);
  }
  if (extra->stack.at != NULL) {
    CALLTAP__OUT(w->out, ",\"stack\":");
    put_frames(w, extra->stack);
  }
  if (extra->messages.at != NULL)
    put_messages(w, decoder, event);
  if (extra->has_usage)
    put_usage(w->out, &extra->usage);
}
