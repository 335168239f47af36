/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the reader makes of a trace in memory, as text. */
#ifndef CALLTAP_TEST_CAPTURE_H
#define CALLTAP_TEST_CAPTURE_H

#include "lib/view.h"

/* Shows all events of the reader from its start with a view. The text is the caller's to free; NULL if anything failed. */
char *capture(struct calltap_reader *reader, calltap__view_maker *make, struct calltap__view_options options);

#endif
