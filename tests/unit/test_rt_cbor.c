/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The runtime's CBOR writer, judged by libcbor. */
#include "rt/cbor.h"
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <string.h>

static const uint64_t edges[] = {
    0, 1, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX, UINT64_MAX};
enum { EDGES = sizeof edges / sizeof edges[0] };

START_TEST(heads_are_as_libcbor_writes_them) {
  uint8_t ours[16], theirs[16];
  for (size_t i = 0; i < EDGES; i++) {
    struct cbor c = calltap__cbor(ours, sizeof ours);
    calltap__cbor_uint(&c, edges[i]);
    ck_assert_uint_eq(calltap__cbor_size(&c), cbor_encode_uint(edges[i], theirs, sizeof theirs));
    ck_assert_mem_eq(ours, theirs, calltap__cbor_size(&c));
    c = calltap__cbor(ours, sizeof ours);
    calltap__cbor_array(&c, edges[i]);
    ck_assert_uint_eq(calltap__cbor_size(&c), cbor_encode_array_start(edges[i], theirs, sizeof theirs));
    ck_assert_mem_eq(ours, theirs, calltap__cbor_size(&c));
    c = calltap__cbor(ours, sizeof ours);
    calltap__cbor_head(&c, CBOR_TAG, edges[i]);
    ck_assert_uint_eq(calltap__cbor_size(&c), cbor_encode_tag(edges[i], theirs, sizeof theirs));
    ck_assert_mem_eq(ours, theirs, calltap__cbor_size(&c));
  }
}
END_TEST

START_TEST(nothing_is_written_behind_the_end) {
  uint8_t room[16];
  for (size_t size = 0; size < 12; size++) {
    memset(room, 0xEE, sizeof room);
    struct cbor c = calltap__cbor(room, size);
    calltap__cbor_uint(&c, UINT64_MAX);
    calltap__cbor_text(&c, "abc");
    ck_assert(c.full == (size < 13));
    for (size_t i = size; i < sizeof room; i++)
      ck_assert_uint_eq(room[i], 0xEE);
  }
}
END_TEST

/* Text in a trace is UTF-8 whatever the program's names hold. */
static void check_text(const char *in, const char *out) {
  uint8_t room[64];
  struct cbor c = calltap__cbor(room, sizeof room);
  calltap__cbor_text(&c, in);
  struct cbor_load_result result;
  cbor_item_t *item = cbor_load(room, calltap__cbor_size(&c), &result);
  ck_assert_ptr_nonnull(item);
  ck_assert(cbor_isa_string(item));
  ck_assert_uint_eq(cbor_string_length(item), strlen(out));
  ck_assert_mem_eq(cbor_string_handle(item), out, strlen(out));
  cbor_decref(&item);
}

START_TEST(text_is_always_utf8) {
  check_text("", "");
  check_text("plain", "plain");
  check_text("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80", "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80");
  check_text("\xFF"
             "a\x80",
             "?a?");
  check_text("\xC3", "?");                /* cut */
  check_text("\xC0\xAF", "??");           /* overlong */
  check_text("\xED\xA0\x80", "???");      /* a surrogate */
  check_text("\xF4\x90\x80\x80", "????"); /* beyond Unicode */
}
END_TEST

/* A record appears whole, whatever its length, and nothing beside it changes. */
START_TEST(records_are_committed_whole) {
  uint8_t record[400], room[420];
  for (size_t bytes = 4; bytes <= sizeof record; bytes++) {
    for (size_t i = 0; i < bytes; i++)
      record[i] = (uint8_t)(i * 7 + 1);
    memset(room, 0, sizeof room);
    calltap__record_commit(room + 8, record, bytes);
    ck_assert_mem_eq(room + 8, record, bytes);
    for (size_t i = 0; i < 8; i++)
      ck_assert_uint_eq(room[i], 0);
    ck_assert_uint_eq(room[8 + bytes], 0);
  }
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_cbor", heads_are_as_libcbor_writes_them, nothing_is_written_behind_the_end, text_is_always_utf8,
                   records_are_committed_whole);
}
