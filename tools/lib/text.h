/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Text that is put together once and used often: names, prefixes, the fixed parts of lines. */
#ifndef CALLTAP_TEXT_H
#define CALLTAP_TEXT_H

#include "calltap/reader.h"

struct calltap_text calltap__text(const char *terminated);

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

/* Adds the names of the functions that the budget of CPU time disarmed, ": m:f, m:g and 3 more"; nothing where it tells no names. */
void calltap__build_disarmed(struct calltap__builder *builder, const struct calltap_trace_file *file);

/* Whether it is UTF-8 without control characters, other than those that have a letter of their own in C. */
bool calltap__is_printable(struct calltap_text text);

bool calltap__is_utf8(struct calltap_text text);

/* Adds a string of a program as C writes it, with its quotes: UTF-8 as it is, else \n, \xNN. */
void calltap__build_quoted(struct calltap__builder *builder, struct calltap_text text);

/* Adds a string that is not UTF-8 as a JSON string that says all its bytes: a backslash in it is two, a byte that is no
 * part of UTF-8 is a backslash, an x and two digits. (Each of these backslashes is two more, as JSON has it.) */
void calltap__build_json_escaped(struct calltap__builder *builder, struct calltap_text text);

/* Adds the type as C writes it. */
void calltap__build_type(struct calltap__builder *builder, const char *type);

/* Adds a declaration of `name` of that type as C writes it. */
void calltap__build_declaration(struct calltap__builder *builder, const char *type, const char *name);

void calltap__builder_free(struct calltap__builder *builder);

/* All three return how many bytes they wrote: at most 20, 18 and 6. Nothing is terminated. */
size_t calltap__format_decimal(char *out, uint64_t number);
size_t calltap__format_hex(char *out, uint64_t number); /* with 0x */

/* Writes 'a', '\n', '\xff': at most 6 bytes. */
size_t calltap__format_char(char *out, unsigned char byte);

/* Writes `number` with exactly `digits` digits, leading zeros included. */
void calltap__format_padded(char *out, uint32_t number, unsigned digits);

/* demangle.c: the name of a C++ type as one writes it, or as it stands there where that is not known. The caller frees it; NULL without
 * memory. */
char *calltap__demangle(struct calltap_text mangled);

#endif
