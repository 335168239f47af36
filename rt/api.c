/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a program calls itself: calltap.h. */
#include "calltap/calltap.h"
#include "calltap/version.h"
#include "internal.h"

enum { NAME_BYTES = 64, TEXT_BYTES = 256 };

const char *calltap_version(void) { return CALLTAP_VERSION; }

size_t calltap_request(const char *text, char *reply, size_t size) {
  if (!size)
    return 0;
  *reply = 0;
  return calltap__control_ready ? calltap__control_request(text, calltap__text_length(text), reply, size) : 0;
}

/* -- tags ---------------------------------------------------------------------------------------------------------------- */

static void set_tag(struct stream *s, void *context) { calltap__tag_write(s, *(const int64_t *)context); }

void calltap_tag(int64_t tag) {
  if (calltap__thread_tag(tag))
    calltap__for_each_stream(set_tag, &tag);
}

/* -- events -------------------------------------------------------------------------------------------------------------- */

struct mark {
  const char *name, *text;
};

static void put_text(struct cbor *c, const char *text, size_t most) {
  size_t bytes = calltap__text_length(text);
  calltap__cbor_text_span(c, text, bytes < most ? bytes : most - 1);
}

static void write_mark(struct stream *s, void *context) {
  const struct mark *mark = context;
  uint8_t record[TEXT_BYTES + NAME_BYTES + 64];
  struct cbor c = calltap__cbor(record, sizeof record);
  calltap__cbor_array(&c, 4);
  calltap__cbor_text(&c, CALLTAP_WIRE_MARK);
  calltap__cbor_uint64(&c, calltap__ticks());
  put_text(&c, mark->name, NAME_BYTES);
  put_text(&c, mark->text, TEXT_BYTES);
  s->not_held += !calltap__record_write(s, &c);
}

void calltap_event_text(const char *name, const char *text) {
  struct mark mark = {name, text};
  calltap__for_each_stream(write_mark, &mark);
}

int calltap_is_asked(void) { return atomic_load_explicit(&calltap__gate.active, memory_order_relaxed) != 0; }
