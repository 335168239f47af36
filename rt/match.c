/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs programs in the hook: on registers alone they touch no memory; through pointers they read what can be read. */
#include "internal.h"

enum { PIECE = 64 };

struct machine {
  const struct match_input *in;
  uintptr_t frame;
  struct stream *s;
};

static inline int64_t extend(int64_t v, unsigned bits, bool has_sign) {
  unsigned unused = 64 - bits;
  uint64_t up = (uint64_t)v << unused;
  return has_sign ? (int64_t)up >> unused : (int64_t)(up >> unused);
}

/* The bits of a float as those of the double of the same value. */
static int64_t widen(uint32_t f) {
  uint64_t sign = (uint64_t)(f >> 31) << 63, exponent = f >> 23 & 0xFF, fraction = f & 0x7FFFFF;
  if (exponent == 0xFF)
    return (int64_t)(sign | UINT64_C(0x7FF) << 52 | fraction << 29);
  if (exponent)
    return (int64_t)(sign | (exponent + 1023 - 127) << 52 | fraction << 29);
  if (!fraction)
    return (int64_t)sign;
  unsigned shift = (unsigned)__builtin_clz((uint32_t)fraction) - 8; /* a denormal is a normal double */
  return (int64_t)(sign | (UINT64_C(897) - shift) << 52 | (fraction << shift & 0x7FFFFF) << 29);
}

static bool is_nan(uint64_t bits) { return bits << 1 > UINT64_C(0xFFE0000000000000); }

static bool reals_equal(uint64_t a, uint64_t b) { return !is_nan(a) && !is_nan(b) && (a == b || !((a | b) << 1)); }

/* Doubles are ordered as integers, those below zero the other way round. */
static bool real_less(uint64_t a, uint64_t b) {
  if (is_nan(a) || is_nan(b) || reals_equal(a, b))
    return false;
  if (a >> 63 != b >> 63)
    return a >> 63;
  return a >> 63 ? a > b : a < b;
}

static bool real_greater_or_equal(uint64_t a, uint64_t b) { return !is_nan(a) && !is_nan(b) && !real_less(a, b); }

/* -- texts ------------------------------------------------------------------------------------------------------------ */

/* The next character of a string of the rule, escapes undone. */
static char next_character(const char **at) {
  char c = *(*at)++;
  if (c != '\\')
    return c;
  c = *(*at)++;
  return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? 0 : c;
}

/* Reads in pieces, as far as they agree. */
static bool text_equal(const struct machine *m, uintptr_t address, const struct calltap_operation *o, bool *faulted) {
  const char *at = (const char *)(intptr_t)o->imm, *end = at + o->b;
  size_t most = o->a ? o->a : CALLTAP_TEXT_BYTES, seen = 0;
  char piece[PIECE];
  while (seen < most) {
    size_t wanted = most - seen < PIECE ? most - seen : PIECE;
    size_t taken = calltap__peek(piece, address + seen, wanted, m->s);
    for (size_t i = 0; i < taken; i++) {
      if (at == end)
        return !piece[i];
      if (next_character(&at) != piece[i] || !piece[i])
        return false;
    }
    seen += taken;
    if (taken < wanted) {
      *faulted = true;
      return false;
    }
  }
  return at == end && o->a; /* an array may be full, without a NUL */
}

static bool text_matches(const struct machine *m, uintptr_t address, const struct calltap_operation *o, bool *faulted) {
  char text[CALLTAP_TEXT_BYTES / 8 + 1];
  struct text_peek found = {0};
  size_t most = o->a ? o->a : sizeof text - 1;
  size_t n = calltap__peek_text(text, address, most, m->s, &found);
  *faulted = found.faulted || (!found.ended && n < most); /* memory ends before the text does */
  text[n] = 0;
  const char *glob = (const char *)(intptr_t)o->imm;
  return !*faulted && calltap__glob((struct span){glob, glob + o->b}, text);
}

static size_t text_length(const struct machine *m, uintptr_t address, size_t limit, bool *faulted) {
  char piece[PIECE];
  size_t n = 0, most = limit && limit < CALLTAP_TEXT_BYTES ? limit : CALLTAP_TEXT_BYTES;
  struct text_peek found = {0};
  while (n < most && !found.ended && !*faulted) {
    size_t wanted = most - n < PIECE ? most - n : PIECE;
    size_t taken = calltap__peek_text(piece, address + n, wanted, m->s, &found);
    n += taken;
    *faulted = found.faulted || (!found.ended && taken < wanted);
  }
  return n;
}

/* -- the machine -------------------------------------------------------------------------------------------------------- */
// NOLINTBEGIN(clang-analyzer-core.*): a valid program takes from the stack only what it has put there

static bool find_frame(struct machine *m) {
  if (!m->in->exit)
    m->frame = calltap__frame_of(m->in->shape, m->in->entry);
  return m->frame;
}

static uint64_t value(const struct machine *m, const struct calltap_operation *o) {
  if (o->a <= CALLTAP_PLACE_RAX)
    return m->in->entry->value[o->a];
  bool is_vector = o->a >= CALLTAP_PLACE_XMM0 && o->a <= CALLTAP_PLACE_XMM7;
  if (is_vector && m->in->vector)
    return m->in->vector[o->a - CALLTAP_PLACE_XMM0];
  return calltap__place_word(m->in->entry, m->frame, o->a, o->b);
}

static bool load(const struct machine *m, const struct calltap_operation *o, int64_t *top) {
  uint64_t v = 0;
  if (calltap__peek(&v, (uintptr_t)*top + (uintptr_t)o->imm, o->a, m->s) != o->a)
    return false;
  *top = (int64_t)v;
  return true;
}

/* False: there is no quotient. */
static bool divide(enum calltap_op op, int64_t *a, int64_t b) {
  if (!b || (b == -1 && *a == INT64_MIN && (op == CALLTAP_OP_DIV || op == CALLTAP_OP_MOD)))
    return false;
  uint64_t ua = (uint64_t)*a, ub = (uint64_t)b;
  *a = op == CALLTAP_OP_DIV     ? *a / b
       : op == CALLTAP_OP_MOD   ? *a % b
       : op == CALLTAP_OP_DIV_U ? (int64_t)(ua / ub)
                                : (int64_t)(ua % ub);
  return true;
}

static int64_t shift(enum calltap_op op, int64_t a, int64_t by) {
  bool far = (uint64_t)by > 63;
  if (op == CALLTAP_OP_SHR)
    return a >> (far ? 63 : by);
  if (far)
    return 0;
  return op == CALLTAP_OP_SHL ? (int64_t)((uint64_t)a << by) : (int64_t)((uint64_t)a >> by);
}

/* What needs two values and neither memory nor a jump. */
static int64_t two(enum calltap_op op, int64_t a, int64_t b) {
  uint64_t ua = (uint64_t)a, ub = (uint64_t)b;
  switch (op) {
  case CALLTAP_OP_ADD:
    return (int64_t)(ua + ub);
  case CALLTAP_OP_SUB:
    return (int64_t)(ua - ub);
  case CALLTAP_OP_MUL:
    return (int64_t)(ua * ub);
  case CALLTAP_OP_AND:
    return a & b;
  case CALLTAP_OP_OR:
    return a | b;
  case CALLTAP_OP_XOR:
    return a ^ b;
  case CALLTAP_OP_EQ:
    return a == b;
  case CALLTAP_OP_LT:
    return a < b;
  case CALLTAP_OP_LT_U:
    return ua < ub;
  case CALLTAP_OP_EQ_R:
    return reals_equal(ua, ub);
  case CALLTAP_OP_LT_R:
    return real_less(ua, ub);
  case CALLTAP_OP_GE_R:
    return real_greater_or_equal(ua, ub);
  case CALLTAP_OP_MIN:
    return a < b ? a : b;
  case CALLTAP_OP_MIN_U:
    return ua < ub ? a : b;
  case CALLTAP_OP_MAX:
    return a > b ? a : b;
  case CALLTAP_OP_MAX_U:
    return ua > ub ? a : b;
  default:
    return shift(op, a, b);
  }
}

static int64_t one(const struct calltap_operation *o, int64_t v) {
  switch (o->op) {
  case CALLTAP_OP_SIGNED:
    return extend(v, o->a, true);
  case CALLTAP_OP_UNSIGNED:
    return extend(v, o->a, false);
  case CALLTAP_OP_WIDEN:
    return widen((uint32_t)v);
  case CALLTAP_OP_NOT:
    return !v;
  case CALLTAP_OP_TEST:
    return v != 0;
  case CALLTAP_OP_NEGATE:
    return (int64_t)(0 - (uint64_t)v);
  case CALLTAP_OP_ABS:
    return v < 0 ? (int64_t)(0 - (uint64_t)v) : v;
  default:
    return ~v;
  }
}

/* How far a jump goes; the value that it is about stays where it is that of the whole. */
static inline int64_t skipped(const struct calltap_operation *o, int64_t **top) {
  bool is_true = **top != 0, jumps = is_true == (o->op == CALLTAP_OP_SKIP_IF_KEEP);
  if (!jumps || o->op == CALLTAP_OP_SKIP_IF_NOT)
    --*top;
  return jumps ? o->imm : 0;
}

/* What the thread and the session have. */
static int64_t around(const struct machine *m, enum calltap_op op) {
  uintptr_t caller = 0;
  switch (op) {
  case CALLTAP_OP_DEPTH:
    return (int64_t)m->in->depth;
  case CALLTAP_OP_TID:
    return m->s->tid ? m->s->tid : (m->s->tid = calltap__os_tid());
  case CALLTAP_OP_THREAD:
    calltap__os_thread_name(m->s->name);
    return (int64_t)(uintptr_t)m->s->name;
  case CALLTAP_OP_CALLER:
    if (!m->in->way || m->in->shape->kind == CALLTAP_SITE_UNWIND) /* else its frame is gone */
      (void)calltap__walk(&caller, 1, m->in->exit ? m->in->exit : m->in->entry, m->s);
    return (int64_t)caller;
  case CALLTAP_OP_TAG:
    return m->s->tag;
  case CALLTAP_OP_TCW:
    return atomic_load_explicit(&m->s->session->tcw, memory_order_relaxed);
  case CALLTAP_OP_SILENT:
    return (m->s->flags & CALLTAP_THREAD_SILENT) != 0;
  default:
    if (m->in->way)
      return CALLTAP_WIRE_EXIT_OF((int)m->in->way->kind);
    return m->in->shape->kind == CALLTAP_SITE_RETURN ? CALLTAP_WIRE_RETURN : CALLTAP_WIRE_TAIL;
  }
}

/* The program was found valid when it was made. */
enum match calltap__match(const struct calltap_operation *at, const struct match_input *in, int64_t given[2]) {
  struct machine m = {in, 0, in->stream};
  int64_t stack[CALLTAP_PROGRAM_STACK + 1], *top = stack; /* stack[0] is below the first */
  for (;; at++) {
    bool faulted = false;
    switch (at->op) {
    case CALLTAP_OP_PUSH:
      *++top = at->imm;
      break;
    case CALLTAP_OP_CHECK:
      if (!calltap__match_check(at, in->entry->value[at->a]))
        return MATCH_NO;
      break;
    case CALLTAP_OP_VALUE:
      if (at->a == CALLTAP_PLACE_STACK && !find_frame(&m))
        return MATCH_FAULT;
      *++top = (int64_t)value(&m, at);
      break;
    case CALLTAP_OP_RESULT:
      if (!in->exit || in->shape->kind != CALLTAP_SITE_RETURN)
        return MATCH_FAULT;
      *++top = (int64_t)calltap__place_word(in->exit, 0, at->a, 0);
      break;
    case CALLTAP_OP_ELAPSED:
      if (in->way && in->way->kind != CALLTAP_WIRE_WAY_UNWOUND)
        return MATCH_FAULT; /* when it ended is not known */
      *++top = (int64_t)in->elapsed_ns;
      break;
    case CALLTAP_OP_FRAME:
      if (!find_frame(&m))
        return MATCH_FAULT;
      *++top = (int64_t)(m.frame + 8 + 8 * (uintptr_t)at->b);
      break;
    case CALLTAP_OP_LOAD:
      if (!load(&m, at, top))
        return MATCH_FAULT;
      break;
    case CALLTAP_OP_SIGNED:
    case CALLTAP_OP_UNSIGNED:
    case CALLTAP_OP_WIDEN:
    case CALLTAP_OP_NOT:
    case CALLTAP_OP_TEST:
    case CALLTAP_OP_NEGATE:
    case CALLTAP_OP_COMPLEMENT:
    case CALLTAP_OP_ABS:
      *top = one(at, *top);
      break;
    case CALLTAP_OP_DEPTH:
    case CALLTAP_OP_TID:
    case CALLTAP_OP_THREAD:
    case CALLTAP_OP_CALLER:
    case CALLTAP_OP_TAG:
    case CALLTAP_OP_TCW:
    case CALLTAP_OP_SILENT:
    case CALLTAP_OP_EXIT:
      *++top = around(&m, (enum calltap_op)at->op);
      break;
    case CALLTAP_OP_TEXT_LENGTH:
      *top = (int64_t)text_length(&m, (uintptr_t)*top, at->b, &faulted);
      break;
    case CALLTAP_OP_DIV:
    case CALLTAP_OP_DIV_U:
    case CALLTAP_OP_MOD:
    case CALLTAP_OP_MOD_U:
      top--;
      if (!divide((enum calltap_op)at->op, top, top[1]))
        return MATCH_FAULT;
      break;
    case CALLTAP_OP_TEXT_EQ:
      *top = text_equal(&m, (uintptr_t)*top, at, &faulted);
      break;
    case CALLTAP_OP_TEXT_GLOB:
      *top = text_matches(&m, (uintptr_t)*top, at, &faulted);
      break;
    case CALLTAP_OP_SKIP_IF_NOT:
    case CALLTAP_OP_SKIP_IF_NOT_KEEP:
    case CALLTAP_OP_SKIP_IF_KEEP:
      at += skipped(at, &top);
      break;
    case CALLTAP_OP_REJECT_IF_NOT:
      if (!*top--)
        return MATCH_NO;
      break;
    case CALLTAP_OP_GIVE_TWO:
      given[1] = *top--;
      __attribute__((fallthrough));
    case CALLTAP_OP_GIVE:
      given[0] = *top;
      __attribute__((fallthrough));
    case CALLTAP_OP_ACCEPT:
      return MATCH_YES;
    default:
      top--;
      *top = two((enum calltap_op)at->op, *top, top[1]);
      break;
    }
    if (faulted)
      return MATCH_FAULT;
  }
}
// NOLINTEND(clang-analyzer-core.*)
