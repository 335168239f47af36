/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every kind of value in both views, and items that are not what their type says. */
#include <cbor.h>
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "small_trace.h"
#include "suite.h"

/* --- one value --- */

/* The types that the tests name. */
static const struct {
  const char *definition;
  struct trace_view view;
} types[] = {
    {"4.Base=C8{2.id0i}", {0}},
    {"4.List=S16{4.next0PS4.List5.value8i}", {0}},
    {"4.Null=S0{}", {0}},
    {"4.bits=S4{1.a:0,3j1.b:3,5i3.yes:8,1b4.mode:9,3G4.mode}", {0}},
    {"4.deep=S8{0.0S4.deep1.x0i}", {0}},
    {"4.mode=Ej{4.READ1;5.WRITE2;4.EXEC4;3.ALL7;}", {0}},
    {"4.nums=S16{1.v0A4_i}", {0}},
    {"4.some=C8<i>{}", {"optional", 4, 0}},
    {"4.text=S24{4.name0A8_c3.raw8A8_h4.more16A4_h4.flex20A0_i}", {0}},
    {"4.wide=C8<PS6.client>{}", {"pointer", 0, 0}},
    {"5.Whole=C24{^0N4.Base1.x8d0.16U4.anon}", {0}},
    {"4.anon=U4{1.i0i1.f0f}", {0}},
    {"5.Empty=C1{}", {0}},
    {"5.color=Ei{3.RED0;5.GREEN1;4.BLUE2;3.BAD-1;}", {0}},
    {"5.lists=C24<i>{}", {"sequence", 0, 8}},
    {"5.names=C24<N6.string>{}", {"sequence", 0, 8}},
    {"6.client=S48{2.fd0i4.name8PKc!6.secret16i6.handle24PFviE4.next32PS6.client}", {0}},
    {"6.hidden=S8", {0}},
    {"6.string=C32<c>{}", {"string", 0, 8}},
    {"7.derived=C16{^0N6.secret1.i8i}", {0}},
    {"6.secret=C8{!0.0Z8_0.}", {0}},
};

enum { TYPES = sizeof types / sizeof *types };

static void build(struct trace *trace, const char *type, const struct trace *item) {
  const struct trace_value x[] = {{"x", type, 1}, {0}};
  trace_start(trace, &small_header, 2 * PAGE);
  for (uint64_t i = 0; i < TYPES; i++)
    trace_type(trace, i, types[i].definition, types[i].view);
  trace_unit(trace, 3, TYPES);
  trace->unit = 3;
  trace_function(trace, 0, "m", "f", 4, (struct trace_value){"", type, 1}, x);
  trace_chunk(trace, PAGE, 1, 1000, 50);
  trace_thread(trace, 1, 1, "t");
  trace_event_head(trace, 0, CALL, 1100, 1);
  trace_raw(trace, item->bytes, item->size);
  trace_finish(trace);
}

/* An independent reader takes every record of the trace. */
static void is_cbor(const struct trace *trace) {
  for (size_t at = 0; at < trace->size;) {
    if (trace->bytes[at] == 0) {
      at++;
      continue;
    }
    struct cbor_load_result result;
    cbor_item_t *record = cbor_load(trace->bytes + at, trace->size - at, &result);
    ck_assert_ptr_nonnull(record);
    cbor_decref(&record);
    at += result.read;
  }
}

/* The name of the function at an even address. */
static bool name(struct calltap__namer *namer, const struct calltap_trace_file *file, uint64_t address,
                 struct calltap__builder *out) {
  (void)namer;
  ck_assert_uint_eq(file->pid, 4711);
  calltap__build(out, "m:handler/1");
  return address % 2 == 0;
}

static void is_shown(struct calltap_reader *reader, calltap__view_maker *make, const char *before, const char *expected,
                     const char *after) {
  struct calltap__namer namer = {.name = name};
  char *shown = capture(reader, make, (struct calltap__view_options){.namer = &namer});
  ck_assert_ptr_nonnull(shown);
  char *start = strstr(shown, before);
  ck_assert_ptr_nonnull(start);
  start += strlen(before);
  char *end = strstr(start, after);
  ck_assert_ptr_nonnull(end);
  *end = '\0';
  ck_assert_str_eq(start, expected);
  free(shown);
}

/* Takes `item` over. */
static void shows(struct trace *item, const char *type, const char *text, const char *json) {
  struct trace trace;
  build(&trace, type, item);
  is_cbor(&trace);
  struct calltap_reader *reader = small_open(&trace);
  is_shown(reader, calltap__view_text, "m:f(x=", text, ")\n");
  is_shown(reader, calltap__view_json, "\"value\":", json, "}],\"depth\"");
  calltap_reader_close(reader);
  trace_free(&trace);
  trace_free(item);
}

static void number(const char *type, int64_t value, const char *text, const char *json) {
  struct trace item = {0};
  trace_int(&item, value);
  shows(&item, type, text, json);
}

static void memory(const char *type, const void *bytes, size_t size, const char *text, const char *json) {
  struct trace item = {0};
  trace_bytes(&item, bytes, size);
  shows(&item, type, text, json);
}

#define MEMORY(type, object, text, json) memory(type, &(object), sizeof(object), text, json)

/* The start of the item of a pointer with its contents and `more` elements to follow. */
static void pointer(struct trace *item, uint64_t address, const void *bytes, size_t size, uint64_t more) {
  trace_array(item, 2 + more);
  trace_uint(item, address);
  trace_bytes(item, bytes, size);
}

/* The start of [offset, item]. */
static void follow(struct trace *item, uint64_t offset) {
  trace_array(item, 2);
  trace_uint(item, offset);
}

/* --- scalars --- */

START_TEST(integers) {
  number("i", -5, "-5", "-5");
  number("T8.uint64_tm", INT64_MAX, "9223372036854775807", "\"9223372036854775807\"");
  number("Kl", INT64_C(1) << 53, "9007199254740992", "9007199254740992");
  number("h", 65, "65", "65");
  number("a", -65, "-65", "-65");
  number("c", 'x', "'x'", "120");
  number("c", -2, "'\\xfe'", "-2");
  number("b", 1, "true", "true");
  number("b", 0, "false", "false");
  number("b", 7, "7", "7");
  number("r", 0x20ac, "8364", "8364");
}
END_TEST

START_TEST(wide_integers) {
  __extension__ const unsigned __int128 all = ~(unsigned __int128)0;
  __extension__ const __int128 least = (__int128)((unsigned __int128)1 << 127), small = -7;
  __extension__ const unsigned __int128 round = (unsigned __int128)UINT64_C(10000000000000000000) * 10 + 5;
  MEMORY("o", all, "340282366920938463463374607431768211455", "\"340282366920938463463374607431768211455\"");
  MEMORY("n", least, "-170141183460469231731687303715884105728", "\"-170141183460469231731687303715884105728\"");
  MEMORY("n", small, "-7", "-7");
  MEMORY("o", round, "100000000000000000005", "\"100000000000000000005\"");
}
END_TEST

START_TEST(enumerations) {
  number("G5.color", 1, "GREEN", "\"GREEN\"");
  number("G5.color", -1, "BAD", "\"BAD\"");
  number("G5.color", 9, "9", "9");
  number("T5.shadeG5.color", 2, "BLUE", "\"BLUE\"");
  number("G4.mode", 1, "READ", "\"READ\"");
  number("G4.mode", 7, "ALL", "\"ALL\"");
  number("G4.mode", 0x45, "READ|EXEC|0x40", "\"READ|EXEC|0x40\"");
  number("G4.mode", 0x40, "64", "64");
  number("G4.mode", 0, "0", "0");
  number("G4.gone", 4, "4", "4");
}
END_TEST

static void real(double value, const char *text, const char *json) {
  struct trace item = {0};
  trace_double(&item, value);
  shows(&item, "d", text, json);
}

static void single(float value, const char *text) {
  struct trace item = {0};
  trace_float(&item, value);
  shows(&item, "f", text, text);
}

START_TEST(floats) {
  real(0.25, "0.25", "0.25");
  real(1e300, "1e+300", "1e+300");
  real(100000, "100000", "100000");
  real(1e-7, "1e-7", "1e-7");
  real(0.1 + 0.2, "0.30000000000000004", "0.30000000000000004");
  real(-0.0, "-0", "-0");
  real(DBL_MAX, "1.7976931348623157e+308", "1.7976931348623157e+308");
  real(5e-324, "5e-324", "5e-324");
  real((double)NAN, "nan", "\"nan\"");
  real(-(double)INFINITY, "-inf", "\"-inf\"");
  single(0.1F, "0.1");
  single(FLT_MAX, "3.4028235e+38");
  single(16777216.0F, "16777216");
}
END_TEST

START_TEST(short_floats) {
  static const struct {
    uint16_t bits;
    const char *text;
  } cases[] = {{0x3c00, "1"}, {0x3555, "0.3333"}, {0x7bff, "65500"}, {0x0001, "6e-8"}, {0x8000, "-0"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct trace item = {0};
    trace_wide(&item, 7, cases[i].bits, 2);
    shows(&item, "k", cases[i].text, cases[i].text);
  }
}
END_TEST

START_TEST(long_floats) {
  const long double tenth = 0.1L, quarter = -0.25L, huge = 1e4000L;
  const __float128 third = (__float128)1 / 3, one = 1;
  uint8_t unnormal[16] = {[9] = 0x40};
  MEMORY("e", tenth, "0.1", "\"0.1\"");
  MEMORY("e", quarter, "-0.25", "-0.25");
  MEMORY("e", huge, "1e+4000", "\"1e+4000\"");
  MEMORY("e", unnormal, "nan", "\"nan\"");
  MEMORY("g", third, "0.3333333333333333333333333333333333", "\"0.3333333333333333333333333333333333\"");
  MEMORY("g", one, "1", "1");
}
END_TEST

START_TEST(complex_numbers_and_vectors) {
  const double complex[] = {1, 2}, other[] = {0.5, -3};
  const int32_t four[] = {1, 2, 3, -4};
  const float two[] = {0.5F, 1};
  MEMORY("Cd", complex, "1+2i", "{\"real\":1,\"imaginary\":2}");
  MEMORY("Cd", other, "0.5-3i", "{\"real\":0.5,\"imaginary\":-3}");
  MEMORY("H4_i", four, "{1, 2, 3, -4}", "[1,2,3,-4]");
  MEMORY("T3.v2fH2_f", two, "{0.5, 1}", "[0.5,1]");
}
END_TEST

/* --- pointers --- */

START_TEST(pointers_are_addresses) {
  number("Pv", 0x7f31c0, "0x7f31c0", "\"0x7f31c0\"");
  number("Pv", 0, "NULL", "\"0x0\"");
  number("Ri", 0x10, "0x10", "\"0x10\"");
  number("PKc", 0, "NULL", "null");
  number("PKc", 0x10, "0x10", "{\"pointer\":\"0x10\"}");
  number("u", 0, "NULL", "\"0x0\"");
}
END_TEST

START_TEST(pointers_to_functions_have_names) {
  number("PFviE", 0x1000, "0x1000 <m:handler/1>", "{\"pointer\":\"0x1000\",\"function\":\"m:handler/1\"}");
  number("T8.callbackPFviE", 0x1001, "0x1001", "\"0x1001\"");
  number("PFvzE", 0, "NULL", "\"0x0\"");
}
END_TEST

static void string(const char *bytes, const char *text, const char *json) {
  struct trace item = {0};
  pointer(&item, 0x1000, bytes, strlen(bytes), 0);
  shows(&item, "PKc", text, json);
}

START_TEST(strings) {
  string("SET", "\"SET\"", "\"SET\"");
  string("", "\"\"", "\"\"");
  string("caf\xc3\xa9 \"\\\n", "\"caf\xc3\xa9 \\\"\\\\\\n\"", "\"caf\xc3\xa9 \\\"\\\\\\u000a\"");
  string("caf\xe9\\", "\"caf\\xe9\\\\\"", "{\"value\":\"caf\\\\xe9\\\\\\\\\",\"escaped\":true}");
}
END_TEST

START_TEST(cut_strings) {
  struct trace item = {0};
  pointer(&item, 0x1000, "abcdef", 6, 1);
  trace_uint(&item, 4711);
  shows(&item, "Pc", "\"abcdef\"... (4711 bytes)", "{\"value\":\"abcdef\",\"cut\":true,\"length\":4711}");
  pointer(&item, 0x1000, "abc", 3, 1);
  trace_null(&item);
  shows(&item, "Pc", "\"abc\"... (more than 3 bytes)", "{\"value\":\"abc\",\"cut\":true}");
}
END_TEST

START_TEST(pointers_that_lead_nowhere) {
  struct trace item = {0};
  trace_array(&item, 2);
  trace_uint(&item, 0xdead);
  trace_null(&item);
  shows(&item, "PKc", "0xdead <unreadable>", "{\"unknown\":\"unreadable\",\"pointer\":\"0xdead\"}");
}
END_TEST

START_TEST(pointers_to_other_values) {
  struct trace item = {0};
  const int32_t five = 5;
  const uint64_t address = 0x2000;
  pointer(&item, 0x1000, "x", 1, 0);
  shows(&item, "RKc", "0x1000 -> 'x'", "{\"pointer\":\"0x1000\",\"value\":120}");
  number("Rc", 0x1000, "0x1000", "\"0x1000\"");
  pointer(&item, 0x1000, &five, sizeof five, 0);
  shows(&item, "Pi", "0x1000 -> 5", "{\"pointer\":\"0x1000\",\"value\":5}");
  pointer(&item, 0x1000, &address, sizeof address, 1);
  follow(&item, 0);
  pointer(&item, 0x2000, "hi", 2, 0);
  shows(&item, "PPc", "0x1000 -> \"hi\"", "{\"pointer\":\"0x1000\",\"value\":\"hi\"}");
}
END_TEST

/* --- records --- */

struct client {
  int32_t fd;
  uint64_t name;
  int32_t secret;
  uint64_t handle, next;
  uint64_t rest;
};

START_TEST(records) {
  struct trace item = {0};
  const struct client client = {.fd = 3, .name = 0x2000, .secret = 42, .handle = 0x4001, .next = 0x3000};
  const struct client last = {.fd = 4};
  memory("S6.client", &client, 48, "{fd=3, name=0x2000, secret=<sensitive>, handle=0x4001, next=0x3000} (by value)",
         "{\"fd\":3,\"name\":{\"pointer\":\"0x2000\"},\"secret\":{\"unknown\":\"sensitive\"},\"handle\":\"0x4001\","
         "\"next\":\"0x3000\"}");
  pointer(&item, 0x1000, &client, 48, 2);
  follow(&item, 8);
  pointer(&item, 0x2000, "bob", 3, 0);
  follow(&item, 32);
  pointer(&item, 0x3000, &last, 48, 0);
  shows(&item, "PS6.client",
        "0x1000 {fd=3, name=\"bob\", secret=<sensitive>, handle=0x4001, next=0x3000 {fd=4, name=NULL, "
        "secret=<sensitive>, handle=NULL, next=NULL}}",
        "{\"pointer\":\"0x1000\",\"value\":{\"fd\":3,\"name\":\"bob\",\"secret\":{\"unknown\":\"sensitive\"},"
        "\"handle\":\"0x4001\",\"next\":{\"pointer\":\"0x3000\",\"value\":{\"fd\":4,\"name\":null,\"secret\":"
        "{\"unknown\":\"sensitive\"},\"handle\":\"0x0\",\"next\":\"0x0\"}}}}");
}
END_TEST

START_TEST(aggregates_with_followed_pointers) {
  struct trace item = {0};
  const struct client client = {.fd = 3, .name = 0x2000};
  trace_array(&item, 2);
  trace_bytes(&item, &client, 16);
  follow(&item, 8);
  pointer(&item, 0x2000, "x", 1, 0);
  shows(&item, "S6.client", "{fd=3, name=\"x\", secret=<sensitive>, handle=..., next=...} (by value)",
        "{\"fd\":3,\"name\":\"x\",\"secret\":{\"unknown\":\"sensitive\"},\"handle\":{\"unknown\":\"not captured\"},"
        "\"next\":{\"unknown\":\"not captured\"}}");
}
END_TEST

START_TEST(members_of_bases_and_of_anonymous_members_are_its_own) {
  const struct {
    int32_t id;
    double x;
    float f;
  } whole = {7, 0.5, 1};
  MEMORY("N5.Whole", whole, "{id=7, x=0.5, i=1065353216, f=1} (by value)",
         "{\"id\":7,\"x\":0.5,\"i\":1065353216,\"f\":1}");
}
END_TEST

/* By itself, in an array, as a base. */
START_TEST(records_of_which_nothing_may_be_known) {
  static const char zeros[16];
  memory("N6.secret", zeros, 8, "<sensitive>", "{\"unknown\":\"sensitive\"}");
  memory("A2_N6.secret", zeros, 16, "[<sensitive>, <sensitive>]",
         "[{\"unknown\":\"sensitive\"},{\"unknown\":\"sensitive\"}]");
  memory("N7.derived", zeros, 16, "{<sensitive>, i=0} (by value)", "{\"\":{\"unknown\":\"sensitive\"},\"i\":0}");
}
END_TEST

START_TEST(bit_fields) {
  /* a=5, b=-2, yes=true, mode=READ|EXEC */
  const uint32_t bits = 5 | 30U << 3 | 1U << 8 | 5U << 9;
  MEMORY("S4.bits", bits, "{a=5, b=-2, yes=true, mode=READ|EXEC} (by value)",
         "{\"a\":5,\"b\":-2,\"yes\":true,\"mode\":\"READ|EXEC\"}");
}
END_TEST

START_TEST(arrays) {
  const int32_t four[] = {1, 2, 3, 4};
  const char text[24] = "SET\0junk\xff\x01\x02\x03\0\0\0\0more";
  MEMORY("S4.nums", four, "{v=[1, 2, 3, 4]} (by value)", "{\"v\":[1,2,3,4]}");
  memory("S4.nums", four, 12, "{v=[1, 2, 3, ... (4)]} (by value)",
         "{\"v\":{\"value\":[1,2,3],\"cut\":true,\"length\":4}}");
  MEMORY("S4.text", text, "{name=\"SET\", raw=[255, 1, 2, 3, 0, 0, 0, 0], more=\"more\", flex=[]} (by value)",
         "{\"name\":\"SET\",\"raw\":[255,1,2,3,0,0,0,0],\"more\":\"more\",\"flex\":[]}");
  MEMORY("A4_c", "abcd", "\"abcd\"", "\"abcd\"");
  memory("A9_c", "abcd", 4, "\"abcd\"... (more than 4 bytes)", "{\"value\":\"abcd\",\"cut\":true}");
  MEMORY("A2_A2_i", four, "[[1, 2], [3, 4]]", "[[1,2],[3,4]]");
}
END_TEST

START_TEST(long_arrays_are_cut_in_text_only) {
  struct trace item = {0};
  uint8_t bytes[70] = {0};
  char text[512] = "[0", json[512] = "[0";
  for (int i = 1; i < 70; i++) {
    strcat(json, ",0");
    if (i < 64)
      strcat(text, ", 0");
  }
  strcat(text, ", ... (70)]");
  strcat(json, "]");
  trace_bytes(&item, bytes, sizeof bytes);
  shows(&item, "A70_h", text, json);
}
END_TEST

START_TEST(what_is_not_described_is_not_captured) {
  MEMORY("S6.hidden", "1234567", "...", "{\"unknown\":\"not captured\"}");
  MEMORY("S7.unknown", "1234567", "...", "{\"unknown\":\"not captured\"}");
  MEMORY("Z8_5.thing", "1234567", "...", "{\"unknown\":\"not captured\"}");
  memory("S4.Null", "", 0, "{} (by value)", "{}");
  memory("N5.Empty", "", 0, "{} (by value)", "{}");
}
END_TEST

/* --- views --- */

START_TEST(viewed_strings) {
  struct trace item = {0};
  const uint64_t string[4] = {0x2000, 5}, empty[4] = {0x2000, 0};
  trace_array(&item, 2);
  trace_bytes(&item, string, sizeof string);
  follow(&item, 0);
  pointer(&item, 0x2000, "a\0b\n!", 5, 0);
  shows(&item, "N6.string", "\"a\\x00b\\n!\"", "\"a\\u0000b\\u000a!\"");
  pointer(&item, 0x1000, string, sizeof string, 1);
  follow(&item, 0);
  pointer(&item, 0x2000, "ab", 2, 1);
  trace_uint(&item, 5);
  shows(&item, "RKN6.string", "0x1000 \"ab\"... (5 bytes)",
        "{\"pointer\":\"0x1000\",\"value\":{\"value\":\"ab\",\"cut\":true,\"length\":5}}");
  MEMORY("N6.string", string, "...", "{\"unknown\":\"not captured\"}");
  MEMORY("N6.string", empty, "\"\"", "\"\"");
}
END_TEST

START_TEST(viewed_sequences) {
  struct trace item = {0};
  const uint64_t list[3] = {0x2000, 0x2000 + 12, 0x2000 + 32}, empty[3] = {0};
  const int32_t elements[] = {1, 2, 3};
  trace_array(&item, 2);
  trace_bytes(&item, list, sizeof list);
  follow(&item, 0);
  pointer(&item, 0x2000, elements, sizeof elements, 0);
  shows(&item, "N5.lists", "[1, 2, 3]", "[1,2,3]");
  trace_array(&item, 2);
  trace_bytes(&item, list, sizeof list);
  follow(&item, 0);
  pointer(&item, 0x2000, elements, 8, 1);
  trace_uint(&item, 12);
  shows(&item, "N5.lists", "[1, 2, ... (3)]", "{\"value\":[1,2],\"cut\":true,\"length\":3}");
  MEMORY("N5.lists", empty, "[]", "[]");
}
END_TEST

START_TEST(sequences_of_viewed_strings) {
  struct trace item = {0};
  const uint64_t names[3] = {0x2000, 0x2000 + 64, 0};
  const uint64_t two[8] = {0x2010, 1, 0, 0, 0x2030, 2};
  trace_array(&item, 2);
  trace_bytes(&item, names, sizeof names);
  follow(&item, 0);
  pointer(&item, 0x2000, two, sizeof two, 2);
  follow(&item, 0);
  pointer(&item, 0x2010, "a", 1, 0);
  follow(&item, 32);
  pointer(&item, 0x2030, "bc", 2, 0);
  shows(&item, "N5.names", "[\"a\", \"bc\"]", "[\"a\",\"bc\"]");
}
END_TEST

START_TEST(viewed_pointers_and_optional_values) {
  struct trace item = {0};
  const uint64_t address = 0x2000;
  const int32_t some[] = {-5, 1}, none[] = {-5, 0};
  MEMORY("N4.wide", address, "0x2000", "\"0x2000\"");
  MEMORY("N4.some", some, "-5", "-5");
  MEMORY("N4.some", none, "nullopt", "null");
  trace_array(&item, 2);
  trace_bytes(&item, &address, sizeof address);
  follow(&item, 0);
  trace_array(&item, 2);
  trace_uint(&item, 0x2000);
  trace_null(&item);
  shows(&item, "N4.wide", "0x2000 <unreadable>", "{\"unknown\":\"unreadable\",\"pointer\":\"0x2000\"}");
}
END_TEST

/* --- hostile items and types --- */

START_TEST(items_of_other_kinds_are_unreadable) {
  static const char *const text = "<unreadable>", *const json = "{\"unknown\":\"unreadable\"}";
  static const char *const kinds[] = {"i", "G5.color", "d", "b", "c", "S6.client", "A3_i", "Pi", "PKc", "", "?", "v"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct trace item = {0};
    trace_text(&item, "no");
    shows(&item, kinds[i], text, json);
    trace_null(&item);
    shows(&item, kinds[i], text, json);
  }
  struct trace item = {0};
  trace_double(&item, 1);
  shows(&item, "f", text, json);
  trace_double(&item, 1);
  shows(&item, "i", text, json);
  number("d", 5, text, json);
  number("S6.client", 5, text, json);
}
END_TEST

START_TEST(damaged_items_do_no_harm) {
  struct trace item = {0};
  trace_array(&item, 0);
  shows(&item, "Pi", "<unreadable>", "{\"unknown\":\"unreadable\"}");
  trace_array(&item, 2);
  trace_uint(&item, 5);
  trace_text(&item, "x");
  shows(&item, "Pi", "<unreadable>", "{\"unknown\":\"unreadable\"}");
  /* Follows of other shapes are passed. */
  const struct client client = {.name = 0x2000};
  trace_array(&item, 5);
  trace_bytes(&item, &client, 16);
  trace_uint(&item, 8);
  trace_array(&item, 0);
  trace_array(&item, 1);
  trace_uint(&item, 8);
  follow(&item, 8);
  trace_text(&item, "x");
  shows(&item, "S6.client", "{fd=0, name=0x2000, secret=<sensitive>, handle=..., next=...} (by value)",
        "{\"fd\":0,\"name\":{\"pointer\":\"0x2000\"},\"secret\":{\"unknown\":\"sensitive\"},\"handle\":"
        "{\"unknown\":\"not captured\"},\"next\":{\"unknown\":\"not captured\"}}");
}
END_TEST

/* A record in itself, and arrays whose elements have no size. */
START_TEST(types_without_end_end) {
  struct trace item = {0};
  trace_bytes(&item, "\5\0\0\0\0\0\0", 8);
  struct trace trace;
  build(&trace, "S4.deep", &item);
  struct calltap_reader *reader = small_open(&trace);
  char *shown = capture(reader, calltap__view_json, (struct calltap__view_options){0});
  ck_assert_ptr_nonnull(shown);
  ck_assert_uint_lt(strlen(shown), 10000);
  free(shown);
  calltap_reader_close(reader);
  trace_free(&trace);
  trace_free(&item);
  memory("A1000000000_S4.Null", "", 0, "[... (1000000000)]", "{\"value\":[],\"cut\":true,\"length\":1000000000}");
}
END_TEST

/* Definitions and units that are not as they should be are left out. */
START_TEST(odd_declarations_do_no_harm) {
  static const char *const definitions[] = {"", "=S4", "3.ab=S4", "2.ab", "2.ab=", "2.ab=S", "2.ab=S4{", "2.ab=S4{1.x"};
  struct trace trace;
  trace_start(&trace, &small_header, PAGE);
  for (uint64_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
    trace_type(&trace, i, definitions[i], (struct trace_view){"strange", 1, 2});
  trace_type(&trace, UINT64_MAX, "2.ab=S4", (struct trace_view){0});
  trace_unit(&trace, 0, 20);
  trace_unit(&trace, UINT64_MAX, 1);
  trace.unit = UINT64_MAX;
  trace_function(&trace, 0, "m", "f", 4, (struct trace_value){"", "S2.ab", 9}, NULL);
  trace.unit = 0;
  trace_function(&trace, 1, "m", "g", 4, (struct trace_value){"", "S2.ab", 3}, NULL);
  trace_finish(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_trace_function *f = calltap_reader_function(reader, 1), *g = calltap_reader_function(reader, 2);
  ck_assert_uint_eq(f->unit->definitions, 0);
  ck_assert_uint_eq(f->result.presence, CALLTAP_WIRE_NOT_CAPTURED);
  ck_assert_uint_gt(g->unit->definitions, 0);
  ck_assert_uint_eq(g->result.presence, CALLTAP_WIRE_SENSITIVE);
  struct calltap_scope scope = calltap_trace_scope(g->unit);
  ck_assert_int_eq(calltap_type_read(g->result.type, &scope).kind, CALLTAP_TYPE_RECORD);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

START_TEST(objects_are_listed) {
  struct trace trace;
  trace_start(&trace, &small_header, PAGE);
  trace_object(&trace, "/bin/a", 0x1000, 0x2000, 0x500, "\1\2", 2);
  trace_object(&trace, "/bin/b", 0x3000, 0x4000, 0, "", 0);
  trace_object(&trace, "/bin/c", 0x5000, 0x6000, 0, "", 0);
  trace_finish(&trace);
  is_cbor(&trace);
  struct calltap_reader *reader = small_open(&trace);
  const struct calltap_trace_file *file = calltap_reader_file(reader, 0);
  ck_assert_uint_eq(file->objects, 3);
  small_is_text(file->object[0].path, "/bin/a");
  ck_assert_uint_eq(file->object[0].end, 0x2000);
  ck_assert_uint_eq(file->object[0].bias, 0x500);
  small_is_text(file->object[0].build_id, "\1\2");
  ck_assert_uint_eq(file->object[2].start, 0x5000);
  ck_assert_uint_eq(small_count(reader), 0);
  ck_assert_uint_eq(small_counts(reader)->unknown, 0);
  calltap_reader_close(reader);
  trace_free(&trace);
}
END_TEST

int main(void) {
  return RUN_SUITE("value", integers, wide_integers, enumerations, floats, short_floats, long_floats,
                   complex_numbers_and_vectors, pointers_are_addresses, pointers_to_functions_have_names, strings,
                   cut_strings, pointers_that_lead_nowhere, pointers_to_other_values, records,
                   aggregates_with_followed_pointers, members_of_bases_and_of_anonymous_members_are_its_own,
                   records_of_which_nothing_may_be_known, bit_fields, arrays, long_arrays_are_cut_in_text_only,
                   what_is_not_described_is_not_captured, viewed_strings, viewed_sequences, sequences_of_viewed_strings,
                   viewed_pointers_and_optional_values, items_of_other_kinds_are_unreadable, damaged_items_do_no_harm,
                   types_without_end_end, odd_declarations_do_no_harm, objects_are_listed);
}
