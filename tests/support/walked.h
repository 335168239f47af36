/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions to be found on the stack. walked.c is compiled once for each way to make frames; each makes one table of them. */
#ifndef CALLTAP_TEST_WALKED_H
#define CALLTAP_TEST_WALKED_H

struct registers;

/* What each calls at its end. */
typedef void visitor(void *context);

struct walked {
  const char *name;
  int (*recurse)(int depth, visitor *visit, void *context);     /* depth + 1 frames */
  int (*with_alloca)(int bytes, visitor *visit, void *context); /* one frame */
  int (*with_large)(int bytes, visitor *visit, void *context);  /* one frame, of 100,000 bytes */
  int (*with_alignment)(int bytes, visitor *visit, void *context, int a, int b, int c, int d, int e); /* one frame */
  int (*with_sort)(int count, visitor *visit, void *context);       /* through qsort */
  int (*with_everything)(int depth, visitor *visit, void *context); /* all of them, `depth` times */
};

void at_site(void (*taken)(const struct registers *));

#endif
