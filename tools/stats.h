/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The counts of `calltap list`. */
#ifndef CALLTAP_STATS_H
#define CALLTAP_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "calltap/wire.h"

/* How many parameters or results there are, by enum calltap_wire_presence. */
struct stats_values {
  uint64_t count[CALLTAP_WIRE_SENSITIVE + 1];
};

struct stats {
  uint64_t functions; /* with hooks */
  uint64_t inlined;   /* away */
  uint64_t objects;
  uint64_t sites;
  uint64_t table_bytes;
  struct stats_values parameters;
  struct stats_values results; /* void ones are none */
};

void stats_value(struct stats_values *values, uint8_t presence);
void stats_add(struct stats_values *sum, const struct stats_values *values);

/* Prints what ends a list: "2 functions, 5 sites, 1 object; 1 inlined away". */
void stats_print_line(const struct stats *stats);

/* Prints everything. */
void stats_print(const struct stats *stats, bool json);

#endif
