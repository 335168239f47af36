/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From clauses and types to programs, and what they say of registers and memory. C is the judge. */
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Check writes a file at every assertion. Here are many: only failures are told it. */
#define REQUIRE(holds, ...)                                                                                            \
  do {                                                                                                                 \
    if (!(holds))                                                                                                      \
      ck_abort_msg(__VA_ARGS__);                                                                                       \
  } while (0)

static struct calltap_rules rules;
static struct calltap_rule_error error;
static struct calltap_program program;
static struct calltap_parameter parameters[16];
static struct calltap_signature signature;
static struct registers registers;
static uint64_t vector[8];
static struct stream stream = {.session = &calltap__sessions[0]};

/* -- functions that are made up ------------------------------------------------------------------------------------------- */

/* What the types below stand for. */
enum colour { GREEN = 2, RED = -1, BLUE = 2000000000 };
enum small { LOW = -2, HIGH = 3 };
enum big { HUGE_ONE = INT64_MAX, SMALL_ONE = -5 };
struct flags {
  unsigned a : 3;
  int b : 5;
  unsigned long c : 33;
  unsigned d : 32;
  bool e : 1;
  unsigned f : 7;
  enum small g : 9;
  long h : 20;
};
struct inner {
  short x;
  signed char y[6];
  struct inner *next;
};
struct outer {
  int id;
  char name[8];
  const char *text;
  struct inner in;
  struct inner list[2];
  union {
    uint32_t bits;
    float real;
  };
  double d;
  int grid[2][3];
  enum colour colour;
  struct inner *pointers[2];
  char one;
  unsigned char byte;
};
struct two {
  long first;
  int second;
  short third, fourth;
};
struct mixed {
  float f, g;
  unsigned char h;
};
struct base {
  int id, hidden;
};
struct derived {
  struct base base;
  int hidden, own;
};
struct __attribute__((packed)) tight {
  unsigned char pad;
  unsigned long a : 7, b : 60;
  int c;
};

static char definition_text[20][600];
static size_t definitions;

static void define(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void define(const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = vsnprintf(definition_text[definitions++], sizeof definition_text[0], format, list);
  va_end(list);
  ck_assert_int_lt(n, (int)sizeof definition_text[0]);
}

#define AT(type, member) (int)offsetof(struct type, member)

static void define_all(void) {
  definitions = 0;
  define("6.colour=Ei{5.GREEN2;3.RED-1;4.BLUE2000000000;}");
  define("3.big=El{8.HUGE_ONE9223372036854775807;9.SMALL_ONE-5;}");
  define("5.small=Ei{3.LOW-2;4.HIGH3;}");
  define("5.flags=S%zu{1.a:0,3j1.b:3,5i1.c:8,33m1.d:64,32j1.e:96,1b1.f:97,7j1.g:104,9G5.small1.h:128,20l}",
         sizeof(struct flags));
  define("5.inner=S%zu{1.x%ds1.y%dA6_a4.next%dPS5.inner}", sizeof(struct inner), AT(inner, x), AT(inner, y),
         AT(inner, next));
  define("5.outer=S%zu{2.id%di4.name%dA8_c4.text%dPKc2.in%dS5.inner4.list%dA2_S5.inner0.%dU4.anon1.d%dd4.grid%dA2_A3_i"
         "6.colour%dG6.colour8.pointers%dA2_PS5.inner3.one%dc4.byte%dh}",
         sizeof(struct outer), AT(outer, id), AT(outer, name), AT(outer, text), AT(outer, in), AT(outer, list),
         AT(outer, bits), AT(outer, d), AT(outer, grid), AT(outer, colour), AT(outer, pointers), AT(outer, one),
         AT(outer, byte));
  define("4.anon=U4{4.bits0j4.real0f}");
  define("3.two=S16{5.first0l6.second8i5.third12s6.fourth14s}");
  define("5.mixed=S12{1.f0f1.g4f1.h8h}");
  define("4.base=S8{2.id0i6.hidden4i}");
  define("7.derived=S16{^0S4.base6.hidden8i3.own12i}");
  define("5.tight=S14{3.pad0h1.a:8,7m1.b:15,60m1.c10i}");
  define("6.secret=S16{!3.key0i0.4S5.skeys4.open8i}");
  define("5.skeys=S4{!2.k10i}");
  define("7.secret2=S8{!0.0S5.plain1.z4i}");
  define("5.plain=S4{1.w0i}");
  define("6.opaque=S8");
}

static const char *find(const void *context, const char *name, size_t bytes) {
  (void)context;
  for (size_t i = 0; i < definitions; i++) {
    const char *found;
    size_t found_bytes;
    ck_assert(calltap_type_definition_name(definition_text[i], &found, &found_bytes));
    if (bytes == found_bytes && !memcmp(found, name, bytes))
      return definition_text[i];
  }
  return NULL;
}

/* A function without parameters. */
static void begin(void) {
  define_all();
  memset(parameters, 0, sizeof parameters);
  memset(&registers, 0xA5, sizeof registers);
  memset(vector, 0x5A, sizeof vector);
  memset(&stream, 0, sizeof stream);
  stream.session = &calltap__sessions[0];
  signature = (struct calltap_signature){
      .parameter = parameters, .result = {"", "i", {CALLTAP_PLACE_RAX, CALLTAP_PLACE_NONE}, 0}, .scope = {find, NULL}};
}

static void add(const char *name, const char *type, unsigned first, unsigned second, unsigned slot) {
  ck_assert_uint_lt(signature.parameters, sizeof parameters / sizeof parameters[0]);
  parameters[signature.parameters++] =
      (struct calltap_parameter){name, type, {(uint8_t)first, (uint8_t)second}, (uint16_t)slot};
}

/* One that is in the next register. */
static void add_word(const char *name, const char *type, uint64_t word) {
  unsigned place = 0;
  for (size_t i = 0; i < signature.parameters; i++)
    place += parameters[i].place[0] <= CALLTAP_PLACE_R9;
  ck_assert_uint_le(place, CALLTAP_PLACE_R9);
  registers.value[place] = word;
  add(name, type, place, CALLTAP_PLACE_NONE, 0);
}

static void add_pointer(const char *name, const char *type, const void *to) { add_word(name, type, (uintptr_t)to); }

static enum match run(void) {
  static const struct shape shape = {.frame_base = 5 /* rbp */, .kind = CALLTAP_SITE_ENTRY};
  if (!program.count)
    return MATCH_YES;
  const struct match_input in = {.shape = &shape, .stream = &stream, .entry = &registers, .vector = vector, .depth = 3};
  enum match plain = calltap__match(program.op, &in, NULL);
  struct calltap_program joined = program;
  calltap_program_join(&joined);
  ck_assert(calltap_program_valid(&joined));
  ck_assert_msg(calltap__match(joined.op, &in, NULL) == plain, "joined, the program says something else");
  return plain;
}

static bool compile(const char *text) {
  error = (struct calltap_rule_error){0, ""};
  REQUIRE(calltap_rules_parse(text, &rules, &error), "%s: column %zu: %s", text, error.column, error.message);
  return calltap_rule_compile(&rules, &rules.clause[0], &signature, &program, &error);
}

static enum match ask(const char *text) {
  REQUIRE(compile(text), "%s: column %zu: %s", text, error.column, error.message);
  REQUIRE(calltap_program_valid(&program), "%s", text);
  return run();
}

static void check(const char *text, enum match want) {
  enum match is = ask(text);
  REQUIRE(is == want, "%s gives %d, not %d", text, is, want);
  calltap_program_join(&program);
  REQUIRE(calltap_program_valid(&program), "%s, joined", text);
  is = run();
  REQUIRE(is == want, "%s, joined, gives %d, not %d", text, is, want);
}

struct answer {
  const char *text;
  enum match want;
};

#define YES MATCH_YES
#define NO MATCH_NO
#define FAULT MATCH_FAULT
#define CHECK_ANSWERS(...)                                                                                             \
  do {                                                                                                                 \
    const struct answer answers[] = {__VA_ARGS__};                                                                     \
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)                                                    \
      check(answers[i].text, answers[i].want);                                                                         \
  } while (0)

static uint64_t random_state = 88172645463325252;

static uint64_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  return random_state ^= random_state << 17;
}

static unsigned below(unsigned limit) { return (unsigned)(random_bits() >> 33) % limit; }

/* -- integers, by the C compiler ------------------------------------------------------------------------------------------- */

static bool vb;
static char vc;
static signed char va;
static unsigned char vh;
static short vs;
static unsigned short vt;
static int vi;
static unsigned vj;
static long vl;
static unsigned long vm;
static enum colour ve;

static const struct {
  const char *name, *type;
  void *value;
  size_t bytes;
} variables[] = {{"vb", "b", &vb, 1}, {"vc", "c", &vc, 1}, {"va", "a", &va, 1},        {"vh", "h", &vh, 1},
                 {"vs", "s", &vs, 2}, {"vt", "t", &vt, 2}, {"vi", "i", &vi, 4},        {"vj", "j", &vj, 4},
                 {"vl", "l", &vl, 8}, {"vm", "m", &vm, 8}, {"ve", "G6.colour", &ve, 4}};
enum { VARIABLES = sizeof variables / sizeof variables[0] };

static uint64_t frame[64];

/* All variables are on the stack of the call, with rubbish in the bytes beside them. */
static void add_variables(void) {
  begin();
  registers.rbp = (uintptr_t)frame;
  for (unsigned i = 0; i < VARIABLES; i++)
    add(variables[i].name, variables[i].type, CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, i);
}

static void set_variables(void) {
  for (unsigned i = 0; i < VARIABLES; i++) {
    frame[1 + i] = random_bits();
    memcpy(&frame[1 + i], variables[i].value, variables[i].bytes);
  }
}

static void check_value(const char *expression, int64_t value, bool is_unsigned) {
  char text[256];
  snprintf(text, sizeof text, is_unsigned ? "f when (%s) == %" PRIu64 : "f when (%s) == %" PRId64, expression, value);
  check(text, YES);
}

#define TRY(expression)                                                                                                \
  check_value(#expression, (int64_t)(expression), _Generic((expression), unsigned long : true, default : false))
#define TRY_PAIR(x, y)                                                                                                 \
  do {                                                                                                                 \
    TRY(x + y), TRY(x - y), TRY(x *y), TRY(x &y), TRY(x | y), TRY(x ^ y), TRY(x < y), TRY(x <= y), TRY(x > y);         \
    TRY(x >= y), TRY(x == y), TRY(x != y), TRY(x << (y & 31)), TRY(x >> (y & 31)), TRY(x &&y), TRY(x || !y);           \
    if (y != 0 && (int64_t)y != -1)                                                                                    \
      TRY(x / y), TRY(x % y);                                                                                          \
  } while (0)
#define TRY_ALL(x)                                                                                                     \
  TRY_PAIR(x, vb);                                                                                                     \
  TRY_PAIR(x, vc);                                                                                                     \
  TRY_PAIR(x, va);                                                                                                     \
  TRY_PAIR(x, vh);                                                                                                     \
  TRY_PAIR(x, vs);                                                                                                     \
  TRY_PAIR(x, vt);                                                                                                     \
  TRY_PAIR(x, vi);                                                                                                     \
  TRY_PAIR(x, vj);                                                                                                     \
  TRY_PAIR(x, vl);                                                                                                     \
  TRY_PAIR(x, vm);                                                                                                     \
  TRY(-x), TRY(~x), TRY(!x), TRY(- -x), TRY(x == -1), TRY(x < 0x80000000), TRY(x > -1), TRY(x == 0xFFFFFFFF);          \
  TRY(x < 0xFFFFFFFFFFFFFFFF), TRY(x >= 2147483648), TRY(x + 0x7FFFFFFF), TRY(x * 0x100000000), TRY(-0x80000000 < x)

#pragma GCC diagnostic ignored "-Wpragmas"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#endif
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wbool-compare"
#pragma GCC diagnostic ignored "-Wint-in-bool-context"
#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wbool-operation"
#pragma GCC diagnostic ignored "-Wtautological-constant-out-of-range-compare"
#pragma GCC diagnostic ignored "-Wenum-compare"

static void try_small(void) {
  TRY_ALL(vb);
  TRY_ALL(vc);
  TRY_ALL(va);
  TRY_ALL(vh);
  TRY_ALL(vs);
  TRY_ALL(vt);
}

static void try_large(void) {
  TRY_ALL(vi);
  TRY_ALL(vj);
  TRY_ALL(vl);
  TRY_ALL(vm);
}

START_TEST(integers_are_those_of_c) {
  static const int64_t values[] = {0,         1,         -1,        2,  127, 128,   INT32_MAX,
                                   INT32_MIN, INT64_MAX, INT64_MIN, -2, 255, 65535, 4294967295};
  enum { VALUES = sizeof values / sizeof values[0] };
  add_variables();
  for (unsigned round = 0; round < 30; round++) {
    int64_t v[VARIABLES];
    for (unsigned i = 0; i < VARIABLES; i++)
      v[i] = round < VALUES ? values[(round + i * (round % 3)) % VALUES] : (int64_t)random_bits() >> below(64);
    vb = v[0] & 1, vc = (char)v[1], va = (signed char)v[2], vh = (unsigned char)v[3], vs = (short)v[4];
    vt = (unsigned short)v[5], vi = (int)v[6], vj = (unsigned)v[7], vl = v[8], vm = (unsigned long)v[9];
    set_variables();
    try_small();
    try_large();
  }
}
END_TEST

START_TEST(division_by_zero_is_a_fault_and_far_shifts_are_not) {
  begin();
  add_word("i", "i", 7);
  add_word("z", "i", 0);
  add_word("l", "l", (uint64_t)INT64_MIN);
  add_word("u", "m", 5);
  CHECK_ANSWERS({"f when i / z", FAULT}, {"f when i % z == 0", FAULT}, {"f when u / z", FAULT}, {"f when u % z", FAULT},
                {"f when l / -1", FAULT}, {"f when l % -1", FAULT}, {"f when z and i / z", NO},
                {"f when i or i / z", YES}, {"f when not (i / z)", FAULT}, {"f when i << 64 == 0", YES},
                {"f when i << 32 == 0", YES}, {"f when l >> 64 == -1", YES}, {"f when l >> -1 == -1", YES},
                {"f when u >> 64 == 0", YES}, {"f when u << 63 == 9223372036854775808", YES},
                {"f when i << -1 == 0", YES});
}
END_TEST

/* -- doubles ------------------------------------------------------------------------------------------------------------------ */

START_TEST(reals_are_those_of_c) {
  static const double values[] = {
      0.0,     -0.0,     1.0,   -1.0, 0.1, -0.1,    NAN,   INFINITY, -INFINITY, DBL_MIN,  4.9e-324,          -4.9e-324,
      DBL_MAX, -DBL_MAX, 1e300, 1.5,  2.0, FLT_MIN, 1e-45, -1e-45,   FLT_MAX,   16777217, 9007199254740993.0};
  enum { VALUES = sizeof values / sizeof values[0] };
  begin();
  add("d", "d", CALLTAP_PLACE_XMM0, CALLTAP_PLACE_NONE, 0);
  add("e", "d", CALLTAP_PLACE_XMM0 + 1, CALLTAP_PLACE_NONE, 0);
  add("g", "f", CALLTAP_PLACE_XMM7, CALLTAP_PLACE_NONE, 0);
  for (unsigned i = 0; i < VALUES * VALUES; i++) {
    double d = values[i % VALUES], e = values[i / VALUES];
    float g = (float)e;
    memcpy(&vector[0], &d, 8);
    memcpy(&vector[1], &e, 8);
    memcpy(&vector[7], &g, 4);
#define TRY_REAL(expression) check("f when " #expression, (expression) ? YES : NO)
    TRY_REAL(d == e), TRY_REAL(d != e), TRY_REAL(d < e), TRY_REAL(d <= e), TRY_REAL(d > e), TRY_REAL(d >= e);
    TRY_REAL(d == g), TRY_REAL(d != g), TRY_REAL(g < d), TRY_REAL(g <= d), TRY_REAL(g > d), TRY_REAL(g >= d);
    TRY_REAL(d), TRY_REAL(!d), TRY_REAL(d && g), TRY_REAL(g == 0.1), TRY_REAL(d == 0.1), TRY_REAL(d < -0.05);
    TRY_REAL(d >= 1), TRY_REAL(d <= -1), TRY_REAL(-1 <= d), TRY_REAL(2 > d), TRY_REAL(d == -0.0), TRY_REAL(g != 1.5);
    TRY_REAL(d > 9007199254740993), TRY_REAL(d < 0xFFFFFFFFFFFFFFFF), TRY_REAL(d == d), TRY_REAL(0.5 <= g);
    check("f(0.05..1.5, ...)", d >= 0.05 && d <= 1.5 ? YES : NO);
    check("f(-1..1, _, g)", d >= -1 && d <= 1 ? YES : NO);
    check("f(x, x, ...)", d == e ? YES : NO);
  }
}
END_TEST

/* -- members and memory --------------------------------------------------------------------------------------------------------- */

static struct inner third = {3, {1, -2, 3, -4, 5, -6}, NULL};
static struct inner second = {-2, {0}, &third};
static struct outer outer = {.id = -7,
                             .name = "ab\ncdefg",
                             .text = "hello, world",
                             .in = {1, {9, 8, -7}, &second},
                             .list = {{10, {1}, &third}, {11, {-1}, NULL}},
                             .bits = 0x3FC00000,
                             .d = 2.25,
                             .grid = {{1, 2, 3}, {4, 5, -6}},
                             .colour = RED,
                             .pointers = {&second, &third},
                             .one = '\n',
                             .byte = 200};

START_TEST(members_are_read_through_pointers) {
  begin();
  struct outer *p = &outer;
  add_pointer("p", "PKS5.outer", p);
  add_pointer("pp", "PPS5.outer", &p);
  add_pointer("r", "RKT2.ooS5.outer", p);
  add_word("n", "PS5.outer", 0);
  add_word("i", "i", 1);
  CHECK_ANSWERS(
      {"f when p->id == -7", YES}, {"f when p.id < 0", YES}, {"f when r.id == -7 and r->id == -7", YES},
      {"f when pp[0]->id == -7", YES}, {"f when p[0].id == -7", YES}, {"f when p->in.x == 1", YES},
      {"f when p->in.y[2] == -7", YES}, {"f when p->in.y[i] == 8", YES}, {"f when p->in.y[-0] == 9", YES},
      {"f when p->in.next->x == -2", YES}, {"f when p->in.next->next->y[5] == -6", YES},
      {"f when p->in.next->next->next == 0", YES}, {"f when p->in.next->next->next->x == 0", FAULT},
      {"f when p->list[1].x == 11", YES}, {"f when p->list[i].y[0] == -1", YES}, {"f when p->list.x == 10", YES},
      {"f when p->list->y[0] == 1", YES}, {"f when p->list[i - 1].next->x == 3", YES},
      {"f when p->bits == 0x3FC00000", YES}, {"f when p->real == 1.5", YES}, {"f when p->d == 2.25 and p->d > 2", YES},
      {"f when p->grid[1][2] == -6", YES}, {"f when p->grid[0][3] == 4", YES}, {"f when p->grid[i][i] == 5", YES},
      {"f when p->colour == ^RED", YES}, {"f when ^GREEN != p->colour", YES},
      {"f when p->colour == ^colour::GREEN", NO}, {"f when p->pointers[1]->x == 3", YES},
      {"f when p->one == '\\n'", YES}, {"f when p->one == \"\\n\"", YES}, {"f when \"n\" == p->one", NO},
      {"f when p->byte == 200", YES}, {"f when p->in.next", YES}, {"f when not p->in.next->next->next", YES},
      {"f when n", NO}, {"f when n->id", FAULT}, {"f when n and n->id", NO}, {"f when not n or n->id", YES},
      {"f when n && n->id || i", YES}, {"f when p == r.in.next", NO}, {"f when p > n and n < p", YES},
      {"f when p->in.next == p->pointers[0]", YES}, {"f({id=-7}, ...)", YES}, {"f({id=-7, in={x=1, y=_}}, ...)", YES},
      {"f({in={x=2..}}, ...)", NO}, {"f({colour=^RED, d=2..3, text=~\"*world\", one='\\n'}, ...)", YES},
      {"f(_, _, {name=\"x\"}, ...)", NO}, {"f(n={id=1})", FAULT}, {"f(p={in={next={next={x=3}}}})", YES},
      {"f(..., n=0)", YES}, {"f(p={bits=0x3FC00000})", YES});
}
END_TEST

START_TEST(own_members_hide_those_of_bases) {
  struct derived d = {{1, 2}, 3, 4};
  begin();
  add_pointer("this", "PS7.derived", &d);
  add_word("n", "i", 9);
  signature.has_this = true;
  CHECK_ANSWERS({"f when this->id == 1", YES}, {"f when this->hidden == 3", YES}, {"f when this->own == 4", YES},
                {"f(9)", YES}, {"f(m) when m == 9 and n == 9", YES}, {"f(8)", NO}, {"f(this={own=4})", YES},
                {"f(n=9, this={own=5})", NO}, {"f(...)", YES});
}
END_TEST

START_TEST(bit_fields) {
  begin();
  struct flags f;
  add_pointer("p", "PS5.flags", &f);
  for (int i = 0; i < 200; i++) {
    uint64_t raw[3] = {random_bits(), random_bits(), random_bits()};
    memcpy(&f, raw, sizeof f);
    char text[400];
    snprintf(text, sizeof text,
             "f(p={a=%u, b=%d}) when p->c == %lu and p->d == %u and p->e == %d and p->f == %u and p->g == %d and p->h "
             "== %ld "
             "and (p->a < -1) == %d and (p->c < -1) == %d and (p->d < -1) == %d",
             f.a, f.b, (unsigned long)f.c, f.d, f.e, f.f, (int)f.g, (long)f.h, f.a < -1, (unsigned long)f.c < -1ul,
             f.d < -1);
    check(text, YES);
  }
  struct tight t = {.pad = 255, .a = 93, .b = 0x0A5A5A5A5A5A5A5, .c = -3};
  begin();
  add_pointer("t", "PS5.tight", &t);
  CHECK_ANSWERS({"f when t->a == 93 and t->c == -3 and t->pad == 255", YES});
  ck_assert(!compile("f when t->b"));
  ck_assert_str_eq(error.message, "this is of type unsigned long, packed in a way that rules cannot look at");
}
END_TEST

START_TEST(structs_by_value) {
  struct two two = {-5, 6, -7, 8};
  struct mixed mixed = {1.5F, -2.5F, 200};
  struct flags flags = {.a = 5, .b = -3, .c = 1L << 32, .d = 77, .e = 1, .g = HIGH, .h = -9};
  uint64_t words[3];
  begin();
  memcpy(words, &two, sizeof two);
  registers.value[CALLTAP_PLACE_RDI] = words[0];
  registers.value[CALLTAP_PLACE_RSI] = words[1];
  add("t", "KS3.two", CALLTAP_PLACE_RDI, CALLTAP_PLACE_RSI, 0);
  memcpy(words, &mixed, sizeof mixed);
  vector[3] = words[0];
  registers.value[CALLTAP_PLACE_RDX] = words[1];
  add("m", "S5.mixed", CALLTAP_PLACE_XMM0 + 3, CALLTAP_PLACE_RDX, 0);
  registers.value[CALLTAP_PLACE_RCX] = (uintptr_t)&outer;
  add("o", "S5.outer", CALLTAP_PLACE_RCX | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 0);
  registers.rbp = (uintptr_t)frame;
  memcpy(&frame[1 + 4], &outer, sizeof outer);
  add("s", "S5.outer", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 4);
  memcpy(&frame[1 + 40], &flags, sizeof flags);
  add("g", "S5.flags", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 40);
  frame[1 + 50] = (uintptr_t)&third;
  add("i", "S5.inner", CALLTAP_PLACE_STACK | CALLTAP_PLACE_INDIRECT, CALLTAP_PLACE_NONE, 50);
  CHECK_ANSWERS({"f when t.first == -5 and t.second == 6 and t.third == -7 and t.fourth == 8", YES},
                {"f when m.f == 1.5 and m.g == -2.5 and m.h == 200", YES}, {"f when o.id == -7 and o.in.x == 1", YES},
                {"f when o.name == \"ab\\ncdefg\"", YES}, {"f when s.list[1].x == 11 and s.text ~ \"hell*\"", YES},
                {"f when s.in.next->x == -2", YES},
                {"f when g.a == 5 and g.b == -3 and g.c == 4294967296 and g.d == 77", YES},
                {"f when g.e and g.g == ^HIGH and g.h == -9", YES}, {"f when i.x == 3 and i.y[5] == -6", YES},
                {"f({first=-5, fourth=8}, {g=..-2}, {d=2.25}, {grid=_, id=-7}, ...)", YES});
  struct match_input in = {0};
  static const struct shape no_frame = {.frame_base = NO_FRAME};
  in = (struct match_input){.shape = &no_frame, .stream = &stream, .entry = &registers, .vector = vector};
  ck_assert(compile("f when s.id"));
  ck_assert_int_eq(calltap__match(program.op, &in, NULL), FAULT);
  ck_assert(compile("f when i.x"));
  ck_assert_int_eq(calltap__match(program.op, &in, NULL), FAULT);
}
END_TEST

START_TEST(enumerators) {
  begin();
  add_word("c", "G6.colour", 0xFFFFFFFFu); /* RED */
  add_word("b", "KT3.BigG3.big", INT64_MAX);
  CHECK_ANSWERS({"f(^RED, ^HUGE_ONE)", YES}, {"f(^GREEN, _)", NO}, {"f when c == ^RED and b != ^SMALL_ONE", YES},
                {"f when ^SMALL_ONE < b", YES}, {"f when ^BLUE > c and c < 0", YES},
                {"f(^RED..^GREEN, ^SMALL_ONE..)", YES}, {"f(^GREEN..^BLUE, _)", NO}, {"f when c == -1", YES},
                {"f when ^RED == c == 1", YES});
}
END_TEST

START_TEST(names_bind_and_compare) {
  struct inner x = {5, {0}, NULL};
  begin();
  add_word("a", "i", 5);
  add_word("b", "l", 5);
  add_word("c", "h", 6);
  add_pointer("p", "PS5.inner", &x);
  CHECK_ANSWERS({"f(x, x, ...)", YES}, {"f(x, _, x, _)", NO}, {"f(b, a, ...) when a == b", YES},
                {"f(c, _, a, _) when c == 5 and a == 6 and b == 5", YES}, {"f(x, ..., p={x=x})", YES},
                {"f(_, _, y, {x=y})", NO}, {"f(a=x, b=x)", YES}, {"f(a=x, c=x)", NO}, {"f(_, _, _, _)", YES},
                {"f(a, b, c, p)", YES}, {"f(5, 5.., ..6, _)", YES}, {"f(5..5, 6.., ...)", NO}, {"f(-1.., ...)", YES},
                {"f(..., c=6)", YES}, {"f(a=4..6) when c == 6", YES}, {"f", YES}, {"f when a == b", YES}, {"f/4", YES});
}
END_TEST

/* -- texts ------------------------------------------------------------------------------------------------------------------------ */

START_TEST(texts) {
  begin();
  add_pointer("s", "PKc", "hello \"w\" \t\\");
  add_pointer("e", "Pc", "");
  add_pointer("p", "PS5.outer", &outer);
  add_word("n", "PKc", 0);
  add_word("c", "c", 'x');
  CHECK_ANSWERS({"f when s == \"hello \\\"w\\\" \\t\\\\\"", YES}, {"f when s == \"hello\"", NO},
                {"f when s != \"hello\"", YES}, {"f when \"hello\" == s", NO}, {"f when s == \"\"", NO},
                {"f when e == \"\"", YES}, {"f when e == \"a\"", NO}, {"f when e ~ \"*\"", YES},
                {"f when e ~ \"?\"", NO}, {"f when s ~ \"hello*\"", YES}, {"f when s ~ \"h[a-f]llo*\"", YES},
                {"f when s ~ \"*\\\\\"", YES}, {"f when s ~ \"*\\\"w\\\"*\"", YES}, {"f when not (s ~ \"x*\")", YES},
                {"f when n == \"\"", FAULT}, {"f when n ~ \"*\"", FAULT}, {"f when n and n == \"\"", NO},
                {"f when n != \"a\"", FAULT}, {"f when c == \"x\" and c != \"y\"", YES},
                {"f(s=~\"hello*\", e=\"\", c='x')", YES}, {"f(c=\"x\")", YES},
                {"f when p->name == \"ab\\ncdefg\"", YES}, {"f when p->name == \"ab\\ncdef\"", NO},
                {"f when p->name == \"ab\\ncdefgh\"", NO}, {"f when p->name ~ \"ab?cdefg\"", YES},
                {"f when p->name ~ \"ab*\"", YES}, {"f when p->text == \"hello, world\"", YES},
                {"f when p->text == \"hello\"", NO}, {"f when p->name[1] == 'b'", YES},
                {"f when p->text[4] == 'o' and s[0] == \"h\"", YES}, {"f when s == e", NO}, {"f when e == e", YES});
}
END_TEST

static char *pages;
enum { PAGE = 4096 };

/* Two pages that can be read, and one behind them that cannot. */
static void map_pages(void) {
  pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(pages, MAP_FAILED);
  ck_assert_int_eq(munmap(pages + 2 * PAGE, PAGE), 0);
}

START_TEST(the_end_of_memory) {
  map_pages();
  char *end = pages + 2 * PAGE;
  memset(pages, 'x', 2 * PAGE);
  memcpy(end - 4, "abc", 4);
  begin();
  add_pointer("whole", "PKc", end - 4);
  add_pointer("empty", "PKc", end - 1);
  add_pointer("beyond", "PKc", end);
  add_pointer("array", "PA4_c", end - 4);
  add_pointer("far", "PA9_c", end - 4);
  CHECK_ANSWERS({"f when whole == \"abc\"", YES}, {"f when whole == \"abcd\"", NO}, {"f when whole ~ \"a*\"", YES},
                {"f when empty == \"\"", YES}, {"f when beyond == \"\"", FAULT}, {"f when array[0] == \"abc\"", YES},
                {"f when array[0] ~ \"*c\"", YES}, {"f when far[0] == \"abc\"", YES}, {"f when whole[3] == 0", YES},
                {"f when whole[4] == 0", FAULT}, {"f when whole[-5] == 'x'", YES},
                {"f when whole != \"x\" or whole[4]", YES});
  end[-1] = 'd'; /* no NUL */
  CHECK_ANSWERS({"f when whole == \"abcd\"", FAULT}, {"f when whole == \"abx\"", NO}, {"f when whole ~ \"a*\"", FAULT},
                {"f when array[0] == \"abcd\"", YES}, {"f when array[0] ~ \"?bcd\"", YES},
                {"f when far[0] == \"abcd\"", FAULT}, {"f when array[0] == \"abcde\"", NO},
                {"f when array[0] == \"abc\"", NO});
  begin(); /* across the pages, and longer than a piece */
  memset(pages, 'y', 2 * PAGE - 1);
  end[-1] = 0;
  char text[4200] = "f when s == \"";
  add_pointer("s", "PKc", end - 4001);
  memset(text + strlen(text), 'y', 4000);
  strcat(text, "\"");
  check(text, YES);
  text[3000] = 'x';
  check(text, NO);
  begin();
  add_pointer("f", "PS5.flags", end - sizeof(struct flags)); /* no byte behind a record is read */
  CHECK_ANSWERS({"g when f->h or 1", YES}, {"g when f->g or 1", YES}, {"g when f->c or 1", YES},
                {"g when f->d or 1", YES});
  munmap(pages, 2 * PAGE);
}
END_TEST

/* -- functions ------------------------------------------------------------------------------------------------------------ */

static long c_abs(long v, bool is_unsigned) { return is_unsigned || v >= 0 ? v : -v; }

/* C has the type of the result, the conversions and the comparison, if the two stand in one conditional. */
#define TRY_LOWER_AND_HIGHER(x, y)                                                                                     \
  do {                                                                                                                 \
    check_value("min(" #x ", " #y ")", (int64_t)(x < y ? x : y), false);                                               \
    check_value("max(" #x ", " #y ")", (int64_t)(x > y ? x : y), false);                                               \
  } while (0)
#define TRY_FUNCTIONS(x)                                                                                               \
  TRY_LOWER_AND_HIGHER(x, vb);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, vc);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, vh);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, vs);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, vi);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, vj);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, vl);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, 1);                                                                                          \
  TRY_LOWER_AND_HIGHER(x, -1);                                                                                         \
  TRY_LOWER_AND_HIGHER(x, 0x80000000);                                                                                 \
  check_value("abs(" #x ")", c_abs((long)x, false), false)

START_TEST(abs_min_and_max_have_the_types_of_c) {
  static const int64_t values[] = {0,         1,          -1,         127, -128,      255,
                                   INT32_MAX, -INT32_MAX, UINT32_MAX, -2,  INT64_MAX, -INT64_MAX};
  enum { VALUES = sizeof values / sizeof values[0] };
  add_variables();
  for (unsigned round = 0; round < 40; round++) {
    int64_t v[VARIABLES];
    for (unsigned i = 0; i < VARIABLES; i++)
      v[i] = round < VALUES ? values[(round + i) % VALUES] : (int64_t)random_bits() >> below(64);
    vb = v[0] & 1, vc = (char)v[1], vh = (unsigned char)v[3], vs = (short)v[4];
    vi = (int)v[6], vj = (unsigned)v[7], vl = v[8];
    set_variables();
    TRY_FUNCTIONS(vb);
    TRY_FUNCTIONS(vc);
    TRY_FUNCTIONS(vh);
    TRY_FUNCTIONS(vs);
    TRY_FUNCTIONS(vi);
    TRY_FUNCTIONS(vj);
    TRY_FUNCTIONS(vl);
  }
}
END_TEST

START_TEST(abs_min_and_max_at_the_edges) {
  begin();
  add_word("i", "i", 0xFFFFFFFF80000000);
  add_word("l", "l", (uint64_t)INT64_MIN);
  add_word("u", "j", 0xA5A5A5A5FFFFFFFF);
  add_word("m", "m", UINT64_MAX);
  add_word("s", "s", 0x8000);
  CHECK_ANSWERS(
      {"f when abs(i) == i and abs(i) < 0", YES}, {"f when abs(l) == l and abs(l) < 0", YES},
      {"f when abs(s) == 32768", YES}, {"f when abs(u) == 4294967295", YES},
      {"f when abs(m) == 18446744073709551615", YES}, {"f when abs(-5) == 5", YES}, {"f when abs(0) == 0", YES},
      {"f when abs(i + 1) == 2147483647", YES}, {"f when min(i, u) == 0x80000000", YES},
      {"f when max(i, u) == 4294967295", YES}, {"f when min(l, m) == 9223372036854775808", YES},
      {"f when max(i, m) == 18446744073709551615", YES}, {"f when min(i, l) == l", YES}, {"f when max(i, l) == i", YES},
      {"f when min(s, -32769) == -32769", YES}, {"f when max(1, 2) == 2 and min(1, 2) == 1", YES},
      {"f when min(max(i, 5), 7) == 5", YES}, {"f when min(1, 2) / 1 == 1", YES}, {"f when max('a', 'b') == 'b'", YES},
      {"f when min(5ms, 1s) == 5ms and max(5ms, 1s) > 999ms", YES}, {"f when abs(min(-3, 2)) == max(3, -2)", YES});
}
END_TEST

START_TEST(lengths_of_texts) {
  static char text[5000];
  struct outer full = outer;
  memcpy(full.name, "12345678", 8);
  full.text = "behind";
  begin();
  add_pointer("s", "PKc", text);
  add_pointer("p", "PS5.outer", &full);
  add_word("n", "PKc", 0);
  CHECK_ANSWERS({"f when strlen(s) == 0", YES}, {"f when strlen(n)", FAULT}, {"f when n and strlen(n)", NO},
                {"f when strlen(p->text) == 6", YES}, {"f when strlen(p->text) - 7 > 0", YES}, /* unsigned, as in C */
                {"f when strlen(p->name) == 8", YES}); /* and no byte behind an array */
  static const unsigned lengths[] = {1, 63, 64, 65, 127, 128, 4095, 4096};
  memset(text, 'x', sizeof text);
  check("f when strlen(s) == 4096", YES);
  for (size_t i = sizeof lengths / sizeof lengths[0]; i--;) {
    char rule[64];
    snprintf(rule, sizeof rule, "f when strlen(s) == %u", lengths[i]);
    text[lengths[i]] = 0;
    check(rule, YES);
  }
  map_pages();
  char *end = pages + 2 * PAGE;
  memset(pages, 'x', 2 * PAGE);
  begin();
  add_pointer("s", "PKc", end - 100);
  add_pointer("beyond", "PKc", end);
  add_pointer("far", "PA200_c", end - 100);
  add_pointer("near", "PA100_c", end - 100);
  add_pointer("long", "PKc", end - 5000);
  CHECK_ANSWERS({"f when strlen(s)", FAULT}, {"f when strlen(beyond)", FAULT}, {"f when strlen(far[0])", FAULT},
                {"f when strlen(near[0]) == 100", YES}, {"f when strlen(long) == 4096", YES});
  end[-1] = 0;
  CHECK_ANSWERS({"f when strlen(s) == 99", YES}, {"f when strlen(near[0]) == 99", YES},
                {"f when strlen(far[0]) == 99", YES});
  munmap(pages, 2 * PAGE);
}
END_TEST

START_TEST(texts_of_a_length) {
  map_pages();
  char *end = pages + 2 * PAGE;
  memcpy(end - 6, "SELECT", 6);
  begin();
  add_pointer("s", "PKc", "SELECT 1");
  add_pointer("cut", "PKc", end - 6);
  add_pointer("p", "PS5.outer", &outer);
  add_word("n", "PKc", 0);
  CHECK_ANSWERS({"f when str(s, 6) == \"SELECT\"", YES}, {"f when str(s, 7) == \"SELECT\"", NO},
                {"f when str(s, 5) == \"SELECT\"", NO}, {"f when str(s, 6) != \"SELECT\"", NO},
                {"f when str(s, 255) == \"SELECT 1\"", YES}, {"f when str(s) == \"SELECT 1\"", YES},
                {"f when str(s) == \"SELECT\"", NO}, {"f when \"S\" == str(s, 1)", YES},
                {"f when str(s, 1) == \"\"", NO}, {"f when str(s, 6) ~ \"*T\"", YES}, {"f when str(s, 6) ~ \"*1\"", NO},
                {"f when str(s) ~ \"*1\"", YES}, {"f when str(cut, 6) == \"SELECT\"", YES},
                {"f when str(cut, 6) ~ \"SEL*\"", YES}, {"f when str(cut, 7) == \"SELECT\"", FAULT},
                {"f when str(cut, 7) ~ \"*\"", FAULT}, {"f when str(cut) == \"SELECT\"", FAULT},
                {"f when str(n, 2) == \"a\"", FAULT}, {"f when str(p->name) == \"ab\\ncdefg\"", YES},
                {"f when str(p->name, 2) == \"ab\"", YES}, {"f when strlen(str(s)) == 8", YES});
  munmap(pages, 2 * PAGE);
}
END_TEST

START_TEST(the_thread_and_the_session) {
  begin();
  signature.has_this = true;
  add_word("this", "PS5.inner", 0);
  add_word("a", "i", 0);
  add_word("b", "i", 0);
  stream.tid = 4711;
  stream.tag = -9;
  atomic_store(&calltap__sessions[0].tcw, 0xFFFFFFFE);
  CHECK_ANSWERS({"f when arity() == 2", YES}, {"f when depth() == 3", YES}, {"f when tid() == 4711", YES},
                {"f when tag() == -9", YES}, {"f when tag() < 0", YES}, {"f when tcw() == 4294967294", YES},
                {"f when tcw() + 3 == 1", YES}, {"f when tcw() > 0", YES}, {"f when silent()", NO},
                {"f when not silent() and arity() == depth() - 1", YES});
  stream.flags = CALLTAP_THREAD_SILENT | CALLTAP_THREAD_NOARGS;
  CHECK_ANSWERS({"f when silent() == 1", YES});
  stream.flags = CALLTAP_THREAD_NOARGS;
  CHECK_ANSWERS({"f when silent()", NO});
  stream.tid = 0;
  char before[16], text[64];
  ck_assert_int_eq(prctl(PR_GET_NAME, before), 0);
  ck_assert_int_eq(prctl(PR_SET_NAME, "worker-3"), 0);
  snprintf(text, sizeof text, "f when tid() == %ld", (long)syscall(SYS_gettid));
  check(text, YES);
  CHECK_ANSWERS({"f when thread() ~ \"worker*\"", YES}, {"f when thread() == \"worker-3\"", YES},
                {"f when str(thread(), 3) == \"wor\" and strlen(thread()) == 8", YES},
                {"f when thread() ~ \"x*\"", NO});
  ck_assert_int_eq(prctl(PR_SET_NAME, before), 0);
  atomic_store(&calltap__sessions[0].tcw, 0);
}
END_TEST

START_TEST(addresses_get_types) {
  static const char *const names[] = {"zero", "one"};
  static int numbers[] = {5, -6, 7};
  begin();
  add_pointer("v", "Pv", &second);
  add_word("l", "l", (uintptr_t)&second);
  add_pointer("names", "Pv", names);
  add_pointer("numbers", "Pv", numbers);
  add_pointer("q", "PS7.nowhere", &outer);
  add_word("n", "Pv", 0);
  CHECK_ANSWERS({"f when as(struct inner, v)->x == -2", YES}, {"f when as(inner, v).next->x == 3", YES},
                {"f when as(struct inner, l)->x == -2", YES}, {"f when as(const struct inner, v)->next == 0", NO},
                {"f when as(char *, names)[1] == \"one\"", YES}, {"f when as(char const *, names)[0] ~ \"z*\"", YES},
                {"f when as(int, numbers)[1] == -6", YES}, {"f when as(unsigned, numbers)[1] == 4294967290", YES},
                {"f when as(unsigned char, numbers)[0] == 5", YES}, {"f when as(long, numbers)[0] < 0", YES},
                {"f when as(char, as(void *, names)[1]) == \"one\"", YES},
                {"f when as(struct outer, q)->id == -7", YES},
                {"f when as(struct outer, q)->in.x == 1 and as(outer, q)->list[1].x == 11", YES},
                {"f when as(struct inner, n)->x", FAULT}, {"f when as(struct inner, n)", NO},
                {"f when as(struct inner, v) == v", YES}, {"f when strlen(as(char, as(long, names)[0])) == 4", YES},
                {"f when as(struct inner *, as(struct outer, q)->pointers)[1]->x == 3", YES},
                {"f when str(as(char, as(long, names)[1]), 2) == \"on\"", YES},
                {"f when as(enum colour, numbers)[0] == 5", YES}, {"f when as(int, numbers)[0] == 5", YES});
}
END_TEST

/* -- values of actions ------------------------------------------------------------------------------------------------------ */

struct wanted {
  const char *value;
  enum calltap_given_kind kind;
  const char *type;
  bool is_signed;
  int64_t first, second;
};

static bool compile_value(const char *text, bool at_exit, struct calltap_given *given) {
  char rule[256];
  snprintf(rule, sizeof rule, "f -> return -> message(%s)", text);
  error = (struct calltap_rule_error){0, ""};
  REQUIRE(calltap_rules_parse(rule, &rules, &error), "%s: column %zu: %s", rule, error.column, error.message);
  uint16_t node = rules.node[rules.clause[0].exit_actions].a;
  return calltap_rule_compile_value(&rules, &rules.clause[0], &signature, node, at_exit, &program, given, &error);
}

static void check_given(const struct wanted *want, bool at_exit) {
  static const struct shape shape = {.frame_base = 5, .kind = CALLTAP_SITE_RETURN};
  struct registers after = {.value = {[CALLTAP_PLACE_RAX] = 0xFFFFFFFFFFFFFFFD}};
  const struct match_input in = {&shape, &stream, &registers, vector, at_exit ? &after : NULL, NULL, 5000001, 3};
  struct calltap_given given;
  int64_t values[2] = {0, 0};
  REQUIRE(compile_value(want->value, at_exit, &given), "%s: column %zu: %s", want->value, error.column, error.message);
  REQUIRE(calltap_program_valid(&program), "%s", want->value);
  const char *end = strcmp(given.type, "stack") ? calltap_type_end(given.type) : given.type + 5;
  REQUIRE(given.kind == want->kind && (size_t)(end - given.type) == strlen(want->type) &&
              !strncmp(given.type, want->type, strlen(want->type)),
          "%s is of kind %d, type %s", want->value, given.kind, given.type);
  if (given.kind == CALLTAP_GIVEN_STACK) {
    REQUIRE(given.frames == want->first && !program.count, "%s: %u frames", want->value, given.frames);
    return;
  }
  REQUIRE(given.kind != CALLTAP_GIVEN_VALUE || given.is_signed == want->is_signed, "%s: sign", want->value);
  calltap_program_join(&program);
  REQUIRE(calltap_program_valid(&program), "%s, joined", want->value);
  REQUIRE(calltap__match(program.op, &in, values) == YES, "%s does not give a value", want->value);
  REQUIRE(values[0] == want->first, "%s is %" PRId64, want->value, values[0]);
  bool has_two = given.kind == CALLTAP_GIVEN_TEXT || given.kind == CALLTAP_GIVEN_BYTES;
  REQUIRE(!has_two || values[1] == want->second, "%s has length %" PRId64, want->value, values[1]);
}

static int64_t bits_of(double d) {
  int64_t bits;
  memcpy(&bits, &d, sizeof bits);
  return bits;
}

START_TEST(values_have_kinds_and_types) {
  struct flags flags = {.a = 5, .b = -3};
  struct two two = {-5, 6, -7, 8};
  uint64_t words[2];
  memcpy(words, &two, sizeof two);
  float f = -2.5F;
  begin();
  memcpy(&vector[0], &f, sizeof f);
  add_word("i", "i", 0xA5A5A5A5FFFFFFFB);
  add_word("h", "h", 0xA5FE);
  add_pointer("p", "PKS5.outer", &outer);
  add_pointer("g", "PS5.flags", &flags);
  add_word("e", "G6.colour", 0xFFFFFFFF);
  add("f", "f", CALLTAP_PLACE_XMM0, CALLTAP_PLACE_NONE, 0);
  add("r", "RKT2.ooS5.outer", 2, CALLTAP_PLACE_NONE, 0);
  add("t", "S3.two", 0, 1, 0);
  const int64_t at = (intptr_t)&outer;
  const struct wanted values[] = {
      {"i", CALLTAP_GIVEN_VALUE, "i", true, -5, 0},
      {"h", CALLTAP_GIVEN_VALUE, "h", true, 0xFE, 0},
      {"i + 1", CALLTAP_GIVEN_VALUE, "i", true, -4, 0},
      {"i + 0x80000000", CALLTAP_GIVEN_VALUE, "j", false, 0x7FFFFFFB, 0},
      {"i + 4294967296", CALLTAP_GIVEN_VALUE, "l", true, 4294967291, 0},
      {"strlen(p->text)", CALLTAP_GIVEN_VALUE, "m", false, 12, 0},
      {"strlen(p->text) + i", CALLTAP_GIVEN_VALUE, "m", false, 7, 0},
      {"-h", CALLTAP_GIVEN_VALUE, "i", true, -0xFE, 0},
      {"~i", CALLTAP_GIVEN_VALUE, "i", true, 4, 0},
      {"not i", CALLTAP_GIVEN_VALUE, "i", true, 0, 0},
      {"i < 0 and p", CALLTAP_GIVEN_VALUE, "i", true, 1, 0},
      {"i or i / 0", CALLTAP_GIVEN_VALUE, "i", true, 1, 0},
      {"'a'", CALLTAP_GIVEN_VALUE, "i", true, 'a', 0},
      {"5", CALLTAP_GIVEN_VALUE, "i", true, 5, 0},
      {"0xFFFFFFFF", CALLTAP_GIVEN_VALUE, "j", false, 0xFFFFFFFF, 0},
      {"5000000000", CALLTAP_GIVEN_VALUE, "l", true, 5000000000, 0},
      {"1.5", CALLTAP_GIVEN_VALUE, "d", true, bits_of(1.5), 0},
      {"f", CALLTAP_GIVEN_VALUE, "d", true, bits_of(-2.5), 0},
      {"p->d", CALLTAP_GIVEN_VALUE, "d", true, bits_of(2.25), 0},
      {"p->real", CALLTAP_GIVEN_VALUE, "d", true, bits_of(1.5), 0},
      {"5ms", CALLTAP_GIVEN_TIME, "l", true, 5000000, 0},
      {"min(1s, 2ms)", CALLTAP_GIVEN_TIME, "l", true, 2000000, 0},
      {"e", CALLTAP_GIVEN_VALUE, "G6.colour", true, -1, 0},
      {"p->colour", CALLTAP_GIVEN_VALUE, "G6.colour", true, -1, 0},
      {"p->byte", CALLTAP_GIVEN_VALUE, "h", true, 200, 0},
      {"p->one", CALLTAP_GIVEN_VALUE, "c", true, '\n', 0},
      {"g->a", CALLTAP_GIVEN_VALUE, "j", true, 5, 0},
      {"g->b", CALLTAP_GIVEN_VALUE, "i", true, -3, 0},
      {"p", CALLTAP_GIVEN_VALUE, "PKS5.outer", true, at, 0},
      {"p->text", CALLTAP_GIVEN_VALUE, "PKc", true, (intptr_t)outer.text, 0},
      {"p->in.next", CALLTAP_GIVEN_VALUE, "PS5.inner", true, (intptr_t)&second, 0},
      {"p->name", CALLTAP_GIVEN_WHOLE, "A8_c", false, at + AT(outer, name), 0},
      {"p->grid[1]", CALLTAP_GIVEN_WHOLE, "A3_i", false, at + AT(outer, grid) + 12, 0},
      {"p->in", CALLTAP_GIVEN_WHOLE, "S5.inner", false, at + AT(outer, in), 0},
      {"p->*", CALLTAP_GIVEN_WHOLE, "KS5.outer", false, at, 0},
      {"r.*", CALLTAP_GIVEN_WHOLE, "KT2.ooS5.outer", false, at, 0},
      {"p->in.*", CALLTAP_GIVEN_WHOLE, "S5.inner", false, at + AT(outer, in), 0},
      {"p->in.next->*", CALLTAP_GIVEN_WHOLE, "S5.inner", false, (intptr_t)&second, 0},
      {"p->pointers[1]->*", CALLTAP_GIVEN_WHOLE, "S5.inner", false, (intptr_t)&third, 0},
      {"as(struct inner, p)->*", CALLTAP_GIVEN_WHOLE, "N5.inner", false, at, 0},
      {"as(struct inner, p)", CALLTAP_GIVEN_VALUE, "PN5.inner", true, at, 0},
      {"t.second", CALLTAP_GIVEN_VALUE, "i", true, (int)words[1], 0},
      {"str(p->text)", CALLTAP_GIVEN_TEXT, "PKc", false, (intptr_t)outer.text, INT32_MAX},
      {"str(p->text, 3)", CALLTAP_GIVEN_TEXT, "PKc", false, (intptr_t)outer.text, 3},
      {"str(p->text, h + 1000)", CALLTAP_GIVEN_TEXT, "PKc", false, (intptr_t)outer.text, 1254},
      {"str(p->text, i)", CALLTAP_GIVEN_TEXT, "PKc", false, (intptr_t)outer.text, -5},
      {"str(p->name)", CALLTAP_GIVEN_TEXT, "PKc", false, at + AT(outer, name), 8},
      {"bytes(p, 16)", CALLTAP_GIVEN_BYTES, "PKc", false, at, 16},
      {"bytes(p->name, h)", CALLTAP_GIVEN_BYTES, "PKc", false, at + AT(outer, name), 0xFE},
      {"tid() > 0", CALLTAP_GIVEN_VALUE, "i", true, 1, 0},
      {"depth()", CALLTAP_GIVEN_VALUE, "i", true, 3, 0},
      {"tcw()", CALLTAP_GIVEN_VALUE, "j", false, 0, 0},
      {"tag()", CALLTAP_GIVEN_VALUE, "l", true, 0, 0},
      {"thread()", CALLTAP_GIVEN_VALUE, "PKc", true, (intptr_t)stream.name, 0},
      {"stack()", CALLTAP_GIVEN_STACK, "stack", false, 16, 0},
      {"stack(3)", CALLTAP_GIVEN_STACK, "stack", false, 3, 0},
  };
  registers.value[0] = 0xA5A5A5A5FFFFFFFB; /* of i; t is in the same registers */
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    if (!strcmp(values[i].value, "t.second"))
      registers.value[1] = words[1];
    check_given(&values[i], false);
    registers.value[1] = 0xA5FE;
  }
  const struct wanted at_exit[] = {
      {"ret", CALLTAP_GIVEN_VALUE, "i", true, -3, 0},
      {"ret()", CALLTAP_GIVEN_VALUE, "i", true, -3, 0},
      {"ret * 2", CALLTAP_GIVEN_VALUE, "i", true, -6, 0},
      {"elapsed", CALLTAP_GIVEN_TIME, "l", true, 5000001, 0},
      {"elapsed()", CALLTAP_GIVEN_TIME, "l", true, 5000001, 0},
      {"max(elapsed, 1s)", CALLTAP_GIVEN_TIME, "l", true, 1000000000, 0},
      {"elapsed > 5ms", CALLTAP_GIVEN_VALUE, "i", true, 1, 0},
      {"exit() == return", CALLTAP_GIVEN_VALUE, "i", true, 1, 0},
      {"exit() != return", CALLTAP_GIVEN_VALUE, "i", true, 0, 0},
      {"p->id", CALLTAP_GIVEN_VALUE, "i", true, -7, 0},
  };
  for (size_t i = 0; i < sizeof at_exit / sizeof at_exit[0]; i++)
    check_given(&at_exit[i], true);
}
END_TEST

START_TEST(values_that_cannot_be_read) {
  begin();
  add_word("p", "PS5.outer", 16);
  add_word("z", "i", 0);
  static const char *const values[] = {"p->id",         "1 / z",           "strlen(p->text)",   "p->text",
                                       "p->in.next->*", "str(p->text, 2)", "bytes(p->text, 2)", "bytes(p, p->id)"};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    const struct match_input in = {
        .shape = &(const struct shape){.frame_base = NO_FRAME}, .stream = &stream, .entry = &registers};
    struct calltap_given given;
    int64_t words[2];
    REQUIRE(compile_value(values[i], false, &given), "%s: %s", values[i], error.message);
    REQUIRE(calltap__match(program.op, &in, words) == FAULT, "%s", values[i]);
  }
}
END_TEST

/* The whole of a clause is checked: guards, and the values of all actions, each where it is done. */
START_TEST(clauses_are_checked_with_their_actions) {
  static const struct {
    const char *text;
    size_t column; /* 0: nothing is wrong */
    const char *message;
  } rows[] = {
      {"f when i -> return when ret -> message(elapsed), sum(ret) by i", 0, ""},
      {"f -> time by i, count by (s, p->*, stack(3), d)", 0, ""},
      {"f -> tag(i), tcw(1s), sum(e), hist(c)", 0, ""},
      {"f -> return -> hist(elapsed), tag(ret), tcw(ret)", 0, ""},
      {"f -> return when ret, sum(ret)", 0, ""}, /* done at the exit */
      {"f -> return when ret, tag(ret), count by ret", 0, ""},
      {"f -> tag(str(s)), tag(\"x\"), tag(str(s, 3))", 0, ""},
      {"f(x, ...) -> message(x), count by x", 0, ""},
      {"f -> sum(ret)", 10, "ret is known at the exit only"},
      {"f -> return, sum(elapsed)", 18, "elapsed is known at the exit only"},
      {"f -> return when ret, message(ret)", 31, "ret is known at the exit only"},
      {"f -> count by ret", 15, "ret is known at the exit only"},
      {"f -> time by elapsed", 0, ""}, /* all of it at the exit */
      {"f -> message(nosuch)", 14, "there is no parameter nosuch; the function has i"},
      {"f -> message(i, nosuch)", 17, "there is no parameter nosuch"},
      {"f -> count by (i, nosuch)", 19, "there is no parameter nosuch"},
      {"f(x, ...) -> message(y)", 22, "there is no parameter y"},
      {"f -> return -> message(i), stack, tag(nosuch)", 39, "there is no parameter nosuch"},
      {"f when nosuch -> count", 8, "there is no parameter nosuch"},
      {"f -> return when nosuch", 18, "there is no parameter nosuch"},
      {"f -> sum(d)", 10, "a whole number or a time is expected here"},
      {"f -> sum(1.5)", 10, "a whole number or a time is expected here"},
      {"f -> sum(s)", 10, "a whole number or a time is expected here"},
      {"f -> hist(p)", 11, "a whole number or a time is expected here"},
      {"f -> hist(p->*)", 12, "a whole number or a time is expected here"},
      {"f -> hist(str(s))", 11, "a whole number or a time is expected here"},
      {"f -> tcw(\"x\")", 10, "a whole number or a time is expected here"},
      {"f -> tag(s)", 10, "a tag is a whole number, or a text in str()"},
      {"f -> tag(p->*)", 11, "a tag is a whole number, or a text in str()"},
      {"f -> tag(bytes(s, 3))", 10, "a tag is a whole number, or a text in str()"},
      {"f -> tag(d)", 10, "a tag is a whole number, or a text in str()"},
      {"f -> sum(stack(3))", 10, "stack is no value; write it as an action, or behind by"},
      {"f -> message(stack)", 14, "there is no parameter stack"},
      {"f -> message(stack())", 14, "stack is no value"},
      {"f -> message(i + stack())", 18, "stack stands behind -> and by only"},
      {"f -> count by stack(0)", 15, "stack takes a number of frames from 1 to 64"},
      {"f -> count by stack(i)", 15, "stack takes a number of frames from 1 to 64"},
      {"f -> count by stack(1, 2)", 15, "stack takes a number of frames from 1 to 64"},
      {"f -> message(bytes(s))", 14, "bytes takes an address and a length"},
      {"f -> message(bytes(i, 3))", 14, "this is of type int, which is no address"},
      {"f -> message(bytes(s, d))", 23, "this is of type double, and a whole number is expected"},
      {"f -> message(str())", 14, "str takes a text, and a length if you like"},
      {"f -> message(str(s, 1, 2))", 14, "str takes a text, and a length if you like"},
      {"f -> message(str(p))", 18, "this is of type struct outer *, which is no text"},
      {"f -> message(str(s, s))", 21, "this is of type const char *, and a whole number is expected"},
      {"f -> message(i->*)", 15, "this is of type int, which leads to no structure"},
      {"f -> message(s->*)", 15, "this is of type const char, which leads to no structure"},
      {"f -> message(v->*)", 15, "this is of type void, which leads to no structure"},
      {"f -> message(q->*)", 15, "this is of type struct nowhere"},
      {"f -> message(t.*)", 15, "this is of type struct two"},
      {"f -> message(t)", 14, "this is of type struct two, which is passed in registers: name its members"},
      {"f -> message(p->* == 1)", 15, "a whole object stands in message only"},
      {"f -> message(exit())", 14, "exit() compares with return, tail, unwound, skipped or thread_end"},
      {"f -> return -> message(exit() == unwind)", 24,
       "exit() compares with return, tail, unwound, skipped or thread_end"},
      {"f -> return -> message(exit() < tail)", 24,
       "exit() compares with return, tail, unwound, skipped or thread_end"},
      {"f -> message(exit() == tail)", 21, "exit() is known at the exit only"},
      {"f -> message(^RED)", 14, "^RED stands beside a value of its enum type"},
      {"f -> message(strlen())", 14, "there are too few values for strlen()"},
      {"f -> message(tid(1))", 14, "there are too many values for tid()"},
      {"f -> message(as(struct nobody, p)->x)", 14, "the source of this function knows no type nobody"},
      {"f -> message(as(struct inner, i)->x)", 14, "this is of type int, which is no address"},
      {"f -> message(as(struct inner, p)->id)", 33, "inner has no member id"},
      {"f -> return -> message(o)", 24, "parameter o is passed on the stack, which is not kept until the exit"},
      {"f -> message(o)", 0, ""},
  };
  begin();
  add("i", "i", 0, CALLTAP_PLACE_NONE, 0);
  add("d", "d", CALLTAP_PLACE_XMM0, CALLTAP_PLACE_NONE, 0);
  add("p", "PS5.outer", 1, CALLTAP_PLACE_NONE, 0);
  add("c", "c", 2, CALLTAP_PLACE_NONE, 0);
  add("v", "Pv", 2, CALLTAP_PLACE_NONE, 0);
  add("s", "PKc", 3, CALLTAP_PLACE_NONE, 0);
  add("e", "G6.colour", 4, CALLTAP_PLACE_NONE, 0);
  add("q", "PS7.nowhere", 4, CALLTAP_PLACE_NONE, 0);
  add("t", "S3.two", 4, 5, 0);
  add("o", "i", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 0);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    error = (struct calltap_rule_error){0, ""};
    REQUIRE(calltap_rules_parse(rows[i].text, &rules, &error), "%s: %s", rows[i].text, error.message);
    bool good = calltap_rule_check(&rules, &rules.clause[0], &signature, &program, &error);
    REQUIRE(good == !rows[i].column, "%s: %s", rows[i].text, good ? "was taken" : error.message);
    REQUIRE(strstr(error.message, rows[i].message) == error.message, "%s: %s", rows[i].text, error.message);
    REQUIRE(error.column == rows[i].column, "%s: column %zu: %s", rows[i].text, error.column, error.message);
  }
}
END_TEST

/* -- what cannot be compiled ---------------------------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_asked_is_told) {
  static const struct {
    const char *text;
    size_t column;
    const char *message;
  } rows[] = {
      {"f when x", 8,
       "there is no parameter x; the function has i, d, p, c, v, s, gone, secret, e, sec, q, ld, t, fn, s2"},
      {"f(x=1)", 3, "there is no parameter x; the function has i, d,"},
      {"f when gone", 8, "parameter gone was removed by the optimiser, here or at the callers"},
      {"f when secret == 1", 8, "parameter secret is sensitive, and no rule may look at it"},
      {"f(secret=1)", 10, "parameter secret is sensitive"},
      {"f when sec->key", 11, "member key is sensitive, and no rule may look at it"},
      {"f when sec->k1", 11, "member k1 is sensitive"},
      {"f when s2->w", 10, "member w is sensitive"},
      {"f({key=1}, ...)", 8, "this is of type int, which has no members"},
      {"f(sec={key=1})", 12, "member key is sensitive"},
      {"f when as(int *, sec)[0]", 8, "this is of type struct secret *, which leads to sensitive members"},
      {"f when i.x", 9, "this is of type int, which has no members"},
      {"f when (1).x", 11, "this is of type int, which has no members"},
      {"f when (1.5).x", 13, "this is a decimal number, which has no members"},
      {"f when p->x", 9, "struct outer has no member x"},
      {"f when v->x", 9, "this is of type void, which has no members"},
      {"f when q->x", 9, "this is of type struct nowhere, which is incomplete here"},
      {"f when fn.x", 10, "this is of type int(), which has no members"},
      {"f when i[0]", 9, "this is of type int, which has no elements"},
      {"f when v[0]", 9, "this is of type void *, which has no elements"},
      {"f when q[0].x", 9, "this is of type struct nowhere *, which has no elements"},
      {"f when s[d]", 10, "this is of type double, which is no index"},
      {"f when s[1.5]", 10, "this is a decimal number, which is no index"},
      {"f when p->in", 9, "this is of type struct inner, which is neither true nor false"},
      {"f when p->in == 1", 14, "this is of type struct inner, which cannot be compared as a whole"},
      {"f when t == t", 10, "this is of type struct two, which cannot be compared as a whole"},
      {"f when ld > 1", 8, "this is of type long double, which rules cannot look at"},
      {"f when d + 1 > 2", 10, "this is of type double, which rules do not calculate with"},
      {"f when 1.5 + 1 > 2", 12, "this is a decimal number, which rules do not calculate with"},
      {"f when -d > 2", 8, "this is of type double, which rules do not calculate with"},
      {"f when s + 1 == 0", 10, "this is of type const char *, which rules do not calculate with"},
      {"f when i == 1.5", 10, "a decimal number compares with a decimal number: one side is an integer"},
      {"f when d == i", 10, "a decimal number compares with a decimal number"},
      {"f(1.5, ...)", 3, "a decimal number compares with a decimal number"},
      {"f when i > 5ms", 12, "this is of type int: a time compares with times only; write the number without a unit"},
      {"f when 5ms < i", 8, "this is of type int: a time compares with times only"},
      {"f when 5ms < 5", 14, "a time compares with times only: write a unit, as in 5ms"},
      {"f when i + 5ms", 10, "this is a time, which rules do not calculate with"},
      {"f when 5ms", 8, "this is a time, which is neither true nor false"},
      {"f(5ms, ...)", 3, "this is of type int: a time compares with times only"},
      {"f when elapsed > 5ms", 8, "elapsed is known at the exit only: write it behind -> return when"},
      {"f when ret", 8, "ret is known at the exit only: write it behind -> return when"},
      {"f when i == \"x\"", 10,
       "this is of type int, which is no text; a string compares with char *, char arrays and characters"},
      {"f when c == \"xy\"", 10, "this is of type char, which is no text"},
      {"f when c == \"\"", 10, "this is of type char, which is no text"},
      {"f when c ~ \"x\"", 10, "this is of type char, which is no text"},
      {"f when s < \"x\"", 10, "texts are compared with == != ~"},
      {"f when \"x\" == \"x\"", 8, "a string stands on one side of == != ~"},
      {"f when \"x\"", 8, "a string stands on one side of == != ~"},
      {"f(~\"a\", ...)", 3, "this is of type int, which is no text"},
      {"f when i == ^RED", 13, "^RED is an enumerator, and stands beside a value of an enum type"},
      {"f when e == ^PINK", 13, "this is of type enum colour, which has no such enumerator"},
      {"f when ^RED", 8, "^RED stands beside a value of its enum type, as in mode == ^READ"},
      {"f when ^RED == ^RED", 8, "^RED stands beside a value of its enum type"},
      {"f(e=RED)", 5, "a bare name binds; to compare with the enumerator write ^RED"},
      {"f when lstrlen(s) > 4", 8, "there is no function lstrlen(); there are strlen"},
      {"f(p={id=x})", 9, "names are bound to parameters, not to members; say it in the guard: x"},
      {"f()", 2, "the head has fewer patterns than the function has parameters; ... stands for the rest"},
      {"g; f(_)", 5, "the head has fewer patterns than the function has parameters"},
      {"f(1, e=^RED)", 2, "the head has fewer patterns"},
      {"f(_,_,_,_,_,_,_,_,_,_,_,_,_,_,_,_)", 33, "the head has more patterns than the function has parameters"},
      {"f(..., 5)", 8, "behind ... stand only patterns with names, as in len=4"},
  };
  begin();
  add("i", "i", 0, CALLTAP_PLACE_NONE, 0);
  add("d", "d", CALLTAP_PLACE_XMM0, CALLTAP_PLACE_NONE, 0);
  add("p", "PS5.outer", 1, CALLTAP_PLACE_NONE, 0);
  add("c", "c", 2, CALLTAP_PLACE_NONE, 0);
  add("v", "Pv", 2, CALLTAP_PLACE_NONE, 0);
  add("s", "PKc", 3, CALLTAP_PLACE_NONE, 0);
  add("gone", "i", CALLTAP_PLACE_OPTIMIZED_OUT, CALLTAP_PLACE_NONE, 0);
  add("secret", "i", CALLTAP_PLACE_SENSITIVE, CALLTAP_PLACE_NONE, 0);
  add("e", "G6.colour", 4, CALLTAP_PLACE_NONE, 0);
  add("sec", "PS6.secret", 4, CALLTAP_PLACE_NONE, 0);
  add("q", "PS7.nowhere", 4, CALLTAP_PLACE_NONE, 0);
  add("ld", "e", CALLTAP_PLACE_STACK, CALLTAP_PLACE_NONE, 0);
  add("t", "S3.two", 4, 5, 0);
  add("fn", "PFiE", 4, CALLTAP_PLACE_NONE, 0);
  add("s2", "PS7.secret2", 4, CALLTAP_PLACE_NONE, 0);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    size_t clause = 0;
    error = (struct calltap_rule_error){0, ""};
    REQUIRE(calltap_rules_parse(rows[i].text, &rules, &error), "%s: %s", rows[i].text, error.message);
    clause = rules.clauses - 1;
    REQUIRE(!calltap_rule_compile(&rules, &rules.clause[clause], &signature, &program, &error), "%s was taken",
            rows[i].text);
    REQUIRE(strstr(error.message, rows[i].message) == error.message, "%s: %s", rows[i].text, error.message);
    REQUIRE(error.column == rows[i].column, "%s: column %zu", rows[i].text, error.column);
  }
}
END_TEST

/* -- the exit ------------------------------------------------------------------------------------------------------------------------ */

START_TEST(guards_of_the_return) {
  static const struct shape shape = {.frame_base = NO_FRAME, .kind = CALLTAP_SITE_RETURN};
  static const struct shape tail = {.frame_base = NO_FRAME, .kind = CALLTAP_SITE_TAIL};
  static const struct answer answers[] = {
      {"f -> return when ret < 0", YES},           {"f -> return when ret == -3 and n == 4", YES},
      {"f(m) -> return when ret() + m == 1", YES}, {"f -> return when elapsed > 5ms", YES},
      {"f -> return when elapsed() > 5001us", NO}, {"f -> return when 1s > elapsed and 5ms < elapsed", YES},
      {"f -> return when n / 0", FAULT},           {"f -> return when exit() == return", YES},
      {"f -> return when exit() != return", NO},   {"f -> return when tail == exit()", NO},
      {"f -> return when depth() == 1", YES},
  };
  begin();
  struct registers after = {.value = {[CALLTAP_PLACE_RAX] = 0xFFFFFFFFFFFFFFFD}};
  add_word("n", "i", 4);
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    struct match_input in = {&shape, &stream, &registers, vector, &after, NULL, 5000001, 1};
    error = (struct calltap_rule_error){0, ""};
    ck_assert(calltap_rules_parse(answers[i].text, &rules, &error));
    REQUIRE(calltap_rule_compile_exit(&rules, &rules.clause[0], &signature, &program, &error), "%s: %s",
            answers[i].text, error.message);
    ck_assert(calltap_program_valid(&program));
    REQUIRE(calltap__match(program.op, &in, NULL) == answers[i].want, "%s", answers[i].text);
    in.shape = &tail; /* no result */
    if (strstr(answers[i].text, "ret ") || strstr(answers[i].text, "ret()"))
      ck_assert_int_eq(calltap__match(program.op, &in, NULL), FAULT);
    if (strstr(answers[i].text, "exit()"))
      ck_assert_int_eq(calltap__match(program.op, &in, NULL), answers[i].want == YES ? NO : YES);
  }
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_program", integers_are_those_of_c, division_by_zero_is_a_fault_and_far_shifts_are_not,
                   reals_are_those_of_c, members_are_read_through_pointers, own_members_hide_those_of_bases, bit_fields,
                   structs_by_value, enumerators, names_bind_and_compare, texts, the_end_of_memory,
                   abs_min_and_max_have_the_types_of_c, abs_min_and_max_at_the_edges, lengths_of_texts,
                   texts_of_a_length, the_thread_and_the_session, addresses_get_types, values_have_kinds_and_types,
                   values_that_cannot_be_read, clauses_are_checked_with_their_actions, what_cannot_be_asked_is_told,
                   guards_of_the_return);
}
