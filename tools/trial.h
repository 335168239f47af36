/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tries rules on a call that is made up, with the compiler and the machine of the traced process. */
#ifndef CALLTAP_TRIAL_RUN_H
#define CALLTAP_TRIAL_RUN_H

#include "question.h"

/* For each function of the target that `call` names and whose types it fits: what each rule does with it, on stdout. STATUS_NOTHING: none
 * matches. What went wrong has been said. */
enum status trial_run(const struct question *question, const char *target, const char *call, bool json);

#endif
