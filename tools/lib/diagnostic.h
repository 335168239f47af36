/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The records of a file as they are, in the diagnostic notation of RFC 8949: nothing is interpreted, so it shows what a reader may
 * leave out. */
#ifndef CALLTAP_DIAGNOSTIC_H
#define CALLTAP_DIAGNOSTIC_H

#include "calltap/reader.h"
#include "out.h"

/* Writes a file, one item of the sequence a line, each behind its offset as a comment; runs of padding are one comment. What is
 * not CBOR is a comment too, and the next chunk goes on; `damaged` receives how many such places there are. */
enum calltap_reader_code calltap__diagnostic(struct calltap__out *out, const char *path, uint64_t *damaged,
                                             struct calltap_reader_error *error);

#endif
