/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of every kind, from types to the items of an event, judged by libcbor. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <string.h>

static uint8_t room[16384];
static struct stream stream;
static struct limits limits;

/* Everything that distances lead to, near each other. */
enum { PARAMETERS = 8, DEFINITIONS = 8 };
static struct {
  _Alignas(8) uint8_t function[sizeof(struct calltap_function) + PARAMETERS * sizeof(struct calltap_value)];
  _Alignas(8) uint8_t unit[sizeof(struct calltap_unit) + DEFINITIONS * sizeof(int32_t)];
  char text[4096];
  size_t used;
} all;
static struct calltap_function *const function = (void *)all.function;
static struct calltap_unit *const unit = (void *)all.unit;

static int32_t distance(const void *to, const void *from) { return (int32_t)((const char *)to - (const char *)from); }

static const char *keep(const char *text) {
  char *at = all.text + all.used;
  all.used += strlen(text) + 1;
  ck_assert_uint_lt(all.used, sizeof all.text);
  return strcpy(at, text);
}

/* Definitions in the order of their names. */
static void begin(size_t count, const char *const *definitions) {
  memset(&all, 0, sizeof all);
  limits = (struct limits){.text = 64};
  unit->types = (uint32_t)count;
  for (size_t i = 0; i < count; i++)
    unit->definition[i] = distance(keep(definitions[i]), &unit->definition[i]);
  function->unit = distance(unit, &function->unit);
}

static void parameter(const char *type, unsigned first, unsigned second, unsigned slot) {
  struct calltap_value *v = &function->parameter[function->parameters++];
  v->type = distance(keep(type), &v->type);
  v->place[0] = (uint8_t)first;
  v->place[1] = (uint8_t)second;
  v->slot = (uint16_t)slot;
}

/* Writes the call and gives its event. Everything behind it must be zeros, and the space given back. */
static cbor_item_t *written(const struct registers *r, const struct shape *shape) {
  struct cbor_load_result result;
  memset(room, 0, sizeof room);
  stream = (struct stream){.cursor = (uintptr_t)room, .end = (uintptr_t)room + sizeof room};
  stream.clock_high = (uint32_t)(calltap__ticks() >> 32);
  calltap__event_write(shape, &stream, r);
  cbor_item_t *event = cbor_load(room, sizeof room, &result);
  ck_assert_ptr_nonnull(event);
  ck_assert_uint_eq(stream.cursor, (uintptr_t)room + result.read);
  ck_assert_uint_le(result.read, shape->length);
  for (size_t i = result.read; i < sizeof room; i++)
    ck_assert_msg(!room[i], "byte %zu is not zero", i);
  ck_assert_uint_eq(cbor_array_size(event), 2u + function->parameters);
  return event;
}

static cbor_item_t *call(const struct registers *r) {
  struct shape shape;
  ck_assert(calltap__shape_init(&shape, function, 1, CALLTAP_SITE_ENTRY, &limits));
  return written(r, &shape);
}

static cbor_item_t *at(cbor_item_t *array, size_t index) {
  ck_assert(cbor_isa_array(array));
  ck_assert_uint_lt(index, cbor_array_size(array));
  return cbor_array_handle(array)[index];
}

static void check_bytes(cbor_item_t *item, const void *want, size_t bytes) {
  ck_assert(cbor_isa_bytestring(item));
  ck_assert_uint_eq(cbor_bytestring_length(item), bytes);
  ck_assert_mem_eq(cbor_bytestring_handle(item), want, bytes);
}

static uint64_t word_of(const void *p) { return (uintptr_t)p; }

START_TEST(strings) {
  char is_long[101];
  memset(is_long, 'l', 100);
  is_long[100] = 0;
  struct registers r = {.value = {word_of("abc"), 0, 0xdead, word_of(is_long), word_of("")}};
  begin(0, NULL);
  for (unsigned i = 0; i < 5; i++)
    parameter(i % 2 ? "Pc" : "PKc", i, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  ck_assert_uint_eq(cbor_get_int(at(at(event, 2), 0)), r.value[0]);
  check_bytes(at(at(event, 2), 1), "abc", 3);
  ck_assert_uint_eq(cbor_get_int(at(event, 3)), 0);
  ck_assert(cbor_is_null(at(at(event, 4), 1)));
  check_bytes(at(at(event, 5), 1), is_long, 64);
  ck_assert_uint_eq(cbor_get_int(at(at(event, 5), 2)), 100);
  check_bytes(at(at(event, 6), 1), "", 0);
  cbor_decref(&event);
  limits.text = 0;
  event = call(&r);
  ck_assert_uint_eq(cbor_get_int(at(event, 2)), r.value[0]);
  cbor_decref(&event);
}
END_TEST

static const char *const definitions[] = {
    "4.deep=S16{4.next0PS4.deep4.text8PKc}",
    "4.flag=Ea{1.A1;1.B-2;}",
    "4.pair=S16{1.a0i1.b8d}",
    "6.secret=S12{1.a0i!3.pin4i!4.bits:65,3j4.more:68,4j}",
    "5.union=U8{1.i0l1.s0PKc}",
    "9.with_text=S24{2.id0i4.name8PKc4.pair16PS4.pair}",
};

static void begin_defined(void) { begin(sizeof definitions / sizeof definitions[0], definitions); }

START_TEST(structs_in_registers) {
  struct registers r = {.value = {7, 0x3FF8000000000000}};
  begin_defined();
  parameter("S4.pair", CALLTAP_PLACE_RDI, CALLTAP_PLACE_RSI, 0);
  parameter("G4.flag", CALLTAP_PLACE_RDI, CALLTAP_PLACE_NONE, 0);
  parameter("N0.", CALLTAP_PLACE_NONE, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(event, 2), r.value, 16);
  ck_assert_uint_eq(cbor_get_int(at(event, 3)), 7);
  check_bytes(at(event, 4), "", 0);
  cbor_decref(&event);
}
END_TEST

START_TEST(structs_in_memory) {
  const struct {
    int id;
    const char *name;
    const double *pair;
  } value = {5, "SET", (const double[]){1.5, 2.5}};
  struct registers r = {.value = {word_of(&value)}};
  begin_defined();
  parameter("S9.with_text", CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(at(event, 2), 0), &value, 24);
  ck_assert_uint_eq(cbor_array_size(at(event, 2)), 2);
  cbor_item_t *name = at(at(event, 2), 1);
  ck_assert_uint_eq(cbor_get_int(at(name, 0)), 8);
  check_bytes(at(at(name, 1), 1), "SET", 3);
  cbor_decref(&event);
  limits.expand = 1; /* now the pair is followed too */
  event = call(&r);
  ck_assert_uint_eq(cbor_array_size(at(event, 2)), 3);
  check_bytes(at(at(at(at(event, 2), 2), 1), 1), value.pair, 16);
  cbor_decref(&event);
  r.value[0] = 16; /* a wild address */
  event = call(&r);
  ck_assert(cbor_is_null(at(event, 2)));
  cbor_decref(&event);
}
END_TEST

START_TEST(pointers_are_followed_as_deep_as_asked) {
  struct deep {
    struct deep *next;
    const char *text;
  } third = {NULL, "3"}, second = {&third, "2"}, first = {&second, "1"};
  struct registers r = {.value = {word_of(&first)}};
  begin_defined();
  parameter("PKS4.deep", CALLTAP_PLACE_RDI, CALLTAP_PLACE_NONE, 0);
  for (limits.expand = 0; limits.expand <= 4; limits.expand++) {
    cbor_item_t *event = call(&r), *item = at(event, 2);
    unsigned depth = 0;
    while (cbor_isa_array(item)) {
      depth++;
      check_bytes(at(item, 1), depth == 1 ? &first : depth == 2 ? &second : &third, 16);
      cbor_item_t *member = at(item, 2);
      if (cbor_get_int(at(member, 0)) != 0)
        break; /* the text: there is no next one */
      item = at(member, 1);
    }
    ck_assert_uint_eq(depth, limits.expand < 3 ? limits.expand : 3);
    cbor_decref(&event);
  }
}
END_TEST

START_TEST(sensitive_members_are_not_recorded) {
  uint32_t value[3] = {1, 4711, 0x000000FF};
  uint32_t want[3] = {1, 0, 0x000000F1};
  struct registers r = {.value = {word_of(value)}};
  begin_defined();
  parameter("S6.secret", CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(at(event, 2), 0), want, 12);
  cbor_decref(&event);
}
END_TEST

START_TEST(unions_are_not_followed) {
  struct registers r = {.value = {word_of("text")}};
  begin_defined();
  parameter("U5.union", CALLTAP_PLACE_RDI, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(event, 2), r.value, 8);
  cbor_decref(&event);
}
END_TEST

/* A frame as the compiler has it: the registers, the return address of the site's function, its stack parameters. */
START_TEST(stack_parameters) {
  struct {
    struct registers r;
    uint64_t pushed[2], return_address, slot[4];
  } frame = {.slot = {42, 0x4000000000000000, 3, 4}};
  static const struct {
    uint8_t code[8];
    unsigned base;
  } leas[] = {
      {{0x48, 0x8D, 0x44, 0x24, 0x10}, 4},          /* lea 0x10(%rsp), %rax */
      {{0x48, 0x8D, 0x84, 0x24, 0x10, 0, 0, 0}, 4}, /* the same, longer */
      {{0x48, 0x8D, 0x45, 0x08}, 5},                /* lea 8(%rbp), %rax */
      {{0x48, 0x8D, 0x85, 0x08, 0, 0, 0}, 5},       /* the same, longer */
      {{0x48, 0x8D, 0x00}, 0},                      /* lea (%rax), %rax */
      {{0x49, 0x8D, 0x03}, 11},                     /* lea (%r11), %rax */
      {{0x48, 0x8D, 0x43, 0xF8}, 3},                /* lea -8(%rbx), %rax */
      {{0x49, 0x8D, 0x04, 0x24}, NO_FRAME},         /* lea (%r12), %rax */
      {{0x48, 0x8D, 0x05, 0, 0, 0, 0}, NO_FRAME},   /* lea 0(%rip), %rax */
      {{0x48, 0x8D, 0x04, 0xC4}, NO_FRAME},         /* with an index */
      {{0x48, 0x89, 0xE0}, NO_FRAME},               /* mov */
  };
  uint64_t top = word_of(&frame.return_address);
  frame.r = (struct registers){.value = {[CALLTAP_PLACE_RAX] = top}, .r11 = top, .rbp = top - 8, .rbx = top + 8};
  begin_defined();
  parameter("i", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 0);
  parameter("d", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 1);
  parameter("S4.pair", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 2);
  for (size_t i = 0; i < sizeof leas / sizeof leas[0]; i++) {
    struct shape shape;
    ck_assert(calltap__shape_init(&shape, function, 1, CALLTAP_SITE_ENTRY, &limits));
    ck_assert(shape.needs_frame);
    calltap__frame_read(leas[i].code, &shape);
    ck_assert_uint_eq(shape.frame_base, leas[i].base);
    cbor_item_t *event = written(&frame.r, &shape);
    if (leas[i].base == NO_FRAME) {
      ck_assert(cbor_is_null(at(event, 2)));
    } else {
      ck_assert_uint_eq(cbor_get_int(at(event, 2)), 42);
      ck_assert(cbor_float_get_float8(at(event, 3)) == 2.0);
      check_bytes(at(event, 4), &frame.slot[2], 16);
    }
    cbor_decref(&event);
  }
}
END_TEST

START_TEST(classes_of_the_library) {
  struct {
    const char *characters;
    size_t length;
    char rest[16];
  } string = {"std text", 8, ""};
  int elements[100] = {1, 2, 3};
  struct {
    const int *begin, *end, *room;
  } vector = {elements, elements + 3, elements + 3};
  static const char *const classes[] = {"35.std::__cxx11::basic_string<char, x>=C32<c>",
                                        "19.std::vector<int, x>=C24<i>"};
  begin(2, classes);
  parameter("RKN35.std::__cxx11::basic_string<char, x>", CALLTAP_PLACE_RDI, CALLTAP_PLACE_NONE, 0);
  parameter("N19.std::vector<int, x>", CALLTAP_PLACE_RSI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  struct registers r = {.value = {word_of(&string), word_of(&vector)}};
  cbor_item_t *event = call(&r);
  check_bytes(at(at(event, 2), 1), &string, 32);
  cbor_item_t *characters = at(at(event, 2), 2);
  ck_assert_uint_eq(cbor_get_int(at(characters, 0)), 0);
  check_bytes(at(at(characters, 1), 1), "std text", 8);
  cbor_item_t *followed = at(at(at(event, 3), 1), 1);
  check_bytes(at(followed, 1), elements, 12);
  cbor_decref(&event);
  vector.end = elements + 100;
  event = call(&r);
  followed = at(at(at(event, 3), 1), 1);
  check_bytes(at(followed, 1), elements, 64);
  ck_assert_uint_eq(cbor_get_int(at(followed, 2)), 400);
  cbor_decref(&event);
  vector.end = NULL; /* no vector any more: what has less than no bytes is not followed */
  event = call(&r);
  check_bytes(at(at(event, 3), 0), &vector, 24);
  ck_assert_uint_eq(cbor_array_size(at(event, 3)), 1);
  cbor_decref(&event);
}
END_TEST

/* libc++ keeps short strings inside the object. */
START_TEST(strings_inside_their_object) {
  static const char *const classes[] = {"34.std::__1::basic_string<char, x, y>=C24<c>"};
  struct {
    uint64_t capacity, length;
    const char *characters;
  } is_long = {33, 11, "hello world"};
  char is_short[24] = {10, 'h', 'e', 'l', 'l', 'o'};
  begin(1, classes);
  parameter("RKN34.std::__1::basic_string<char, x, y>", CALLTAP_PLACE_RDI, CALLTAP_PLACE_NONE, 0);
  parameter("N34.std::__1::basic_string<char, x, y>", CALLTAP_PLACE_RSI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE,
            0);
  struct registers r = {.value = {word_of(&is_long), word_of(&is_short)}};
  cbor_item_t *event = call(&r);
  cbor_item_t *followed = at(at(event, 2), 2);
  ck_assert_uint_eq(cbor_get_int(at(followed, 0)), 16);
  check_bytes(at(at(followed, 1), 1), "hello world", 11);
  check_bytes(at(at(at(at(event, 3), 1), 1), 1), "hello", 5);
  cbor_decref(&event);
}
END_TEST

/* More than an event may hold: every value still has its item. */
START_TEST(too_much_for_one_event) {
  struct registers r = {.value = {word_of("abc"), word_of("abc"), word_of("abc")}};
  begin(0, NULL);
  limits.text = 4096;
  for (unsigned i = 0; i < 3; i++)
    parameter("PKc", i, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(at(event, 2), 1), "abc", 3);
  ck_assert_uint_eq(cbor_get_int(at(event, 4)), r.value[2]);
  cbor_decref(&event);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_value", strings, structs_in_registers, structs_in_memory, pointers_are_followed_as_deep_as_asked,
                   sensitive_members_are_not_recorded, unions_are_not_followed, stack_parameters,
                   classes_of_the_library, strings_inside_their_object, too_much_for_one_event);
}
