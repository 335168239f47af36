/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Bytes -> zlib -> base64 -> output, in pieces. */
#ifndef CALLTAP_PACK_H
#define CALLTAP_PACK_H

#include <stdint.h>
#include <zlib.h>

#include "lib/out.h"

struct pack {
  struct calltap__out *out;
  z_stream zlib;
  uint8_t left[3]; /* bytes that are no whole group of base64 yet */
  unsigned lefts;
  uint8_t small[4096]; /* numbers on their way */
  size_t smalls;
};

/* Starts a stream. Trouble is kept in the output's error. */
void pack_start(struct pack *pack, struct calltap__out *out);
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
/* A number in seven bits a byte, the lowest first; the eighth bit says that more follow. */
void pack_number(struct pack *pack, uint64_t number);
void pack_end(struct pack *pack);

#endif
