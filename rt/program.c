/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which programs may be run. */
#include "calltap/rule.h"

static const struct {
  uint8_t pops, pushes;
} effects[CALLTAP_OP_COUNT] = {
#define EFFECT(name, pops, pushes, sentence) [CALLTAP_OP_##name] = {pops, pushes},
    CALLTAP_OPS(EFFECT)
#undef EFFECT
};

static bool is_register(unsigned place) {
  return place <= CALLTAP_PLACE_RAX || (place >= CALLTAP_PLACE_XMM0 && place <= CALLTAP_PLACE_XMM7);
}

static bool has_good_operands(const struct calltap_operation *o, size_t left) {
  switch (o->op) {
  case CALLTAP_OP_VALUE:
    return is_register(o->a) || o->a == CALLTAP_PLACE_STACK;
  case CALLTAP_OP_RESULT: /* at the exit there is no frame to read from */
    return is_register(o->a);
  case CALLTAP_OP_CHECK:
    return o->a <= CALLTAP_PLACE_RAX && (o->b & CALLTAP_CHECK_BITS) >= 1 && (o->b & CALLTAP_CHECK_BITS) <= 64;
  case CALLTAP_OP_LOAD:
    return o->a == 1 || o->a == 2 || o->a == 4 || o->a == 8;
  case CALLTAP_OP_SIGNED:
  case CALLTAP_OP_UNSIGNED:
    return o->a >= 1 && o->a <= 63;
  case CALLTAP_OP_SKIP_IF_NOT:
  case CALLTAP_OP_SKIP_IF_NOT_KEEP:
  case CALLTAP_OP_SKIP_IF_KEEP:
    return o->imm >= 0 && (uint64_t)o->imm < left;
  default:
    return true;
  }
}

/* Jumps lead forward only, so one pass sees every operation after all that lead to it: where ways meet, they have the same
 * number of values. */
bool calltap_program_valid(const struct calltap_program *program) {
  enum { NOT_REACHED = 255 };
  uint8_t depth[CALLTAP_PROGRAM_OPS + 1];
  if (program->count > CALLTAP_PROGRAM_OPS)
    return false;
  for (size_t i = 0; i <= program->count; i++)
    depth[i] = i ? NOT_REACHED : 0;
  for (size_t i = 0; i < program->count; i++) {
    const struct calltap_operation *o = &program->op[i];
    if (depth[i] == NOT_REACHED || o->op >= CALLTAP_OP_COUNT || !has_good_operands(o, program->count - i - 1))
      return false;
    unsigned before = depth[i];
    if (before < effects[o->op].pops)
      return false;
    unsigned after = before - effects[o->op].pops + effects[o->op].pushes;
    if (after > CALLTAP_PROGRAM_STACK)
      return false;
    bool keeps = o->op == CALLTAP_OP_SKIP_IF_NOT_KEEP || o->op == CALLTAP_OP_SKIP_IF_KEEP;
    bool jumps = keeps || o->op == CALLTAP_OP_SKIP_IF_NOT;
    unsigned falls_with = keeps ? after - 1 : after;
    size_t target = i + 1 + (jumps ? (size_t)o->imm : 0);
    if (jumps && depth[target] != NOT_REACHED && depth[target] != after)
      return false;
    if (jumps)
      depth[target] = (uint8_t)after;
    if (o->op == CALLTAP_OP_ACCEPT || o->op == CALLTAP_OP_GIVE || o->op == CALLTAP_OP_GIVE_TWO)
      continue;
    if (depth[i + 1] != NOT_REACHED && depth[i + 1] != falls_with)
      return false;
    depth[i + 1] = (uint8_t)falls_with;
  }
  return !program->count || depth[program->count] == NOT_REACHED; /* every way ends before */
}

/* -- joining ------------------------------------------------------------------------------------------------------------ */

static bool is_jump(uint8_t op) {
  return op == CALLTAP_OP_SKIP_IF_NOT || op == CALLTAP_OP_SKIP_IF_NOT_KEEP || op == CALLTAP_OP_SKIP_IF_KEEP;
}

/* VALUE [SIGNED | UNSIGNED] PUSH, or PUSH VALUE [..]; then a comparison, [NOT | TEST]* and REJECT_IF_NOT. Returns how many operations
 * from `from` on `check` stands for, 0: none. */
static size_t match_check(const struct calltap_program *p, size_t from, struct calltap_operation *check) {
  size_t i = from;
  bool constant_first = p->op[i].op == CALLTAP_OP_PUSH;
  *check = (struct calltap_operation){.op = CALLTAP_OP_CHECK, .b = 64};
  if (constant_first)
    check->imm = p->op[i++].imm;
  if (i >= p->count || p->op[i].op != CALLTAP_OP_VALUE || p->op[i].a > CALLTAP_PLACE_RAX)
    return 0;
  check->a = p->op[i++].a;
  if (i < p->count && (p->op[i].op == CALLTAP_OP_SIGNED || p->op[i].op == CALLTAP_OP_UNSIGNED)) {
    check->b = (uint16_t)(p->op[i].a | (p->op[i].op == CALLTAP_OP_SIGNED ? CALLTAP_CHECK_SIGNED : 0));
    i++;
  }
  if (!constant_first && (i >= p->count || p->op[i].op != CALLTAP_OP_PUSH))
    return 0;
  if (!constant_first)
    check->imm = p->op[i++].imm;
  if (i >= p->count)
    return 0;
  uint8_t op = p->op[i++].op;
  if (op != CALLTAP_OP_EQ && op != CALLTAP_OP_LT && op != CALLTAP_OP_LT_U)
    return 0;
  if (op != CALLTAP_OP_EQ)
    check->b |= op == CALLTAP_OP_LT ? CALLTAP_CHECK_LESS : CALLTAP_CHECK_BELOW;
  if (constant_first && op != CALLTAP_OP_EQ) { /* c < v is not v < c + 1 */
    if (check->imm == (op == CALLTAP_OP_LT ? INT64_MAX : -1))
      return 0;
    check->imm = (int64_t)((uint64_t)check->imm + 1);
    check->b |= CALLTAP_CHECK_NOT;
  }
  for (; i < p->count && (p->op[i].op == CALLTAP_OP_NOT || p->op[i].op == CALLTAP_OP_TEST); i++)
    if (p->op[i].op == CALLTAP_OP_NOT)
      check->b ^= CALLTAP_CHECK_NOT;
  if (i == p->count || p->op[i].op != CALLTAP_OP_REJECT_IF_NOT)
    return 0;
  check->at = p->op[i].at;
  return i + 1 - from;
}

/* Programs with jumps stay as they are: their distances would change. */
void calltap_program_join(struct calltap_program *program) {
  for (size_t i = 0; i < program->count; i++)
    if (is_jump(program->op[i].op))
      return;
  size_t to = 0;
  for (size_t from = 0; from < program->count;) {
    struct calltap_operation check;
    size_t joined = match_check(program, from, &check);
    program->op[to++] = joined ? check : program->op[from];
    from += joined ? joined : 1;
  }
  program->count = (uint16_t)to;
}
