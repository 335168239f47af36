/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Exact text and exact JSON of what events say beside their values, and of tables. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "small_trace.h"
#include "suite.h"

/* --- a program with two functions that are known, and what is between --- */

static void build_text(struct calltap__builder *builder, const char *text) {
  builder->size = 0;
  calltap__build(builder, text);
}

static const struct calltap__location *locate(struct calltap__namer *namer, const struct calltap_trace_file *file,
                                              uint64_t address) {
  static struct calltap__location location;
  (void)namer, (void)file;
  location.function.size = location.file.size = 0;
  location.line = 0;
  location.object = (struct calltap_text){0};
  if (address < 0x1000)
    return &location;
  location.object = (struct calltap_text){"libc.so.6", 9};
  location.offset = address - 0x1000;
  if (address < 0x2000)
    return &location;
  build_text(&location.function, "server:main/2");
  location.object = (struct calltap_text){"server", 6};
  location.offset = address - 0x2000;
  if (address < 0x3000)
    return &location;
  build_text(&location.function, "server:read_all/1");
  build_text(&location.file, "/usr/src/server/server.c");
  location.line = 80;
  location.offset = address - 0x3000;
  return &location;
}

static bool no_name(struct calltap__namer *namer, const struct calltap_trace_file *file, uint64_t address,
                    struct calltap__builder *out) {
  (void)namer, (void)file, (void)address, (void)out;
  return false;
}

static char *shown(const struct trace *trace, calltap__view_maker *make) {
  struct calltap__namer namer = {.locate = locate, .name = no_name};
  struct calltap_reader *reader = small_open(trace);
  char *text = capture(reader, make, (struct calltap__view_options){.utc = true, .namer = &namer});
  ck_assert_ptr_nonnull(text);
  calltap_reader_close(reader);
  return text;
}

/* Line by line: Check cannot print more than 4,096 bytes. What the lines begin with is left out. */
static void check(const struct trace *trace, calltap__view_maker *make, const char *begin, const char *expected) {
  char *text = shown(trace, make), *found = text;
  while (*found != '\0' || *expected != '\0') {
    if (strncmp(found, begin, strlen(begin)) == 0)
      found += strlen(begin);
    size_t found_size = strcspn(found, "\n"), expected_size = strcspn(expected, "\n");
    ck_assert_msg(found_size == expected_size && strncmp(found, expected, found_size) == 0,
                  "found:    %.*s\nexpected: %.*s", (int)found_size, found, (int)expected_size, expected);
    found += found_size + (found[found_size] == '\n');
    expected += expected_size + (expected[expected_size] == '\n');
  }
  free(text);
}

/* --- events --- */

static void events(struct trace *trace) {
  static const struct trace_label labels[] = {{"c->fd", "i"}, {"name", "PKc"}, {"took", "ns"}, {"from", "stack"}, {0}};
  static const uint64_t frames[] = {0x3008, 0x201c, 0x1fff, 0x10};
  small_start(trace);
  trace_event_head(trace, 0, CALL, 1000, 3);
  trace_uint(trace, 0x7f31c0);
  trace_int(trace, -1);
  trace_map(trace, 3);
  trace_extra_caller(trace, 0x201c);
  trace_extra_stack(trace, 4, frames);
  trace_extra_messages(trace, 3);
  trace_extra_message(trace, 0, 4);
  trace_int(trace, 7);
  trace_array(trace, 2);
  trace_uint(trace, 0x5000);
  trace_bytes(trace, "SET", 3);
  trace_uint(trace, 44100);
  trace_array(trace, 2);
  trace_uint(trace, 0x3008);
  trace_uint(trace, 0x10);
  trace_extra_message(trace, 0, 1);
  trace_text(trace, "odd");
  trace_extra_message(trace, 9, 1);
  trace_int(trace, 7);
  trace_tag(trace);
  trace_uint(trace, 42);
  trace_event_head(trace, 0, RETURN, 1100, 2);
  trace_int(trace, 3);
  trace_map(trace, 1);
  trace_extra_usage(trace, 1200000, 3, 0, 1, 2);
  trace_tag(trace);
  trace_bytes(trace, "GET /\n", 6);
  trace_event_head(trace, 1, CALL, 1200, 1);
  trace_map(trace, 1);
  trace_extra_stack(trace, 0, NULL);
  trace_chunk(trace, PAGE, 0, 1050, 100);
  trace_message(trace, 0, 0, labels);
  trace_finish(trace);
}

START_TEST(extras_in_text) {
  struct trace trace;
  events(&trace);
  check(&trace, calltap__view_text, "22:13:20.000000 4711 worker-3/4713 ",
        "#1 server:process(c=0x7f31c0, n=-1)\n"
        "  caller   server:main/2+0x1c\n"
        "  stack    server:read_all/1+0x8  server.c:80\n"
        "           server:main/2+0x1c\n"
        "           libc.so.6+0xfff\n"
        "           0x10\n"
        "  message  c->fd=7, name=\"SET\", took=44.1 us, from=server:read_all/1+0x8  server.c:80 <- 0x10\n"
        "  message  c->fd=<unreadable>, name=..., took=..., from=<unreadable>\n"
        "  message  ...\n"
        "[42] #1 server:process/2 --> 3  (100 ns)\n"
        "  usage    cpu 1.2 ms  faults 3+0  switches 1 voluntary, 2 forced\n"
        "[GET /\\x0a] #2 server:idle()\n"
        "  stack    ...\n");
  trace_free(&trace);
}
END_TEST

START_TEST(extras_in_json) {
  struct trace trace;
  events(&trace);
  char *text = shown(&trace, calltap__view_json);
  static const char *const parts[] = {
      ",\"depth\":1,\"caller\":{\"address\":\"0x201c\",\"function\":\"server:main/2\",\"object\":\"server\","
      "\"offset\":28},\"stack\":[{\"address\":\"0x3008\",\"function\":\"server:read_all/1\",\"object\":\"server\","
      "\"offset\":8,\"file\":\"/usr/src/server/server.c\",\"line\":80},{\"address\":\"0x201c\",",
      ",{\"address\":\"0x1fff\",\"object\":\"libc.so.6\",\"offset\":4095},{\"address\":\"0x10\"}],\"messages\":[["
      "{\"name\":\"c->fd\",\"value\":7},{\"name\":\"name\",\"value\":\"SET\"},{\"name\":\"took\",\"value\":44100},"
      "{\"name\":\"from\",\"value\":[{\"address\":\"0x3008\",",
      "[{\"name\":\"c->fd\",\"value\":{\"unknown\":\"unreadable\"}},{\"name\":\"name\",\"value\":{\"unknown\":\"not "
      "captured\"}},",
      ",[]]}\n",
      "\"result\":3,\"elapsed_ns\":100,\"tag\":42,\"usage\":{\"cpu_ns\":1200000,\"minor_faults\":3,"
      "\"major_faults\":0,\"voluntary_switches\":1,\"involuntary_switches\":2}}\n",
      "\"depth\":1,\"tag\":\"GET /\\u000a\",\"stack\":[]}\n",
  };
  const char *at = text;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    const char *found = strstr(at, parts[i]);
    ck_assert_msg(found != NULL, "%s is not in %s", parts[i], at);
    at = found;
  }
  free(text);
  trace_free(&trace);
}
END_TEST

/* --- tables --- */

static void put_key(struct trace *trace, uint64_t address, const char *name) {
  trace_array(trace, 2);
  trace_uint(trace, address);
  trace_bytes(trace, name, strlen(name));
}

static void put_numbers(struct trace *trace, uint64_t count, int64_t sum, int64_t least, int64_t most) {
  trace_uint(trace, count);
  trace_int(trace, sum);
  trace_int(trace, least);
  trace_int(trace, most);
}

/* Equal names that stood elsewhere are one row; two functions that were asked the same are one block. */
static void put_times(struct trace *trace) {
  static const struct trace_label name[] = {{"name", "PKc"}, {0}};
  trace_table(trace, 0, 0, "time", (struct trace_label){"elapsed", ""}, name);
  trace_table(trace, 1, 1, "time", (struct trace_label){"elapsed", ""}, name);
  trace_row_head(trace, 0, 1, 1, 3);
  put_key(trace, 0x5000, "SET");
  put_numbers(trace, 10, 44000000, 10000, 12000000);
  trace_row_other(trace, 0, 1, 3);
  put_numbers(trace, 100, 990000000, 1, 2);
  trace_row_head(trace, 1, 1, 1, 3);
  put_key(trace, 0x5000, "SET");
  put_numbers(trace, 1, 50000000, 50000000, 50000000);
  trace_row_head(trace, 0, 2, 1, 3);
  put_key(trace, 0x6000, "GET");
  put_numbers(trace, 3, 900, 200, 400);
  trace_row_head(trace, 0, 2, 1, 3);
  put_key(trace, 0x6010, "SET");
  put_numbers(trace, 2, 1000000, 500, 13000000);
}

static void put_counts(struct trace *trace) {
  static const struct trace_label keys[] = {{"n", "i"}, {"stack", "stack"}, {0}};
  static const uint64_t frames[] = {0x3008, 0x201c};
  trace_table(trace, 2, 0, "count", (struct trace_label){"", ""}, keys);
  for (int64_t i = 0; i < 2; i++) {
    trace_row_head(trace, 2, 1, 2, 0);
    trace_int(trace, i - 1);
    trace_array(trace, 2);
    trace_uint(trace, frames[0]);
    trace_uint(trace, frames[1]);
    trace_uint(trace, (uint64_t)(7 + i));
  }
}

static void put_sums(struct trace *trace) {
  static const struct trace_label none[] = {{0}};
  trace_table(trace, 3, 0, "sum", (struct trace_label){"n", "i"}, none);
  trace_table(trace, 4, 9, "sum", (struct trace_label){"n", "m"}, none);
  for (uint64_t table = 3; table < 5; table++) {
    trace_row_head(trace, table, 1, 0, 3);
    put_numbers(trace, 3, table == 3 ? -10 : INT64_MAX, -7, 1);
    trace_row_head(trace, table, 2, 0, 3);
    put_numbers(trace, 1, table == 3 ? 5 : INT64_MAX, 5, 5);
  }
}

static void put_histogram(struct trace *trace) {
  static const struct trace_label none[] = {{0}};
  static const int64_t buckets[][2] = {{-3, 1}, {-1, 2}, {0, 3}, {1, 40}, {3, 20}};
  trace_table(trace, 5, 0, "hist", (struct trace_label){"n", "i"}, none);
  trace_row_head(trace, 5, 1, 0, 4);
  put_numbers(trace, 66, 100, -5, 7);
  trace_map(trace, 5);
  for (size_t i = 0; i < 5; i++) {
    trace_int(trace, buckets[i][0]);
    trace_int(trace, buckets[i][1]);
  }
  trace_row_head(trace, 5, 2, 0, 1);
  trace_uint(trace, 2);
  trace_map(trace, 1);
  trace_uint(trace, 5);
  trace_uint(trace, 2);
}

static void start_tables(struct trace *trace) {
  small_start(trace);
  trace_chunk(trace, PAGE, 0, 9000, 8050);
}

START_TEST(times_in_text) {
  struct trace trace;
  start_tables(&trace);
  put_times(&trace);
  trace_finish(&trace);
  check(&trace, calltap__view_text, "",
        "\n"
        "time by name  (server 4711)\n"
        "     count     total   average       min       max  function\n"
        "         1   50.0 ms   50.0 ms   50.0 ms   50.0 ms  server:idle/0     name=\"SET\"\n"
        "        12   45.0 ms    3.7 ms    500 ns   13.0 ms  server:process/2  name=\"SET\"\n"
        "         3    900 ns    300 ns    200 ns    400 ns  server:process/2  name=\"GET\"\n"
        "       100  990.0 ms    9.9 ms      1 ns      2 ns  server:process/2  (other)\n");
  trace_free(&trace);
}
END_TEST

START_TEST(the_rest_in_text) {
  struct trace trace;
  start_tables(&trace);
  put_counts(&trace);
  put_sums(&trace);
  put_histogram(&trace);
  trace_finish(&trace);
  check(&trace, calltap__view_text, "",
        "\n"
        "count by n, stack  (server 4711)\n"
        "     count  function\n"
        "         8  server:process/2  n=0\n"
        "    stack  server:read_all/1+0x8  server.c:80\n"
        "           server:main/2+0x1c\n"
        "         7  server:process/2  n=-1\n"
        "    stack  server:read_all/1+0x8  server.c:80\n"
        "           server:main/2+0x1c\n"
        "\n"
        "sum of n  (server 4711)\n"
        "     count                total               average       min       max  function\n"
        "         4 18446744073709551614 4611686018427387903.5        -7         5  ?:#9/?\n"
        "         4                   -5                  -1.2        -7         5  server:process/2\n"
        "\n"
        "histogram of n  (server 4711)\n"
        "     count     total   average       min       max  function\n"
        "        68       100       1.4        -5         7  server:process/2\n"
        "    (-8, -4]                  1 |@                                       |\n"
        "    (-4, -2]                  0 |                                        |\n"
        "    [-1]                      2 |@@                                      |\n"
        "    [0]                       3 |@@@                                     |\n"
        "    [1]                      40 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
        "    [2, 4)                    0 |                                        |\n"
        "    [4, 8)                   20 |@@@@@@@@@@@@@@@@@@@@                    |\n"
        "    [8, 16)                   0 |                                        |\n"
        "    [16, 32)                  2 |@@                                      |\n");
  trace_free(&trace);
}
END_TEST

START_TEST(tables_in_json) {
  struct trace trace;
  start_tables(&trace);
  put_times(&trace);
  put_counts(&trace);
  put_histogram(&trace);
  trace_finish(&trace);
  check(
      &trace, calltap__view_json,
      "{\"host\":\"db7\",\"program\":\"server\",\"pid\":4711,\"session\":\"cli\",\"event\":\"row\",",
      "\"kind\":\"time\",\"mfa\":\"server:idle/0\",\"of\":\"elapsed\",\"keys\":[{\"name\":\"name\",\"value\":\"SET\"}],"
      "\"count\":1,\"sum\":50000000,\"min\":50000000,\"max\":50000000}\n"
      "\"kind\":\"time\",\"mfa\":\"server:process/"
      "2\",\"of\":\"elapsed\",\"keys\":[{\"name\":\"name\",\"value\":\"SET\"}],"
      "\"count\":12,\"sum\":45000000,\"min\":500,\"max\":13000000}\n"
      "\"kind\":\"time\",\"mfa\":\"server:process/"
      "2\",\"of\":\"elapsed\",\"keys\":[{\"name\":\"name\",\"value\":\"GET\"}],"
      "\"count\":3,\"sum\":900,\"min\":200,\"max\":400}\n"
      "\"kind\":\"time\",\"mfa\":\"server:process/2\",\"of\":\"elapsed\",\"keys\":null,"
      "\"count\":100,\"sum\":990000000,\"min\":1,\"max\":2}\n"
      "\"kind\":\"count\",\"mfa\":\"server:process/2\",\"keys\":[{\"name\":\"n\",\"value\":0},{\"name\":\"stack\","
      "\"value\":[{\"address\":\"0x3008\",\"function\":\"server:read_all/1\",\"object\":\"server\",\"offset\":8,"
      "\"file\":\"/usr/src/server/server.c\",\"line\":80},{\"address\":\"0x201c\",\"function\":\"server:main/2\","
      "\"object\":\"server\",\"offset\":28}]}],\"count\":8}\n"
      "\"kind\":\"count\",\"mfa\":\"server:process/2\",\"keys\":[{\"name\":\"n\",\"value\":-1},{\"name\":\"stack\","
      "\"value\":[{\"address\":\"0x3008\",\"function\":\"server:read_all/1\",\"object\":\"server\",\"offset\":8,"
      "\"file\":\"/usr/src/server/server.c\",\"line\":80},{\"address\":\"0x201c\",\"function\":\"server:main/2\","
      "\"object\":\"server\",\"offset\":28}]}],\"count\":7}\n"
      "\"kind\":\"hist\",\"mfa\":\"server:process/2\",\"of\":\"n\",\"keys\":[],\"count\":68,\"sum\":100,\"min\":-5,"
      "\"max\":7,\"buckets\":[{\"from\":-7,\"to\":-4,\"count\":1},{\"from\":-1,\"to\":-1,\"count\":2},"
      "{\"from\":0,\"to\":0,\"count\":3},{\"from\":1,\"to\":1,\"count\":40},{\"from\":4,\"to\":7,\"count\":20},"
      "{\"from\":16,\"to\":31,\"count\":2}]}\n");
  trace_free(&trace);
}
END_TEST

START_TEST(the_largest_buckets_and_sums_are_right) {
  static const struct trace_label none[] = {{0}};
  struct trace trace;
  start_tables(&trace);
  trace_table(&trace, 0, 0, "hist", (struct trace_label){"n", "m"}, none);
  trace_row_head(&trace, 0, 1, 0, 2);
  trace_wide(&trace, 0, UINT64_MAX, 8);
  trace_wide(&trace, 1, UINT64_MAX, 8);
  trace_map(&trace, 3);
  trace_uint(&trace, 64);
  trace_wide(&trace, 0, UINT64_MAX, 8);
  trace_uint(&trace, 11);
  trace_wide(&trace, 0, UINT64_MAX, 8);
  trace_int(&trace, -65);
  trace_uint(&trace, 0);
  trace_row_head(&trace, 0, 1, 0, 2);
  trace_wide(&trace, 0, UINT64_MAX, 8);
  trace_wide(&trace, 1, UINT64_MAX, 8);
  trace_map(&trace, 1);
  trace_uint(&trace, 64);
  trace_wide(&trace, 0, UINT64_MAX, 8);
  trace_finish(&trace);
  char *text = shown(&trace, calltap__view_text);
  ck_assert_ptr_nonnull(strstr(text, " 18446744073709551615 -36893488147419103232      -2.0  server:process/2\n"));
  ck_assert_ptr_nonnull(strstr(text, "    [1K, 2K)         18446744073709551615 |@"));
  ck_assert_ptr_nonnull(strstr(text, "    [8E, 16E)        18446744073709551615 |@"));
  ck_assert_ptr_nonnull(strstr(text, "    (-32E, -16E]              0 |  "));
  free(text);
  trace_free(&trace);
}
END_TEST

int main(void) {
  return RUN_SUITE("table", extras_in_text, extras_in_json, times_in_text, the_rest_in_text, tables_in_json,
                   the_largest_buckets_and_sums_are_right);
}
