/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads any bytes as a program, 12 an operation, and runs it if it is found valid. Strings of the rule are always ours: no validator can
 * know where they stand. */
#include "rt/internal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct process calltap__process; /* there is no session */

/* Who called is the matter of other tests. */
size_t calltap__walk(uintptr_t *pc, size_t most, const struct registers *r, struct stream *s) {
  (void)pc, (void)most, (void)r, (void)s;
  return 0;
}

enum { OPERATION = 12, FRAME_SLOTS = 16 };

static uint64_t memory[64];
static struct calltap_program program;

static void read_operation(struct calltap_operation *o, const uint8_t *at) {
  *o = (struct calltap_operation){.op = at[0], .a = at[1], .b = (uint16_t)(at[2] | at[3] << 8)};
  memcpy(&o->imm, at + 4, 8);
  /* What stands on this program's own stack is another thing at each run. */
  bool is_near = (uint64_t)o->imm - (uintptr_t)&o + (1 << 24) < 1 << 25;
  if ((o->op == CALLTAP_OP_PUSH && o->a == 1) || ((o->op == CALLTAP_OP_PUSH || o->op == CALLTAP_OP_LOAD) && is_near))
    o->imm = (int64_t)((uintptr_t)memory + (uint64_t)o->imm % sizeof memory);
  if (o->op == CALLTAP_OP_RESULT && o->a >= CALLTAP_PLACE_XMM0 && o->a <= CALLTAP_PLACE_XMM7)
    o->a = CALLTAP_PLACE_RAX; /* vector registers are what they are */
  if ((o->op == CALLTAP_OP_VALUE || o->op == CALLTAP_OP_RESULT) && o->a == CALLTAP_PLACE_STACK)
    o->b %= FRAME_SLOTS; /* how much stands on the stack is known to the compiler of the function only */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const uint64_t vector[8] = {0x3FF8000000000000};
  static const struct shape shape = {.frame_base = 5, .kind = CALLTAP_SITE_RETURN};
  static struct session session;
  static struct stream stream = {.session = &session};
  size_t count = size / OPERATION;
  char *string = malloc(64 + 2);
  if (count > CALLTAP_PROGRAM_OPS)
    count = CALLTAP_PROGRAM_OPS;
  for (size_t i = 0; i < count; i++)
    read_operation(&program.op[i], bytes + i * OPERATION);
  program.count = (uint16_t)count;
  for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
    memory[i] = i % 3 ? 0x0061626361626361 : (uintptr_t)memory;
  for (size_t i = 0; i < count; i++) {
    struct calltap_operation *o = &program.op[i];
    if (o->op != CALLTAP_OP_TEXT_EQ && o->op != CALLTAP_OP_TEXT_GLOB)
      continue;
    o->b %= 8; /* the operation's own number, as a string that is exactly as long */
    memcpy(string + 64 - o->b, &o->imm, o->b);
    if (memchr(string + 64 - o->b, '\\', o->b))
      o->b = 0; /* the compiler lets no escape be cut */
    o->imm = (int64_t)(intptr_t)(string + 64 - o->b);
  }
  bool valid = calltap_program_valid(&program);
  const uint64_t here = (uintptr_t)memory;
  const struct registers entry = {.value = {here, 5, here, here + 8, 1, 7, 9}, .rbp = here};
  int64_t given[2];
  struct match_input in = {&shape, &stream, &entry, vector, NULL, NULL, 5000, 3};
  if (valid && count) {
    enum match is = calltap__match(program.op, &in, given);
    in.exit = &entry;
    enum match at_exit = calltap__match(program.op, &in, given);
    calltap_program_join(&program);
    if (!calltap_program_valid(&program) || calltap__match(program.op, &in, given) != at_exit)
      abort();
    in.exit = NULL;
    if (calltap__match(program.op, &in, given) != is)
      abort();
  }
  free(string);
  return 0;
}
