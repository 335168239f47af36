/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Counters: rows, keys and buckets, judged by libcbor; and what a signal handler may do to them between any two instructions. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* Check writes a file at every assertion. Here are many: only failures are told it. */
#define REQUIRE(holds, ...)                                                                                            \
  do {                                                                                                                 \
    if (!(holds))                                                                                                      \
      ck_abort_msg(__VA_ARGS__);                                                                                       \
  } while (0)

static struct stream stream = {.session = &calltap__sessions[0]};

static void start(void) { stream = (struct stream){.number = 3, .session = &calltap__sessions[0]}; }

/* The key: an array of one integer. */
static void count_key(uint32_t table, uint32_t key, bool has_value, int64_t value, bool has_buckets) {
  uint8_t bytes[] = {0x81, 0x1A, (uint8_t)(key >> 24), (uint8_t)(key >> 16), (uint8_t)(key >> 8), (uint8_t)key};
  const struct counted c = {.table = table,
                            .key_bytes = sizeof bytes,
                            .key = bytes,
                            .has_value = has_value,
                            .value = value,
                            .has_buckets = has_buckets};
  calltap__count(&stream, &c);
}

static void count_plain(uint32_t table) {
  const struct counted c = {.table = table};
  calltap__count(&stream, &c);
}

static void count_value(uint32_t table, int64_t value, bool has_buckets) {
  const struct counted c = {.table = table, .has_value = true, .value = value, .has_buckets = has_buckets};
  calltap__count(&stream, &c);
}

/* -- what is written ------------------------------------------------------------------------------------------------------ */

enum { MOST_ROWS = 20000, OTHER = -1, NO_KEY = -2 };

static struct written {
  uint64_t table;
  int64_t key;
  uint64_t count;
  bool has_values;
  int64_t sum, least, most;
  size_t buckets;
  struct {
    int64_t number;
    uint64_t count;
  } bucket[BUCKETS];
} * row;
static size_t rows;

static int64_t integer(const cbor_item_t *item) {
  REQUIRE(cbor_is_int(item), "no integer");
  return cbor_isa_negint(item) ? -1 - (int64_t)cbor_get_int(item) : (int64_t)cbor_get_int(item);
}

static int64_t key_of(cbor_item_t *item) {
  if (cbor_is_null(item))
    return OTHER;
  REQUIRE(cbor_isa_array(item), "the keys are no array");
  return cbor_array_size(item) ? integer(cbor_move(cbor_array_get(item, 0))) : NO_KEY;
}

static bool take_row(struct stream *session, const struct cbor *c) {
  REQUIRE(session == &stream && !c->full && rows < MOST_ROWS, "row %zu", rows);
  struct cbor_load_result result;
  cbor_item_t *item = cbor_load(c->start, calltap__cbor_size(c), &result);
  REQUIRE(item && result.read == calltap__cbor_size(c), "row %zu is no item", rows);
  cbor_item_t **at = cbor_array_handle(item);
  size_t items = cbor_array_size(item);
  REQUIRE(items >= 5 && !memcmp(cbor_string_handle(at[0]), "row", 3), "row %zu", rows);
  REQUIRE(cbor_get_int(at[2]) == 3, "the stream's number");
  struct written *w = &row[rows++];
  memset(w, 0, sizeof *w);
  w->table = cbor_get_int(at[1]);
  w->key = key_of(at[3]);
  w->count = cbor_get_int(at[4]);
  w->has_values = items >= 8;
  if (w->has_values) {
    w->sum = integer(at[5]);
    w->least = integer(at[6]);
    w->most = integer(at[7]);
  }
  if (items == 9) {
    struct cbor_pair *pair = cbor_map_handle(at[8]);
    w->buckets = cbor_map_size(at[8]);
    for (size_t i = 0; i < w->buckets; i++) {
      w->bucket[i].number = integer(pair[i].key);
      w->bucket[i].count = cbor_get_int(pair[i].value);
    }
  }
  REQUIRE(items == 5 || items == 8 || items == 9, "row %zu has %zu items", rows, items);
  cbor_decref(&item);
  return true;
}

static uint64_t write_all(void) {
  static struct written all[MOST_ROWS];
  row = all;
  rows = 0;
  return calltap__count_write(&stream, &stream, take_row);
}

static const struct written *only(uint64_t table, int64_t key) {
  const struct written *found = NULL;
  for (size_t i = 0; i < rows; i++)
    if (row[i].table == table && row[i].key == key) {
      REQUIRE(!found, "two rows of table %" PRIu64 ", key %" PRId64, table, key);
      found = &row[i];
    }
  REQUIRE(found, "no row of table %" PRIu64 ", key %" PRId64, table, key);
  return found;
}

START_TEST(tables_and_keys_have_rows_of_their_own) {
  start();
  ck_assert_uint_eq(write_all(), 0);
  ck_assert_uint_eq(rows, 0);
  for (int i = 0; i < 5; i++)
    count_plain(7);
  count_plain(8);
  count_key(7, 1, false, 0, false);
  count_key(7, 2, false, 0, false);
  count_key(7, 1, false, 0, false);
  count_key(9, 1, false, 0, false);
  ck_assert_uint_eq(write_all(), 0);
  ck_assert_uint_eq(only(7, NO_KEY)->count, 5);
  ck_assert_uint_eq(only(8, NO_KEY)->count, 1);
  ck_assert_uint_eq(only(7, 1)->count, 2);
  ck_assert_uint_eq(only(7, 2)->count, 1);
  ck_assert_uint_eq(only(9, 1)->count, 1);
  ck_assert(!only(7, 1)->has_values);
  ck_assert_uint_eq(rows, 5); /* those of other keys are not written, as nothing was counted there */
}
END_TEST

START_TEST(values_have_sum_min_and_max) {
  start();
  static const int64_t values[] = {5, -3, 0, 7, -9};
  for (size_t i = 0; i < 5; i++)
    count_value(1, values[i], false);
  count_value(2, INT64_MIN, false);
  count_value(3, INT64_MAX, false);
  count_value(4, INT64_MAX, false);
  count_value(4, 1, false);
  count_value(5, -1, false);
  count_key(6, 4, true, -2, false);
  ck_assert_uint_eq(write_all(), 0);
  const struct written *w = only(1, NO_KEY);
  ck_assert(w->has_values && w->buckets == 0);
  ck_assert_uint_eq(w->count, 5);
  ck_assert_int_eq(w->sum, 0);
  ck_assert_int_eq(w->least, -9);
  ck_assert_int_eq(w->most, 7);
  ck_assert_int_eq(only(2, NO_KEY)->sum, INT64_MIN);
  ck_assert_int_eq(only(2, NO_KEY)->least, INT64_MIN);
  ck_assert_int_eq(only(2, NO_KEY)->most, INT64_MIN);
  ck_assert_int_eq(only(3, NO_KEY)->most, INT64_MAX);
  ck_assert_int_eq(only(4, NO_KEY)->sum, INT64_MIN); /* it wraps */
  ck_assert_int_eq(only(5, NO_KEY)->least, -1);
  ck_assert_int_eq(only(5, NO_KEY)->most, -1);
  ck_assert_int_eq(only(6, 4)->sum, -2);
}
END_TEST

START_TEST(buckets_are_powers_of_two) {
  static const struct {
    int64_t value, bucket;
  } cases[] = {{0, 0},          {1, 1},          {2, 2},
               {3, 2},          {4, 3},          {7, 3},
               {8, 4},          {INT32_MAX, 31}, {INT64_C(1) << 62, 63},
               {INT64_MAX, 63}, {-1, -1},        {-2, -2},
               {-3, -2},        {-4, -3},        {-INT64_MAX, -63},
               {INT64_MIN, -64}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    start();
    count_value(1, cases[i].value, true);
    count_value(1, cases[i].value, true);
    ck_assert_uint_eq(write_all(), 0);
    const struct written *w = only(1, NO_KEY);
    REQUIRE(w->buckets == 1 && w->bucket[0].count == 2, "%" PRId64, cases[i].value);
    REQUIRE(w->bucket[0].number == cases[i].bucket, "%" PRId64 " is in bucket %" PRId64, cases[i].value,
            w->bucket[0].number);
  }
  start();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    count_value(1, cases[i].value, true);
  ck_assert_uint_eq(write_all(), 0);
  const struct written *w = only(1, NO_KEY);
  uint64_t sum = 0;
  for (size_t i = 0; i < w->buckets; i++)
    sum += w->bucket[i].count;
  ck_assert_uint_eq(sum, sizeof cases / sizeof cases[0]);
  ck_assert_uint_eq(w->buckets, 12);
}
END_TEST

START_TEST(many_keys_become_one_row) {
  enum { KEYS = 5000, MOST = 4096 };
  start();
  for (unsigned times = 0; times < 3; times++)
    for (uint32_t key = 0; key < KEYS; key++)
      count_key(1, key, true, (int64_t)key - 100, true);
  for (uint32_t key = 0; key < 10; key++) /* another table has room of its own */
    count_key(2, key, false, 0, false);
  ck_assert_uint_eq(write_all(), 0);
  ck_assert_uint_eq(rows, MOST + 1 + 10);
  static bool seen[KEYS];
  for (size_t i = 0; i < rows; i++) {
    if (row[i].table != 1 || row[i].key < 0)
      continue;
    REQUIRE(row[i].key < MOST && !seen[row[i].key], "key %" PRId64, row[i].key);
    seen[row[i].key] = true;
    REQUIRE(row[i].count == 3 && row[i].sum == 3 * (row[i].key - 100), "key %" PRId64, row[i].key);
  }
  const struct written *other = only(1, OTHER);
  ck_assert_uint_eq(other->count, 3 * (KEYS - MOST));
  ck_assert_int_eq(other->least, MOST - 100);
  ck_assert_int_eq(other->most, KEYS - 1 - 100);
  ck_assert_uint_eq(other->buckets, 2); /* below 4,096, and from there on */
}
END_TEST

static bool take_nothing(struct stream *session, const struct cbor *c) {
  (void)session, (void)c;
  return false;
}

static uint8_t long_key[9000];

START_TEST(what_cannot_be_written_is_counted_as_lost) {
  start();
  for (uint32_t i = 0; i < 6; i++)
    count_key(1, i % 2, false, 0, false);
  stream.uncounted = 5;
  ck_assert_uint_eq(calltap__count_write(&stream, &stream, take_nothing), 11);
  start();
  uint8_t *key = long_key; /* an array with a text that no record holds */
  key[0] = 0x81, key[1] = 0x59, key[2] = (sizeof long_key - 4) >> 8, key[3] = (sizeof long_key - 4) & 0xFF;
  const struct counted c = {.table = 1, .key = key, .key_bytes = sizeof long_key};
  calltap__count(&stream, &c);
  calltap__count(&stream, &c);
  ck_assert_uint_eq(calltap__count_write(&stream, &stream, calltap__record_write), 2);
}
END_TEST

/* -- in the middle of it ---------------------------------------------------------------------------------------------------- */

/* The processor's trap after every instruction is a signal handler's chance. At each of them a child of this process is where the
 * handler counts: other keys, and the one that is being counted. */
enum { TRAP = 0x100, HANDLER_TABLE = 50 };
static volatile int steps, failed, handled;
static int handler_keys;
static uint32_t shared_key;

static void interrupt(int signal, siginfo_t *info, void *context) {
  int status;
  (void)signal, (void)info;
  if (++steps % SLOWNESS)
    return;
  pid_t child = fork();
  if (child) {
    failed += waitpid(child, &status, 0) != child || status != 0;
    return;
  }
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP;
  handled = 1;
  for (int i = 0; i < handler_keys; i++)
    count_key(HANDLER_TABLE, (uint32_t)i, true, i, false);
  count_key(1, shared_key, true, 1, true);
}

static uint64_t total(uint64_t table) {
  uint64_t sum = 0;
  for (size_t i = 0; i < rows; i++)
    if (row[i].table == table)
      sum += row[i].count;
  return sum;
}

static uint64_t bucket_total(uint64_t table) {
  uint64_t sum = 0;
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; row[i].table == table && k < row[i].buckets; k++)
      sum += row[i].bucket[k].count;
  return sum;
}

/* All go on counting; then nothing is missing. */
static bool is_complete(uint32_t before) {
  for (uint32_t key = 0; key < before; key++)
    count_key(1, key, true, 1, false);
  count_key(1, before, true, 1, true);
  for (int i = 0; i < handler_keys; i++)
    count_key(HANDLER_TABLE, (uint32_t)i, true, i, false);
  return write_all() == 0 && total(1) == 2 * before + 2 + (uint64_t)handled &&
         bucket_total(1) == 2 + (uint64_t)handled &&
         total(HANDLER_TABLE) == (uint64_t)handler_keys * (uint64_t)(1 + handled);
}

static void count_interrupted(uint32_t before, int keys) {
  start();
  for (uint32_t key = 0; key < before; key++)
    count_key(1, key, true, 1, false);
  steps = failed = handled = 0;
  handler_keys = keys;
  shared_key = before;
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP);
  count_key(1, before, true, 1, true);
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~(unsigned long long)TRAP);
  bool complete = is_complete(before);
  if (handled)
    _exit(!complete);
  ck_assert(complete);
  ck_assert_int_gt(steps, 50);
  ck_assert_int_eq(failed, 0);
}

START_TEST(handlers_may_count_between_any_two_instructions) {
  const struct sigaction action = {.sa_sigaction = interrupt, .sa_flags = SA_SIGINFO};
  ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
  static const uint32_t before[] = {0, 5, 31}; /* the first of all; one more; the one for which the table grows */
  static const int keys[] = {1, 300};          /* what fits beside it, and what makes the table grow in between */
  for (size_t b = 0; b < sizeof before / sizeof before[0]; b++)
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
      count_interrupted(before[b], keys[k]);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_count", tables_and_keys_have_rows_of_their_own, values_have_sum_min_and_max,
                   buckets_are_powers_of_two, many_keys_become_one_row, what_cannot_be_written_is_counted_as_lost,
                   handlers_may_count_between_any_two_instructions);
}
