/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Events as the hook writes them, into a stream over a plain buffer, judged by libcbor. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <string.h>

static uint8_t room[4096];
static struct stream stream;

static void start(void) {
  memset(room, 0, sizeof room);
  stream = (struct stream){.cursor = (uintptr_t)room, .end = (uintptr_t)room + sizeof room};
  stream.clock_high = (uint32_t)(calltap__ticks() >> 32);
}

/* A function with parameters of these types, one letter each, in rdi, rsi, ...; its result is an int. */
static struct calltap_function *function(const char *letters) {
  static union {
    struct calltap_function f;
    char space[sizeof(struct calltap_function) + 8 * sizeof(struct calltap_value)];
  } u;
  static char texts[128][2];
  memset(&u, 0, sizeof u);
  u.f.parameters = (uint16_t)strlen(letters);
  struct calltap_value *value[8] = {&u.f.result};
  for (unsigned i = 0; i < u.f.parameters; i++)
    value[i + 1] = &u.f.parameter[i];
  for (unsigned i = 0; i <= u.f.parameters; i++) {
    char *text = texts[i == 0 ? 'i' : (unsigned char)letters[i - 1]];
    *text = i == 0 ? 'i' : letters[i - 1];
    value[i]->type = (int32_t)(text - (char *)&value[i]->type);
    value[i]->place[0] = (uint8_t)(i == 0 ? CALLTAP_PLACE_RAX : i - 1);
    value[i]->place[1] = CALLTAP_PLACE_NONE;
  }
  return &u.f;
}

static const struct limits limits = {.text = 64};

/* The item at `*at`, which moves behind it. */
static cbor_item_t *next(const uint8_t **at) {
  struct cbor_load_result result;
  cbor_item_t *item = cbor_load(*at, (size_t)(room + sizeof room - *at), &result);
  ck_assert_msg(item != NULL, "no item at %zd", *at - room);
  *at += result.read;
  return item;
}

static int64_t as_int64(cbor_item_t *item) {
  uint64_t v = cbor_get_int(item);
  return cbor_isa_negint(item) ? -1 - (int64_t)v : (int64_t)v;
}

/* One value of every width and sign, with garbage above it in the register. */
START_TEST(values_of_every_width) {
  static const struct {
    const char *type;
    uint64_t raw;
    int64_t want;
  } rows[] = {
      {"a", 0xABCDEF80, -128},
      {"a", 0xABCDEF7F, 127},
      {"h", 0xABCDEFFF, 255},
      {"b", 1, 1},
      {"c", 0xFFFFFFFFFFFFFFFF, -1},
      {"s", 0xABCD8000, -32768},
      {"t", 0xABCDFFFF, 65535},
      {"i", 0xAAAAAAAA80000000, INT32_MIN},
      {"i", 0xAAAAAAAA00000000, 0},
      {"j", 0xAAAAAAAAFFFFFFFF, UINT32_MAX},
      {"l", 0x8000000000000000, INT64_MIN},
      {"x", 0xFFFFFFFFFFFFFFFE, -2},
      {"u", 0x7FFFFFFFFFFF, 0x7FFFFFFFFFFF},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct registers r = {.value = {[CALLTAP_PLACE_RDI] = rows[i].raw}};
    struct shape shape;
    ck_assert(calltap__shape_init(&shape, function(rows[i].type), 5, CALLTAP_SITE_ENTRY, &limits));
    start();
    calltap__event_write(&shape, &stream, &r);
    ck_assert_uint_eq(stream.cursor - (uintptr_t)room, shape.length);
    const uint8_t *at = room;
    cbor_item_t *event = next(&at);
    ck_assert_uint_eq(at - room, shape.length);
    ck_assert_uint_eq(cbor_array_size(event), 3);
    ck_assert_uint_eq(cbor_get_int(cbor_array_handle(event)[0]), 5 * 4);
    ck_assert_msg(as_int64(cbor_array_handle(event)[2]) == rows[i].want, "row %zu", i);
    cbor_decref(&event);
  }
}
END_TEST

/* Every number of values, and numbers of functions on both sides of 16 bits: lengths are as promised. */
START_TEST(lengths) {
  struct registers r = {.value = {1, 2, 3, 4, 5, 6}};
  for (unsigned count = 0; count <= 6; count++) {
    for (uint32_t number = 16383; number <= 16384; number++) {
      struct shape shape;
      calltap__shape_init(&shape, function(&"mmmmmm"[6 - count]), number, CALLTAP_SITE_ENTRY, &limits);
      ck_assert_uint_eq(shape.length, (number == 16383 ? 9 : 11) + 9 * count);
      start();
      calltap__event_write(&shape, &stream, &r);
      const uint8_t *at = room;
      cbor_item_t *event = next(&at);
      ck_assert_uint_eq(cbor_array_size(event), 2 + count);
      ck_assert_uint_eq(cbor_get_int(cbor_array_handle(event)[0]), number * UINT64_C(4));
      for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(cbor_get_int(cbor_array_handle(event)[2 + i]), i + 1);
      cbor_decref(&event);
    }
  }
  struct shape shape;
  calltap__shape_init(&shape, function("ii"), 1, CALLTAP_SITE_ENTRY, &limits);
  ck_assert_uint_le(shape.length, 20); /* two small integers */
}
END_TEST

START_TEST(exits) {
  struct registers r = {.value = {[CALLTAP_PLACE_RAX] = 0xFFFFFFF9}};
  struct shape shape;
  const uint8_t *at = room;
  start();
  calltap__shape_init(&shape, function(""), 3, CALLTAP_SITE_RETURN, &limits);
  calltap__event_write(&shape, &stream, &r);
  calltap__shape_init(&shape, function(""), 3, CALLTAP_SITE_TAIL, &limits);
  calltap__event_write(&shape, &stream, &r);
  cbor_item_t *event = next(&at);
  ck_assert_uint_eq(cbor_get_int(cbor_array_handle(event)[0]), 3 * 4 + CALLTAP_WIRE_RETURN);
  ck_assert_int_eq(as_int64(cbor_array_handle(event)[2]), -7);
  cbor_decref(&event);
  event = next(&at);
  ck_assert_uint_eq(cbor_array_size(event), 2);
  ck_assert_uint_eq(cbor_get_int(cbor_array_handle(event)[0]), 3 * 4 + CALLTAP_WIRE_TAIL);
  cbor_decref(&event);
}
END_TEST

/* When the upper half of the ticks is another than the one in force, padding and a clock record come before. */
START_TEST(a_clock_record_comes_when_the_upper_half_moved) {
  struct registers r = {.return_address = 0};
  struct shape shape;
  const uint8_t *at = room;
  start();
  stream.clock_high--;
  uint64_t before = calltap__ticks();
  calltap__shape_init(&shape, function(""), 1, CALLTAP_SITE_ENTRY, &limits);
  calltap__event_write(&shape, &stream, &r);
  calltap__event_write(&shape, &stream, &r);
  while (*at == 0)
    at++;
  cbor_item_t *clock = next(&at);
  ck_assert_uint_eq(cbor_array_size(clock), 2);
  ck_assert_mem_eq(cbor_string_handle(cbor_array_handle(clock)[0]), CALLTAP_WIRE_CLOCK, 5);
  uint64_t ticks = cbor_get_int(cbor_array_handle(clock)[1]);
  ck_assert(ticks >= before && ticks <= calltap__ticks());
  cbor_decref(&clock);
  for (int i = 0; i < 2; i++) {
    cbor_item_t *event = next(&at);
    ck_assert_uint_eq(cbor_array_size(event), 2);
    if (i == 0)
      ck_assert_uint_eq(cbor_get_int(cbor_array_handle(event)[1]), (uint32_t)ticks);
    cbor_decref(&event);
  }
  ck_assert_uint_eq(stream.clock_high, (uint32_t)(ticks >> 32));
  ck_assert_uint_eq(*at, 0);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_event", values_of_every_width, lengths, exits, a_clock_record_comes_when_the_upper_half_moved);
}
