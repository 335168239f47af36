/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Text that is put together once and used often: names, prefixes, the fixed parts of lines. */
#ifndef CALLTAP_TEXT_H
#define CALLTAP_TEXT_H

#include "calltap_reader.h"

/* A growing string. Without memory it stays as it is and `failed` is set: to be looked at once, at the end. */
struct calltap__builder {
  char *bytes;
  size_t size;
  size_t room;
  bool failed;
};

void calltap__build_bytes(struct calltap__builder *builder, const char *bytes, size_t size);
void calltap__build(struct calltap__builder *builder, const char *terminated);
void calltap__build_number(struct calltap__builder *builder, uint64_t number);

/* Adds text of a trace for a person's eyes: what would move a cursor or is not UTF-8 becomes \xNN. */
void calltap__build_plain(struct calltap__builder *builder, struct calltap_text text);

/* Adds text of a trace as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD. */
void calltap__build_json(struct calltap__builder *builder, struct calltap_text text);

/* Adds `module:function/arity` of a function, or `?:#number/?` of one that is not known, unescaped. */
void calltap__build_mfa(struct calltap__builder *builder, const struct calltap_trace_function *function,
                        uint32_t number);

/* Adds the name of a type: "int32", "pointer", "void". */
void calltap__build_type(struct calltap__builder *builder, unsigned kind, unsigned bytes);

void calltap__builder_free(struct calltap__builder *builder);

/* Both return how many bytes they wrote: at most 20 and 18. Nothing is terminated. */
size_t calltap__format_decimal(char *out, uint64_t number);
size_t calltap__format_hex(char *out, uint64_t number); /* with 0x */

/* Writes `number` with exactly `digits` digits, leading zeros included. */
void calltap__format_padded(char *out, uint32_t number, unsigned digits);

#endif
