/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One self-contained HTML page that shows spans. Its parts are in tools/view/. */
#ifndef CALLTAP_PAGE_H
#define CALLTAP_PAGE_H

#include "spans.h"

/* Writes the page. `notes` are lines that it shows about the trace: what is missing in it. */
void page_write(struct calltap__out *out, const struct calltap_reader *reader, const struct spans *spans,
                const struct calltap__builder *notes);

#endif
