/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where a command that reads traces writes to. */
#ifndef CALLTAP_OUTPUT_H
#define CALLTAP_OUTPUT_H

#include "inputs.h"
#include "lib/out.h"
#include "pager.h"

struct output {
  const char *path; /* NULL: stdout */
  char *whole;      /* the name it has until it is whole; NULL: its own */
  struct pager pager;
  struct calltap__out out;
};

/* Makes the file, which must not be one of the inputs. False, and said, and the status of the inputs is a fault, if it cannot be
 * written. */
bool output_open(struct output *output, const char *path, struct inputs *inputs);

/* As output_open to stdout, through a pager if that is a terminal. */
bool output_open_paged(struct output *output, struct inputs *inputs);

/* The same of a file that is there only when it is whole: until output_close it has another name, and what was there before stays. What
 * is no regular file is written in place. A signal that ends the command leaves no file behind. */
bool output_open_whole(struct output *output, const char *path, struct inputs *inputs);

/* Leaves no file behind: to be called before output_close. */
void output_spoil(struct output *output);

/* Writes what is left and closes. A write that failed is said, and a fault. False: the reader of a pipe has seen enough, as head(1)
 * does: that is no fault, and nothing more need be said. */
bool output_close(struct output *output, struct inputs *inputs);

/* Whether text to the output is coloured: it is a terminal that can, and NO_COLOR is not set. */
bool output_is_coloured(const struct output *output);

#endif
