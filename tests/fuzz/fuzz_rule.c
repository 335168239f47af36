/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads any bytes as rules, compiles every clause for a few functions, and runs what comes of it. What the compiler made must be
 * valid, and every refusal must say why and where. */
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

enum { NONE = CALLTAP_PLACE_NONE };

static const char *const definitions[] = {
    "1.e=Ei{1.A0;1.B-1;3.RED7;}",
    "1.f=S16{1.a:0,3j1.b:8,33m1.c:64,5i1.z:100,28j}",
    "1.s=S64{^0S2.in1.n8PS1.s1.t16PKc1.x24A8_c1.g32A2_A2_i!1.k48i0.48U1.u1.e52G1.e1.d56d}",
    "1.u=U4{1.i0i1.r0f}",
    "1.v=S16{1.a0l1.b8s1.c12f}",
    "2.in=S8{2.id0i1.n4i}",
};

static const char *find(const void *context, const char *name, size_t bytes) {
  (void)context;
  for (size_t i = 0; i < sizeof definitions / sizeof definitions[0]; i++) {
    const char *found;
    size_t found_bytes;
    if (calltap_type_definition_name(definitions[i], &found, &found_bytes) && found_bytes == bytes &&
        !memcmp(found, name, bytes))
      return definitions[i];
  }
  return NULL;
}

static const struct calltap_parameter plain[] = {
    {"a", "i", {0, NONE}, 0}, {"b", "m", {1, NONE}, 0}, {"s", "PKc", {2, NONE}, 0},  {"p", "PS1.s", {3, NONE}, 0},
    {"d", "d", {8, NONE}, 0}, {"c", "c", {4, NONE}, 0}, {"e", "G1.e", {5, NONE}, 0},
};
static const struct calltap_parameter odd[] = {
    {"this", "PS1.s", {0, NONE}, 0},
    {"r", "RKS1.f", {1, NONE}, 0},
    {"v", "S1.v", {2, 8}, 0},
    {"w", "S1.s", {CALLTAP_PLACE_STACK, NONE}, 1},
    {"i", "S1.s", {3 | CALLTAP_PLACE_INDIRECT, NONE}, 0},
    {"x", "n", {4, 5}, 0},
    {"f", "f", {9, NONE}, 0},
    {"gone", "i", {CALLTAP_PLACE_OPTIMIZED_OUT, NONE}, 0},
    {"ld", "e", {CALLTAP_PLACE_STACK, NONE}, 12},
};
static const struct calltap_signature signatures[] = {
    {.parameter = plain,
     .parameters = sizeof plain / sizeof plain[0],
     .result = {"", "l", {6, NONE}, 0},
     .scope = {find, NULL}},
    {.parameter = odd,
     .parameters = sizeof odd / sizeof odd[0],
     .result = {"", "S1.v", {6, 8}, 0},
     .has_this = true,
     .scope = {find, NULL}},
    {.parameter = plain, .parameters = 1, .result = {"", "v", {NONE, NONE}, 0}, .scope = {find, NULL}},
    {.parameter = plain, .parameters = 0, .result = {"", "e", {16, NONE}, 0}, .scope = {find, NULL}},
};

static uint64_t memory[64];
static struct calltap_rules rules;
static struct calltap_program program;

static void require(bool holds) {
  if (!holds)
    abort();
}

static void run(bool at_exit) {
  static const uint64_t vector[8] = {0x3FF8000000000000, 0x3FC00000};
  static const struct shape shape = {.frame_base = 5, .kind = CALLTAP_SITE_RETURN};
  static struct session session;
  static struct stream stream = {.session = &session};
  for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
    memory[i] = i % 3 ? i * 0x0101010101010101 : (uintptr_t)memory;
  const uint64_t here = (uintptr_t)memory;
  const struct registers entry = {.value = {here, 5, here, here, here, 7, 9}, .rbp = here};
  const struct match_input in = {&shape, &stream, &entry, vector, at_exit ? &entry : NULL, NULL, 5000, 3};
  if (!program.count)
    return;
  int64_t given[2] = {0}, joined[2] = {0};
  enum match is = calltap__match(program.op, &in, given);
  calltap_program_join(&program);
  require(calltap_program_valid(&program));
  require(calltap__match(program.op, &in, joined) == is);
  require(is != MATCH_YES || (given[0] == joined[0] && given[1] == joined[1]));
}

static void check_refusal(const struct calltap_rule_error *error, size_t size) {
  require(error->message[0] && memchr(error->message, 0, sizeof error->message));
  require(error->column >= 1 && error->column <= size + 1);
}

/* What a clause was found to ask can be compiled, value by value. */
static void try_values(const struct calltap_clause *clause, const struct calltap_signature *signature, uint16_t first,
                       bool is_exit_list) {
  struct calltap_rule_error error = {0, ""};
  struct calltap_given given;
  for (uint16_t i = first; i; i = rules.node[i].next) {
    const struct calltap_node *action = &rules.node[i];
    require(action->kind == CALLTAP_NODE_ACTION && action->op < CALLTAP_ACTION_KINDS);
    bool at_exit = calltap_rule_at_exit(clause, action, is_exit_list);
    for (uint16_t key = action->b; key; key = rules.node[key].next) {
      require(calltap_rule_compile_value(&rules, clause, signature, key, at_exit, &program, &given, &error));
      require(given.type && (given.kind != CALLTAP_GIVEN_STACK || (given.frames >= 1 && given.frames <= 64)));
      run(at_exit);
    }
    if (action->op != CALLTAP_ACTION_MESSAGE)
      continue;
    for (uint16_t value = action->a; value; value = rules.node[value].next) {
      require(calltap_rule_compile_value(&rules, clause, signature, value, at_exit, &program, &given, &error));
      require(given.type && program.count);
      run(at_exit);
    }
  }
}

static void try_clause(const struct calltap_clause *clause, size_t size) {
  for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
    struct calltap_rule_error error = {0, ""};
    if (!calltap_rule_compile(&rules, clause, &signatures[i], &program, &error)) {
      check_refusal(&error, size);
      continue;
    }
    require(calltap_program_valid(&program));
    run(false);
    if (calltap_rule_check(&rules, clause, &signatures[i], &program, &error)) {
      try_values(clause, &signatures[i], clause->actions, false);
      try_values(clause, &signatures[i], clause->exit_actions, true);
    } else {
      check_refusal(&error, size);
    }
    if (!clause->exit_guard)
      continue;
    if (!calltap_rule_compile_exit(&rules, clause, &signatures[i], &program, &error)) {
      check_refusal(&error, size);
      continue;
    }
    require(calltap_program_valid(&program));
    run(true);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = malloc(size + 1);
  struct calltap_rule_error error = {0, ""};
  memcpy(text, bytes, size);
  text[size] = 0;
  if (!calltap_rules_parse(text, &rules, &error)) {
    check_refusal(&error, size);
  } else {
    for (size_t i = 0; i < rules.count; i++)
      (void)(calltap_rule_names(&rules.rule[i], "net::Conn", "operator[]", 2) &&
             calltap_rule_is_in(&rules.rule[i], "/usr/lib/libnet.so.1"));
    for (size_t i = 0; i < rules.clauses; i++)
      try_clause(&rules.clause[i], size);
    for (size_t i = 0; i < rules.unders; i++)
      try_clause(&rules.under[i].clause, size);
  }
  free(text);
  return 0;
}
