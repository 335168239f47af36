/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How far a long reading is, on a terminal: one line on stderr that is written over, and taken away at the end. */
#ifndef CALLTAP_PROGRESS_H
#define CALLTAP_PROGRESS_H

#include "calltap/reader.h"

/* The line is shown from now on if stderr is a terminal, and work takes long. `is_quiet`: not at all, because the output goes
 * to the same terminal. */
void progress_start(bool is_quiet);

/* As calltap_reader_next. */
const struct calltap_event *progress_next(struct calltap_reader *reader);

/* Takes the line away. To be called before anything is said. */
void progress_end(void);

#endif
