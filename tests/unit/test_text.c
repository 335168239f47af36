/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "suite.h"

static void same_as_printf(uint64_t number) {
  char ours[32] = {0}, theirs[32];
  ours[calltap__format_decimal(ours, number)] = '\0';
  snprintf(theirs, sizeof theirs, "%" PRIu64, number);
  ck_assert_str_eq(ours, theirs);
  ours[calltap__format_hex(ours, number)] = '\0';
  snprintf(theirs, sizeof theirs, "0x%" PRIx64, number);
  ck_assert_str_eq(ours, theirs);
}

START_TEST(numbers) {
  uint64_t power = 1;
  for (int i = 0; i < 20; i++, power *= 10) {
    same_as_printf(power - 1);
    same_as_printf(power);
  }
  for (int i = 0; i < 64; i++)
    same_as_printf((UINT64_C(1) << i) - 1);
  same_as_printf(UINT64_MAX);
}
END_TEST

START_TEST(padded_numbers) {
  char text[10] = "#########";
  calltap__format_padded(text, 42, 9);
  ck_assert_str_eq(text, "000000042");
  calltap__format_padded(text, 654321, 6);
  ck_assert_str_eq(text, "654321042");
}
END_TEST

typedef void escape(struct calltap__builder *builder, struct calltap_text text);

static void escapes(escape *how, const char *bytes, size_t size, const char *expected) {
  struct calltap__builder builder = {0};
  /* A copy of exactly this size: the sanitizer sees every byte read past its end. */
  char *exact = malloc(size + (size == 0));
  memcpy(exact, bytes, size);
  how(&builder, (struct calltap_text){exact, size});
  ck_assert_uint_eq(builder.size, strlen(expected));
  if (builder.size > 0)
    ck_assert_mem_eq(builder.bytes, expected, builder.size);
  calltap__builder_free(&builder);
  free(exact);
}

#define PLAIN(in, out) escapes(calltap__build_plain, in, sizeof(in) - 1, out)
#define JSON(in, out) escapes(calltap__build_json, in, sizeof(in) - 1, out)

START_TEST(text_for_a_terminal_cannot_move_its_cursor) {
  PLAIN("", "");
  PLAIN("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  PLAIN("a\033[2Jb\n\x7f", "a\\x1b[2Jb\\x0a\\x7f");
  PLAIN("\xc2\x9b", "\\xc2\\x9b"); /* CSI as one character */
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_shown_as_such) {
  PLAIN("\xff", "\\xff");
  PLAIN("a\xc3", "a\\xc3");        /* cut */
  PLAIN("\xc0\xaf", "\\xc0\\xaf"); /* too long */
  PLAIN("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
  PLAIN("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* half a surrogate pair */
  PLAIN("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
  PLAIN("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
}
END_TEST

START_TEST(json_strings) {
  JSON("", "\"\"");
  JSON("a\"b\\c", "\"a\\\"b\\\\c\"");
  JSON("\n\033", "\"\\u000a\\u001b\"");
  JSON("\xc3\xa9\xff", "\"\xc3\xa9\xef\xbf\xbd\"");
}
END_TEST

#define QUOTED(in, out) escapes(calltap__build_quoted, in, sizeof(in) - 1, out)
#define ESCAPED(in, out) escapes(calltap__build_json_escaped, in, sizeof(in) - 1, out)

START_TEST(strings_are_quoted_as_in_c) {
  QUOTED("", "\"\"");
  QUOTED("a\"b\\c\n\t\033", "\"a\\\"b\\\\c\\n\\t\\x1b\"");
  QUOTED("\xc3\xa9\xff\xc2\x9b", "\"\xc3\xa9\\xff\\xc2\\x9b\"");
  QUOTED("\0001", "\"\\x001\"");
  QUOTED("a\xe2\x82", "\"a\\xe2\\x82\"");
}
END_TEST

START_TEST(json_strings_with_other_bytes_can_be_read_back) {
  ESCAPED("caf\xe9", "\"caf\\\\xe9\"");
  ESCAPED("\\x\"\xff\n", "\"\\\\\\\\x\\\"\\\\xff\\u000a\"");
}
END_TEST

/* The escaped form of `size` bytes without its quotes, if it has some; to be freed with the builder. */
static struct calltap_text inside(escape *how, struct calltap__builder *builder, const char *bytes, size_t size) {
  size_t quotes = how == calltap__build_plain ? 0 : 1;
  how(builder, (struct calltap_text){bytes, size});
  return (struct calltap_text){builder->bytes + quotes, builder->size - 2 * quotes};
}

/* Most texts are stepped through eight bytes at a time: whatever stands among letters, and wherever, reads as it does alone. */
static void every_byte_everywhere(escape *how) {
  enum { SIZE = 19 };
  for (unsigned byte = 0; byte < 256; byte++) {
    char one = (char)byte;
    struct calltap__builder alone = {0};
    struct calltap_text expected = inside(how, &alone, &one, 1);
    for (size_t place = 0; place < SIZE; place++) {
      char text[SIZE];
      memset(text, 'a', SIZE);
      text[place] = one;
      struct calltap__builder among = {0};
      struct calltap_text found = inside(how, &among, text, SIZE);
      ck_assert_uint_eq(found.size, SIZE - 1 + expected.size);
      ck_assert_mem_eq(found.bytes + place, expected.bytes, expected.size);
      for (size_t i = 0; i < SIZE - 1; i++)
        ck_assert_int_eq(found.bytes[i < place ? i : i + expected.size], 'a');
      calltap__builder_free(&among);
    }
    calltap__builder_free(&alone);
  }
}

START_TEST(a_byte_reads_the_same_wherever_it_stands) {
  every_byte_everywhere(calltap__build_plain);
  every_byte_everywhere(calltap__build_json);
  every_byte_everywhere(calltap__build_json_escaped);
  every_byte_everywhere(calltap__build_quoted);
}
END_TEST

static bool is_printable(const char *text) { return calltap__is_printable((struct calltap_text){text, strlen(text)}); }

START_TEST(printable_text_is_utf8_without_odd_controls) {
  ck_assert(is_printable("caf\xc3\xa9\n"));
  ck_assert(!is_printable("\033"));
  ck_assert(!is_printable("\xff"));
  ck_assert(!calltap__is_utf8((struct calltap_text){"\xff", 1}));
  ck_assert(calltap__is_utf8((struct calltap_text){"\033", 1}));
}
END_TEST

START_TEST(characters) {
  char text[6];
  ck_assert_uint_eq(calltap__format_char(text, 'a'), 3);
  ck_assert_mem_eq(text, "'a'", 3);
  ck_assert_uint_eq(calltap__format_char(text, 0), 4);
  ck_assert_mem_eq(text, "'\\0'", 4);
  ck_assert_uint_eq(calltap__format_char(text, 0xfe), 6);
  ck_assert_mem_eq(text, "'\\xfe'", 6);
}
END_TEST

int main(void) {
  return RUN_SUITE("text", numbers, padded_numbers, text_for_a_terminal_cannot_move_its_cursor,
                   bytes_that_are_not_utf8_are_shown_as_such, json_strings, strings_are_quoted_as_in_c,
                   json_strings_with_other_bytes_can_be_read_back, a_byte_reads_the_same_wherever_it_stands,
                   printable_text_is_utf8_without_odd_controls, characters);
}
