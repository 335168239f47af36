/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>

enum { KINDS = 4 };

/* In the order in which they are printed. */
static const struct {
  uint8_t presence;
  const char *name, *key;
} kinds[KINDS] = {
    {CALLTAP_WIRE_PRESENT, "available", "available"},
    {CALLTAP_WIRE_OPTIMIZED_OUT, "optimized out", "optimized_out"},
    {CALLTAP_WIRE_NOT_CAPTURED, "not captured", "not_captured"},
    {CALLTAP_WIRE_SENSITIVE, "sensitive", "sensitive"},
};

void stats_value(struct stats_values *values, uint8_t presence) { values->count[presence]++; }

void stats_add(struct stats_values *sum, const struct stats_values *values) {
  for (size_t i = 0; i < KINDS; i++)
    sum->count[i] += values->count[i];
}

static uint64_t total(const struct stats_values *values) {
  uint64_t sum = 0;
  for (size_t i = 0; i < KINDS; i++)
    sum += values->count[i];
  return sum;
}

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

void stats_print_line(const struct stats *stats) {
  printf("%" PRIu64 " function%s, %" PRIu64 " site%s, %" PRIu64 " object%s", stats->functions, plural(stats->functions),
         stats->sites, plural(stats->sites), stats->objects, plural(stats->objects));
  if (stats->inlined > 0)
    printf("; %" PRIu64 " inlined away", stats->inlined);
  putchar('\n');
}

static void print_values(const char *name, const struct stats_values *values) {
  uint64_t all = total(values);
  printf("%" PRIu64 " %s%s", all, name, plural(all));
  for (size_t i = 0; all > 0 && i < KINDS; i++) {
    double share = (double)values->count[kinds[i].presence] / (double)all;
    printf("%s %.1f%% %s", i == 0 ? ":" : ",", 100 * share, kinds[i].name);
  }
  putchar('\n');
}

static void print_json_values(const char *name, const struct stats_values *values) {
  printf(",\"%s\":{\"count\":%" PRIu64, name, total(values));
  for (size_t i = 0; i < KINDS; i++)
    printf(",\"%s\":%" PRIu64, kinds[i].key, values->count[kinds[i].presence]);
  putchar('}');
}

static void print_json(const struct stats *stats) {
  printf("{\"functions\":%" PRIu64 ",\"inlined\":%" PRIu64 ",\"objects\":%" PRIu64 ",\"sites\":%" PRIu64,
         stats->functions, stats->inlined, stats->objects, stats->sites);
  print_json_values("parameters", &stats->parameters);
  print_json_values("results", &stats->results);
  printf(",\"table_bytes\":%" PRIu64 "}\n", stats->table_bytes);
}

void stats_print(const struct stats *stats, bool json) {
  if (json) {
    print_json(stats);
    return;
  }
  stats_print_line(stats);
  print_values("parameter", &stats->parameters);
  print_values("result", &stats->results);
  printf("%" PRIu64 " bytes of tables\n", stats->table_bytes);
}
