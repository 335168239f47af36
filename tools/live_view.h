/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a session that runs is shown with, on standard output. */
#ifndef CALLTAP_LIVE_VIEW_H
#define CALLTAP_LIVE_VIEW_H

#include "lib/view.h"
#include "live.h"
#include "symbol.h"

struct live_view {
  struct calltap__out out;
  struct calltap__view *view;
  struct symbols *symbols;
  uint64_t shown; /* events and rows */
};

/* Zero before; to be closed in either case. False without memory. */
bool live_view_open(struct live_view *shown, struct live *live, bool json, bool utc);

/* Writes the events up to that time. False: the output is not read any more, or cannot be written. `some`: there were some. */
bool live_view_events(struct live_view *shown, struct live *live, int64_t until_ns, bool *some);

/* Writes the tables of all processes. */
void live_view_tables(struct live_view *shown, struct live *live);

/* Writes what is left; what went wrong is said. */
void live_view_close(struct live_view *shown, struct live *live);

#endif
