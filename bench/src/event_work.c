/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "event.h"

int pair(int a, int b) { return a ^ b; }
int text(const char *string) { return *string; }
int four(struct four value) { return value.id ^ value.kind; }
int field(const struct four *value) { return value->id; }
