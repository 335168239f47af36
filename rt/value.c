/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From captures to the items of an event: reads registers, the frame, and through pointers. Part of the path of an event, for
 * functions whose values are more than integers in registers. */
#include "internal.h"

/* -- CBOR, in widths that are fixed where the length must be known beforehand --------------------------------------- */

static uint8_t *put_big(uint8_t *at, uint64_t v, unsigned bytes) {
  for (unsigned i = bytes; i--;)
    *at++ = (uint8_t)(v >> i * 8);
  return at;
}

static unsigned width_code(unsigned bytes) { return bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27; }

static uint8_t *put_unsigned(uint8_t *at, uint64_t v, unsigned bytes) {
  *at++ = (uint8_t)(CBOR_UINT | width_code(bytes));
  return put_big(at, v, bytes);
}

static uint8_t *put_integer(uint8_t *at, uint64_t raw, unsigned bytes, bool is_signed) {
  unsigned unused = 64 - 8 * bytes;
  int64_t v = (int64_t)(raw << unused) >> unused;
  if (!is_signed || v >= 0)
    return put_unsigned(at, raw << unused >> unused, bytes);
  *at++ = (uint8_t)(CBOR_NEGATIVE | width_code(bytes));
  return put_big(at, ~(uint64_t)v, bytes);
}

/* Three bytes, whatever the length. */
static void put_bytes_head(uint8_t *at, size_t bytes) {
  at[0] = CBOR_BYTES | 25;
  at[1] = (uint8_t)(bytes >> 8);
  at[2] = (uint8_t)bytes;
}

/* -- where values stand ------------------------------------------------------------------------------------------------ */

struct source {
  const struct registers *r;
  uintptr_t frame; /* where the return address stands, 0: not known */
  struct stream *stream;
};

/* By the processor's numbers. r12 to r15 are ours by now. */
static uint64_t base_register(const struct registers *r, unsigned number) {
  switch (number) {
  case 0:
    return r->value[CALLTAP_PLACE_RAX];
  case 1:
    return r->value[CALLTAP_PLACE_RCX];
  case 2:
    return r->value[CALLTAP_PLACE_RDX];
  case 3:
    return r->rbx;
  case 4:
    return (uintptr_t)(r + 1);
  case 5:
    return r->rbp;
  case 6:
    return r->value[CALLTAP_PLACE_RSI];
  case 7:
    return r->value[CALLTAP_PLACE_RDI];
  case 8:
    return r->value[CALLTAP_PLACE_R8];
  case 9:
    return r->value[CALLTAP_PLACE_R9];
  case 10:
    return r->r10;
  default:
    return r->r11;
  }
}

uintptr_t calltap__frame_of(const struct shape *shape, const struct registers *r) {
  if (shape->frame_base == NO_FRAME)
    return 0;
  return base_register(r, shape->frame_base) + (uintptr_t)(intptr_t)shape->frame_offset;
}

static uintptr_t slot_address(const struct source *from, unsigned slot) {
  return from->frame + 8 + 8 * (uintptr_t)slot;
}

/* Eight bytes of a value, or sixteen of a vector register or of the x87 stack. */
static void load(const struct source *from, unsigned place, unsigned slot, uint8_t to[16]) {
  if (place <= CALLTAP_PLACE_RAX)
    __builtin_memcpy(to, &from->r->value[place], 8);
  else if (place >= CALLTAP_PLACE_XMM0 && place <= CALLTAP_PLACE_XMM7)
    cpu_vector_read(place - CALLTAP_PLACE_XMM0, to);
  else if (place == CALLTAP_PLACE_ST0 || place == CALLTAP_PLACE_ST1)
    cpu_x87_read(place - CALLTAP_PLACE_ST0, to);
  else if (place == CALLTAP_PLACE_STACK)
    __builtin_memcpy(to, (const void *)slot_address(from, slot), 8);
}

uint64_t calltap__place_word(const struct registers *r, uintptr_t frame, unsigned place, unsigned slot) {
  const struct source from = {r, frame, NULL};
  uint8_t raw[16] = {0};
  uint64_t v;
  load(&from, place, slot, raw);
  __builtin_memcpy(&v, raw, 8);
  return v;
}

static uint64_t load_word(const struct source *from, const struct capture *c) {
  return calltap__place_word(from->r, from->frame, c->place[0], c->slot);
}

static bool is_stack(const struct capture *c) {
  return (c->place[0] & ~CALLTAP_PLACE_INDIRECT) == CALLTAP_PLACE_STACK || c->place[1] == CALLTAP_PLACE_STACK;
}

/* -- what is sensitive --------------------------------------------------------------------------------------------------- */

/* Some of the bytes of a value, on the stack: bytes `start` to `end` of it. */
struct piece {
  uint8_t byte[256];
  uint64_t start, end;
};

/* The loops are no memset. */
static void erase_bits(struct piece *p, uint64_t bit, uint64_t bits) {
  uint64_t last = bit + bits < p->end * 8 ? bit + bits : p->end * 8;
  if (bit < p->start * 8)
    bit = p->start * 8;
  while (bit < last) {
    volatile uint8_t *at = &p->byte[bit / 8 - p->start];
    bool is_whole = bit % 8 == 0 && last - bit >= 8;
    *at = is_whole ? 0 : *at & (uint8_t) ~(1u << bit % 8);
    bit += is_whole ? 8 : 1;
  }
}

/* `base`: where the aggregate stands whose erasures they are. */
static void erase(struct piece *p, const struct capture *c, uint64_t base) {
  const struct capture *e = c + 1;
  for (unsigned i = 0; i < c->erasures; i++, e += e->span) {
    if (e->op == CAPTURE_ERASE) {
      erase_bits(p, base * 8 + e->offset, e->size);
      continue;
    }
    uint64_t at = base + e->offset;
    for (uint32_t k = 0; k < e->other && at < p->end; k++, at += e->size)
      if (at + e->size > p->start)
        erase(p, e, at);
  }
}

/* Takes bytes of memory, which is readable for sure or may be anything. What is sensitive never leaves the stack: the trace is a file,
 * and the process may be killed at any instruction. Returns how many. */
static __attribute__((noinline)) size_t take_erased(uint8_t *to, const struct capture *c, uintptr_t address,
                                                    size_t wanted, bool is_sure, struct stream *s) {
  struct piece p;
  p.start = p.end = 0;
  for (bool is_whole = true; is_whole && p.end < wanted;) {
    size_t most = wanted - p.end < sizeof p.byte ? wanted - p.end : sizeof p.byte, taken = most;
    p.start = p.end;
    if (is_sure)
      calltap__bytes_copy(p.byte, (const void *)(address + p.start), most);
    else
      taken = calltap__peek(p.byte, address + p.start, most, s);
    p.end += taken;
    is_whole = taken == most;
    erase(&p, c, 0);
    calltap__bytes_copy(to + p.start, p.byte, taken);
  }
  return p.end;
}

static size_t take_sure(uint8_t *to, const struct capture *c, uintptr_t address, size_t wanted) {
  if (c->erasures)
    return take_erased(to, c, address, wanted, true, NULL);
  calltap__bytes_copy(to, (const void *)address, wanted);
  return wanted;
}

static size_t take(uint8_t *to, const struct capture *c, uintptr_t address, size_t wanted, struct stream *s) {
  return c->erasures ? take_erased(to, c, address, wanted, false, s) : calltap__peek(to, address, wanted, s);
}

/* -- contents ---------------------------------------------------------------------------------------------------------- */

static uint8_t *put_followed(uint8_t *at, const struct capture *c, uint64_t address, uint64_t bytes,
                             const struct source *from);

static uint64_t word_at(const uint8_t *contents, size_t taken, uint32_t offset) {
  uint64_t v = 0;
  if (offset + 8 <= taken)
    __builtin_memcpy(&v, contents + offset, 8);
  return v;
}

/* A string of libc++: the lowest bit of its first byte tells whether it stands elsewhere, else the others are its length and it
 * follows directly. Sets the address to that of the copy. */
static uint64_t short_string(const struct capture *c, const uint8_t *contents, size_t taken, uint64_t *address) {
  if (c->size >= taken)
    return 0;
  uint8_t first = contents[c->size];
  if (first & 1)
    return word_at(contents, taken, c->other);
  *address = (uintptr_t)contents + c->size + 1;
  return first >> 1;
}

/* Writes what the members of an aggregate point to; `contents` are its bytes, already in the event. Returns how many
 * there were. */
static unsigned put_members(uint8_t **at, const struct capture *c, const uint8_t *contents, size_t taken,
                            const struct source *from) {
  unsigned count = 0;
  const struct capture *member = c + 1;
  for (unsigned i = 0; i < c->erasures; i++)
    member += member->span;
  for (unsigned i = 0; i < c->follows; i++, member += member->span) {
    uint64_t address = word_at(contents, taken, member->offset);
    uint64_t bytes = member->size;
    if (member->op == CAPTURE_SPAN)
      bytes = word_at(contents, taken, member->other);
    if (member->op == CAPTURE_RANGE)
      bytes = word_at(contents, taken, member->other) - address;
    if (member->op == CAPTURE_SHORT)
      bytes = short_string(member, contents, taken, &address);
    if (!address || bytes > INT64_MAX)
      continue;
    *(*at)++ = CBOR_ARRAY | 2;
    *at = put_unsigned(*at, member->offset, 4);
    *at = put_followed(*at, member, address, bytes, from);
    count++;
  }
  return count;
}

/* Zeroes what was read too much: unused bytes of a chunk are zeros. */
static void wipe(uint8_t *at, const uint8_t *end) {
  while (at < end)
    *(volatile uint8_t *)at++ = 0;
}

static uint8_t *put_length(uint8_t *at, bool is_known, uint64_t length) {
  if (is_known)
    return put_unsigned(at, length, 8);
  *at = CBOR_NULL;
  return at + 1;
}

/* [address, contents or null, length if cut, members]. */
static uint8_t *put_followed(uint8_t *at, const struct capture *c, uint64_t address, uint64_t bytes,
                             const struct source *from) {
  uint8_t *head = at++;
  unsigned items = 2;
  at = put_unsigned(at, c->is_nameless ? 0 : address, 8);
  uint8_t *contents = at + 3;
  bool is_text = c->op == CAPTURE_STRING || c->op == CAPTURE_SIZED_STRING;
  size_t wanted = c->op == CAPTURE_STRING || bytes > c->limit ? c->limit : (size_t)bytes;
  struct text_peek text = {0};
  size_t taken = is_text ? calltap__peek_text(contents, address, wanted, from->stream, &text)
                         : take(contents, c, address, wanted, from->stream);
  if (!taken && (is_text ? text.faulted : wanted != 0)) {
    *at = CBOR_NULL;
    *head = CBOR_ARRAY | 2;
    return at + 1;
  }
  put_bytes_head(at, taken);
  at = contents + taken;
  bool is_cut = is_text ? !text.ended && (c->op == CAPTURE_STRING || bytes > c->limit) : taken < bytes;
  if (is_cut) {
    uint64_t length = is_text ? text.length : bytes;
    at = put_length(at, !is_text || text.length, length);
    items++;
  }
  items += put_members(&at, c, contents, taken, from);
  *head = (uint8_t)(CBOR_ARRAY | items);
  return at;
}

/* -- values -------------------------------------------------------------------------------------------------------------- */

static uint8_t *put_pointer(uint8_t *at, const struct capture *c, const struct source *from) {
  uint64_t address = load_word(from, c), bytes = c->size;
  if (c->op == CAPTURE_SIZED || c->op == CAPTURE_SIZED_STRING)
    bytes = calltap__place_word(from->r, from->frame, c->place[0], c->slot + 1u);
  if (bytes > INT64_MAX) /* a negative length */
    bytes = 0;
  return address ? put_followed(at, c, address, bytes, from) : put_unsigned(at, 0, 1);
}

/* Bytes of an aggregate that is in registers, or directly on the stack, or behind an address. Returns how many. */
static size_t take_raw(uint8_t *to, const struct capture *c, const struct source *from) {
  unsigned first = c->place[0], second = c->place[1];
  if (first == CALLTAP_PLACE_NONE) /* the chunk's zeros are as good as what an empty structure has */
    return c->limit;
  if (first & CALLTAP_PLACE_INDIRECT) {
    struct capture address = *c;
    address.place[0] = (uint8_t)(first & ~CALLTAP_PLACE_INDIRECT);
    return take(to, c, load_word(from, &address), c->limit, from->stream);
  }
  if (first == CALLTAP_PLACE_STACK)
    return take_sure(to, c, slot_address(from, c->slot), c->limit);
  uint8_t raw[32] = {0};
  load(from, first, c->slot, raw);
  if (second != CALLTAP_PLACE_NONE)
    load(from, second, c->slot, raw + (second == CALLTAP_PLACE_ST1 ? 16 : 8));
  (void)take_sure(to, c, (uintptr_t)raw, c->limit <= sizeof raw ? c->limit : sizeof raw);
  return c->limit;
}

static uint8_t *put_raw(uint8_t *at, const struct capture *c, const struct source *from) {
  uint8_t *head = at;
  at += c->follows != 0;
  uint8_t *contents = at + 3;
  size_t taken = take_raw(contents, c, from);
  if (taken < c->limit) {
    wipe(contents, contents + taken);
    *head = CBOR_NULL;
    return head + 1;
  }
  put_bytes_head(at, taken);
  at = contents + taken;
  if (c->follows)
    *head = (uint8_t)(CBOR_ARRAY | (1 + put_members(&at, c, contents, taken, from)));
  return at;
}

static uint8_t *put_value(uint8_t *at, const struct capture *c, const struct source *from) {
  if (is_stack(c) && !from->frame) {
    *at = CBOR_NULL;
    return at + 1;
  }
  switch (c->op) {
  case CAPTURE_INTEGER:
    return put_integer(at, load_word(from, c), c->bytes, c->is_signed);
  case CAPTURE_FLOAT:
    *at = (uint8_t)(0xE0 | width_code(c->bytes));
    return put_big(at + 1, load_word(from, c), c->bytes);
  case CAPTURE_RAW:
    return put_raw(at, c, from);
  case CAPTURE_NUMBER:
    return put_integer(at, c->size, c->bytes, false);
  default:
    return put_pointer(at, c, from);
  }
}

uint8_t *calltap__values_write(uint8_t *at, const struct shape *shape, struct stream *s, const struct registers *r) {
  struct source from = {r, calltap__frame_of(shape, r), s};
  const struct capture *c = shape->values;
  for (unsigned i = 0; i < shape->count; i++, c += c->span)
    at = put_value(at, c, &from);
  return at;
}

uint8_t *calltap__given_write(uint8_t *at, const struct capture *c, const uint64_t *words, struct stream *s) {
  static const struct registers none;
  const struct source from = {&none, (uintptr_t)words - 8, s}; /* as if they were the stack's slots */
  return put_value(at, c, &from);
}
