/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Exits that are no return and no tail call: what unwinding tells of itself, and the records. */
#include "internal.h"

/* What the C++ runtimes put before the header that the unwinder sees: the exception's type first. Both have it the same way. */
enum {
  BEFORE_HEADER = 80,
  HEADER_BYTES = 32,
  NAME_AT = 8, /* in a std::type_info */
  PRIVATE_AT = 16,
};
#define GNU_CPP UINT64_C(0x474E5543432B2B00)  /* "GNUCC++" */
#define LLVM_CPP UINT64_C(0x434C4E47432B2B00) /* "CLNGC++" */

static bool read_word(uint64_t *to, uintptr_t address, struct stream *s) {
  return calltap__peek(to, address, sizeof *to, s) == sizeof *to;
}

/* Also of one that std::rethrow_exception threw again: libstdc++ has the address of the first one there. */
static bool find_type(uintptr_t exception, uint64_t class, uint64_t *type, struct stream *s) {
  bool is_again = class & 0xFF;
  if (!read_word(type, exception - BEFORE_HEADER, s))
    return false;
  return !is_again || (class & ~UINT64_C(0xFF)) != GNU_CPP ||
         read_word(type, (uintptr_t)*type - BEFORE_HEADER - HEADER_BYTES, s);
}

static void read_type(struct way *way, uintptr_t exception, uint64_t class, struct stream *s) {
  struct text_peek found = {0};
  uint64_t type, name;
  if (!find_type(exception, class, &type, s) || !read_word(&name, (uintptr_t)type + NAME_AT, s))
    return;
  size_t bytes = calltap__peek_text(way->type, (uintptr_t)name, sizeof way->type, s, &found);
  way->bytes = found.ended ? bytes : 0; /* a part of a name is none */
}

/* The end of a thread unwinds by force, with an exception that is of no language. */
void calltap__way_look(struct way *way, struct stream *s) {
  uintptr_t exception = way->exception;
  uint64_t class, by_force;
  way->exception = 0;
  if (!exception || !read_word(&class, exception, s))
    return;
  if ((class & ~UINT64_C(0xFF)) == GNU_CPP || (class & ~UINT64_C(0xFF)) == LLVM_CPP)
    read_type(way, exception, class, s);
  else if (!class && read_word(&by_force, exception + PRIVATE_AT, s) && by_force)
    way->kind = CALLTAP_WIRE_WAY_THREAD_END;
}

void calltap__way_begin(struct way *way, const struct shape *shape, const struct registers *r) {
  unsigned place = shape->kind == CALLTAP_SITE_LANDING ? CALLTAP_PLACE_RAX : CALLTAP_PLACE_RDI;
  way->kind = CALLTAP_WIRE_WAY_UNWOUND;
  way->r = r;
  way->exception = (uintptr_t)r->value[place];
  way->bytes = 0;
  way->gone = 0;
}

uint8_t *calltap__way_put(uint8_t *at, uint32_t number, uint64_t ticks, struct way *way, struct stream *s) {
  calltap__way_look(way, s);
  struct cbor c = calltap__cbor(at, WAY_BYTES);
  calltap__cbor_array(&c, 3);
  calltap__cbor_uint(&c, (uint64_t)number << CALLTAP_WIRE_EVENT_BITS | CALLTAP_WIRE_OTHER_EXIT);
  calltap__cbor_uint(&c, (uint32_t)ticks);
  calltap__cbor_uint(&c, way->kind);
  return c.at;
}

void calltap__way_report(struct stream *s, uint32_t number, struct way *way, uint32_t above) {
  uint8_t record[WAY_BYTES + EXTRAS_OF_WAY];
  uint64_t ticks = calltap__ticks();
  uint8_t *end = calltap__way_put(record, number, ticks, way, s);
  const struct extras extras = {.way = way, .above = above};
  if (calltap__extras_any(&extras)) {
    end = calltap__extras_put(end, &extras, NULL, NULL);
    ++*record; /* one element more */
  }
  if (calltap__event_write_made(s, record, (size_t)(end - record), ticks))
    s->exits++;
}
