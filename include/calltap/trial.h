/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules on calls that never happened, for the command: a call as text, and the machine that runs programs in the traced process, on
 * registers and memory that the caller makes up. */
#ifndef CALLTAP_TRIAL_H
#define CALLTAP_TRIAL_H

#include "calltap/rule.h"

/* FUNCTION(VALUE, NAME=VALUE, ...) [= VALUE] [after TIME]
 *
 * A value is a node:
 *   CALLTAP_PAT_ANY      _: zeros
 *   CALLTAP_PAT_EQUAL    the literal or pin `a`
 *   CALLTAP_PAT_BIND     NULL, nullptr, true, false, in `text`
 *   CALLTAP_PAT_MEMBERS  {...}, the first item is `a`
 * An item of an argument list or of braces is a value; or a CALLTAP_PAT_MEMBERS whose `op` is 1: the value `a` of the parameter
 * or member `text`. In an argument list the last may be CALLTAP_PAT_REST: zeros. */
struct calltap_call {
  struct calltap_rule function; /* its pattern */
  uint16_t arguments;           /* the first item, 0: none */
  uint16_t result;              /* 0: none was given */
  bool has_exit;                /* a result or a time was given */
  uint64_t elapsed_ns;
  uint32_t at; /* offset of the arguments in the text */
};

/* Reads one. Its nodes are in `rules`, of which nothing else counts. False: `error` says what is wrong. */
bool calltap_call_parse(const char *text, struct calltap_rules *rules, struct calltap_call *call,
                        struct calltap_rule_error *error);

struct calltap_trial_memory {
  uint64_t address; /* as programs know it */
  size_t size;
  const void *bytes;
};

struct calltap_trial_registers {
  uint64_t word[CALLTAP_PLACE_RAX + 1]; /* by enum calltap_place */
  uint64_t vector[CALLTAP_PLACE_XMM7 - CALLTAP_PLACE_XMM0 + 1];
};

/* What programs see of a call. Nothing is known of its callers. */
struct calltap_trial {
  struct calltap_trial_registers entry, exit;
  uint64_t frame; /* where the return address stands at the entry */
  const struct calltap_trial_memory *memory;
  size_t memories;
  bool at_exit;
  uint8_t
      ending; /* of that exit: CALLTAP_WIRE_TAIL, a CALLTAP_WIRE_EXIT_OF, or CALLTAP_WIRE_RETURN, which 0 stands for */
  uint64_t elapsed_ns;
  uint32_t tid;       /* 0: it is 1 */
  const char *thread; /* its name; null: it is "trial" */
  uint32_t depth;     /* 0: it is 1 */
};

enum calltap_trial_end {
  CALLTAP_TRIAL_NO,
  CALLTAP_TRIAL_YES,
  CALLTAP_TRIAL_FAULT, /* memory that cannot be read, a quotient that there is not */
};

/* Runs a valid program. `last`, unless it is null, receives the operation that it ended with; `given` what it gives. Not
 * reentrant. */
enum calltap_trial_end calltap_trial_run(const struct calltap_program *program, const struct calltap_trial *trial,
                                         int64_t given[2], struct calltap_operation *last);

#endif
