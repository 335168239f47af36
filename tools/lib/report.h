/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Rows of a profile -> a table for people, or one JSON object a line (docs/json.md). */
#ifndef CALLTAP_REPORT_H
#define CALLTAP_REPORT_H

#include "out.h"
#include "rows.h"

struct calltap__report {
  const struct calltap__profile *profile;
  const struct calltap__rows *rows; /* in the order they are to be shown */
  size_t most;                      /* so many of them, at most */
  uint64_t lost;                    /* events that the files tell of */
  bool colour;                      /* text only */
};

/* Trouble is kept in the output's error. */
void calltap__report_text(const struct calltap__report *report, struct calltap__out *out);
void calltap__report_json(const struct calltap__report *report, struct calltap__out *out);

/* The last line, shared by all texts that are made of a profile: what is in it, and what is not known of it. */
void calltap__report_end(const struct calltap__report *report, struct calltap__out *out);

/* The last object of all JSON that is made of a profile. */
void calltap__report_json_end(const struct calltap__report *report, struct calltap__out *out);

/* What the groups of a profile are called: "function", "module", "thread", "caller". */
extern const char *const calltap__report_kinds[];

/* --- cells, shared by tables of text --- */

enum { CALLTAP__CELL = 32 };

/* A number with commas; at most 26 bytes. */
size_t calltap__format_commas(char *out, uint64_t number);

/* part of whole, with two digits after the point; at most 8 bytes. */
size_t calltap__format_percent(char *out, uint64_t part, uint64_t whole);

/* Adds text with spaces before it, up to `width` columns. */
void calltap__out_right(struct calltap__out *out, const char *text, size_t size, size_t width);
void calltap__out_spaces(struct calltap__out *out, size_t count);

#endif
