/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "program.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name, *sentence;
} operations[CALLTAP_OP_COUNT] = {
#define OPERATION(name, pops, pushes, sentence) [CALLTAP_OP_##name] = {#name, sentence},
    CALLTAP_OPS(OPERATION)
#undef OPERATION
};

static void build_operand(struct calltap__builder *builder, const struct calltap_operation *operation, char which) {
  bool is_text = operation->op == CALLTAP_OP_TEXT_EQ || operation->op == CALLTAP_OP_TEXT_GLOB;
  char number[24];
  if (which == 'i' && is_text) {
    /* As it stands in the rule, escapes included. */
    const char *text = (const char *)(intptr_t)operation->imm;
    calltap__build(builder, "\"");
    calltap__build_plain(builder, (struct calltap_text){text, operation->b});
    calltap__build(builder, "\"");
    return;
  }
  int64_t value = which == 'a' ? operation->a : which == 'b' ? operation->b : operation->imm;
  snprintf(number, sizeof number, "%" PRId64, value);
  calltap__build(builder, number);
}

/* The operands that the sentence tells of, under the names it has for them. */
static void build_operands(struct calltap__builder *builder, const struct calltap_operation *operation) {
  for (const char *at = operations[operation->op].sentence; (at = strchr(at, '`')) != NULL;
       at = strchr(at + 1, '`') + 1) {
    const char *end = strchr(at + 1, '`');
    calltap__build(builder, " ");
    calltap__build_bytes(builder, at + 1, (size_t)(end - at - 1));
    calltap__build(builder, "=");
    build_operand(builder, operation, at[1]);
  }
}

static void build_line(struct calltap__builder *builder, size_t index, const struct calltap_operation *operation) {
  struct calltap__builder left = {0};
  char start[48];
  snprintf(start, sizeof start, "      %3zu  %s", index, operations[operation->op].name);
  calltap__build(&left, start);
  build_operands(&left, operation);
  calltap__build_bytes(builder, left.bytes, left.size);
  for (size_t i = left.size; i < 38; i++)
    calltap__build(builder, " ");
  calltap__build(builder, "  # ");
  calltap__build(builder, operations[operation->op].sentence);
  calltap__build(builder, "\n");
  builder->failed |= left.failed;
  calltap__builder_free(&left);
}

void program_build(struct calltap__builder *builder, const char *when, const struct calltap_program *program) {
  calltap__build(builder, "    ");
  calltap__build(builder, when);
  calltap__build(builder, program->count == 0 ? ": every call\n" : ":\n");
  for (size_t i = 0; i < program->count; i++)
    build_line(builder, i, &program->op[i]);
}
