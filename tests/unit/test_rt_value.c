/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of every kind, from types to the items of an event, judged by libcbor. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static uint8_t room[16384];
static struct stream stream;
static struct limits limits;

/* Everything that distances lead to, near each other. */
enum { PARAMETERS = 8, DEFINITIONS = 64 };
static struct {
  _Alignas(8) uint8_t function[sizeof(struct calltap_function) + PARAMETERS * sizeof(struct calltap_value)];
  _Alignas(8) uint8_t unit[sizeof(struct calltap_unit) + DEFINITIONS * sizeof(int32_t)];
  char text[16384];
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
  check_bytes(at(event, 2), want, 12);
  cbor_decref(&event);
}
END_TEST

/* -- in something else -- */

struct key {
  long id;
  uint64_t secret;
};
#define KEY "3.key=S16{2.id0l!6.secret8m}"
#define VECTOR "19.std::vector<key, x>"
static const struct key key = {7, 0x5EC2E75EC2E75EC2}, shown = {.id = 7};

START_TEST(sensitive_members_of_elements_are_not_recorded) {
  static const char *const types[] = {KEY, "4.ring=S80{1.n0l4.keys8A2_A2_S3.key4.last72l}", VECTOR "=C24<S3.key>"};
  struct ring {
    long n;
    struct key keys[4];
    long last;
  } ring = {4, {key, key, key, key}, 5}, ring_shown = {4, {shown, shown, shown, shown}, 5};
  const struct key *const vector[3] = {ring.keys, ring.keys + 4, ring.keys + 4};
  struct registers r = {.value = {word_of(&ring), word_of(ring.keys), word_of(vector)}};
  begin(3, types);
  limits.expand = 1;
  parameter("S4.ring", CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  parameter("PKA3_S3.key", CALLTAP_PLACE_RSI, CALLTAP_PLACE_NONE, 0);
  parameter("N" VECTOR, CALLTAP_PLACE_RDX | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(event, 2), &ring_shown, sizeof ring);
  check_bytes(at(at(event, 3), 1), ring_shown.keys, 3 * sizeof key);
  check_bytes(at(at(at(at(event, 4), 1), 1), 1), ring_shown.keys, sizeof ring.keys);
  cbor_decref(&event);
}
END_TEST

/* A flexible array and an enumeration that is not defined: up to what comes next. */
START_TEST(sensitive_members_whose_size_is_not_known) {
  static const char *const types[] = {"4.enum=S12{1.a0i!1.e4G6.opaque1.b8i}", "4.flex=S8{1.n0i1.c4c!4.data5A0_c}"};
  static const char value[12] = "abcdefghijk";
  struct registers r = {.value = {word_of(value), word_of(value)}};
  begin(2, types);
  parameter("S4.enum", CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  parameter("S4.flex", CALLTAP_PLACE_RSI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(event, 2), "abcd\0\0\0\0ijk", 12);
  check_bytes(at(event, 3), "abcde\0\0\0", 8);
  cbor_decref(&event);
}
END_TEST

/* A record of so many bytes, every one of them sensitive, and a plain one behind them. */
static const char *many(unsigned members) {
  static char text[16384];
  int n = snprintf(text, sizeof text, "4.many=S%u{", members + 1);
  for (unsigned i = 0; i < members; i++)
    n += snprintf(text + n, sizeof text - (size_t)n, "!1.s%uc", i);
  snprintf(text + n, sizeof text - (size_t)n, "1.p%uc}", members);
  return text;
}

START_TEST(more_sensitive_members_than_can_be_noted) {
  char value[1000], want[1000] = "";
  struct registers r = {.value = {word_of(value), word_of(value), word_of(value), 42}};
  memset(value, '!', sizeof value);
  for (unsigned members = 250; members <= 550; members += 50) {
    const char *const types[] = {many(members)};
    bool fits = members < 500;
    begin(1, types);
    limits.expand = 1;
    parameter("S4.many", CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
    parameter("S4.many", CALLTAP_PLACE_RSI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
    parameter("PS4.many", CALLTAP_PLACE_RDX, CALLTAP_PLACE_NONE, 0);
    parameter("i", CALLTAP_PLACE_RCX, CALLTAP_PLACE_NONE, 0);
    cbor_item_t *event = call(&r);
    want[members] = '!';
    check_bytes(at(event, 2), want, fits ? members + 1 : members == 500 ? members + 1 : 0);
    check_bytes(at(event, 3), want, members == 250 ? members + 1 : 0);
    ck_assert_uint_eq(cbor_get_int(at(event, 4)), word_of(value));
    ck_assert_uint_eq(cbor_get_int(at(event, 5)), 42);
    want[members] = 0;
    cbor_decref(&event);
  }
}
END_TEST

/* Deeper than anybody looks, nothing is recorded; before that, everything is found. */
START_TEST(sensitive_members_deep_inside) {
  static const unsigned levels[] = {1, 8, 9, 20, 30, 40};
  struct registers r = {.value = {word_of(&key)}};
  char text[64][48];
  const char *types[64] = {KEY};
  for (unsigned i = 0; i < 60; i++) {
    if (i == 0)
      snprintf(text[i], sizeof text[i], "3.k%02u=S16{1.m0S3.key}", i);
    else
      snprintf(text[i], sizeof text[i], "3.k%02u=S16{1.m0S3.k%02u}", i, i - 1);
    types[i] = text[i];
  }
  types[60] = KEY;
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
    char type[8];
    begin(61, types);
    snprintf(type, sizeof type, "S3.k%02u", levels[i]);
    parameter(type, CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
    cbor_item_t *event = call(&r);
    check_bytes(at(event, 2), &shown, levels[i] <= 30 ? sizeof key : 0);
    cbor_decref(&event);
  }
}
END_TEST

START_TEST(what_is_not_described_is_not_recorded) {
  static const char *const types[] = {"6.closed=S16", "6.hidden=S16{!0.0Z16_0.}"};
  struct registers r = {.value = {word_of(&key), word_of(&key), word_of(&key), word_of(&key)}};
  static const char zeros[16];
  begin(2, types);
  limits.expand = 1;
  parameter("S6.closed", CALLTAP_PLACE_RDI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  parameter("Z16_0.", CALLTAP_PLACE_RSI | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  parameter("PS6.closed", CALLTAP_PLACE_RDX, CALLTAP_PLACE_NONE, 0);
  parameter("PA1_S6.hidden", CALLTAP_PLACE_RCX, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  check_bytes(at(event, 2), "", 0);
  check_bytes(at(event, 3), "", 0);
  check_bytes(at(at(event, 4), 1), &key, 1); /* it can be read */
  check_bytes(at(at(event, 5), 1), zeros, 16);
  cbor_decref(&event);
}
END_TEST

/* Behind the members of a class may be those of one that is derived from it. */
START_TEST(behind_the_last_member_nothing_is_recorded) {
  static const char *const types[] = {"4.base=C16{1.a0l1.c8c}", "4.more=C24{^0N4.base1.i16i}"};
  static const char value[24] = "abcdefghijklmnopqrstuvw";
  struct registers r = {.value = {word_of(value), word_of(value)}};
  begin(2, types);
  limits.expand = 1;
  parameter("PN4.base", CALLTAP_PLACE_RDI, CALLTAP_PLACE_NONE, 0);
  parameter("PN4.more", CALLTAP_PLACE_RSI, CALLTAP_PLACE_NONE, 0);
  cbor_item_t *event = call(&r);
  ck_assert_uint_eq(cbor_array_size(at(event, 2)), 2);
  check_bytes(at(at(event, 2), 1), value, 9);
  check_bytes(at(at(event, 3), 1), value, 20);
  cbor_decref(&event);
}
END_TEST

/* -- at every instruction: the process may be killed there, and the room is its file -- */

static volatile sig_atomic_t steps, leaks;

static void look(int signal) {
  (void)signal;
  steps++;
  for (size_t i = 0; i < 1024; i++)
    leaks += room[i] == (uint8_t)key.secret && !memcmp(room + i, &key.secret, sizeof key.secret);
}

enum { TRAP = 0x100 };

START_TEST(secrets_are_never_in_the_file) {
  static const char *const types[] = {KEY, "5.large=S408{4.keys0A25_S3.key1.t400PKc}", VECTOR "=C24<S3.key>"};
  static struct {
    char text[8];
    uint64_t behind;
  } text = {"text", 0x5EC2E75EC2E75EC2};
  static struct {
    struct key keys[25];
    const char *text;
  } large = {.text = text.text};
  for (int i = 0; i < 25; i++)
    large.keys[i] = key;
  const struct key *const vector[3] = {large.keys, large.keys + 4, large.keys + 4};
  struct registers r = {.value = {(uint64_t)key.id, key.secret, word_of(&large), word_of(vector), word_of(&large)}};
  begin(3, types);
  limits.expand = 1;
  parameter("S3.key", CALLTAP_PLACE_RDI, CALLTAP_PLACE_RSI, 0);
  parameter("S5.large", CALLTAP_PLACE_RDX | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  parameter("N" VECTOR, CALLTAP_PLACE_RCX | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  parameter("PS5.large", CALLTAP_PLACE_R8, CALLTAP_PLACE_NONE, 0);
  struct shape shape;
  ck_assert(calltap__shape_init(&shape, function, 1, CALLTAP_SITE_ENTRY, &limits));
  memset(room, 0, sizeof room);
  stream = (struct stream){.cursor = (uintptr_t)room, .end = (uintptr_t)room + sizeof room};
  stream.clock_high = (uint32_t)(calltap__ticks() >> 32);
  const struct sigaction action = {.sa_handler = look};
  ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP);
  calltap__event_write(&shape, &stream, &r);
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~(unsigned long long)TRAP);
  ck_assert_int_gt(steps, 1000);
  ck_assert_int_eq(leaks, 0);
  cbor_item_t *event = written(&r, &shape);
  check_bytes(at(event, 2), &shown, sizeof key);
  check_bytes(at(at(at(at(event, 3), 1), 1), 1), "text", 4);
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
                   sensitive_members_are_not_recorded, sensitive_members_of_elements_are_not_recorded,
                   sensitive_members_whose_size_is_not_known, more_sensitive_members_than_can_be_noted,
                   sensitive_members_deep_inside, what_is_not_described_is_not_recorded,
                   behind_the_last_member_nothing_is_recorded, secrets_are_never_in_the_file, unions_are_not_followed,
                   stack_parameters, classes_of_the_library, strings_inside_their_object, too_much_for_one_event);
}
