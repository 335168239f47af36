/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* make_corpus DIRECTORY: writes small traces for the fuzzer to start from. */
#include <stdio.h>
#include <sys/stat.h>

#include "trace_builder.h"

enum { PAGE = 4096 };

static const struct trace_header header = {
    .program = "p", .host = "h", .rules = "f -> return", .session = "s", .pid = 1, .hz = 1000000000, .real_ns = 1};

static void start(struct trace *trace) {
  static const struct trace_value parameters[] = {{"a", "i", 1}, {"b", "Pv", 1}, {"c", "b", 2}, {0}};
  trace_start(trace, &header, PAGE);
  trace_function(trace, 0, "m", "f", 4, (struct trace_value){"", "i", 1}, parameters);
  trace_function(trace, 1, "m", "g", 7, (struct trace_value){"", "v", 0}, parameters);
}

static void events(struct trace *trace, uint64_t stream) {
  trace_chunk(trace, PAGE, stream, 100, 100);
  trace_thread(trace, stream, 10 + stream, "t");
  trace_event(trace, 0, 0, 110, 2, (int64_t)-1, (int64_t)0x7f0000001000);
  trace_event(trace, 1, 0, 120, 2, (int64_t)5, (int64_t)0);
  trace_event(trace, 1, 2, 130, 0);
  trace_clock(trace, 200);
  trace_event(trace, 0, 1, 210, 1, (int64_t)70000);
  trace_event(trace, 0, 0, 220, 2, (int64_t)1, (int64_t)1);
  trace_event(trace, 1, 0, 230, 2, (int64_t)1, (int64_t)1);
  trace_event(trace, 0, 1, 240, 1, (int64_t)1);
  trace_lost(trace, "disk", 3, 250, 260);
}

/* Types of every sort, and for each parameter an item that has all its parts. */
static void typed(struct trace *trace) {
  static const char *const definitions[] = {
      "3.str=C32<c>{}",
      "3.vec=C24<N3.str>{}",
      "3.opt=C8<i>{}",
      "3.own=C8<PS6.client>{}",
      "4.mode=Ej{4.READ1;5.WRITE2;}",
      "4.base=C4{2.id0i}",
      "6.client=S48{^0N4.base!3.key4i4.name8PKc5.flags:128,3j4.text20A8_c4.more28A2_h0.32U4.part3.opt40N3.opt}",
      "4.part=U8{1.i0l1.d0d}",
  };
  static const struct trace_view views[] = {
      {"string", 0, 8}, {"sequence", 0, 8}, {"optional", 4, 0}, {"pointer", 0, 0}, {0}, {0}, {0}, {0}};
  static const struct trace_value parameters[] = {{"a", "PS6.client", 1}, {"b", "N3.vec", 1},   {"c", "G4.mode", 1},
                                                  {"d", "d", 1},          {"e", "f", 1},        {"f", "H4_i", 1},
                                                  {"g", "Cd", 1},         {"h", "e", 1},        {"i", "PFviE", 1},
                                                  {"j", "T4.wideo", 1},   {"k", "PKc", 1},      {"l", "A3_A2_s", 1},
                                                  {"m", "N3.own", 1},     {"n", "k", 1},        {"o", "g", 1},
                                                  {"p", "S6.client", 1},  {"q", "RKN3.str", 1}, {0}};
  trace_start(trace, &header, PAGE);
  trace_object(trace, "/bin/p", 0x1000, 0x2000, 0x1000, "\1\2\3\4", 4);
  for (uint64_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
    trace_type(trace, i, definitions[i], views[i]);
  trace_unit(trace, 0, sizeof definitions / sizeof *definitions);
  trace_function(trace, 0, "m", "typed", 4, (struct trace_value){"", "N3.opt", 1}, parameters);
}

/* [address, `size` bytes, and what `more` says is to follow. */
static void pointed(struct trace *trace, uint64_t size, uint64_t more) {
  static const uint8_t memory[64] = {8, 0, 0, 0, 0, 0, 0, 0, 16, 'a', 'b', 0, [20] = 'x', [40] = 1, 0, 0, 0, 1};
  trace_array(trace, 2 + more);
  trace_uint(trace, 0x1000);
  trace_bytes(trace, memory, size);
}

static void followed(struct trace *trace, uint64_t offset) {
  trace_array(trace, 2);
  trace_uint(trace, offset);
}

static void typed_event(struct trace *trace) {
  static const uint8_t memory[64] = {0, 16, 0, 0, 0, 0, 0, 0, 64, 16};
  trace_event_head(trace, 0, 0, 110, 17);
  pointed(trace, 48, 1);
  followed(trace, 8);
  pointed(trace, 3, 1);
  trace_null(trace);
  trace_array(trace, 2);
  trace_bytes(trace, memory, 24);
  followed(trace, 0);
  pointed(trace, 64, 1);
  followed(trace, 0);
  pointed(trace, 8, 0);
  trace_uint(trace, 7);
  trace_double(trace, 0.1);
  trace_float(trace, 1e-45F);
  trace_bytes(trace, memory, 16);
  trace_bytes(trace, memory, 16);
  trace_bytes(trace, memory, 16);
  trace_uint(trace, 0x1100);
  trace_bytes(trace, memory, 16);
  pointed(trace, 20, 1);
  trace_uint(trace, 4711);
  trace_bytes(trace, memory, 10);
  trace_array(trace, 2);
  trace_bytes(trace, memory, 8);
  followed(trace, 0);
  trace_array(trace, 2);
  trace_uint(trace, 0x1000);
  trace_null(trace);
  trace_wide(trace, 7, 0x3555, 2);
  trace_bytes(trace, memory, 16);
  trace_bytes(trace, memory, 30);
  pointed(trace, 32, 1);
  followed(trace, 0);
  pointed(trace, 8, 0);
  trace_event_head(trace, 0, 1, 120, 1);
  trace_bytes(trace, memory, 8);
}

/* All that rules can ask for beside calls and exits: a tag, extras of an event that came late, tables. */
static void asked(struct trace *trace) {
  static const struct trace_label keys[] = {{"n", "i"}, {"name", "PKc"}, {"stack", "stack"}, {0}};
  static const uint64_t frames[] = {0x401136, 0x7f0000001000};
  static const char *const kinds[] = {"count", "time", "sum", "hist"};
  trace_message(trace, 0, 0, keys);
  for (uint64_t i = 0; i < 4; i++) {
    trace_table(trace, i, i & 1, kinds[i], (struct trace_label){"elapsed", i == 3 ? "ns" : ""}, keys);
    trace_row_head(trace, i, 1, 3, 4);
    trace_int(trace, -7);
    trace_array(trace, 2);
    trace_uint(trace, 0x1000);
    trace_bytes(trace, "SET", 3);
    trace_array(trace, 1);
    trace_uint(trace, 0x401136);
    for (int j = 0; j < 4; j++)
      trace_uint(trace, 70);
    trace_map(trace, 2);
    trace_uint(trace, 7);
    trace_uint(trace, 70);
    trace_int(trace, -3);
    trace_uint(trace, 1);
    trace_row_other(trace, i, 1, 0);
    trace_uint(trace, 5);
  }
  events(trace, 1);
  trace_tag(trace);
  trace_bytes(trace, "GET /", 5);
  trace_clock(trace, 105);
  trace_event_head(trace, 0, 0, 105, 3);
  trace_uint(trace, 0x10);
  trace_int(trace, -3);
  trace_map(trace, 4);
  trace_extra_caller(trace, 0x401136);
  trace_extra_stack(trace, 2, frames);
  trace_extra_messages(trace, 1);
  trace_extra_message(trace, 0, 2);
  trace_int(trace, 7);
  trace_bytes(trace, "SET", 3);
  trace_extra_usage(trace, 1200000, 3, 0, 1, 2);
  trace_tag(trace);
  trace_null(trace);
  trace_clock(trace, 270);
  trace_event(trace, 0, 1, 270, 1, (int64_t)1);
}

static int save(struct trace *trace, const char *directory, const char *name) {
  char path[4096];
  trace_finish(trace);
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  size_t written = fwrite(trace->bytes, 1, trace->size, file);
  int failed = fclose(file) != 0 || written != trace->size;
  trace_free(trace);
  return failed;
}

int main(int count, char **words) {
  if (count != 2) {
    fputs("make_corpus DIRECTORY\n", stderr);
    return 2;
  }
  struct trace trace;
  mkdir(words[1], 0777);
  start(&trace);
  int failed = save(&trace, words[1], "functions");
  start(&trace);
  events(&trace, 1);
  failed |= save(&trace, words[1], "one_thread");
  start(&trace);
  trace_session(&trace, "pause", 150, 150);
  events(&trace, 1);
  events(&trace, 2);
  events(&trace, 1);
  trace_chunk(&trace, PAGE, 0, 300, 300);
  trace_end(&trace, "exit", 400, 400, 3, 3, 3);
  failed |= save(&trace, words[1], "threads");
  typed(&trace);
  trace_chunk(&trace, PAGE, 1, 100, 100);
  trace_thread(&trace, 1, 11, "t");
  typed_event(&trace);
  failed |= save(&trace, words[1], "typed");
  start(&trace);
  asked(&trace);
  failed |= save(&trace, words[1], "asked");
  return failed;
}
