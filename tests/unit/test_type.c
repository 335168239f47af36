/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types as text, good and bad ones. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "calltap/type.h"
#include "suite.h"

/* --- definitions --- */

static const char *const definitions[] = {
    "5.color=Ei{3.RED0;3.BAD-5;3.big18446744073709551615;}",
    "6.client=S48{2.fd0i!4.name8PKc5.flags:130,3j^16N4.Base}",
    "3.vec=C24<i>{}",
    "4.open=U16",
    "5.empty=S0{}",
    "3.bad=S",
};

static const char *find(const void *context, const char *name, size_t bytes) {
  (void)context;
  for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
    const char *found;
    size_t size;
    ck_assert(calltap_type_definition_name(definitions[i], &found, &size));
    if (size == bytes && memcmp(found, name, size) == 0)
      return definitions[i];
  }
  return NULL;
}

static const struct calltap_scope scope = {find, NULL};

/* --- reading --- */

static void reads(const char *text, enum calltap_type_class kind, uint64_t size) {
  struct calltap_type type = calltap_type_read(text, &scope);
  ck_assert_msg(type.kind == kind, "%s: kind %d", text, (int)type.kind);
  ck_assert_msg(type.size == size, "%s: size %d", text, (int)type.size);
  ck_assert_ptr_nonnull(calltap_type_end(text));
  ck_assert_msg(*calltap_type_end(text) == '\0', "%s", text);
}

START_TEST(good_types_are_read) {
  reads("v", CALLTAP_TYPE_VOID, 0);
  reads("i", CALLTAP_TYPE_INT, 4);
  reads("KVQm", CALLTAP_TYPE_UINT, 8);
  reads("T6.size_tm", CALLTAP_TYPE_UINT, 8);
  reads("PKc", CALLTAP_TYPE_POINTER, 8);
  reads("ON3.foo", CALLTAP_TYPE_REFERENCE, 8);
  reads("A10_A2_i", CALLTAP_TYPE_ARRAY, 80);
  reads("A0_i", CALLTAP_TYPE_ARRAY, 0);
  reads("H4_f", CALLTAP_TYPE_VECTOR, 16);
  reads("Ce", CALLTAP_TYPE_COMPLEX, 32);
  reads("FiPKczE", CALLTAP_TYPE_FUNCTION, 0);
  reads("PFvPFiiEE", CALLTAP_TYPE_POINTER, 8);
  reads("S6.client", CALLTAP_TYPE_RECORD, 48);
  reads("N3.vec", CALLTAP_TYPE_RECORD, 24);
  reads("U4.open", CALLTAP_TYPE_RECORD, 16);
  reads("G5.color", CALLTAP_TYPE_ENUM, 4);
  reads("N5.color", CALLTAP_TYPE_ENUM, 4);
  reads("G4.gone", CALLTAP_TYPE_ENUM, 0);
  reads("S3.bad", CALLTAP_TYPE_RECORD, 0);
  reads("Z24_9.T::member", CALLTAP_TYPE_OTHER, 24);
}
END_TEST

START_TEST(what_records_are_made_of) {
  struct calltap_type client = calltap_type_read("T1.tKS6.client", &scope);
  struct calltap_member m;
  const char *at = client.members;
  ck_assert(calltap_type_member(&at, &m));
  ck_assert_uint_eq(m.name_bytes, 2);
  ck_assert_mem_eq(m.name, "fd", 2);
  ck_assert(calltap_type_member(&at, &m));
  ck_assert(m.is_sensitive);
  ck_assert_uint_eq(m.bit_offset, 64);
  ck_assert_int_eq(strncmp(m.type, "PKc", 3), 0);
  ck_assert(calltap_type_member(&at, &m));
  ck_assert_uint_eq(m.bits, 3);
  ck_assert_uint_eq(m.bit_offset, 130);
  ck_assert(calltap_type_member(&at, &m));
  ck_assert(m.is_base);
  ck_assert(!calltap_type_member(&at, &m));
  struct calltap_type vec = calltap_type_read("N3.vec", &scope), open = calltap_type_read("U4.open", &scope);
  ck_assert_int_eq(*vec.inner, 'i');
  ck_assert_ptr_null(open.members);
  ck_assert(open.is_union);
}
END_TEST

START_TEST(what_enumerations_are_made_of) {
  struct calltap_type color = calltap_type_read("G5.color", &scope);
  struct calltap_enumerator e;
  const char *at = color.members;
  ck_assert(calltap_type_enumerator(&at, &e) && e.value == 0);
  ck_assert(calltap_type_enumerator(&at, &e) && e.value == -5);
  ck_assert(calltap_type_enumerator(&at, &e) && e.value == -1);
  ck_assert_mem_eq(e.name, "big", 3);
  ck_assert(!calltap_type_enumerator(&at, &e));
}
END_TEST

/* --- bad texts --- */

static void is_bad(const char *text) {
  /* A copy of exactly this size: the sanitizer sees every byte read past its end. */
  char *exact = strdup(text), spelled[64];
  ck_assert_msg(calltap_type_end(exact) == NULL, "%s", text);
  calltap_type_spell(exact, "x", spelled, sizeof spelled);
  ck_assert_str_eq(spelled, "?");
  calltap_type_read(exact, &scope);
  free(exact);
}

START_TEST(bad_types_are_bad) {
  static const char *const texts[] = {"",      "?",      "P",       "KK",     "A_i", "Ai",    "A99999999999999999999_i",
                                      "T3.ab", "T3abci", "S",       "S3",     "S3.", "S9.ab", "F",
                                      "Fi",    "FizzE",  "Z_3.abc", "Z8_9.a", "C",   "\xff"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    is_bad(texts[i]);
}
END_TEST

START_TEST(nesting_has_an_end) {
  char text[200];
  memset(text, 'P', sizeof text);
  strcpy(text + CALLTAP_TYPE_DEPTH - 1, "i");
  ck_assert_ptr_nonnull(calltap_type_end(text));
  memset(text, 'P', sizeof text);
  strcpy(text + CALLTAP_TYPE_DEPTH, "i");
  is_bad(text);
  memset(text, 'F', sizeof text);
  text[sizeof text - 1] = '\0';
  is_bad(text);
}
END_TEST

START_TEST(bad_members_end_the_record) {
  static const char *const texts[] = {"",       "}",       "2.fd",     "2.fdi",      "2.fd0",  "9.fd0i",
                                      "1.a:0i", "1.a:0,i", "1.a:0,0i", "1.a:0,129n", "!2.fd0", "^0"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct calltap_member member;
    const char *at = texts[i];
    ck_assert_msg(!calltap_type_member(&at, &member), "%s", texts[i]);
    ck_assert_ptr_eq(at, texts[i]);
  }
  struct calltap_enumerator enumerator;
  const char *at = "3.RED5";
  ck_assert(!calltap_type_enumerator(&at, &enumerator));
}
END_TEST

START_TEST(definitions_without_a_name_are_none) {
  const char *name;
  size_t bytes;
  ck_assert(!calltap_type_definition_name("", &name, &bytes));
  ck_assert(!calltap_type_definition_name("3.abS4", &name, &bytes));
  ck_assert(!calltap_type_definition_name("9.ab=S4", &name, &bytes));
}
END_TEST

/* --- spelling --- */

static void spells(const char *type, const char *name, const char *expected) {
  char out[128], cut[6];
  ck_assert_uint_eq(calltap_type_spell(type, name, out, sizeof out), strlen(expected));
  ck_assert_str_eq(out, expected);
  /* As snprintf does it. */
  ck_assert_uint_eq(calltap_type_spell(type, name, NULL, 0), strlen(expected));
  ck_assert_uint_eq(calltap_type_spell(type, name, cut, sizeof cut), strlen(expected));
  ck_assert_uint_eq(strlen(cut), strlen(expected) < 5 ? strlen(expected) : 5);
  ck_assert_int_eq(strncmp(cut, expected, 5), 0);
}

START_TEST(types_are_spelled_as_in_c) {
  spells("i", "", "int");
  spells("i", "n", "int n");
  spells("PKc", "", "const char *");
  spells("PKc", "s", "const char *s");
  spells("KPc", "s", "char *const s");
  spells("PS6.client", "c", "struct client *c");
  spells("T8.uint32_tj", "x", "uint32_t x");
  spells("A3_A4_d", "m", "double m[3][4]");
  spells("PA3_i", "p", "int (*p)[3]");
  spells("PFiPKvPKvE", "compare", "int (*compare)(const void *, const void *)");
  spells("FvzE", "f", "void f(...)");
  spells("PFPFviEiE", "signal", "void (*(*signal)(int))(int)");
  spells("RKN3.foo", "r", "const foo &r");
  spells("OPi", "", "int *&&");
  spells("G5.color", "c", "enum color c");
  spells("Cd", "z", "_Complex double z");
  spells("Z8_5.T::*x", "y", "T::*x y");
}
END_TEST

static bool name_at(const void *context, size_t index, const char **name, size_t *bytes) {
  const char *const *names = context;
  *name = names[index];
  *bytes = *name ? strlen(*name) : 0;
  return *name;
}

START_TEST(names_are_found_in_their_order) {
  static const char *const names[] = {"", "A", "Ab", "B", "a", "a b", "\xc3\xa4"};
  enum { NAMES = sizeof names / sizeof *names };
  for (size_t count = 0; count <= NAMES; count++)
    for (size_t i = 0; i < NAMES; i++)
      ck_assert_uint_eq(calltap_type_find(name_at, names, count, names[i], strlen(names[i])), i < count ? i : SIZE_MAX);
  ck_assert_uint_eq(calltap_type_find(name_at, names, NAMES, "Abc", 3), SIZE_MAX);
  static const char *const broken[] = {"a", NULL, "c"};
  ck_assert_uint_eq(calltap_type_find(name_at, broken, 3, "a", 1), SIZE_MAX);
}
END_TEST

int main(void) {
  return RUN_SUITE("type", good_types_are_read, what_records_are_made_of, what_enumerations_are_made_of,
                   bad_types_are_bad, nesting_has_an_end, bad_members_end_the_record,
                   definitions_without_a_name_are_none, names_are_found_in_their_order, types_are_spelled_as_in_c);
}
