/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* DWARF call frame information, as compilers and the C library write it into .eh_frame: from an address in the code to the row
 * that says where its caller is. Believes no byte: every read stays inside the object, and every loop ends. */
#include "internal.h"
#include "walk.h"

enum {
  MOST_BYTES = 1 << 15, /* of one function's instructions */
  MOST_STATES = 8,      /* DW_CFA_remember_state */
  MOST_LETTERS = 8,     /* of an augmentation */
};

/* -- reading --------------------------------------------------------------------------------------------------------------- */

struct reader {
  const struct unwind_tables *tables;
  uintptr_t at, end;
  bool failed;
};

static struct reader reader_of(const struct unwind_tables *t, uintptr_t at) {
  bool is_inside = at >= t->start && at < t->end;
  return (struct reader){t, at, is_inside ? t->end : at, !is_inside};
}

/* The next bytes of a reader as a reader of their own; skips them. */
static struct reader cut(struct reader *r, uint64_t bytes) {
  struct reader part = *r;
  if (bytes > r->end - r->at)
    r->failed = part.failed = true;
  if (r->failed)
    return part;
  r->at += bytes;
  part.end = r->at;
  return part;
}

/* 1, 2, 4 or 8 bytes. */
static inline uint64_t load(const void *at, size_t bytes) {
  uint64_t eight;
  uint32_t four;
  uint16_t two;
  switch (bytes) {
  case 1:
    return *(const uint8_t *)at;
  case 2:
    __builtin_memcpy(&two, at, 2);
    return two;
  case 4:
    __builtin_memcpy(&four, at, 4);
    return four;
  default:
    __builtin_memcpy(&eight, at, 8);
    return eight;
  }
}

static __attribute__((noinline)) uint64_t take_elsewhere(struct reader *r, size_t bytes) {
  uint8_t raw[8] = {0};
  if (r->failed || r->end - r->at < bytes || !r->tables->window ||
      !calltap__window_read(r->tables->window, raw, r->at, bytes)) {
    r->failed = true;
    return 0;
  }
  r->at += bytes;
  return load(raw, bytes);
}

/* A number of so many bytes; 0 if it is not there. */
static inline uint64_t take(struct reader *r, size_t bytes) {
  uintptr_t at = r->at;
  if (unlikely(r->tables->window || r->failed || r->end - at < bytes))
    return take_elsewhere(r, bytes);
  r->at = at + bytes;
  return load((const void *)at, bytes);
}

static uint64_t take_leb(struct reader *r, bool is_signed) {
  uint64_t value = 0, byte;
  unsigned shift = 0;
  do {
    byte = take(r, 1);
    if (shift > 63)
      r->failed = true;
    else
      value |= (byte & 0x7F) << shift;
    shift += 7;
  } while (byte & 0x80 && !r->failed);
  if (is_signed && byte & 0x40 && shift < 64)
    value |= ~UINT64_C(0) << shift;
  return value;
}
static uint64_t take_unsigned(struct reader *r) { return take_leb(r, false); }
static int64_t take_signed(struct reader *r) { return (int64_t)take_leb(r, true); }

/* How a pointer is written: what it is relative to, and what with. */
enum {
  PTR_ABSOLUTE = 0x00,
  PTR_RELATIVE = 0x10, /* to its own address */
  PTR_HEADER = 0x30,   /* to .eh_frame_hdr */
  PTR_BASE = 0x70,     /* the bits that say it */
  PTR_WORD = 0x00,
  PTR_UNSIGNED = 0x01,
  PTR_U2 = 0x02,
  PTR_U4 = 0x03,
  PTR_U8 = 0x04,
  PTR_SIGNED = 0x09,
  PTR_S2 = 0x0A,
  PTR_S4 = 0x0B,
  PTR_S8 = 0x0C,
  PTR_FORM = 0x0F,
  PTR_OMITTED = 0xFF,
};

static uint64_t take_form(struct reader *r, unsigned encoding) {
  switch (encoding & PTR_FORM) {
  case PTR_WORD:
  case PTR_U8:
  case PTR_S8:
    return take(r, 8);
  case PTR_U4:
    return take(r, 4);
  case PTR_S4:
    return (uint64_t)(int32_t)take(r, 4);
  case PTR_U2:
    return take(r, 2);
  case PTR_S2:
    return (uint64_t)(int16_t)take(r, 2);
  case PTR_UNSIGNED:
    return take_unsigned(r);
  case PTR_SIGNED:
    return (uint64_t)take_signed(r);
  default:
    r->failed = true;
    return 0;
  }
}

/* Those that stand for an address in memory at which the pointer is (PTR_INDIRECT, 0x80) are read, but have no use here. */
static uint64_t take_pointer(struct reader *r, unsigned encoding) {
  uintptr_t own = r->at;
  uint64_t value = take_form(r, encoding);
  switch (encoding & PTR_BASE) {
  case PTR_ABSOLUTE:
    return value;
  case PTR_RELATIVE:
    return own + value;
  case PTR_HEADER:
    return r->tables->header + value;
  default:
    r->failed = true;
    return 0;
  }
}

/* -- finding the entry of a function ------------------------------------------------------------------------------------ */

enum { HEADER_VERSION = 1, HEADER_TABLE = PTR_HEADER | PTR_S4, TABLE_ENTRY = 8 };

/* The address of the entry of the last function that begins at or before an address. 0: none. */
static uintptr_t find_entry(const struct unwind_tables *t, uintptr_t address) {
  struct reader r = reader_of(t, t->header);
  unsigned version = (unsigned)take(&r, 1), frame = (unsigned)take(&r, 1);
  unsigned count = (unsigned)take(&r, 1), table = (unsigned)take(&r, 1);
  if (r.failed || version != HEADER_VERSION || count == PTR_OMITTED || table != HEADER_TABLE)
    return 0;
  (void)take_pointer(&r, frame);
  uint64_t low = 0, high = take_pointer(&r, count);
  if (r.failed || high > (r.end - r.at) / TABLE_ENTRY)
    return 0;
  uintptr_t first = r.at;
  while (low < high) { /* entries before low begin at or before the address, those from high on behind it */
    uint64_t middle = (low + high) / 2;
    r.at = first + middle * TABLE_ENTRY;
    if (take_pointer(&r, table) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (!low)
    return 0;
  r.at = first + (low - 1) * TABLE_ENTRY + TABLE_ENTRY / 2;
  uintptr_t entry = take_pointer(&r, table);
  return r.failed ? 0 : entry;
}

/* What the entries of many functions share. */
struct common {
  uint64_t code_unit;
  int64_t data_unit;
  unsigned encoding; /* of addresses */
  bool has_data;     /* entries have augmentation data */
  bool is_signal;    /* they are about what a signal handler returns to */
  struct reader program;
};

enum { WIDE = 0xFFFFFFFF, RETURN_COLUMN = 16 };

/* The contents of an entry. Its length must be of four bytes. */
static struct reader open_entry(const struct unwind_tables *t, uintptr_t at) {
  struct reader r = reader_of(t, at);
  uint64_t bytes = take(&r, 4);
  struct reader contents = cut(&r, bytes);
  contents.failed |= bytes == WIDE || !bytes;
  return contents;
}

/* The letters behind the z, each with its data. */
static void read_augmentation(struct common *c, struct reader *letters, struct reader *data) {
  for (char letter; (letter = (char)take(letters, 1)) && !letters->failed;)
    switch (letter) {
    case 'R':
      c->encoding = (unsigned)take(data, 1);
      break;
    case 'P':
      (void)take_pointer(data, (unsigned)take(data, 1));
      break;
    case 'L':
      (void)take(data, 1);
      break;
    case 'S':
      c->is_signal = true;
      break;
    default:
      data->failed = true;
    }
}

static bool read_common(const struct unwind_tables *t, uintptr_t at, struct common *c) {
  struct reader r = open_entry(t, at);
  *c = (struct common){.encoding = PTR_WORD};
  uint64_t is_function = take(&r, 4);
  unsigned version = (unsigned)take(&r, 1);
  struct reader letters = r;
  for (int i = 0; take(&r, 1); i++)
    r.failed |= i == MOST_LETTERS;
  c->code_unit = take_unsigned(&r);
  c->data_unit = take_signed(&r);
  uint64_t column = version == 1 ? take(&r, 1) : take_unsigned(&r);
  uint8_t first = (uint8_t)take(&letters, 1);
  c->has_data = first == 'z';
  if (c->has_data) {
    struct reader data = cut(&r, take_unsigned(&r));
    read_augmentation(c, &letters, &data);
    r.failed |= data.failed;
  }
  c->program = r;
  return !r.failed && !is_function && (version == 1 || version == 3) && column == RETURN_COLUMN &&
         (c->has_data || !first) && r.end - r.at <= MOST_BYTES;
}

/* -- the state that instructions build up ----------------------------------------------------------------------------- */

enum register_number { RBX = 3, RBP = 6, RSP = 7 };
enum { S_RBX, S_RBP, S_RSP, S_RETURN, SAVED };

enum rule_kind {
  RULE_NONE,  /* nothing is said: it is as it was */
  RULE_FRAME, /* saved at the frame's address + offset */
  RULE_SAVED, /* saved at register + offset */
  RULE_VALUE, /* it is register + offset */
  RULE_LOST,  /* it is not there, or said in a way that is not understood */
};
struct rule {
  uint8_t kind;
  uint8_t base; /* register number */
  int32_t offset;
};
struct state {
  struct rule frame;
  struct rule saved[SAVED];
};

struct machine {
  struct reader r;
  const struct common *common;
  uintptr_t at, address; /* where the state holds, and for which address it is wanted */
  struct state now, initial;
  struct state kept[MOST_STATES];
  unsigned depth;
};

static struct rule rule(enum rule_kind kind, uint64_t base, int64_t offset) {
  if (offset != (int32_t)offset || base > UINT8_MAX)
    return (struct rule){.kind = RULE_LOST};
  return (struct rule){(uint8_t)kind, (uint8_t)base, (int32_t)offset};
}

static int saved_index(uint64_t number) {
  return number == RBX             ? S_RBX
         : number == RBP           ? S_RBP
         : number == RSP           ? S_RSP
         : number == RETURN_COLUMN ? S_RETURN
                                   : -1;
}

static void set(struct machine *m, uint64_t number, struct rule rule) {
  int i = saved_index(number);
  if (i >= 0)
    m->now.saved[i] = rule;
}

static void restore(struct machine *m, uint64_t number) {
  int i = saved_index(number);
  if (i >= 0)
    m->now.saved[i] = m->initial.saved[i];
}

/* -- expressions: the few that compilers and the C library use --------------------------------------------------------- */

enum {
  OP_DEREF = 0x06,
  OP_BREG0 = 0x70,
  OP_BREG31 = 0x8F,
  OP_LIT0 = 0x30,
  OP_LIT31 = 0x4F,
};

/* In a procedure linkage table: one word more on the stack from some instruction of each piece of 16 bytes on. `rsp + 8 +
 * ((rip & 15) >= LITERAL) << 3`, all behind the number of the literal and the bytes before it. */
static struct rule linkage_rule(struct reader r, uintptr_t address) {
  static const uint8_t head[] = {OP_BREG0 + RSP, 8, OP_BREG0 + RETURN_COLUMN, 0, OP_LIT0 + 15, 0x1A /* and */};
  static const uint8_t tail[] = {0x2A /* ge */, OP_LIT0 + 3, 0x24 /* shl */, 0x22 /* plus */};
  bool is_it = true;
  for (size_t i = 0; i < sizeof head; i++)
    is_it &= take(&r, 1) == head[i];
  uint64_t literal = take(&r, 1);
  for (size_t i = 0; i < sizeof tail; i++)
    is_it &= take(&r, 1) == tail[i];
  if (!is_it || r.failed || r.at != r.end || literal < OP_LIT0 || literal > OP_LIT31)
    return (struct rule){.kind = RULE_LOST};
  return rule(RULE_VALUE, RSP, (address & 15) >= literal - OP_LIT0 ? 16 : 8);
}

/* `register + offset`, and what stands there. */
static struct rule take_expression(struct machine *m) {
  struct reader r = cut(&m->r, take_unsigned(&m->r)), whole = r;
  uint64_t first = take(&r, 1);
  int64_t offset = take_signed(&r);
  if (r.failed || first < OP_BREG0 || first > OP_BREG31)
    return (struct rule){.kind = RULE_LOST};
  if (r.at == r.end)
    return rule(RULE_VALUE, first - OP_BREG0, offset);
  if (take(&r, 1) == OP_DEREF && r.at == r.end)
    return rule(RULE_SAVED, first - OP_BREG0, offset);
  return linkage_rule(whole, m->address);
}

/* The expression is the address at which a register is saved. */
static struct rule take_saved_expression(struct machine *m) {
  struct rule found = take_expression(m);
  found.kind = found.kind == RULE_VALUE ? RULE_SAVED : RULE_LOST;
  return found;
}

/* -- instructions ---------------------------------------------------------------------------------------------------------- */

enum cfa_op {
  CFA_NOP,
  CFA_SET_LOC,
  CFA_ADVANCE_LOC1,
  CFA_ADVANCE_LOC2,
  CFA_ADVANCE_LOC4,
  CFA_OFFSET_EXTENDED,
  CFA_RESTORE_EXTENDED,
  CFA_UNDEFINED,
  CFA_SAME_VALUE,
  CFA_REGISTER,
  CFA_REMEMBER_STATE,
  CFA_RESTORE_STATE,
  CFA_DEF_CFA,
  CFA_DEF_CFA_REGISTER,
  CFA_DEF_CFA_OFFSET,
  CFA_DEF_CFA_EXPRESSION,
  CFA_EXPRESSION,
  CFA_OFFSET_EXTENDED_SF,
  CFA_DEF_CFA_SF,
  CFA_DEF_CFA_OFFSET_SF,
  CFA_VAL_OFFSET,
  CFA_VAL_OFFSET_SF,
  CFA_VAL_EXPRESSION,
  CFA_ARGS_SIZE = 0x2E,
  CFA_NEGATIVE_OFFSET = 0x2F,
  /* the two upper bits; the lower six are an operand */
  CFA_ADVANCE_LOC = 0x40,
  CFA_OFFSET = 0x80,
  CFA_RESTORE = 0xC0,
};

/* What a product of unbelievable numbers is does not matter, only that it is defined. */
static int64_t scaled(const struct machine *m, uint64_t factor) {
  return (int64_t)(factor * (uint64_t)m->common->data_unit);
}

static void define_frame(struct machine *m, uint64_t number, int64_t offset) {
  m->now.frame = rule(RULE_VALUE, number, offset);
}

static void offset_frame(struct machine *m, int64_t offset) {
  bool is_value = m->now.frame.kind == RULE_VALUE;
  m->now.frame = is_value ? rule(RULE_VALUE, m->now.frame.base, offset) : (struct rule){.kind = RULE_LOST};
}

static void remember(struct machine *m) {
  if (m->depth < MOST_STATES)
    m->kept[m->depth++] = m->now;
  else
    m->r.failed = true;
}

static void recall(struct machine *m) {
  if (m->depth)
    m->now = m->kept[--m->depth];
  else
    m->r.failed = true;
}

static void advance(struct machine *m, uint64_t units) { m->at += units * m->common->code_unit; }

static void execute_extended(struct machine *m, unsigned op) {
  struct reader *r = &m->r;
  uint64_t number;
  switch (op) {
  case CFA_NOP:
    return;
  case CFA_SET_LOC:
    m->at = take_pointer(r, m->common->encoding);
    return;
  case CFA_ADVANCE_LOC1:
    advance(m, take(r, 1));
    return;
  case CFA_ADVANCE_LOC2:
    advance(m, take(r, 2));
    return;
  case CFA_ADVANCE_LOC4:
    advance(m, take(r, 4));
    return;
  case CFA_OFFSET_EXTENDED:
    number = take_unsigned(r);
    set(m, number, rule(RULE_FRAME, 0, scaled(m, take_unsigned(r))));
    return;
  case CFA_RESTORE_EXTENDED:
    restore(m, take_unsigned(r));
    return;
  case CFA_UNDEFINED:
    set(m, take_unsigned(r), (struct rule){.kind = RULE_LOST});
    return;
  case CFA_SAME_VALUE:
    set(m, take_unsigned(r), (struct rule){.kind = RULE_NONE});
    return;
  case CFA_REGISTER:
    set(m, take_unsigned(r), (struct rule){.kind = RULE_LOST});
    (void)take_unsigned(r);
    return;
  case CFA_REMEMBER_STATE:
    remember(m);
    return;
  case CFA_RESTORE_STATE:
    recall(m);
    return;
  case CFA_DEF_CFA:
    number = take_unsigned(r);
    define_frame(m, number, (int64_t)take_unsigned(r));
    return;
  case CFA_DEF_CFA_REGISTER:
    number = take_unsigned(r);
    if (m->now.frame.kind == RULE_VALUE)
      define_frame(m, number, m->now.frame.offset);
    return;
  case CFA_DEF_CFA_OFFSET:
    offset_frame(m, (int64_t)take_unsigned(r));
    return;
  case CFA_DEF_CFA_EXPRESSION:
    m->now.frame = take_expression(m);
    return;
  case CFA_EXPRESSION:
    number = take_unsigned(r);
    set(m, number, take_saved_expression(m));
    return;
  case CFA_OFFSET_EXTENDED_SF:
    number = take_unsigned(r);
    set(m, number, rule(RULE_FRAME, 0, scaled(m, (uint64_t)take_signed(r))));
    return;
  case CFA_DEF_CFA_SF:
    number = take_unsigned(r);
    define_frame(m, number, scaled(m, (uint64_t)take_signed(r)));
    return;
  case CFA_DEF_CFA_OFFSET_SF:
    offset_frame(m, scaled(m, (uint64_t)take_signed(r)));
    return;
  case CFA_VAL_OFFSET:
  case CFA_VAL_OFFSET_SF:
    set(m, take_unsigned(r), (struct rule){.kind = RULE_LOST});
    (void)take_unsigned(r);
    return;
  case CFA_VAL_EXPRESSION:
    set(m, take_unsigned(r), (struct rule){.kind = RULE_LOST});
    (void)cut(r, take_unsigned(r));
    return;
  case CFA_ARGS_SIZE:
    (void)take_unsigned(r);
    return;
  case CFA_NEGATIVE_OFFSET:
    number = take_unsigned(r);
    set(m, number, rule(RULE_FRAME, 0, scaled(m, -take_unsigned(r))));
    return;
  default:
    r->failed = true;
  }
}

/* Runs instructions until the state is that of the address wanted. */
static bool execute(struct machine *m, struct reader program) {
  m->r = program;
  while (m->r.at < m->r.end && m->at <= m->address && !m->r.failed) {
    unsigned op = (unsigned)take(&m->r, 1), low = op & 0x3F;
    switch (op & 0xC0) {
    case CFA_ADVANCE_LOC:
      advance(m, low);
      break;
    case CFA_OFFSET:
      set(m, low, rule(RULE_FRAME, 0, scaled(m, take_unsigned(&m->r))));
      break;
    case CFA_RESTORE:
      restore(m, low);
      break;
    default:
      execute_extended(m, low);
    }
  }
  return !m->r.failed;
}

/* -- from the state to the row ---------------------------------------------------------------------------------------------- */

static const union cfi_row last = {.kind = ROW_LAST};

/* In words, if they have so many bits. */
static bool to_words(int32_t bytes, unsigned bits, int64_t *words) {
  int64_t most = INT64_C(1) << (bits - 1);
  *words = bytes / 8;
  return bytes % 8 == 0 && *words >= -most && *words < most;
}

static unsigned pack_saved(const struct state *s, const struct rule *rule, int64_t *words) {
  *words = 0;
  if (rule->kind == RULE_NONE)
    return ROW_SAME;
  bool is_frame = rule->kind == RULE_FRAME, is_base = rule->kind == RULE_SAVED && rule->base == s->frame.base;
  if ((!is_frame && !is_base) || !to_words(rule->offset, 12, words)) {
    *words = 0;
    return ROW_LOST;
  }
  return is_frame ? ROW_AT_FRAME : ROW_AT_BASE;
}

/* Where the return address is: below the frame, or in what the kernel saved for a signal handler, where it follows the stack
 * pointer. */
static bool pack_return(const struct state *s, union cfi_row *row) {
  const struct rule *rule = &s->saved[S_RETURN];
  row->is_context = rule->kind == RULE_SAVED;
  if (rule->kind == RULE_FRAME)
    return rule->offset == -8;
  return rule->kind == RULE_SAVED && s->frame.kind == RULE_SAVED && rule->base == s->frame.base &&
         (int64_t)rule->offset == (int64_t)s->frame.offset + 8;
}

/* The caller's stack pointer is the frame's address. Saying so otherwise is a switch of stacks. */
static bool is_usual_stack(const struct state *s) {
  const struct rule *rule = &s->saved[S_RSP];
  return rule->kind == RULE_NONE || (rule->kind == RULE_SAVED && s->frame.kind == RULE_SAVED &&
                                     rule->base == s->frame.base && rule->offset == s->frame.offset);
}

static union cfi_row pack(const struct state *s, bool is_signal) {
  union cfi_row row = {.kind = ROW_FRAME, .is_interrupt = is_signal, .is_indirect = s->frame.kind == RULE_SAVED};
  int64_t frame, rbp, rbx;
  row.base = s->frame.base == RSP ? ROW_RSP : s->frame.base == RBP ? ROW_RBP : ROW_RBX;
  bool is_known_base = s->frame.base == RSP || s->frame.base == RBP || s->frame.base == RBX;
  if ((s->frame.kind != RULE_VALUE && s->frame.kind != RULE_SAVED) || !is_known_base ||
      !to_words(s->frame.offset & ~7, 26, &frame) || !pack_return(s, &row) || !is_usual_stack(s))
    return last;
  row.rbp_saved = pack_saved(s, &s->saved[S_RBP], &rbp);
  row.rbx_saved = pack_saved(s, &s->saved[S_RBX], &rbx);
  row.frame = frame;
  row.rest = (uint64_t)s->frame.offset & 7;
  row.rbp = rbp;
  row.rbx = rbx;
  return row;
}

union cfi_row calltap__cfi_row(const struct unwind_tables *t, uintptr_t address) {
  static const union cfi_row bare = {.kind = ROW_BARE};
  uintptr_t entry = t->header ? find_entry(t, address) : 0;
  if (!entry)
    return bare;
  struct reader r = open_entry(t, entry);
  uintptr_t own = r.at;
  uint64_t distance = take(&r, 4);
  struct common common;
  if (r.failed || !distance || !read_common(t, own - distance, &common))
    return bare;
  uintptr_t start = take_pointer(&r, common.encoding);
  uint64_t bytes = take_form(&r, common.encoding);
  if (common.has_data)
    (void)cut(&r, take_unsigned(&r));
  if (r.failed || address - start >= bytes || r.end - r.at > MOST_BYTES)
    return bare;
  struct machine m; /* not set to zero as a whole: that could become a call of memset */
  m.common = &common;
  m.at = 0;
  m.address = UINTPTR_MAX;
  m.depth = 0;
  m.now = (struct state){0};
  m.initial = m.now;
  if (!execute(&m, common.program))
    return last;
  m.initial = m.now;
  m.at = start;
  m.address = address;
  return execute(&m, r) ? pack(&m.now, common.is_signal) : last;
}
