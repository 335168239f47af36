/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Exact text and exact JSON of one trace that has something of everything. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "suite.h"
#include "trace_builder.h"

enum { PAGE = 4096, CALL = 0, RETURN = 1, TAIL = 2 };

/* 2026-11-22T13:14:55.365157001Z is the moment of the header. */
static const struct trace_header header = {
    .program = "server",
    .host = "db7",
    .rules = "*:* -> return",
    .session = "cli",
    .pid = 4711,
    .hz = 1000000000,
    .ticks = 1000,
    .mono_ns = 50,
    .real_ns = 1795353295365157001,
};

static const struct trace_value int32 = {"", "i", 1};
static const struct trace_value no_result = {"", "v", 0};

static void functions(struct trace *trace) {
  static const struct trace_value process[] = {{"c", "Pv", 1}, {"n", "i", 1}, {0}};
  static const struct trace_value kinds[] = {{"big", "m", 1},    {"neg", "l", 1}, {"yes", "b", 1},
                                             {"letter", "c", 1}, {"odd", "b", 1}, {"x", "d", 0},
                                             {"gone", "i", 2},   {"", "i", 1},    {0}};
  static const struct trace_value method[] = {{"this", "Pv", 1}, {"format", "Pv", 1}, {0}};
  static const struct trace_value strange[] = {{"a\"\n", "Z24_3.odd", 0}, {0}};
  static const struct trace_value none[] = {{0}};
  trace_function(trace, 0, "server", "process", 4, int32, process);
  trace_function(trace, 1, "main", "kinds", 4, (struct trace_value){"", "Pv", 1}, kinds);
  trace_function(trace, 2, "net::Log", "print", 7, no_result, method);
  trace_function(trace, 3, "m", "op\"\033", 4, (struct trace_value){"", "i", 2}, strange);
  trace_function(trace, 4, "m", "opaque", 4, (struct trace_value){"", "Z24_3.odd", 0}, none);
}

static void events(struct trace *trace) {
  trace_event(trace, 0, RETURN, 1000, 1, (int64_t)7);
  trace_event(trace, 0, CALL, 1000, 2, (int64_t)0x7f31c0, (int64_t)3);
  trace_event(trace, 0, RETURN, 45100, 1, (int64_t)-1);
  trace_array(trace, 8);
  trace_uint(trace, 4);
  trace_uint(trace, 45101);
  trace_wide(trace, 0, UINT64_MAX, 8);
  trace_int(trace, INT64_MIN);
  trace_uint(trace, 1);
  trace_uint(trace, '\'');
  trace_uint(trace, 2);
  trace_int(trace, -5);
  trace_event(trace, 2, CALL, 45102, 2, (int64_t)0x10, (int64_t)0);
  trace_event(trace, 2, TAIL, 45103, 0);
  trace_event(trace, 3, CALL, 45104, 0);
  trace_event(trace, 4, CALL, 45105, 0);
  trace_event(trace, 3, RETURN, 45106, 0);
  trace_event(trace, 4, CALL, 45107, 0);
  trace_event(trace, 4, RETURN, 12045107, 0);
  trace_lost(trace, "disk", 1204, 12045108, 12045108);
  trace_event(trace, 99, CALL, 12045109, 0);
  trace_event(trace, 1, RETURN, 12045110, 1, (int64_t)0);
}

static void build(struct trace *trace) {
  trace_start(trace, &header, PAGE);
  functions(trace);
  trace_session(trace, "pause", 12045200, 12045200 - 950);
  trace_chunk(trace, PAGE, 1, 1000, 50);
  trace_thread(trace, 1, 4713, "worker-3");
  events(trace);
  trace_finish(trace);
}

static const char expected_text[] =
    "13:14:55.365157 4711 worker-3/4713 #? server:process/2 --> 7  (entered before tracing)\n"
    "13:14:55.365157 4711 worker-3/4713 #1 server:process(c=0x7f31c0, n=3)\n"
    "13:14:55.365201 4711 worker-3/4713 #1 server:process/2 --> -1  (44.1 us)\n"
    "13:14:55.365201 4711 worker-3/4713 #2 main:kinds(big=18446744073709551615, neg=-9223372036854775808, yes=true, "
    "letter='\\'', odd=2, x=..., gone=<optimized out>, -5)\n"
    "13:14:55.365201 4711 worker-3/4713 #3 net::Log:print(this=0x10, format=NULL, ...)\n"
    "13:14:55.365201 4711 worker-3/4713 #3 net::Log:print/1 --> tail call  (1 ns)\n"
    "13:14:55.365201 4711 worker-3/4713 #4 m:op\"\\x1b(a\"\\x0a=...)\n"
    "13:14:55.365201 4711 worker-3/4713 #5 m:opaque()\n"
    "13:14:55.365201 4711 worker-3/4713 #5 m:opaque/0 --> skipped\n"
    "13:14:55.365201 4711 worker-3/4713 #4 m:op\"\\x1b/1 --> <optimized out>  (2 ns)\n"
    "13:14:55.365201 4711 worker-3/4713 #6 m:opaque()\n"
    "13:14:55.377201 4711 worker-3/4713 #6 m:opaque/0 --> ...  (12.0 ms)\n"
    "13:14:55.377201 4711 worker-3/4713 ... lost 1204 events (disk)\n"
    "13:14:55.377201 4711 worker-3/4713 #7 ?:#99(...)\n"
    "13:14:55.377201 4711 worker-3/4713 #7 ?:#99/? --> skipped\n"
    "13:14:55.377201 4711 worker-3/4713 #2 main:kinds/8 --> NULL  (12.0 ms)\n"
    "13:14:55.377201 4711 ... paused\n";

/* Of each line the fraction of its time, `t_ns`, and what stands behind the thread. */
static const struct {
  const char *fraction, *t_ns, *rest;
} expected_json[] = {
    {"365157001", "0", "\"event\":\"exit\",\"exit\":\"return\",\"mfa\":\"server:process/2\",\"result\":7}"},
    {"365157001", "0",
     "\"event\":\"call\",\"call\":1,\"mfa\":\"server:process/2\",\"args\":[{\"name\":\"c\","
     "\"type\":\"void *\",\"value\":\"0x7f31c0\"},{\"name\":\"n\",\"type\":\"int\",\"value\":3}],\"depth\":1}"},
    {"365201101", "44100",
     "\"event\":\"exit\",\"call\":1,\"exit\":\"return\",\"mfa\":\"server:process/2\",\"result\":-1,"
     "\"elapsed_ns\":44100}"},
    {"365201102", "44101",
     "\"event\":\"call\",\"call\":2,\"mfa\":\"main:kinds/8\",\"args\":[{\"name\":\"big\","
     "\"type\":\"unsigned long\",\"value\":\"18446744073709551615\"},{\"name\":\"neg\",\"type\":\"long\","
     "\"value\":\"-9223372036854775808\"},{\"name\":\"yes\",\"type\":\"bool\",\"value\":true},"
     "{\"name\":\"letter\",\"type\":\"char\",\"value\":39},{\"name\":\"odd\",\"type\":\"bool\",\"value\":2},"
     "{\"name\":\"x\",\"type\":\"double\",\"value\":{\"unknown\":\"not captured\"}},{\"name\":\"gone\","
     "\"type\":\"int\",\"value\":{\"unknown\":\"optimized out\"}},{\"name\":\"\",\"type\":\"int\","
     "\"value\":-5}],\"depth\":1}"},
    {"365201103", "44102",
     "\"event\":\"call\",\"call\":3,\"mfa\":\"net::Log:print/1\",\"args\":[{\"name\":\"this\","
     "\"type\":\"void *\",\"value\":\"0x10\"},{\"name\":\"format\",\"type\":\"void *\",\"value\":\"0x0\"}],"
     "\"depth\":2}"},
    {"365201104", "44103",
     "\"event\":\"exit\",\"call\":3,\"exit\":\"tail\",\"mfa\":\"net::Log:print/1\",\"elapsed_ns\":1}"},
    {"365201105", "44104",
     "\"event\":\"call\",\"call\":4,\"mfa\":\"m:op\\\"\\u001b/1\",\"args\":[{\"name\":\"a\\\"\\u000a\","
     "\"type\":\"odd\",\"value\":{\"unknown\":\"not captured\"}}],\"depth\":2}"},
    {"365201106", "44105", "\"event\":\"call\",\"call\":5,\"mfa\":\"m:opaque/0\",\"args\":[],\"depth\":3}"},
    {"365201107", "44106", "\"event\":\"exit\",\"call\":5,\"exit\":\"skipped\",\"mfa\":\"m:opaque/0\"}"},
    {"365201107", "44106",
     "\"event\":\"exit\",\"call\":4,\"exit\":\"return\",\"mfa\":\"m:op\\\"\\u001b/1\","
     "\"result\":{\"unknown\":\"optimized out\"},\"elapsed_ns\":2}"},
    {"365201108", "44107", "\"event\":\"call\",\"call\":6,\"mfa\":\"m:opaque/0\",\"args\":[],\"depth\":2}"},
    {"377201108", "12044107",
     "\"event\":\"exit\",\"call\":6,\"exit\":\"return\",\"mfa\":\"m:opaque/0\","
     "\"result\":{\"unknown\":\"not captured\"},\"elapsed_ns\":12000000}"},
    {"377201109", "12044108", "\"event\":\"lost\",\"cause\":\"disk\",\"count\":1204}"},
    {"377201110", "12044109", "\"event\":\"call\",\"call\":7,\"mfa\":\"?:#99/?\",\"depth\":2}"},
    {"377201111", "12044110", "\"event\":\"exit\",\"call\":7,\"exit\":\"skipped\",\"mfa\":\"?:#99/?\"}"},
    {"377201111", "12044110",
     "\"event\":\"exit\",\"call\":2,\"exit\":\"return\",\"mfa\":\"main:kinds/8\",\"result\":\"0x0\","
     "\"elapsed_ns\":12000009}"},
};

static const char expected_pause[] =
    "{\"time\":\"2026-11-22T13:14:55.377201201Z\",\"t_ns\":12044200,\"host\":\"db7\",\"program\":\"server\","
    "\"pid\":4711,\"session\":\"cli\",\"event\":\"pause\"}\n";

static char *shown(calltap__view_maker *make, struct calltap__view_options options) {
  struct trace trace;
  struct calltap_reader_error error;
  struct calltap_reader *reader = calltap_reader_new();
  build(&trace);
  ck_assert_int_eq(calltap_reader_open_memory(reader, "t", trace.bytes, trace.size, &error), CALLTAP_READER_OK);
  char *text = capture(reader, make, options);
  ck_assert_ptr_nonnull(text);
  calltap_reader_close(reader);
  trace_free(&trace);
  return text;
}

static void same_line(const char *found, int found_size, const char *expected, int expected_size) {
  bool same = found_size == expected_size && strncmp(found, expected, (size_t)found_size) == 0;
  ck_assert_msg(same, "found:    %.*s\nexpected: %.*s", found_size, found, expected_size, expected);
}

/* Line by line: Check cannot print more than 4,096 bytes. */
static void same_lines(const char *found, const char *expected) {
  while (*found != '\0' || *expected != '\0') {
    int found_size = (int)strcspn(found, "\n"), expected_size = (int)strcspn(expected, "\n");
    same_line(found, found_size, expected, expected_size);
    found += found_size + (found[found_size] == '\n');
    expected += expected_size + (expected[expected_size] == '\n');
  }
}

START_TEST(text_is_exact) {
  char *text = shown(calltap__view_text, (struct calltap__view_options){.utc = true});
  same_lines(text, expected_text);
  free(text);
}
END_TEST

START_TEST(json_is_exact) {
  char *text = shown(calltap__view_json, (struct calltap__view_options){0});
  const char *at = text;
  for (size_t i = 0; i < sizeof expected_json / sizeof *expected_json; i++) {
    char line[2048];
    int size = snprintf(line, sizeof line,
                        "{\"time\":\"2026-11-22T13:14:55.%sZ\",\"t_ns\":%s,\"host\":\"db7\",\"program\":\"server\","
                        "\"pid\":4711,\"tid\":4713,\"thread\":\"worker-3\",\"session\":\"cli\",%s",
                        expected_json[i].fraction, expected_json[i].t_ns, expected_json[i].rest);
    same_line(at, (int)strcspn(at, "\n"), line, size);
    at += strcspn(at, "\n") + 1;
  }
  same_lines(at, expected_pause);
  free(text);
}
END_TEST

/* Takes the escape sequences away. */
static void strip(char *text) {
  char *to = text;
  while (*text != '\0') {
    if (*text == '\033') {
      while (*text != 'm')
        text++;
      text++;
    } else {
      *to++ = *text++;
    }
  }
  *to = '\0';
}

START_TEST(colours_add_nothing_else) {
  char *text = shown(calltap__view_text, (struct calltap__view_options){.utc = true, .colour = true});
  ck_assert_ptr_nonnull(strchr(text, '\033'));
  strip(text);
  same_lines(text, expected_text);
  free(text);
}
END_TEST

START_TEST(local_time_follows_the_time_zone) {
  setenv("TZ", "UTC-2", 1);
  char *text = shown(calltap__view_text, (struct calltap__view_options){.utc = false});
  ck_assert_int_eq(strncmp(text, "15:14:55.365157 ", 16), 0);
  free(text);
}
END_TEST

int main(void) {
  return RUN_SUITE("view", text_is_exact, json_is_exact, colours_add_nothing_else, local_time_follows_the_time_zone);
}
