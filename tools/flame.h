/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A flame graph as an SVG file of its own: the width of a frame is the time or the calls of its path, frames stand on their callers. A
 * browser zooms and searches it by a script in the file; without the script it can be read, too. */
#ifndef CALLTAP_FLAME_H
#define CALLTAP_FLAME_H

#include "lib/tree.h"

struct flame {
  const struct calltap__profile *profile;
  const struct calltap__weights *weights;
  enum calltap__weight weight;
  const char *title;
  const char *subtitle;
  uint32_t deepest; /* frames above each other, at most */
  double least;     /* a frame is shown if it has so many percent of everything */
  /* Another profile that it is compared with; NULL: none. Frames are coloured by how much more or less they weigh themselves. */
  const struct calltap__profile *before;
  const struct calltap__weights *before_weights;
  const uint32_t *twin; /* by node: the same path in `before`; 0: there is none */
};

void flame_write(const struct flame *flame, struct calltap__out *out);

#endif
