/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Bytes and text without libc: the runtime also works before main, in signal handlers and inside
 * hooks, where libc's versions may use vector registers that hold the program's values. All signal-safe. */
#ifndef CALLTAP_TEXT_H
#define CALLTAP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void calltap__bytes_copy(void *to, const void *from, size_t bytes);
bool calltap__bytes_equal(const void *a, const void *b, size_t bytes);
size_t calltap__text_length(const char *text);
bool calltap__text_equal(const char *a, const char *b);
/* Copies at most size - 1 bytes and ends with NUL. Returns the length of the copy. */
size_t calltap__text_copy(char *to, size_t size, const char *from);
/* The last part of a path. */
const char *calltap__text_base(const char *path);
/* Reads a decimal number. Returns the first character behind it, or null: no digit, or beyond 2^63. */
const char *calltap__text_number(const char *text, uint64_t *value);

/* n / by, and what is left: bit by bit, because the compiler's own division of 128 bits is a function that uses vector registers. */
unsigned __int128 calltap__divide(unsigned __int128 n, uint64_t by, uint64_t *rest);

/* A piece of text that ends at a pointer, not at a NUL. */
struct span {
  const char *start, *end;
};

/* Whether a glob (* ? [a-z] [!a-z], backslash quotes) matches all of text. Time is at most the product of the
 * lengths. */
bool calltap__glob(struct span glob, const char *text);

/* Text built piece by piece into a fixed buffer. What does not fit is dropped, and `full` says so. */
struct builder {
  char *at, *end;
  bool full;
};

static inline struct builder calltap__builder(char *buffer, size_t size) {
  return (struct builder){buffer, buffer + size - 1, false};
}
void calltap__put(struct builder *b, const char *text);
void calltap__put_span(struct builder *b, struct span text);
void calltap__put_number(struct builder *b, uint64_t value);
/* Ends the text with a NUL. */
void calltap__put_end(struct builder *b);

#endif
