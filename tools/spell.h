/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rules as text, as far as they were understood. */
#ifndef CALLTAP_SPELL_H
#define CALLTAP_SPELL_H

#include "calltap/rule.h"
#include "lib/text.h"

/* "return", "sum(size)": the word of an action. */
const char *spell_word(uint8_t action);

/* "sum(size) by stack(6)" */
void spell_action(struct calltap__builder *builder, const struct calltap_rules *rules,
                  const struct calltap_node *action);

/* Whether what stands in its brackets are values of the call. */
bool spell_has_values(const struct calltap_node *action);

/* What stands in the rules there, as the label of a value. */
struct calltap_text spell_source(const struct calltap_rules *rules, const struct calltap_node *node);

/* "process/2": as it stands in the rules. */
struct calltap_text spell_typed(const struct calltap_rule *pattern);

/* "*:process/2" */
void spell_pattern(struct calltap__builder *builder, const struct calltap_rule *pattern);

/* "*:process/2 in libnet.so* under *:main: a head and a guard -> return; every call" */
void spell_rule(struct calltap__builder *builder, const struct calltap_rules *rules, const struct calltap_rule *rule);

#endif
