/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls that are made up: values as text become registers and memory, as the function's types say. */
#ifndef CALLTAP_CALL_H
#define CALLTAP_CALL_H

#include "calltap/trial.h"

enum { CALL_RESULT = CALLTAP_MAX_PARAMETERS }; /* in place of the number of a parameter */

/* Memory of a call's own. */
struct call_block {
  struct call_block *next;
  uint8_t bytes[];
};

/* Zero at its start. */
struct made_call {
  struct calltap_trial trial;
  struct calltap_trial_memory *memory; /* of the trial */
  struct call_block *block;
  uint64_t next;                    /* address of the next object */
  uint8_t *object[CALL_RESULT + 1]; /* the bytes of the parameters and the result; NULL: there are none */
  bool has_result;
  bool failed; /* there is no memory */
};

/* Lays out a call of a function of this signature. `values` has its nodes. False: the values do not
 * fit, and `error` says why; or there is no memory. */
bool call_make(struct made_call *made, const struct calltap_signature *signature, const struct calltap_rules *values,
               const struct calltap_call *call, struct calltap_rule_error *error);

/* Makes memory of the caller readable. */
void call_add_memory(struct made_call *made, uint64_t address, const void *bytes, size_t size);

/* What can be read from an address on; `size` receives how many bytes. NULL: nothing. */
const uint8_t *call_memory(const struct made_call *made, uint64_t address, size_t *size);

void call_free(struct made_call *made);

#endif
